"""Python's own CSV parser over a file, with each record's place: the fallback and the oracle.

Slow (about 20 microseconds a record) and exact: records are what ``csv.reader(strict=True)`` makes of the
physical lines (ended by LF, CRLF or CR), and each carries the byte offset and physical line that it begins at.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from undertow.sources.base import Quarantine

MOST_BYTES = 16 << 20
"""A field or physical line longer than this is not read: its record goes to quarantine."""

NOT_UTF8 = "bytes that are not UTF-8"
TOO_LONG = f"a line or field longer than {MOST_BYTES >> 20} MB"
MOST_RAW = 1 << 20
"""Quarantine keeps the first so many bytes of a record, and says so."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Record:
    """One record: its number (from 1; the header is 0), place (null in binary formats), bytes, and its fields or
    why it has none."""

    number: int
    offset: int | None
    line: int | None
    raw: bytes
    fields: tuple[str, ...]
    reasons: tuple[str, ...] = ()


def put_away(quarantine: Quarantine, shown: str, record: Record, reasons: tuple[str, ...]) -> None:
    """Put a record into quarantine with its place and bytes (of a very long one, the first megabyte)."""
    if len(record.raw) > MOST_RAW:
        reasons = (*reasons, f"{len(record.raw)} bytes, of which the first {MOST_RAW} are kept here")
    quarantine.put(
        file=shown,
        record=record.number,
        byte_offset=record.offset,
        line=record.line,
        reasons=reasons,
        raw=record.raw[:MOST_RAW],
    )


class _Lines:
    """The physical lines of a file as text; remembers the bytes handed out since the last :meth:`take`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._pending: list[bytes] = []
        self._taken: list[bytes] = []
        self._problems: set[str] = set()
        self._first = True

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._pending.pop() if self._pending else self._read()
        self._taken.append(line)
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self._problems.add(NOT_UTF8)
            return line.decode("utf-8", "surrogateescape")

    def _read(self) -> bytes:
        line = self._file.readline(MOST_BYTES)
        if not line:
            raise StopIteration
        if len(line) == MOST_BYTES and line[-1:] != b"\n":
            # The rest of the line belongs to it: it is passed over, not taken for further records.
            self._problems.add(TOO_LONG)
            self._taken.append(line)
            while (line := self._file.readline(MOST_BYTES)) and line[-1:] != b"\n":
                self._taken.append(line)
            return line
        if b"\r" in line:
            first, *rest = line.splitlines(keepends=True)
            self._pending = rest[::-1]
            return first
        return line

    def take(self) -> tuple[bytes, int, tuple[str, ...]]:
        """The bytes handed out since the last call, the number of lines in them, and what was wrong there."""
        raw, problems = b"".join(self._taken), tuple(sorted(self._problems))
        lines = len(self._taken) if TOO_LONG not in problems else len(raw.splitlines())
        self._taken, self._problems = [], set()
        return raw, lines, problems


def scan(path: Path, *, delimiter: str, escape: str = '"', width: int | None = None) -> Iterator[Record]:
    """Every record of the CSV at ``path`` but the header and blank lines, in order.

    ``escape`` is ``"`` (quotes are doubled) or a backslash; ``width`` the number of fields of a good record
    (None: the header's).
    """
    with path.open("rb") as file, _long_fields():
        lines = _Lines(file)
        reader = csv.reader(
            lines,
            delimiter=delimiter,
            doublequote=escape == '"',
            escapechar=None if escape == '"' else escape,
            strict=True,
        )
        number, offset, line = -1, 0, 1
        while True:
            fields: list[str] = []
            reasons: tuple[str, ...] = ()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reasons = (_plain(str(error)),)
            raw, count, problems = lines.take()
            reasons += problems
            at, offset = offset, offset + len(raw)
            started, line = line, line + count
            if not fields and not reasons:
                continue
            number += 1
            if width is None and number == 0:
                width = len(fields)
            if not reasons and len(fields) != width:
                reasons = (f"{len(fields)} fields where the header has {width}",)
            if number > 0:
                yield Record(number, at, started, raw, () if reasons else tuple(fields), reasons)


def _plain(message: str) -> str:
    """What Python's parser says, in words that name the problem."""
    if "expected after" in message:
        return "text after a closing quote"
    if "unexpected end of data" in message:
        return "a quote that is never closed"
    if "field larger than" in message:
        return TOO_LONG
    return message


@contextmanager
def _long_fields() -> Iterator[None]:
    """Python's limit on the length of a field is one for the whole process: raised here, and put back."""
    before = csv.field_size_limit(MOST_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)
