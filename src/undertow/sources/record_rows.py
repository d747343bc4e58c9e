"""From records to staged rows: each record gives all its rows, or goes to quarantine with none.

What every reader of records shares: numbering, quarantine, dropping of account states that were just seen, and the
final account of what was read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from undertow.errors import InputError
from undertow.sources.base import Extraction, Quarantine, SourceFile
from undertow.sources.believed_times import check
from undertow.sources.row_types import TABLE_OF, AccountRow, CounterRow, LabelRow, Row, values
from undertow.sources.staged_rows import StagedTables

REMEMBERED = 50_000
"""Account states that are remembered so as not to be written again (about 40 MB); then memory starts afresh, and
what is written twice is recognised when the case merges it."""

COUNTED = ("posts", "accounts", "labels", "ads")


class RecordRows:
    """The staged rows and the quarantine of one input file; a context manager."""

    def __init__(self, source: SourceFile, staging: Path, layout: str, read_at: dt.datetime | None = None) -> None:
        self.records = 0
        self.kept = 0
        self._source = source
        self._read_at = read_at
        self._layout = layout
        self._tables = StagedTables(staging, TABLE_OF.values())
        self._quarantine = Quarantine(staging / "quarantine.jsonl")
        self._reasons: Counter[str] = Counter()
        self._profiles: dict[object, tuple[object, ...]] = {}
        self._counters: dict[object, tuple[object, ...]] = {}
        self._labels: dict[object, tuple[object, ...]] = {}

    def __enter__(self) -> RecordRows:
        self._tables.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._quarantine.__exit__(kind, error, trace)
        self._tables.__exit__(kind, error, trace)

    def check(self, *rows: Iterable[Row]) -> None:
        """Raise BrokenRecordError where a row of a record cannot be kept: with a time that is not believed."""
        for each in rows:
            check(each, self._read_at)

    def keep(self, rows: Iterable[Row], brought: Iterable[Row] = ()) -> None:
        """Stage one record: its own ``rows`` (at least one of a counted table), and what it ``brought`` along.

        Of accounts and labels that were brought along only what differs from the last state seen is written.
        """
        self.records += 1
        self.kept += 1
        for row in rows:
            self._stage(row)
        for row in brought:
            if not self._seen(row):
                self._stage(row)

    def refuse(self, reason: str, raw: bytes, *, offset: int | None, line: int | None) -> None:
        """Send one record to quarantine."""
        self.records += 1
        self._reasons[reason] += 1
        self._quarantine.put(
            file=self._source.shown,
            record=self.records,
            byte_offset=offset,
            line=line,
            reasons=(reason,),
            raw=raw,
        )

    def finish(self, *, expected: str, notes: tuple[str, ...] = ()) -> Extraction:
        """Write everything and say what was read.

        InputError when there was nothing to keep: the file is of another kind than ``expected`` ("posts").
        """
        if not self.kept:
            found = "; ".join(
                f"{reason} ({count} of {self.records})" for reason, count in self._reasons.most_common(3)
            )
            raise InputError(
                f"nothing in the file could be read as {expected}: {found or 'it holds no records'}",
                where=self._source.shown,
                todo="Give a file of posts, accounts or ads, name the layout (--format), or its columns (--map).",
            )
        return Extraction(
            format=self._layout,
            staged=self._tables.finish(),
            counted=COUNTED,
            records_read=self.records,
            records_quarantined=self._quarantine.count,
            quarantine=self._quarantine.written,
            notes=notes,
        )

    def _stage(self, row: Row) -> None:
        self._tables[TABLE_OF[type(row)]].add((*values(row), self._source.source_id, self.records))

    def _seen(self, row: Row) -> bool:
        state: tuple[object, ...]
        if isinstance(row, AccountRow):
            known, state = self._profiles, (row.handle, row.display_name, row.description, row.location,
                                            row.profile_url, row.created_at, row.language)  # fmt: skip
            key: object = row.account_id
        elif isinstance(row, CounterRow):
            known, state = self._counters, (row.observed_at, row.followers, row.following, row.posts)
            key = row.account_id
        elif isinstance(row, LabelRow):
            known, state = self._labels, ()  # the first time that it was seen stands
            key = row.subject_type, row.subject_id, row.label, row.value
        else:
            return False
        if known.get(key) == state:
            return True
        if len(known) >= REMEMBERED:
            known.clear()
        known[key] = state
        return False
