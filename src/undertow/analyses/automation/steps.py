"""What is read for automation: every post's account, time, kind, client, and what it reposts or when it was deleted."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

POSTS = register(
    Step(
        name="automation.posts",
        inputs=("posts",),
        sql="""
            SELECT
                p.platform, p.account_id, p.created_us, p.time_precision, p.client, p.deleted_us,
                COALESCE(p.reposted_created_us, o.created_us) AS original_us,
                CASE
                    WHEN p.kind = 'reply' AND p.replied_account_id = p.account_id THEN 'own reply'
                    WHEN p.kind = 'repost' AND p.reposted_account_id = p.account_id THEN 'own repost'
                    ELSE p.kind
                END AS action
            FROM posts AS p
            LEFT JOIN posts AS o ON p.platform = o.platform AND p.reposted_post_id = o.post_id
            WHERE p.created_us IS NOT NULL AND p.time_precision <> 'day'
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("created_us", pa.int64()),
                ("time_precision", pa.string()),
                ("client", pa.string()),
                ("deleted_us", pa.int64()),
                ("original_us", pa.int64()),
                ("action", pa.string()),
            ]
        ),
    )
)
"""Every post with a time of day; of a repost also the time of the original, where it is known or held."""

TOTALS = register(
    Step(
        name="automation.totals",
        inputs=("posts",),
        sql="SELECT COUNT(client) AS with_client FROM posts",
        output=pa.schema([("with_client", pa.int64())]),
    )
)
"""How many posts name the application."""
