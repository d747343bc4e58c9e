"""What text families read beside the accounts' own posts (:mod:`undertow.analyses.own_posts`): the links in them."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

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
