"""Deleting what a case no longer names: the only place where files of a case are removed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from undertow import ledger as ledgers
from undertow.case import LEDGER, LOCK, Case
from undertow.storage import locked

GRACE = dt.timedelta(hours=24)
"""How long a part that was removed from its table stays, for readers that opened the case before."""


@dataclass(frozen=True)
class Compacted:
    """What was deleted."""

    deleted: tuple[Path, ...]
    bytes: int


def compact(case: Case) -> Compacted:
    """Delete, under the lock, the Parquet files of tables that no line has named for 24 hours.

    A file counts as named while it is a part of its table, and for 24 hours after the line that removed it; a
    file that no line ever named (of a command that was killed) is judged by its own age.
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
        deleted: list[Path] = []
        freed = 0
        for path in sorted((case.path / "tables").glob("*/*.parquet")):
            key = (path.parent.name, path.name)
            if key in current:
                continue
            status = path.stat()
            since = removed_at.get(key, dt.datetime.fromtimestamp(status.st_mtime, dt.UTC))
            if now - since > GRACE:
                freed += status.st_size
                case.disk.remove(path)
                case.disk.sync_folder(path.parent)
                deleted.append(path)
    return Compacted(tuple(deleted), freed)
