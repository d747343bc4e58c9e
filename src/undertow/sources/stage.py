"""From records to staged Parquet: the steps that every tabular layout (CSV, Parquet) goes through.

A :class:`Layout` says, in DuckDB SQL, how a record becomes a row; this module runs it, streaming, and accounts for
every record: staged, or in quarantine with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from undertow.errors import InputError
from undertow.schema import LIST_OF_TEXT, MEDIA, TABLES, TIMESTAMP, URLS, Column
from undertow.sources.base import Extraction, Progress, Quarantine, ReadOptions, SourceFile
from undertow.sources.csv_scan import Record
from undertow.sources.functions import register
from undertow.sources.sql import identifier, literal

RECORD = "record"
SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    TIMESTAMP: "TIMESTAMPTZ",
    LIST_OF_TEXT: "VARCHAR[]",
    URLS: "STRUCT(raw VARCHAR, expanded VARCHAR, unwound VARCHAR, domain VARCHAR)[]",
    MEDIA: "STRUCT(key VARCHAR, type VARCHAR, url VARCHAR)[]",
}
_POLL_SECONDS = 0.2
_PARSER_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException)


class Records(Protocol):
    """The records of a file as a relation with the columns ``record`` (from 1), ``c0``, ``c1``, ... (text)."""

    @property
    def shown(self) -> str:
        """The name that people see."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of ``c0``, ``c1``, ... in the file."""
        ...

    @property
    def rejected(self) -> int:
        """How many records are in quarantine already, and not in the relation."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about how the file was read."""
        ...

    def relation(self) -> str:
        """The relation's SQL."""
        ...

    def checked(self) -> str:
        """A condition that is true and makes the reader check every column."""
        ...

    def recover(self, connection: duckdb.DuckDBPyConnection, staging: Path, quarantine: Quarantine) -> Records:
        """The records after the relation failed, with what cannot be read in ``quarantine``."""
        ...

    def locate(self, numbers: Sequence[int]) -> Iterator[Record]:
        """The records with these numbers, ascending."""
        ...


@dataclass(frozen=True)
class Problem:
    """Why a record cannot be used: ``condition`` is SQL over the raw and working columns."""

    condition: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the records of one layout become rows.

    ``raw`` gives SQL name -> expression over ``c0, c1, ...``; ``working`` further expressions over those, each may
    use the ones before. ``columns`` is canonical column -> expression for the table ``main``, which gets one row
    a record. ``derived`` gives further tables: canonical column -> expression over the distinct values of the
    raw columns ``states`` and of ``record``, the first record with these values; rows where an expression under
    ``needs`` is null for all its columns are left out.
    """

    format: str
    main: str
    raw: Mapping[str, str]
    working: Mapping[str, str]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    states: tuple[str, ...] = ()
    derived: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@contextmanager
def connect(staging: Path, options: ReadOptions) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with the limits that ``options`` set, and the readers' functions."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{options.memory_limit_mb}MB",
            "threads": options.threads,
            "temp_directory": str(staging),
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        register(connection)
        yield connection
    finally:
        connection.close()


def stage(records: Records, layout: Layout, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
    """Read ``records`` by ``layout`` into Parquet files in ``staging``."""
    with connect(staging, options) as connection, Quarantine(staging / "quarantine.jsonl") as quarantine:
        target = staging / f"{layout.main}.parquet"
        try:
            kept = _copy(connection, _main_query(records, layout, source), target, source, options.progress)
        except _PARSER_ERRORS:
            records = records.recover(connection, staging, quarantine)
            kept = _copy(connection, _main_query(records, layout, source), target, source, options.progress)
        total = _states(connection, records, layout, every=True)
        if total != kept:
            _quarantine_problems(connection, records, layout, quarantine)
            if layout.states:
                _states(connection, records, layout, every=False)
        if total - kept != quarantine.count - records.rejected:
            raise InputError(
                f"{total} records were read, {kept} kept and {quarantine.count} put aside, which does not add up",
                where=source.shown,
                todo="This is a fault of Undertow: please report it.",
            )
        staged = {layout.main: target}
        for table in layout.derived:
            staged[table] = staging / f"{table}.parquet"
            connection.execute(
                f"COPY ({_derived_query(layout, table, source)}) TO {_path(staged[table])} (FORMAT parquet)"
            )
        options.progress(source.size, source.size)
        return Extraction(
            format=layout.format,
            staged=staged,
            counted=(layout.main,),
            records_read=total + records.rejected,
            records_quarantined=quarantine.count,
            quarantine=quarantine.written,
            notes=records.notes,
        )


def _prepared(records: Records, layout: Layout) -> str:
    raw = ", ".join(f"{expression} AS {name}" for name, expression in layout.raw.items())
    working = "".join(f", {expression} AS {name}" for name, expression in layout.working.items())
    return f"SELECT *{working} FROM (SELECT {RECORD}, {raw} FROM {records.relation()} WHERE {records.checked()})"


def _bad(layout: Layout) -> str:
    return " OR ".join(f"coalesce({problem.condition}, false)" for problem in layout.problems) or "false"


def _main_query(records: Records, layout: Layout, source: SourceFile) -> str:
    return f"SELECT {_select(layout.main, layout.columns, source)} FROM ({_prepared(records, layout)}) WHERE NOT ({_bad(layout)})"


def _derived_query(layout: Layout, table: str, source: SourceFile) -> str:
    columns = layout.derived[table]
    names = ", ".join(identifier(name) for name in columns)
    needed = layout.needs.get(table)
    where = (
        f"WHERE coalesce({', '.join(f'({columns[name]})::VARCHAR' for name in needed)}) IS NOT NULL"
        if needed
        else ""
    )
    inner = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in columns.items())
    distinct = f"SELECT {names}, min({RECORD}) AS {RECORD} FROM (SELECT {inner}, {RECORD} FROM states {where}) GROUP BY {names}"
    again = {name: identifier(name) for name in columns}
    return f"SELECT {_select(table, again, source)} FROM ({distinct}) ORDER BY {RECORD}"


def _select(table: str, expressions: Mapping[str, str], source: SourceFile) -> str:
    given = {"source_id": literal(source.source_id), "source_row": RECORD, **expressions}
    columns = TABLES[table].columns
    unknown = set(expressions) - {column.name for column in columns}
    if unknown:
        raise KeyError(f"{table} has no column {sorted(unknown)}")
    parts = [f"{_typed(column, given)} AS {identifier(column.name)}" for column in columns]
    if not any(column.name == "source_row" for column in columns):
        parts.append(RECORD)
    return ", ".join(parts)


def _typed(column: Column, given: Mapping[str, str]) -> str:
    type_ = SQL_TYPES[column.type]
    return f"CAST({given.get(column.name, 'NULL')} AS {type_})"


def _states(connection: duckdb.DuckDBPyConnection, records: Records, layout: Layout, *, every: bool) -> int:
    """Make the table of distinct states (of all records, or of the good ones); how many records there are."""
    if not layout.states:
        return _number(connection, f"SELECT count(*) FROM {records.relation()}")
    names = ", ".join(layout.states)
    rows = f"SELECT {RECORD}, {names} FROM ({_prepared(records, layout)})" + (
        "" if every else f" WHERE NOT ({_bad(layout)})"
    )
    if every:
        raw = ", ".join(f"{layout.raw[name]} AS {name}" for name in layout.states)
        rows = f"SELECT {RECORD}, {raw} FROM {records.relation()}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE states AS SELECT {names}, min({RECORD}) AS {RECORD}, count(*) AS n "
        f"FROM ({rows}) GROUP BY {names}"
    )
    return _number(connection, "SELECT coalesce(sum(n), 0)::BIGINT FROM states")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row is not None else 0


def _quarantine_problems(
    connection: duckdb.DuckDBPyConnection, records: Records, layout: Layout, quarantine: Quarantine
) -> None:
    reasons = ", ".join(
        f"CASE WHEN coalesce({problem.condition}, false) THEN {literal(problem.reason)} END"
        for problem in layout.problems
    )
    query = (
        f"SELECT {RECORD}, list_filter([{reasons}], lambda x: x IS NOT NULL) FROM ({_prepared(records, layout)}) "
        f"WHERE {_bad(layout)} ORDER BY {RECORD}"
    )
    found: dict[int, tuple[str, ...]] = {number: tuple(why) for number, why in connection.execute(query).fetchall()}
    from undertow.sources.csv_records import put_away

    for record in records.locate(list(found)):
        put_away(quarantine, records.shown, record, found[record.number])


def _copy(
    connection: duckdb.DuckDBPyConnection, query: str, target: Path, source: SourceFile, progress: Progress
) -> int:
    """Run ``query`` into the Parquet file ``target``, reporting progress; how many rows it has."""
    statement = f"COPY ({query}) TO {_path(target)} (FORMAT parquet)"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_number, connection, statement)
        try:
            while True:
                try:
                    return running.result(_POLL_SECONDS)
                except StillRunning:
                    share = max(connection.query_progress(), 0.0) / 100
                    progress(int(source.size * min(share, 1.0) * 0.9), source.size)
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def _path(path: Path) -> str:
    return literal(str(path))
