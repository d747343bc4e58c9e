"""DuckDB connections, set up in one place.

Everything that Undertow asks of DuckDB goes through a connection made here: UTC, a bounded memory that spills
into a folder of our choice, no extension fetched, and, for reading connections, no file but the case's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from undertow.schema import Table
from undertow.sql import file_name, identifier, literal

READ_MEMORY_MB = 2_000
"""DuckDB's own memory limit for queries over a case; beyond it DuckDB spills to disk."""


def connect(
    *,
    memory_limit_mb: int = READ_MEMORY_MB,
    threads: int | None = None,
    spill: Path | None = None,
    only_under: Sequence[Path] | None = None,
) -> duckdb.DuckDBPyConnection:
    """A fresh in-memory DuckDB.

    ``spill`` is the folder for what exceeds the memory limit (DuckDB removes its files); ``only_under`` closes
    every file outside these folders to the connection, for expressions and queries that people write.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_limit_mb}MB",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
    }
    if threads is not None:
        config["threads"] = threads
    if spill is not None:
        config["temp_directory"] = str(spill)
    connection = duckdb.connect(config=config)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    if only_under is not None:
        whole = [folder.resolve() for folder in only_under]
        folders = ", ".join(dict.fromkeys(name(folder) for folder in whole for name in (_as_it_is, file_name)))
        connection.execute(f"SET allowed_directories = [{folders}]")
        connection.execute("SET enable_external_access = false")
    return connection


def _as_it_is(path: Path) -> str:
    return literal(str(path))


def parquet(files: Iterable[Path], *, options: str = "") -> str:
    """The table function that reads these Parquet files, in their order.

    Folders called ``name=value`` are folders: DuckDB would take them for columns, over those in the file.
    """
    listed = ", ".join(file_name(file) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false{options})"


def view(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]) -> None:
    """Create the view ``table.name`` over these parts; without parts it is empty and has the right columns."""
    columns = ", ".join(identifier(column) for column in table.names)
    if files:
        connection.execute(f"CREATE VIEW {identifier(table.name)} AS SELECT {columns} FROM {parquet(files)}")
    else:
        connection.register("_no_rows", table.arrow.empty_table())
        connection.execute(f"CREATE TABLE {identifier(table.name)} AS SELECT {columns} FROM _no_rows")
        connection.unregister("_no_rows")


def rendering(expression: str, type_: pa.DataType) -> str:
    """SQL that renders a value as text without ambiguity, the same in every version of the engine.

    Strings carry their length, null is ``-``, times are microseconds, lists carry their number of elements;
    two values of one type have the same rendering exactly when they are equal.
    """
    if pa.types.is_list(type_):
        element = rendering("e", type_.value_type)
        return (
            f"coalesce(len({expression})::VARCHAR || '[' || "
            f"array_to_string(list_transform({expression}, lambda e: {element}), '') || ']', '-')"
        )
    if pa.types.is_struct(type_):
        return (
            "("
            + " || ".join(
                rendering(f"({expression}).{identifier(type_.field(i).name)}", type_.field(i).type)
                for i in range(type_.num_fields)
            )
            + ")"
        )
    if pa.types.is_string(type_):
        return f"coalesce(strlen({expression})::VARCHAR || ':' || {expression}, '-')"
    if pa.types.is_timestamp(type_):
        return f"coalesce(epoch_us({expression})::VARCHAR || ';', '-')"
    return f"coalesce({expression}::VARCHAR || ';', '-')"


def digest(columns: Mapping[str, pa.DataType], *, of: str = "") -> str:
    """SQL for the MD5 (32 hex digits) of the renderings of these columns; ``of`` is the relation's alias."""
    prefix = f"{of}." if of else ""
    parts = [rendering(f"{prefix}{identifier(column)}", type_) for column, type_ in columns.items()]
    return f"md5({' || '.join(parts)})"


def read(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None
) -> pa.Table:
    """Run ``sql`` on a cursor of its own and read the whole result."""
    cursor = connection.cursor()
    try:
        return cursor.sql(sql, params=dict(parameters) if parameters else None).to_arrow_table()
    finally:
        cursor.close()
