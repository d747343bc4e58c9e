"""The actions on watched accounts, as arrays: read from what is kept part by part."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.amplification import steps
from undertow.analyses.amplification.series import NO_OBJECT
from undertow.engines import embedded
from undertow.engines.partials import ByPart
from undertow.watchlists import Watchlist, fold_handle

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MENTION_LETTERS = "A-Za-z0-9_"
MENTION = re.compile(rf"(?<![\w@])@([{MENTION_LETTERS}]{{1,50}})")
"""Accounts named in the text of a repost that says nothing else of its source."""
MOST_AMPLIFIED = 20
"""Accounts that are looked at where nobody is watched."""
KINDS = ("repost", "reply", "quote")
DAY_S, DAY_US = 86_400, 86_400_000_000
PRECISIONS = {"ms": 1, "s": 1, "min": 60, "day": DAY_S}
"""Seconds to which times are known, by what the case says of them; a day where it says nothing."""
_OPEN_FROM, _OPEN_TO = -(2**62), 2**62
_VERSION = "4"  # of _reduced: what is kept of a part changes with it

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("platform", "key", "amplifier", "kind", "object", "how")),
        ("created_us", pa.int64()),
        ("origin_us", pa.int64()),
        ("precision_s", pa.int64()),
    ]
)
"""Actions as they are kept: ``key`` says whom or what they amplify (i: account id, h: handle, p: post id, t: text key);
``how`` the target is known (``id``, ``handle``, ``post``, ``text``, ``mention``); ``precision_s``: how finely
its times are known."""


@dataclass(frozen=True)
class Target:
    """An account whose reach is looked at; its times are microseconds, null where it is watched without end."""

    platform: str
    account_id: str | None
    handles: tuple[str, ...]
    actor_class: str | None
    country: str | None
    valid_from: int | None = None
    valid_to: int | None = None

    @property
    def name(self) -> str:
        """What tables call it: the handle where one is known."""
        return self.handles[0] if self.handles else str(self.account_id)

    @property
    def watch(self) -> tuple[int, int]:
        """From when on, and until when (not included), it is watched; far away where that is open."""
        return (
            _OPEN_FROM if self.valid_from is None else self.valid_from,
            _OPEN_TO if self.valid_to is None else self.valid_to,
        )


@dataclass(frozen=True)
class Reach:
    """Actions on the targets, as arrays of equal length in a fixed order (target, time, amplifier, object, kind).

    ``amplifier`` and ``object`` number ``amplifiers`` (platform, account id) and the amplified posts (NO_OBJECT: not
    known), ``kind`` indexes KINDS, times are microseconds UTC (``origin``: of the amplified post, -1 where not known),
    ``precision_s`` says how finely the times are known, in seconds. ``all_actions``: what the amplifier of each action
    did in all, on whomever, in the time in which the target is watched. ``own_posts`` and ``likes`` are by target.
    """

    targets: tuple[Target, ...]
    watched: bool
    amplifiers: tuple[tuple[str, str], ...]
    target: Ints
    amplifier: Ints
    object: Ints
    kind: Ints
    time: Ints
    origin: Ints
    precision_s: Ints
    by_mention: Bools
    by_post: Bools
    by_text: Bools
    all_actions: Ints
    own_posts: Ints
    likes: Ints

    @property
    def day(self) -> Ints:
        """The day of each action, as days since 1970."""
        return self.time // DAY_US

    def __len__(self) -> int:
        return int(self.target.size)


def _reduced(table: pa.Table) -> pa.Table:
    """The rows of ``amplification.actions`` as they are kept."""
    place = pc.index_in(table["time_precision"], pa.array(list(PRECISIONS)))
    precision = pa.array([*PRECISIONS.values(), DAY_S]).take(pc.fill_null(place, len(PRECISIONS)))
    keys = [
        ("id", "i", table["target_id"]),
        ("handle", "h", table["target_handle"]),
        ("post", "p", table["object"]),
        ("text", "t", table["text_key"]),
    ]
    key = pc.coalesce(*(pc.binary_join_element_wise(mark, column, "") for _, mark, column in keys))
    how = pc.coalesce(*(pc.if_else(pc.is_valid(c), name, pa.scalar(None, pa.string())) for name, _, c in keys))
    object_ = _objects(table)
    kept = [table["platform"], key, table["amplifier"], table["kind"], object_, how, table["created_us"],
            table["origin_us"], precision]  # fmt: skip
    plain = pa.table(dict(zip(_SCHEMA.names, kept, strict=True))).cast(_SCHEMA)
    made = pa.concat_tables([plain, _mentions(table, precision)])
    return made.sort_by([("key", "ascending")])


def _objects(table: pa.Table) -> pa.ChunkedArray:
    """What is amplified: the post, or the text where a repost says nothing else of its source."""
    return pc.coalesce(table["object"], pc.binary_join_element_wise("t", table["text_key"], ":"))


def _mentions(table: pa.Table, precision: pa.ChunkedArray) -> pa.Table:
    """A row for each account that a repost names, where the repost says nothing else of its source."""
    texts = table["text"]
    at = np.flatnonzero(pc.fill_null(pc.match_substring(texts, "@"), False).to_numpy(zero_copy_only=False))
    row: list[int] = []
    named: list[str] = []
    for place, text in zip(at.tolist(), texts.take(pa.array(at)).to_pylist(), strict=True):
        handles = sorted({fold_handle(handle) for handle in MENTION.findall(text)})
        row += [place] * len(handles)
        named += handles
    picked = table.take(pa.array(row, pa.int64()))
    columns = [picked["platform"], pa.array([f"h{name}" for name in named], pa.string()), picked["amplifier"],
               picked["kind"], _objects(picked), pa.array(["mention"] * len(row), pa.string()),
               picked["created_us"], picked["origin_us"], precision.take(pa.array(row, pa.int64()))]  # fmt: skip
    return pa.table(dict(zip(_SCHEMA.names, columns, strict=True))).cast(_SCHEMA)


def _by_account(table: pa.Table) -> pa.Table:
    return table.sort_by([("account_id", "ascending")])


class Store:
    """What is kept of a case for reach, opened for reading: the views ``actions`` and ``own``."""

    def __init__(self, parts: ByPart) -> None:
        self._connection = embedded.connect()
        self._view("actions", parts.files(steps.ACTIONS, _reduced, version=_VERSION), _SCHEMA)
        self._view("own", parts.files(steps.OWN, _by_account, version="1"), steps.OWN.output)

    def _view(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        if files:
            self._connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {embedded.parquet(files)}")
        else:
            self._table(name, schema.empty_table())

    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The rows of ``sql`` over the views and ``tables``."""
        for name, table in tables.items():
            self._table(name, table)
        return embedded.read(self._connection, sql)

    def _table(self, name: str, rows: pa.Table) -> None:
        self._connection.register("_rows", rows)
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM _rows")
        self._connection.unregister("_rows")

    def close(self) -> None:
        """Free what is held."""
        self._connection.close()


def watched_targets(watched: Watchlist) -> list[Target]:
    """The watched accounts, each once, in the order of their names; one that is not in the case counts too."""
    grouped: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in watched.accounts.to_pylist():
        account, handle = row["account_id"], row["handle"]
        key = ("i", account) if account is not None else ("h", fold_handle(handle))
        grouped.setdefault((row["platform"], *key), []).append(row)
    made = []
    for (platform, kind, who), rows in grouped.items():
        first = [row["valid_from"] for row in rows]
        last = [row["valid_to"] for row in rows]
        made.append(
            Target(
                platform=platform,
                account_id=who if kind == "i" else None,
                handles=tuple(sorted({row["handle"] for row in rows if row["handle"] is not None})),
                actor_class=min((row["actor_class"] for row in rows if row["actor_class"]), default=None),
                country=min((row["country"] for row in rows if row["country"]), default=None),
                valid_from=None if None in first else min(_micros(time) for time in first),
                valid_to=None if None in last else max(_micros(time) for time in last),
            )
        )
    return sorted(made, key=lambda target: (target.platform, target.name, target.account_id or ""))


def _micros(time: dt.datetime) -> int:
    return round(time.timestamp() * 1_000_000)


_RESOLVED = """
    WITH said AS (
        SELECT platform, key, amplifier, how FROM actions WHERE kind = 'repost'
    ), texts AS (
        SELECT platform, 't' || text_key AS key, arg_min(account_id, (created_us, account_id)) AS account_id
        FROM own WHERE text_key IS NOT NULL AND created_us IS NOT NULL
            AND EXISTS (SELECT 1 FROM said WHERE how = 'text') GROUP BY ALL
    ), posts AS (
        SELECT platform, 'p' || post_id AS key, account_id FROM own
        SEMI JOIN (SELECT platform, substr(key, 2) AS post_id FROM said WHERE how = 'post') USING (platform, post_id)
    ), sources AS (SELECT * FROM texts UNION ALL BY NAME SELECT * FROM posts)
    SELECT platform, coalesce('i' || s.account_id, key) AS key, count(DISTINCT amplifier) AS amplifiers
    FROM said LEFT JOIN sources s USING (platform, key)
    WHERE (s.account_id IS NOT NULL OR key[1] IN ('i', 'h'))
        AND amplifier IS DISTINCT FROM coalesce(s.account_id, substr(key, 2))
    GROUP BY ALL
    ORDER BY amplifiers DESC, platform, key
    LIMIT 200
"""


def most_amplified(store: Store, handles: pa.Table) -> list[Target]:
    """The accounts with the most distinct amplifiers, by id where the case knows whose handle it is."""
    bearers: dict[tuple[str, str], set[str]] = {}
    borne: dict[tuple[str, str], set[str]] = {}
    for row in handles.to_pylist():
        bearers.setdefault((row["platform"], fold_handle(row["handle"])), set()).add(row["account_id"])
        borne.setdefault((row["platform"], row["account_id"]), set()).add(row["handle"])
    found: dict[tuple[str, str | None, str], int] = {}
    for row in store.query(_RESOLVED).to_pylist():
        mark, name = row["key"][0], row["key"][1:]
        owners = bearers.get((row["platform"], fold_handle(name)), set()) if mark == "h" else {name}
        account = next(iter(owners)) if len(owners) == 1 else None
        who = (row["platform"], account, "" if account is not None else fold_handle(name))
        found[who] = max(found.get(who, 0), row["amplifiers"])
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or "", item[0][2]))
    return [
        Target(
            platform=platform,
            account_id=account,
            handles=tuple(sorted(borne.get((platform, account), ()))) if account is not None else (handle,),
            actor_class=None,
            country=None,
        )
        for (platform, account, handle), _ in ranked[:MOST_AMPLIFIED]
    ]


def read_reach(store: Store, targets: Sequence[Target], *, watched: bool) -> Reach:
    """The actions of others on ``targets``, in the time in which each is watched."""
    who = pa.table(
        {
            "target": pa.array(range(len(targets)), pa.int64()),
            "platform": pa.array([t.platform for t in targets], pa.string()),
            "account_id": pa.array([t.account_id for t in targets], pa.string()),
            "first_us": pa.array([t.watch[0] for t in targets], pa.int64()),
            "last_us": pa.array([t.watch[1] for t in targets], pa.int64()),
        }
    )
    own = store.query(
        "SELECT w.target, o.post_id, o.text_key, o.created_us, o.likes FROM own o "
        "JOIN who w USING (platform, account_id)",
        who=who,
    )
    keys = _keys(targets, own, _spellings(store, targets))
    rows = store.query(  # MATERIALIZED, or the engine may hold every action against every target
        "WITH k AS MATERIALIZED (SELECT * FROM keys JOIN who USING (target, platform)) "
        "SELECT k.target, platform, a.amplifier, a.object, a.kind, a.created_us AS time, "
        "coalesce(a.origin_us, -1) AS origin, a.precision_s, bool_and(a.how = 'mention') AS by_mention, "
        "bool_or(a.how = 'post') AS by_post, bool_or(a.how = 'text') AS by_text "
        "FROM actions a JOIN k USING (platform, key) "
        "WHERE a.amplifier IS DISTINCT FROM k.account_id AND a.created_us >= k.first_us AND a.created_us < k.last_us "
        "AND (k.since IS NULL OR a.created_us >= k.since) "
        "GROUP BY ALL",
        keys=keys,
        who=who,
    )
    amplifiers, amplifier = _numbered(rows["platform"], rows["amplifier"])
    columns = {
        "target": rows["target"].to_numpy().astype(np.int64),
        "amplifier": amplifier,
        "object": _numbered(rows["platform"], rows["object"])[1],
        "kind": pc.index_in(rows["kind"], pa.array(KINDS, pa.string())).to_numpy().astype(np.int64),
        "time": rows["time"].to_numpy().astype(np.int64),
        "origin": rows["origin"].to_numpy().astype(np.int64),
        "precision_s": rows["precision_s"].to_numpy().astype(np.int64),
    }
    order = np.lexsort(tuple(columns.values())[::-1])  # numbers sort much faster than the names they stand for
    columns |= {
        name: rows[name].to_numpy(zero_copy_only=False).astype(bool)
        for name in ("by_mention", "by_post", "by_text")
    }
    of_own = own["target"].to_numpy().astype(np.int64)
    likes = pc.fill_null(own["likes"], 0).to_numpy().astype(np.float64)
    return Reach(
        targets=tuple(targets),
        watched=watched,
        amplifiers=tuple(amplifiers),
        **{name: column[order] for name, column in columns.items()},
        all_actions=_all_actions(store, targets, amplifiers, columns["target"], columns["amplifier"])[order],
        own_posts=np.bincount(of_own, minlength=len(targets)).astype(np.int64),
        likes=np.bincount(of_own, likes, minlength=len(targets)).astype(np.int64),
    )


def _all_actions(
    store: Store, targets: Sequence[Target], amplifiers: Sequence[tuple[str, str]], target: Ints, amplifier: Ints
) -> Ints:
    """For each action what its amplifier did in all, on whomever, in the time in which its target is watched."""
    windows = sorted({t.watch for t in targets})
    counts = ", ".join(  # a column for each, since a join by inequality sorts every action
        f"count(*) FILTER (WHERE a.created_us >= {first} AND a.created_us < {last}) AS window_{number}"
        for number, (first, last) in enumerate(windows)
    )
    counted = store.query(
        f"SELECT n.amplifier, {counts} FROM actions a JOIN names n ON a.platform = n.platform AND "
        "a.amplifier = n.account_id WHERE a.how IS DISTINCT FROM 'mention' GROUP BY n.amplifier",
        names=pa.table(
            {
                "amplifier": pa.array(range(len(amplifiers)), pa.int64()),
                "platform": pa.array([platform for platform, _ in amplifiers], pa.string()),
                "account_id": pa.array([account for _, account in amplifiers], pa.string()),
            }
        ),
    )
    totals = np.zeros((len(windows), len(amplifiers)), np.int64)
    for number in range(len(windows)):
        totals[number, counted["amplifier"].to_numpy()] = counted[f"window_{number}"].to_numpy()
    window = np.array([windows.index(t.watch) for t in targets], np.int64)
    found: Ints = totals[window[target], amplifier]
    return found


def _numbered(platform: pa.ChunkedArray, name: pa.ChunkedArray) -> tuple[list[tuple[str, str]], Ints]:
    """The sorted distinct (platform, name) and each row's number among them; NO_OBJECT where the name is null."""
    platforms, at = _ranked(platform)
    names, number = _ranked(name)
    known = number >= 0
    distinct, inverse = np.unique(at[known] * len(names) + number[known], return_inverse=True)
    found = np.full(number.size, NO_OBJECT)
    found[known] = inverse
    return [(platforms[both // len(names)], names[both % len(names)]) for both in distinct.tolist()], found


def _ranked(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """The sorted distinct names and each row's number among them; -1 where it is null."""
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary)  # by bytes, which for UTF-8 is by letters
    rank = np.full(len(order) + 1, -1)  # the last one is that of null
    rank[order.to_numpy()] = np.arange(len(order))
    number = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
    return encoded.dictionary.take(order).to_pylist(), rank[number]


def _spellings(store: Store, targets: Sequence[Target]) -> Mapping[tuple[str, str], set[str]]:
    """(platform, folded handle) -> the spellings in which actions name it."""
    wanted = {(t.platform, fold_handle(handle)) for t in targets for handle in t.handles}
    found: dict[tuple[str, str], set[str]] = {}
    if wanted:
        named = store.query("SELECT DISTINCT platform, substr(key, 2) AS handle FROM actions WHERE key[1] = 'h'")
        for platform, handle in zip(named["platform"].to_pylist(), named["handle"].to_pylist(), strict=True):
            if (platform, fold_handle(handle)) in wanted:
                found.setdefault((platform, fold_handle(handle)), set()).add(handle)
    return found


def _keys(targets: Sequence[Target], own: pa.Table, spellings: Mapping[tuple[str, str], Iterable[str]]) -> pa.Table:
    """The keys under which actions name each target; a text from when the target has written it on (``since``)."""
    rows: set[tuple[int, str, str, int | None]] = set()
    for number, target in enumerate(targets):
        if target.account_id is not None:
            rows.add((number, target.platform, f"i{target.account_id}", None))
        for handle in target.handles:
            for spelling in spellings.get((target.platform, fold_handle(handle)), ()):
                rows.add((number, target.platform, f"h{spelling}", None))
    columns = [own[name].to_pylist() for name in ("target", "post_id", "text_key", "created_us")]
    texts: dict[tuple[int, str], int] = {}
    for number, post, text, created in zip(*columns, strict=True):
        rows.add((number, targets[number].platform, f"p{post}", None))
        if text is not None and created is not None:
            texts[number, text] = min(created, texts.get((number, text), created))
    rows |= {(number, targets[number].platform, f"t{text}", since) for (number, text), since in texts.items()}
    listed = sorted(rows, key=lambda row: (row[0], row[1], row[2]))
    return pa.table(
        {
            "target": pa.array([row[0] for row in listed], pa.int64()),
            "platform": pa.array([row[1] for row in listed], pa.string()),
            "key": pa.array([row[2] for row in listed], pa.string()),
            "since": pa.array([row[3] for row in listed], pa.int64()),
        }
    )
