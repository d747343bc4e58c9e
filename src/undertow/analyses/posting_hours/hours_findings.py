"""Which clock, which hours, which days: the UTC offsets that fit, office hours, and the weekend, as findings."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours import charts
from undertow.analyses.posting_hours.counts import PostingTimes
from undertow.analyses.posting_hours.wording import QUESTION, WEEKDAYS, days, ranges
from undertow.calendars import DEFAULT_COUNTRIES, DaySpan
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.clocks import OffsetSet, ZoneSet
from undertow.statistics.hours import OFFICE_HOURS, WEEKEND, OfficeHours, hour_of_week
from undertow.statistics.strength import OFFICE_SHARE, WEEKEND_RATIO, Scale, rate
from undertow.wording import OFFSET_UNIT, clock, count, joined, share, strength_words

OFFSET_ID = "posting_hours.utc_offset"
OFFICE_ID = "posting_hours.office_hours"
WEEKEND_ID = "posting_hours.weekend"

LEAST_WEEKS = 5
"""So many weeks (counted from Thursdays) hold at least four weekends."""
NARROW = 12
"""Compatible offsets (three hours in steps of a quarter) up to which the answer is one of a time zone."""
COUNTRIES_SHOWN = 12
"""Countries named in a statement; all of them are in the table."""

ALTERNATIVES = (
    "Many countries share each offset, and daylight saving moves some of them",
    "People who work or live by another clock than their country's: shifts, diaspora, night owls",
    "Accounts that follow an audience elsewhere and post when it is awake",
    "Scheduling software set to an audience's hours",
    "Professionals and agencies post in office hours without being an operation",
    "An event of a few days (a conference, a vote) has hours and weekdays of its own",
)
ASSUMPTIONS = (
    "The times in the source are UTC, as the platform states",
    "All accounts keep the same clock; a mixture blurs the answer (use --by or --where to look at parts)",
    "Accounts are independent of each other, posts of one account are not",
)


@dataclass(frozen=True)
class HoursInput:
    """What the findings on hours are made from."""

    times: PostingTimes
    offsets: OffsetSet
    zones: ZoneSet
    office: OfficeHours
    offset: int
    offset_stated: bool
    hours: tuple[int, int]
    weekend: tuple[int, ...]
    span: DaySpan

    @property
    def hours_words(self) -> str:
        """``08:00-17:00, Mon-Fri``."""
        working = days([day for day in range(7) if day not in self.weekend])
        return f"{self.hours[0]:02d}:00-{self.hours[1]:02d}:00, {working}"

    @property
    def begins_words(self) -> str:
        """When the working day may begin, by the slack: ``07:00 to 11:00``."""
        earlier, later = self.offsets.slack
        first, last = (self.hours[0] * 60 - earlier) % 1440, (self.hours[0] * 60 + later) % 1440
        return f"{first // 60:02d}:{first % 60:02d} to {last // 60:02d}:{last % 60:02d}"

    @property
    def even(self) -> float:
        """The share if posts were spread evenly over the week."""
        return (self.hours[1] - self.hours[0]) * (7 - len(self.weekend)) / 168

    @property
    def scale(self) -> Scale:
        """What counts as much: the documented scale, and the same distances for other hours."""
        if self.hours == OFFICE_HOURS and self.weekend == WEEKEND:
            return OFFICE_SHARE
        stretch = (1 - self.even) / (1 - OFFICE_SHARE.nothing)
        steps = (OFFICE_SHARE.noticeable - OFFICE_SHARE.nothing, OFFICE_SHARE.substantial - OFFICE_SHARE.nothing)
        return Scale(self.even, *(self.even + stretch * step for step in steps))


def findings(case: Case, scope: Scope, given: HoursInput) -> list[Finding]:
    """The offsets that fit, the office-hours share, and the weekend ratio."""
    return [_offset(case, scope, given), _office(case, scope, given), _weekend(case, scope, given)]


def local_slot(offset: int) -> str:
    """SQL for the local minute of the week (0: Monday 00:00) of a post at ``offset`` minutes east of UTC."""
    return f"((epoch_us(created_at) // 60000000 + {offset} + 3 * 1440) % 10080 + 10080) % 10080"


def office_condition(given: HoursInput) -> str:
    """SQL for "in office hours" at the offset of ``given``."""
    slot = local_slot(given.offset)
    days = ", ".join(str(day) for day in range(7) if day not in given.weekend)
    first, last = given.hours
    return f"({slot}) // 1440 IN ({days}) AND (({slot}) % 1440) // 60 BETWEEN {first} AND {last - 1}"


def _timed(scope: Scope, *conditions: str) -> str:
    return scope.posts("created_at IS NOT NULL AND time_precision <> 'day'", *conditions)


def _offset(case: Case, scope: Scope, given: HoursInput) -> Finding:
    offsets = given.offsets
    chosen = [c for c, kept in zip(offsets.clocks, offsets.inside, strict=True) if kept]
    best = offsets.clocks[offsets.best]
    low, high = offsets.low[offsets.best], offsets.high[offsets.best]
    countries = [place.name for place in offsets.countries_with_slack if place.share > 0.5]
    tested = [place.name for place in offsets.countries_with_slack if place.code in DEFAULT_COUNTRIES]
    n_zones = sum(len(g) for g, kept in zip(given.zones.groups, given.zones.inside, strict=True) if kept)
    narrow = len(chosen) <= NARROW
    rating = rate(
        low=low,
        high=high,
        scale=given.scale,
        n_accounts=offsets.n_accounts,
        tested=False,
        guards={f"at most {NARROW} offsets fit": narrow, **_weeks(given)},
    )
    where = (
        f"{len(countries)} countries keep one of these for most of the time"
        + (f", among them {joined(tested, COUNTRIES_SHOWN)}" if tested else "")
        if countries
        else "no country keeps one of these for most of the time"
    )
    statement = (
        f"If the working day begins at any time from {given.begins_words}, the posting hours fit "
        f"{ranges(offsets.with_slack)}: {where}. They look most like {given.hours_words} at {ranges(chosen)}."
    )
    if not narrow:
        statement = (
            f"The posting hours do not single out a time zone: {len(chosen)} offsets fit equally well "
            f"({ranges(chosen)})."
        )
    rows = [
        {
            "offset": c / 60,
            "clock": clock(c),
            "share": s,
            "low": lo,
            "high": hi,
            "compatible": "compatible"
            if kept
            else "with other hours"
            if c in offsets.with_slack
            else "not compatible",
        }
        for c, s, lo, hi, kept in zip(
            offsets.clocks, offsets.share, offsets.low, offsets.high, offsets.inside, strict=True
        )
    ]
    return Finding(
        id=OFFSET_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=best / 60,
            low=min(offsets.with_slack) / 60,
            high=max(offsets.with_slack) / 60,
            unit=f"{OFFSET_UNIT} (the interval spans all offsets that cannot be excluded)",
            n=given.times.n_timed,
            n_accounts=offsets.n_accounts,
        ),
        p_value=None,
        null_model="posts spread evenly over the week",
        method=(
            f"Share of posts in {given.hours_words} at {len(offsets.clocks)} UTC offsets (15-minute steps). An offset "
            "is compatible unless another is better beyond chance: largest studentised shortfall against a paired "
            f"bootstrap over accounts, {offsets.level:.0%} confidence for the set. Hours alone "
            f"fix only the offset less the start of work, so the set is widened to a start from {given.begins_words}. "
            f"With daylight saving, {n_zones} IANA zones are compatible "
            f"({joined([place.name for place in given.zones.countries], COUNTRIES_SHOWN)}). Posts "
            f"{given.span.first} to {given.span.last}; {count(given.times.without_time, 'post')} without a time and "
            f"{count(given.times.day_only, 'post')} with only a day are left out. " + strength_words(rating)
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="utc_offsets.parquet",
        chart="utc_offsets.vl.json",
        evidence=evidence(case, _timed(scope)),
        result=pa.Table.from_pylist(rows),
        figure=charts.offsets(
            rows,
            f"Share of posts in office hours at each UTC offset, with its {offsets.level:.0%} interval; highest at "
            f"{clock(best)}; marked are the offsets that cannot be told from the best.",
        ),
    )


def heat_rows(times: PostingTimes, offset: int) -> list[dict[str, object]]:
    """Posts by local weekday and hour as rows."""
    table = hour_of_week(times.quarters, offset=offset)
    return [
        {"weekday": name, "hour": hour, "posts": int(table[day, hour])}
        for day, name in enumerate(WEEKDAYS)
        for hour in range(24)
    ]


def _weeks(given: HoursInput) -> dict[str, bool]:
    """An event of a few days makes a rhythm of its own."""
    return {f"posts in {LEAST_WEEKS} weeks or more": given.times.quarters.n_weeks >= LEAST_WEEKS}


def _office(case: Case, scope: Scope, given: HoursInput) -> Finding:
    office = given.office
    rows = heat_rows(given.times, given.offset)
    busiest = max(rows, key=lambda row: int(str(row["posts"])))
    rating = rate(
        low=office.share_low,
        high=office.share_high,
        scale=given.scale,
        n_accounts=office.n_accounts,
        tested=False,
        guards=_weeks(given),
    )
    chosen = "the offset stated" if given.offset_stated else "the offset that fits best"
    return Finding(
        id=OFFICE_ID,
        question=QUESTION,
        statement=(
            f"{share(office.share, office.share_low, office.share_high)} of {count(given.times.n_timed, 'post')} fall "
            f"in office hours ({given.hours_words}) at {clock(given.offset)} ({share(given.even)} if spread evenly; "
            f"95% interval {office.share_low:.1%} to {office.share_high:.1%})."
        ),
        estimate=Estimate(
            value=office.share,
            low=office.share_low,
            high=office.share_high,
            level=office.level,
            unit="share of posts",
            n=given.times.n_timed,
            n_accounts=office.n_accounts,
            null_value=given.even,
        ),
        p_value=None,
        null_model="posts spread evenly over the week",
        method=(
            f"Posts in {given.hours_words} over all posts with a time, at {clock(given.offset)} ({chosen}). Interval by "
            "bootstrap over accounts. Ordinary accounts post more by day too: compare with a control before reading "
            "anything into the number alone. " + strength_words(rating)
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="hour_of_week.parquet",
        chart="hour_of_week.vl.json",
        evidence=evidence(case, _timed(scope, office_condition(given))),
        result=pa.Table.from_pylist(rows),
        figure=charts.heat_map(
            rows,
            clock(given.offset),
            f"Posts by weekday and hour of the day at {clock(given.offset)}; the busiest hour is {busiest['weekday']} "
            f"{busiest['hour']}:00 with {busiest['posts']:,} posts.",
        ),
    )


def _weekend(case: Case, scope: Scope, given: HoursInput) -> Finding:
    office = given.office
    value, low, high = office.weekend_ratio, office.ratio_low, office.ratio_high
    rating = rate(
        low=low,
        high=high,
        scale=WEEKEND_RATIO,
        n_accounts=office.n_accounts,
        tested=False,
        guards=_weeks(given),
    )
    rest = days(given.weekend)
    if value is None or low is None or high is None:
        statement = f"Too little to tell: there is no post outside {rest}."
    else:
        verdict = "less" if high < 1 else "more" if low > 1 else "about as much"
        statement = (
            f"On {rest} (at {clock(given.offset)}) a day has {value:.2f} times the posts of an ordinary weekday "
            f"(95% interval {low:.2f} to {high:.2f}): {verdict} than if the accounts did not keep a weekend."
        ).replace("about as much than", "about as many as")
    slot = local_slot(given.offset)
    condition = f"({slot}) // 1440 IN ({', '.join(map(str, given.weekend))})"
    table = hour_of_week(given.times.quarters, offset=given.offset).sum(axis=1)
    return Finding(
        id=WEEKEND_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            level=office.level,
            unit="posts a weekend day over posts a weekday",
            n=given.times.n_timed,
            n_accounts=office.n_accounts,
            null_value=1.0,
        ),
        p_value=None,
        null_model="every day of the week alike (a ratio of 1)",
        method=(
            "Posts a weekend day over posts a weekday, at the same offset; interval by bootstrap over accounts. "
            + strength_words(rating)
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="weekdays.parquet",
        evidence=evidence(case, _timed(scope, condition)),
        result=pa.Table.from_pylist(
            [{"weekday": name, "posts": int(n)} for name, n in zip(WEEKDAYS, table, strict=True)]
        ),
    )
