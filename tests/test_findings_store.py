"""Results of one name and different content, in one generation: both are kept, each finding with its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from sessions import finding

import undertow
from undertow.case import Case
from undertow.findings_store import load, save
from undertow.result_columns import meaning


def test_of_two_runs_with_different_settings_each_finding_keeps_its_own_table(tmp_path: Path) -> None:
    """What was carried over and what is new share a name, as the days of a calendar and its make-up days do."""
    case = Case.create(tmp_path / "case")
    one = replace(finding(0), id="test.one")
    other = replace(one, id="test.other")
    case = case.record([one, other], {})
    assert {each.table for each in case.findings()} == {"count.parquet"}, "what is the same is one file"
    case = case.record([replace(other, result=pa.table({"n": [2]}), figure={"mark": "point"})], {})
    for _ in range(2):  # carried over once more, they keep their names
        first, second, *_ = case.findings()
        assert (first.table, second.table) == ("count.parquet", "count-other.parquet")
        assert (first.chart, second.chart) == ("count.vl.json", "count-other.vl.json")
        assert (first.result["n"].to_pylist(), second.result["n"].to_pylist()) == ([0], [2])
        assert (first.figure, second.figure) == ({"mark": "bar"}, {"mark": "point"})
        case = case.record([replace(finding(0), id="test.third", table=None, chart=None)], {})
    assert undertow.verify(case).ok


def test_one_finding_has_one_table_of_a_name(tmp_path: Path) -> None:
    found = [replace(finding(1), result=pa.table({"n": [n]})) for n in range(3)]
    with pytest.raises(ValueError, match="two different results"):
        save(found, tmp_path / "new")


def test_names_of_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be a file's name"):
        save([replace(finding(1), table="../x.parquet")], tmp_path / "new")


def test_a_column_means_the_same_in_a_table_that_was_named_apart() -> None:
    known = meaning("coordination_edges", "window_s")
    assert known[0] is not None
    assert meaning("coordination_edges-network", "window_s") == known


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    files = save([finding(2)], tmp_path / "new")
    assert set(files) == {"count.parquet", "count.vl.json", "findings.json"}
    (found,) = load(tmp_path / "new")
    assert found == finding(2)
    assert found.result is not None
    assert found.result["n"].to_pylist() == [2]
