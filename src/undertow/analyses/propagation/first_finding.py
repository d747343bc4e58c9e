"""Which class came first, and whether that is more than activity alone explains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.propagation.evidence import posts_behind
from undertow.analyses.propagation.pairs import Pair
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import ALTERNATIVES, ASSUMPTIONS, PLURALS, QUESTION, lag_words, named
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.lead_lag import ABSENT
from undertow.statistics.strength import FIRST_EXCESS, rate
from undertow.wording import count, p_words, share, strength_words

ID = "propagation.first"

FIRST = pa.schema(
    [
        ("kind", pa.string()),
        ("leader", pa.string()),
        ("follower", pa.string()),
        ("items", pa.int64()),
        ("days", pa.int64()),
        ("first", pa.float64()),
        ("tied", pa.int64()),
        ("activity_from", pa.float64()),
        ("activity_to", pa.float64()),
        ("median_lag_hours", pa.float64()),
        ("lag_low", pa.float64()),
        ("lag_high", pa.float64()),
        ("lag_quarter", pa.float64()),
        ("lag_three_quarters", pa.float64()),
        ("accounts", pa.int64()),
        ("top_account", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)
"""A row for each kind and ordered pair: how often ``leader`` was first (ties count a half), between what and what
activity alone would have it, the lag, and the largest share of the follower's first posts that one account has."""


def finding(case: Case, study: Study) -> Finding:
    """The pair that is furthest beyond what activity explains; without one, that with the most items."""
    pairs = study.pairs
    tested = [pair for pair in pairs if pair.first.tested]
    best = min(tested, key=lambda pair: (pair.q_first, -pair.first.items, pair.kind, pair.a, pair.b), default=None)
    beyond = [pair for pair in tested if pair.q_first <= study.level]
    rows = _rows(study)
    if best is None:
        shown, rating = None, rate(low=None, high=None, scale=FIRST_EXCESS, n_accounts=0)
    else:
        shown = best if beyond else _largest(tested)
        rating = rate(
            low=shown.first.low,
            high=shown.first.high,
            scale=FIRST_EXCESS,
            n_accounts=shown.accounts,
            p_value=shown.q_first,
            guards={"no account makes half of the follower's first posts": shown.top_account < 0.5},
        )
    proof, which = _evidence(case, study, shown)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(study, shown, len(beyond), len(tested)),
        estimate=_estimate(shown),
        p_value=None if shown is None else shown.q_first,
        null_model=(
            "no class leads: each acts on an object in proportion to the object's own course and the class's "
            "hours, weekdays and level of activity; all posts of the one class are decisions of their own, those "
            "of the other one"
        ),
        method=(
            "Objects that both classes took up, and every post on each; an object that rested begins "
            "anew. The more posts a class makes, the earlier its first one: how much so depends on how "
            "independent they are, which nobody knows. So the range is given that activity alone allows, and the "
            f"test is against its end. It sums over days; p after Holm's correction over {len(tested)} pairs of "
            f"classes and kinds. Intervals of lags: bootstrap over days. {study.left_out} {which} "
            f"{strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="propagation_first.parquet",
        evidence=proof,
        result=pa.Table.from_pylist(rows, FIRST),
    )


def _largest(pairs: Sequence[Pair]) -> Pair:
    """Of the pair with the most items the direction that is seen more often."""
    return max(pairs, key=lambda pair: (pair.first.items, pair.first.seen, pair.kind, -pair.a))


def _statement(study: Study, pair: Pair | None, beyond: int, tested: int) -> str:
    if pair is None:
        return (
            "Too little to tell: no two classes share 20 objects that are spread over ten days (looked at: "
            f"{', '.join(PLURALS[kind] for kind in study.kinds)})."
        )
    a, b = (named(study.names[number]) for number in (pair.a, pair.b))
    seen = pair.first.seen / pair.first.items
    most = pair.first.expected / pair.first.items
    if pair.q_first <= study.level:
        verdict = f"more than their activity can explain (at most {share(most)}, {p_words(pair.q_first)})"
    elif seen <= most:
        verdict = f"which their activity and hours alone can explain ({share(pair.least)} to {share(most)})"
    else:
        chance = p_words(pair.q_first)
        verdict = f"not more than chance allows over what activity explains (at most {share(most)}, {chance})"
    more = f" {beyond} of {tested} pairs of classes and kinds are beyond it." if beyond else ""
    return (
        f"Of {count(pair.first.items, PLURALS[pair.kind].removesuffix('s'), PLURALS[pair.kind])} that both took "
        f"up, the class {a} came before {b} in {share(seen)}, {verdict}; {lag_words(pair.lag)}.{more}"
    )


def _estimate(pair: Pair | None) -> Estimate:
    if pair is None:
        return Estimate(value=None, unit="not estimated", n=0, n_accounts=0)
    first = pair.first
    return Estimate(
        value=(first.seen - first.expected) / first.items,
        low=first.low,
        high=first.high,
        unit="share of objects beyond the most that activity allows",
        n=pair.posts,
        n_accounts=pair.accounts,
    )


def _rows(study: Study) -> list[dict[str, object]]:
    return [
        {
            "kind": pair.kind,
            "leader": study.names[pair.a],
            "follower": study.names[pair.b],
            "items": pair.first.items,
            "days": pair.first.days,
            "first": pair.first.seen / pair.first.items,
            "tied": pair.ties,
            "activity_from": pair.least,
            "activity_to": pair.first.expected / pair.first.items,
            "median_lag_hours": pair.lag.median,
            "lag_low": pair.lag.low,
            "lag_high": pair.lag.high,
            "lag_quarter": pair.lag.quarter,
            "lag_three_quarters": pair.lag.three_quarters,
            "accounts": pair.accounts,
            "top_account": pair.top_account,
            "p_value": pair.first.p_value if pair.first.tested else None,
            "q_value": pair.q_first if pair.first.tested else None,
        }
        for pair in sorted(
            study.pairs, key=lambda pair: (pair.q_first, -pair.first.items, pair.kind, pair.a, pair.b)
        )
    ]


def _evidence(case: Case, study: Study, pair: Pair | None) -> tuple[Evidence, str]:
    if pair is None:
        return posts_behind(case, study.scope, study.items[0], (), ())
    items = study.items_of(pair.kind)
    first = items.acts.firsts()
    chosen = np.flatnonzero(
        (first[:, pair.a] != ABSENT) & (first[:, pair.b] != ABSENT) & (first[:, pair.a] < first[:, pair.b])
    )
    return posts_behind(case, study.scope, items, chosen.tolist(), (pair.a, pair.b))
