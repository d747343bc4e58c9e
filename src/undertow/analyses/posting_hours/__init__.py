"""When do they post; whose working day, whose holidays?

Counting is in :mod:`.steps` (portable SQL), statistics in :mod:`undertow.statistics`; this package turns them
into findings. Methods and error rates: ``docs/explanation/posting_hours.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from undertow.analyses import base
from undertow.analyses.posting_hours import (
    breaks_finding,
    calendar_finding,
    comparison,
    hours_findings,
    make_up_finding,
    scheduler_finding,
    too_little,
)
from undertow.analyses.posting_hours.calendar_input import CalendarInput
from undertow.analyses.posting_hours.counts import PostingTimes, posting_times
from undertow.analyses.posting_hours.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.reads import Reads
from undertow.calendars import DEFAULT_COUNTRIES
from undertow.calendars.overrides import CalendarOverride, read_override
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.statistics.clocks import OffsetSet, offset_set, zone_set
from undertow.statistics.hours import OFFSETS, office_hours
from undertow.statistics.working_calendar import span_of

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        hours_findings.OFFSET_ID: "the UTC offsets at which the posts look most like office work, and the countries there",
        hours_findings.OFFICE_ID: "the share of posts in office hours at that offset",
        hours_findings.WEEKEND_ID: "posts a weekend day over posts a weekday",
        calendar_finding.ID: "whose public holidays the accounts rest on, tested against the same days moved by weeks",
        make_up_finding.ID: "whether they work on the weekend days that a country works",
        breaks_finding.ID: "activity around the long breaks of the calendar that fits best",
        scheduler_finding.ID: "minutes of the hour (or seconds) at which more is posted than people do",
        comparison.ID: "two groups of posts compared by office hours, weekend and hours (settings group_a, group_b)",
    }
)

READS = Reads(
    tables=frozenset({"posts"}), files=lambda _, parameters: _override_files(parameters.calendar_files).values()
)


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Parameters):
    """The settings of this analysis."""

    calendars: tuple[str, ...] = field(
        default=DEFAULT_COUNTRIES, metadata={"help": "countries whose calendars are tried (ISO codes)"}
    )
    audience_calendars: tuple[str, ...] = field(
        default=(), metadata={"help": "countries of the audience, whose holidays are left out of the test"}
    )
    calendar_files: tuple[str, ...] = field(
        default=(), metadata={"help": "CC=FILE.csv (date,kind,name): days laid over a country's calendar"}
    )
    offset: int | None = field(
        default=None, metadata={"help": "minutes east of UTC for local days; the best offset by default"}
    )
    hours_from: int = field(default=8, metadata={"help": "first office hour"})
    hours_to: int = field(default=17, metadata={"help": "end of office hours"})
    weekend: tuple[int, ...] = field(default=(5, 6), metadata={"help": "days of the weekend (0 Monday)"})
    draws: int = field(default=1000, metadata={"help": "bootstrap draws over accounts"})
    group_a: str | None = field(
        default=None, metadata={"help": "condition on posts: one group to compare", "condition": True}
    )
    group_b: str | None = field(
        default=None, metadata={"help": "condition on posts: the other group", "condition": True}
    )

    def __post_init__(self) -> None:
        if self.offset is not None and self.offset not in OFFSETS:
            raise UsageError(
                f"{self.offset} is not a UTC offset in minutes",
                where="posting_hours.offset",
                todo="give a multiple of 15 from -720 to 840, for example 180 for UTC+3",
            )
        if not 0 <= self.hours_from < self.hours_to <= 24:
            raise UsageError(
                f"office hours cannot last from {self.hours_from} to {self.hours_to}",
                where="posting_hours.hours_from",
                todo="give hours of the day, for example 8 and 17",
            )
        if not self.weekend or not set(self.weekend) < set(range(7)):
            raise UsageError("the weekend is days from 0 (Monday) to 6", where="posting_hours.weekend", todo="5,6")
        if (self.group_a is None) != (self.group_b is None):
            raise UsageError("two groups are compared", where="posting_hours.group_a", todo="give group_b too")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the posting times of the posts in scope."""
    with base.open_engine(case, parameters) as engine:
        times = posting_times(engine)
    if times.n_timed == 0:
        found = [
            too_little.finding(case, parameters.scope, times, name) for name in FINDINGS if name != comparison.ID
        ]
    else:
        hours = _hours(times, parameters)
        calendar = CalendarInput.of(
            times,
            countries=parameters.calendars,
            audience=parameters.audience_calendars,
            overrides=_overrides(parameters.calendar_files),
            offset=hours.offset,
            seed=parameters.seed,
        )
        found = [
            *hours_findings.findings(case, parameters.scope, hours),
            *_calendars(case, parameters.scope, calendar),
            scheduler_finding.finding(case, parameters.scope, times, seed=parameters.seed),
        ]
    if parameters.group_a is not None and parameters.group_b is not None:
        found.append(comparison.finding(case, parameters, parameters.group_a, parameters.group_b))
    return found


def _calendars(case: Case, scope: base.Scope, given: CalendarInput) -> list[Finding]:
    """The working calendar, the make-up days of the calendar ranked first that has them, and the breaks around."""
    result = given.run(exclude=True)
    without = given.run(exclude=False) if given.excluded.any() else None
    return [
        calendar_finding.finding(case, scope, given, result, without),
        make_up_finding.finding(case, scope, given, result),
        breaks_finding.finding(case, scope, given, result),
    ]


def _hours(times: PostingTimes, parameters: Parameters) -> hours_findings.HoursInput:
    rng = np.random.default_rng([parameters.seed, 1])
    hours, weekend = (parameters.hours_from, parameters.hours_to), parameters.weekend
    span = span_of(times.active_days(0))
    draws = parameters.draws
    offsets = offset_set(times.quarters, span, rng=rng, hours=hours, weekend=weekend, draws=draws)
    zones = zone_set(times.quarters, span, rng=rng, hours=hours, weekend=weekend, draws=draws)
    offset = _local_offset(offsets) if parameters.offset is None else parameters.offset
    return hours_findings.HoursInput(
        times=times,
        offsets=offsets,
        zones=zones,
        office=office_hours(times.quarters, rng=rng, offset=offset, hours=hours, weekend=weekend, draws=draws),
        offset=offset,
        offset_stated=parameters.offset is not None,
        hours=hours,
        weekend=weekend,
        span=span,
    )


def _local_offset(offsets: OffsetSet) -> int:
    """The offset for local days and hours: the whole hour with the largest share among those that fit best.

    Offsets that cannot be told apart are equally good, and whole hours are what nearly all countries keep; where
    no whole hour is among them, the offices' unknown opening hours (the slack) decide.
    """
    share = dict(zip(offsets.clocks, offsets.share, strict=True))
    inside = [minutes for minutes, kept in zip(offsets.clocks, offsets.inside, strict=True) if kept]
    for candidates in (inside, offsets.with_slack):
        whole = [minutes for minutes in candidates if minutes % 60 == 0]
        if whole:
            return max(whole, key=lambda minutes: (share[minutes], -abs(minutes), minutes))
    return offsets.clocks[offsets.best]


def _overrides(files: tuple[str, ...]) -> dict[str, CalendarOverride]:
    return {country: read_override(path) for country, path in _override_files(files).items()}


def _override_files(files: tuple[str, ...]) -> dict[str, Path]:
    """Country -> the file that is laid over its calendar; :class:`UsageError` for what is not CC=FILE."""
    found = {}
    for item in files:
        country, equals, path = item.partition("=")
        if not equals:
            raise UsageError(
                f"{item!r} is not CC=FILE", where="posting_hours.calendar_files", todo="write RU=holidays.csv"
            )
        found[country.upper()] = Path(path)
    return found
