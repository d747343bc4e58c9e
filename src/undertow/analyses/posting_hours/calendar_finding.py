"""Whose working days? The working-calendar test as a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours import charts
from undertow.analyses.posting_hours.calendar_input import ALTERNATIVES, ASSUMPTIONS, CalendarInput, posts_on
from undertow.analyses.posting_hours.wording import QUESTION, sentence
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import HOLIDAY_EFFECT, rate
from undertow.statistics.working_calendar import (
    FROZEN,
    CalendarTest,
    PairTest,
    WorkingCalendarResult,
)
from undertow.wording import clock, count, joined, p_words, strength_words

ID = "posting_hours.working_calendar"

NULL = "each holiday block moved on its own by whole weeks (at most 12) onto days that are no holidays"


def finding(
    case: Case,
    scope: Scope,
    given: CalendarInput,
    result: WorkingCalendarResult,
    without: WorkingCalendarResult | None,
) -> Finding:
    """Whose public holidays the accounts rest on; ``without`` is the result with the audience\'s days left in."""
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
    sql = posts_on(scope, given.offset, days)
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
        null_model=(
            f"{NULL}; {FROZEN.draws:,} draws; Holm over {_tested(result)} calendars (so the smallest p that can be "
            f"found is {_tested(result) / (FROZEN.draws + 1):.2g})"
        ),
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
        result=calendar_table(result),
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


def calendar_table(result: WorkingCalendarResult) -> pa.Table:
    """One row a calendar, most evidence first."""
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
