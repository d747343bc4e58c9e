"""Parquet files as the same relation of texts that CSV files are (:class:`undertow.sources.stage.Records`)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.engines import embedded
from undertow.errors import InputError
from undertow.sources.base import Quarantine, SourceFile
from undertow.sources.csv_scan import Record
from undertow.sql import identifier


@dataclass(frozen=True)
class ParquetRecords:
    """The rows of a Parquet file, each column as text: times in ISO 8601 (UTC), lists as JSON."""

    path: Path
    shown: str
    columns: tuple[str, ...]
    nested: frozenset[str]
    rejected: int = 0
    notes: tuple[str, ...] = ()
    numbered: bool = True

    @classmethod
    def open(cls, source: SourceFile) -> ParquetRecords:
        """Read the schema of ``source``; InputError when it is damaged."""
        try:
            schema = pq.read_schema(source.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise _damaged(source.shown, str(error)) from error
        nested = frozenset(field.name for field in schema if pa.types.is_nested(field.type))
        return cls(source.path, source.shown, tuple(schema.names), nested)

    def relation(self) -> str:
        """The SQL of the relation; always numbered."""
        columns = ", ".join(f"{self._text(name)} AS c{index}" for index, name in enumerate(self.columns))
        table = embedded.parquet([self.path], options=", file_row_number = true")
        return f"(SELECT file_row_number + 1 AS record, {columns} FROM {table})"

    def _text(self, name: str) -> str:
        column = identifier(name)
        text = f"to_json({column})::VARCHAR" if name in self.nested else f"CAST({column} AS VARCHAR)"
        return f"nullif({text}, '')"

    def checked(self, *, read: Collection[str] = ()) -> str:  # noqa: ARG002
        """Nothing more to check: Parquet is typed."""
        return "true"

    def recover(
        self, connection: duckdb.DuckDBPyConnection, staging: Path, quarantine: Quarantine
    ) -> ParquetRecords:
        """Parquet that cannot be read is damaged: there is no other way to read it."""
        del staging, quarantine
        try:
            connection.execute(f"SELECT count(c0) FROM {self.relation()}").fetchall()
        except duckdb.Error as error:
            raise _damaged(self.shown, str(error)) from error
        raise _damaged(self.shown, "a column cannot be decoded")

    def locate(self, numbers: Sequence[int]) -> Iterator[Record]:
        """The rows with these numbers, as JSON."""
        wanted = iter(numbers)
        number, first = next(wanted, None), 1
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches():
                while number is not None and number < first + batch.num_rows:
                    row = batch.slice(number - first, 1).to_pylist()[0]
                    raw = json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "surrogateescape")
                    yield Record(number, None, None, raw, ())
                    number = next(wanted, None)
                first += batch.num_rows
                if number is None:
                    return


def _damaged(shown: str, why: str) -> InputError:
    return InputError(
        f"the Parquet file is cut off or damaged ({why.splitlines()[0]})", where=shown, todo="Get the file again."
    )
