"""How strong a finding is: none, weak, moderate or strong, by one rule and never by hand.

The rule is explained in ``docs/explanation/strength.md``; change it there and here together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from undertow.finding import Strength

Direction = Literal["above", "below"]

WEAK_P = 0.05
STRONG_P = 0.01
MODERATE_ACCOUNTS = 30
STRONG_ACCOUNTS = 100


@dataclass(frozen=True)
class Scale:
    """What counts as much for one estimate: the value of no effect, of a noticeable and of a substantial one.

    The three values rise (an effect lies above ``nothing``) or fall (below).
    """

    nothing: float
    noticeable: float
    substantial: float

    def __post_init__(self) -> None:
        if not (
            self.nothing < self.noticeable < self.substantial or self.nothing > self.noticeable > self.substantial
        ):
            raise ValueError("a scale rises or falls: nothing, noticeable, substantial")

    @property
    def direction(self) -> Direction:
        """On which side of ``nothing`` an effect lies."""
        return "above" if self.substantial > self.nothing else "below"


OFFICE_SHARE = Scale(45 / 168, 0.35, 0.50)
WEEKEND_RATIO = Scale(1.0, 0.80, 0.50)
HOLIDAY_EFFECT = Scale(0.0, 0.20, 0.50)
SPIKE_EXCESS = Scale(0.0, 0.01, 0.05)
PAIRS_BEYOND_CHANCE = Scale(0.0, 0.50, 0.90)
CO_ACTED_SHARE = Scale(0.0, 0.05, 0.25)
# The next four start where the organic controls of docs/explanation/text_families.md end.
COPIED_SHARE = Scale(0.0, 0.02, 0.15)
COPYING_ACCOUNTS = Scale(0.0, 0.15, 0.50)
OWN_REPEATS = Scale(0.0, 0.125, 0.40)
TEMPLATE_SHARE = Scale(0.0, 0.02, 0.15)
OTHER_LANGUAGES = Scale(0.0, 0.05, 0.25)
UNDECLARED_ADS = Scale(0.0, 0.05, 0.25)
SHARED_AD_TEXTS = Scale(0.0, 0.05, 0.25)
AD_REGION = Scale(0.0, 0.25, 0.50)
SECOND_LIVES = Scale(0.0, 0.01, 0.10)
CHAINED = Scale(0.0, 0.20, 0.50)
PERSONAL_LIVES = Scale(0.0, 0.20, 0.50)
IN_WAVES = Scale(0.0, 0.20, 0.50)
PAUSED = Scale(0.0, 0.05, 0.25)
EMPTIED_ACCOUNTS = Scale(0.0, 0.05, 0.25)
SPLIT_CLIENTS = Scale(0.0, 0.05, 0.25)
FIRST_EXCESS = Scale(0.0, 0.02, 0.10)
FOLLOW_EXCESS = Scale(0.0, 0.02, 0.10)
SHARE_BEYOND_CONTROL = Scale(0.0, 0.05, 0.25)
IN_BURSTS = Scale(0.0, 0.02, 0.10)
ACCOUNTS_SHOWING = Scale(0.0, 0.10, 0.50)
MIRRORED_SHARE = Scale(0.0, 0.10, 0.30)


@dataclass(frozen=True)
class Rating:
    """A strength, and in words why it is not more."""

    strength: Strength
    reasons: tuple[str, ...]


def rate(
    *,
    low: float | None,
    high: float | None,
    scale: Scale,
    n_accounts: int,
    p_value: float | None = None,
    tested: bool = True,
    guards: Mapping[str, bool] | None = None,
    unit: str = "accounts",
) -> Rating:
    """Rate a finding from its interval, its p-value (after every correction), its guards and its accounts.

    ``tested`` says whether the finding has a test (then a missing p-value means none could be made); ``guards``
    gives for each condition, in words, whether it holds; ``unit`` is what ``n_accounts`` counts where the estimate is
    of something else than accounts.

    >>> rate(low=0.62, high=0.73, scale=OFFICE_SHARE, n_accounts=23750, tested=False).strength
    'strong'
    >>> rate(low=0.30, high=0.42, scale=OFFICE_SHARE, n_accounts=23750, tested=False).reasons
    ('the interval reaches below what is noticeable (0.35)',)
    """
    failed = tuple(f"not met: {condition}" for condition, holds in (guards or {}).items() if not holds)
    if tested and p_value is None:
        return Rating("none", ("it could not be tested", *failed))
    if tested and p_value is not None and p_value > WEAK_P:
        return Rating("none", (f"chance alone would do it (p = {p_value:.2g} after correction)", *failed))
    near = _nearest(low, high, scale)
    if near is None:
        return Rating("none", ("no interval could be given", *failed))
    if _within(near, scale.nothing, scale):
        return Rating("none", (f"the interval includes no effect ({scale.nothing:.3g})", *failed))

    short: list[str] = list(failed)
    if _within(near, scale.noticeable, scale):
        short.append(f"the interval reaches {_side(scale)} what is noticeable ({scale.noticeable:.3g})")
    if n_accounts < MODERATE_ACCOUNTS:
        short.append(f"{n_accounts} {unit}; {MODERATE_ACCOUNTS} are needed for more")
    if short:
        return Rating("weak", tuple(short))
    if _within(near, scale.substantial, scale):
        short.append(f"the interval reaches {_side(scale)} what is substantial ({scale.substantial:.3g})")
    if n_accounts < STRONG_ACCOUNTS:
        short.append(f"{n_accounts} {unit}; {STRONG_ACCOUNTS} are needed for more")
    if p_value is not None and p_value > STRONG_P:
        short.append(f"p = {p_value:.2g} after correction; {STRONG_P} is needed for more")
    return Rating("moderate" if short else "strong", tuple(short))


def _nearest(low: float | None, high: float | None, scale: Scale) -> float | None:
    """The end of the interval that is nearest to no effect."""
    return low if scale.direction == "above" else high


def _within(value: float, threshold: float, scale: Scale) -> bool:
    return value <= threshold if scale.direction == "above" else value >= threshold


def _side(scale: Scale) -> str:
    return "below" if scale.direction == "above" else "above"
