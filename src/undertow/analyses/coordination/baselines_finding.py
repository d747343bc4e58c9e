"""The published baselines beside the test: how many edges each would call, and how many of them the test calls too."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.compared import RULES, baselines
from undertow.analyses.coordination.context import Context
from undertow.analyses.coordination.tables import called_keys
from undertow.analyses.coordination.wording import QUESTION
from undertow.finding import Estimate, Finding
from undertow.wording import joined

ID = "coordination.baselines"

BASELINES = pa.schema(
    [
        ("trace", pa.string()),
        ("window_s", pa.float64()),
        ("baseline", pa.string()),
        ("pairs_called", pa.int64()),
        ("accounts_called", pa.int64()),
        ("called_by_both", pa.int64()),
        ("called_by_the_test", pa.int64()),
        ("rule", pa.string()),
        ("remark", pa.string()),
    ]
)
"""One row for each trace and baseline; ``called_by_both``: pairs that the test calls on this trace as well."""


def finding(context: Context) -> Finding:
    """How many pairs the field's usual rules call on the same actions."""
    size = max(len(context.study.population), 1)
    rows: list[dict[str, object]] = []
    totals: dict[str, int] = dict.fromkeys(RULES, 0)
    both: dict[str, int] = dict.fromkeys(RULES, 0)
    ran: dict[str, int] = dict.fromkeys(RULES, 0)
    for trace in context.study.tested:
        test = called_keys(context.study, trace)
        for each in baselines(trace.found.actions, round(trace.widest_s * 1e6), trace.looked_at, trace.selection):
            called = each.called_keys
            common = int(np.isin(called, test).sum())
            rows.append(
                {
                    "trace": trace.name,
                    "window_s": trace.widest_s,
                    "baseline": each.name,
                    "pairs_called": None if each.reason else len(called),
                    "accounts_called": None if each.reason else len(np.unique((called // size, called % size))),
                    "called_by_both": None if each.reason else common,
                    "called_by_the_test": len(test),
                    "rule": RULES[each.name],
                    "remark": each.reason,
                }
            )
            if each.reason is None:
                totals[each.name] += len(called)
                both[each.name] += common
                ran[each.name] += 1
    n_test = sum(len(called_keys(context.study, trace)) for trace in context.study.tested)
    listed = joined(
        [f"{name} {totals[name]:,} ({both[name]:,} of them also by the test)" for name in RULES if ran[name]]
    )
    statement = (
        f"On the same actions and windows, summed over the traces, the test calls {n_test:,} pairs; the published "
        f"rules call: {listed}."
        if listed
        else "Too little to tell: there is no trace on which the baselines could run."
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=float(n_test) if listed else None,
            unit="pairs called by the test, over all traces" if listed else "not estimated",
            n=int(context.study.population.posts.sum()),
            n_accounts=len(context.study.population),
        ),
        p_value=None,
        null_model=None,
        method=(
            "Each rule with its authors' defaults, at the widest window of the trace; "
            + "; ".join(f"{name}: {rule}" for name, rule in RULES.items())
            + ". For comparison only: a baseline's edge is no finding, and strength is never given for it."
        ),
        assumptions=(),
        alternatives=(
            "A baseline that calls more may see what the test misses (rare co-action), or call chance: neither is "
            "known without the truth; undertow evaluate measures it where there is some",
        ),
        strength="none",
        aspect="behaviour",
        table="coordination_baselines.parquet",
        evidence=context.no_rows,
        result=pa.Table.from_pylist(rows, BASELINES),
    )
