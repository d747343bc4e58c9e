"""Which classes are in step beyond the news cycle."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.propagation.evidence import posts_behind
from undertow.analyses.propagation.following_finding import NULL
from undertow.analyses.propagation.pairs import Pair
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import ALTERNATIVES, ASSUMPTIONS, PLURALS, QUESTION, named, window_words
from undertow.case import Case
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.lead_lag import ABSENT
from undertow.statistics.strength import FOLLOW_EXCESS, rate
from undertow.wording import count, joined, p_words, strength_words

ID = "propagation.synchrony"

TOGETHER = pa.schema(
    [
        ("kind", pa.string()),
        ("class_a", pa.string()),
        ("class_b", pa.string()),
        ("items", pa.int64()),
        ("days", pa.int64()),
        ("seen", pa.float64()),
        ("expected", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("q_value", pa.float64()),
    ]
)
"""A row for each kind and pair of classes: the mean share of the posts of ``class_a`` within the window before or
after the first post of ``class_b``, as seen and as expected; of the two views of a pair the weaker."""


def finding(case: Case, study: Study) -> Finding:
    """The pairs of classes that act on the same objects within the window of each other beyond chance, seen from
    both."""
    weaker = _weaker(study)
    tested = [pair for pair in weaker if pair.together.tested]
    best = min(tested, key=lambda pair: (pair.q_together, pair.together.p_value, pair.kind, pair.a), default=None)
    beyond = [pair for pair in tested if pair.q_together <= study.level]
    view = None if best is None else best.together
    rating = rate(
        low=None if view is None else view.low,
        high=None if view is None else view.high,
        scale=FOLLOW_EXCESS,
        n_accounts=0 if best is None else best.accounts,
        p_value=None if best is None else best.q_together,
    )
    proof, which = _evidence(case, study, best)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(study, best, beyond, len(tested)),
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0)
        if best is None or view is None
        else Estimate(
            value=(view.seen - view.expected) / view.items,
            low=view.low,
            high=view.high,
            unit="share of posts beyond chance",
            n=best.posts,
            n_accounts=best.accounts,
        ),
        p_value=None if best is None else best.q_together,
        null_model=NULL.replace("the class that comes after", "the one class").replace(
            "the class before", "the other class"
        ),
        method=(
            f"As in propagation.following, with the window ({window_words(study.window)}) on either side of the "
            "first post. Each pair is seen from both of its classes, and the weaker view counts. Holm's "
            f"correction over {len(tested)} pairs and kinds. {study.left_out} {which} {strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=(
            *ALTERNATIVES,
            "Scheduled events (a speech, a vote) that interest these classes more than others",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="propagation_synchrony.parquet",
        evidence=proof,
        result=pa.Table.from_pylist([_row(study, pair) for pair in weaker], TOGETHER),
    )


def _weaker(study: Study) -> list[Pair]:
    """Of the two views of each pair and kind the one with the larger p-value, the surest pairs first."""
    views: dict[tuple[str, int, int], Pair] = {}
    for pair in study.pairs:
        key = pair.kind, min(pair.a, pair.b), max(pair.a, pair.b)
        if key not in views or pair.together.p_value > views[key].together.p_value:
            views[key] = pair
    return sorted(
        views.values(), key=lambda pair: (pair.q_together, -pair.together.items, pair.kind, pair.a, pair.b)
    )


def _statement(study: Study, best: Pair | None, beyond: list[Pair], tested: int) -> str:
    window = window_words(study.window)
    if best is None:
        return (
            "Too little to tell: no two classes share 20 objects, over ten days, on which anybody else posted "
            "too; without others the news cycle cannot be told from being in step."
        )
    a, b = (named(study.names[number]) for number in (best.a, best.b))
    view = best.together
    numbers = (
        f"on {count(view.items, PLURALS[best.kind].removesuffix('s'), PLURALS[best.kind])} "
        f"{view.seen / view.items:.1%} of the posts of the class {a} are within {window} of the first of {b}, "
        f"{view.expected / view.items:.1%} expected"
    )
    if not beyond:
        return (
            f"No two classes are in step beyond the news cycle, over {tested} pairs and kinds; nearest are {a} "
            f"and {b}: {numbers} ({p_words(best.q_together)})."
        )
    others = [
        f"{named(study.names[pair.a])} and {named(study.names[pair.b])} ({PLURALS[pair.kind]})"
        for pair in beyond
        if pair is not best
    ]
    more = f" Also: {joined(others, 4)}." if others else ""
    chance = p_words(best.q_together)
    return f"The classes {a} and {b} are in step beyond the news cycle: {numbers} ({chance}).{more}"


def _row(study: Study, pair: Pair) -> dict[str, object]:
    view = pair.together
    return {
        "kind": pair.kind,
        "class_a": study.names[pair.a],
        "class_b": study.names[pair.b],
        "items": view.items,
        "days": view.days,
        "seen": view.seen / view.items if view.items else None,
        "expected": view.expected / view.items if view.items else None,
        "low": view.low,
        "high": view.high,
        "q_value": pair.q_together if view.tested else None,
    }


def _evidence(case: Case, study: Study, pair: Pair | None) -> tuple[Evidence, str]:
    if pair is None:
        return posts_behind(case, study.scope, study.items[0], (), ())
    items = study.items_of(pair.kind)
    first = items.acts.firsts()
    a, b = first[:, pair.a], first[:, pair.b]
    chosen = np.flatnonzero((a != ABSENT) & (b != ABSENT) & (np.abs(b - a) <= study.window))
    return posts_behind(case, study.scope, items, chosen.tolist(), (pair.a, pair.b))
