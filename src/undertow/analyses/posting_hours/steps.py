"""What is counted for posting hours: three small reductions of the posts, the same on every engine."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

QUARTER_HOURS = register(
    Step(
        name="posting_hours.quarter_hours",
        inputs=("posts",),
        sql="""
            SELECT
                platform,
                account_id,
                FLOOR_DIV(created_us, 900000000) AS quarter_hour,
                COUNT(*) AS posts
            FROM posts
            WHERE created_us IS NOT NULL AND time_precision <> 'day'
            GROUP BY platform, account_id, FLOOR_DIV(created_us, 900000000)
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("quarter_hour", pa.int64()),  # quarter hours since 1970-01-01 00:00 UTC
                ("posts", pa.int64()),
            ]
        ),
    )
)
"""Posts of each account in each quarter hour (UTC): every offset that is in use keeps these slots whole."""

MINUTES = register(
    Step(
        name="posting_hours.minutes",
        inputs=("posts",),
        sql="""
            SELECT
                platform,
                account_id,
                FLOOR_MOD(FLOOR_DIV(created_us, 60000000), 60) AS minute,
                COUNT(*) AS posts
            FROM posts
            WHERE created_us IS NOT NULL AND time_precision <> 'day'
            GROUP BY platform, account_id, FLOOR_MOD(FLOOR_DIV(created_us, 60000000), 60)
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("minute", pa.int64()),  # minute of the hour, 0 to 59
                ("posts", pa.int64()),
            ]
        ),
    )
)
"""Posts of each account in each minute of the hour."""

SECONDS = register(
    Step(
        name="posting_hours.seconds",
        inputs=("posts",),
        sql="""
            SELECT
                platform,
                account_id,
                FLOOR_MOD(FLOOR_DIV(created_us, 1000000), 60) AS second,
                COUNT(*) AS posts
            FROM posts
            WHERE created_us IS NOT NULL AND time_precision IN ('s', 'ms')
            GROUP BY platform, account_id, FLOOR_MOD(FLOOR_DIV(created_us, 1000000), 60)
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("second", pa.int64()),  # second of the minute, 0 to 59
                ("posts", pa.int64()),
            ]
        ),
    )
)
"""Posts of each account in each second of the minute, where seconds are known."""

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
