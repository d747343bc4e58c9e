"""Any table by a column map: which column of the file is which canonical column.

The map is canonical name -> column, from ``--map`` or a TOML file. Canonical names are those of ``posts``, of the
account's profile (:data:`ACCOUNT_NAMES`) and counters, ``is_repost``, and ``label.<name>`` for a label on the
account. A map of a profile, counters or labels alone, without anything of a post, makes each record an account.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from undertow.errors import InputError, UsageError, did_you_mean
from undertow.sources.base import ReadOptions
from undertow.sources.expressions import (
    FALSE_WORDS,
    TIMES_READ,
    TRUE_WORDS,
    elements,
    exact_id,
    float_notation,
    id_milliseconds,
    language_tag,
    not_whole_number,
    precision_milliseconds,
    time_precision,
    time_value,
    unfinished_list,
    utc,
    whole_number,
)
from undertow.sources.links import domain_sql
from undertow.sources.stage import Layout, Problem
from undertow.sources.text_entities import READABLE
from undertow.sql import literal

_PLAIN = ("text", "client", "reposted_handle")
_IDS = (
    "conversation_id", "edit_root_id", "reposted_post_id", "reposted_account_id", "replied_post_id",
    "replied_account_id", "quoted_post_id",
)  # fmt: skip
_TIMES = ("observed_at", "deleted_at", "reposted_created_at")
_LISTS = ("hashtags", "mentioned_ids", "mentioned_handles")
_COUNTS = ("likes", "reposts", "replies", "quotes", "views")
_PLACES = ("latitude", "longitude")
POST_NAMES = (
    "platform", "post_id", "account_id", "created_at", "kind", "is_repost", "language", "urls", *_PLAIN, *_IDS,
    *_TIMES, *_LISTS, *_COUNTS, *_PLACES,
)  # fmt: skip
ACCOUNT_NAMES: Mapping[str, str] = {
    "handle": "handle",
    "display_name": "display_name",
    "description": "description",
    "location": "location",
    "profile_url": "profile_url",
    "account_created_at": "created_at",
    "account_language": "language",
}
"""Name in the map -> column of ``accounts``."""
COUNTER_NAMES: Mapping[str, str] = {"followers": "followers", "following": "following", "account_posts": "posts"}
"""Name in the map -> column of ``account_counters``."""
LABEL = "label."
_OF_BOTH = frozenset({"platform", "account_id", "observed_at"})
"""Names that say nothing of a post by themselves."""
NAMES = (*POST_NAMES, *ACCOUNT_NAMES, *COUNTER_NAMES)
UNKNOWN_PLATFORM = "unknown"
UNMAPPED = "CAST(NULL AS VARCHAR)"
_KINDS = {
    "original": ("original", "tweet", "post"),
    "repost": ("repost", "retweet", "retweeted", "rt", "share"),
    "reply": ("reply", "replied_to", "comment"),
    "quote": ("quote", "quoted", "quote_tweet"),
}


def read_map(path: Path) -> Mapping[str, str]:
    """The column map in a TOML file: ``created_at = "Date"`` lines, at the top or under ``[columns]``.

    Raises UsageError when the file cannot be read or a value is not the name of a column.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the column map cannot be read ({error})", where=str(path)) from error
    columns = content.get("columns", content)
    if not isinstance(columns, dict):
        raise UsageError("[columns] must be a table", where=str(path), todo='Write lines like created_at = "Date".')
    flat: dict[str, str] = {}
    for name, value in columns.items():
        if name == LABEL.rstrip(".") and isinstance(value, dict):
            flat.update({f"{LABEL}{label}": str(column) for label, column in value.items()})
        elif isinstance(value, str):
            flat[name] = value
        else:
            raise UsageError(
                f"{name} must be the name of a column", where=str(path), todo=f'Write {name} = "COLUMN".'
            )
    check_names(flat, str(path))
    return flat


def check_names(mapping: Mapping[str, str], where: str = "--map") -> None:
    """Raise UsageError where the map's canonical names are unknown or not enough."""
    for name in mapping:
        if name not in NAMES and not (name.startswith(LABEL) and len(name) > len(LABEL)):
            raise UsageError(f"there is no canonical column {name!r}", where=where, todo=did_you_mean(name, NAMES))
    if "account_id" not in mapping and "handle" not in mapping:
        raise UsageError(
            "the map does not say whose posts these are", where=where, todo="Map account_id or handle to a column."
        )
    if not describes_accounts(mapping) and "created_at" not in mapping and "text" not in mapping:
        raise UsageError(
            "the map gives neither the time nor the text of a post",
            where=where,
            todo="Map created_at or text (or both) to a column; for a file of accounts, map nothing of a post.",
        )


def describes_accounts(mapping: Mapping[str, str]) -> bool:
    """Whether the map's records are accounts: it names a profile, counters or labels, and nothing of a post.

    >>> describes_accounts({"handle": "name", "followers": "n"}), describes_accounts({"handle": "name", "text": "t"})
    (True, False)
    """
    of_posts = set(mapping) & set(POST_NAMES) - _OF_BOTH
    return not of_posts and any(
        name in ACCOUNT_NAMES or name in COUNTER_NAMES or name.startswith(LABEL) for name in mapping
    )


def mapped_layout(columns: tuple[str, ...], options: ReadOptions, *, shown: str, format_: str) -> Layout:
    """The layout of a table with these ``columns``, by ``options.mapping``.

    Raises UsageError for an unknown canonical name, InputError for a column that the file does not have.
    """
    mapping = options.mapping
    check_names(mapping)
    raw = {}
    for name, column in mapping.items():
        if column not in columns:
            raise InputError(
                f"--map {name}={column}: the file has no column {column!r}",
                where=shown,
                todo=did_you_mean(column, columns),
            )
        raw[_raw(name)] = f"c{columns.index(column)}"
    platform = options.platform or UNKNOWN_PLATFORM
    if describes_accounts(mapping):
        return _accounts_layout(raw, platform, format_)
    return _layout(raw, platform, format_)


def _raw(name: str) -> str:
    return '"r_' + name.replace('"', '""') + '"'


def _values(raw: Mapping[str, str]) -> Callable[[str], str]:
    """The SQL of a canonical name's text; null for one that the map does not have."""
    return lambda name: _raw(name) if _raw(name) in raw else UNMAPPED


def _account_and_platform(raw: Mapping[str, str], platform: str) -> tuple[str, str]:
    """The SQL of the account's id and of the platform."""
    value = _values(raw)
    account = exact_id(value("account_id")) if _raw("account_id") in raw else f"ltrim({value('handle')}, '@')"
    return account, f"coalesce(lower({value('platform')}), {literal(platform)})"


def _accounts_layout(raw: Mapping[str, str], platform: str, format_: str) -> Layout:
    """One row of ``accounts`` a record, also for a map of counters or labels alone."""
    account, platform_sql = _account_and_platform(raw, platform)
    value = _values(raw)
    derived, needs = _derived(raw, value, account, platform_sql)
    profile = derived.pop("accounts", ({"platform": platform_sql, "account_id": account},))[0]
    return Layout(
        format=format_,
        main="accounts",
        raw=raw,
        working={"w_account": account},
        problems=_problems(raw, value),
        columns=profile,
        states=_state_columns(raw),
        derived=derived,
        needs=needs,
    )


def _layout(raw: Mapping[str, str], platform: str, format_: str) -> Layout:
    value = _values(raw)
    account, platform_sql = _account_and_platform(raw, platform)
    post_id = exact_id(value("post_id"))
    snowflakes = platform == "twitter" and _raw("post_id") in raw
    working = {
        "w_platform": platform_sql,
        "w_account": account,
        "w_post": post_id,
        "w_stated": time_value(value("created_at")),
        "w_precision": time_precision(value("created_at")),
        "w_ms": id_milliseconds("try_cast(w_post AS BIGINT)") if snowflakes else "NULL::BIGINT",
        "w_unit": precision_milliseconds("w_precision"),
        "w_agrees": "coalesce(w_ms // w_unit = epoch_ms(w_stated) // w_unit, false)",
        "w_urls": elements(value("urls")),
        **{f"w_{name}": elements(value(name)) for name in _LISTS},
    }
    working["w_kind"] = _kind(value, platform)
    columns = {
        "platform": "w_platform",
        "post_id": "w_post",
        "account_id": "w_account",
        "created_at": utc("CASE WHEN w_agrees THEN epoch_ms(w_ms) ELSE w_stated END"),
        "stated_at": utc("w_stated"),
        "time_source": "CASE WHEN w_stated IS NULL THEN NULL WHEN w_agrees THEN 'id' ELSE 'stated' END",
        "time_precision": "CASE WHEN w_stated IS NULL THEN NULL WHEN w_agrees THEN 'ms' ELSE w_precision END",
        "kind": "w_kind",
        "language": language_tag(value("language")),
        "id_quality": (
            f"CASE WHEN w_post IS NULL THEN 'derived' WHEN {_rounded(value)} THEN 'rounded' ELSE 'exact' END"
        ),
        "urls": (
            "list_transform(w_urls, lambda u: {'raw': u, 'expanded': NULL::VARCHAR, 'unwound': NULL::VARCHAR, "
            f"'domain': {domain_sql('u')}}})"
        ),
        **{name: value(name) for name in _PLAIN},
        **{name: exact_id(value(name)) for name in _IDS},
        **{name: utc(time_value(value(name))) for name in _TIMES},
        **{name: f"w_{name}" for name in _LISTS},
        **{name: whole_number(value(name)) for name in _COUNTS},
        **{name: f"try_cast({value(name)} AS DOUBLE)" for name in _PLACES},
        "reposted_post_id": value("reposted_post_id"),
    }
    if platform == "twitter" and _raw("reposted_handle") not in raw:
        handle = f"nullif(regexp_extract({value('text')}, '^RT @([A-Za-z0-9_]+)', 1), '')"
        columns["reposted_handle"] = f"CASE WHEN w_kind = 'repost' THEN {handle} END"
    derived, needs = _derived(raw, value, account, platform_sql)
    content = [f"coalesce({name}, chr(30))" for name in sorted(raw)]
    return Layout(
        format=format_,
        main="posts",
        raw=raw,
        working=working,
        problems=_problems(raw, value),
        columns=columns,
        states=_state_columns(raw),
        derived=derived,
        needs=needs,
        from_text=_from_text(raw),
        key=f"md5(concat_ws(chr(31), w_platform, {', '.join(content)}))",
    )


def _from_text(raw: Mapping[str, str]) -> tuple[str, ...]:
    """What the map has no column of, but may stand in the text; mentions only where it has no ids of them either."""
    if _raw("text") not in raw:
        return ()
    return tuple(
        name
        for name in READABLE
        if _raw(name) not in raw and not (name == "mentioned_handles" and _raw("mentioned_ids") in raw)
    )


def _kind(value: Callable[[str], str], platform: str) -> str:
    stated = " ".join(
        f"WHEN lower({value('kind')}) IN ({', '.join(map(literal, words))}) THEN {literal(kind)}"
        for kind, words in _KINDS.items()
    )
    repost = f"lower({value('is_repost')}) IN ({TRUE_WORDS}) OR {value('reposted_post_id')} IS NOT NULL"
    if platform == "twitter" and value("is_repost") == value("kind") == UNMAPPED:
        # Where nothing says so, Twitter's own mark does; people also write it by hand.
        repost += f" OR regexp_matches({value('text')}, '^RT @[A-Za-z0-9_]+:')"
    return (
        f"CASE {stated} WHEN {repost} THEN 'repost' "
        f"WHEN {value('replied_post_id')} IS NOT NULL OR {value('replied_account_id')} IS NOT NULL THEN 'reply' "
        f"WHEN {value('quoted_post_id')} IS NOT NULL THEN 'quote' ELSE 'original' END"
    )


def _rounded(value: Callable[[str], str]) -> str:
    return f"coalesce({float_notation(value('reposted_post_id'))}, false)"


def _state_columns(raw: Mapping[str, str]) -> tuple[str, ...]:
    names = ("platform", "account_id", "observed_at", *ACCOUNT_NAMES, *COUNTER_NAMES)
    return tuple(name for name in raw if name in {_raw(n) for n in names} or name.startswith(f'"r_{LABEL}'))


def _derived(
    raw: Mapping[str, str], value: Callable[[str], str], account: str, platform: str
) -> tuple[dict[str, tuple[Mapping[str, str], ...]], dict[str, tuple[str, ...]]]:
    """The further tables that the map gives rows for."""
    base = {"platform": platform, "account_id": account}
    derived: dict[str, tuple[Mapping[str, str], ...]] = {}
    needs: dict[str, tuple[str, ...]] = {}
    profile = {column: value(name) for name, column in ACCOUNT_NAMES.items() if _raw(name) in raw}
    if "created_at" in profile:
        profile["created_at"] = utc(time_value(profile["created_at"]))
    if "language" in profile:
        profile["language"] = language_tag(profile["language"])
    if "handle" in profile:
        profile["handle"] = f"ltrim({profile['handle']}, '@')"
    observed = {"observed_at": utc(time_value(value("observed_at")))} if _raw("observed_at") in raw else {}
    if profile:
        derived["accounts"] = ({**base, **observed, **profile},)
    counters = {column: whole_number(value(name)) for name, column in COUNTER_NAMES.items() if _raw(name) in raw}
    if counters:
        derived["account_counters"] = ({**base, **observed, **counters},)
        needs["account_counters"] = tuple(counters)
    labels = [name for name in raw if name.startswith(f'"r_{LABEL}')]
    if labels:
        derived["labels"] = tuple(
            {
                "subject_type": "'account'",
                "platform": platform,
                "subject_id": account,
                "label": literal(name[len(f'"r_{LABEL}') : -1].replace('""', '"')),
                "value": name,
                "asserted_by": "'the source file'",
            }
            for name in labels
        )
        needs["labels"] = ("value",)
    return derived, needs


def _problems(raw: Mapping[str, str], value: Callable[[str], str]) -> tuple[Problem, ...]:
    problems = [Problem("w_account IS NULL", "the account's id is missing or in float notation, so it is lost")]
    for name in ("created_at", "account_created_at", *_TIMES):
        if _raw(name) in raw:
            unreadable = f"{value(name)} IS NOT NULL AND ({time_value(value(name))}) IS NULL"
            problems.append(Problem(unreadable, f"{name} is not a time that can be read ({TIMES_READ})"))
    if _raw("post_id") in raw:
        problems.append(Problem(f"{value('post_id')} IS NULL", "post_id is missing"))
    if _raw("is_repost") in raw:
        words = f"{TRUE_WORDS}, {FALSE_WORDS}"
        problems.append(
            Problem(f"lower({value('is_repost')}) NOT IN ({words})", "is_repost is neither true nor false")
        )
    problems += [
        Problem(not_whole_number(value(name)), f"{name} is not a whole number")
        for name in (*_COUNTS, *COUNTER_NAMES)
        if _raw(name) in raw
    ]
    problems += [
        Problem(unfinished_list(value(name)), f"{name} is a list that does not end")
        for name in ("urls", *_LISTS)
        if _raw(name) in raw
    ]
    problems += [
        Problem(
            f"{value(name)} IS NOT NULL AND try_cast({value(name)} AS DOUBLE) IS NULL", f"{name} is not a number"
        )
        for name in _PLACES
        if _raw(name) in raw
    ]
    return tuple(problems)
