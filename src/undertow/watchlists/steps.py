"""What resolving a watchlist reads of a case: its assertions, the handles that accounts bore, the authors."""

from __future__ import annotations

import pyarrow as pa

from undertow.engines.steps import Step, register
from undertow.watchlists.entries import LABELS

ASSERTIONS = register(
    Step(
        name="watchlists.assertions",
        inputs=("labels",),
        sql=f"""
            SELECT subject_type, platform, subject_id, label, value, valid_from_us, valid_to_us, asserted_by
            FROM labels
            WHERE label IN ({", ".join(f"'{label}'" for label in LABELS)})
        """,
        output=pa.schema(
            [
                *((name, pa.string()) for name in ("subject_type", "platform", "subject_id", "label", "value")),
                ("valid_from_us", pa.int64()),
                ("valid_to_us", pa.int64()),
                ("asserted_by", pa.string()),
            ]
        ),
    )
)
"""Every row of ``labels`` that a watchlist gave."""

HANDLES = register(
    Step(
        name="watchlists.handles",
        inputs=("accounts",),
        sql="""
            SELECT platform, account_id, handle, MIN(observed_us) AS first_us, MAX(observed_us) AS last_us
            FROM accounts
            WHERE handle IS NOT NULL
            GROUP BY platform, account_id, handle
        """,
        output=pa.schema(
            [
                *((name, pa.string()) for name in ("platform", "account_id", "handle")),
                ("first_us", pa.int64()),
                ("last_us", pa.int64()),
            ]
        ),
    )
)
"""Each handle that an account's profile was seen with, and from when to when (null where not known)."""

NAMED = register(
    Step(
        name="watchlists.named",
        inputs=("posts",),
        sql="""
            SELECT platform, reposted_account_id AS account_id, reposted_handle AS handle,
                MIN(created_us) AS first_us, MAX(created_us) AS last_us
            FROM posts
            WHERE reposted_handle IS NOT NULL
            GROUP BY platform, reposted_account_id, reposted_handle
        """,
        output=HANDLES.output,
    )
)
"""Each handle that reposts name, with the account id where they have one."""

AUTHORS = register(
    Step(
        name="watchlists.authors",
        inputs=("posts",),
        sql="SELECT DISTINCT platform, account_id FROM posts",
        output=pa.schema([("platform", pa.string()), ("account_id", pa.string())]),
    )
)
"""The authors; where a source has no ids, the handle is the account's id."""

DOMAINS = register(
    Step(
        name="watchlists.domains",
        inputs=("post_urls",),
        sql="SELECT DISTINCT domain FROM post_urls WHERE domain IS NOT NULL",
        output=pa.schema([("domain", pa.string())]),
    )
)
"""The domains that posts link to."""
