"""The report of a case: what it holds and what was found, as the plain values that reports are made from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from undertow.published import published
from undertow.reports.model import Report, Source, TableCount
from undertow.schema import TABLES

if TYPE_CHECKING:
    from undertow.case import Case


def report_of(case: Case, *, identifiable: bool = False) -> Report:
    """The report of ``case`` as it stands; :class:`UsageError` when it has no findings yet.

    Accounts carry pseudonyms, and the ids of posts are left out, unless ``identifiable``.
    """
    shown = published(case, identifiable=identifiable)
    sources = tuple(
        Source(
            name=shown.sentence(entry.name),
            format=entry.format,
            sha256=entry.sha256,
            size_bytes=entry.bytes,
            records_read=entry.read,
            records_kept=entry.kept,
            records_duplicate=entry.duplicate,
            records_quarantined=entry.quarantined,
        )
        for entry in case.inputs
    )
    accounts = "identifiable" if identifiable else "pseudonyms"
    counts = [(table, case.table(table.name).count()) for table in TABLES.values()]
    return Report(
        title=shown.title,
        question=shown.question,
        case=str(case.path),
        version=shown.version,
        ledger_head=shown.head,
        made_at=dt.datetime.fromisoformat(shown.made_at),
        sources=sources,
        findings=shown.findings,
        assessment=shown.assessment,
        tables=tuple(
            TableCount(name=table.name, rows=rows, meaning=table.meaning) for table, rows in counts if rows
        ),
        parameters=(*((name, shown.condition(said)) for name, said in _runs(case)), ("accounts", accounts)),
    )


def _runs(case: Case) -> Iterator[tuple[str, str]]:
    """What each run was given whose findings may be in the report: those since the tables last changed."""
    lines = case.ledger.lines
    changed = max((line.seq for line in lines if line.added or line.removed), default=0)
    for line in lines:
        if line.findings is not None and line.seq > changed:
            said = (f"{name} {_words(value)}" for name, value in sorted(line.parameters.items()) if _said(value))
            yield f"run of {line.time} (ledger line {line.seq})", "; ".join(said) or "everything, by default"


def _said(value: object) -> bool:
    return value not in (None, "", [], {})


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
