"""The derived tables of coordination: who acts together with whom, and the groups, for other analyses to read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.groups import NO_GROUP
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import called_tests

EDGES = "coordination.edges"
GROUPS = "coordination.groups"

EDGES_SCHEMA = pa.schema(
    [
        ("platform", pa.string()),
        ("account_a", pa.string()),
        ("platform_b", pa.string()),
        ("account_b", pa.string()),
        ("trace", pa.string()),
        ("window_s", pa.float64()),
        ("objects", pa.int64()),
        ("occasions", pa.int64()),
        ("p_value", pa.float64()),
        ("pair_q_value", pa.float64()),
    ]
)
GROUPS_SCHEMA = pa.schema(
    [("platform", pa.string()), ("account_id", pa.string()), ("group", pa.int64()), ("partners", pa.int64())]
)

TABLES: Mapping[str, tuple[str, pa.Schema]] = MappingProxyType(
    {
        EDGES: (
            "a row for each pair called beyond chance, trace and window with co-action on two occasions or more: "
            "pair_q_value is over all traces, p_value the trace's own; platform is account_a's",
            EDGES_SCHEMA,
        ),
        GROUPS: (
            "a row for each account in a group of three or more, numbered from 1 as in the finding "
            "coordination.groups, and with how many others it has a called pair",
            GROUPS_SCHEMA,
        ),
    }
)
"""Name of each derived table: what a row says, and its schema."""


def tables(study: Study) -> Mapping[str, pa.Table]:
    """Both tables, in the order of accounts."""
    return {EDGES: edges(study), GROUPS: groups(study)}


def edges(study: Study) -> pa.Table:
    """The called pairs, by pair, trace (in the order of traces) and window."""
    population = study.population
    parts, places = [EDGES_SCHEMA.empty_table()], [np.zeros(0, np.int64)]
    for trace in study.tested:
        for window in trace.windows:
            tests, place = called_tests(study, window.test.tests)
            left, right = tests.left.tolist(), tests.right.tolist()
            columns = {
                "platform": [population.platforms[account] for account in left],
                "account_a": [population.ids[account] for account in left],
                "platform_b": [population.platforms[account] for account in right],
                "account_b": [population.ids[account] for account in right],
                "trace": [trace.name] * len(tests),
                "window_s": [window.window_s] * len(tests),
                "objects": tests.n_objects,
                "occasions": tests.n_occasions,
                "p_value": tests.p_value,
                "pair_q_value": study.pairs.q_value[study.called][place],
            }
            parts.append(pa.table(columns, schema=EDGES_SCHEMA))
            places.append(place)
    return pa.concat_tables(parts).take(np.argsort(np.concatenate(places), kind="stable"))


def groups(study: Study) -> pa.Table:
    """The accounts in groups."""
    inside = np.flatnonzero(study.groups.membership != NO_GROUP)
    population = study.population
    return pa.table(
        {
            "platform": [population.platforms[account] for account in inside],
            "account_id": [population.ids[account] for account in inside],
            "group": study.groups.membership[inside].astype(np.int64) + 1,
            "partners": study.indicator.partners[inside],
        },
        schema=GROUPS_SCHEMA,
    )
