"""Times that are believed: not before there were such posts, not after the file was read.

A date like 0001-01-01 or 2999-12-31 is an empty field or a slip of the file, and one of them would stretch every
calendar. The record goes to quarantine. What may lie far away by its nature (how long a label holds, when an ad is to
stop) is not looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from undertow.schema import TABLES
from undertow.sources.json_fields import BrokenRecordError, microseconds
from undertow.sources.row_types import TABLE_OF, Row

FIRST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
"""No record of any platform is from before: the Web is younger. Posts on Facebook may be dated back by their authors, so
that a platform's own beginning is no bound unless it is in :data:`FIRST_OF`."""

FIRST_OF: Mapping[str, dt.datetime] = {"twitter": dt.datetime(2006, 3, 20, tzinfo=dt.UTC)}
"""The day before a platform's first post, where posts cannot be dated back: post 20 is of 21 March 2006."""

SLACK = dt.timedelta(days=1)
"""After the moment of reading: local times that are taken as UTC, clocks that are fast."""

_FREE = frozenset({"valid_from", "valid_to", "stopped_at", "stated_at"})
"""Of these nothing is asked; ``stated_at`` is in ``created_at``, or agrees with it."""
_FIRST_US = microseconds(FIRST)
_FIRST_OF_US = {platform: microseconds(day) for platform, day in FIRST_OF.items()}


def times_of(table: str) -> tuple[str, ...]:
    """The columns of ``table`` whose times have to be believed."""
    return tuple(c.name for c in TABLES[table].columns if pa.types.is_timestamp(c.type) and c.name not in _FREE)


def _names() -> Iterator[tuple[type[Row], tuple[tuple[str, str], ...]]]:
    for kind, table in TABLE_OF.items():
        yield kind, tuple((name, shown(table, name)) for name in times_of(table))


def shown(table: str, column: str) -> str:
    """The column as a reason names it: the account's time of registration is not the post's."""
    return column if table in ("posts", "ads") else f"the account's {column}"


def reason(name: str) -> str:
    """Why a record with such a time is put aside."""
    platforms = "".join(f", on {platform.title()} before {day:%Y-%m-%d}" for platform, day in FIRST_OF.items())
    return f"{name} cannot be: before {FIRST:%Y}{platforms}, or later than the file was read; mend the date in the file"


def unbelievable(time: str, platform: str, read_at: dt.datetime | None) -> str:
    """SQL: whether the TIMESTAMPTZ ``time`` is not believed; ``platform`` is SQL, ``read_at`` when the file is read."""
    first = "".join(
        f"WHEN {platform} = '{name}' THEN TIMESTAMPTZ '{day.isoformat()}' " for name, day in FIRST_OF.items()
    )
    bound = f"CASE {first}ELSE TIMESTAMPTZ '{FIRST.isoformat()}' END"
    late = "" if read_at is None else f" OR {time} > TIMESTAMPTZ '{(read_at + SLACK).isoformat()}'"
    return f"coalesce({time} < {bound}{late}, false)"


def check(rows: Iterable[Row], read_at: dt.datetime | None) -> None:
    """Raise BrokenRecordError for a row with a time that is not believed."""
    last = None if read_at is None else microseconds(read_at + SLACK)
    for row in rows:
        for name, told in _TIMES[type(row)]:
            time = getattr(row, name)
            if time is None:
                continue
            if time < _FIRST_OF_US.get(row.platform, _FIRST_US) or (last is not None and time > last):
                raise BrokenRecordError(reason(told))


_TIMES = dict(_names())
