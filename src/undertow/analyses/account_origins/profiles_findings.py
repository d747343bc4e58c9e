"""Profiles: empty ones, missing fields, descriptions that several accounts share, and followers for their age."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from undertow.analyses.account_origins import charts
from undertow.analyses.account_origins.accounts import DAY_US, UNKNOWN, Accounts, Bool
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_origins.names import readable
from undertow.analyses.account_shares import Measured, ShareWords, share_finding
from undertow.finding import Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import ACCOUNTS_SHOWING
from undertow.text import text_key
from undertow.wording import count

EMPTY_ID = "account_origins.empty_profiles"
COPIED_ID = "account_origins.copied_descriptions"
FOLLOWERS_ID = "account_origins.followers"

FIELDS = ("description", "location", "profile_url")
"""Fields of a profile that its owner may leave empty; a field that no profile of the set has is not carried by it."""
MIN_DESCRIPTION = 15
"""Fewest characters of a description that says enough to be copied: shorter ones are equal by chance."""
FOLLOWED_BACK = 10
"""Following more than so many times the accounts that follow it: an account that collects and is not heard."""
MIN_FOLLOWING = 50
"""Fewest accounts followed for that ratio to say anything."""


def carried(accounts: Accounts) -> frozenset[tuple[str, str]]:
    """The (source, field) of :data:`FIELDS` that each source carries: some profile of it has the field."""
    return frozenset(
        (source, name)
        for name in FIELDS
        for source, text in zip(accounts.source, accounts.texts(name), strict=True)
        if source is not None and text is not None
    )


def names(fields: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """The fields that any source carries, in the order of :data:`FIELDS`."""
    return tuple(name for name in FIELDS if any(name == field for _, field in fields))


def empty(accounts: Accounts, among: tuple[str, ...] = FIELDS) -> Measured:
    """Profiles in which all the fields ``among`` that their source carries are empty."""
    fields = carried(accounts)
    filled, examined = np.zeros(len(accounts), np.bool_), np.zeros(len(accounts), np.bool_)
    for name in among:
        filled |= np.array([text is not None for text in accounts.texts(name)], np.bool_)
        examined |= np.array([(source, name) in fields for source in accounts.source], np.bool_)
    return Measured(~filled, examined)


def empty_profiles(context: Context) -> Finding:
    """The share of profiles without description, place and link, and the share without each."""
    fields = names(carried(context.accounts))
    if context.control is not None:  # only what both carry can be compared
        there = names(carried(context.control))
        fields = tuple(name for name in fields if name in there)
    rows = _missing_rows("these accounts", context.accounts, fields)
    if context.control is not None:
        rows += _missing_rows("control", context.control, fields)
    shown = {"description": "description", "location": "place", "profile_url": "link"}
    words = ShareWords(
        what=f"have an empty profile ({', '.join('no ' + shown[name] for name in fields)})",
        missing="the source carries no description, place or link of any profile",
        method=(
            "A field counts where any profile of the same file has it"
            + ("" if context.control is None else " and any of the control")
            + "; the latest state of each profile."
        ),
        alternatives=(
            "Readers who never write, and people who tell nothing about themselves",
            "A source that empties the fields of deleted or small accounts (hashed takedowns)",
        ),
    )
    return share_finding(
        context.population,
        EMPTY_ID,
        words,
        seen=empty(context.accounts, fields),
        control=None if context.control is None else empty(context.control, fields),
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows) if rows else None,
        figure=charts.shares(
            rows, "What profiles leave empty", "Share of profiles without each field, with its 95% interval."
        )
        if rows
        else None,
    )


def _missing_rows(set_: str, accounts: Accounts, fields: tuple[str, ...]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in fields:
        measured = empty(accounts, (name,))
        low, high = wilson(measured.number, measured.of)
        rows.append(
            {
                "what": f"no {name.replace('_', ' ')}",
                "set": set_,
                "accounts": measured.number,
                "share": measured.number / measured.of,
                "low": low,
                "high": high,
            }
        )
    return rows


def copied(accounts: Accounts) -> tuple[Measured, list[str | None]]:
    """Descriptions that another account has too, and each account's key of its description."""
    keys = [
        text_key(text) if text is not None and len(text) >= MIN_DESCRIPTION and readable(text.split()[0]) else None
        for text in accounts.description
    ]
    times = Counter(keys)
    return (
        Measured(
            np.array([key is not None and times[key] > 1 for key in keys], np.bool_),
            np.array([key is not None for key in keys], np.bool_),
        ),
        keys,
    )


def copied_descriptions(context: Context) -> Finding:
    """The share of descriptions that another account has word for word."""
    seen, keys = copied(context.accounts)
    groups: dict[str, list[int]] = {}
    for account, key in enumerate(keys):
        if key is not None:
            groups.setdefault(key, []).append(account)
    shared = sorted((members for members in groups.values() if len(members) > 1), key=lambda m: (-len(m), m[0]))
    rows = [
        {
            "description": context.accounts.description[members[0]],
            "accounts": len(members),
            "members": [context.accounts.account_id[at] for at in members],
        }
        for members in shared
    ]
    words = ShareWords(
        what="have a description that another of them has word for word",
        missing=f"no profile has a description of {MIN_DESCRIPTION} characters or more",
        method=(
            f"Descriptions of {MIN_DESCRIPTION} characters or more, equal once links, case and white space are "
            "folded. Reworded copies are not found."
        ),
        alternatives=(
            "Slogans, hashtags and mottos that a community shares; branches of one organisation",
            "Pages that offer descriptions to copy",
        ),
        more=f" {count(len(shared), 'text is', 'texts are')} shared, the commonest by {len(shared[0]):,} accounts."
        if shared
        else "",
    )
    schema = pa.schema([("description", pa.string()), ("accounts", pa.int64()), ("members", pa.list_(pa.string()))])
    return share_finding(
        context.population,
        COPIED_ID,
        words,
        seen=seen,
        control=None if context.control is None else copied(context.control)[0],
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows, schema=schema),
    )


def unheard(accounts: Accounts) -> Measured:
    """Accounts that follow far more than follow them."""
    known = (accounts.followers != UNKNOWN) & (accounts.following != UNKNOWN)
    return Measured(
        (accounts.following >= MIN_FOLLOWING)
        & (accounts.following > FOLLOWED_BACK * np.maximum(accounts.followers, 0)),
        known,
    )


def followers(context: Context) -> Finding:
    """Followers and following against age: the share of accounts that follow far more than follow them."""
    rows = _follower_rows("these accounts", context.accounts)
    if context.control is not None:
        rows += _follower_rows("control", context.control)
    here = next((row for row in rows if row["set"] == "these accounts" and row["age"] == "all"), None)
    more = ""
    if here is not None:
        more = f" The median account has {here['followers']:,.0f} followers and follows {here['following']:,.0f}"
        rate = here["followers_a_year"]
        more += f"; it gained {rate:,.0f} followers a year of its age." if rate is not None else "."
    words = ShareWords(
        what=f"follow {MIN_FOLLOWING} accounts or more, and more than {FOLLOWED_BACK} times as many as follow them",
        missing=f"followers and following are known of none of {count(len(context.accounts), 'account')}",
        method=(
            "The latest counters of each account. Age is the time from registration to when the counters were "
            "seen, or to the last post held where the source does not say when; the table has the medians by age."
        ),
        alternatives=(
            "Readers who follow many and write little",
            "Purges: a platform that removed the followers before it published the set",
        ),
        more=more,
    )
    return share_finding(
        context.population,
        FOLLOWERS_ID,
        words,
        seen=unheard(context.accounts),
        control=None if context.control is None else unheard(context.control),
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows, schema=_FOLLOWERS_SCHEMA),
    )


_FOLLOWERS_SCHEMA = pa.schema(
    [("set", pa.string()), ("age", pa.string()), ("accounts", pa.int64())]
    + [(name, pa.float64()) for name in ("followers", "following", "followers_a_year")]
)
_AGES = (
    ("all", 0.0, np.inf),
    ("under 90 days", 0.0, 90.0),
    ("90 days to 2 years", 90.0, 730.0),
    ("older", 730.0, np.inf),
)


def _follower_rows(set_: str, accounts: Accounts) -> list[dict[str, object]]:
    known = (accounts.followers != UNKNOWN) & (accounts.following != UNKNOWN)
    aged = known & accounts.dated & (accounts.seen_us != UNKNOWN) & (accounts.seen_us > accounts.created_us)
    days = np.where(aged, (accounts.seen_us - np.where(aged, accounts.created_us, 0)) / DAY_US, np.nan)
    rows: list[dict[str, object]] = []
    for name, low, high in _AGES:
        chosen: Bool = known if name == "all" else aged & (days >= low) & (days < high)
        if chosen.any():
            yearly = accounts.followers[chosen & aged] / (np.maximum(days[chosen & aged], 1.0) / 365.25)
            rows.append(
                {
                    "set": set_,
                    "age": name,
                    "accounts": int(chosen.sum()),
                    "followers": float(np.median(accounts.followers[chosen])),
                    "following": float(np.median(accounts.following[chosen])),
                    "followers_a_year": float(np.median(yearly)) if yearly.size else None,
                }
            )
    return rows
