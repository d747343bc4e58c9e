"""JSON as a table of texts: paths, texts, and what is no object."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.sources.base import Quarantine, ReadOptions, SourceFile
from undertow.sources.functions import python_list
from undertow.sources.json_table import JsonTable, as_text, at_path, paths, together

KEYS = st.text(alphabet="ab", min_size=1, max_size=2)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet="x'\"\\é", max_size=3)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=6
)


def table(folder: Path, data: bytes, *columns: str) -> tuple[JsonTable, Quarantine, list[dict[str, object]]]:
    path = folder / "input.jsonl"
    path.write_bytes(data)
    with Quarantine(folder / "unread.jsonl") as quarantine:
        result = JsonTable.open(SourceFile.of(path), folder, ReadOptions(), columns=columns, quarantine=quarantine)
    return result, quarantine, pq.read_table(result.path).to_pylist()


@settings(deadline=None)
@given(objects=st.lists(st.dictionaries(KEYS, VALUES, max_size=3), min_size=1, max_size=5), junk=st.integers(0, 3))
def test_every_object_is_a_row_and_every_other_record_in_quarantine(objects, junk) -> None:
    lines = [json.dumps({"id": 1, **value}).encode() for value in objects] + [b"{"] * junk + [b"[1]", b"5"]
    lines.append(b'{"id": 2}')
    with tempfile.TemporaryDirectory() as folder:
        result, quarantine, rows = table(Path(folder), b"\n".join(lines), "id")
        assert (result.records, result.unread) == (len(lines), junk + 2)
        assert quarantine.count == junk + 2
        assert [row["record"] for row in rows] == [*range(1, len(objects) + 1), len(lines)]
        located = list(result.locate([1, len(lines)]))
        assert [record.raw for record in located] == [lines[0], lines[-1]]


@settings(deadline=None)
@given(value=st.dictionaries(KEYS, VALUES, max_size=3))
def test_every_path_that_is_listed_leads_to_something(value) -> None:
    for path in paths(value):
        found: object = value
        for key in path.split("."):  # the obvious way, for objects without lists on the way
            if not isinstance(found, dict):
                break
            found = found[key]
        else:
            assert at_path(value, path) == found
        assert "." in path or path in value


@given(st.lists(st.text(max_size=5), max_size=4))
def test_lists_come_back_as_the_same_texts(texts) -> None:
    written = as_text(list(texts))
    assert written is not None
    assert python_list(written) == [text for text in texts if text]


def test_paths_through_objects_lists_and_names_with_dots() -> None:
    value = json.loads('{"a": {"b.c": 1, "d": [{"e": 2}, {"e": 3}, {}]}, "f.g": {"h": 4}}')
    assert at_path(value, "a.b.c") == 1
    assert at_path(value, "a.d.e") == [2, 3]
    assert at_path(value, "a.d.1.e") == 3
    assert at_path(value, "a.d.9.e") is None
    assert at_path(value, "f.g.h") == 4
    assert at_path(value, "f.g") == {"h": 4}
    assert at_path(value, "a.x.y") is None


def test_a_path_that_no_record_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)author\.idd.*did you mean 'author\.id'"):
        table(tmp_path, b'{"author": {"id": 1}}', "author.idd")


def test_values_nested_too_deeply_are_put_aside(tmp_path: Path) -> None:
    deep = b'{"id": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    result, _, rows = table(tmp_path, b'{"id": 1}\n' + deep + b'\n{"id": [[1]]}', "id")
    assert [row["c0"] for row in rows] == ["1", "[\"['1']\"]"]
    assert result.unread == 1


def test_a_file_without_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 2 records"):
        table(tmp_path, b"[1, 2]", "id")


def test_quarantines_are_put_together_in_order(tmp_path: Path) -> None:
    written = []
    for name, records in (("a", (2, 9)), ("b", (1, 3, 10))):
        with Quarantine(tmp_path / name) as quarantine:
            for record in records:
                quarantine.put(file="f", record=record, byte_offset=0, line=1, reasons=("\u2028",), raw=b"")
        written.append(quarantine.written)
    merged = together([*written, None], tmp_path / "all")
    assert merged is not None
    assert [json.loads(line)["record"] for line in merged.read_bytes().splitlines()] == [1, 2, 3, 9, 10]
    assert together([None, None], tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
