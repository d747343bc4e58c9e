"""Which class follows which within a short time, beyond the news cycle: the lead-lag matrix."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.propagation import charts
from undertow.analyses.propagation.evidence import posts_behind
from undertow.analyses.propagation.pairs import Pair
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import ALTERNATIVES, ASSUMPTIONS, PLURALS, QUESTION, named, window_words
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.lead_lag import ABSENT
from undertow.statistics.strength import FOLLOW_EXCESS, rate
from undertow.wording import count, joined, p_words, strength_words

ID = "propagation.following"

NULL = (
    "the class that comes after acts when it does, and others act when they do; which of those others' posts are "
    "those of the class before is chance, but for its hours, weekdays and level of activity"
)

FOLLOWING = pa.schema(
    [
        ("kind", pa.string()),
        ("leader", pa.string()),
        ("follower", pa.string()),
        ("items", pa.int64()),
        ("days", pa.int64()),
        ("seen", pa.float64()),
        ("expected", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("accounts", pa.int64()),
        ("top_account", pa.float64()),
        ("result", pa.string()),
    ]
)
"""A row for each kind and ordered pair: the mean share of the leader's posts on an object that stand in the window
before the follower's first one, as seen and as expected; ``low`` and ``high`` bound the difference at 95%."""


def finding(case: Case, study: Study) -> Finding:
    """The lead-lag matrix, and the pair that is surest."""
    tested = [pair for pair in study.pairs if pair.follow.tested]
    best = min(tested, key=lambda pair: (pair.q_follow, pair.follow.p_value, pair.kind, pair.a), default=None)
    beyond = [pair for pair in tested if pair.q_follow <= study.level]
    rating = rate(
        low=None if best is None else best.follow.low,
        high=None if best is None else best.follow.high,
        scale=FOLLOW_EXCESS,
        n_accounts=0 if best is None else best.accounts,
        p_value=None if best is None else best.q_follow,
        guards={}
        if best is None
        else {"no account makes half of the follower's first posts": best.top_account < 0.5},
    )
    rows = _rows(study)
    proof, which = _evidence(case, study, best)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(study, best, beyond, len(tested)),
        estimate=estimate(best),
        p_value=None if best is None else best.q_follow,
        null_model=NULL,
        method=(
            "For each object: the share of the one class's posts (one of each account, whichever) that stand within "
            f"{window_words(study.window)} before the other class's first post, against the share expected when "
            "the labels of all but the other class's posts are permuted (conditional Bernoulli, weighted by the "
            "classes' rhythms). The object's own course, the news cycle, is in the times of the posts, which "
            "stay. Objects without posts of anybody else do not count. The test sums over days; Holm's "
            f"correction over {len(tested)} ordered pairs and kinds. {study.left_out} {which} "
            f"{strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=(*ALTERNATIVES, "Both follow a third that the first class is quicker to see"),
        strength=rating.strength,
        aspect="behaviour",
        table="propagation_following.parquet",
        chart="propagation_following.vl.json" if tested else None,
        evidence=proof,
        result=pa.Table.from_pylist(rows, FOLLOWING),
        figure=charts.matrix(
            sorted(
                (_cell(row) for row in rows if row["q_value"] is not None),
                key=lambda row: (str(row["kind"]), str(row["before"])),
            ),
            f"Posts of one class within {window_words(study.window)} before another's first",
            "share beyond chance",
            f"Who comes just before whom, beyond chance: {len(beyond)} of {len(tested)} ordered pairs.",
        )
        if tested
        else None,
    )


def estimate(pair: Pair | None) -> Estimate:
    """The excess share of a pair."""
    if pair is None:
        return Estimate(value=None, unit="not estimated", n=0, n_accounts=0)
    follow = pair.follow
    return Estimate(
        value=(follow.seen - follow.expected) / follow.items,
        low=follow.low,
        high=follow.high,
        unit="share of posts beyond chance",
        n=pair.posts,
        n_accounts=pair.accounts,
    )


def _statement(study: Study, best: Pair | None, beyond: list[Pair], tested: int) -> str:
    if best is None:
        return (
            "Too little to tell: no two classes share 20 objects, over ten days, on which anybody else posted "
            "too. Posts of others on the same objects are what shows the news cycle: add a sample of them."
        )
    a, b = (named(study.names[number]) for number in (best.a, best.b))
    window = window_words(study.window)
    follow = best.follow
    numbers = (
        f"on {count(follow.items, PLURALS[best.kind].removesuffix('s'), PLURALS[best.kind])} "
        f"{follow.seen / follow.items:.1%} of the posts of the class {a} stand within {window} before the first "
        f"of {b}, {follow.expected / follow.items:.1%} expected"
    )
    if not beyond:
        return (
            f"No class follows another within {window} more often than the news cycle explains, over {tested} "
            f"ordered pairs and kinds; nearest is {b} after {a}: {numbers} ({p_words(best.q_follow)})."
        )
    others = [
        f"{named(study.names[pair.b])} after {named(study.names[pair.a])} ({PLURALS[pair.kind]})"
        for pair in sorted(beyond, key=lambda pair: (pair.q_follow, pair.follow.p_value))
        if pair is not best
    ]
    more = f" Likewise {joined(others, 4)}." if others else ""
    return (
        f"Posts of the class {b} follow those of {a} more often than the news cycle explains: {numbers} "
        f"({p_words(best.q_follow)}).{more}"
    )


def _rows(study: Study) -> list[dict[str, object]]:
    return [
        {
            "kind": pair.kind,
            "leader": study.names[pair.a],
            "follower": study.names[pair.b],
            "items": pair.follow.items,
            "days": pair.follow.days,
            "seen": pair.follow.seen / pair.follow.items if pair.follow.items else None,
            "expected": pair.follow.expected / pair.follow.items if pair.follow.items else None,
            "low": pair.follow.low,
            "high": pair.follow.high,
            "p_value": pair.follow.p_value if pair.follow.tested else None,
            "q_value": pair.q_follow if pair.follow.tested else None,
            "accounts": pair.accounts,
            "top_account": pair.top_account,
            "result": "too little"
            if not pair.follow.tested
            else "beyond chance"
            if pair.q_follow <= study.level
            else "within chance",
        }
        for pair in sorted(
            study.pairs, key=lambda pair: (pair.q_follow, -pair.follow.items, pair.kind, pair.a, pair.b)
        )
    ]


def _cell(row: dict[str, object]) -> dict[str, object]:
    before = f"{named(str(row['leader']))} ({PLURALS[str(row['kind'])]})"
    return row | {
        "before": before,
        "follower": named(str(row["follower"])),
        "excess": float(str(row["seen"])) - float(str(row["expected"])),
    }


def _evidence(case: Case, study: Study, pair: Pair | None) -> tuple[Evidence, str]:
    if pair is None:
        return posts_behind(case, study.scope, study.items[0], (), ())
    items = study.items_of(pair.kind)
    first = items.acts.firsts()
    a, b = first[:, pair.a], first[:, pair.b]
    lag = b - a
    chosen = np.flatnonzero((a != ABSENT) & (b != ABSENT) & (lag >= 0) & (lag <= study.window))
    return posts_behind(case, study.scope, items, chosen.tolist(), (pair.a, pair.b))
