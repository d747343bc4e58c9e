"""Rows for tests: a tiny JSON Lines layout whose reader stages exactly what it is told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from undertow.schema import TABLES
from undertow.sources.base import Extraction, Quarantine, ReadOptions, SourceFile

EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def post(post_id: str, **values: Any) -> dict[str, Any]:
    """A post's row with what a table requires."""
    return {
        "table": "posts",
        "platform": "twitter",
        "post_id": post_id,
        "account_id": "a",
        "kind": "original",
        "id_quality": "exact",
        **values,
    }


def account(account_id: str, **values: Any) -> dict[str, Any]:
    return {"table": "accounts", "platform": "twitter", "account_id": account_id, **values}


BROKEN: dict[str, Any] = {"table": "broken"}
"""A record that goes to quarantine."""


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class RowsReader:
    """Reads files that :func:`write` wrote; times are whole seconds after :data:`EPOCH`."""

    format = "test-rows"
    description = "rows for tests"

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        rows = [json.loads(line) for line in source.path.read_text(encoding="utf-8").splitlines()]
        staged: dict[str, Path] = {}
        quarantined: Path | None = None
        with Quarantine(staging / "quarantine.jsonl") as quarantine:
            for number, row in enumerate(rows, start=1):
                if row["table"] == "broken":
                    quarantine.put(
                        file=source.shown, record=number, byte_offset=0, line=number, reasons=("broken",), raw=b"?"
                    )
            quarantined = quarantine.written
        for name in sorted({row["table"] for row in rows} - {"broken"}):
            table = TABLES[name]
            filled = []
            for number, row in enumerate(rows, start=1):
                if row["table"] != name:
                    continue
                values = {column: _value(row.get(column), table.column(column).type) for column in table.names}
                values |= {"source_id": source.source_id, "source_row": number, "record": number}
                filled.append(values)
            schema = table.arrow
            if "source_row" not in table.names:
                schema = schema.append(pa.field("record", pa.int64()))
            path = staging / f"{name}.parquet"
            pq.write_table(pa.Table.from_pylist(filled, schema=schema), path)
            staged[name] = path
        return Extraction(
            format=self.format,
            staged=staged,
            counted=tuple(staged),
            records_read=len(rows),
            records_quarantined=quarantine.count,
            quarantine=quarantined,
        )


def _value(value: Any, type_: pa.DataType) -> Any:
    if value is not None and pa.types.is_timestamp(type_):
        return EPOCH + dt.timedelta(seconds=value)
    return value


def detect_rows(path: Path, staging: Path, options: Any = None, *, layout: Any = None) -> list[Any]:
    """Stands in for :func:`undertow.sources.detect.detect`."""
    return [(SourceFile.of(path), RowsReader())]
