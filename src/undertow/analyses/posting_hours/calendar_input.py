"""What the findings on working calendars share: their input, their reservations, and the posts of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.base import Scope
from undertow.analyses.posting_hours.counts import PostingTimes
from undertow.calendars import Calendar, national_calendars
from undertow.calendars.overrides import CalendarOverride
from undertow.statistics.day_scores import ActiveDays
from undertow.statistics.working_calendar import WorkingCalendarResult, span_of, working_calendar
from undertow.wording import joined

ALTERNATIVES = (
    "The audience's holidays: accounts that follow their audience's news rest when it rests",
    "Neighbouring countries share holidays; only the days that differ tell them apart",
    "A platform outage or a collection gap that falls on a holiday",
    "Vacations and school holidays around public holidays",
    "Ordinary people of that country, who keep its calendar too: a calendar tells where, not who",
)
ASSUMPTIONS = (
    "An account's activity on other weekdays within four weeks tells its activity on the day in question",
    "Holidays are those of the country's public calendar at the offset stated; regional ones are not known",
    "Blocks of holidays are independent of each other",
)


@dataclass(frozen=True)
class CalendarInput:
    """What the calendar findings are made from."""

    times: PostingTimes
    pairs: ActiveDays
    calendars: tuple[Calendar, ...]
    excluded: np.ndarray[tuple[int], np.dtype[np.bool_]]
    excluded_words: str
    offset: int
    seed: int

    @classmethod
    def of(
        cls,
        times: PostingTimes,
        *,
        countries: Sequence[str],
        audience: Sequence[str],
        overrides: dict[str, CalendarOverride],
        offset: int,
        seed: int,
    ) -> CalendarInput:
        """The calendars over the days of the posts at ``offset``; the holidays of ``audience`` are left out."""
        pairs = times.active_days(offset)
        span = span_of(pairs)
        excluded = np.zeros(pairs.n_days, dtype=np.bool_)
        for calendar in national_calendars(audience, span, overrides):
            excluded |= calendar.holiday
        calendars = national_calendars([c for c in countries if c not in audience], span, overrides)
        words = f"the holidays of {joined(tuple(audience))} are left out" if audience else ""
        return cls(times, pairs, calendars, excluded, words, offset, seed)

    def run(self, *, exclude: bool) -> WorkingCalendarResult:
        """The test, with or without leaving out the audience's days."""
        return working_calendar(
            self.pairs, self.calendars, seed=self.seed, excluded=self.excluded if exclude else None
        )


def posts_on(scope: Scope, offset: int, days: Sequence[int]) -> str:
    """SQL for the posts on these local days (days since 1970)."""
    if not days:
        return scope.posts("FALSE")
    local_day = f"(epoch_us(created_at) + {offset * 60_000_000}) // 86400000000"
    return scope.posts("time_precision <> 'day'", f"{local_day} IN ({', '.join(map(str, days))})")
