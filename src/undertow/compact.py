"""Deleting what a case no longer names. Beside it only what is kept of counts removes its own older states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from undertow import ledger as ledgers
from undertow.case import LEDGER, LOCK, Case
from undertow.engines.partials import FOLDER as PARTIALS
from undertow.storage import locked

GRACE = dt.timedelta(hours=24)
"""How long a part that was removed from its table stays, for readers that opened the case before."""


@dataclass(frozen=True)
class Compacted:
    """What was deleted."""

    deleted: tuple[Path, ...]
    bytes: int


def compact(case: Case) -> Compacted:
    """Delete, under the lock, the Parquet files of tables that no line has named for 24 hours, and what is derived of them.

    A file counts as named while it is a part of its table, and for 24 hours after the line that removed it; a
    file that no line ever named (of a command that was killed) is judged by its own age. Derived tables go when they
    were made more than 24 hours before the tables last changed, counts kept by part with their part; both can be made
    again.
    """
    now = case.clock()
    with locked(case.path / LOCK):
        ledger = ledgers.recover(case.path / LEDGER, case.disk)
        current = {(part.table, part.file) for part in ledger.parts()}
        removed_at = {
            (part.table, part.file): dt.datetime.fromisoformat(line.time)
            for line in ledger.lines
            for part in line.removed
        }
        changed = [line.time for line in ledger.lines if line.added or line.removed or line.seq == 1][-1]
        old = [*_derived_before(case.path / "derived", dt.datetime.fromisoformat(changed) - GRACE)]
        for path in sorted((case.path / "tables").glob("*/*.parquet")):
            key = (path.parent.name, path.name)
            if key not in current and now - removed_at.get(key, _made(path)) > GRACE:
                old.append(path)
                old += (case.path / "derived" / PARTIALS).glob(f"*/{path.stem}-*.parquet")
        freed = 0
        for path in old:
            freed += path.stat().st_size
            case.disk.remove(path)
            case.disk.sync_folder(path.parent)
        for folder in {path.parent for path in old if not any(path.parent.iterdir())}:
            folder.rmdir()
    return Compacted(tuple(old), freed)


def _made(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def _derived_before(folder: Path, time: dt.datetime) -> Iterator[Path]:
    """The files of derived tables that were made before ``time``."""
    for path in sorted(folder.glob("*/*/*")):
        if path.parent.parent.name != PARTIALS and _made(path) < time:
            yield path
