"""Which countries keep which UTC offset, by date: from the IANA tables that the package `tzdata` brings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from undertow.calendars.model import DaySpan

SECONDS_A_DAY = 86_400
SECONDS_A_WEEK = 7 * SECONDS_A_DAY

_WITHOUT_RESIDENTS = frozenset({"AQ"})
"""Codes in the zone table that are no place where people live and work from."""


@dataclass(frozen=True)
class ZoneInfoRow:
    """One row of zone1970.tab: a zone, and the countries (ISO codes) whose clocks it has told since 1970."""

    zone: str
    countries: tuple[str, ...]


@dataclass(frozen=True)
class PlaceMatch:
    """A country that keeps one of the offsets asked for, on ``share`` of the days asked about (its best zone)."""

    code: str
    name: str
    zones: tuple[str, ...]
    share: float


def _rows(name: str) -> list[list[str]]:
    text = files("tzdata").joinpath("zoneinfo").joinpath(name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def zone_table() -> tuple[ZoneInfoRow, ...]:
    """Every zone with the countries in it, by zone name."""
    rows = [
        ZoneInfoRow(row[2], tuple(code for code in row[0].split(",") if code not in _WITHOUT_RESIDENTS))
        for row in _rows("zone1970.tab")
    ]
    return tuple(sorted((row for row in rows if row.countries), key=lambda row: row.zone))


@cache
def country_names() -> dict[str, str]:
    """English short names by ISO 3166-1 alpha-2 code.

    >>> country_names()["VE"]
    'Venezuela'
    """
    return {row[0]: row[1] for row in _rows("iso3166.tab")}


def zone_offsets(zone: str, span: DaySpan) -> npt.NDArray[np.int32]:
    """Minutes east of UTC that ``zone`` keeps at noon UTC of each day of ``span`` (shape: days of the span).

    >>> from datetime import date
    >>> zone_offsets("Europe/Berlin", DaySpan(date(2020, 3, 28), date(2020, 3, 30))).tolist()
    [60, 120, 120]
    """
    first = int(np.datetime64(span.first).astype(np.int64))
    noons = (first + np.arange(len(span), dtype=np.int64)) * SECONDS_A_DAY + SECONDS_A_DAY // 2
    return offsets_at(zone, noons)


def offsets_at(zone: str, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Minutes east of UTC that ``zone`` keeps at each of ``moments`` (seconds since 1970, any order and shape).

    Exact to the second of a change; no two changes lie within a week of each other in the tables since 1970
    (tested), which is what lets the changes be found by bisection.
    """
    if moments.size == 0:
        return np.zeros(moments.shape, dtype=np.int32)
    starts, offsets = _changes(zone, int(moments.min()), int(moments.max()))
    if len(starts) == 1:
        return np.full(moments.shape, offsets[0], dtype=np.int32)
    found: npt.NDArray[np.int32] = offsets[np.searchsorted(starts, moments, side="right") - 1]
    return found


def _changes(zone: str, first: int, last: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Starts (seconds) and offsets (minutes) of the periods of constant offset that cover ``first..last``."""
    info = ZoneInfo(zone)

    def offset(moment: int) -> int:
        return _minutes(info, moment)

    points = [*range(first, last, SECONDS_A_WEEK), last]
    values = [offset(point) for point in points]
    starts, offsets = [first], [values[0]]
    for (low, before), (high, after) in pairwise(zip(points, values, strict=True)):
        if before != after:
            lower, upper = low, high
            while upper - lower > 1:
                middle = (lower + upper) // 2
                lower, upper = (middle, upper) if offset(middle) == before else (lower, middle)
            starts.append(upper)
            offsets.append(after)
    return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int32)


def countries_at_offsets(offsets_minutes: Iterable[int], span: DaySpan) -> tuple[PlaceMatch, ...]:
    """The countries whose clocks kept one of ``offsets_minutes`` (minutes east of UTC) during ``span``.

    ``share`` is the part of the days on which a country's best zone did; countries that changed their clocks
    (daylight saving) have less than 1. Sorted by share, then name.
    """
    wanted = np.array(sorted(set(offsets_minutes)), dtype=np.int32)
    sampled = _sample(span)
    found: dict[str, list[tuple[float, str]]] = {}
    for row in zone_table():
        kept = float(np.isin(_offsets_on(row.zone, sampled), wanted).mean())
        if kept > 0:
            for code in row.countries:
                found.setdefault(code, []).append((kept, row.zone))
    return _matches(found)


def countries_of_zones(zones: Iterable[str]) -> tuple[PlaceMatch, ...]:
    """The countries that use any of ``zones``."""
    wanted = set(zones)
    found: dict[str, list[tuple[float, str]]] = {}
    for row in zone_table():
        if row.zone in wanted:
            for code in row.countries:
                found.setdefault(code, []).append((1.0, row.zone))
    return _matches(found)


def _matches(found: dict[str, list[tuple[float, str]]]) -> tuple[PlaceMatch, ...]:
    names = country_names()
    matches = [
        PlaceMatch(code, names.get(code, code), tuple(zone for _, zone in sorted(rows)), max(rows)[0])
        for code, rows in found.items()
    ]
    return tuple(sorted(matches, key=lambda match: (-match.share, match.name)))


def _sample(span: DaySpan) -> tuple[int, ...]:
    """Weekly noons of the span in seconds since 1970: clocks change at most a few times a year."""
    step = 7 if len(span) > 21 else 1
    first = int((np.datetime64(span.first) - np.datetime64("1970-01-01")).astype(np.int64))
    return tuple((first + day) * SECONDS_A_DAY + SECONDS_A_DAY // 2 for day in range(0, len(span), step))


_FIRST, _LAST = -62_135_424_000, 253_402_128_000
"""2 January of the year 1 and 30 December 9999: no zone's clock leaves what Python's calendar can say."""


def _minutes(info: ZoneInfo, moment: int) -> int:
    """Minutes that the zone's clocks are ahead of UTC at ``moment``, in seconds since 1970."""
    offset = datetime.fromtimestamp(min(max(moment, _FIRST), _LAST), info).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


@cache
def _offsets_on(zone: str, moments: tuple[int, ...]) -> npt.NDArray[np.int32]:
    info = ZoneInfo(zone)
    return np.array([_minutes(info, moment) for moment in moments], dtype=np.int32)


def representative_zones(span: DaySpan) -> tuple[tuple[str, ...], ...]:
    """The zones grouped by what their clocks showed during ``span``: zones of one group cannot be told apart.

    Groups are sorted by their first zone; every zone of :func:`zone_table` is in exactly one.
    """
    groups: dict[bytes, list[str]] = {}
    for row in zone_table():
        groups.setdefault(zone_offsets(row.zone, span).tobytes(), []).append(row.zone)
    return tuple(sorted(tuple(zones) for zones in groups.values()))
