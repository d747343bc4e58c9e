"""Do the accounts work on the weekend days that a country works? The mirror of the working calendar, as a finding."""

from __future__ import annotations

import numpy as np

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours.calendar_finding import calendar_table
from undertow.analyses.posting_hours.calendar_input import ALTERNATIVES, ASSUMPTIONS, CalendarInput, posts_on
from undertow.analyses.posting_hours.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import HOLIDAY_EFFECT, rate
from undertow.statistics.working_calendar import FROZEN, WorkingCalendarResult
from undertow.wording import p_words, strength_words

ID = "posting_hours.make_up_days"


def finding(case: Case, scope: Scope, given: CalendarInput, result: WorkingCalendarResult) -> Finding:
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
        id=ID,
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
            f"is multiplied by the {len(having)} calendars that have them. {strength_words(rating)}"
        ),
        assumptions=ASSUMPTIONS,
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="working_calendar.parquet",
        evidence=evidence(case, posts_on(scope, given.offset, days)),
        result=calendar_table(result),
    )
