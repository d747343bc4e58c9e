"""National working calendars, from the library `holidays`, the package's data files and a user's own file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import numpy as np

from undertow.calendars.model import Calendar, DaySpan, Mask
from undertow.calendars.overrides import CalendarOverride
from undertow.calendars.weekends import weekend_mask, weekend_rules
from undertow.errors import UsageError, did_you_mean

_MARGIN = timedelta(days=31)
_KNOWN_FROM, _KNOWN_TO = date(1950, 1, 1), date(2100, 12, 31)
"""Holidays outside of these are not asked for: laws change, and a post so dated is an error of its source."""
"""Blocks that reach over the edge of a span are cut there; days further out never matter."""


@dataclass(frozen=True)
class _Country:
    name: str
    subdivision: str | None
    note: str


@dataclass(frozen=True)
class Coverage:
    """The years for which a country's calendar is known.

    ``holidays`` are the years in which the library knows the public holidays, ``moved_days`` those in which it
    knows government decisions (extra holidays, days moved, weekend days worked); None where it knows none.
    """

    country: str
    holidays: tuple[int, int]
    moved_days: tuple[int, int] | None


@cache
def _countries() -> Mapping[str, _Country]:
    text = files("undertow.calendars").joinpath("data/countries.csv").read_text("utf-8")
    return {
        row["code"]: _Country(row["name"], row["subdivision"] or None, row["note"])
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _breaks() -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    text = files("undertow.calendars").joinpath("data/breaks.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["code"], []).append((row["label"], row["holiday"]))
    return {code: tuple(rows) for code, rows in found.items()}


DEFAULT_COUNTRIES: tuple[str, ...] = tuple(_countries())
"""The calendars tried when nobody says which: the rows of ``data/countries.csv``."""


@cache
def _supported() -> frozenset[str]:
    import holidays

    return frozenset(holidays.list_supported_countries(include_aliases=False))


def _check(country: str) -> None:
    if country not in _supported():
        raise UsageError(
            f"no calendar for country {country!r}",
            todo=f"{did_you_mean(country, sorted(_supported()))} Or give a file of days (date,kind,name).",
        )


def coverage(country: str) -> Coverage:
    """The years for which the calendar of ``country`` is known.

    >>> coverage("CN").moved_days[0] <= 2004
    True
    """
    import holidays

    _check(country)
    table = holidays.country_holidays(country)
    decisions = getattr(table, "special_public_holidays", {})
    special = [year for year in decisions if isinstance(year, int)]
    moves_days = getattr(table, "substituted_label", None) is not None
    moved = (min(special), max(special)) if moves_days and special else None
    return Coverage(country, (table.start_year, table.end_year), moved)


def national_calendar(country: str, span: DaySpan, override: CalendarOverride | None = None) -> Calendar:
    """The working calendar of ``country`` (ISO 3166-1 alpha-2) over ``span``.

    Public holidays with their substitute days and make-up days come from `holidays` (names in English where it
    has them), weekends from ``data/weekends.csv`` (else from `holidays`). ``override`` is laid over them, or
    replaces them. Raises :class:`UsageError` for a country nobody knows; an unknown country with a replacing
    override is fine.

    >>> january = DaySpan(date(2016, 1, 1), date(2016, 1, 31))
    >>> [(block.label, len(block.free_weekdays)) for block in national_calendar("RU", january).blocks]
    [('January holidays', 6)]
    """
    days = span.days
    holiday = np.zeros(len(span), dtype=np.bool_)
    estimated = holiday.copy()
    names: dict[date, str] = {}
    worked: set[date] = set()
    known = _countries().get(country)
    limits: list[str] = [known.note] if known is not None and known.note else []
    if override is None or not override.replace:
        _check(country)
        names, worked = _from_library(country, known.subdivision if known else None, span)
        limits += _limits(coverage(country), span)
    if override is not None:
        names, worked = override.apply(names, worked)
        limits.append(f"days changed by {override.source}")

    for day, name in names.items():
        index = (day - span.first).days
        if 0 <= index < len(span):
            holiday[index] = True
            estimated[index] = "estimated" in name
    if estimated.any():
        limits.append(f"{int(estimated.sum())} holidays have calculated dates, which can be off by a day")
    weekend = _weekend(country, span)
    is_worked = np.isin(days, np.array(sorted(worked), dtype="datetime64[D]"))
    return Calendar(
        code=country,
        name=known.name if known else country,
        span=span,
        weekend=weekend,
        holiday=holiday & ~is_worked,
        make_up=weekend & is_worked,
        estimated=estimated,
        names={day: name for day, name in names.items() if span.first <= day <= span.last},
        breaks=_breaks().get(country, ()),
        limits=tuple(limits),
    )


def national_calendars(
    countries: Iterable[str], span: DaySpan, overrides: Mapping[str, CalendarOverride] | None = None
) -> tuple[Calendar, ...]:
    """The calendars of several countries over the same span, in the order given, each once."""
    given = overrides or {}
    return tuple(national_calendar(code, span, given.get(code)) for code in dict.fromkeys(countries))


def _from_library(country: str, subdivision: str | None, span: DaySpan) -> tuple[dict[date, str], set[date]]:
    import holidays

    first, last = max(span.first, _KNOWN_FROM), min(span.last, _KNOWN_TO)
    years = range((first - _MARGIN).year, (last + _MARGIN).year + 1)
    languages = holidays.list_localized_countries(include_aliases=False).get(country, [])
    english = next((code for code in ("en_US", "en_GB") if code in languages), None)
    table = holidays.country_holidays(country, subdiv=subdivision, years=years, language=english)
    return dict(table.items()), set(table.weekend_workdays)


def _weekend(country: str, span: DaySpan) -> Mask:
    rules = weekend_rules(country)
    if rules or country not in _supported():
        return weekend_mask(rules or weekend_rules("US"), span.days)
    import holidays

    table = holidays.country_holidays(country)
    return np.array([table.is_weekend(day) for day in span.days.astype(object)], dtype=np.bool_)


def _limits(known: Coverage, span: DaySpan) -> list[str]:
    limits = []
    first, last = known.holidays
    if span.first.year < first or span.last.year > last:
        limits.append(f"public holidays are known for {first} to {last} only")
    if known.moved_days is not None and span.last.year > known.moved_days[1]:
        limits.append(f"moved and make-up days are known up to {known.moved_days[1]} only")
    return limits
