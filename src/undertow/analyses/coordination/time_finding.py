"""How the groups change over time, as a finding."""

from __future__ import annotations

import pyarrow as pa

from undertow.analyses.coordination import charts
from undertow.analyses.coordination.context import Context
from undertow.analyses.coordination.over_time import Phase
from undertow.analyses.coordination.tables import moment
from undertow.analyses.coordination.wording import ALTERNATIVES, QUESTION
from undertow.finding import Estimate, Finding
from undertow.wording import count

ID = "coordination.groups_over_time"

PHASES = pa.schema(
    [
        ("period", pa.int64()),
        ("start", pa.timestamp("us", tz="UTC")),
        ("end", pa.timestamp("us", tz="UTC")),
        ("line", pa.int64()),
        ("event", pa.string()),
        ("ends", pa.bool_()),
        ("accounts", pa.int64()),
        ("group", pa.int64()),
        ("platforms", pa.list_(pa.string())),
        ("members", pa.list_(pa.string())),
    ]
)
"""One row a group and period; ``line`` follows a group through time, ``group`` is the one of coordination.groups."""


def finding(context: Context, found: list[Phase]) -> Finding:
    """When groups are born, merge, split and end."""
    study = context.study
    lines = {phase.line for phase in found}
    births = {phase.line: phase.period for phase in reversed(found)}
    last_period = max((phase.period for phase in found), default=0)
    late = sum(period > 1 for period in births.values())
    events = {name: sum(phase.event == name for phase in found) for name in ("merged", "split")}
    ended = len({phase.line for phase in found if phase.ends and phase.period < last_period})
    length = (found[0].end - found[0].start) / 86_400_000_000 if found else 0.0
    rows: list[dict[str, object]] = [
        {
            "period": phase.period,
            "start": moment(phase.start),
            "end": moment(phase.end),
            "line": phase.line,
            "event": phase.event,
            "ends": phase.ends,
            "accounts": len(phase.members),
            "group": phase.group + 1 if phase.group >= 0 else None,
            **study.population.listed(phase.members),
        }
        for phase in found
    ]
    if found:
        statement = (
            f"In periods of {count(round(length), 'day')}, {count(len(lines), 'group')} can be followed through time: "
            f"{late:,} {'appears' if late == 1 else 'appear'} after the first period, {ended:,} "
            f"{'ends' if ended == 1 else 'end'} before the last; {count(events['merged'], 'merger')} and "
            f"{count(events['split'], 'split')}."
        )
    else:
        statement = "There is no group to follow through time."
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=float(len(lines)),
            unit="lines of groups",
            n=len(context.called),
            n_accounts=len({account for phase in found for account in phase.members}),
        ),
        p_value=None,
        null_model=None,
        method=(
            "The pairs that coordination.network calls, in periods that overlap by half; Leiden in each; a group goes "
            "on where it shares at least 30% of its members (Jaccard) with the last state of a line, returned where that "
            "was not in the period before, merged where it "
            "holds most of two, split where most of it comes from one that another group carries on. A description: "
            "the pairs were tested over the whole time, not in each period."
        ),
        assumptions=("Pairs that act together in one period are the same relation in another",),
        alternatives=(
            "Groups seem to end where the source has gaps, or where their object went out of use",
            *ALTERNATIVES,
        ),
        strength="none",
        aspect="behaviour",
        table="coordination_groups_over_time.parquet",
        chart="coordination_groups_over_time.vl.json" if found else None,
        evidence=context.no_rows,
        result=pa.Table.from_pylist(rows, PHASES),
        figure=charts.phases(rows) if found else None,
    )
