"""A user's own file of days, laid over a national calendar or in its place."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from undertow.errors import InputError

COLUMNS = ("date", "kind", "name")
KINDS = ("holiday", "workday")


@dataclass(frozen=True)
class CalendarOverride:
    """Days that a user states: ``holidays`` with names, and ``workdays`` that are worked whatever else they are.

    ``replace`` drops the library's holidays first; else the file is laid over them.
    """

    holidays: Mapping[date, str]
    workdays: frozenset[date]
    source: str
    replace: bool = False

    def apply(self, names: Mapping[date, str], worked: set[date]) -> tuple[dict[date, str], set[date]]:
        """The holidays by day and the worked days, after the override."""
        kept = {day: name for day, name in names.items() if day not in self.workdays}
        return {**kept, **self.holidays}, (worked - set(self.holidays)) | set(self.workdays)


def read_override(path: Path, *, replace: bool = False) -> CalendarOverride:
    """Read a CSV file with the columns ``date`` (YYYY-MM-DD), ``kind`` (``holiday`` or ``workday``), ``name``.

    Raises :class:`InputError`, with the line, for anything else.
    """
    todo = "Give a CSV file with the columns date,kind,name; kind is holiday or workday; dates are YYYY-MM-DD."
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path), todo=todo) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=str(path), todo=todo) from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"lacks the column {', '.join(missing)}", where=str(path), todo=todo)
    holidays: dict[date, str] = {}
    workdays: set[date] = set()
    for row in reader:
        where = f"{path}:{reader.line_num}"
        try:
            day = date.fromisoformat((row["date"] or "").strip())
        except ValueError as error:
            raise InputError(f"{row['date']!r} is not a date", where=where, todo=todo) from error
        kind = (row["kind"] or "").strip()
        if kind not in KINDS:
            raise InputError(f"kind {kind!r} is neither holiday nor workday", where=where, todo=todo)
        if day in holidays or day in workdays:
            raise InputError(f"{day} is given twice", where=where, todo="Keep one row a day.")
        if kind == "holiday":
            holidays[day] = (row["name"] or "").strip() or "holiday"
        else:
            workdays.add(day)
    return CalendarOverride(holidays, frozenset(workdays), path.name, replace)
