"""The records of a CSV, TSV or Parquet file, whichever it is."""

from __future__ import annotations

from pathlib import Path

from undertow.errors import InputError
from undertow.sources.base import ReadOptions, SourceFile
from undertow.sources.csv_records import CsvRecords
from undertow.sources.head import Kind, look
from undertow.sources.parquet_records import ParquetRecords
from undertow.sources.stage import Records

TABULAR: frozenset[Kind] = frozenset({"csv", "parquet"})


def open_table(source: SourceFile, staging: Path, options: ReadOptions) -> Records:
    """The records of ``source`` by its content; InputError when it is neither CSV nor Parquet."""
    kind = look(source.path, source.shown, encoding=options.encoding).kind
    if kind == "parquet":
        return ParquetRecords.open(source)
    if kind == "csv":
        return CsvRecords.open(source, staging, options)
    raise InputError(f"this is a {kind} file, not a table", where=source.shown, todo="Leave out --format.")


def places(
    columns: tuple[str, ...], needed: tuple[str, ...], shown: str, optional: tuple[str, ...] = ()
) -> dict[str, str]:
    """``r_<column>`` -> ``c<place>`` for the columns of a layout, whatever their case; null for absent ones.

    Raises InputError when a needed column is missing or a known one occurs twice.
    """
    found: dict[str, int] = {}
    for index, name in enumerate(columns):
        key = name.strip().lower()
        if key in found and key in (*needed, *optional):
            raise InputError(f"the column {name!r} occurs twice", where=shown, todo="Remove or rename one of them.")
        found[key] = index
    missing = [name for name in needed if name not in found]
    if missing:
        raise InputError(
            f"columns of the layout are missing: {', '.join(missing)}",
            where=shown,
            todo="Leave out --format to have the layout detected, or say which column is what with --map.",
        )
    return {
        f"r_{name}": f"c{found[name]}" if name in found else "CAST(NULL AS VARCHAR)"
        for name in (*needed, *optional)
    }
