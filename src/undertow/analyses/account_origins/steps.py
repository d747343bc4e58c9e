"""What is read and counted for account origins: profiles, counters, first posts and languages, by account."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register

_KEY = [("platform", pa.string()), ("account_id", pa.string())]

PROFILES = register(
    Step(
        name="account_origins.profiles",
        inputs=("accounts",),
        sql="""
            SELECT
                platform, account_id, observed_us, handle, display_name, description, location, profile_url, created_us,
                source_id
            FROM accounts
        """,
        output=pa.schema(
            [
                *_KEY,
                ("observed_us", pa.int64()),
                *((name, pa.string()) for name in ("handle", "display_name", "description", "location")),
                ("profile_url", pa.string()),
                ("created_us", pa.int64()),
                ("source_id", pa.string()),
            ]
        ),
    )
)
"""Every state of every profile."""

COUNTERS = register(
    Step(
        name="account_origins.counters",
        inputs=("account_counters",),
        sql="SELECT platform, account_id, observed_us, followers, following FROM account_counters",
        output=pa.schema(
            [*_KEY, ("observed_us", pa.int64()), ("followers", pa.int64()), ("following", pa.int64())]
        ),
    )
)
"""Every state of every account's counters."""

POSTING = register(
    Step(
        name="account_origins.posting",
        inputs=("posts",),
        sql="""
            SELECT platform, account_id, COUNT(*) AS posts, MIN(created_us) AS first_us, MAX(created_us) AS last_us
            FROM posts
            GROUP BY platform, account_id
        """,
        output=pa.schema([*_KEY, ("posts", pa.int64()), ("first_us", pa.int64()), ("last_us", pa.int64())]),
    )
)
"""Posts held of each account in scope, and the times of the first and the last."""

LANGUAGES = register(
    Step(
        name="account_origins.languages",
        inputs=("posts",),
        sql="""
            SELECT platform, account_id, language, COUNT(*) AS posts
            FROM posts
            WHERE language IS NOT NULL AND kind <> 'repost'
            GROUP BY platform, account_id, language
        """,
        output=pa.schema([*_KEY, ("language", pa.string()), ("posts", pa.int64())]),
    )
)
"""An account's own posts by the language that the platform states."""
