"""One finding a trace: which pairs it calls by itself, or why it says nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.context import Context, rows_of, strongest
from undertow.analyses.coordination.events import CoActionRows
from undertow.analyses.coordination.plan import window_words
from undertow.analyses.coordination.study import Study, TraceStudy
from undertow.analyses.coordination.tables import called_keys
from undertow.analyses.coordination.wording import ALTERNATIVES, NULL_MODEL, QUESTION, BeyondChance, expected_words
from undertow.finding import Estimate, Evidence, Finding
from undertow.statistics.strength import PAIRS_BEYOND_CHANCE, rate
from undertow.wording import count, joined, p_words, strength_words

PREFIX = "coordination.trace_"

PAIRS = pa.schema(
    [
        ("platform_a", pa.string()),
        ("account_a", pa.string()),
        ("platform_b", pa.string()),
        ("account_b", pa.string()),
        ("shared_objects", pa.int64()),
        ("objects", pa.int64()),
        ("occasions", pa.int64()),
        ("expected", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("first", pa.timestamp("us", tz="UTC")),
        ("last", pa.timestamp("us", tz="UTC")),
    ]
)
"""The pairs that one trace calls by itself, strongest first."""


def finding(context: Context, trace: TraceStudy) -> Finding:
    """What this trace says by itself."""
    n_actions, n_accounts = len(trace.found.actions), len(np.unique(trace.found.actions.account))
    if trace.reason is not None or trace.refusal is not None:
        return _nothing_tested(context, trace, n_actions, n_accounts)
    called = trace.called
    sure = BeyondChance.of(len(called), trace.false)
    p_value = min(1.0, float(trace.tests.p_value.min(initial=1.0)) * trace.n_tested) if len(trace.tests) else 1.0
    members = np.unique(np.concatenate((called.left, called.right)))
    rating = rate(
        low=sure.share_low,
        high=1.0,
        scale=PAIRS_BEYOND_CHANCE,
        n_accounts=len(members),
        p_value=p_value,
    )
    windows = joined([window_words(each.window_s) for each in trace.windows])
    looked = (
        f"{count(n_actions, 'action')} of {count(n_accounts, 'account')}, {count(trace.looked_at, 'pair')} of actions "
        f"within the window, {count(trace.n_tested, 'pair')} of accounts that share two objects or more"
    )
    order = strongest(called.q_value, called.n_occasions)
    if len(called):
        best = int(order[0])
        statement = (
            f"{count(len(members), 'account')} in {count(len(called), 'pair')} share {trace.trace.shared} within "
            f"{windows} more often than chance explains; the strongest pair on {called.n_occasions[best]:,} separate "
            f"occasions where chance expects {expected_words(float(called.expected[best]))}."
            + _in_network(context.study, trace)
        )
        rows = rows_of(trace, called_keys(context.study, trace))
        evidence, evidence_words = context.posts_of([(trace, rows)], order)
        table = _table(context, trace, rows)
    else:
        statement = (
            f"No two accounts share {trace.trace.shared} within {windows} beyond chance: "
            f"{count(trace.n_tested, 'pair')} of accounts with two such objects in common, {p_words(p_value)}."
        )
        evidence, evidence_words, table = context.no_rows, "", PAIRS.empty_table()
    return Finding(
        id=f"{PREFIX}{trace.name}",
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=sure.value,
            low=sure.low if len(called) else None,
            high=sure.high if len(called) else None,
            unit="pairs of accounts beyond chance",
            n=n_actions,
            n_accounts=n_accounts,
        ),
        p_value=p_value,
        null_model=NULL_MODEL,
        method=(
            f"Looked at: {looked}. {_window_words(trace)}A pair is called when its separate occasions (ten minutes "
            f"apart) exceed the Poisson-binomial chance at false discovery rate {context.study.level:g} over all pairs "
            f"that share two objects, and are two or more: one viral object never makes a pair. The p-value is the "
            f"smallest one times all pairs; the interval takes off the false pairs that chance alone would give. "
            f"{context.chance_from} {evidence_words} {strength_words(rating)}"
        ),
        assumptions=context.assumptions,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table=f"coordination_trace_{trace.name}.parquet",
        evidence=evidence,
        result=table,
    )


def _in_network(study: Study, trace: TraceStudy) -> str:
    """How many of the trace's pairs are in the network, which may be fewer."""
    if len(study.tested) == 1:
        return ""
    kept = int(np.isin(called_keys(study, trace), study.keys).sum())
    return (
        f" Looked at by itself; in the network, where each of {len(study.tested)} traces has its part of the false "
        f"discovery rate, {kept:,} of these pairs are called."
    )


def _window_words(trace: TraceStudy) -> str:
    """What the windows mean for these times."""
    parts = []
    if trace.lifted:
        asked = joined([window_words(each) for each in trace.lifted])
        parts.append(
            f"The times are known to {window_words(trace.found.coarsest_s)} only: the window of {asked} was raised."
        )
    if trace.found.coarsest_s >= 60 and any(each.window_s == 60 for each in trace.windows):
        parts.append("At this precision a window of one minute means the same or the adjacent minute.")
    if len(trace.windows) > 1:
        parts.append(f"p-values are times the {len(trace.windows)} windows tried.")
    if trace.trace.note:
        parts.append(f"This trace is {trace.trace.note}.")
    return "".join(f"{part} " for part in parts)


def _nothing_tested(context: Context, trace: TraceStudy, n_actions: int, n_accounts: int) -> Finding:
    refusal = trace.refusal
    if refusal is not None:
        statement = f"Too little to tell from {trace.trace.shared}: {refusal}."
    else:
        statement = f"Too little to tell from {trace.trace.shared}: {trace.reason}."
    evidence: Evidence = context.no_rows
    return Finding(
        id=f"{PREFIX}{trace.name}",
        question=QUESTION,
        statement=statement,
        estimate=Estimate(value=None, unit="not estimated", n=n_actions, n_accounts=n_accounts),
        p_value=None,
        null_model=NULL_MODEL if refusal is not None else None,
        method=f"Looked at: {count(n_actions, 'action')} of {count(n_accounts, 'account')}. {_window_words(trace)}".strip(),
        assumptions=(),
        alternatives=("The source may not carry what this trace needs; another export may",)
        if refusal is None
        else ALTERNATIVES,
        strength="none",
        aspect="behaviour",
        evidence=evidence,
    )


def _table(context: Context, trace: TraceStudy, rows: CoActionRows) -> pa.Table:
    called = trace.called
    starts = np.searchsorted(rows.pair, np.arange(len(called)))
    ends = np.searchsorted(rows.pair, np.arange(len(called)), side="right")
    time = rows.time
    listed = [
        {
            **context.study.population.pair(int(called.left[row]), int(called.right[row])),
            "shared_objects": int(called.n_shared[row]),
            "objects": int(called.n_objects[row]),
            "occasions": int(called.n_occasions[row]),
            "expected": float(called.expected[row]),
            "p_value": float(called.p_value[row]),
            "q_value": float(called.q_value[row]),
            "first": int(time[starts[row]]) if starts[row] < ends[row] else None,
            "last": int(time[ends[row] - 1]) if starts[row] < ends[row] else None,
        }
        for row in strongest(called.q_value, called.n_occasions).tolist()
    ]
    return pa.Table.from_pylist(listed, PAIRS)
