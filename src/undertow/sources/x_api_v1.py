"""Twitter API v1.1 as JSON Lines or JSON: streams with their notices, time lines, search results.

What a *record* is: a line, an element of a JSON array, or, in a search result (an object with ``statuses``), an
element of ``statuses``. The reposted and quoted posts inside a post, and all authors, are rows of the same record.

A post gives a row to ``posts``, an account to ``accounts``, a notice of deletion or withholding a label. Limit
notices, warnings and errors name no post or account and go to quarantine with what they say. The text is the whole
one (``extended_tweet``, ``full_text``) where it is there. In streams (posts with ``timestamp_ms``) a post, and what
is inside it, was observed when it was posted; elsewhere the time of observation is not known.
"""

from __future__ import annotations

from pathlib import Path

from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.head import Head, Kind
from undertow.sources.json_fields import TOO_DEEP, BrokenRecordError, JsonObject, object_at
from undertow.sources.json_heads import marks, objects
from undertow.sources.jsonl_records import JsonRecord, JsonValue, element_records, json_records
from undertow.sources.record_rows import RecordRows
from undertow.sources.row_types import Row
from undertow.sources.x_api_v1_rows import account_rows, milliseconds_at, notice_rows, post_and_nested, post_rows

_MARKS = (
    "screen_name",
    "statuses_count",
    "in_reply_to_status_id",
    "favorite_count",
    "retweeted_status",
    "statuses",
)
_NOTICES = frozenset({"delete", "limit", "scrub_geo", "status_withheld", "user_withheld", "warning", "disconnect"})


class XApiV1:
    """Reads the layouts described in this module's documentation."""

    format = "x-api-v1"
    description = "Twitter API v1.1, JSON or JSON Lines: streams with notices, time lines, search results"
    kinds: frozenset[Kind] = frozenset({"json"})
    columns = ("id", "text", "user", "created_at")

    def recognise(self, head: Head) -> float:
        """By the keys of the first values, or of the first part of a file too large to be looked at whole."""
        scores = [_score(value) for value in objects(head)]
        if scores:
            return max(scores)
        found = marks(head, _MARKS)
        return 0.9 if "screen_name" in found and len(found) >= 2 else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read one file; :class:`undertow.errors.InputError` when it holds no post, account or notice of one."""
        with RecordRows(source, staging, self.format, options.read_at) as rows:
            for record in json_records(source, options):
                if record.broken is not None:
                    rows.refuse(record.broken, record.raw, offset=record.offset, line=record.line)
                elif isinstance(record.value, dict) and isinstance(record.value.get("statuses"), list):
                    for status in element_records(record, b"statuses"):
                        _record(status.value, rows, status)
                else:
                    _record(record.value, rows, record)
            return rows.finish(expected="posts or accounts of the Twitter API v1.1")


def _score(value: JsonObject) -> float:
    keys = value.keys()
    author = value.get("user")
    if isinstance(author, dict) and keys & {"text", "full_text"}:
        return 1.0 if author.keys() & {"screen_name", "id_str"} else 0.6
    if "statuses" in keys and "search_metadata" in keys:
        return 1.0
    if {"screen_name", "id"} <= keys:
        return 0.8
    return 0.7 if len(keys) == 1 and keys & _NOTICES else 0.0


def _record(value: JsonValue, rows: RecordRows, place: JsonRecord) -> None:
    try:
        own, brought = _rows(value)
        rows.check(own, brought)
    except BrokenRecordError as error:
        rows.refuse(str(error), place.raw, offset=place.offset, line=place.line)
    except RecursionError:
        rows.refuse(TOO_DEEP, place.raw, offset=place.offset, line=place.line)
    else:
        rows.keep(own, brought)


def _rows(value: JsonValue) -> tuple[list[Row], list[Row]]:
    """(the record's own rows, those of the posts and accounts that it brought along)."""
    if not isinstance(value, dict):
        raise BrokenRecordError("not an object: a post, an account or a notice was expected")
    if "user" not in value and "screen_name" in value:
        own = account_rows(value, None)
        nested = object_at(value, "status")  # the account's newest post, without its author
        return own, post_rows({**nested, "user": value}, None) if nested else []
    if "text" not in value and "full_text" not in value:
        return notice_rows(value), []
    observed_at = milliseconds_at(value, "timestamp_ms")
    posts = post_and_nested(value)
    own = post_rows(posts[0], observed_at)
    brought = [row for post in posts[1:] for row in post_rows(post, observed_at)]
    for post in posts:
        if author := object_at(post, "user"):
            brought += account_rows(author, observed_at)
    return own, brought


READER = XApiV1()
