"""The days of rest of each country's week, and when they changed (from ``data/weekends.csv``)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from undertow.calendars.model import Days, Mask, weekdays_of

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class WeekendRule:
    """From ``start`` on, the country rests on ``weekdays`` (0 Monday to 6 Sunday)."""

    country: str
    start: date
    weekdays: frozenset[int]
    source: str = ""

    @property
    def words(self) -> str:
        """The days as written: ``Fri Sat``."""
        return " ".join(DAY_NAMES[day] for day in sorted(self.weekdays))


@cache
def _all_rules() -> dict[str, tuple[WeekendRule, ...]]:
    rules: dict[str, list[WeekendRule]] = {}
    text = files("undertow.calendars").joinpath("data/weekends.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        days = frozenset(DAY_NAMES.index(name) for name in row["days"].split())
        rule = WeekendRule(row["code"], date.fromisoformat(row["from"]), days, row["source"])
        rules.setdefault(rule.country, []).append(rule)
    return {code: tuple(sorted(found, key=lambda rule: rule.start)) for code, found in rules.items()}


def weekend_rules(country: str) -> tuple[WeekendRule, ...]:
    """The known weekends of ``country`` in order of time; empty where the data file has none.

    >>> [(rule.start.year, rule.words) for rule in weekend_rules("SA")]
    [(1950, 'Thu Fri'), (2013, 'Fri Sat')]
    """
    return _all_rules().get(country, ())


def weekend_mask(rules: Sequence[WeekendRule], days: Days) -> Mask:
    """Which ``days`` are weekend; days before the first rule follow the first rule."""
    if not rules:
        raise ValueError("no weekend rule given")
    weekday = weekdays_of(days)
    mask = np.isin(weekday, list(rules[0].weekdays))
    for rule in rules[1:]:
        since = days >= np.datetime64(rule.start)
        mask[since] = np.isin(weekday[since], list(rule.weekdays))
    return mask
