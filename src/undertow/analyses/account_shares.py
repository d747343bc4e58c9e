"""A share of accounts as a finding: with its interval, beside the same in a control, and the rows behind it.

What analyses of accounts have in common. Accounts are yes or no (or could not be examined), one entry each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.case import Case
from undertow.finding import Aspect, Estimate, Evidence, Finding
from undertow.sql import one_of
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import SHARE_BEYOND_CONTROL, Scale, rate
from undertow.wording import count, p_words, share, strength_words

Bool = npt.NDArray[np.bool_]

EVIDENCE_ACCOUNTS = 500
"""Accounts that the evidence query of a finding names; the method says so where there are more."""
CONTROL_GUARD = "a control of ordinary accounts says what is usual (--control CASE)"
SELECTION = (
    "The set is not a sample: what a platform or a collector chose decides what its accounts look like. A control "
    "chosen the same way (--control CASE) shows how much of it is the choosing"
)


@dataclass(frozen=True, kw_only=True)
class Population:
    """The accounts of a case that an analysis looks at, in one order; and what stands behind findings on them.

    ``table`` says whether that is their profiles or their posts in ``scope``.
    """

    case: Case
    scope: Scope
    question: str
    platform: Sequence[str]
    account_id: Sequence[str]
    posts: npt.NDArray[np.int64]
    """Posts held of each account."""
    table: Literal["accounts", "posts"]

    def __len__(self) -> int:
        return len(self.account_id)

    def evidence(self, chosen: Bool) -> tuple[Evidence, str]:
        """The rows of the chosen accounts (up to :data:`EVIDENCE_ACCOUNTS`), and in words which they are."""
        numbers = np.flatnonzero(chosen)
        shown = numbers[:EVIDENCE_ACCOUNTS].tolist()
        condition = one_of(((self.platform[number], self.account_id[number]) for number in shown), "account_id")
        what = "profiles" if self.table == "accounts" else "posts"
        words = (
            f"The rows behind it are the {what} of the first {len(shown):,} of {numbers.size:,} accounts."
            if len(shown) < numbers.size
            else f"The rows behind it are the {what} of these accounts."
        )
        return evidence(self.case, self._sql(condition)), words

    def too_little(self, name: str, why: str, *, aspect: Aspect = "technical") -> Finding:
        """The finding ``name``, which says what could not be examined, and why."""
        return Finding(
            id=name,
            question=self.question,
            statement=f"Too little to tell: {why}.",
            estimate=Estimate(value=None, unit="not estimated", n=int(self.posts.sum()), n_accounts=0),
            p_value=None,
            null_model=None,
            method="Accounts are examined where the source has what this question needs.",
            assumptions=(),
            alternatives=("The source does not carry it; another export may",),
            strength="none",
            aspect=aspect,
            evidence=evidence(self.case, self._sql("FALSE")),
        )

    def _sql(self, condition: str) -> str:
        if self.table == "posts":
            return self.scope.posts(condition)
        return f"SELECT * FROM accounts WHERE {condition}"


@dataclass(frozen=True)
class Measured:
    """A yes or no for each account that could be examined."""

    yes: Bool
    examined: Bool

    @property
    def number(self) -> int:
        """Accounts with a yes."""
        return int((self.yes & self.examined).sum())

    @property
    def of(self) -> int:
        """Accounts examined."""
        return int(self.examined.sum())


@dataclass(frozen=True, kw_only=True)
class ShareWords:
    """What a share of accounts means in words."""

    what: str
    """What these accounts do or have, after "12 of 300 accounts (4%)"."""
    missing: str
    """What the source lacks where no account can be examined."""
    method: str
    alternatives: Sequence[str]
    more: str = ""
    """Further sentences of the statement."""


def share_finding(
    population: Population,
    name: str,
    words: ShareWords,
    *,
    seen: Measured,
    control: Measured | None,
    scale: Scale,
    result: pa.Table | None = None,
    figure: Mapping[str, Any] | None = None,
) -> Finding:
    """A share of accounts with its interval, beside the same in the control where there is one.

    With a control the share is held against it (Fisher's exact test, one-sided) and the strength is that of the
    difference; without one the strength is that of the share, and never more than weak.
    """
    if seen.of == 0:
        return population.too_little(name, words.missing)
    value = seen.number / seen.of
    low, high = wilson(seen.number, seen.of)
    beside, p_value = "", None
    if control is not None and control.of:
        p_value = _more_than(seen, control)
        beside = f" In the control: {_of(control).replace('None', 'none')}"
        beside += f", {p_words(p_value)} against no difference." if seen.number else "."
        ends = _difference(seen, control)
        rating = rate(
            low=ends[0],
            high=ends[1],
            scale=SHARE_BEYOND_CONTROL,
            n_accounts=min(seen.of, control.of),
            p_value=p_value,
        )
    else:
        if control is not None:
            beside = " No account of the control could be examined."
        rating = rate(
            low=low, high=high, scale=scale, n_accounts=seen.of, tested=False, guards={CONTROL_GUARD: False}
        )
    evidence, which = population.evidence(seen.yes & seen.examined)
    return Finding(
        id=name,
        question=population.question,
        statement=f"{_of(seen)} {words.what}.{beside}{words.more}",
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="share of accounts",
            n=int(population.posts[seen.examined].sum()),
            n_accounts=seen.of,
        ),
        p_value=p_value,
        null_model=None if p_value is None else "accounts here are so no more often than in the control",
        method=(
            f"{words.method} Wilson interval over accounts; {len(population) - seen.of:,} of {len(population):,} "
            f"accounts could not be examined. {which} {strength_words(rating)}"
        ),
        assumptions=("Accounts are chosen into the set independently of each other",),
        alternatives=(*words.alternatives, SELECTION),
        strength=rating.strength,
        aspect="technical",
        table=None if result is None else f"{name.replace('.', '_')}.parquet",
        chart=None if figure is None else f"{name.replace('.', '_')}.vl.json",
        evidence=evidence,
        result=result,
        figure=figure,
    )


def _of(measured: Measured) -> str:
    """How many of how many, with the interval.

    >>> _of(Measured(np.array([True, False]), np.array([True, True])))
    '1 of 2 accounts (50%; 95% interval 9.5% to 90.5%)'
    """
    low, high = wilson(measured.number, measured.of)
    if not measured.number:
        return f"None of {count(measured.of, 'account')} (95% interval up to {high:.1%})"
    value = share(measured.number / measured.of, low, high)
    return f"{measured.number:,} of {count(measured.of, 'account')} ({value}; 95% interval {low:.1%} to {high:.1%})"


def _more_than(seen: Measured, control: Measured) -> float:
    from scipy.stats import hypergeom

    total = seen.of + control.of
    return float(hypergeom.sf(seen.number - 1, total, seen.number + control.number, seen.of))


def _difference(seen: Measured, control: Measured) -> tuple[float, float]:
    """Newcombe's interval of the difference of two shares, from their Wilson intervals (Newcombe 1998, method 10)."""
    one, two = seen.number / seen.of, control.number / control.of
    (low1, high1), (low2, high2) = wilson(seen.number, seen.of), wilson(control.number, control.of)
    gap = one - two
    return (
        gap - float(np.hypot(one - low1, high2 - two)),
        gap + float(np.hypot(high1 - one, two - low2)),
    )
