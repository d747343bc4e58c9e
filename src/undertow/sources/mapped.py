"""Any CSV, TSV or Parquet file, by a column map (see :mod:`undertow.sources.mapping`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from undertow.errors import UsageError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.head import Head, Kind
from undertow.sources.mapping import check_names, mapped_layout
from undertow.sources.stage import stage
from undertow.sources.tabular import TABULAR, open_table


@dataclass(frozen=True)
class Mapped:
    """The reader of a table by a column map."""

    format: str = "mapped"
    description: str = "any CSV, TSV or Parquet file, by a column map (--map)"
    columns: tuple[str, ...] = ()
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Never by content: a map has to be given."""
        del head
        return 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into posts, and into accounts, counters and labels where the map names their columns."""
        if not options.mapping:
            raise UsageError(
                "a column map is needed",
                where=source.shown,
                todo="Give --map account_id=COLUMN --map created_at=COLUMN ...",
            )
        check_names(options.mapping)
        records = open_table(source, staging, options)
        layout = mapped_layout(records.columns, options, shown=source.shown, format_=self.format)
        return stage(records, layout, source, staging, options)


MAPPED = Mapped()
