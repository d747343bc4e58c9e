"""What propagation reads: who acted on which object when.

Each step gives object, platform, post, account, time and its precision. Posts without a time, or with a day only, cannot
be put in order and are left out. Objects that one account alone acted on are left out where the object is the column as it
stands; links and hashtags are normalised in Python first, since two accounts may write one of them in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from undertow.engines.steps import Step, register

ACTS = pa.schema(
    [
        ("object", pa.string()),
        ("platform", pa.string()),
        ("post_id", pa.string()),
        ("account_id", pa.string()),
        ("created_us", pa.int64()),
        ("time_precision", pa.string()),
    ]
)
"""One act: a post on an object; times in microseconds UTC."""

_TIMED = "created_us IS NOT NULL AND time_precision <> 'day'"


def _step(name: str, inputs: tuple[str, ...], acts: str) -> Step:
    """The step for ``acts``, a SELECT of the columns of :data:`ACTS`."""
    return register(Step(name=f"propagation.{name}", inputs=inputs, sql=acts, output=ACTS))


def _shared(name: str, inputs: tuple[str, ...], acts: str) -> Step:
    """The same, of objects that two accounts or more acted on."""
    return _step(
        name,
        inputs,
        f"""
                WITH acts AS ({acts}),
                shared AS (
                    SELECT object FROM acts
                    GROUP BY object
                    HAVING MIN(account_id) <> MAX(account_id) OR MIN(platform) <> MAX(platform)
                )
                SELECT acts.object, acts.platform, acts.post_id, acts.account_id, acts.created_us,
                    acts.time_precision
                FROM acts
                JOIN shared ON acts.object = shared.object
                WHERE acts.object IS NOT NULL
            """,
    )


def _listed(table: str, value: str) -> str:
    return f"""
        SELECT {value} AS object, posts.platform, posts.post_id, posts.account_id, posts.created_us,
            posts.time_precision
        FROM {table}
        JOIN posts ON posts.platform = {table}.platform AND posts.post_id = {table}.post_id
        WHERE posts.{_TIMED} AND {value} IS NOT NULL
    """


_LINK = "COALESCE(post_urls.unwound, post_urls.expanded, post_urls.raw)"

LINKS = _step("links", ("posts", "post_urls"), _listed("post_urls", _LINK))
"""Links, unwound as far as known."""

DOMAINS = _shared("domains", ("posts", "post_urls"), _listed("post_urls", "post_urls.domain"))
"""Domains of links."""

HASHTAGS = _step("hashtags", ("posts", "post_hashtags"), _listed("post_hashtags", "post_hashtags.hashtag"))
"""Hashtags as received."""

REPOSTS = _shared(
    "reposts",
    ("posts",),
    f"""
        SELECT COALESCE(platform || ' ' || reposted_post_id, text_key) AS object, platform, post_id, account_id, created_us,
            time_precision
        FROM posts
        WHERE {_TIMED} AND kind = 'repost'
        UNION ALL
        SELECT original.platform || ' ' || original.post_id AS object, original.platform, original.post_id,
            original.account_id, original.created_us, original.time_precision
        FROM posts AS original
        SEMI JOIN (
            SELECT platform, reposted_post_id FROM posts WHERE reposted_post_id IS NOT NULL
        ) AS reposted ON original.platform = reposted.platform AND original.post_id = reposted.reposted_post_id
        WHERE original.{_TIMED}
    """,
)
"""Reposts of the same post, and that post where the case has it; without its id, reposts of the same text."""

TEXTS = _shared(
    "texts",
    ("posts",),
    f"""
        SELECT text_key AS object, platform, post_id, account_id, created_us, time_precision
        FROM posts
        WHERE {_TIMED} AND kind <> 'repost' AND text_key IS NOT NULL
    """,
)
"""Own posts with the same text."""

OWN_POSTS = register(
    Step(
        name="propagation.own_posts",
        inputs=("posts",),
        sql=f"""
            SELECT platform, post_id, account_id, created_us, time_precision
            FROM posts
            WHERE {_TIMED} AND kind <> 'repost'
        """,
        output=pa.schema(list(ACTS)[1:]),
    )
)
"""When own posts were posted, for those that belong to a text family."""

LABELLED = register(
    Step(
        name="propagation.labelled",
        inputs=("labels",),
        parameters={"label": str},
        sql="""
            SELECT platform, subject_id AS account_id, value, valid_from_us, valid_to_us
            FROM labels
            WHERE label = $label AND subject_type = 'account' AND value IS NOT NULL
        """,
        output=pa.schema(
            [
                *((name, pa.string()) for name in ("platform", "account_id", "value")),
                ("valid_from_us", pa.int64()),
                ("valid_to_us", pa.int64()),
            ]
        ),
    )
)
"""The accounts that a label gives a value."""

UNTIMED = register(
    Step(
        name="propagation.untimed",
        inputs=("posts",),
        sql="""
            SELECT COUNT(*) AS posts,
                CAST(SUM(CASE WHEN created_us IS NULL OR time_precision IS NULL OR time_precision = 'day' THEN 1 ELSE
                0 END)
                    AS BIGINT) AS untimed
            FROM posts
        """,
        output=pa.schema([("posts", pa.int64()), ("untimed", pa.int64())]),
    )
)
"""How many posts there are, and how many cannot be put in order."""

OBJECTS: Mapping[str, Step] = {
    "link": LINKS,
    "domain": DOMAINS,
    "hashtag": HASHTAGS,
    "repost": REPOSTS,
    "text": TEXTS,
}
"""What is passed on -> the step that reads it."""
