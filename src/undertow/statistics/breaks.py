"""Named breaks (Lunar New Year, Golden Week, the Russian January): how far does activity fall, and when?

For the eye, beside the working-calendar test, which is what decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from undertow.calendars.model import Block, Calendar
from undertow.statistics.day_scores import ActiveDays
from undertow.statistics.intervals import bootstrap_sums, percentile_interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REFERENCE_WEEKS = 3


@dataclass(frozen=True, kw_only=True)
class BreakDay:
    """One day round a break: accounts active, and on average on the same weekday some weeks away."""

    day: date
    active: int
    usual: float
    free: bool


@dataclass(frozen=True, kw_only=True)
class BreakProfile:
    """One break of one year.

    ``ratio`` is accounts active on its free weekdays over accounts active on the same weekdays up to three weeks
    away that are not holidays; 1 is no change. The interval is a bootstrap over accounts: it says how
    sure the ratio is, not that the holiday is the cause. None where there is nothing to compare with.
    """

    code: str
    label: str
    first: date
    last: date
    n_free_weekdays: int
    ratio: float | None
    low: float | None
    high: float | None
    days: tuple[BreakDay, ...]


def break_profiles(
    pairs: ActiveDays,
    calendar: Calendar,
    *,
    rng: np.random.Generator,
    around: int = 10,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[BreakProfile, ...]:
    """The profile of every named break of ``calendar`` that lies wholly within the days of ``pairs``.

    ``around`` days before and after are shown. Raises ValueError for a calendar of another span.
    """
    if len(calendar.span) != pairs.n_days or np.datetime64(calendar.span.first) != pairs.first:
        raise ValueError(f"the calendar {calendar.code} is for other days than the accounts")
    labels = {label for label, _ in calendar.breaks}
    active = np.bincount(pairs.day, minlength=pairs.n_days)
    order = np.argsort(pairs.day, kind="stable")
    accounts = pairs.account[order]
    edges = np.searchsorted(pairs.day[order], np.arange(pairs.n_days + 1))
    profiles = []
    for block in calendar.blocks:
        if block.label in labels:
            shown = _shown(block, calendar, active, around)
            value = _ratio(block, calendar, accounts, edges, pairs.n_accounts, draws, level, rng)
            profiles.append(
                BreakProfile(
                    code=calendar.code,
                    label=block.label,
                    first=block.first,
                    last=block.last,
                    n_free_weekdays=len(block.free_weekdays),
                    ratio=value[0] if value else None,
                    low=value[1] if value else None,
                    high=value[2] if value else None,
                    days=shown,
                )
            )
    return tuple(profiles)


def _references(index: int, calendar: Calendar) -> list[int]:
    weeks = [*range(-REFERENCE_WEEKS, 0), *range(1, REFERENCE_WEEKS + 1)]
    days = [index + 7 * week for week in weeks]
    return [day for day in days if 0 <= day < len(calendar.span) and not calendar.holiday[day]]


def _shown(block: Block, calendar: Calendar, active: Ints, around: int) -> tuple[BreakDay, ...]:
    start, stop = ((day - calendar.span.first).days for day in (block.first, block.last))
    shown = []
    for index in range(max(0, start - around), min(len(calendar.span), stop + around + 1)):
        near = _references(index, calendar)
        shown.append(
            BreakDay(
                day=calendar.span.first + timedelta(days=index),
                active=int(active[index]),
                usual=float(np.mean(active[near])) if near else float("nan"),
                free=bool(calendar.free_weekday[index]),
            )
        )
    return tuple(shown)


def _ratio(
    block: Block,
    calendar: Calendar,
    accounts: Ints,
    edges: Ints,
    n_accounts: int,
    draws: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[float, float, float] | None:
    rows = np.zeros((n_accounts, 2))
    for day in block.free_weekdays:
        index = (day - calendar.span.first).days
        near = _references(index, calendar)
        if not near:
            continue
        rows[accounts[edges[index] : edges[index + 1]], 0] += 1
        for other in near:
            rows[accounts[edges[other] : edges[other + 1]], 1] += 1 / len(near)
    rows = rows[rows.any(axis=1)]
    if rows.shape[0] == 0 or rows[:, 1].sum() == 0:
        return None
    sums = bootstrap_sums(rows, draws, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = percentile_interval(sums[:, 0] / sums[:, 1], level=level)
    return float(rows[:, 0].sum() / rows[:, 1].sum()), low, high
