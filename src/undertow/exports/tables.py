"""Findings and their result tables as CSV, Parquet or JSON Lines, with a data dictionary.

CSV is opened in spreadsheets, which run a cell that begins with ``=``: such cells begin with an apostrophe here, and
control characters are made visible. Parquet and JSON Lines carry values as they are.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from undertow.exports.folders import filled
from undertow.finding import Estimate, Finding
from undertow.published import Published
from undertow.reports.neutral import neutral
from undertow.result_columns import meaning

FINDINGS = "findings"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")

FINDING_MEANINGS: Mapping[str, str] = {
    "key": "the finding's id, with its filter where it holds for a part of the posts",
    "id": "the finding's id",
    "question": "the question it answers",
    "statement": "the finding in a sentence",
    "value": "the estimate; null where there was too little to tell",
    "low": "lower end of its interval",
    "high": "upper end of its interval",
    "level": "confidence level of the interval",
    "unit": "unit of the estimate",
    "n": "posts behind it",
    "n_accounts": "accounts behind it",
    "null_value": "the estimate if chance alone were at work",
    "p_value": "p-value after every correction",
    "null_model": "what chance means",
    "method": "how it was found, and why it is not stronger",
    "assumptions": "what it takes for granted",
    "alternatives": "what else it could be",
    "strength": "none, weak, moderate or strong",
    "aspect": "the aspect of the case that it is about",
    "disarm": "DISARM techniques that the analysis states",
    "filter": "the condition on the posts, where it holds for a part of them",
    "evidence_sql": "the query that returns the posts behind it",
    "evidence_rows": "how many posts that are",
    "table": "the table with its result",
}


def tables_of(published: Published) -> dict[str, pa.Table]:
    """Name -> table: the findings themselves, and each result table once."""
    rows = [_row(finding) for finding in published.findings]
    found = {FINDINGS: pa.Table.from_pylist(rows, schema=_FINDINGS_SCHEMA)}
    for finding in published.findings:
        if finding.table is not None and finding.result is not None:
            found.setdefault(_stem(finding.table), finding.result)
    return found


_FINDINGS_SCHEMA = pa.schema(
    [
        (
            name,
            pa.float64()
            if name in ("value", "low", "high", "level", "p_value", "null_value")
            else pa.int64()
            if name in ("n", "n_accounts", "evidence_rows")
            else pa.list_(pa.string())
            if name in ("assumptions", "alternatives", "disarm")
            else pa.string(),
        )
        for name in FINDING_MEANINGS
    ]
)


def dictionary(tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row for each column of each table: its type, its unit and what it means (null where it is not written)."""
    rows = []
    for table, content in tables.items():
        for column in content.schema:
            words, unit = meaning(table, column.name)
            if table == FINDINGS:
                words, unit = FINDING_MEANINGS[column.name], None
            rows.append(
                {"table": table, "column": column.name, "type": str(column.type), "unit": unit, "meaning": words}
            )
    columns = ("table", "column", "type", "unit", "meaning")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in columns]))


def write_tables(published: Published, target: Path, layout: str) -> list[str]:
    """Write all tables and their dictionary into the folder ``target``; returns the names of the files."""
    tables = tables_of(published)
    tables |= {"dictionary": dictionary(tables)}
    write = _WRITERS[layout]
    with filled(target) as folder:
        for name, table in tables.items():
            write(table, folder / f"{name}.{layout}")
    return [f"{name}.{layout}" for name in tables]


def _row(finding: Finding) -> dict[str, Any]:
    estimate = {item.name: getattr(finding.estimate, item.name) for item in fields(Estimate)}
    document = finding.to_json() | estimate
    return {
        "key": finding.key,
        "evidence_sql": finding.evidence.sql,
        "evidence_rows": finding.evidence.rows,
        **{name: document.get(name) for name in FINDING_MEANINGS if name in document},
        "table": None if finding.table is None else _stem(finding.table),
    }


def _stem(file: str) -> str:
    return file.removesuffix(".parquet")


def plain(value: object) -> object:
    """A value of a table as JSON has it: times in ISO 8601, bytes in hexadecimal."""
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def spreadsheet_cell(value: object) -> object:
    """A value as a cell that no spreadsheet runs: text that would begin a formula is preceded by an apostrophe.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell(-4.5), spreadsheet_cell(None)
    ("'=1+1", -4.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return value
    made = plain(value)
    text = neutral(made if isinstance(made, str) else json.dumps(made, ensure_ascii=False))
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _write_csv(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([spreadsheet_cell(name) for name in table.column_names])
        for row in _rows(table):
            writer.writerow([spreadsheet_cell(value) for value in row.values()])


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _write_jsonl(table: pa.Table, path: Path) -> None:
    with io.TextIOWrapper(path.open("wb"), encoding="ascii", newline="\n") as file:
        for row in _rows(table):
            file.write(json.dumps(plain(row), ensure_ascii=True, allow_nan=True) + "\n")


_WRITERS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "jsonl": _write_jsonl,
}
