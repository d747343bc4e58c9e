"""What advertising reads of posts: those that the accounts wrote themselves."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

OWN_POSTS = register(
    Step(
        name="advertising.own_posts",
        inputs=("posts",),
        sql="""
            SELECT platform, post_id, account_id, created_us, text
            FROM posts
            WHERE kind <> 'repost' AND text IS NOT NULL
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("post_id", pa.string()),
                ("account_id", pa.string()),
                ("created_us", pa.int64()),
                ("text", pa.string()),
            ]
        ),
    )
)
"""Every post that is no repost and has a text; times in microseconds UTC."""
