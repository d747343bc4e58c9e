"""What is counted for account histories: each account's active days, and what it did on them. The same on every engine.

Accounts are numbered once (:data:`ACCOUNTS`, kept), so that the counts that follow are small integers and items.
"""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

DAY_US = 86_400_000_000

ACCOUNTS = register(
    Step(
        name="account_histories.accounts",
        inputs=("posts",),
        sql="""
            SELECT
                platform,
                account_id,
                CAST(ROW_NUMBER() OVER (ORDER BY platform, account_id) AS BIGINT) AS account,
                posts,
                without_time
            FROM (
                SELECT
                    platform,
                    account_id,
                    COUNT(*) AS posts,
                    CAST(SUM(CASE WHEN created_us IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS without_time
                FROM posts
                GROUP BY platform, account_id
            ) AS counted
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("account_id", pa.string()),
                ("account", pa.int64()),
                ("posts", pa.int64()),
                ("without_time", pa.int64()),
            ]
        ),
    )
)
"""The accounts in scope, numbered from 1 in the order of their names."""

NUMBERED = register(
    Step(
        name="account_histories.numbered",
        inputs=("posts", ACCOUNTS.table),
        sql=f"""
            SELECT
                posts.platform,
                posts.post_id,
                numbered.account,
                posts.created_us,
                FLOOR_DIV(posts.created_us, {DAY_US}) AS day,
                posts.time_precision,
                posts.kind,
                posts.text,
                posts.text_key,
                NULLIF(posts.language, 'und') AS language,
                posts.client,
                COALESCE(posts.reposted_account_id, posts.reposted_handle) AS reposted,
                posts.replied_account_id AS replied
            FROM posts
            JOIN {ACCOUNTS.table} AS numbered
                ON posts.platform = numbered.platform AND posts.account_id = numbered.account_id
            WHERE posts.created_us IS NOT NULL
        """,
        output=pa.schema(
            [
                ("platform", pa.string()),
                ("post_id", pa.string()),
                ("account", pa.int64()),
                ("created_us", pa.int64()),
                ("day", pa.int64()),
                ("time_precision", pa.string()),
                ("kind", pa.string()),
                ("text", pa.string()),
                ("text_key", pa.string()),
                ("language", pa.string()),
                ("client", pa.string()),
                ("reposted", pa.string()),
                ("replied", pa.string()),
            ]
        ),
    )
)
"""The posts that have a time, with the number of their account and the day (UTC, since 1970). Kept for the others."""

DAYS = register(
    Step(
        name="account_histories.days",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT account, day, COUNT(*) AS posts, MIN(created_us) AS first_us, MAX(created_us) AS last_us
            FROM {NUMBERED.table}
            GROUP BY account, day
        """,
        output=pa.schema([(name, pa.int64()) for name in ("account", "day", "posts", "first_us", "last_us")]),
    )
)
"""Each account's active days: posts, first and last moment."""

_ITEMS = pa.schema([("account", pa.int64()), ("day", pa.int64()), ("item", pa.string()), ("posts", pa.int64())])


def _of_posts(column: str) -> Step:
    return register(
        Step(
            name=f"account_histories.{column}s",
            inputs=(NUMBERED.table,),
            sql=f"""
                SELECT account, day, {column} AS item, COUNT(*) AS posts
                FROM {NUMBERED.table}
                WHERE {column} IS NOT NULL
                GROUP BY account, day, {column}
            """,
            output=_ITEMS,
        )
    )


LANGUAGES = _of_posts("language")
"""Posts of each account and day in each language as tagged."""

CLIENTS = _of_posts("client")
"""Posts of each account and day with each client."""

HOURS = register(
    Step(
        name="account_histories.hours",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT account, day, FLOOR_MOD(FLOOR_DIV(created_us, 3600000000), 24) AS item, COUNT(*) AS posts
            FROM {NUMBERED.table}
            WHERE time_precision <> 'day'
            GROUP BY account, day, FLOOR_MOD(FLOOR_DIV(created_us, 3600000000), 24)
        """,
        output=pa.schema([(name, pa.int64()) for name in ("account", "day", "item", "posts")]),
    )
)
"""Posts of each account and day in each hour (UTC), where the hour is known."""

PARTNERS = register(
    Step(
        name="account_histories.partners",
        inputs=(NUMBERED.table, "post_mentioned_ids", "post_mentioned_handles"),
        sql=f"""
            SELECT account, day, item, COUNT(*) AS posts
            FROM (
                SELECT account, day, reposted AS item FROM {NUMBERED.table} WHERE reposted IS NOT NULL
                UNION ALL
                SELECT account, day, replied AS item FROM {NUMBERED.table} WHERE replied IS NOT NULL
                UNION ALL
                SELECT own.account, own.day, named.account_id AS item
                FROM {NUMBERED.table} AS own
                JOIN post_mentioned_ids AS named ON own.platform = named.platform AND own.post_id = named.post_id
                WHERE named.account_id IS NOT NULL
                UNION ALL
                SELECT own.account, own.day, named.handle AS item
                FROM {NUMBERED.table} AS own
                JOIN post_mentioned_handles AS named ON own.platform = named.platform AND own.post_id = named.post_id
                WHERE named.handle IS NOT NULL
            ) AS partners
            GROUP BY account, day, item
        """,
        output=_ITEMS,
    )
)
"""Whom each account reposted, replied to or mentioned on each day: an id, a handle where there is no id."""

TOPICS = register(
    Step(
        name="account_histories.topics",
        inputs=(NUMBERED.table, "post_hashtags", "post_urls"),
        sql=f"""
            SELECT account, day, item, COUNT(*) AS posts
            FROM (
                SELECT own.account, own.day, '#' || tags.hashtag AS item
                FROM {NUMBERED.table} AS own
                JOIN post_hashtags AS tags ON own.platform = tags.platform AND own.post_id = tags.post_id
                WHERE tags.hashtag IS NOT NULL
                UNION ALL
                SELECT own.account, own.day, links.domain AS item
                FROM {NUMBERED.table} AS own
                JOIN post_urls AS links ON own.platform = links.platform AND own.post_id = links.post_id
                WHERE links.domain IS NOT NULL
            ) AS topics
            GROUP BY account, day, item
        """,
        output=_ITEMS,
    )
)
"""Hashtags (with #) and linked sites of each account and day."""

TAGGED = register(
    Step(
        name="account_histories.tagged",
        inputs=(NUMBERED.table,),
        sql=f"SELECT COUNT(*) AS posts, COUNT(language) AS tagged FROM {NUMBERED.table} WHERE text IS NOT NULL",
        output=pa.schema([("posts", pa.int64()), ("tagged", pa.int64())]),
    )
)
"""How many texts carry a language tag."""

UNTAGGED = register(
    Step(
        name="account_histories.untagged",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT account, day, text, COUNT(*) AS posts
            FROM {NUMBERED.table}
            WHERE text IS NOT NULL AND language IS NULL
            GROUP BY account, day, text
        """,
        output=pa.schema(
            [("account", pa.int64()), ("day", pa.int64()), ("text", pa.string()), ("posts", pa.int64())]
        ),
    )
)
"""The texts of each account and day that carry no language tag."""

LINKED = register(
    Step(
        name="account_histories.linked",
        inputs=("post_urls",),
        sql="SELECT DISTINCT platform, post_id FROM post_urls",
        output=pa.schema([("platform", pa.string()), ("post_id", pa.string())]),
    )
)
"""Posts with a link. Kept for the others."""

CLIENT_DAYS = register(
    Step(
        name="account_histories.client_days",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT account, client, day, hour, COUNT(*) AS posts
            FROM (
                SELECT
                    account,
                    client,
                    day,
                    CASE WHEN time_precision <> 'day' THEN FLOOR_MOD(FLOOR_DIV(created_us, 3600000000), 24) END
                        AS hour
                FROM {NUMBERED.table}
                WHERE client IS NOT NULL
            ) AS timed
            GROUP BY account, client, day, hour
        """,
        output=pa.schema(
            [
                ("account", pa.int64()),
                ("client", pa.string()),
                *((name, pa.int64()) for name in ("day", "hour", "posts")),
            ]
        ),
    )
)
"""Posts of each account with each client in each hour of each day; the hour is null where it is not known."""

WORDINGS = register(
    Step(
        name="account_histories.wordings",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT text_key, COUNT(DISTINCT account) AS accounts, COUNT(*) AS posts
            FROM {NUMBERED.table}
            WHERE kind <> 'repost' AND text_key IS NOT NULL
            GROUP BY text_key
            HAVING COUNT(*) > 1
        """,
        output=pa.schema([("text_key", pa.string()), ("accounts", pa.int64()), ("posts", pa.int64())]),
    )
)
"""Wordings of own posts that occur more than once, and by how many accounts. Kept for the others."""

MANNER = register(
    Step(
        name="account_histories.manner",
        inputs=(NUMBERED.table, LINKED.table, WORDINGS.table),
        sql=f"""
            SELECT
                own.account,
                own.day,
                COUNT(*) AS posts,
                CAST(SUM(CASE WHEN own.kind = 'repost' THEN 1 ELSE 0 END) AS BIGINT) AS reposts,
                CAST(SUM(CASE WHEN own.kind = 'reply' THEN 1 ELSE 0 END) AS BIGINT) AS replies,
                CAST(SUM(CASE WHEN own.kind <> 'repost' AND links.post_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT)
                    AS linked,
                CAST(SUM(CASE WHEN own.kind <> 'repost' AND again.accounts >= $sharing THEN 1 ELSE 0 END) AS BIGINT)
                    AS shared,
                CAST(SUM(CASE WHEN own.kind <> 'repost' AND again.accounts = 1 THEN 1 ELSE 0 END) AS BIGINT)
                    AS repeated
            FROM {NUMBERED.table} AS own
            LEFT JOIN {LINKED.table} AS links ON own.platform = links.platform AND own.post_id = links.post_id
            LEFT JOIN {WORDINGS.table} AS again ON own.text_key = again.text_key
            GROUP BY own.account, own.day
        """,
        parameters={"sharing": int},
        output=pa.schema(
            [
                (name, pa.int64())
                for name in ("account", "day", "posts", "reposts", "replies", "linked", "shared", "repeated")
            ]
        ),
    )
)
"""How each account posted on each day: reposts and replies; and of its own posts those with a link, those in a wording
that at least ``$sharing`` accounts use, and those in a wording that it alone repeats."""

TEXTS = register(
    Step(
        name="account_histories.texts",
        inputs=(NUMBERED.table,),
        sql=f"""
            SELECT account, created_us, post_id, kind, text, language, client
            FROM {NUMBERED.table}
            WHERE text IS NOT NULL
        """,
        output=pa.schema(
            [
                ("account", pa.int64()),
                ("created_us", pa.int64()),
                ("post_id", pa.string()),
                ("kind", pa.string()),
                ("text", pa.string()),
                ("language", pa.string()),
                ("client", pa.string()),
            ]
        ),
    )
)
"""The texts, for the accounts that stand out."""

PROFILES = register(
    Step(
        name="account_histories.profiles",
        inputs=("accounts", ACCOUNTS.table),
        sql=f"""
            SELECT
                numbered.account,
                accounts.observed_us,
                accounts.created_us,
                accounts.handle,
                accounts.display_name,
                accounts.description,
                accounts.location,
                accounts.language
            FROM accounts
            JOIN {ACCOUNTS.table} AS numbered
                ON accounts.platform = numbered.platform AND accounts.account_id = numbered.account_id
        """,
        output=pa.schema(
            [
                ("account", pa.int64()),
                ("observed_us", pa.int64()),
                ("created_us", pa.int64()),
                ("handle", pa.string()),
                ("display_name", pa.string()),
                ("description", pa.string()),
                ("location", pa.string()),
                ("language", pa.string()),
            ]
        ),
    )
)
"""The states of the profiles that were seen."""

COUNTERS = register(
    Step(
        name="account_histories.counters",
        inputs=("account_counters", ACCOUNTS.table),
        sql=f"""
            SELECT numbered.account, counters.observed_us, counters.posts
            FROM account_counters AS counters
            JOIN {ACCOUNTS.table} AS numbered
                ON counters.platform = numbered.platform AND counters.account_id = numbered.account_id
            WHERE counters.posts IS NOT NULL
        """,
        output=pa.schema([(name, pa.int64()) for name in ("account", "observed_us", "posts")]),
    )
)
"""The platform's own count of each account's posts, whenever it was seen."""
