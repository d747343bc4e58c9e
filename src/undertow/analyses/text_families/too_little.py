"""The findings of a case without own posts."""

from __future__ import annotations

from undertow.analyses.base import Scope, evidence
from undertow.analyses.text_families.wording import QUESTION
from undertow.case import Case
from undertow.finding import Aspect, Estimate, Finding
from undertow.wording import count

ASPECTS: dict[str, Aspect] = {
    "text_families.families": "narrative framing",
    "text_families.single_accounts": "technical",
    "text_families.languages": "targeting",
}


def finding(case: Case, scope: Scope, reposts: int, name: str) -> Finding:
    """The finding ``name``, which says that there is no own post in scope."""
    why = "there are no posts" if not reposts else f"all of {count(reposts, 'post')} are reposts"
    return Finding(
        id=name,
        question=QUESTION,
        statement=f"Too little to tell: {why}.",
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0),
        p_value=None,
        null_model=None,
        method="Reposts are left out: they say nothing in words of their own.",
        assumptions=(),
        alternatives=("The source may hold only a part of what the accounts posted",),
        strength="none",
        aspect=ASPECTS.get(name, "behaviour"),
        evidence=evidence(case, scope.posts("kind <> 'repost'")),
    )
