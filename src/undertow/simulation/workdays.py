"""Which days an office works: weekends, public holidays and make-up working days of a country, as arrays.

The days come from :mod:`undertow.calendars`; the office's time zone from ``data/offices.toml``, which a user can
read and extend.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from undertow.calendars.model import DaySpan
from undertow.calendars.national import national_calendar
from undertow.errors import UsageError, did_you_mean

WORKDAY, WEEKEND, HOLIDAY, MAKE_UP = 0, 1, 2, 3
"""Kinds of day: a holiday is a weekday on which a country rests, a make-up day a weekend day on which it works."""

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


@lru_cache(maxsize=1)
def _offices() -> dict[str, str]:
    text = resources.files("undertow.simulation").joinpath("data/offices.toml").read_text(encoding="utf-8")
    return {str(country): str(zone) for country, zone in tomllib.loads(text)["zones"].items()}


def office_zone(calendar: str) -> str:
    """The IANA time zone of a country's offices; UsageError for a country that is not in ``data/offices.toml``."""
    zones = _offices()
    if calendar not in zones:
        raise UsageError(
            f"no office time zone is known for the calendar {calendar!r}",
            where="simulate",
            todo=did_you_mean(calendar, zones),
        )
    return zones[calendar]


@lru_cache(maxsize=256)
def _kinds(calendar: str | None, first: date, last: date) -> NDArray[np.int8]:
    if calendar is None:
        weekday = (day_number(first) + 3 + np.arange((last - first).days + 1)) % 7
        return np.where(weekday >= 5, WEEKEND, WORKDAY).astype(np.int8)
    office_zone(calendar)
    days = national_calendar(calendar, DaySpan(first, last))
    kinds = np.where(days.weekend, WEEKEND, np.where(days.free_weekday, HOLIDAY, WORKDAY))
    return np.where(days.make_up, MAKE_UP, kinds).astype(np.int8)


def day_kinds(calendar: str | None, first: date, last: date) -> NDArray[np.int8]:
    """The kind of each day from ``first`` to ``last`` inclusive: WORKDAY, WEEKEND, HOLIDAY or MAKE_UP.

    Without a calendar there are Saturdays and Sundays only.

    >>> from datetime import date
    >>> day_kinds("CN", date(2019, 2, 2), date(2019, 2, 5)).tolist()  # two make-up days, then New Year
    [3, 3, 2, 2]
    """
    return _kinds(calendar, first, last).copy()


@lru_cache(maxsize=512)
def _offsets(zone: str, first: date, last: date) -> NDArray[np.int32]:
    here = ZoneInfo(zone)
    count = (last - first).days + 1
    offsets = np.empty(count, dtype=np.int32)
    for number in range(count):
        noon = datetime.combine(first + timedelta(days=number), time(12), tzinfo=UTC).replace(tzinfo=here)
        offset = noon.utcoffset()
        offsets[number] = 0 if offset is None else int(offset.total_seconds())
    return offsets


def utc_offsets(zone: str, first: date, last: date) -> NDArray[np.int32]:
    """Seconds east of UTC at noon of each local day: daylight saving to the day, not to the hour."""
    return _offsets(zone, first, last).copy()
