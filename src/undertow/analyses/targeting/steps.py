"""What targeting reads: whom posts mention, reply to and quote. The same on every engine."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

_TEXT = pa.string()


def _schema(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.int64() if name == "position" else _TEXT) for name in names])


MENTIONED_HANDLES = register(
    Step(
        name="targeting.mentioned_handles",
        inputs=("post_mentioned_handles",),
        sql="SELECT platform, post_id, position, handle FROM post_mentioned_handles WHERE handle IS NOT NULL",
        output=_schema("platform", "post_id", "position", "handle"),
    )
)
"""Mentions by handle, in order."""

MENTIONED_IDS = register(
    Step(
        name="targeting.mentioned_ids",
        inputs=("post_mentioned_ids",),
        sql="SELECT platform, post_id, position, account_id FROM post_mentioned_ids WHERE account_id IS NOT NULL",
        output=_schema("platform", "post_id", "position", "account_id"),
    )
)
"""Mentions by id, in order."""

REPLIES = register(
    Step(
        name="targeting.replies",
        inputs=("posts",),
        sql="""
            SELECT platform, post_id, replied_account_id AS target
            FROM posts
            WHERE kind <> 'repost' AND replied_account_id IS NOT NULL
        """,
        output=_schema("platform", "post_id", "target"),
    )
)
"""Whom posts reply to."""

QUOTES = register(
    Step(
        name="targeting.quotes",
        inputs=("posts",),
        sql="""
            SELECT quoting.platform, quoting.post_id, quoted.account_id AS target
            FROM posts AS quoting
            INNER JOIN posts AS quoted
                ON quoting.platform = quoted.platform AND quoting.quoted_post_id = quoted.post_id
            WHERE quoting.kind <> 'repost'
        """,
        output=_schema("platform", "post_id", "target"),
    )
)
"""Whom posts quote, where the quoted post is in the case."""
