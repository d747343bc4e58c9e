"""From records to staged Parquet: the steps that every tabular layout (CSV, Parquet) goes through.

A :class:`Layout` says, in DuckDB SQL, how a record becomes a row; this module runs it, streaming, and accounts for
every record: staged, or in quarantine with its reasons.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from undertow.engines.embedded import parquet
from undertow.errors import InputError
from undertow.schema import LIST_OF_TEXT, MEDIA, REGIONS, TABLES, TIMESTAMP, URLS, Column
from undertow.sources.base import Extraction, Progress, Quarantine, ReadOptions, SourceFile
from undertow.sources.believed_times import reason, shown, times_of, unbelievable
from undertow.sources.csv_scan import Record, put_away
from undertow.sources.functions import register
from undertow.sources.text_entities import read_from
from undertow.sql import identifier, literal
from undertow.text import text_key
from undertow.wording import count, joined

_log = logging.getLogger(__name__)

RECORD = "record"
SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    TIMESTAMP: "TIMESTAMPTZ",
    LIST_OF_TEXT: "VARCHAR[]",
    URLS: "STRUCT(raw VARCHAR, expanded VARCHAR, unwound VARCHAR, domain VARCHAR)[]",
    REGIONS: "STRUCT(region VARCHAR, share DOUBLE)[]",
    MEDIA: "STRUCT(key VARCHAR, type VARCHAR, url VARCHAR)[]",
}
PARSER_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException, pa.ArrowInvalid, OSError)
"""What a relation raises whose file cannot be parsed; through an Arrow stream DuckDB's errors are Arrow's."""
BATCH_ROWS = 25_000
"""Rows that are worked on at a time: few, so that no thread waits long for another at the end."""
ROW_GROUP_ROWS = 100_000
_NAME = re.compile(r"""'(?:[^']|'')*'|("(?:[^"]|"")*"|[a-z_][a-z0-9_]*)""")
"""A name in SQL, plain or quoted; a text in single quotes is matched too, so that it is passed over."""
_PROBLEM = "problem"
_SAID = {"hashtags": "hashtags", "urls": "links", "mentioned_handles": "mentions"}
_KEY = "row_key"
_RECURRING = (
    "platform", "account_id", "time_source", "time_precision", "kind", "language", "client", "reposted_account_id",
    "reposted_handle", "id_quality", "source_id", "location", "subject_type", "label", "value", "asserted_by",
    "page_id", "page_name", "disclaimer", "disclosure", "currency", "level",
)  # fmt: skip


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

    @property
    def path(self) -> Path:
        """The file that is read."""
        ...

    @property
    def numbered(self) -> bool:
        """Whether ``record`` is in the file; else the rows of the relation are records 1, 2, ... in order."""
        ...

    def relation(self) -> str:
        """The relation's SQL."""
        ...

    def checked(self, *, read: Collection[str] = ()) -> str:
        """A condition that is true and makes the reader check every column; those ``read`` anyway it may leave out."""
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
    a record (``text_key`` is made from ``text``). ``derived`` gives further tables, each as one or more sets of
    canonical column -> expression over the distinct values of the raw columns ``states``; rows in which all the
    columns under ``needs`` are null are left out, and equal rows are one, of the first record with it. ``key`` is
    a row's hash: where ``post_id`` is null it is made of the key and the number of times that it has occurred.
    ``from_text``: columns of ``posts`` that the layout has not, so that they are read from the text
    (:mod:`undertow.sources.text_entities`).
    """

    format: str
    main: str
    raw: Mapping[str, str]
    working: Mapping[str, str]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    states: tuple[str, ...] = ()
    derived: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str | None = None
    from_text: tuple[str, ...] = ()


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
    """Read ``records`` by ``layout`` into Parquet files in ``staging``.

    Raises InputError when there are records and not one can be used.
    """
    layout = replace(layout, problems=(*layout.problems, *_beyond_belief(layout, options)))
    extraction = _stage(records, layout, source, staging, options)
    if extraction.quarantine is not None and extraction.records_read == extraction.records_quarantined:
        raise _nothing_usable(records.shown, extraction.quarantine)
    return extraction


def _beyond_belief(layout: Layout, options: ReadOptions) -> Iterator[Problem]:
    """A problem for each of the layout's columns of times: that it is not believed."""
    found: dict[str, str] = {}
    for table, sets in ((layout.main, (layout.columns,)), *layout.derived.items()):
        for columns in sets:
            for name in set(times_of(table)) & set(columns):
                found[f"({columns[name]})::TIMESTAMPTZ"] = shown(table, name)
    for time, name in sorted(found.items()):
        yield Problem(unbelievable(time, layout.columns["platform"], options.read_at), reason(name))


def _stage(records: Records, layout: Layout, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
    with connect(staging, options) as connection, Quarantine(staging / "quarantine.jsonl") as quarantine:
        target = staging / f"{layout.main}.parquet"
        states = staging / "states.parquet"
        write = partial(
            _write_main,
            connection,
            layout=layout,
            target=target,
            states=states,
            source=source,
            progress=options.progress,
        )
        try:
            main = write(records)
        except PARSER_ERRORS as error:
            _log.debug("%s: %s", records.shown, error)
            records = records.recover(connection, staging, quarantine)
            main = write(records)
        for record in records.locate(sorted(main.problems)):
            put_away(quarantine, records.shown, record, main.problems[record.number])
        if quarantine.count != records.rejected + len(main.problems):
            raise InputError(
                f"of {len(main.problems)} records to put aside {quarantine.count - records.rejected} were found",
                where=records.shown,
                todo="The file may have changed while it was read: try again.",
            )
        staged = {layout.main: target}
        if layout.derived:
            _make_states(connection, layout, states)
        for table in layout.derived:
            staged[table] = staging / f"{table}.parquet"
            query = _derived_query(layout, table, source)
            connection.execute(f"COPY ({query}) TO {literal(str(staged[table]))} (FORMAT parquet)")
        options.progress(source.size, source.size)
        told = joined([_SAID[name] for name in layout.from_text])
        read = (f"{told} are read from the texts: the file has no columns of them",) if told else ()
        equal = (
            f"{count(main.repeats, 'record')} without an id "
            f"{'is' if main.repeats == 1 else 'are'} equal to another in all that was read (doubles of the file, or said "
            "twice): each is kept as a post of its own",
        )
        notes = (*records.notes, *read, *(equal if main.repeats else ()))
        return Extraction(
            format=layout.format,
            staged=staged,
            counted=(layout.main,),
            records_read=main.records + records.rejected,
            records_quarantined=quarantine.count,
            quarantine=quarantine.written,
            notes=notes if main.records + records.rejected else (*records.notes, "the file holds no records"),
        )


def _nothing_usable(shown: str, quarantine: Path) -> InputError:
    """The error for a file none of whose records can be used: most likely it is not what it was taken for."""
    reasons: Counter[str] = Counter()
    records = 0
    with quarantine.open(encoding="utf-8") as file:
        for line in file:
            records += 1
            reasons.update(json.loads(line)["reasons"][:1])
    reason, times = reasons.most_common(1)[0]
    return InputError(
        f"none of its {records} records can be used; {times} times: {reason}",
        where=shown,
        todo="Check that the file is in this layout (--format), the column map (--map) and the writing of its values.",
    )


@dataclass(frozen=True)
class _Main:
    """What came of writing the main table: the records of the relation, why some are not in the table, and how many
    without an id are equal to one before them."""

    records: int
    problems: Mapping[int, tuple[str, ...]]
    repeats: int


def _write_main(
    connection: duckdb.DuckDBPyConnection,
    records: Records,
    *,
    layout: Layout,
    target: Path,
    states: Path,
    source: SourceFile,
    progress: Progress,
) -> _Main:
    """Write the main table, in the order of the records, and the layout's states (each batch's distinct ones).

    Four things at a time: DuckDB parses and projects on its threads, one thread fetches the next Arrow batch, this
    one numbers the batch at hand (a row number in SQL would keep DuckDB to one thread) and gives texts their
    key, and one encodes Parquet.
    """
    table = TABLES[layout.main]
    schema = pa.schema([pa.field(c.name, c.type) for c in table.columns])
    number = "source_row" if "source_row" in table.names else RECORD
    if number == RECORD:
        schema = schema.append(pa.field(RECORD, pa.int64()))
    state_schema = pa.schema([*((name, pa.string()) for name in _state_names(layout)), (RECORD, pa.int64())])
    problems: dict[int, tuple[str, ...]] = {}
    total = done = 0
    bytes_in_all = max(records.path.stat().st_size, 1)
    query = _main_query(records, layout, source)
    occurrences = _Occurrences.of(connection, records, layout) if layout.key else None
    with (
        pq.ParquetWriter(target, schema, use_dictionary=_few_values(layout.main)) as writer,
        pq.ParquetWriter(states, state_schema) as state_writer,
        ThreadPoolExecutor(1) as pool,
    ):

        def encode(group: list[tuple[pa.RecordBatch, pa.RecordBatch]]) -> None:
            rows, seen = zip(*group, strict=True)
            writer.write_table(pa.Table.from_batches(rows), ROW_GROUP_ROWS + BATCH_ROWS)
            state_writer.write_table(_distinct(pa.Table.from_batches(seen)))

        group: list[tuple[pa.RecordBatch, pa.RecordBatch]] = []
        writing: Future[None] | None = None
        for whole in _read_ahead(connection.sql(query).to_arrow_reader(BATCH_ROWS)):
            batch = whole
            first = total + 1
            total += batch.num_rows
            numbers = batch.column(RECORD) if records.numbered else pa.array(range(first, total + 1), pa.int64())
            why = batch.column(_PROBLEM)
            if why.null_count < len(why):
                bad = pc.is_valid(why)
                found = zip(pc.filter(numbers, bad).to_pylist(), pc.filter(why, bad).to_pylist(), strict=True)
                problems.update({record: _reasons(layout, mask) for record, mask in found})
                good = pc.invert(bad)
                batch, numbers = batch.filter(good), pc.filter(numbers, good)
            if occurrences is not None:
                batch = occurrences.identify(batch)
            rows = _finished(batch, numbers, schema, number, layout.from_text)
            states_of = [*map(batch.column, _state_names(layout)), numbers]
            group.append((rows, pa.RecordBatch.from_arrays(states_of, schema=state_schema)))
            if sum(rows.num_rows for rows, _ in group) >= ROW_GROUP_ROWS:
                if writing is not None:
                    writing.result()
                writing = pool.submit(encode, group)
                group = []
            done += batch.nbytes
            progress(int(source.size * min(done / bytes_in_all, 0.95)), source.size)
        if writing is not None:
            writing.result()
        if group:
            encode(group)
    return _Main(total, problems, occurrences.repeats if occurrences is not None else 0)


def _read_ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, the next one being fetched while one is worked on."""
    coming = iter(batches)
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, coming, None)
        while (batch := following.result()) is not None:
            following = pool.submit(next, coming, None)
            yield batch


def _distinct(states: pa.Table) -> pa.Table:
    """Equal states once, with the first record that has it."""
    names = states.column_names[:-1]
    if not names:
        return states.slice(0, 0)
    return (
        states.group_by(names, use_threads=False).aggregate([(RECORD, "min")]).rename_columns(states.column_names)
    )


class _Occurrences:
    """Numbers the rows that share a key, so that exact repeats get different ids, the same in every reading.

    Only keys that occur more than once are kept in memory.
    """

    def __init__(self, repeated: Iterable[str]) -> None:
        self._seen = dict.fromkeys(repeated, 0)
        self.repeats = 0

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, records: Records, layout: Layout) -> _Occurrences:
        rows = f"SELECT {layout.key} AS {_KEY} FROM ({_prepared(records, layout)})"  # checks every column
        query = f"SELECT {_KEY} FROM ({rows}) WHERE {_KEY} IS NOT NULL GROUP BY {_KEY} HAVING count(*) > 1"
        return cls(row[0] for row in connection.execute(query).fetchall())

    def identify(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """``batch`` with the null values of ``post_id`` filled in."""
        index = batch.schema.get_field_index("post_id")
        ids = batch.column("post_id").to_pylist()
        keys = batch.column(_KEY).to_pylist()
        filled = [self._id(key) if id_ is None else id_ for id_, key in zip(ids, keys, strict=True)]
        return batch.set_column(index, "post_id", pa.array(filled, pa.string()))

    def _id(self, key: str) -> str:
        times = self._seen.get(key)
        if times is None:
            return key
        self._seen[key] = times + 1
        self.repeats += times > 0
        return key if times == 0 else f"{key}.{times + 1}"


def _finished(
    batch: pa.RecordBatch, numbers: pa.Array, schema: pa.Schema, number: str, from_text: tuple[str, ...]
) -> pa.RecordBatch:
    """``batch`` in the schema's order and types, with its record numbers, text keys and what is read from texts."""
    columns = []
    texts = batch.column("text").to_pylist() if "text" in schema.names else []
    for field_ in schema:
        if field_.name == number:
            columns.append(numbers)
        elif field_.name == "text_key" and "text" in schema.names:
            columns.append(pa.array([text_key(text) for text in texts], pa.string()))
        elif field_.name in from_text:
            columns.append(pa.array(read_from(texts, field_.name), field_.type))
        else:
            columns.append(batch.column(field_.name).cast(field_.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _few_values(table: str) -> list[str]:
    """The columns whose values recur, for which a dictionary is worth its time."""
    return [name for name in _RECURRING if name in TABLES[table].names]


def _reasons(layout: Layout, mask: int) -> tuple[str, ...]:
    return tuple(problem.reason for bit, problem in enumerate(layout.problems) if mask >> bit & 1)


def _prepared(records: Records, layout: Layout, *results: str) -> str:
    """The records with the layout's raw and working columns, of which the expressions ``results`` are made."""
    raw = ", ".join(f"{expression} AS {name}" for name, expression in layout.raw.items())
    working = "".join(f", {expression} AS {name}" for name, expression in layout.working.items())
    checked = records.checked(read=_read_by(layout, results))
    return f"SELECT *{working} FROM (SELECT {RECORD}, {raw} FROM {records.relation()} WHERE {checked})"


def _read_by(layout: Layout, results: Iterable[str]) -> frozenset[str]:
    """The columns ``c0``, ``c1``, ... of the records that the expressions ``results`` read, by way of others."""
    known = {**layout.raw, **layout.working}
    read: set[str] = set()
    waiting = set(_NAME.findall(" ".join(results)))
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            waiting |= set(_NAME.findall(known.get(name, "")))
    return frozenset(read)


def _problem_mask(layout: Layout) -> str:
    """One bit a problem of the layout that the record has; null where it has none."""
    bits = (
        f"CASE WHEN {problem.condition} THEN {1 << bit} ELSE 0 END" for bit, problem in enumerate(layout.problems)
    )
    return f"nullif(({' + '.join(bits) or '0'})::BIGINT, 0)"


def _main_query(records: Records, layout: Layout, source: SourceFile) -> str:
    columns = _select(layout.main, layout.columns, source, without=("text_key", "source_row"))
    key = f", {layout.key} AS {_KEY}" if layout.key else ""
    mask = f"{_problem_mask(layout)} AS {_PROBLEM}"
    states = (f"{raw} AS {name}" for raw, name in zip(layout.states, _state_names(layout), strict=True))
    results = ", ".join((columns, mask + key, *states))
    return f"SELECT {RECORD}, {results} FROM ({_prepared(records, layout, results)})"


def _derived_query(layout: Layout, table: str, source: SourceFile) -> str:
    parts = []
    for columns in layout.derived[table]:
        inner = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in columns.items())
        needed = ", ".join(f"({columns[name]})::VARCHAR" for name in layout.needs.get(table, ()))
        where = f" WHERE coalesce({needed}) IS NOT NULL" if needed else ""
        names = ", ".join(map(identifier, columns))
        given = {name: identifier(name) for name in columns}
        parts.append(
            f"SELECT {_select(table, given, source)}, {RECORD} FROM (SELECT {names}, min({RECORD}) AS {RECORD} "
            f"FROM (SELECT {inner}, {RECORD} FROM states{where}) GROUP BY {names})"
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"


def _select(
    table: str, expressions: Mapping[str, str], source: SourceFile, *, without: tuple[str, ...] = ()
) -> str:
    given = {"source_id": literal(source.source_id), **expressions}
    unknown = set(expressions) - set(TABLES[table].names)
    if unknown:
        raise KeyError(f"{table} has no column {sorted(unknown)}")
    columns = (column for column in TABLES[table].columns if column.name not in without)
    return ", ".join(f"{_typed(column, given)} AS {identifier(column.name)}" for column in columns)


def _typed(column: Column, given: Mapping[str, str]) -> str:
    type_ = SQL_TYPES[column.type]
    return f"CAST({given.get(column.name, 'NULL')} AS {type_})"


def _make_states(connection: duckdb.DuckDBPyConnection, layout: Layout, seen: Path) -> None:
    """Make the table ``states``: the distinct values of the layout's states, and the first record with each."""
    found = _state_names(layout)
    named = ", ".join(f"{name} AS {raw}" for raw, name in zip(layout.states, found, strict=True))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE states AS SELECT {named}, min({RECORD}) AS {RECORD} "
        f"FROM {parquet([seen])} GROUP BY {', '.join(found)}"
    )


def _state_names(layout: Layout) -> list[str]:
    """The columns that carry the layout's states out of the query: raw names may need quoting, these do not."""
    return [f"state_{index}" for index in range(len(layout.states))]
