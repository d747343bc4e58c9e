"""Twitter's information-operations archive (2018-2022): posts and users, hashed or not.

The files have been re-saved by many tools on their way, so every writing that occurs is read: a leading index
column, all fields quoted, ``nan`` and ``absent`` for what is unknown, counters as ``4.0``, lists as ``['a', 'b']``,
``[123, 456]``, ``[a, b]``, ``[]`` or bare. Ids in float notation (``1.148e+18``) are never exact: a repost id is
kept as it is written and ``id_quality`` says ``rounded``; other such ids become null.

Times. The archive states minutes; a post id above 29,700,859,247 codes milliseconds, ``(id >> 22) +
1288834974657``, used where it agrees with the stated minute. The reposted post's time is taken from its id, also
from a rounded one with at least 13 digits (the error is below a millisecond).

Source of the layout: the read-me files that Twitter published with the archive.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from undertow.errors import InputError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.csv_records import CsvRecords
from undertow.sources.expressions import (
    FALSE_WORDS,
    TRUE_WORDS,
    elements,
    exact_id,
    float_notation,
    id_milliseconds,
    language_tag,
    not_whole_number,
    unfinished_list,
    utc,
    whole_number,
)
from undertow.sources.head import Head, Kind, look
from undertow.sources.links import domain_sql
from undertow.sources.stage import Layout, Problem, stage
from undertow.sql import literal

LEAST_DIGITS = 13
"""A rounded 19-digit id with so many digits is off by less than 10^6 of the 4.2 * 10^6 ids in a millisecond."""

USER_COLUMNS = (
    "userid", "user_display_name", "user_screen_name", "user_reported_location", "user_profile_description",
    "user_profile_url", "follower_count", "following_count", "account_creation_date", "account_language",
)  # fmt: skip
POST_COLUMNS = (
    "tweetid", *USER_COLUMNS, "tweet_language", "tweet_text", "tweet_time", "tweet_client_name",
    "in_reply_to_userid", "in_reply_to_tweetid", "quoted_tweet_tweetid", "is_retweet", "retweet_userid",
    "retweet_tweetid", "latitude", "longitude", "quote_count", "reply_count", "like_count", "retweet_count",
    "hashtags", "urls", "user_mentions",
)  # fmt: skip
NEEDED_OF_POSTS = ("tweetid", "userid", "tweet_text", "tweet_time", "is_retweet")
NEEDED_OF_USERS = ("userid", "user_screen_name", "account_creation_date")

_COUNTERS = {"likes": "like_count", "reposts": "retweet_count", "replies": "reply_count", "quotes": "quote_count"}
_HANDLE, _HASHED_HANDLE = "[A-Za-z0-9_]+", "[A-Za-z0-9+/]{43}="
"""A handle as it stands after ``RT @``, and a hashed one (SHA-256 in Base64) of an account below 5,000 followers."""
_LISTS = ("hashtags", "urls", "user_mentions")
_LOST_ID = "tweetid is in float notation, so the id is lost"
_FLOAT = re.compile(r"[0-9]+(\.[0-9]*)?([eE]\+?[0-9]+)|[0-9]+\.[0-9]*")
_OFTEN_UNKNOWN = ("in_reply_to_tweetid", "quoted_tweet_tweetid", "retweet_tweetid", "follower_count")


@dataclass(frozen=True)
class TwitterArchive:
    """The reader of one of the archive's two layouts."""

    format: str
    description: str
    columns: tuple[str, ...]
    known: tuple[str, ...]
    kinds: frozenset[Kind] = frozenset({"csv"})

    def recognise(self, head: Head) -> float:
        """1 for all the layout's columns, less with optional ones missing, 0 where a needed one is."""
        have = {name.strip().lower() for name in head.columns}
        is_posts = "tweetid" in have
        if not have.issuperset(self.columns) or is_posts != ("tweetid" in self.columns):
            return 0.0
        return 0.6 + 0.4 * len(have & set(self.known)) / len(self.known)

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into staged tables: posts with their accounts and counters, or accounts and counters."""
        records = CsvRecords.open(source, staging, options)
        head = look(source.path, source.shown, encoding=options.encoding)
        raw = _raw_columns(
            records.columns, self.known, self.columns, source.shown, nan=_occurs(head, _OFTEN_UNKNOWN, "nan".__eq__)
        )
        platform = literal(options.platform or "twitter")
        if "tweetid" in self.columns:
            layout = _posts_layout(raw, platform, lost_ids=_occurs(head, ("tweetid",), _looks_like_float))
        else:
            layout = _users_layout(raw, platform)
        return stage(records, layout, source, staging, options)


def _raw_columns(
    found: tuple[str, ...], known: tuple[str, ...], needed: tuple[str, ...], shown: str, *, nan: bool
) -> dict[str, str]:
    """``r_<column>`` -> expression over ``c0, c1, ...``; null where the file has no such column."""
    places: dict[str, int] = {}
    for index, name in enumerate(found):
        key = name.strip().lower()
        if key in places and key in known:
            raise InputError(f"the column {name!r} occurs twice", where=shown, todo="Remove or rename one of them.")
        places[key] = index
    missing = [name for name in needed if name not in places]
    if missing:
        raise InputError(
            f"columns of the layout are missing: {', '.join(missing)}",
            where=shown,
            todo="Leave out --format to have the layout detected, or say which column is what with --map.",
        )
    raw = {}
    for name in known:
        value = f"c{places[name]}" if name in places else "CAST(NULL AS VARCHAR)"
        if nan and name in places and name != "tweet_text":
            value = f"nullif({value}, 'nan')"
        if name in ("latitude", "longitude"):
            value = f"nullif(nullif({value}, 'absent'), 'nan')"
        raw[f"r_{name}"] = value
    return raw


def _occurs(head: Head, columns: tuple[str, ...], wanted: Callable[[str], bool]) -> bool:
    """Whether a value that is ``wanted`` occurs in one of these columns among the file's first records."""
    names = [name.strip().lower() for name in head.columns]
    telling = [names.index(name) for name in columns if name in names]
    rows = csv.reader(io.StringIO(head.sample, newline=""), delimiter=head.delimiter)
    try:
        return any(wanted(row[index]) for row in rows for index in telling if index < len(row))
    except csv.Error:
        return False


def _looks_like_float(text: str) -> bool:
    return _FLOAT.fullmatch(text) is not None


def _after_mark(handle: str) -> str:
    return f"nullif(regexp_extract(r_tweet_text, '^RT @({handle})', 1), '')"


def _date(text: str) -> str:
    return f"CASE WHEN length({text}) BETWEEN 10 AND 19 THEN try_cast({text} AS TIMESTAMP) END"


def _account_columns(platform: str) -> dict[str, str]:
    account = exact_id("r_userid")
    return {
        "platform": platform,
        "account_id": account,
        "handle": "CASE WHEN r_user_screen_name IS DISTINCT FROM r_userid THEN r_user_screen_name END",
        "display_name": "CASE WHEN r_user_display_name IS DISTINCT FROM r_userid THEN r_user_display_name END",
        "description": "r_user_profile_description",
        "location": "r_user_reported_location",
        "profile_url": "r_user_profile_url",
        "created_at": utc(_date("r_account_creation_date")),
        "language": language_tag("r_account_language"),
    }


def _counter_columns(platform: str) -> dict[str, str]:
    return {
        "platform": platform,
        "account_id": exact_id("r_userid"),
        "followers": whole_number("r_follower_count"),
        "following": whole_number("r_following_count"),
    }


def _account_problems() -> tuple[Problem, ...]:
    return (
        Problem("r_userid IS NULL", "userid is missing"),
        Problem(f"({exact_id('r_userid')}) IS NULL AND r_userid IS NOT NULL", "userid is in float notation"),
        Problem(
            f"r_account_creation_date IS NOT NULL AND ({_date('r_account_creation_date')}) IS NULL",
            "account_creation_date is not a date (expected 2017-08-30)",
        ),
        *(
            Problem(not_whole_number(f"r_{name}"), f"{name} is not a whole number")
            for name in ("follower_count", "following_count")
        ),
    )


_NEEDS: Mapping[str, tuple[str, ...]] = {"account_counters": ("followers", "following")}


def _users_layout(raw: Mapping[str, str], platform: str) -> Layout:
    return Layout(
        format="twitter-archive-users",
        main="accounts",
        raw=raw,
        working={},
        problems=_account_problems(),
        columns=_account_columns(platform),
        states=("r_userid", "r_follower_count", "r_following_count"),
        derived={"account_counters": (_counter_columns(platform),)},
        needs=_NEEDS,
    )


def _posts_layout(raw: Mapping[str, str], platform: str, *, lost_ids: bool) -> Layout:
    """``lost_ids``: the file's post ids are in float notation, so ids are made of the records instead."""
    lost = float_notation("r_tweetid")
    fields = ", ".join(f"coalesce({name}, chr(30))" for name in raw)
    exact_repost = "regexp_full_match(r_retweet_tweetid, '[0-9]+')"
    mantissa = "length(replace(split_part(lower(r_retweet_tweetid), 'e', 1), '.', ''))"
    working = {
        "w_digits": "regexp_full_match(r_tweetid, '[0-9]+')",
        "w_id": "CASE WHEN w_digits THEN try_cast(r_tweetid AS BIGINT) END",
        "w_stated": f"CASE WHEN length(r_tweet_time) IN (10, 16, 19) THEN {_date('r_tweet_time')} END",
        "w_ms": id_milliseconds("w_id"),
        "w_unit": "CASE length(r_tweet_time) WHEN 16 THEN 60000 WHEN 19 THEN 1000 ELSE 86400000 END",
        "w_agrees": "coalesce(w_ms // w_unit = epoch_ms(w_stated) // w_unit, false)",
        "w_is_repost": f"r_retweet_tweetid IS NOT NULL OR coalesce(lower(r_is_retweet) IN ({TRUE_WORDS}), false)",
        "w_repost_number": (
            "CASE WHEN r_retweet_tweetid IS NULL THEN NULL "
            f"WHEN {exact_repost} THEN try_cast(r_retweet_tweetid AS BIGINT) "
            f"WHEN {mantissa} >= {LEAST_DIGITS} THEN try_cast(try_cast(r_retweet_tweetid AS DOUBLE) AS BIGINT) END"
        ),
        "w_repost_ms": id_milliseconds("w_repost_number"),
        "w_hashtags": elements("r_hashtags"),
        "w_urls": elements("r_urls"),
        "w_mentions": elements("r_user_mentions"),
    }
    return Layout(
        format="twitter-archive-posts",
        main="posts",
        raw=raw,
        working=working,
        problems=tuple(p for p in _post_problems() if not (lost_ids and p.reason == _LOST_ID)),
        key=f"CASE WHEN {lost} THEN md5(concat_ws(chr(31), {platform}, {fields})) END" if lost_ids else None,
        columns={
            "platform": platform,
            "post_id": "CASE WHEN w_digits THEN r_tweetid END",
            "account_id": exact_id("r_userid"),
            "created_at": utc("CASE WHEN w_agrees THEN epoch_ms(w_ms) ELSE w_stated END"),
            "stated_at": utc("w_stated"),
            "time_source": "CASE WHEN w_agrees THEN 'id' ELSE 'stated' END",
            "time_precision": (
                "CASE WHEN w_agrees THEN 'ms' ELSE CASE length(r_tweet_time) WHEN 16 THEN 'min' WHEN 19 THEN 's' "
                "ELSE 'day' END END"
            ),
            "kind": (
                "CASE WHEN w_is_repost THEN 'repost' "
                "WHEN r_in_reply_to_tweetid IS NOT NULL OR r_in_reply_to_userid IS NOT NULL THEN 'reply' "
                "WHEN r_quoted_tweet_tweetid IS NOT NULL THEN 'quote' ELSE 'original' END"
            ),
            "text": "r_tweet_text",
            "language": language_tag("r_tweet_language"),
            "client": "r_tweet_client_name",
            "reposted_post_id": "r_retweet_tweetid",
            "reposted_account_id": exact_id("r_retweet_userid"),
            "reposted_handle": (
                "CASE WHEN w_is_repost THEN coalesce(CASE WHEN substr(r_tweet_text, 48, 1) = '=' "
                f"THEN {_after_mark(_HASHED_HANDLE)} END, {_after_mark(_HANDLE)}) END"
            ),
            "reposted_created_at": utc(
                "CASE WHEN w_repost_ms <= epoch_ms(w_stated) + w_unit THEN epoch_ms(w_repost_ms) END"
            ),
            "replied_post_id": exact_id("r_in_reply_to_tweetid"),
            "replied_account_id": exact_id("r_in_reply_to_userid"),
            "quoted_post_id": exact_id("r_quoted_tweet_tweetid"),
            "hashtags": "w_hashtags",
            "urls": (
                "list_transform(w_urls, lambda u: {'raw': u, 'expanded': u, 'unwound': NULL::VARCHAR, "
                f"'domain': {domain_sql('u')}}})"
            ),
            "mentioned_ids": "w_mentions",
            "latitude": "try_cast(r_latitude AS DOUBLE)",
            "longitude": "try_cast(r_longitude AS DOUBLE)",
            "id_quality": (
                "CASE WHEN NOT w_digits THEN 'derived' "
                f"WHEN {exact_repost} IS DISTINCT FROM false THEN 'exact' ELSE 'rounded' END"
            ),
            **{name: whole_number(f"r_{column}") for name, column in _COUNTERS.items()},
        },
        states=tuple(f"r_{name}" for name in USER_COLUMNS),
        derived={"accounts": (_account_columns(platform),), "account_counters": (_counter_columns(platform),)},
        needs=_NEEDS,
    )


def _post_problems() -> tuple[Problem, ...]:
    return (
        Problem("r_tweetid IS NULL", "tweetid is missing"),
        Problem(f"NOT w_digits AND NOT {float_notation('r_tweetid')}", "tweetid is not a number"),
        Problem(f"NOT w_digits AND {float_notation('r_tweetid')}", _LOST_ID),
        Problem("w_digits AND w_id IS NULL", "tweetid is too large"),
        Problem("w_stated IS NULL", "tweet_time is missing or not a time (expected 2019-09-23 16:58)"),
        Problem(
            f"r_is_retweet IS NOT NULL AND lower(r_is_retweet) NOT IN ({TRUE_WORDS}, {FALSE_WORDS})",
            "is_retweet is neither true nor false",
        ),
        *_account_problems(),
        *(Problem(not_whole_number(f"r_{name}"), f"{name} is not a whole number") for name in _COUNTERS.values()),
        *(Problem(unfinished_list(f"r_{name}"), f"{name} is a list that does not end") for name in _LISTS),
        *(
            Problem(f"r_{name} IS NOT NULL AND try_cast(r_{name} AS DOUBLE) IS NULL", f"{name} is not a number")
            for name in ("latitude", "longitude")
        ),
    )


POSTS = TwitterArchive(
    "twitter-archive-posts",
    "Twitter's information-operations archive, posts (CSV)",
    NEEDED_OF_POSTS,
    POST_COLUMNS,
)
USERS = TwitterArchive(
    "twitter-archive-users",
    "Twitter's information-operations archive, accounts (CSV)",
    NEEDED_OF_USERS,
    USER_COLUMNS,
)
