"""Words that the findings on targeting share."""

from __future__ import annotations

from undertow.analyses import own_posts
from undertow.analyses.base import Scope
from undertow.case import Case
from undertow.finding import Finding

QUESTION = "Whom are the posts aimed at?"

ALTERNATIVES = (
    "Well-known accounts are addressed by everybody: politicians, media, companies",
    "Customers who complain, fans and friends address one account again and again",
    "The archive may hold only a part of a conversation",
)


def too_little(case: Case, scope: Scope, name: str, why: str, *, n: int, n_accounts: int) -> Finding:
    """The finding ``name``, which says ``why`` it is not there."""
    return own_posts.too_little(
        case,
        scope,
        name,
        why,
        question=QUESTION,
        method="Reposts are left out: they address nobody by themselves.",
        aspect="targeting",
        n=n,
        n_accounts=n_accounts,
    )
