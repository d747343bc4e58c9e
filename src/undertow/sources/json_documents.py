"""Where the records of a JSON document are: the elements of arrays, or objects one after another, as a stream.

The scan looks only at strings and brackets, so that one element that is not JSON does not cost its neighbours, and
no more than one element is held in memory. What a record says is parsed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_CHUNK = 1 << 20
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SPACE = re.compile(rb"[ \t\r\n]*+")
_INSIDE = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+", re.DOTALL)
_BETWEEN = re.compile(rb'(?:[^"{}\[\],]++|' + _STRING + rb")*+", re.DOTALL)
_JUNK = re.compile(rb"[^{\[]*+")

CUT_OFF = "the file ends inside this record: it was cut off"
ARRAY_CUT_OFF = "the file ends before its array does: it was cut off"
NOTHING = "nothing where a record should be (a comma too many)"


class EndlessRecordError(Exception):
    """A record longer than the limit, on ``line``."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Span(NamedTuple):
    """Where one record is: its first byte, physical line (from 1), bytes, and ``problem``, why it is none."""

    offset: int
    line: int
    raw: bytes
    problem: str | None = None


def document_spans(head: bytes, read: Callable[[int], bytes], longest: int) -> Iterator[Span]:
    r"""The records of the document that begins with ``head`` and goes on with what ``read`` gives.

    An array's elements are records, and so is a top-level object; several arrays or objects may follow one
    another. Bytes that belong to no value are a record of their own, with or without a ``problem``, which will not
    parse. Raises :class:`EndlessRecordError` for a record of more than ``longest`` bytes.

    >>> [span.raw for span in document_spans(b'[{"a": "]"}, 2] {"b": 3}', lambda size: b"", 1000)]
    [b'{"a": "]"}', b'2', b'{"b": 3}']
    """
    return _Scanner(head, read, longest).spans()


class _Scanner:
    def __init__(self, head: bytes, read: Callable[[int], bytes], longest: int) -> None:
        self._data = head
        self._read = read
        self._longest = longest
        self._base = 0  # offset of _data[0] in the file
        self._pos = 0
        self._line = 1  # the physical line at _counted
        self._counted = 0

    def spans(self) -> Iterator[Span]:
        while self._skip_space():
            yield from self.first()

    def first(self) -> Iterator[Span]:
        """The records of the value that begins here."""
        if self._data[self._pos] == ord("["):
            self._pos += 1
            yield from self._elements()
        elif self._data[self._pos] == ord("{"):
            start, ended = self._value(_INSIDE, b"")
            yield self._span(start, None if ended else CUT_OFF)
        else:
            yield self._span(self._to_next_value(), None)

    def _elements(self) -> Iterator[Span]:
        after_comma = False
        while self._skip_space():
            byte = self._data[self._pos]
            if byte == ord("]"):
                if after_comma:
                    yield Span(self._base + self._pos, self._line_of(self._pos), b"", NOTHING)
                self._pos += 1
                return
            if byte == ord(","):
                yield Span(self._base + self._pos, self._line_of(self._pos), b"", NOTHING)
                self._pos += 1
                after_comma = True
                continue
            start, ended = self._value(_BETWEEN, b",]")
            yield self._span(start, None if ended else CUT_OFF)
            if not ended:
                return
            after_comma = self._data[self._pos] == ord(",")
            self._pos += after_comma
        yield Span(self._base + self._pos, self._line_of(self._pos), b"", ARRAY_CUT_OFF)

    def _value(self, outside: re.Pattern[bytes], ends: bytes) -> tuple[int, bool]:
        """Move past the value that begins here: (its start, whether it ended before the file did).

        With ``ends`` it goes on to one of those bytes outside all brackets, else to its own closing bracket.
        """
        start, depth = self._pos, 0
        while True:
            match = (_INSIDE if depth else outside).match(self._data, self._pos)
            self._pos = match.end() if match else self._pos
            byte = self._data[self._pos : self._pos + 1]
            if byte in (b"", b'"'):  # the end of what was read, or a string that goes on beyond it
                grown = self._more(start)
                start = 0 if grown else start
                if not grown:
                    self._pos = len(self._data)
                    return start, False
                continue
            if not depth and byte in ends:
                return start, True
            self._pos += 1
            if byte in b"{[":
                depth += 1
            elif depth:
                depth -= 1
                if not depth and not ends:
                    return start, True

    def _to_next_value(self) -> int:
        start = self._pos
        while True:
            match = _JUNK.match(self._data, self._pos)
            self._pos = match.end() if match else self._pos
            if self._pos < len(self._data) or not self._more(start):
                return start
            start = 0

    def _skip_space(self) -> bool:
        """Move to the next byte that is not white space; False at the end of the file."""
        while True:
            match = _SPACE.match(self._data, self._pos)
            self._pos = match.end() if match else self._pos
            if self._pos < len(self._data):
                return True
            if not self._more(self._pos):
                return False

    def _more(self, start: int) -> bool:
        """Read on, keeping what begins at ``start`` (which becomes 0); False at the end of the file."""
        held = len(self._data) - start
        if held > self._longest:
            raise EndlessRecordError(self._line_of(start))
        chunk = self._read(max(_CHUNK, held))  # at least doubling, so that a long string is not scanned often
        if not chunk:
            return False
        self._line_of(start)
        self._data = self._data[start:] + chunk
        self._base += start
        self._pos -= start
        self._counted = 0
        return True

    def _span(self, start: int, problem: str | None) -> Span:
        raw = self._data[start : self._pos].rstrip(b" \t\r\n")
        if len(raw) > self._longest:
            raise EndlessRecordError(self._line_of(start))
        return Span(self._base + start, self._line_of(start), raw, problem)

    def _line_of(self, position: int) -> int:
        """The physical line of ``position``, which only ever moves on."""
        self._line += self._data.count(b"\n", self._counted, position)
        self._counted = position
        return self._line


_TOKEN = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
_MEMBER = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+")


def element_spans(raw: bytes, key: bytes) -> list[Span]:
    """Where the elements of the array under ``key`` of the JSON object ``raw`` are, relative to its first byte.

    For an object under ``key`` that is the one element; empty when there is no such key. Lines count from 1.

    >>> [span.raw for span in element_spans(b'{"data": [{"id": 1}, 2], "n": {"data": 3}}', b"data")]
    [b'{"id": 1}', b'2']
    """
    depth, start = 0, None
    for token in _TOKEN.finditer(raw):
        first = token[0][:1]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
        elif depth == 1 and token[0][1:-1] == key and (after := _MEMBER.match(raw, token.end())):
            start = after.end()  # of equal keys the last counts
    if start is None:
        return []
    elements = _Scanner(raw[start:], lambda _size: b"", len(raw)).first()
    lines = raw.count(b"\n", 0, start)
    return [span._replace(offset=span.offset + start, line=span.line + lines) for span in elements]
