"""What is counted for posting hours: three small reductions of the posts, the same on every engine."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register


def _by(name: str, slot: str, sql: str, condition: str) -> Step:
    """Posts of each account in each slot: platform, account_id, ``slot`` (int64), posts."""
    return register(
        Step(
            name=f"posting_hours.{name}",
            inputs=("posts",),
            sql=f"""
                SELECT platform, account_id, {sql} AS {slot}, COUNT(*) AS posts
                FROM posts
                WHERE created_us IS NOT NULL AND {condition}
                GROUP BY platform, account_id, {sql}
            """,
            output=pa.schema(
                [("platform", pa.string()), ("account_id", pa.string()), (slot, pa.int64()), ("posts", pa.int64())]
            ),
        )
    )


QUARTER_HOURS = _by("quarter_hours", "quarter_hour", "FLOOR_DIV(created_us, 900000000)", "time_precision <> 'day'")
"""Posts of each account in each quarter hour since 1970 (UTC): every offset in use keeps these slots whole."""

MINUTES = _by("minutes", "minute", "FLOOR_MOD(FLOOR_DIV(created_us, 60000000), 60)", "time_precision <> 'day'")
"""Posts of each account in each minute of the hour, 0 to 59."""

SECONDS = _by("seconds", "second", "FLOOR_MOD(FLOOR_DIV(created_us, 1000000), 60)", "time_precision IN ('s', 'ms')")
"""Posts of each account in each second of the minute, 0 to 59, where seconds are known."""

TOTALS = register(
    Step(
        name="posting_hours.totals",
        inputs=("posts",),
        sql="""
            SELECT
                COUNT(*) AS posts,
                CAST(SUM(CASE WHEN created_us IS NULL OR time_precision IS NULL THEN 1 ELSE 0 END) AS BIGINT)
                    AS without_time,
                CAST(SUM(CASE WHEN created_us IS NOT NULL AND time_precision = 'day' THEN 1 ELSE 0 END) AS BIGINT)
                    AS day_only
            FROM posts
        """,
        output=pa.schema([("posts", pa.int64()), ("without_time", pa.int64()), ("day_only", pa.int64())]),
    )
)
"""How many posts there are, and how many have no time or only a day."""
