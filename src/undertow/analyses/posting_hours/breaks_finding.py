"""How activity goes around a country's long breaks (Lunar New Year, Golden Week, the Russian January): for the eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours import charts
from undertow.analyses.posting_hours.calendar_input import ALTERNATIVES, CalendarInput, posts_on
from undertow.analyses.posting_hours.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.breaks import BreakProfile, break_profiles
from undertow.statistics.intervals import percentile_interval
from undertow.statistics.working_calendar import WorkingCalendarResult
from undertow.wording import joined

ID = "posting_hours.holiday_breaks"

MIN_BREAKS = 3
"""Breaks from which a bootstrap over breaks says anything."""


def finding(case: Case, scope: Scope, given: CalendarInput, result: WorkingCalendarResult) -> Finding:
    """How activity goes around the long breaks of the best-ranked country that has named ones."""
    by_code = {calendar.code: calendar for calendar in given.calendars}
    rng = np.random.default_rng([given.seed, 2])
    profiles: list[BreakProfile] = []
    for test in result.calendars:
        found = break_profiles(given.pairs, by_code[test.code], rng=rng)
        if any(profile.ratio is not None for profile in found):
            profiles.extend(found)
            break  # one country is shown: the one with the most evidence that has breaks in these days
    compared = [profile for profile in profiles if profile.ratio is not None]
    ratios = np.array([profile.ratio for profile in compared], dtype=np.float64)
    value = low = high = None
    if ratios.size:
        value = float(ratios.mean())
    if ratios.size >= MIN_BREAKS:
        draws = rng.choice(ratios, size=(2000, ratios.size)).mean(axis=1)
        low, high = percentile_interval(draws)
    days: list[int] = []
    if value is None:
        statement = "No named break of a calendar tested lies in these days with ordinary weeks around it."
        labels: tuple[str, ...] = ()
    else:
        calendar = by_code[compared[0].code]
        labels = tuple(dict.fromkeys(profile.label for profile in compared))
        interval = f" (95% interval over breaks {low:.2f} to {high:.2f})" if low is not None else ""
        statement = (
            f"On the free weekdays of {calendar.name}'s named breaks ({joined(labels)}; {len(compared)} of them) "
            f"{value:.2f} times as many accounts are active as on the same weekdays of the weeks around{interval}."
        )
        days = sorted(
            int(np.datetime64(day.day).astype(np.int64))
            for profile in compared
            for day in profile.days
            if day.free and profile.first <= day.day <= profile.last
        )
    rows = _break_rows(profiles)
    drawn = labels[0] if labels else ""
    figure = None
    if value is not None:
        figure = charts.around(
            [row for row in rows if row["break"] == drawn and row["ratio"] is not None and row["weekday"]],
            f"Active accounts around {by_code[compared[0].code].name}'s {drawn}",
            f"Active accounts a day from ten days before to ten days after {drawn}, one line a year, relative to the "
            "same weekday in the weeks around; Mondays to Fridays.",
        )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="active accounts on free weekdays of breaks, relative to the weeks around",
            n=given.times.n_timed,
            n_accounts=result.n_accounts,
            null_value=1.0,
        ),
        p_value=None,
        null_model="the same weekdays one to three weeks before and after (a ratio of 1)",
        method=(
            "Accounts active on a break's free weekdays over those active on the same weekdays one to three weeks "
            f"away that are no holidays; the mean over breaks, interval by bootstrap over breaks (from {MIN_BREAKS}). "
            "Shown for the country with the most evidence that has named breaks in these days: a picture for the "
            "eye, without a test of its own, so never more than weak. The test is the working calendar."
        ),
        assumptions=("Nothing else stops the accounts for some days at the same time of each year",),
        alternatives=(*ALTERNATIVES, "Season: activity at the turn of the year or in summer differs anyway"),
        strength="weak" if high is not None and high < 1 else "none",
        aspect="behaviour",
        table="holiday_breaks.parquet",
        chart=None if figure is None else "holiday_breaks.vl.json",
        evidence=evidence(case, posts_on(scope, given.offset, days)),
        result=pa.Table.from_pylist(rows, schema=_BREAK_SCHEMA),
        figure=figure,
    )


_BREAK_SCHEMA = pa.schema(
    [
        ("country", pa.string()),
        ("break", pa.string()),
        ("year", pa.string()),
        ("day", pa.int64()),
        ("date", pa.string()),
        ("active", pa.int64()),
        ("usual", pa.float64()),
        ("ratio", pa.float64()),
        ("free", pa.bool_()),
        ("weekday", pa.bool_()),  # Monday to Friday: weekend days have too few accounts to compare
    ]
)


def _break_rows(profiles: Sequence[BreakProfile]) -> list[dict[str, object]]:
    return [
        {
            "country": profile.code,
            "break": profile.label,
            "year": str(profile.first.year),
            "day": (day.day - profile.first).days,
            "date": str(day.day),
            "active": day.active,
            "usual": day.usual if day.usual == day.usual else None,
            "ratio": day.active / day.usual if day.usual > 0 else None,
            "free": day.free,
            "weekday": day.day.weekday() < 5,
        }
        for profile in profiles
        for day in profile.days
    ]
