"""JSON Lines and JSON files as a stream of records, each with its place in the file and its bytes.

Every reader of JSON formats reads through :func:`json_records`. Memory is bounded by the largest record.
"""

from __future__ import annotations

import codecs
import io
import json
import lzma
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple, cast

import orjson

from undertow.errors import InputError
from undertow.sources.base import ReadOptions, SourceFile
from undertow.sources.byte_streams import decompressed, transcoded
from undertow.sources.head import broken_stream, compression_of
from undertow.sources.json_documents import EndlessRecordError, Span, document_spans, element_spans

LONGEST_RECORD = 1 << 28
"""The longest record in bytes (256 MB; the largest pages of real collections are a few MB). A longer one means a
record that never ends, and the file is refused: a loud limit, because memory is bounded by the longest record."""

_MODE_WINDOW = 1 << 20
_PROGRESS_EVERY = 1 << 22
_UTF8_NAMES = frozenset({"utf-8", "utf8", "utf_8", "u8", "utf-8-sig", "utf_8_sig"})
_BROKEN_STREAM = (EOFError, zlib.error, lzma.LZMAError, OSError)

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


class JsonRecord(NamedTuple):
    """One record of a JSON file.

    ``number`` counts from 1; ``offset`` is of the record's first byte after decompression (None where the file
    was converted from another encoding); ``line`` is the physical line it begins on, from 1; ``raw`` its bytes
    (without the line end); ``value`` what it says, or None when ``broken`` gives the reason why it cannot be read.
    """

    number: int
    offset: int | None
    line: int
    raw: bytes
    value: JsonValue
    broken: str | None


def parse_json(raw: bytes) -> tuple[JsonValue, str | None]:
    """(value, None), or (None, reason) when ``raw`` is not one JSON value of Unicode text.

    NaN, which Python programs write for a missing number, is read as null; infinity is refused. Of two equal keys
    in one object the last counts (RFC 8259 leaves it open; so does every common reader). Integers beyond 64 bits
    come back as floats, which no reader takes for an id.

    >>> parse_json(b'{"a": NaN, "b": 1}')
    ({'a': None, 'b': 1}, None)
    >>> parse_json(b'{"a": ')[0] is None
    True
    """
    try:
        return cast("JsonValue", orjson.loads(raw)), None
    except orjson.JSONDecodeError as error:
        if b"NaN" in raw:
            value = _with_nan(raw)
            if value is not None:
                return value, None
        return None, _reason(raw, error)


def _with_nan(raw: bytes) -> JsonValue:
    """What ``raw`` says when NaN stands for null; None when it is broken in another way too."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_constant)
        orjson.dumps(value)  # refuses lone surrogates and integers beyond 64 bits
    except (ValueError, RecursionError, TypeError):
        return None
    return cast("JsonValue", value)


def _constant(name: str) -> None:
    if name != "NaN":
        raise ValueError(name)


def _reason(raw: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as broken:
        return f"not UTF-8 text: byte 0x{raw[broken.start]:02x} at position {broken.start + 1}"
    if not raw.strip(b"\x00 \t\r\n"):
        return "nothing but NUL bytes: a file cut off by a crash or a full disk"
    return f"not JSON: {error.msg} at character {error.pos + 1}"


def json_records(source: SourceFile, options: ReadOptions | None = None) -> Iterator[JsonRecord]:
    """The records of a ``.jsonl`` or ``.json`` file, compressed (gzip, bzip2, xz) or not, in their order.

    A record is, in JSON Lines, a line that is not blank; in a JSON array, an element; in a file of one or more
    objects (pretty-printed, or one after another), an object. Which it is, is told by content: a file that begins
    with ``[`` is read as arrays; one that begins otherwise, and of which a line within the first megabyte is an
    object in itself, as lines; else as objects. A broken record comes with the reason in ``broken``, and the
    records after it are read. In arrays the element that never ends is the last: there the file was cut.

    Raises :class:`undertow.errors.InputError` when the file as a whole cannot be read: empty, a compressed stream
    that is cut or damaged, not UTF-8 (see ``--encoding``), or with a record above :data:`LONGEST_RECORD` bytes.
    """
    options = options or ReadOptions()
    compression = compression_of(source.path)
    with source.path.open("rb") as disk:
        stream, moved = decompressed(disk, compression), False
        if options.encoding is not None and options.encoding.lower() not in _UTF8_NAMES:
            stream, moved = transcoded(stream, options.encoding, source.shown), True
        tell = _Progress(disk, source.size, options)
        try:
            yield from _records(stream, source.shown, tell, moved=moved)
        except _BROKEN_STREAM as error:
            if not compression and isinstance(error, OSError):
                raise
            raise broken_stream(source.shown, compression, error) from error
        options.progress(source.size, source.size)


def element_records(record: JsonRecord, key: bytes) -> Iterator[JsonRecord]:
    """The elements of the list under ``key`` of the object ``record``, each with its own place and bytes."""
    elements = record.value[key.decode()] if isinstance(record.value, dict) else None
    spans = element_spans(record.raw, key)
    for value, span in zip(elements if isinstance(elements, list) else [], spans, strict=True):
        offset = None if record.offset is None else record.offset + span.offset
        yield record._replace(raw=span.raw, offset=offset, line=record.line + span.line - 1, value=value)


class _Progress:
    """Reports how much of the file on disk has been read, every few megabytes of content."""

    def __init__(self, disk: IO[bytes], total: int, options: ReadOptions) -> None:
        self._disk = disk
        self._total = total
        self._report = options.progress
        self._next = _PROGRESS_EVERY

    def at(self, offset: int) -> None:
        if offset >= self._next:
            self._next = offset + _PROGRESS_EVERY
            self._report(min(self._disk.tell(), self._total), self._total)


def _records(stream: io.BufferedReader, shown: str, progress: _Progress, *, moved: bool) -> Iterator[JsonRecord]:
    encoding = _EncodingCheck(shown)
    number = 0
    for span in _spans(stream, shown):
        value, broken = (None, span.problem) if span.problem else parse_json(span.raw)
        number += 1
        encoding.see(span.raw, broken)
        progress.at(span.offset)
        yield JsonRecord(number, None if moved else span.offset, span.line, span.raw, value, broken)
    if number == 0:
        raise InputError("the file holds no record", where=shown, todo="Get the file again.")
    encoding.finish(number)


class _EncodingCheck:
    """Tells a file in another encoding from a file with some damaged bytes.

    It is in another encoding when no record with bytes beyond ASCII is UTF-8, and such records are at least a
    tenth of the file.
    """

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._good = 0
        self._bad = 0

    def see(self, raw: bytes, broken: str | None) -> None:
        if broken is None:
            if not self._good and not raw.isascii():
                self._good = 1
        elif broken.startswith("not UTF-8"):
            self._bad += 1

    def finish(self, records: int) -> None:
        if self._bad and not self._good and self._bad * 10 >= records:
            raise InputError(
                f"the file is not in UTF-8 ({self._bad} of {records} records cannot be decoded)",
                where=self._shown,
                todo="Give its encoding (--encoding latin-1, cp1252, cp1251, ...), or save it as UTF-8.",
            )


def _spans(stream: io.BufferedReader, shown: str) -> Iterator[Span]:
    skipped = 0
    if stream.peek(3)[:3] == codecs.BOM_UTF8:
        stream.read(3)
        skipped = 3
    try:
        head = _head(stream)
        start = head.lstrip()[:1]
        if start in (b"{", b"[") and _object_lines(head) < (1 if start == b"{" else 2):
            for span in document_spans(head, stream.read, LONGEST_RECORD):
                yield span._replace(offset=span.offset + skipped)
        else:
            yield from _lines(head, stream, skipped)
    except EndlessRecordError as error:
        raise InputError(
            f"the record on line {error.line} is longer than {LONGEST_RECORD >> 20} MB",
            where=shown,
            todo="Check that the file has one record a line, and that its brackets and quotes are closed.",
        ) from error


def _head(stream: io.BufferedReader) -> bytes:
    """The first megabyte, and on to the end of the second line (of an array the first megabyte only)."""
    head = stream.read(_MODE_WINDOW)
    while len(head) >= _MODE_WINDOW and head.count(b"\n") < 2 and head.lstrip()[:1] != b"[":
        line = stream.readline(LONGEST_RECORD)
        head += line
        if len(line) == LONGEST_RECORD or len(head) > 2 * LONGEST_RECORD:
            raise EndlessRecordError(head.count(b"\n") + 1)
        if not line:
            break
    return head


def _object_lines(head: bytes) -> int:
    """How many lines are an object in themselves, with content, from the first column on (2 means: two or more).

    One is JSON Lines, unless the file begins like an array, whose last element may stand on a line of its own.
    """
    found = 0
    for line in io.BytesIO(head):
        if line[:1] == b"{" and parse_json(line)[0]:
            found += 1
            if found == 2:
                break
    return found


def _lines(head: bytes, stream: io.BufferedReader, offset: int) -> Iterator[Span]:
    number, begun = 0, b""
    for part in (io.BytesIO(head), stream):
        while line := part.readline(LONGEST_RECORD + 1):
            if part is not stream and not line.endswith(b"\n"):
                begun = line  # the head ends inside a line
                break
            line, begun = begun + line, b""
            number += 1
            if len(line) > LONGEST_RECORD:
                raise EndlessRecordError(number)
            raw = line.rstrip(b"\r\n")
            if raw.strip(b" \t\r\x0b\x0c"):
                yield Span(offset, number, raw)
            offset += len(line)
    if begun.strip(b" \t\r\x0b\x0c"):
        yield Span(offset, number + 1, begun.rstrip(b"\r"))
