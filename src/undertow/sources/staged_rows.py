"""Rows of canonical tables, gathered in batches and written to Parquet as they come."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from undertow.schema import TABLES

ROW_GROUP = 100_000
"""Rows of a Parquet row group: small enough to be held, large enough to be read fast."""

_BATCH = 5_000
"""Rows held as Python objects (about 4 KB a post) before they become Arrow columns."""

RECORD = pa.field("record", pa.int64(), nullable=False)


def staged_schema(table: str) -> pa.Schema:
    """The schema of a staged file: the table's columns, and ``record`` last where it has no ``source_row``."""
    schema = TABLES[table].arrow
    return schema if "source_row" in schema.names else schema.append(RECORD)


class StagedTable:
    """Rows of one table on their way to ``path``; the file appears with the first batch.

    A row is a tuple in the order of :func:`staged_schema`; times are int microseconds since 1970 UTC. Memory is
    bounded by one row group in Arrow form.
    """

    def __init__(self, table: str, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._schema = staged_schema(table)
        self._pending: list[tuple[object, ...]] = []
        self._batches: list[pa.RecordBatch] = []
        self._held = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, row: tuple[object, ...]) -> None:
        """Take one row."""
        self._pending.append(row)
        if len(self._pending) >= _BATCH:
            self._to_arrow()

    def _to_arrow(self) -> None:
        if not self._pending:
            return
        columns = zip(*self._pending, strict=True)
        arrays = [
            pa.array(list(column), type=field.type) for column, field in zip(columns, self._schema, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self.rows += batch.num_rows
        self._held += batch.num_rows
        self._batches.append(batch)
        self._pending.clear()
        if self._held >= ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self._schema, compression="zstd")
        self._writer.write_table(pa.Table.from_batches(self._batches, self._schema), row_group_size=ROW_GROUP)
        self._batches.clear()
        self._held = 0

    def finish(self) -> None:
        """Write what is held and close the file."""
        self._to_arrow()
        if self._batches:
            self._write()
        self.close()

    def close(self) -> None:
        """Close the file, whatever is still held."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class StagedTables:
    """The staged files of one input, one for each table that got a row; a context manager."""

    def __init__(self, folder: Path, tables: Iterable[str]) -> None:
        self.tables = {table: StagedTable(table, folder / f"{table}.parquet") for table in tables}
        self._closing = ExitStack()

    def __enter__(self) -> StagedTables:
        for table in self.tables.values():
            self._closing.callback(table.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def __getitem__(self, table: str) -> StagedTable:
        return self.tables[table]

    def finish(self) -> dict[str, Path]:
        """Write everything; table name -> file, of the tables that have rows."""
        for table in self.tables.values():
            table.finish()
        return {name: table.path for name, table in self.tables.items() if table.rows}
