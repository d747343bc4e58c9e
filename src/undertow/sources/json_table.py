"""JSON records as a table of texts, so that JSON goes through the same column map as CSV.

A column is a *path*: ``author.id`` is the field ``id`` of the object ``author``, ``media.0.url`` counts in lists
from 0, and ``hashtags.tag`` gathers ``tag`` of every element of the list ``hashtags``. A field whose own name has
dots is found under it.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.engines import embedded
from undertow.errors import InputError, did_you_mean
from undertow.sources.base import Quarantine, ReadOptions, SourceFile
from undertow.sources.csv_scan import Record
from undertow.sources.json_fields import TOO_DEEP
from undertow.sources.jsonl_records import JsonRecord, JsonValue, json_records

RECORD = "record"
_BATCH = 10_000
_PATHS_LOOKED_AT = 200
_DEEPEST = 8


def at_path(value: JsonValue, path: str) -> JsonValue:
    """What is at ``path``; None when nothing is.

    >>> at_path({"a": {"b": [{"c": 1}, {"c": 2}]}}, "a.b.c")
    [1, 2]
    >>> at_path({"a": {"b": [{"c": 1}, {"c": 2}]}}, "a.b.1.c")
    2
    """
    if not path:
        return value
    if isinstance(value, list):
        first, _, rest = path.partition(".")
        if first.isascii() and first.isdigit():
            return at_path(value[int(first)], rest) if int(first) < len(value) else None
        return [found for element in value if (found := at_path(element, path)) is not None]
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    cut = path.find(".")
    while cut >= 0:
        if path[:cut] in value:
            return at_path(value[path[:cut]], path[cut + 1 :])
        cut = path.find(".", cut + 1)
    return None


def as_text(value: JsonValue) -> str | None:
    """A JSON value as the text that a CSV would hold: lists as Python prints lists of texts, empty as None.

    >>> [as_text(value) for value in ("", 5, True, ["a", 1], {"b": None})]
    [None, '5', 'true', "['a', '1']", '{"b": null}']
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return repr([text for element in value if (text := as_text(element)) is not None])
    return json.dumps(value, ensure_ascii=False)


def paths(value: JsonValue, depth: int = _DEEPEST) -> Iterator[str]:
    """The paths of the fields of ``value`` that hold no further fields, through objects and lists."""
    if not depth:
        return
    if isinstance(value, list):
        for element in value:
            yield from paths(element, depth - 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            below = list(dict.fromkeys(paths(inner, depth - 1)))
            yield from (f"{key}.{path}" for path in below)
            if not below:
                yield key


@dataclass(frozen=True)
class JsonTable:
    """The records of one JSON file as a relation ``record, c0, c1, ...`` of texts, for ``stage``.

    Made by :meth:`open`, which puts what is no object into a quarantine of its own: ``unread`` records of
    ``records`` in all.
    """

    source: SourceFile
    options: ReadOptions
    path: Path
    columns: tuple[str, ...]
    records: int
    unread: int
    rejected: int = 0
    notes: tuple[str, ...] = ()
    numbered: bool = True

    @classmethod
    def open(
        cls,
        source: SourceFile,
        staging: Path,
        options: ReadOptions,
        *,
        columns: Sequence[str],
        quarantine: Quarantine,
    ) -> JsonTable:
        """Write the texts at the paths ``columns`` to a file in ``staging``, in bounded memory.

        InputError for a path that no record has, or when no record is an object.
        """
        names = tuple(columns)
        schema = pa.schema([(RECORD, pa.int64()), *((f"c{index}", pa.string()) for index in range(len(names)))])
        target = staging / "records.parquet"
        found = [False] * len(names)
        known: dict[str, None] = {}
        total, reasons = 0, list[str]()
        with pq.ParquetWriter(target, schema) as writer:
            batch: list[tuple[int | str | None, ...]] = []
            for record in json_records(source, options):
                total = record.number
                if record.broken is not None or not isinstance(record.value, dict):
                    reason = record.broken or "not an object"
                    reasons[3:] = []
                    reasons.append(reason)
                    _put_away(quarantine, source.shown, record, reason)
                    continue
                if total <= _PATHS_LOOKED_AT:
                    known.update(dict.fromkeys(paths(record.value)))
                values = [at_path(record.value, name) for name in names]
                found = [before or value is not None for before, value in zip(found, values, strict=True)]
                try:
                    batch.append((total, *map(as_text, values)))
                except RecursionError:
                    _put_away(quarantine, source.shown, record, TOO_DEEP)
                if len(batch) == _BATCH:
                    writer.write_batch(_arrow(batch, schema))
                    batch = []
            if batch:
                writer.write_batch(_arrow(batch, schema))
        if quarantine.count == total:
            raise InputError(
                f"none of the {total} records is a JSON object ({'; '.join(dict.fromkeys(reasons))})",
                where=source.shown,
                todo="Give JSON Lines or an array of objects.",
            )
        for name, seen in zip(names, found, strict=True):
            if not seen:
                raise InputError(
                    f"no record has a field {name!r}", where=source.shown, todo=did_you_mean(name, known)
                )
        return cls(source, options, target, names, total, quarantine.count)

    @property
    def shown(self) -> str:
        """The name that people see."""
        return self.source.shown

    def relation(self) -> str:
        """The relation's SQL."""
        return f"(SELECT * FROM {embedded.parquet([self.path])})"

    def checked(self, *, read: Collection[str] = ()) -> str:  # noqa: ARG002
        """A condition that is true: every column was checked when the table was made."""
        return "true"

    def recover(self, connection: duckdb.DuckDBPyConnection, staging: Path, quarantine: Quarantine) -> JsonTable:  # noqa: ARG002
        """InputError: a file that was written here a moment ago cannot be read."""
        raise InputError("the table made of the file cannot be read", where=self.shown, todo="Try again.")

    def locate(self, numbers: Sequence[int]) -> Iterator[Record]:
        """The records with these numbers (ascending), each with its place and bytes."""
        wanted = set(numbers)
        if not wanted:
            return
        for record in json_records(self.source, self.options):
            if record.number in wanted:
                yield Record(record.number, record.offset or 0, record.line, record.raw, ())
                wanted.discard(record.number)
                if not wanted:
                    return


def _put_away(quarantine: Quarantine, shown: str, record: JsonRecord, reason: str) -> None:
    quarantine.put(
        file=shown,
        record=record.number,
        byte_offset=record.offset,
        line=record.line,
        reasons=(reason,),
        raw=record.raw,
    )


def _arrow(batch: list[tuple[int | str | None, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*batch, strict=True)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def together(parts: Sequence[Path | None], target: Path) -> Path | None:
    """Quarantine files of one input, each in the order of its records, as one at ``target``; None when all are."""
    with ExitStack() as files, target.open("wb") as merged:
        streams = [_numbered(files.enter_context(path.open("rb"))) for path in parts if path is not None]
        merged.writelines(line for _, line in heapq.merge(*streams))
    if streams:
        return target
    target.unlink()
    return None


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((int(json.loads(line)["record"]), line) for line in lines)
