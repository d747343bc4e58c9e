"""The findings of a case without posting times: what could not be looked at, and why."""

from __future__ import annotations

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours.counts import PostingTimes
from undertow.analyses.posting_hours.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.wording import count


def finding(case: Case, scope: Scope, times: PostingTimes, name: str) -> Finding:
    """The finding ``name``, which says that no post in scope has a time of day."""
    why = (
        "there are no posts"
        if times.n_posts == 0
        else f"of {count(times.n_posts, 'post')} {times.without_time:,} have no time and {times.day_only:,} only a day"
    )
    return Finding(
        id=name,
        question=QUESTION,
        statement=f"Too little to tell: {why}.",
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0),
        p_value=None,
        null_model=None,
        method="Posting times are needed to the minute or finer.",
        assumptions=(),
        alternatives=("The source does not carry times of day; another export may",),
        strength="none",
        aspect="behaviour",
        evidence=evidence(case, scope.posts()),
    )
