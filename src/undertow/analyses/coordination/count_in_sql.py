"""Co-action counting in portable SQL: the same edges as the kernel, on any engine, without fetching the actions.

The analysis fetches a trace's actions and counts them with the kernel, on one machine. These steps are for what one
machine cannot hold, and the third, independent implementation that tests hold the others against. They know the
traces whose objects are used as they are; links, hashtags and handles are folded in Python, which no engine does alike.

An object's actions are cut into buckets of ``width``; two actions within the window lie in the same bucket or in
neighbouring ones, so that two equality joins find all pairs, and the work is linear in the actions of a bounded
burst. A bucket is named by its start.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

from undertow.analyses.coordination import traces
from undertow.engines.engine import Engine
from undertow.engines.steps import Step, register
from undertow.errors import EngineError

SQL_TRACES: Mapping[str, Step] = MappingProxyType(
    {
        "repost": traces.REPOSTS,
        "domain": traces.DOMAINS,
        "reply": traces.REPLIES,
        "text": traces.TEXTS,
        "media": traces.MEDIA,
    }
)
"""The traces that SQL alone can count, and the step that yields the actions of each."""


def _one_trace(name: str, step: Step) -> str:
    object_ = "platform || ' ' || object" if traces.TRACES[name].per_platform else "object"
    return f"SELECT '{name}' AS trace, platform, account_id, {object_} AS object, time, post_id FROM {step.table}"


ACTIONS = register(
    Step(
        name="coordination.actions",
        inputs=tuple(step.table for step in SQL_TRACES.values()),
        parameters={"trace": str},
        sql=f"""
            SELECT DISTINCT
                platform || ':' || account_id AS account,
                object,
                time,
                platform || ' ' || post_id || ' ' || object AS action
            FROM ({" UNION ALL ".join(_one_trace(name, step) for name, step in SQL_TRACES.items())}) AS listed
            WHERE trace = $trace
        """,
        output=pa.schema(
            [("account", pa.string()), ("object", pa.string()), ("time", pa.int64()), ("action", pa.string())]
        ),
    )
)
"""The actions of one trace, each post once for each of its objects; accounts are ``platform:id``."""

BUCKETS = register(
    Step(
        name="coordination.buckets",
        inputs=(ACTIONS.table,),
        parameters={"width": int},
        sql=f"SELECT account, object, time, action, time - FLOOR_MOD(time, $width) AS bucket FROM {ACTIONS.table}",
        output=ACTIONS.output.append(pa.field("bucket", pa.int64())),
    )
)
"""Each action with the start of its bucket."""

BUCKET_SIZES = register(
    Step(
        name="coordination.bucket_sizes",
        inputs=(BUCKETS.table,),
        sql=f"SELECT object, bucket, COUNT(*) AS actions FROM {BUCKETS.table} GROUP BY object, bucket",
        output=pa.schema([("object", pa.string()), ("bucket", pa.int64()), ("actions", pa.int64())]),
    )
)
"""Actions in each bucket of each object."""

PAIRS_TO_LOOK_AT = register(
    Step(
        name="coordination.pairs_to_look_at",
        inputs=(BUCKET_SIZES.table,),
        parameters={"width": int},
        sql=f"""
            SELECT
                COALESCE(CAST(SUM(
                    here.actions * (here.actions - 1) + 2 * here.actions * COALESCE(following.actions, 0)
                ) AS BIGINT), 0) AS twice_pairs
            FROM {BUCKET_SIZES.table} AS here
            LEFT JOIN {BUCKET_SIZES.table} AS following
                ON here.object = following.object AND here.bucket + $width = following.bucket
        """,
        output=pa.schema([("twice_pairs", pa.int64())]),
    )
)
"""Before the join: twice the pairs of actions it will look at (twice, because halving an integer is not portable)."""

_BOTH_SIDES = """
    CASE WHEN one.account < other.account THEN one.account ELSE other.account END AS account_a,
    CASE WHEN one.account < other.account THEN other.account ELSE one.account END AS account_b,
    CASE WHEN one.account < other.account THEN one.action ELSE other.action END AS action_a,
    CASE WHEN one.account < other.account THEN other.action ELSE one.action END AS action_b,
    one.object AS object
"""

PAIRS = register(
    Step(
        name="coordination.pairs",
        inputs=(BUCKETS.table,),
        parameters={"width": int, "window": int},
        sql=f"""
            SELECT {_BOTH_SIDES},
                LEAST(one.time, other.time) AS first_time, GREATEST(one.time, other.time) AS last_time
            FROM {BUCKETS.table} AS one
            INNER JOIN {BUCKETS.table} AS other ON one.object = other.object AND one.bucket = other.bucket
            WHERE one.account < other.account AND ABS(other.time - one.time) <= $window
            UNION ALL
            SELECT {_BOTH_SIDES}, one.time AS first_time, other.time AS last_time
            FROM {BUCKETS.table} AS one
            INNER JOIN {BUCKETS.table} AS other ON one.object = other.object AND one.bucket + $width = other.bucket
            WHERE one.account <> other.account AND other.time - one.time <= $window
        """,
        output=pa.schema(
            [
                ("account_a", pa.string()),
                ("account_b", pa.string()),
                ("action_a", pa.string()),
                ("action_b", pa.string()),
                ("object", pa.string()),
                ("first_time", pa.int64()),
                ("last_time", pa.int64()),
            ]
        ),
    )
)
"""All pairs of actions of two accounts within the window, once each, ``account_a < account_b``."""

EDGES = register(
    Step(
        name="coordination.edges",
        inputs=(PAIRS.table,),
        parameters={"min_objects": int},
        sql=f"""
            SELECT
                account_a,
                account_b,
                COUNT(DISTINCT object) AS objects,
                COUNT(*) AS pairs,
                MIN(first_time) AS first_time,
                MAX(last_time) AS last_time,
                COUNT(DISTINCT action_a) AS actions_a,
                COUNT(DISTINCT action_b) AS actions_b
            FROM {PAIRS.table}
            GROUP BY account_a, account_b
            HAVING COUNT(DISTINCT object) >= $min_objects
        """,
        output=pa.schema(
            [
                ("account_a", pa.string()),
                ("account_b", pa.string()),
                ("objects", pa.int64()),
                ("pairs", pa.int64()),
                ("first_time", pa.int64()),
                ("last_time", pa.int64()),
                ("actions_a", pa.int64()),
                ("actions_b", pa.int64()),
            ]
        ),
    )
)
"""The edges; the columns are those of :class:`~undertow.analyses.coordination.counting.CoActions`."""


def count_in_sql(engine: Engine, trace: str, window: int, *, min_objects: int = 1) -> tuple[pa.Table, int]:
    """The edges of ``trace`` within ``window`` (microseconds, inclusive) in no order, as :data:`EDGES` has them, and
    twice the pairs of actions that the join looked at.

    Raises :class:`EngineError` for a trace whose objects SQL cannot fold.
    """
    if trace not in SQL_TRACES:
        raise EngineError(
            f"the objects of the trace {trace} are folded in Python, so that SQL alone cannot count it",
            where=f"--engine {engine.dialect.name}",
            todo=f"count one of {', '.join(SQL_TRACES)}, or let undertow analyse count it on this machine",
        )
    width = max(window, 1)
    for step in SQL_TRACES.values():
        engine.keep(step)
    engine.keep(ACTIONS, trace=trace)
    engine.keep(BUCKETS, width=width)
    engine.keep(BUCKET_SIZES)
    looked_at = engine.run(PAIRS_TO_LOOK_AT, width=width)["twice_pairs"][0].as_py()
    engine.keep(PAIRS, width=width, window=window)
    return engine.run(EDGES, min_objects=min_objects), int(looked_at)
