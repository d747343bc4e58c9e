"""Words that the findings on propagation share."""

from __future__ import annotations

from undertow.analyses.propagation.pairs import Lag

QUESTION = "Who says it first, and who follows?"

PLURALS = {"link": "links", "domain": "domains", "hashtag": "hashtags", "repost": "reposted posts", "text": "texts"}

ALTERNATIVES = (
    "A source outside the data (a news agency, a broadcast, a press release) that one class reads sooner than "
    "the other",
    "One class watches the other in public, as journalists do: following is no secret arrangement",
    "The data hold only a part of what each class posted, and what is missing may have come first",
)

ASSUMPTIONS = (
    "Within an object's course the classes act at rates in proportion to each other, but for their hours, "
    "weekdays and level",
    "The classes of the watchlist, and the times of the posts, are right",
)


def named(name: str) -> str:
    """A class as a sentence names it.

    >>> named("state_media")
    'state media'
    """
    return name.replace("_", " ")


def span(hours: float) -> str:
    """A duration in the unit that suits it.

    >>> span(0.01), span(0.5), span(30.2), span(240)
    ('under a minute', '30 minutes', '30 hours', '10 days')
    """
    hours = abs(hours)
    if hours < 1 / 60:
        return "under a minute"
    if hours < 2:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def lag_words(lag: Lag) -> str:
    """The median lag with its interval."""
    interval = (
        ""
        if lag.low is None or lag.high is None
        else f" (95% interval {_hours(lag.low)} to {_hours(lag.high)} hours)"
    )
    return f"median lag {span(lag.median)}{interval}"


def _hours(value: float) -> str:
    """Hours to a tenth, without a minus before zero."""
    return f"{round(value, 1) + 0.0:.1f}"


def window_words(window_us: int) -> str:
    """A window in words."""
    return span(window_us / 3_600_000_000)
