"""A finding that could not be made: what was missing, and why."""

from __future__ import annotations

from undertow.analyses.base import Scope
from undertow.analyses.narratives.wording import QUESTION
from undertow.analyses.own_posts import too_little
from undertow.case import Case
from undertow.finding import Finding


def finding(case: Case, scope: Scope, name: str, why: str, *, n: int = 0, n_accounts: int = 0) -> Finding:
    """The finding ``name``, which says ``why`` it is not there."""
    return too_little(
        case,
        scope,
        name,
        why,
        question=QUESTION,
        method="Reposts are left out: they say nothing in words of their own.",
        aspect="narrative framing",
        n=n,
        n_accounts=n_accounts,
    )
