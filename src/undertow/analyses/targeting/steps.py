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
            SELECT reply.platform, reply.post_id, COALESCE(reply.replied_account_id, parent.account_id) AS target
            FROM posts AS reply
            LEFT JOIN posts AS parent
                ON reply.platform = parent.platform AND reply.replied_post_id = parent.post_id
            WHERE reply.kind <> 'repost' AND (reply.kind = 'reply' OR reply.replied_account_id IS NOT NULL
                OR reply.replied_post_id IS NOT NULL)
        """,
        output=_schema("platform", "post_id", "target"),
    )
)
"""Whom posts reply to: as stated, else the author of the post replied to; null where the case does not have it."""

QUOTES = register(
    Step(
        name="targeting.quotes",
        inputs=("posts",),
        sql="""
            SELECT quoting.platform, quoting.post_id, quoted.account_id AS target
            FROM posts AS quoting
            LEFT JOIN posts AS quoted
                ON quoting.platform = quoted.platform AND quoting.quoted_post_id = quoted.post_id
            WHERE quoting.kind <> 'repost' AND (quoting.kind = 'quote' OR quoting.quoted_post_id IS NOT NULL)
        """,
        output=_schema("platform", "post_id", "target"),
    )
)
"""Whom posts quote; null where the case does not have the quoted post."""
