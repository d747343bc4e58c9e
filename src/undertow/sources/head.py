"""What the beginning of a file says: its kind, encoding, delimiter, columns, first JSON values."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, cast

from undertow.errors import InputError, of_system

Kind = Literal["csv", "json", "parquet"]

SAMPLE_BYTES = 1 << 18
"""How much of a file (after decompression) is looked at."""

_JSON_VALUES = 50
_BROKEN_LINES = 3
"""Fewer lines that are not UTF-8 are bad records in a good file, and go to quarantine."""

BROKEN_STREAM = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What the decompressors raise for a stream that is cut off or damaged."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"PK\x03\x04", "a zip archive inside a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"<", "an HTML or XML page"),
    (b"{\\rtf", "an RTF document"),
)
DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The beginning of one file.

    ``sample`` is text-decoded bytes for csv and json (at most :data:`SAMPLE_BYTES` bytes of it, after
    decompression, without a byte order mark), empty for Parquet. ``columns`` are the names in a CSV's first
    record, a Parquet file's column names, or the keys of the first JSON object. ``values`` are the first JSON
    values (for JSON Lines one a line; for one big JSON value that does not fit the sample: none).
    """

    path: Path
    shown: str
    size: int
    kind: Kind
    compression: Literal["", "gzip", "bz2", "xz"] = ""
    encoding: str = "utf-8"
    sample: str = ""
    complete: bool = True
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    values: tuple[object, ...] = field(default=())


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes after decompression (gzip, bzip2, xz by their magic numbers; else as they are)."""
    match compression_of(path):
        case "gzip":
            return cast("IO[bytes]", gzip.open(path, "rb"))
        case "bz2":
            return cast("IO[bytes]", bz2.open(path, "rb"))
        case "xz":
            return cast("IO[bytes]", lzma.open(path, "rb"))
        case _:
            return path.open("rb")


def compression_of(path: Path) -> Literal["", "gzip", "bz2", "xz"]:
    """How the file is compressed, by its first bytes."""
    with path.open("rb") as file:
        magic = file.read(6)
    if magic[:2] == b"\x1f\x8b":
        return "gzip"
    if magic[:3] == b"BZh":
        return "bz2"
    return "xz" if magic == b"\xfd7zXZ\x00" else ""


def look(path: Path, shown: str, *, encoding: str | None = None) -> Head:
    """The head of the file at ``path``; InputError when it is empty, cut off, or nothing that can be read."""
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty (0 bytes)", where=shown, todo="Get the file again.")
    compression = compression_of(path)
    try:
        with open_bytes(path) as file:
            raw = file.read(SAMPLE_BYTES)
            complete = len(raw) < SAMPLE_BYTES
    except BROKEN_STREAM as error:
        raise broken_stream(shown, compression, error) from error
    if not raw:
        raise InputError("the file is empty after decompression", where=shown, todo="Get the file again.")
    if raw[:4] == b"PAR1":
        if compression:
            raise InputError("Parquet inside a compressed file", where=shown, todo="Unpack it first.")
        return Head(path=path, shown=shown, size=size, kind="parquet", columns=_parquet_columns(path, shown))
    text, used = _decode(raw, shown, encoding, complete=complete)
    first = text.lstrip()[:1]
    if first in ("{", "["):
        values = _json_values(text, complete=complete)
        columns = next((tuple(map(str, value)) for value in values if isinstance(value, dict)), ())
        return Head(
            path=path, shown=shown, size=size, kind="json", compression=compression, encoding=used, sample=text,
            complete=complete, columns=columns, values=values,
        )  # fmt: skip
    if not first:
        raise InputError("the file holds nothing but white space", where=shown, todo="Get the file again.")
    delimiter, columns = header(text)
    return Head(
        path=path, shown=shown, size=size, kind="csv", compression=compression, encoding=used, sample=text,
        complete=complete, delimiter=delimiter, columns=columns,
    )  # fmt: skip


def broken_stream(shown: str, compression: str, error: Exception) -> InputError:
    """The error for a compressed file that ends too early or is damaged (or for the disk, when that is full)."""
    if isinstance(error, OSError) and error.errno:
        return of_system(error)
    return InputError(
        f"the {compression or 'file'} stream is cut off or damaged ({error})",
        where=shown,
        todo="Get the file again and compare its size or checksum with the source's.",
    )


def header(text: str) -> tuple[str, tuple[str, ...]]:
    """(delimiter, column names) of a CSV that begins with ``text``: the delimiter that gives the most columns."""
    best: tuple[str, tuple[str, ...]] = (",", ())
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(names) > len(best[1]):
            best = delimiter, tuple(names)
    return best


def _decode(raw: bytes, shown: str, encoding: str | None, *, complete: bool) -> tuple[str, str]:
    """The sample as text, and the encoding that it is in."""
    if encoding is not None:
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            return decoder.decode(raw, final=complete).removeprefix("\ufeff"), encoding
        except LookupError as error:
            raise InputError(
                f"there is no encoding {encoding!r}", where=shown, todo="Try latin-1 or utf-16."
            ) from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"the file is not in {encoding} ({error})", where=shown, todo="Give another --encoding."
            ) from error
    for magic, what in _FOREIGN:
        if raw.startswith(magic):
            raise InputError(
                f"this is {what}, not a data file",
                where=shown,
                todo="Give CSV, TSV, JSON, JSON Lines, Parquet or zip.",
            )
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or _has_utf16_zeros(raw):
        raise InputError(
            "the file is in UTF-16, and UTF-8 was expected",
            where=shown,
            todo="Give --encoding utf-16, or save the file as UTF-8.",
        )
    raw = raw.removeprefix(codecs.BOM_UTF8)
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(raw, final=complete)
    bad, good = _non_ascii(text)
    control = sum(raw.count(byte) for byte in (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06"))
    if control > 8 and control > len(raw) / 200:
        raise InputError(
            "this is binary data, not text", where=shown, todo="Give CSV, TSV, JSON, JSON Lines, Parquet or zip."
        )
    if bad > good and _broken_lines(text) >= _BROKEN_LINES:
        raise InputError(
            "the file is not in UTF-8 (most of its characters beyond ASCII cannot be decoded)",
            where=shown,
            todo="Give its encoding (--encoding latin-1, cp1252, cp1251, ...), or save it as UTF-8.",
        )
    return text, "utf-8"


def _non_ascii(text: str) -> tuple[int, int]:
    """(bytes that are not UTF-8, characters beyond ASCII that are)."""
    if text.isascii():
        return 0, 0
    bad = sum(1 for character in text if "\udc80" <= character <= "\udcff")
    return bad, sum(1 for character in text if character > "\x7f") - bad


def _broken_lines(text: str) -> int:
    return sum(1 for line in text.split("\n") if any("\udc80" <= character <= "\udcff" for character in line))


def _has_utf16_zeros(raw: bytes) -> bool:
    """Whether every other byte of the beginning is zero: UTF-16 of Latin text, without a byte order mark."""
    part = raw[:512]
    half = len(part) // 2
    return half > 4 and max(part[0::2].count(0), part[1::2].count(0)) > half * 0.8


def _json_values(text: str, *, complete: bool) -> tuple[object, ...]:
    """The first values: one a line where the first line is a value; else the beginning of one value."""
    lines = text.lstrip().split("\n")
    if not complete:
        lines = lines[:-1]
    values: list[object] = []
    for index, line in enumerate(lines[:_JSON_VALUES]):
        try:
            values.append(json.loads(line))
        except ValueError:
            if index == 0:
                break
    return tuple(values) or _one_json_value(text.lstrip())


def _one_json_value(text: str) -> tuple[object, ...]:
    """The one value that ``text`` begins with; of a list that is cut off, its first elements."""
    decoder = json.JSONDecoder()
    try:
        return (decoder.raw_decode(text)[0],)
    except ValueError:
        if not text.startswith("["):
            return ()
    elements: list[object] = []
    place = 1
    while len(elements) < _JSON_VALUES:
        while place < len(text) and text[place] in " \t\r\n,":
            place += 1
        try:
            value, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        elements.append(value)
    return (elements,) if elements else ()


def _parquet_columns(path: Path, shown: str) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"the Parquet file is cut off or damaged ({str(error).splitlines()[0]})",
            where=shown,
            todo="Get the file again.",
        ) from error
