"""A finding that could not be made: what was missing, and why."""

from __future__ import annotations

from undertow.analyses.base import Scope, evidence
from undertow.analyses.narratives.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding


def finding(case: Case, scope: Scope, name: str, why: str, *, n: int = 0, n_accounts: int = 0) -> Finding:
    """The finding ``name``, which says ``why`` it is not there."""
    return Finding(
        id=name,
        question=QUESTION,
        statement=why,
        estimate=Estimate(value=None, unit="not estimated", n=n, n_accounts=n_accounts),
        p_value=None,
        null_model=None,
        method="Reposts are left out: they say nothing in words of their own.",
        assumptions=(),
        alternatives=("The source may hold only a part of what the accounts posted",),
        strength="none",
        aspect="narrative framing",
        evidence=evidence(case, scope.posts("FALSE")),
    )
