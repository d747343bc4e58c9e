"""Whose working days: the working-calendar test, make-up days, and breaks, as findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours import charts
from undertow.analyses.posting_hours.counts import PostingTimes
from undertow.analyses.posting_hours.wording import QUESTION, clock, joined, sentence, strength_words
from undertow.calendars import Calendar, national_calendars
from undertow.calendars.overrides import CalendarOverride
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.breaks import BreakProfile, break_profiles
from undertow.statistics.day_scores import ActiveDays
from undertow.statistics.intervals import percentile_interval
from undertow.statistics.strength import HOLIDAY_EFFECT, rate
from undertow.statistics.working_calendar import (
    FROZEN,
    CalendarTest,
    PairTest,
    WorkingCalendarResult,
    span_of,
    working_calendar,
)
from undertow.wording import count, p_words

ID = "posting_hours.working_calendar"
MAKE_UP_ID = "posting_hours.make_up_days"
BREAKS_ID = "posting_hours.holiday_breaks"

MIN_BREAKS = 3
"""Breaks from which a bootstrap over breaks says anything."""

NULL = "each holiday block moved on its own by whole weeks (at most 12) onto days that are no holidays"
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


def findings(case: Case, scope: Scope, given: CalendarInput) -> list[Finding]:
    """The working calendar, the make-up days of the calendar ranked first, and the breaks around them."""
    result = given.run(exclude=True)
    without = given.run(exclude=False) if given.excluded.any() else None
    return [
        _calendar(case, scope, given, result, without),
        _make_up(case, scope, given, result),
        _breaks(case, scope, given, result),
    ]


# --- the calendar ------------------------------------------------------------------------------------------


def _calendar(
    case: Case,
    scope: Scope,
    given: CalendarInput,
    result: WorkingCalendarResult,
    without: WorkingCalendarResult | None,
) -> Finding:
    best = result.best
    told = result.verdict in ("one calendar", "several calendars")
    enough = best is not None and result.verdict != "too little to tell"
    rating = rate(
        low=best.low if enough and best is not None else None,
        high=best.high if enough and best is not None else None,
        scale=HOLIDAY_EFFECT,
        n_accounts=result.n_accounts,
        p_value=best.p_holm if enough and best is not None else None,
        guards={"a calendar could be decided on": told},
    )
    days = _free_days(given, best) if best is not None else []
    sql = _posts_on(scope, given.offset, days)
    estimate = Estimate(
        value=best.effect if enough and best is not None else None,
        low=best.low if enough and best is not None else None,
        high=best.high if enough and best is not None else None,
        unit="of the way from an ordinary weekday (0) to a weekend day (1)",
        n=given.times.n_timed,
        n_accounts=result.n_accounts,
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(result, given, without),
        estimate=estimate,
        p_value=best.p_holm if enough and best is not None else None,
        null_model=f"{NULL}; {FROZEN.draws:,} draws; Holm over {_tested(result)} calendars",
        method=(
            "Each day is scored between an ordinary weekday (0) and an ordinary weekend day (1) by which accounts "
            "are active on it; a country's free weekdays are compared with the same weekday one to three weeks "
            f"away and averaged over its holiday blocks. Local days at {clock(given.offset)}, "
            f"{result.first} to {result.last}. Guards: {FROZEN.min_blocks} blocks and {FROZEN.min_accounts} accounts; "
            "no single block or holiday may decide; calendars that share days are compared on the days that differ. "
            + (
                f"On the audience's calendar: {given.excluded_words} ({result.n_excluded_days} days). "
                if without
                else ""
            )
            + sentence(result.reasons)
            + strength_words(rating)
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="working_calendar.parquet",
        chart="working_calendar.vl.json" if _tested(result) else None,
        evidence=evidence(case, sql),
        result=_table(result),
        figure=charts.calendars(_rows(result), _description(result)) if _tested(result) else None,
    )


def _tested(result: WorkingCalendarResult) -> int:
    return sum(test.tested for test in result.calendars)


NAMED = 5
"""Countries named in a statement; all of them are in the table."""


def _names(result: WorkingCalendarResult, codes: Sequence[str]) -> str:
    by_code = {test.code: test.name for test in result.calendars}
    return joined(tuple(by_code[code] for code in codes), NAMED)


def _statement(result: WorkingCalendarResult, given: CalendarInput, without: WorkingCalendarResult | None) -> str:
    best = result.best
    if result.verdict == "too little to tell":
        text = f"Too little to tell whose holidays the accounts keep: {'; '.join(result.reasons)}."
    elif result.verdict == "no calendar" or best is None or best.effect is None or best.p_holm is None:
        text = (
            f"No country's holidays are kept beyond chance, of the {_tested(result)} calendars tested"
            f" on {count(result.n_accounts, 'account')}."
        )
    else:
        days = f"{best.n_free_weekdays} holidays in {best.n_blocks} blocks"
        size = f"{best.effect:.2f} of the way to a weekend day (95% interval {best.low:.2f} to {best.high:.2f})"
        if result.verdict == "not decided":
            text = (
                f"Not decided: {best.name}'s holidays ({days}) fit best, {size}, {p_words(best.p_holm)} after "
                f"correction, but {'; '.join(result.reasons)}."
            )
        else:
            text = (
                f"The accounts rest on {best.name}'s public holidays ({days}): {size}, {p_words(best.p_holm)} after "
                f"correction for {_tested(result)} calendars."
            )
            others = tuple(code for code in result.answer if code != best.code)
            if others:
                text += f" {_names(result, others)} cannot be told apart from it."
            told = tuple(pair.second for pair in result.pairs if pair.outcome == "first")
            if told:
                text += f" On the days that differ it is told apart from {_names(result, told)}."
            if result.not_excluded:
                text += f" Not excluded, for lack of days that differ: {_names(result, result.not_excluded)}."
    if without is not None:
        answer = _names(without, without.answer) if without.answer else without.verdict
        text += f" ({given.excluded_words[0].upper()}{given.excluded_words[1:]}; with them: {answer}.)"
    return text


def _free_days(given: CalendarInput, best: CalendarTest) -> list[int]:
    calendar = next(calendar for calendar in given.calendars if calendar.code == best.code)
    days = calendar.days[calendar.free_weekday & ~given.excluded].astype(np.int64)
    return [int(day) for day in days]


def _posts_on(scope: Scope, offset: int, days: Sequence[int]) -> str:
    """SQL for the posts on these local days (days since 1970)."""
    if not days:
        return scope.posts("FALSE")
    local_day = f"(epoch_us(created_at) + {offset * 60_000_000}) // 86400000000"
    return scope.posts("time_precision <> 'day'", f"{local_day} IN ({', '.join(map(str, days))})")


def _result_words(test: CalendarTest, result: WorkingCalendarResult) -> str:
    if not test.tested:
        return "not tested"
    if test.code in result.answer:
        return "the accounts' calendar"
    if test.p_holm is not None and test.p_holm <= result.specification.alpha:
        return "beyond chance"
    return "not beyond chance"


def _rows(result: WorkingCalendarResult) -> list[dict[str, object]]:
    return [
        {
            "country": test.name,
            "effect": test.effect,
            "low": test.low,
            "high": test.high,
            "p": test.p_holm,
            "blocks": test.n_blocks,
            "result": _result_words(test, result),
        }
        for test in result.calendars
        if test.tested
    ]


def _description(result: WorkingCalendarResult) -> str:
    tested = [f"{t.name} {t.effect:.2f}" for t in result.calendars[:5] if t.effect is not None]
    return "Effect of each country's holidays with its interval; the largest evidence first: " + ", ".join(tested)


def _table(result: WorkingCalendarResult) -> pa.Table:
    pairs = {pair.second: pair for pair in result.pairs}
    rows = []
    for test in result.calendars:
        pair: PairTest | None = pairs.get(test.code)
        rows.append(
            {
                "country": test.code,
                "name": test.name,
                "result": _result_words(test, result),
                "effect": test.effect,
                "low": test.low,
                "high": test.high,
                "p_value": test.p_value,
                "p_corrected": test.p_holm,
                "blocks": test.n_blocks,
                "free_weekdays": test.n_free_weekdays,
                "blocks_without_room": test.n_blocks_without_room,
                "p_without_worst_block": test.p_without_block,
                "worst_block": test.weakest_block,
                "p_without_worst_holiday": test.p_without_holiday,
                "worst_holiday": test.weakest_holiday,
                "against_the_first": None if pair is None else pair.outcome,
                "difference_from_first": None if pair is None else pair.difference,
                "difference_low": None if pair is None else pair.low,
                "difference_high": None if pair is None else pair.high,
                "make_up_days": None if test.make_up is None else test.make_up.n_days,
                "make_up_effect": None if test.make_up is None else test.make_up.effect,
                "make_up_p": None if test.make_up is None else test.make_up.p_value,
                "note": test.reason or ("" if pair is None else pair.reason),
            }
        )
    text = ("country", "name", "result", "worst_block", "worst_holiday", "against_the_first", "note")
    whole = ("blocks", "free_weekdays", "blocks_without_room", "make_up_days")
    names = list(rows[0]) if rows else []
    schema = pa.schema(
        [(n, pa.string() if n in text else pa.int64() if n in whole else pa.float64()) for n in names]
    )
    return pa.Table.from_pylist(rows, schema=schema)


# --- make-up days ------------------------------------------------------------------------------------------


def _make_up(case: Case, scope: Scope, given: CalendarInput, result: WorkingCalendarResult) -> Finding:
    """The mirror test, for the calendar that fits best among those that have make-up days."""
    having = [test for test in result.calendars if test.make_up is not None and test.make_up.effect is not None]
    test = having[0] if having and result.verdict != "too little to tell" else None
    made = test.make_up if test is not None else None
    days: list[int] = []
    if test is not None:
        calendar = next(c for c in given.calendars if c.code == test.code)
        days = [int(day) for day in calendar.days[calendar.make_up].astype(np.int64)]
    p_value = None if made is None or made.p_value is None else min(1.0, made.p_value * len(having))
    rating = rate(
        low=None if made is None else made.low,
        high=None if made is None else made.high,
        scale=HOLIDAY_EFFECT,
        n_accounts=result.n_accounts,
        p_value=p_value,
        guards={"the same calendar is kept on its holidays": test is not None and test.code in result.answer},
    )
    if test is None or made is None or made.effect is None or p_value is None:
        counts = [
            f"{t.name} {t.make_up.n_days}" for t in result.calendars if t.make_up is not None and t.make_up.n_days
        ]
        have = f" (make-up days in the span: {', '.join(counts)})" if counts else ""
        statement = (
            f"Too little to tell from make-up working days: {FROZEN.min_make_up_days} that can be compared are "
            f"needed{have}."
        )
    else:
        verb = "work" if p_value <= result.specification.alpha else "do not measurably work"
        statement = (
            f"The accounts {verb} on {test.name}'s {made.n_days} make-up working days (weekend days that the country "
            f"works): {made.effect:.2f} of the way from a weekend day to an ordinary weekday "
            f"(95% interval {made.low:.2f} to {made.high:.2f}), {p_words(p_value)}."
        )
    return Finding(
        id=MAKE_UP_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=None if made is None else made.effect,
            low=None if made is None else made.low,
            high=None if made is None else made.high,
            unit="of the way from a weekend day (0) to an ordinary weekday (1)",
            n=given.times.n_timed,
            n_accounts=result.n_accounts,
        ),
        p_value=p_value,
        null_model="the same number of weekend days, each moved by whole weeks onto ordinary weekend days",
        method=(
            "The mirror of the working-calendar test, on weekend days that a country works in exchange for a day "
            f"off. Reported for the best-ranked calendar that has {FROZEN.min_make_up_days} such days; the p-value "
            f"is multiplied by the {len(having)} calendars that have them." + strength_words(rating)
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="working_calendar.parquet",
        evidence=evidence(case, _posts_on(scope, given.offset, days)),
        result=_table(result),
    )


# --- breaks ------------------------------------------------------------------------------------------------


def _breaks(case: Case, scope: Scope, given: CalendarInput, result: WorkingCalendarResult) -> Finding:
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
            [row for row in rows if row["break"] == drawn and row["ratio"] is not None],
            f"Active accounts around {by_code[compared[0].code].name}'s {drawn}",
            f"Active accounts a day from ten days before to ten days after {drawn}, one line a year, relative to the "
            "same weekday in the weeks around.",
        )
    return Finding(
        id=BREAKS_ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="active accounts on free weekdays of breaks, relative to the weeks around",
            n=given.times.n_timed,
            n_accounts=result.n_accounts,
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
        evidence=evidence(case, _posts_on(scope, given.offset, days)),
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
        }
        for profile in profiles
        for day in profile.days
    ]
