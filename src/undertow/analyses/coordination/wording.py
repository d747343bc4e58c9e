"""Words and numbers that the findings on coordination share."""

from __future__ import annotations

from dataclasses import dataclass

QUESTION = "Who acts together, beyond chance?"

NULL_MODEL = (
    "two accounts that both act on an object do so within the window as often as other accounts of their habits "
    "(promptness, hours, repeats) do on objects of its size and speed, the pair's own object left out"
)

ALTERNATIVES = (
    "Share buttons, syndication and scheduling tools that post the same thing at once for unrelated accounts",
    "Colleagues, fans or activists who follow the same sources and agree to act: coordination need not be deceptive",
    "One person's several accounts",
    "News that reaches its readers at the same moment, in bursts sharper than those chance was learnt from",
)

ALONE = "could be: one person's two accounts, because they act together with nobody else"
"""Of a pair neither of whose accounts is in another pair."""

ASSUMPTIONS = (
    "Most accounts that chance is learnt from do not coordinate",
    "Times are as precise as the source says",
    "An account's habits are the same over the whole period",
)

OPERATION = (
    "The case is a takedown archive: if it holds one operation only, chance was measured within that operation, and "
    "what all its accounts do together looks like chance. Give an organic set: --control CASE."
)

TAKEDOWN_FORMAT = "twitter-archive"


@dataclass(frozen=True)
class BeyondChance:
    """How many of the called pairs chance does not explain.

    Chance alone would give ``false`` pairs (tests times the largest p called); ``value`` takes off its Poisson median,
    ``low`` and ``high`` its quantiles at 97.5% and 2.5%, so that all three are whole pairs.
    """

    called: int
    false: float
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, called: int, false: float) -> BeyondChance:
        """From the number of pairs called, and of those that chance alone would give at the same p-values.

        >>> BeyondChance.of(100, 1.0)
        BeyondChance(called=100, false=1.0, value=99.0, low=97.0, high=100.0)
        """
        from scipy.stats import poisson

        if not called:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        low, value, high = (max(called - float(poisson.ppf(at, false)), 0.0) for at in (0.975, 0.5, 0.025))
        return cls(called, false, value, low, high)

    @property
    def share_low(self) -> float:
        """The low end as a share of the pairs called."""
        return self.low / max(self.called, 1)


def expected_words(value: float) -> str:
    """An expected number in words, never with more digits than it is worth.

    >>> expected_words(0.00001), expected_words(0.0123), expected_words(3.21)
    ('less than 0.001', '0.012', '3.2')
    """
    if value < 0.001:
        return "less than 0.001"
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
