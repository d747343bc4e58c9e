"""Portable steps on the embedded DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from undertow.engines import embedded
from undertow.engines.dialects import DuckDBDialect
from undertow.engines.engine import Engine
from undertow.sql import identifier


class DuckDBEngine(Engine):
    """The engine of a laptop."""

    dialect = DuckDBDialect()
    _refusals = (duckdb.Error,)

    def _open(self) -> None:
        self._connection = embedded.connect()

    def close(self) -> None:
        self._connection.close()

    def _read_parquet(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        if files:
            columns = ", ".join(identifier(column) for column in schema.names)
            self._define(name, f"SELECT {columns} FROM {embedded.parquet(files)}")
        else:
            self._connection.register("_no_rows", schema.empty_table())
            self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _no_rows")
            self._connection.unregister("_no_rows")

    def _define(self, name: str, sql: str) -> None:
        self._connection.execute(f"CREATE VIEW {name} AS {sql}")

    def _materialise(self, name: str, sql: str) -> pa.Schema:
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        return embedded.read(self._connection, f"SELECT * FROM {name} LIMIT 0").schema

    def _fetch(self, sql: str) -> pa.Table:
        return embedded.read(self._connection, sql)
