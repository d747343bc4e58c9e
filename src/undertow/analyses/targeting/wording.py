"""Words that the findings on targeting share."""

from __future__ import annotations

from undertow.analyses.base import Scope, evidence
from undertow.case import Case
from undertow.finding import Estimate, Finding

QUESTION = "Whom are the posts aimed at?"

ALTERNATIVES = (
    "Well-known accounts are addressed by everybody: politicians, media, companies",
    "Customers who complain, fans and friends address one account again and again",
    "The archive may hold only a part of a conversation",
)


def too_little(case: Case, scope: Scope, name: str, why: str, *, n: int, n_accounts: int) -> Finding:
    """The finding ``name``, which says ``why`` it is not there."""
    return Finding(
        id=name,
        question=QUESTION,
        statement=why,
        estimate=Estimate(value=None, unit="not estimated", n=n, n_accounts=n_accounts),
        p_value=None,
        null_model=None,
        method="Reposts are left out: they address nobody by themselves.",
        assumptions=(),
        alternatives=("The source may hold only a part of what the accounts posted",),
        strength="none",
        aspect="targeting",
        evidence=evidence(case, scope.posts("FALSE")),
    )
