"""X API v2 as JSON Lines or JSON: pages as twarc writes them, streams, flattened posts, compliance jobs.

What a *record* is (``records_read`` counts them, ``source_row`` numbers them from 1):

- in a page (an object with ``data`` or ``errors``): each element of ``data`` (or ``data`` itself, as in streams and
  look-ups of one) and then each element of ``errors``;
- otherwise a line, or an element of a JSON array: a flattened post, an account, a compliance notice, a broken line;
- an included object that cannot be read, which goes to quarantine on its own.

Included posts and accounts are posts and accounts in their own right. Their rows belong to the record that brought
them: the first of the page that refers to them, else the page's first. A page without data, errors and included
objects says that nothing was found; it is no record, and a note counts such pages.

An element of ``data`` gives a row to ``posts`` or ``accounts``, an error a label ``unavailable``, a compliance
notice a label ``compliance``. Lists, counts, spaces and errors that name nothing go to quarantine; a file of
nothing else is refused. ``observed_at`` is twarc's ``retrieved_at``. Texts are kept as received: a repost's is
cut after 140 characters, and its original is a post of its own where the page includes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.head import Head, Kind
from undertow.sources.json_documents import element_spans
from undertow.sources.json_fields import (
    TOO_DEEP,
    BrokenRecordError,
    JsonObject,
    id_at,
    iso_at,
    object_at,
    objects_at,
    text_at,
)
from undertow.sources.json_heads import marks, objects
from undertow.sources.jsonl_records import JsonRecord, JsonValue, json_records
from undertow.sources.record_rows import RecordRows
from undertow.sources.row_types import LabelRow, PostRow, Row
from undertow.sources.x_api_v2_notices import compliance_rows, error_rows
from undertow.sources.x_api_v2_rows import Context, account_rows, post_rows

_MARKS = ("author_id", "public_metrics", "conversation_id", "__twarc", "includes", "edit_history_tweet_ids")


class XApiV2:
    """Reads the layouts described in this module's documentation."""

    format = "x-api-v2"
    description = (
        "X (Twitter) API v2, JSON or JSON Lines, as written by twarc: pages, streams, flattened, compliance"
    )
    kinds: frozenset[Kind] = frozenset({"json"})
    columns = ("id", "text", "author_id")

    def recognise(self, head: Head) -> float:
        """By the keys of the first values, or of the first part of a page too large to be looked at whole."""
        scores = [_score(value) for value in objects(head)]
        if scores:
            return max(scores)
        found = marks(head, _MARKS)
        return 0.9 if "author_id" in found and len(found) >= 2 else 0.6 if len(found) >= 2 else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read one file; :class:`undertow.errors.InputError` when it holds no post, account, error or notice."""
        empty = 0
        with RecordRows(source, staging, self.format, options.read_at) as rows:
            for record in json_records(source, options):
                if record.broken is not None:
                    rows.refuse(record.broken, record.raw, offset=record.offset, line=record.line)
                    continue
                try:
                    page = _Page.of(record.value, source.shown)
                except BrokenRecordError as error:
                    rows.refuse(str(error), record.raw, offset=record.offset, line=record.line)
                    continue
                empty += not page.stage(record, rows)
            notes = (f"{empty} pages said that nothing was found",) if empty else ()
            return rows.finish(expected="posts or accounts of the X API v2", notes=notes)


def _score(value: JsonObject) -> float:
    keys = value.keys()
    if "__twarc" in keys or (("data" in keys or "errors" in keys) and ("includes" in keys or "meta" in keys)):
        return 1.0
    data = value.get("data")
    inner = data[0] if isinstance(data, list) and data else data
    if isinstance(inner, dict):
        return _score(inner)
    if {"id", "author_id", "text"} <= keys or {"id", "edit_history_tweet_ids"} <= keys:
        return 0.95
    if {"id", "username", "name"} <= keys:
        return 0.8
    return 0.8 if {"id", "action", "created_at"} <= keys and "text" not in keys else 0.0


@dataclass
class _Unit:
    """One record of a page: an element of ``data`` or ``errors``, and what came of it."""

    value: JsonValue
    key: bytes  # the page's key that it stands under; empty: it is the whole line
    index: int
    rows: list[Row] = field(default_factory=list)
    brought: list[Row] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class _Page:
    """One JSON value: its records and the objects that it includes."""

    units: list[_Unit]
    context: Context
    shown: str
    secondary: list[tuple[str, JsonObject]]
    """(key in ``includes``, the object)."""

    @classmethod
    def of(cls, value: JsonValue, shown: str) -> _Page:
        if not isinstance(value, dict):
            raise BrokenRecordError(f"{_kind(value)} where an object was expected")
        twarc = object_at(value, "__twarc")
        context = Context(observed_at=iso_at(twarc, "retrieved_at") if twarc else None)
        secondary: list[tuple[str, JsonObject]] = []
        if "data" not in value and "errors" not in value and "includes" not in value:
            if not value.keys() - {"meta", "__twarc"}:
                return cls([], context, shown, [])
            _unflatten(value, context, secondary)
            return cls([_Unit(value, b"", 0)], context, shown, secondary)
        units = [*_units(value, b"data"), *_units(value, b"errors")]
        includes = object_at(value, "includes") or {}
        for key in ("users", "tweets", "media"):
            for thing in objects_at(includes, key):
                secondary.append((key, thing))
                with suppress(BrokenRecordError):  # it is reported when its rows are made
                    context.add(key, thing)
        for unit in units:
            if unit.key == b"data" and isinstance(unit.value, dict):
                try:
                    _unflatten(unit.value, context, secondary)
                    context.add("users" if "username" in unit.value else "tweets", unit.value)
                except BrokenRecordError as error:
                    unit.reason = str(error)
        return cls(units, context, shown, secondary)

    def stage(self, record: JsonRecord, rows: RecordRows) -> bool:
        """Stage or refuse everything; False when there was nothing."""
        for unit in self.units:
            try:
                unit.rows = [] if unit.reason else self._rows(unit)
                rows.check(unit.rows)
            except BrokenRecordError as error:
                unit.reason = str(error)
        broken = self._bring(rows)
        spans = {
            key: element_spans(record.raw, key) for key in {unit.key for unit in self.units if unit.reason} if key
        }
        for unit in self.units:
            if unit.reason is None:
                rows.keep(unit.rows, unit.brought)
                continue
            here = spans.get(unit.key, [])
            if unit.index < len(here):
                span = here[unit.index]
                offset = None if record.offset is None else record.offset + span.offset
                rows.refuse(unit.reason, span.raw, offset=offset, line=record.line + span.line - 1)
            else:
                rows.refuse(unit.reason, record.raw, offset=record.offset, line=record.line)
        for reason, raw in broken:
            rows.refuse(reason, raw, offset=record.offset, line=record.line)
        return bool(self.units or broken)

    def _rows(self, unit: _Unit) -> list[Row]:
        value = unit.value
        if not isinstance(value, dict):
            raise BrokenRecordError(f"{_kind(value)} where a post or an account was expected")
        if unit.key == b"errors":
            return error_rows(value, self.context)
        if "author_id" in value or "text" in value:
            return post_rows(value, self.context)
        if "username" in value:
            return account_rows(value, self.context.observed_at)
        if "action" in value and not unit.key:
            return compliance_rows(value, self.shown)
        raise BrokenRecordError(_other_kind(value))

    def _bring(self, rows: RecordRows) -> list[tuple[str, bytes]]:
        """Give included objects' rows to the records that brought them: (reason, bytes) of those that broke."""
        data = {
            id_at(unit.value, "id"): unit.value for unit in self.units if isinstance(unit.value, dict) and unit.rows
        }
        broken: list[tuple[str, bytes]] = []
        brought: list[tuple[list[Row], JsonObject]] = []
        for key, thing in self.secondary:
            try:
                if key == "media":
                    text_at(thing, "media_key")
                    continue
                if key == "users":
                    made: list[Row] = account_rows(thing, self.context.observed_at)
                elif data.get(id_at(thing, "id")) != thing:
                    made = post_rows(thing, self.context)
                else:
                    continue
                rows.check(made)
                brought.append((made, thing))
            except BrokenRecordError as error:
                broken.append((f"includes.{key}: {error}", _written(thing)))
            except RecursionError:
                broken.append((f"includes.{key}: {TOO_DEEP}", _written(thing)))
        kept = [unit for unit in self.units if unit.reason is None]
        if not kept:
            broken += [
                ("included by a page whose own records cannot be read", _written(thing)) for _, thing in brought
            ]
            return broken
        owners = _owners(kept, [own for own, _ in brought])
        for own, _ in brought:
            owners.get(_identity(own), kept[0]).brought.extend(own)
        return broken


def _units(page: JsonObject, key: bytes) -> Iterator[_Unit]:
    value = page.get(key.decode())
    if isinstance(value, list):
        yield from (_Unit(element, key, index) for index, element in enumerate(value))
    elif value is not None:
        yield _Unit(value, key, 0)


def _identity(rows: list[Row]) -> tuple[str, str]:
    row = rows[0]
    return ("post", row.post_id) if isinstance(row, PostRow) else ("account", getattr(row, "account_id", ""))


def _owners(units: list[_Unit], brought: list[list[Row]]) -> dict[tuple[str, str], _Unit]:
    """Which record refers first to each post or account: directly, or through the posts that it brought."""
    posts = {row.post_id: row for rows in brought for row in rows if isinstance(row, PostRow)}
    owners: dict[tuple[str, str], _Unit] = {}
    for unit in units:
        waiting = [row for row in unit.rows if not isinstance(row, LabelRow)]
        while waiting:
            row = waiting.pop()
            if not isinstance(row, PostRow):
                continue
            for post_id in (row.reposted_post_id, row.replied_post_id, row.quoted_post_id, row.edit_root_id):
                if post_id is not None and ("post", post_id) not in owners:
                    owners["post", post_id] = unit
                    if post_id in posts:
                        waiting.append(posts[post_id])
            accounts = (row.account_id, row.reposted_account_id, row.replied_account_id, *row.mentioned_ids)
            for account_id in accounts:
                if account_id is not None:
                    owners.setdefault(("account", account_id), unit)
    return owners


def _unflatten(post: JsonObject, context: Context, secondary: list[tuple[str, JsonObject]]) -> None:
    """Know the objects that twarc's ``flatten`` put inside a post: accounts, media, the posts referred to."""
    accounts = [account for key in ("author", "in_reply_to_user") if (account := object_at(post, key))]
    accounts += [m for m in objects_at(object_at(post, "entities"), "mentions") if "id" in m and "name" in m]
    for account in accounts:
        context.add("users", account)
        secondary.append(("users", account))
    for medium in objects_at(object_at(post, "attachments"), "media"):
        context.add("media", medium)
    for referenced in objects_at(post, "referenced_tweets"):
        if "author_id" in referenced:
            context.add("tweets", referenced)
            secondary.append(("tweets", referenced))
            _unflatten(referenced, context, secondary)


def _written(thing: JsonObject) -> bytes:
    """The object as JSON; of one that is nested too deeply for that, its keys."""
    try:
        return orjson.dumps(thing)
    except orjson.JSONEncodeError:
        return orjson.dumps(dict.fromkeys(thing))


def _kind(value: JsonValue) -> str:
    names = {
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _other_kind(value: JsonObject) -> str:
    if "tweet_count" in value and "start" in value:
        return "a count of posts in a period, not a post or an account"
    if "member_count" in value or "owner_id" in value:
        return "a list of accounts, not a post or an account"
    keys = ", ".join(list(value)[:8])
    return f"neither a post nor an account: its keys are {keys}" if keys else "an empty object"


READER = XApiV2()
