"""Records of JSON files: nothing lost, whatever stands between them, however the file is cut or packed."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.sources import jsonl_records
from undertow.sources.base import ReadOptions, SourceFile
from undertow.sources.json_documents import ARRAY_CUT_OFF, CUT_OFF, document_spans
from undertow.sources.jsonl_records import JsonRecord, json_records, parse_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)
BROKEN_LINES = st.sampled_from(
    [
        b'{"a": ',
        b'{"a": 1}{"b": 2}',
        b"nonsense",
        b"{'a': 1}",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": Infinity}',
        b"\x00\x00\x00",
        b'{"a":' * 3000,
        b"[" * 3000 + b"]" * 3000,
        b']}"',
        b'{"a": 1},',
    ]
)


def records(data: bytes, options: ReadOptions | None = None) -> list[JsonRecord]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(data)
        return list(json_records(SourceFile.of(path), options))


@settings(deadline=None)
@given(
    objects=st.lists(OBJECTS, min_size=2, max_size=6),
    broken=st.lists(BROKEN_LINES | st.just(b"  "), max_size=6),
    order=st.randoms(use_true_random=False),
    end=st.sampled_from([b"\n", b"\r\n"]),
    ascii_only=st.booleans(),
)
def test_any_interleaving_of_broken_lines_adds_up(objects, broken, order, end, ascii_only) -> None:
    good = [json.dumps(value, ensure_ascii=ascii_only).encode() for value in objects] + ['{"ä": 1}'.encode()] * 2
    lines = good + broken
    order.shuffle(lines)
    data = end.join(lines) + order.choice([end, b""])
    found = records(data)
    whole = [line for line in lines if line.strip()]
    assert [record.raw for record in found] == [line.rstrip(b"\r\n") for line in whole]
    assert [record.number for record in found] == list(range(1, len(whole) + 1))
    for record in found:
        assert record.offset is not None
        assert data[record.offset :].startswith(record.raw)
        assert data.split(b"\n")[record.line - 1].rstrip(b"\r") == record.raw
        assert (record.broken is not None) == (record.raw not in good)
        assert record.broken is not None or record.value == json.loads(record.raw)


@settings(deadline=None)
@given(
    objects=st.lists(VALUES, min_size=1, max_size=6),
    indent=st.sampled_from([None, 0, 2]),
    layout=st.sampled_from(["array", "two arrays", "lines of an array"]),
    chunk=st.integers(1, 40),
)
def test_arrays_in_any_layout_and_any_chunks(objects, indent, layout, chunk) -> None:
    if layout == "lines of an array":
        text = "[\n" + ",\n".join(json.dumps(value) for value in objects) + "\n]\n"
    else:
        text = json.dumps(objects, indent=indent) + "\n"
    data = text.encode() * (2 if layout == "two arrays" else 1)
    place = 0

    def read(size: int) -> bytes:
        nonlocal place
        place += chunk
        return data[place - chunk : place]

    spans = list(document_spans(b"", read, 1 << 20))
    assert [json.loads(span.raw) for span in spans] == objects * (2 if layout == "two arrays" else 1)
    for span in spans:
        assert data[span.offset :].startswith(span.raw)
        assert span.line == data[: span.offset].count(b"\n") + 1
    assert [(span.raw, span.offset, span.line) for span in spans] == [
        (record.raw, record.offset, record.line) for record in records(data)
    ]


@settings(deadline=None)
@given(objects=st.lists(OBJECTS, min_size=1, max_size=4), glue=st.sampled_from(["", " ", "\n", "\n\n"]))
def test_objects_one_after_another(objects, glue) -> None:
    found = records(glue.join(json.dumps(value, indent=2) for value in objects).encode())
    assert [record.value for record in found] == objects


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=60) | st.text(alphabet='[]{},:"\\ \na1', max_size=40).map(str.encode))
def test_no_bytes_whatever_crash_or_get_lost(data) -> None:
    try:
        found = records(data)
    except InputError:
        return
    spaces = b" \t\r\n\x0b\x0c,[]\xef\xbb\xbf"
    lost = data
    for record in found:
        lost = lost.replace(record.raw, b"", 1)
    assert not lost.strip(spaces).replace(b"[", b"").replace(b"]", b"").replace(b",", b"").strip()


def test_a_broken_element_does_not_cost_its_neighbours() -> None:
    found = records(b'[{"a": 1}, {"a": }, 5, {"a": 3}]')
    assert [record.broken is None for record in found] == [True, False, True, True]
    assert found[1].raw == b'{"a": }'
    assert found[3].value == {"a": 3}


def test_a_cut_array_says_so() -> None:
    assert [record.broken for record in records(b'[{"a": 1}, {"a": "x')] == [None, CUT_OFF]
    assert [record.broken for record in records(b'[{"a": 1},\n')] == [None, ARRAY_CUT_OFF]
    assert [record.broken for record in records(b'[{"a": 1}')] == [CUT_OFF]


def test_nan_is_unknown_and_the_last_of_equal_keys_counts() -> None:
    assert parse_json(b'{"a": NaN, "b": "NaN"}') == ({"a": None, "b": "NaN"}, None)
    assert parse_json(b'{"a": 1, "a": 2}') == ({"a": 2}, None)
    assert parse_json(b'{"a": NaN, "b": "\\ud800"}')[1] is not None
    assert parse_json(b'{"a": NaN, "b": ' + b"9" * 5000 + b"}")[1] is not None


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_by_content_and_cut_ones_refused(pack) -> None:
    plain = b"".join(json.dumps({"n": n, "h": hash(str(n)) % 10**9}).encode() + b"\n" for n in range(2000))
    packed = pack(plain)
    assert [record.value["n"] for record in records(packed)] == list(range(2000))
    with pytest.raises(InputError, match="cut off or damaged"):
        records(packed[: len(packed) // 2])


def test_a_byte_order_mark_is_no_part_of_a_record() -> None:
    found = records(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n')
    assert [(record.offset, record.value) for record in found] == [(3, {"a": 1}), (12, {"a": 2})]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_other_encodings_when_told_and_refused_when_not(encoding) -> None:
    text = "".join(json.dumps({"a": f"größe {n}"}, ensure_ascii=False) + "\n" for n in range(20))
    data = text.encode(encoding)
    found = records(data, ReadOptions(encoding=encoding))
    assert [record.value for record in found] == [{"a": f"größe {n}"} for n in range(20)]
    assert all(record.offset is None for record in found)
    if encoding != "utf-16":
        with pytest.raises(InputError, match="not in UTF-8"):
            records(data)


@pytest.mark.parametrize("encoding", ["latin-99", "base64", "ascii", "utf-16"])
def test_encodings_that_do_not_exist_or_do_not_fit(encoding) -> None:
    with pytest.raises(InputError, match=f"no encoding|not in {encoding}"):
        records('{"a": "ä"}\n'.encode() * 2 + b"x", ReadOptions(encoding=encoding))


def test_some_damaged_bytes_are_not_another_encoding() -> None:
    data = b"".join(b'{"a": %d}\n' % n for n in range(50)) + b'{"a": "\xff"}\n'
    assert [record.number for record in records(data) if record.broken] == [51]


@pytest.mark.parametrize("data", [b"", b" \n\r\n\t\n", b"\xef\xbb\xbf", b"[]", b" [ ] "])
def test_a_file_without_records_is_refused(data) -> None:
    with pytest.raises(InputError, match="no record"):
        records(data)


@pytest.mark.parametrize("data", [b'[{"a": "' + b"x" * 5000, b'{"a": 1}\n{"a": "' + b"x" * 5000, b'{"a": [' * 900])
def test_a_record_without_end_is_refused_before_memory_is_full(data, monkeypatch) -> None:
    monkeypatch.setattr(jsonl_records, "LONGEST_RECORD", 1000)
    monkeypatch.setattr(jsonl_records, "_MODE_WINDOW", 100)
    with pytest.raises(InputError, match="longer than"):
        records(data)


@settings(deadline=None)
@given(objects=st.lists(OBJECTS, min_size=2, max_size=5), window=st.integers(1, 60))
def test_the_window_that_tells_the_layout_changes_nothing(objects, window) -> None:
    data = b"".join(json.dumps(value).encode() + b"\n" for value in objects)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl_records, "_MODE_WINDOW", window)
        assert [record.value for record in records(data)] == objects


def test_progress_ends_at_the_size_of_the_file() -> None:
    seen: list[tuple[int, int]] = []
    data = b'{"a": "' + b"x" * 100_000 + b'"}\n'
    records(data * 100, ReadOptions(progress=lambda done, total: seen.append((done, total))))
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert seen[-1] == (len(data) * 100, len(data) * 100)
