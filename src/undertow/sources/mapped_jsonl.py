"""Any JSON Lines or JSON file of objects, by a column map (see :mod:`undertow.sources.mapping`).

The columns of the map are paths into the objects (see :mod:`undertow.sources.json_table`):
``--map account_id=author.id --map created_at=time --map hashtags=entities.hashtags.tag``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from undertow.errors import UsageError
from undertow.sources.base import Extraction, Quarantine, ReadOptions, SourceFile
from undertow.sources.head import Head, Kind
from undertow.sources.json_table import JsonTable, together
from undertow.sources.mapping import check_names, mapped_layout
from undertow.sources.stage import stage


@dataclass(frozen=True)
class MappedJsonl:
    """The reader of JSON objects by a column map. A record is a line, or an element of an array."""

    format: str = "mapped-jsonl"
    description: str = "any JSON Lines or JSON file of objects, by a column map (--map) of paths like author.id"
    columns: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset({"json"})

    def recognise(self, head: Head) -> float:
        """Never by content: a map has to be given."""
        del head
        return 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into posts, and into accounts, counters and labels where the map names their paths.

        Raises UsageError for a map that is missing or wrong, InputError for a path that no record has and for a
        file that cannot be read.
        """
        if not options.mapping:
            raise UsageError(
                "a column map is needed",
                where=source.shown,
                todo="Give --map account_id=PATH --map created_at=PATH ..., with paths like author.id.",
            )
        check_names(options.mapping)
        columns = tuple(dict.fromkeys(options.mapping.values()))
        with Quarantine(staging / "no-objects.jsonl") as unread:
            table = JsonTable.open(source, staging, options, columns=columns, quarantine=unread)
        layout = mapped_layout(table.columns, options, shown=source.shown, format_=self.format)
        extraction = stage(table, layout, source, staging, options)
        parts = (unread.written, extraction.quarantine)
        return replace(
            extraction,
            records_read=extraction.records_read + table.unread,
            records_quarantined=extraction.records_quarantined + table.unread,
            quarantine=together(parts, staging / "all-quarantine.jsonl"),
        )


MAPPED_JSONL = MappedJsonl()
"""Any JSON objects by a column map."""
