"""Words that the findings on automation share."""

from __future__ import annotations

from undertow.analyses.automation.timelines import MINUTE_US, Bool, Timelines
from undertow.wording import count

QUESTION = "Are the accounts run by software?"


def too_coarse(given: Timelines, examined: Bool, needed: str) -> str:
    """How many accounts could not be examined because their times are only known to the minute; empty for none.

    ``needed`` says how finely times are needed, after "are too coarse for".
    """
    coarse = int(((given.coarsest >= MINUTE_US) & ~examined).sum())
    return f" The times of {count(coarse, 'account')} are too coarse for {needed}." if coarse else ""
