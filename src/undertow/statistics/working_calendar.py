"""Whose holidays do the accounts keep?

The unit is the holiday *block* (a run of public holidays), not the post. Days are scored between ordinary
weekday and weekend day (:mod:`undertow.statistics.day_scores`), compared with the same weekday some weeks away,
and averaged over a calendar's free weekdays; chance is the same blocks moved by whole weeks, each on its own
(:mod:`undertow.statistics.holiday_blocks`). Formulas, reasons and measured error rates are in
``docs/explanation/posting_hours.md``.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from undertow.calendars.model import Calendar, DaySpan
from undertow.statistics.day_scores import ActiveDays, DayScores, day_scores
from undertow.statistics.holiday_blocks import (
    BlockDays,
    BlockTest,
    Placements,
    block_test,
    bootstrap_effect,
    p_without,
    placements,
    residuals,
)
from undertow.statistics.multiple_testing import holm

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Verdict = Literal["too little to tell", "no calendar", "not decided", "several calendars", "one calendar"]


@dataclass(frozen=True, kw_only=True)
class Specification:
    """Every choice of the test, frozen before it was confirmed; the defaults are the only documented ones."""

    window_days: int = 28
    rate_prior_days: float = 2.0
    rhythm_prior_days: float = 5.0
    reference_weeks: int = 3
    clip: float = 2.0
    day_variance: float = 1.0
    max_weeks: int = 12
    min_placements: int = 3
    draws: int = 4000
    bootstrap: int = 2000
    level: float = 0.95
    alpha: float = 0.05
    left_out_alpha: float = 0.10
    min_blocks: int = 10
    min_accounts: int = 100
    min_active_days: int = 5
    min_pair_blocks: int = 8
    min_make_up_days: int = 8


FROZEN = Specification()
"""The one specification that findings use."""


@dataclass(frozen=True, kw_only=True)
class MakeUpDays:
    """The mirror test: do the accounts work on the weekend days that the country works?

    ``effect`` is 1 where these days look like ordinary weekdays, 0 where like ordinary weekend days; None, with
    ``reason``, where there are too few to say.
    """

    n_days: int
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CalendarTest:
    """One calendar's test. ``effect`` (g): 1, its holidays look like weekend days; 0, like ordinary weekdays.

    ``p_holm`` is corrected for all calendars tested. ``p_without_block`` and ``p_without_holiday`` are the
    largest p-values, times the calendars tested (at least 2), when any one block, or one holiday in all years, is left out;
    ``weakest_*`` say which. All None, with ``reason``, where the calendar could not be tested.
    """

    code: str
    name: str
    n_blocks: int
    n_free_weekdays: int
    n_blocks_without_room: int
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    z: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    p_without_block: float | None = None
    weakest_block: str | None = None
    p_without_holiday: float | None = None
    weakest_holiday: str | None = None
    make_up: MakeUpDays | None = None
    reason: str = ""

    @property
    def tested(self) -> bool:
        """Whether there was enough to test."""
        return self.p_value is not None


@dataclass(frozen=True, kw_only=True)
class PairTest:
    """Two calendars on the days on which only one of them rests. ``difference`` is first less second."""

    first: str
    second: str
    n_blocks_first: int
    n_blocks_second: int
    effect_first: float | None = None
    p_first: float | None = None
    effect_second: float | None = None
    p_second: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    outcome: Literal["first", "second", "both", "cannot be told apart"] = "cannot be told apart"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkingCalendarResult:
    """What the accounts' holidays say.

    ``answer`` are the codes of the calendars kept (one, or several that cannot be told apart; empty unless the
    verdict says so). ``not_excluded`` are calendars that do not pass the test and its guards by themselves, but
    that the answer could not be told from on the days that differ either: say them along with it.
    ``calendars`` is ranked: most evidence (z) first, untested last. The arrays have one entry a day of
    ``dates``, in the weekend of the first calendar ranked, and are not compared.
    """

    verdict: Verdict
    answer: tuple[str, ...]
    not_excluded: tuple[str, ...]
    reasons: tuple[str, ...]
    calendars: tuple[CalendarTest, ...]
    pairs: tuple[PairTest, ...]
    n_accounts: int
    n_active_days: int
    first: date
    last: date
    n_excluded_days: int
    specification: Specification
    dates: npt.NDArray[np.datetime64] = field(compare=False, repr=False)
    scores: DayScores | None = field(default=None, compare=False, repr=False)
    residual: Floats | None = field(default=None, compare=False, repr=False)

    @property
    def best(self) -> CalendarTest | None:
        """The calendar with the most evidence, whatever the verdict; None if none could be tested."""
        return self.calendars[0] if self.calendars and self.calendars[0].tested else None


def span_of(pairs: ActiveDays) -> DaySpan:
    """The span that the calendars have to be made for."""
    last = pairs.first + (pairs.n_days - 1)
    return DaySpan(pairs.first.astype(object), last.astype(object))


def working_calendar(
    pairs: ActiveDays,
    calendars: Sequence[Calendar],
    *,
    seed: int,
    excluded: Mask | None = None,
    specification: Specification = FROZEN,
) -> WorkingCalendarResult:
    """Test whose holidays the accounts of ``pairs`` keep among ``calendars`` (each over :func:`span_of` the pairs).

    ``excluded`` (shape: days) marks days that do not count at all, such as the audience's holidays. The same
    input and ``seed`` give the same result; neither the order of the calendars nor the presence of others
    changes a calendar's own p-value. Raises ValueError for calendars of another span or twice the same.
    """
    span = span_of(pairs)
    codes = [calendar.code for calendar in calendars]
    if len(set(codes)) != len(codes):
        raise ValueError("a calendar is given twice")
    for calendar in calendars:
        if calendar.span != span:
            raise ValueError(f"the calendar {calendar.code} is for {calendar.span}, the accounts for {span}")
    left_out = np.zeros(pairs.n_days, dtype=np.bool_) if excluded is None else excluded
    if left_out.shape != (pairs.n_days,):
        raise ValueError(f"excluded has {left_out.shape} entries, the span {pairs.n_days} days")

    work = _Work(pairs, left_out, seed, specification)
    tests = [work.test(calendar) for calendar in calendars]
    ranked = sorted(_corrected(tests), key=lambda test: (test.z is None, -(test.z or 0.0), test.code))
    by_code = {calendar.code: calendar for calendar in calendars}
    days_active = np.bincount(pairs.account, minlength=pairs.n_accounts)
    n_accounts = int((days_active >= specification.min_active_days).sum())
    significant = [test for test in ranked if _significant(test, specification)]
    credible: list[CalendarTest] = []
    pairs_tested: tuple[PairTest, ...] = ()
    too_little = []
    if not any(test.tested for test in ranked):
        too_little.append(
            f"too short: in {pairs.n_days} days no calendar has {specification.min_blocks} holiday blocks that can be "
            "compared with other weeks"
        )
    if n_accounts < specification.min_accounts:
        too_little.append(
            f"{n_accounts} accounts were active on {specification.min_active_days} days or more; "
            f"{specification.min_accounts} are needed"
        )
    reasons: list[str] = too_little
    verdict: Verdict = "too little to tell"
    if not too_little and not significant:
        verdict = "no calendar"
        reasons = ["no calendar's holidays are kept beyond chance, after correction for the calendars tried"]
    elif not too_little:
        best = significant[0]
        rivals_of_best = [other.code for other in ranked if other.tested and other.code != best.code]
        pairs_tested = tuple(
            work.pair(by_code[best.code], by_code[code], len(rivals_of_best)) for code in rivals_of_best
        )
        credible = [test for test in significant[1:] if _credible(test, specification)]
        verdict, reasons = _judge(best, credible, pairs_tested, specification)
    open_to = {pair.second for pair in pairs_tested if pair.outcome != "first"}
    rivals = tuple(test.code for test in credible if test.code in open_to)
    answer = (significant[0].code, *rivals) if verdict in ("one calendar", "several calendars") else ()
    shown = by_code[ranked[0].code] if ranked else None
    return WorkingCalendarResult(
        verdict=verdict,
        answer=answer,
        not_excluded=tuple(sorted(open_to - set(answer))) if answer else (),
        reasons=tuple(reasons),
        calendars=tuple(ranked),
        pairs=pairs_tested,
        n_accounts=n_accounts,
        n_active_days=int(pairs.account.size),
        first=span.first,
        last=span.last,
        n_excluded_days=int(left_out.sum()),
        specification=specification,
        dates=pairs.dates,
        scores=work.scores(shown) if shown else None,
        residual=work.residual(shown, shown.holiday) if shown else None,
    )


def _significant(test: CalendarTest, specification: Specification) -> bool:
    return test.p_holm is not None and test.p_holm <= specification.alpha


def _credible(test: CalendarTest, specification: Specification) -> bool:
    """Significant, and not by the grace of one block or one holiday."""
    left_out = (test.p_without_block, test.p_without_holiday)
    return _significant(test, specification) and all(
        p_value is not None and p_value <= specification.left_out_alpha for p_value in left_out
    )


def _corrected(tests: Sequence[CalendarTest]) -> list[CalendarTest]:
    """Holm over the calendars tested; the leave-one-out p-values by their number (Bonferroni), two at least."""
    tested = [test.p_value for test in tests if test.p_value is not None]
    corrected = iter(holm(tested).tolist())

    def times(p_value: float | None) -> float | None:
        return None if p_value is None else min(1.0, p_value * max(2, len(tested)))

    return [
        replace(
            test,
            p_holm=next(corrected),
            p_without_block=times(test.p_without_block),
            p_without_holiday=times(test.p_without_holiday),
        )
        if test.tested
        else test
        for test in tests
    ]


def _judge(
    best: CalendarTest, rivals: Sequence[CalendarTest], pairs: Sequence[PairTest], spec: Specification
) -> tuple[Verdict, list[str]]:
    """The verdict on the ``best`` calendar, given the ``rivals`` that pass the test and its guards as well."""
    reasons = []
    if best.p_without_block is not None and best.p_without_block > spec.left_out_alpha:
        reasons.append(f"{best.name} rests on one block of days ({best.weakest_block})")
    if best.p_without_holiday is not None and best.p_without_holiday > spec.left_out_alpha:
        reasons.append(f"{best.name} rests on one holiday ({best.weakest_holiday})")
    outcome = {pair.second: pair.outcome for pair in pairs}
    contrary = [rival.name for rival in rivals if outcome[rival.code] == "second"]
    both = [rival.name for rival in rivals if outcome[rival.code] == "both"]
    if contrary:
        reasons.append(f"on the days that differ {', '.join(contrary)} fits better than {best.name}")
    if both:
        reasons.append(f"days that only {', '.join(both)} keeps are kept as well")
    if reasons:
        return "not decided", reasons
    unsure = [rival.name for rival in rivals if outcome[rival.code] != "first"]
    if unsure:
        return "several calendars", [f"{best.name} cannot be told apart from {', '.join(unsure)}"]
    return "one calendar", [
        f"{best.name} is told apart from every other calendar that passes the test and its guards"
    ]


class _Work:
    """The scores by weekend, and the tests on them."""

    def __init__(self, pairs: ActiveDays, excluded: Mask, seed: int, spec: Specification) -> None:
        self.pairs, self.excluded, self.seed, self.spec = pairs, excluded, seed, spec
        self._scores: dict[bytes, DayScores] = {}

    def scores(self, calendar: Calendar) -> DayScores:
        """The day scores under the calendar's weekend: shared by the calendars that have the same."""
        key = calendar.weekend.tobytes()
        if key not in self._scores:
            self._scores[key] = day_scores(
                self.pairs,
                calendar.weekend,
                window=self.spec.window_days,
                rate_prior=self.spec.rate_prior_days,
                rhythm_prior=self.spec.rhythm_prior_days,
            )
        return self._scores[key]

    def residual(self, calendar: Calendar, not_reference: Mask) -> Floats:
        """The residuals of the scores, holidays not being compared with."""
        return residuals(
            self.scores(calendar).score,
            self.excluded,
            not_reference,
            weeks=self.spec.reference_weeks,
            clip=self.spec.clip,
        )

    def _rng(self, *parts: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("/".join(parts).encode())])

    def _places(self, calendar: Calendar, blocks: BlockDays, residual: Floats, forbidden: Mask) -> Placements:
        return placements(
            blocks,
            residual,
            self.scores(calendar).information,
            forbidden | self.excluded,
            max_weeks=self.spec.max_weeks,
            min_placements=self.spec.min_placements,
            day_variance=self.spec.day_variance,
        )

    def _interval(self, draws: Floats) -> tuple[float, float]:
        tail = (1 - self.spec.level) / 2
        low, high = np.quantile(draws, [tail, 1 - tail])
        return float(low), float(high)

    def test(self, calendar: Calendar) -> CalendarTest:
        spec = self.spec
        blocks = BlockDays.of(calendar).without(self.excluded)
        residual = self.residual(calendar, calendar.holiday)
        places = self._places(calendar, blocks, residual, calendar.holiday | calendar.weekend)
        number = places.used.size
        result = CalendarTest(
            code=calendar.code,
            name=calendar.name,
            n_blocks=number,
            n_free_weekdays=int(np.isin(blocks.block, places.used).sum()),
            n_blocks_without_room=blocks.n_blocks - number,
            reason=f"{number} holiday blocks that can be compared; {spec.min_blocks} are needed",
        )
        if number < spec.min_blocks:
            return result
        test = block_test(places, spec.draws, self._rng(calendar.code))
        low, high = self._interval(bootstrap_effect(places, spec.bootstrap, self._rng(calendar.code, "interval")))
        block_p, block_name = self._worst_block(blocks, places, test)
        holiday_p, holiday_name = self._worst_holiday(blocks, places, test)
        return CalendarTest(
            code=calendar.code,
            name=calendar.name,
            n_blocks=number,
            n_free_weekdays=result.n_free_weekdays,
            n_blocks_without_room=result.n_blocks_without_room,
            effect=test.effect,
            low=low,
            high=high,
            z=test.z,
            p_value=test.p_value,
            p_without_block=block_p,
            weakest_block=block_name,
            p_without_holiday=holiday_p,
            weakest_holiday=holiday_name,
            make_up=self._make_up(calendar),
        )

    def _worst_block(self, blocks: BlockDays, places: Placements, test: BlockTest) -> tuple[float, str]:
        values = p_without(places, test, [np.array([index]) for index in range(places.used.size)])
        worst = int(np.argmax(values))
        block = int(places.used[worst])
        return float(values[worst]), f"{blocks.labels[block]}, {blocks.starts[block].isoformat()}"

    def _worst_holiday(self, blocks: BlockDays, places: Placements, test: BlockTest) -> tuple[float, str]:
        held = [blocks.holidays[index] for index in places.used]
        names = sorted(set().union(*held))
        values = p_without(
            places, test, [np.flatnonzero([name in holidays for holidays in held]) for name in names]
        )
        worst = int(np.argmax(values))
        return float(values[worst]), names[worst]

    def _make_up(self, calendar: Calendar) -> MakeUpDays:
        days = np.flatnonzero(calendar.make_up & ~self.excluded)
        blocks = BlockDays.single(days, calendar.days[days].astype(object).tolist(), "make-up day")
        forbidden = calendar.holiday | calendar.make_up | ~calendar.weekend
        residual = -self.residual(calendar, calendar.holiday | calendar.make_up)
        places = self._places(calendar, blocks, residual, forbidden)
        number = int(places.used.size)
        if number < self.spec.min_make_up_days:
            reason = f"{number} make-up days; {self.spec.min_make_up_days} are needed"
            return MakeUpDays(n_days=number, effect=None, low=None, high=None, p_value=None, reason=reason)
        test = block_test(places, self.spec.draws, self._rng(calendar.code, "make-up"))
        draws = bootstrap_effect(places, self.spec.bootstrap, self._rng(calendar.code, "make-up", "interval"))
        low, high = self._interval(draws)
        return MakeUpDays(n_days=number, effect=test.effect, low=low, high=high, p_value=test.p_value)

    def pair(self, first: Calendar, second: Calendar, rivals: int) -> PairTest:
        """Compare two calendars on the days that are free in only one of them.

        The second one's own days are tested at the level divided by the ``rivals`` compared: among many
        rivals some would seem to be kept by chance.
        """
        sides = []
        for own, other in ((first, second), (second, first)):
            blocks = BlockDays.of(own, own.free_weekday & ~other.holiday & ~self.excluded)
            either = own.holiday | other.holiday
            sides.append(self._places(own, blocks, self.residual(own, either), either | own.weekend))
        numbers = [int(side.used.size) for side in sides]
        least = self.spec.min_pair_blocks
        if min(numbers) < least:
            reason = f"{min(numbers)} blocks of days that differ on one side; {least} are needed"
            return PairTest(
                first=first.code,
                second=second.code,
                n_blocks_first=numbers[0],
                n_blocks_second=numbers[1],
                reason=reason,
            )
        names = (first.code, second.code)
        one, two = (
            block_test(side, self.spec.draws, self._rng(*names, str(index))) for index, side in enumerate(sides)
        )
        draws = [
            bootstrap_effect(side, self.spec.bootstrap, self._rng(*names, str(index), "interval"))
            for index, side in enumerate(sides)
        ]
        low, high = self._interval(draws[0] - draws[1])
        alpha = self.spec.alpha
        outcome: Literal["first", "second", "both", "cannot be told apart"] = "cannot be told apart"
        first_kept, second_kept = one.p_value <= alpha, two.p_value * rivals <= alpha
        if first_kept and second_kept:
            outcome = "both"
        elif first_kept and low > 0:
            outcome = "first"
        elif second_kept and high < 0:
            outcome = "second"
        return PairTest(
            first=first.code,
            second=second.code,
            n_blocks_first=numbers[0],
            n_blocks_second=numbers[1],
            effect_first=one.effect,
            p_first=one.p_value,
            effect_second=two.effect,
            p_second=two.p_value,
            difference=one.effect - two.effect,
            low=low,
            high=high,
            outcome=outcome,
        )
