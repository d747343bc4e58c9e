"""Every record of a CSV is staged or in quarantine, as Python's own parser tells them apart."""

from __future__ import annotations

import base64
import bz2
import csv
import gzip
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.csv_records import CsvRecords
from undertow.sources.csv_scan import scan
from undertow.sources.stage import Layout, Problem, stage

HEADER = ("a", "b", "c")
LAYOUT = Layout(
    format="test",
    main="posts",
    raw={"a": "c0", "b": "c1", "c": "c2"},
    working={},
    problems=(Problem("b = 'bad'", "b is bad"),),
    columns={
        "platform": "'test'",
        "post_id": "''",
        "account_id": "''",
        "kind": "'original'",
        "id_quality": "'derived'",
        "text": "a",
        "client": "b",
        "conversation_id": "c",
    },
)


@dataclass(frozen=True)
class Result:
    extraction: Extraction
    rows: dict[int, tuple[str | None, ...]]
    quarantine: dict[int, dict[str, object]]


def read(data: bytes, name: str = "x.csv", **options: str) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        staging = Path(folder) / "staging"
        staging.mkdir()
        source, opts = SourceFile.of(path), ReadOptions(**options)  # type: ignore[arg-type]
        extraction = stage(CsvRecords.open(source, staging, opts), LAYOUT, source, staging, opts)
        table = pq.read_table(extraction.staged["posts"])
        columns = ("text", "client", "conversation_id")
        numbers = table.column("source_row").to_pylist()
        assert numbers == sorted(numbers), "rows keep the order of the records"
        values = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
        entries = extraction.quarantine.read_text("utf-8").splitlines() if extraction.quarantine else []
        quarantine = {entry["record"]: entry for entry in map(json.loads, entries)}
        assert len(quarantine) == len(entries) == extraction.records_quarantined
        assert extraction.records_read == table.num_rows + extraction.records_quarantined
        return Result(extraction, dict(zip(numbers, values, strict=True)), quarantine)


def oracle(data: bytes) -> tuple[dict[int, tuple[str | None, ...]], set[int]]:
    """(good rows, numbers of bad records) by Python's csv module over text with untranslated line ends."""
    text = io.TextIOWrapper(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), "utf-8", "surrogateescape", newline="")
    reader = csv.reader(text, strict=True)
    number, good, bad = -1, {}, set()
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return good, bad
        except csv.Error:
            number += 1
            bad.add(number)
            continue
        if not fields:
            continue
        number += 1
        if number == 0:
            continue
        if (
            len(fields) != len(HEADER)
            or fields[1] == "bad"
            or any("\udc80" <= c <= "\udcff" for f in fields for c in f)
        ):
            bad.add(number)
        else:
            good[number] = tuple(field or None for field in fields)


def written(rows: list[list[str]], *, quote_all: bool, end: str) -> bytes:
    """By RFC 4180 (csv.writer leaves a line end alone that is not its own)."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote_all or set(text) & set(',"\r\n') else text

    return "".join(",".join(map(cell, row)) + end for row in [list(HEADER), *rows]).encode()


cells = st.text(alphabet=st.sampled_from([*'ab,"\n\r\t;\\ \x00', "é", "中", "😀", "\u200f"]), max_size=6)
tables = st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8)


@settings(max_examples=50, deadline=None)
@given(
    tables,
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from(["", "gz", "bz2"]),
)
def test_what_a_writer_wrote_is_read_back(
    rows: list[list[str]], quote_all: bool, end: str, bom: bool, packed: str
) -> None:
    data = (b"\xef\xbb\xbf" if bom else b"") + written(rows, quote_all=quote_all, end=end)
    pack = {"": bytes, "gz": gzip.compress, "bz2": bz2.compress}[packed]
    result = read(pack(data))
    assert result.rows == {i: tuple(cell or None for cell in row) for i, row in enumerate(rows, 1)}
    assert result.extraction.records_quarantined == 0


# No white space: DuckDB takes it off before an opening quote, Python does not (documented in csv_records).
broken = st.lists(
    st.sampled_from(
        [
            b"a",
            b",",
            b'"',
            b"\n",
            b"\r",
            b"\r\n",
            b"\xff",
            "é".encode(),
            b"\x00",
            b"1,2,3\n",
            b"bad",
            b'"x",',
            b'""',
        ]
    )
).map(b"".join)


@settings(max_examples=100, deadline=None)
@given(broken, st.sampled_from([b"\n", b"\r\n"]))
@example(b'1,"x"y,3\n4,5,6\n', b"\n")
@example(b"1,2,3\r\n4,5,6\n", b"\n")
@example(b'1,"xy,3\n4,5,6\n', b"\n")
@example(b"1,\xff,3\n4,5,6\n", b"\n")
def test_good_and_bad_records_are_told_apart_as_by_python(body: bytes, end: bytes) -> None:
    data = b"a,b,c" + end + body
    good, bad = oracle(data)
    if bad and not good:
        with pytest.raises(InputError, match=r"none of its|not in UTF-8"):
            read(data)
        return
    if sum(b"\xff" in line for line in data.split(b"\n")) >= 3 and data.count(b"\xff") > data.count("é".encode()):
        with pytest.raises(InputError, match=r"not in UTF-8"):
            read(data)
        return
    result = read(data)
    assert result.rows == good
    assert set(result.quarantine) == bad


@settings(max_examples=100, deadline=None)
@given(broken)
def test_places_and_bytes_of_records_are_the_files(body: bytes) -> None:
    data = b"a,b,c\n" + body
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        end = 0
        for record in scan(path, delimiter=",", width=3):
            assert data[record.offset : record.offset + len(record.raw)] == record.raw
            assert record.line == len(data[: record.offset].splitlines()) + 1
            assert record.offset >= end
            end = record.offset + len(record.raw)


def test_quarantine_says_where_and_keeps_the_bytes() -> None:
    first, bad, last = b'"multi\nline",2,3\n', b"4,\xff,6\n", b"7,8,9\n"
    head = b"\xef\xbb\xbfa,b,c\n"
    result = read(gzip.compress(head + first + bad + last))
    entry = result.quarantine[2]
    assert base64.b64decode(str(entry["raw"])) == bad
    assert entry["byte_offset"] == len(head + first)
    assert entry["line"] == 4
    assert entry["reasons"] == ["bytes that are not UTF-8"]
    assert result.rows == {1: ("multi\nline", "2", "3"), 3: ("7", "8", "9")}


def test_a_record_that_breaks_a_rule_of_the_layout_is_put_aside_with_its_bytes() -> None:
    result = read(b"a,b,c\n1,2,3\n4,bad,6\n7,8,9\n")
    assert base64.b64decode(str(result.quarantine[2]["raw"])) == b"4,bad,6\n"
    assert result.quarantine[2]["reasons"] == ["b is bad"]
    assert set(result.rows) == {1, 3}


def test_records_with_surplus_empty_fields_are_not_taken() -> None:
    """DuckDB alone passes them, and with them a record shifted by an unquoted comma."""
    result = read(b"a,b,c\n1,2,\n1,x,y,\n")
    assert set(result.rows) == {1}
    assert result.quarantine[2]["reasons"] == ["4 fields where the header has 3"]


def test_a_column_that_no_table_needs_is_checked_too() -> None:
    result = read(b"a,b,c,d\n1,2,3,4\n1,2,3,\xff\n")
    assert set(result.rows) == {1}
    assert set(result.quarantine) == {2}


def test_order_and_numbers_hold_beyond_one_buffer() -> None:
    """Enough for several of DuckDB's parallel scans, with line breaks inside fields everywhere."""
    rows = 120_000
    body = "".join(f'{i},"x\n{"y" * (i % 300)}\n",z\n' for i in range(1, rows + 1)).encode()
    result = read(b"a,b,c\n" + body)
    assert len(result.rows) == rows
    assert all(values[0] == str(number) for number, values in result.rows.items())


def test_line_ends_that_change_far_into_the_file_lose_nothing() -> None:
    rows = 30_000
    result = read(b"a,b,c\n" + b"1,2,3\n" * rows + b"1,2,3\r\n" * rows)
    assert result.extraction.records_read == len(result.rows) == 2 * rows


def test_backslash_escapes_are_used_only_where_they_read_cleanly() -> None:
    result = read(b'a,b,c\n1,"say \\"hi\\"",3\n')
    assert result.rows == {1: ("1", 'say "hi"', "3")}
    assert result.extraction.notes == ("quotes are escaped with a backslash",)
    assert read(b'a,b,c\n1,"C:\\",3\n').rows == {1: ("1", "C:\\", "3")}
    doubtful = b'a,b,c\n1,"say \\"hi\\"",3\n1,"and ""that""",3\n'
    with pytest.raises(InputError, match="--escape"):
        read(doubtful)
    asked = read(doubtful, escape='"')
    assert set(asked.rows) == {2}
    assert set(asked.quarantine) == {1}


def test_a_row_over_the_line_limit_is_read_or_put_aside() -> None:
    long = b"x" * (5 << 20)
    assert set(read(b"a,b,c\n1," + long + b",3\n4,5,6\n").rows) == {1, 2}
    result = read(b"a,b,c\n1," + b"x" * (17 << 20) + b",3\n4,5,6\n")
    assert result.rows == {2: ("4", "5", "6")}
    assert len(base64.b64decode(str(result.quarantine[1]["raw"]))) == 1 << 20
    assert "the first 1048576 are kept" in str(result.quarantine[1]["reasons"])


def test_truncated_gzip_is_one_clear_error() -> None:
    packed = gzip.compress(b"a,b,c\n" + b"".join(b"%d,2,3\n" % i for i in range(200_000)))
    with pytest.raises(InputError, match="cut off or damaged"):
        read(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="cut off or damaged"):
        read(packed[:-4])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_other_encodings_are_refused_until_they_are_named(encoding: str) -> None:
    text = "a,b,c\n" + "".join(f"{i},gr\u00fc\u00df \u00e9t\u00e9,z\n" for i in range(40))
    data = text.encode(encoding)
    with pytest.raises(InputError, match=r"--encoding"):
        read(data)
    assert read(data, encoding=encoding).rows[40] == ("39", "gr\u00fc\u00df \u00e9t\u00e9", "z")


def test_latin1_that_begins_late_is_told_by_its_share() -> None:
    data = b"a,b,c\n" + b"1,2,3\n" * 60_000 + b"1,\xe9t\xe9 \xe0,3\n" * 40_000
    with pytest.raises(InputError, match="40000 of 100000 records"):
        read(data)


def test_tabs_and_semicolons_are_found() -> None:
    assert read(b"a\tb\tc\n1,x\t2\t3\n", "x.tsv").rows == {1: ("1,x", "2", "3")}
    assert read(b"a;b;c\n1;2;3\n").rows == {1: ("1", "2", "3")}


def test_a_header_alone_has_no_records() -> None:
    result = read(b"a,b,c\n")
    assert (result.extraction.records_read, result.extraction.notes) == (0, ("the file holds no records",))
