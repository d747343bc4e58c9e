"""The findings of a case without own posts."""

from __future__ import annotations

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import too_little
from undertow.analyses.text_families.wording import QUESTION
from undertow.case import Case
from undertow.finding import Aspect, Finding
from undertow.wording import count

ASPECTS: dict[str, Aspect] = {
    "text_families.families": "narrative framing",
    "text_families.single_accounts": "technical",
    "text_families.languages": "targeting",
}


def finding(case: Case, scope: Scope, reposts: int, name: str) -> Finding:
    """The finding ``name``, which says that there is no own post in scope."""
    why = "there are no posts" if not reposts else f"all of {count(reposts, 'post')} are reposts"
    return too_little(
        case,
        scope,
        name,
        f"Too little to tell: {why}.",
        question=QUESTION,
        method="Reposts are left out: they say nothing in words of their own.",
        aspect=ASPECTS.get(name, "behaviour"),
        rows="kind <> 'repost'",
    )
