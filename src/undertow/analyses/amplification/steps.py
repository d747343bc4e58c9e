"""What is read of the posts for reach: who amplified what, who wrote what, which links; the same on every engine."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

_TEXT, _INT = pa.string(), pa.int64()
_NO_SOURCE = (
    "kind = 'repost' AND reposted_post_id IS NULL AND reposted_account_id IS NULL AND reposted_handle IS NULL"
)

ACTIONS = register(
    Step(
        name="amplification.actions",
        inputs=("posts",),
        sql=f"""
            SELECT platform, account_id AS amplifier, kind, post_id, created_us, time_precision,
                CASE WHEN kind = 'repost' THEN reposted_account_id WHEN kind = 'reply' THEN replied_account_id END
                    AS target_id,
                CASE WHEN kind = 'repost' THEN reposted_handle END AS target_handle,
                CASE WHEN kind = 'repost' THEN reposted_post_id WHEN kind = 'reply' THEN replied_post_id
                    ELSE quoted_post_id END AS object,
                CASE WHEN kind = 'repost' THEN reposted_created_us END AS origin_us,
                CASE WHEN {_NO_SOURCE} THEN text_key END AS text_key,
                CASE WHEN {_NO_SOURCE} THEN text END AS text
            FROM posts
            WHERE kind <> 'original' AND created_us IS NOT NULL
        """,
        output=pa.schema(
            [
                *((name, _TEXT) for name in ("platform", "amplifier", "kind", "post_id")),
                ("created_us", _INT),
                *((name, _TEXT) for name in ("time_precision", "target_id", "target_handle", "object")),
                ("origin_us", _INT),
                ("text_key", _TEXT),
                ("text", _TEXT),
            ]
        ),
    )
)
"""Each repost, reply and quote with what it says of its source; texts only where a repost says nothing else."""

OWN = register(
    Step(
        name="amplification.own",
        inputs=("posts",),
        sql="""
            SELECT platform, account_id, post_id, created_us, text_key, likes
            FROM posts
            WHERE kind <> 'repost'
        """,
        output=pa.schema(
            [
                *((name, _TEXT) for name in ("platform", "account_id", "post_id")),
                ("created_us", _INT),
                ("text_key", _TEXT),
                ("likes", _INT),
            ]
        ),
    )
)
"""Each post that is no repost: what can be amplified."""

LINKS = register(
    Step(
        name="amplification.links",
        inputs=("posts", "post_urls"),
        sql="""
            SELECT p.platform AS platform, p.account_id AS account_id, l.domain AS domain,
                COUNT(DISTINCT p.post_id) AS posts,
                COUNT(DISTINCT CASE WHEN p.kind = 'repost' THEN p.post_id END) AS reposts
            FROM posts AS p INNER JOIN post_urls AS l ON p.platform = l.platform AND p.post_id = l.post_id
            WHERE l.domain IS NOT NULL
            GROUP BY p.platform, p.account_id, l.domain
        """,
        output=pa.schema(
            [
                ("platform", _TEXT),
                ("account_id", _TEXT),
                ("domain", _TEXT),
                ("posts", _INT),
                ("reposts", _INT),
            ]
        ),
    )
)
"""How often each account linked to each domain, and how many of these posts are reposts."""

PROFILES = register(
    Step(
        name="amplification.profiles",
        inputs=("accounts",),
        sql="""
            SELECT platform, account_id, MIN(created_us) AS created_us
            FROM accounts
            WHERE created_us IS NOT NULL
            GROUP BY platform, account_id
        """,
        output=pa.schema([("platform", _TEXT), ("account_id", _TEXT), ("created_us", _INT)]),
    )
)
"""When each account was registered."""

GONE_LABELS = ("takedown", "unavailable", "compliance")
GONE = register(
    Step(
        name="amplification.gone",
        inputs=("labels",),
        sql=f"""
            SELECT DISTINCT platform, subject_id AS account_id
            FROM labels
            WHERE subject_type = 'account' AND label IN ({", ".join(f"'{label}'" for label in GONE_LABELS)})
        """,
        output=pa.schema([("platform", _TEXT), ("account_id", _TEXT)]),
    )
)
"""Accounts that were labelled as taken down or are reported as gone."""
