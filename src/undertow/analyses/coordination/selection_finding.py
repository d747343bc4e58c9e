"""Co-selection over all traces: who chooses the same rare objects, whenever they act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.context import Context
from undertow.analyses.coordination.events import CoActionRows, co_actions
from undertow.analyses.coordination.selection import SelectionTest
from undertow.analyses.coordination.study import TraceStudy
from undertow.analyses.coordination.tables import PAIR
from undertow.analyses.coordination.wording import QUESTION, BeyondChance
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.strength import PAIRS_BEYOND_CHANCE, rate
from undertow.wording import count, joined, p_words, strength_words

ID = "coordination.selection"

_EVER = 2**62
"""A window that no two times exceed."""

SELECTION = pa.schema(
    [
        ("platform_a", pa.string()),
        ("account_a", pa.string()),
        ("platform_b", pa.string()),
        ("account_b", pa.string()),
        ("trace", pa.string()),
        ("shared_objects", pa.int64()),
        ("expected", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("also_co_action", pa.bool_()),
    ]
)
"""Pairs that share more objects than chance, by trace; ``also_co_action``: coordination.network calls them too."""

INTEREST = (
    "Shared interest: people of one place, trade or taste choose the same rare things without knowing each other"
)


def finding(context: Context) -> Finding:
    """Pairs that choose the same objects beyond chance, and how many of them also act at the same moments."""
    study = context.study
    size = max(len(study.population), 1)
    rows: list[dict[str, object]] = []
    pairs: dict[int, float] = {}
    parts: list[tuple[TraceStudy, Int64, CoActionRows]] = []
    both: set[int] = set()
    smallest, false, remarks, names = 1.0, 0.0, [], []
    keys = set(study.keys.tolist())
    for trace in study.traces:
        if trace.selection is None:
            continue
        test = trace.selection.test
        if test is None:
            remarks.append(f"{trace.name}: not tested, {trace.selection.reason}")
            continue
        if trace.selection.least_shared > 2:
            remarks.append(f"{trace.name}: pairs that share at least {trace.selection.least_shared} objects")
        names.append(trace.name)
        smallest = min(smallest, float(test.p_value.min(initial=1.0)) * test.n_tested)
        false += float(test.p_value[test.significant].max(initial=0.0)) * test.n_tested
        significant = test.left[test.significant].astype(np.int64) * size + test.right[test.significant]
        if len(significant):
            parts.append((trace, significant, co_actions(trace.found.actions, _EVER, significant)))
        for number in np.flatnonzero(test.significant).tolist():
            key = int(test.left[number]) * size + int(test.right[number])
            pairs[key] = min(pairs.get(key, 1.0), float(test.q_value[number]))
            if key in keys:
                both.add(key)
            rows.append(_row(context, trace.name, test, number, key in keys))
    rows.sort(key=lambda row: (float(str(row["q_value"])), *(str(row[name]) for name in (*PAIR, "trace"))))
    evidence, evidence_words = _posts(context, pairs, parts) if pairs else (context.no_rows, "")
    # each trace keeps its own false discovery rate; the false pairs of all of them are counted together
    sure = BeyondChance.of(len(pairs), false)
    p_value = min(1.0, smallest * len(names)) if names else None
    members = {account for key in pairs for account in divmod(key, size)}
    rating = rate(
        low=sure.share_low,
        high=1.0,
        scale=PAIRS_BEYOND_CHANCE,
        n_accounts=len(members),
        p_value=p_value,
        guards={"choosing alike is more than shared interest would do, which this test cannot know": False},
    )
    if not names:
        statement = "Too little to tell: no trace has objects that two accounts could both choose."
    elif pairs:
        statement = (
            f"{count(len(pairs), 'pair')} of {count(len(members), 'account')} choose the same objects more often than "
            f"the objects' popularity and the accounts' activity explain; {len(both):,} of these pairs also act at the "
            f"same moments beyond chance. The other {len(pairs) - len(both):,} may be shared interest."
        )
    else:
        statement = (
            f"No two accounts choose the same objects beyond chance ({joined(names)}; "
            f"{p_words(p_value if p_value is not None else 1.0)})."
        )
    posts = int(study.population.posts.sum())
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=sure.value if names else None,
            low=sure.low if pairs else None,
            high=sure.high if pairs else None,
            unit="pairs of accounts beyond chance" if names else "not estimated",
            n=posts,
            n_accounts=len(study.population),
        ),
        p_value=p_value,
        null_model="every account keeps its number of objects and every object its number of accounts, else at random",
        method=(
            "Bipartite configuration model, Poisson-binomial tail of the shared objects, false discovery rate "
            f"{study.level:g} within each trace over all pairs of accounts. Times play no part. "
            + (f"{'; '.join(remarks)}. " if remarks else "")
            + (f"{evidence_words} " if evidence_words else "")
            + strength_words(rating)
        ),
        assumptions=("Accounts choose objects independently of each other but for the objects' popularity",),
        alternatives=(
            INTEREST,
            "One language, region or time of activity, within which all objects are shared more",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="coordination_selection.parquet",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, SELECTION),
    )


def _posts(
    context: Context, pairs: dict[int, float], parts: list[tuple[TraceStudy, Int64, CoActionRows]]
) -> tuple[Evidence, str]:
    """The posts on the objects that the pairs share, the strongest pairs first."""
    keys = np.array(sorted(pairs), dtype=np.int64)
    order = np.argsort([pairs[key] for key in keys.tolist()], kind="stable").astype(np.int64)
    renumbered = [
        (trace, replace(rows, pair=np.searchsorted(keys, significant)[rows.pair].astype(np.int64)))
        for trace, significant, rows in parts
    ]
    return context.posts_of(renumbered, order)


def _row(context: Context, trace: str, test: SelectionTest, number: int, also: bool) -> dict[str, object]:
    return {
        **context.study.population.pair(int(test.left[number]), int(test.right[number])),
        "trace": trace,
        "shared_objects": int(test.n_shared[number]),
        "expected": float(test.expected[number]),
        "p_value": float(test.p_value[number]),
        "q_value": float(test.q_value[number]),
        "also_co_action": also,
    }
