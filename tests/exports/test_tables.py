"""CSV, Parquet and JSON Lines: whole, described, and inert in a spreadsheet."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import undertow
from undertow.analyses import load_all
from undertow.case import Case
from undertow.exports.tables import FINDING_MEANINGS, spreadsheet_cell, tables_of, write_tables
from undertow.published import published
from undertow.result_columns import meaning

RUNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def test_every_layout_holds_the_same_rows(planted: Any, tmp_path: Path) -> None:
    shown = published(planted.case)
    for layout in ("csv", "parquet", "jsonl"):
        assert "dictionary" + f".{layout}" in write_tables(shown, tmp_path / layout, layout)
    for name, table in tables_of(shown).items():
        assert pq.read_table(tmp_path / "parquet" / f"{name}.parquet").to_pylist() == table.to_pylist()
        lines = (tmp_path / "jsonl" / f"{name}.jsonl").read_text("ascii").splitlines()
        assert [list(json.loads(line)) for line in lines] == [table.column_names] * table.num_rows
        with (tmp_path / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == table.column_names
        assert len(rows) == table.num_rows + 1


def test_the_dictionary_describes_every_column(planted: Any, tmp_path: Path) -> None:
    shown = published(planted.case)
    write_tables(shown, tmp_path / "t", "parquet")
    rows = pq.read_table(tmp_path / "t" / "dictionary.parquet").to_pylist()
    tables = tables_of(shown)
    assert {(row["table"], row["column"]) for row in rows} == {
        (n, c) for n, t in tables.items() for c in t.column_names
    }
    assert all(row["meaning"] for row in rows if row["table"] == "findings")
    assert set(tables["findings"].column_names) == set(FINDING_MEANINGS)


def test_the_columns_of_the_analyses_are_described(takedown: Path, tmp_path: Path) -> None:
    """Of what the main analyses put into tables, every column has its meaning written down."""
    case, _ = Case.create(tmp_path / "case").add(*sorted(takedown.glob("synthetic_takedown_*")))
    only = [name for name in load_all() if name in ("posting_hours", "coordination")]
    findings = undertow.analyse(case, only=only, settings={"posting_hours.draws": 100})
    for finding in findings:
        if finding.result is not None and finding.table is not None:
            table = finding.table.removesuffix(".parquet")
            missing = [name for name in finding.result.column_names if meaning(table, name)[0] is None]
            assert not missing, f"add to src/undertow/result_columns.toml: {table}: {missing}"


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = spreadsheet_cell(text)
    assert isinstance(cell, str)
    assert not cell.lstrip(" \u00a0\ufeff").startswith(RUNS)
    assert not any(ord(character) < 32 and character not in "\n\t" for character in cell)


def test_hostile_text_is_inert_in_csv(hostile_case: Case, tmp_path: Path) -> None:
    write_tables(published(hostile_case, identifiable=True), tmp_path / "t", "csv")
    cells = 0
    for path in (tmp_path / "t").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    cells += 1
                    assert (
                        not cell.startswith(RUNS) or cell.replace(".", "").lstrip("-").replace("e-", "").isdigit()
                    )
                    assert "\x1b" not in cell
                    assert "\u202e" not in cell
    assert cells > 500


def test_lone_surrogates_and_controls_are_ascii_in_json_lines(hostile_case: Case, tmp_path: Path) -> None:
    write_tables(published(hostile_case, identifiable=True), tmp_path / "t", "jsonl")
    for path in (tmp_path / "t").iterdir():
        for line in path.read_bytes().splitlines():
            assert line.isascii()
            assert b"\x1b" not in line
            json.loads(line)


def test_other_peoples_folders_are_left_alone(planted: Any, tmp_path: Path) -> None:
    shown = published(planted.case)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(undertow.UsageError, match="no export has made"):
        write_tables(shown, tmp_path / "mine", "csv")
    write_tables(shown, tmp_path / "own", "csv")
    before = sorted(path.name for path in (tmp_path / "own").iterdir())
    write_tables(shown, tmp_path / "own", "csv")
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == before
    (tmp_path / "own" / "thesis.docx").write_text("years of work")
    with pytest.raises(undertow.UsageError, match=r"no export has made: thesis\.docx"):
        write_tables(shown, tmp_path / "own", "csv")
    assert (tmp_path / "own" / "thesis.docx").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(undertow.UsageError, match="this is a file"):
        write_tables(shown, tmp_path / "file", "csv")
