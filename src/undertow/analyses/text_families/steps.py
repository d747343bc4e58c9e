"""What text families read: the accounts' own posts, and the links in them. The same on every engine."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

OWN_POSTS = register(
    Step(
        name="text_families.own_posts",
        inputs=("posts",),
        sql="""
            SELECT platform, post_id, account_id, created_us, text, language
            FROM posts
            WHERE kind <> 'repost'
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("post_id", pa.string()),
                ("account_id", pa.string()),
                ("created_us", pa.int64()),
                ("text", pa.string()),
                ("language", pa.string()),
            ]
        ),
    )
)
"""Every post that is no repost."""

LINKS = register(
    Step(
        name="text_families.links",
        inputs=("post_urls",),
        sql="""
            SELECT DISTINCT platform, post_id, COALESCE(unwound, expanded, raw) AS link
            FROM post_urls
            WHERE COALESCE(unwound, expanded, raw) IS NOT NULL
        """,
        output=pa.schema([("platform", pa.string()), ("post_id", pa.string()), ("link", pa.string())]),
    )
)
"""The links of each post, unwound as far as known."""

REPOSTS = register(
    Step(
        name="text_families.reposts",
        inputs=("posts",),
        sql="SELECT COUNT(*) AS reposts FROM posts WHERE kind = 'repost'",
        output=pa.schema([("reposts", pa.int64())]),
    )
)
"""How many posts are left out as reposts."""
