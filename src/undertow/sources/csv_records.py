"""CSV files as a relation for DuckDB, read strictly and accounted for to the last record.

DuckDB reads (explicit columns, all text, nothing detected at run time, strict); at the first record that it
cannot read, Python's parser (:mod:`undertow.sources.csv_scan`) takes over the whole file: it tells bad records from
good ones, whatever the mixture of line ends, and knows where each lies. White space between a delimiter and an
opening quote is not part of the field when DuckDB reads (``1, "a"``), and is when Python does.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.engines import embedded
from undertow.errors import InputError
from undertow.sources.base import Quarantine, ReadOptions, SourceFile
from undertow.sources.csv_scan import MOST_BYTES, NOT_UTF8, Record, put_away, scan
from undertow.sources.head import BROKEN_STREAM, broken_stream, look, open_bytes
from undertow.sql import file_name, literal

_log = logging.getLogger(__name__)

RECORD = "record"
_NO_NULL = "\x1fundertow: no null\x1f"
"""Where empty fields are null, DuckDB accepts records with too many fields when the last ones are empty: a record
that an unquoted comma has shifted would pass. So nothing is null to it, and empty fields become null afterwards."""
_COPY = 1 << 20
_BATCH = 20_000
_WRONG_ENCODING_SHARE = 0.05
_WRONG_ENCODING_LEAST = 20


@dataclass(frozen=True)
class CsvRecords:
    """A CSV as it is read: plain UTF-8 at ``path`` (unpacked where it was compressed or otherwise encoded).

    ``columns`` are the header's names; the relation's columns are ``record`` (from 1) and ``c0``, ``c1``, ...
    """

    path: Path
    shown: str
    delimiter: str
    columns: tuple[str, ...]
    escape: str = '"'
    asked_escape: bool = False
    parquet: Path | None = None
    rejected: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def open(cls, source: SourceFile, staging: Path, options: ReadOptions) -> CsvRecords:
        """Look at ``source`` and unpack it into ``staging`` where DuckDB cannot read it as it lies."""
        head = look(source.path, source.shown, encoding=options.encoding)
        if len(head.columns) < 2:
            raise InputError(
                f"only one column was found ({', '.join(head.columns)[:80]!r})",
                where=source.shown,
                todo="Give a CSV with commas, tabs, semicolons or bars between its columns.",
            )
        path = source.path
        if options.encoding is not None:
            path = _transcoded(source, staging, options.encoding)
        elif head.compression:
            path = _unpacked(source, staging, head.compression)
        escape = options.escape or '"'
        if escape not in ('"', "\\"):
            raise InputError(
                f"the escape character {escape!r} is not known", where="--escape", todo="Give '\"' or '\\'."
            )
        return cls(path, source.shown, head.delimiter, head.columns, escape, options.escape is not None)

    @property
    def numbered(self) -> bool:
        """Whether the relation's ``record`` is stored; else its rows are in the file's order."""
        return self.parquet is not None

    def relation(self) -> str:
        """The SQL of the relation, in the file's order; ``record`` is 0 where it is not stored."""
        if self.parquet is not None:
            return f"(SELECT * FROM {embedded.parquet([self.parquet])})"
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.columns)))
        values = ", ".join(f"nullif(c{index}, '') AS c{index}" for index in range(len(self.columns)))
        # No new_line option: given one that does not fit the file, DuckDB returns no row and no error.
        return (
            f"(SELECT 0::BIGINT AS {RECORD}, {values} FROM read_csv({file_name(self.path)}, "
            f"columns = {{{columns}}}, auto_detect = false, header = true, strict_mode = true, "
            "compression = 'none', hive_partitioning = false, "
            f"delim = {literal(self.delimiter)}, quote = '\"', escape = {literal(self.escape)}, "
            f"nullstr = {literal(_NO_NULL)}, max_line_size = {MOST_BYTES // 4}))"
        )

    def checked(self, *, read: Collection[str] = ()) -> str:
        """A condition that is always true and looks at every column not ``read``: those not looked at are not checked."""
        names = (f"c{index}" for index in range(len(self.columns)))
        return " AND ".join(f"strlen({name}) IS DISTINCT FROM -1" for name in names if name not in read) or "true"

    def recover(self, connection: duckdb.DuckDBPyConnection, staging: Path, quarantine: Quarantine) -> CsvRecords:
        """The same records after DuckDB could not read them: with another escape character, or by Python.

        Records that cannot be read are put into ``quarantine``. InputError when most are broken because of the
        encoding, or when it cannot be told how quotes are escaped.
        """
        doubtful = not self.asked_escape and _contains(self.path, b'\\"')
        if doubtful:
            other = replace(self, escape="\\", notes=("quotes are escaped with a backslash",))
            if other._reads_cleanly(connection):
                return other
        target = staging / "records.parquet"
        total = sum(self._rewrite(target, quarantine, doubtful=doubtful))
        _log.debug("%s: read %d records by Python's parser", self.shown, total)
        return replace(self, parquet=target, rejected=quarantine.count)

    def _reads_cleanly(self, connection: duckdb.DuckDBPyConnection) -> bool:
        try:
            connection.execute(f"SELECT count(*) FROM {self.relation()} WHERE {self.checked()}").fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            return False
        return True

    def _rewrite(self, target: Path, quarantine: Quarantine, *, doubtful: bool) -> Iterator[int]:
        """Write the good records to ``target`` in batches, yielding each batch's size."""
        schema = pa.schema(
            [(RECORD, pa.int64()), *((f"c{index}", pa.string()) for index in range(len(self.columns)))]
        )
        wrong_encoding = total = 0
        with pq.ParquetWriter(target, schema) as writer:
            batch: list[Record] = []
            for record in scan(self.path, delimiter=self.delimiter, escape=self.escape, width=len(self.columns)):
                total += 1
                if record.reasons:
                    if doubtful and b'\\"' in record.raw:
                        raise InputError(
                            f'record {record.number} (line {record.line}) contains \\" and the file reads cleanly '
                            "neither with doubled quotes nor with backslashes",
                            where=self.shown,
                            todo="Say how quotes are escaped: --escape '\"' or --escape '\\'.",
                        )
                    wrong_encoding += NOT_UTF8 in record.reasons
                    put_away(quarantine, self.shown, record, record.reasons)
                    continue
                batch.append(record)
                if len(batch) == _BATCH:
                    writer.write_batch(_arrow(batch, schema))
                    yield len(batch)
                    batch = []
            if batch:
                writer.write_batch(_arrow(batch, schema))
                yield len(batch)
        if wrong_encoding >= _WRONG_ENCODING_LEAST and wrong_encoding > total * _WRONG_ENCODING_SHARE:
            raise InputError(
                f"{wrong_encoding} of {total} records hold bytes that are not UTF-8",
                where=self.shown,
                todo="Give the file's encoding (--encoding latin-1, cp1252, ...), or save it as UTF-8.",
            )

    def locate(self, numbers: Sequence[int]) -> Iterator[Record]:
        """The records with these numbers (ascending), each with its place and bytes."""
        wanted = iter(numbers)
        number = next(wanted, None)
        for record in scan(self.path, delimiter=self.delimiter, escape=self.escape, width=len(self.columns)):
            if number is None:
                return
            if record.number == number:
                yield record
                number = next(wanted, None)


def _arrow(batch: list[Record], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*(record.fields for record in batch), strict=True)
    arrays = [pa.array([value or None for value in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays([pa.array([r.number for r in batch], pa.int64()), *arrays], schema=schema)


def _contains(path: Path, needle: bytes) -> bool:
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_COPY):
            if needle in tail + chunk:
                return True
            tail = chunk[-(len(needle) - 1) :]
    return False


def _unpacked(source: SourceFile, staging: Path, compression: str) -> Path:
    target = staging / "unpacked.csv"
    try:
        with open_bytes(source.path) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _COPY)
    except BROKEN_STREAM as error:
        raise broken_stream(source.shown, compression, error) from error
    return target


def _transcoded(source: SourceFile, staging: Path, encoding: str) -> Path:
    import codecs

    target = staging / "utf8.csv"
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        with open_bytes(source.path) as file, target.open("wb") as plain:
            while chunk := file.read(_COPY):
                plain.write(decoder.decode(chunk).encode("utf-8"))
                done += len(chunk)
            plain.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError as error:
        raise InputError(
            f"the file is not in {encoding}, near byte {done} ({error})",
            where=source.shown,
            todo="Give another --encoding.",
        ) from error
    except BROKEN_STREAM as error:
        raise broken_stream(source.shown, "compressed", error) from error
    return target
