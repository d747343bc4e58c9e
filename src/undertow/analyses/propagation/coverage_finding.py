"""Mirrored and rebutting coverage: how much of what one class takes up another takes up after it, and whether it
agrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.propagation.evidence import posts_behind
from undertow.analyses.propagation.items import Items
from undertow.analyses.propagation.stance import Stance, Stances
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import ALTERNATIVES, PLURALS, QUESTION, named
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_share, wilson
from undertow.statistics.lead_lag import ABSENT, DAY, LEAST_DAYS
from undertow.statistics.strength import MIRRORED_SHARE, rate
from undertow.wording import count, share, strength_words

ID = "propagation.coverage"

WITHIN_DAYS = 7

COVERAGE = pa.schema(
    [
        ("kind", pa.string()),
        ("leader", pa.string()),
        ("follower", pa.string()),
        ("items", pa.int64()),
        ("mirrored", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("posts_read", pa.int64()),
        ("repeating", pa.int64()),
        ("rebutting", pa.int64()),
    ]
)
"""A row for each kind and ordered pair: the objects that ``leader`` (and anybody else) took up, those that
``follower`` took up within seven days after, their share with its interval, and of the follower's first posts on them
how many match a claim of the codebook, and how many a rebuttal (null without a codebook)."""


@dataclass(frozen=True)
class _Coverage:
    kind: str
    a: int
    b: int
    taken: npt.NDArray[np.bool_]
    mirrored: npt.NDArray[np.bool_]
    bounds: tuple[float, float]
    accounts: int
    stance: Stance | None

    @property
    def value(self) -> float:
        """The share of the items taken up that is mirrored."""
        return float(self.mirrored.sum() / self.taken.sum())


def finding(case: Case, study: Study, stances: Stances | None, *, draws: int, seed: int) -> Finding:
    """How much each class mirrors each other one; the largest share is in the sentence."""
    found = [
        coverage
        for items in study.items
        for a in range(items.n_classes)
        for b in range(items.n_classes)
        if a != b and (coverage := _coverage(case, items, a, b, stances, draws=draws, seed=seed)) is not None
    ]
    found.sort(key=lambda one: (-one.bounds[0], -int(one.mirrored.sum()), one.kind, one.a, one.b))
    best = found[0] if found else None
    rating = rate(
        low=None if best is None else best.bounds[0],
        high=None if best is None else best.bounds[1],
        scale=MIRRORED_SHARE,
        n_accounts=0 if best is None else best.accounts,
        tested=False,
        guards={f"not the largest of {len(found):,}, which looking made large": len(found) <= 1},
    )
    chosen = [] if best is None else np.flatnonzero(best.mirrored).tolist()
    items = study.items[0] if best is None else study.items_of(best.kind)
    proof, which = posts_behind(case, study.scope, items, chosen, () if best is None else (best.a, best.b))
    by = "" if stances is None else f" {stances.words}"
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(study, best, len(found), stances),
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0)
        if best is None
        else Estimate(
            value=best.value,
            low=best.bounds[0],
            high=best.bounds[1],
            unit="share of objects taken up after",
            n=int(best.taken.sum()),
            n_accounts=best.accounts,
        ),
        p_value=None,
        null_model=None,
        method=(
            f"Mirrored is an object that the one class took up and the other within {WITHIN_DAYS} days after; "
            "objects that nobody else took up are not in the data. Interval: bootstrap over days (Wilson below "
            f"ten days). It describes; whether the one follows the other is tested in propagation.following.{by} "
            f"{study.left_out} {which} {strength_words(rating)}"
        ),
        assumptions=("The classes of the watchlist, and the times of the posts, are right",),
        alternatives=("Both cover the same news, each for reasons of its own", *ALTERNATIVES[1:]),
        strength=rating.strength,
        aspect="behaviour",
        table="propagation_coverage.parquet",
        evidence=proof,
        result=pa.Table.from_pylist([_row(study, one) for one in found], COVERAGE),
    )


def _coverage(
    case: Case, items: Items, a: int, b: int, stances: Stances | None, *, draws: int, seed: int
) -> _Coverage | None:
    acts = items.acts
    first = acts.firsts()
    taken = first[:, a] != ABSENT
    lag = first[:, b] - first[:, a]
    mirrored = taken & (first[:, b] != ABSENT) & (lag > 0) & (lag <= WITHIN_DAYS * DAY)
    if not mirrored.any():
        return None
    _, number = np.unique(acts.day[taken], return_inverse=True)
    per_day = np.stack([np.bincount(number, mirrored[taken]), np.bincount(number)], axis=1)
    if len(per_day) < LEAST_DAYS:
        bounds = wilson(int(mirrored.sum()), int(taken.sum()))
    else:
        rng = np.random.default_rng([seed, 33])
        _, *ends = bootstrap_share(per_day, draws, rng)
        bounds = ends[0], ends[1]
    inside = mirrored[acts.item] & ((acts.actor == a) | (acts.actor == b))
    stance = None
    if stances is not None:
        opening = acts.opening()
        places = opening[(acts.actor[opening] == b) & mirrored[acts.item[opening]]]
        stance = stances.of(case, (items.post_of(int(place)) for place in places))
    return _Coverage(items.kind, a, b, taken, mirrored, bounds, len(np.unique(items.account[inside])), stance)


def _statement(study: Study, best: _Coverage | None, number: int, stances: Stances | None) -> str:
    if best is None:
        return f"Too little to tell: no object was taken up by one class and within {WITHIN_DAYS} days after by another."
    a, b = (named(study.names[number]) for number in (best.a, best.b))
    objects = count(int(best.taken.sum()), PLURALS[best.kind].removesuffix("s"), PLURALS[best.kind])
    text = (
        f"Of {objects} that the class {a} took up, {b} took up {share(best.value, *best.bounds)} (95% interval "
        f"{best.bounds[0]:.0%} to {best.bounds[1]:.0%}) within {WITHIN_DAYS} days after, the largest "
        f"share of {count(number, 'ordered pair')} and kinds"
    )
    if stances is None or best.stance is None:
        return f"{text}."
    stance = best.stance
    return (
        f"{text}; of {count(stance.read, 'first post')} on them {stance.repeating:,} repeat the claims and "
        f"{stance.rebutting:,} rebut them, by the codebook {stances.codebook.name} {stances.codebook.version}."
    )


def _row(study: Study, one: _Coverage) -> dict[str, object]:
    return {
        "kind": one.kind,
        "leader": study.names[one.a],
        "follower": study.names[one.b],
        "items": int(one.taken.sum()),
        "mirrored": int(one.mirrored.sum()),
        "share": one.value,
        "low": one.bounds[0],
        "high": one.bounds[1],
        "posts_read": None if one.stance is None else one.stance.read,
        "repeating": None if one.stance is None else one.stance.repeating,
        "rebutting": None if one.stance is None else one.stance.rebutting,
    }
