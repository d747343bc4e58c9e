from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.statistics import day_scores as module
from undertow.statistics.day_scores import ActiveDays, day_scores

FIRST = np.datetime64("2016-01-04")  # a Monday
DAYS = 150
WEEKEND = np.arange(DAYS) % 7 >= 5
PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, DAYS - 1)), min_size=1, max_size=120)


def active(pairs: list[tuple[int, int]]) -> ActiveDays:
    return ActiveDays.of([a for a, _ in pairs], [d for _, d in pairs], n_accounts=6, first=FIRST, n_days=DAYS)


def oracle(pairs: ActiveDays, weekend: npt.NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    """The definition in the module's docstring, by plain loops."""
    on = {(int(a), int(d)) for a, d in zip(pairs.account, pairs.day, strict=True)}
    rate: dict[tuple[int, int], float] = {}
    for account in range(pairs.n_accounts):
        days = [day for name, day in on if name == account]
        if not days:
            continue
        life = range(min(days), max(days) + 1)
        for day in range(pairs.n_days):
            near = [d for d in range(day - 28, day + 29) if 0 <= d < pairs.n_days and d != day and not weekend[d]]
            seen = sum((account, d) in on for d in near)
            if seen or (account, day) in on:
                lived = [d for d in life if not weekend[d]]
                others = sum((account, d) in on for d in lived if d != day)
                counted = len(lived) - ((account, day) in on and not weekend[day])
                mean = others / max(counted, 1)
                rate[account, day] = min((seen + 2 * mean) / (len(near) + 2), 0.98)
    cells = [(a, d) for a, d in rate if weekend[d]]
    expected = sum(rate[cell] for cell in cells)
    common = sum(cell in on for cell in cells) / expected if expected else 1.0
    common = min(max(common, 0.05), 4.0)
    top, bottom = [0.0] * pairs.n_days, [0.0] * pairs.n_days
    for (account, day), p in rate.items():
        mine = [cell for cell in cells if cell[0] == account]
        rho = (sum(c in on for c in mine) + 5 * common) / (sum(rate[c] for c in mine) + 5)
        rho = min(max(rho, 0.05), 4.0, 0.98 / max(p, 1e-9))
        weight = math.log(rho * (1 - p) / (1 - p * rho))
        top[day] += weight * (((account, day) in on) - p)
        bottom[day] += weight * p * (rho - 1)
    return top, bottom


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_scores_are_what_the_formula_says(pairs: list[tuple[int, int]]) -> None:
    given_pairs = active(pairs)
    top, bottom = oracle(given_pairs, WEEKEND)
    found = day_scores(given_pairs, WEEKEND)
    assert found.information == pytest.approx(bottom, rel=1e-3, abs=1e-5)
    assert (found.information >= -1e-9).all()
    for day in range(DAYS):
        if found.information[day] > 1e-3:
            assert found.score[day] == pytest.approx(top[day] / bottom[day], rel=2e-2, abs=1e-2)


@settings(max_examples=40, deadline=None)
@given(PAIRS, st.permutations(range(6)), st.randoms(use_true_random=False))
def test_rows_and_names_do_not_matter(pairs: list[tuple[int, int]], names: list[int], random: object) -> None:
    changed = [(names[account], day) for account, day in pairs] * 2
    random.shuffle(changed)  # type: ignore[attr-defined]
    one, two = day_scores(active(pairs), WEEKEND), day_scores(active(changed), WEEKEND)
    assert np.allclose(one.information, two.information, atol=1e-6)
    assert np.allclose(one.active, two.active)
    known = one.information > 1e-3
    assert np.allclose(one.score[known], two.score[known], rtol=1e-3, atol=1e-3)


def test_laying_accounts_out_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    pairs = ActiveDays.of(
        rng.integers(0, 40, 2000), rng.integers(0, DAYS, 2000), n_accounts=40, first=FIRST, n_days=DAYS
    )
    one = day_scores(pairs, WEEKEND)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 500)
    monkeypatch.setattr(module, "_CELLS_KEPT", 1500)
    two = day_scores(pairs, WEEKEND)
    assert np.allclose(one.score, two.score, atol=1e-5)
    assert np.allclose(one.expected, two.expected)


def test_weekdays_score_zero_and_weekends_one() -> None:
    rng = np.random.default_rng(2)
    chance = np.where(WEEKEND, 0.15, 0.5)
    drawn = rng.random((300, DAYS)) < chance
    account, day = np.nonzero(drawn)
    found = day_scores(ActiveDays.of(account, day, n_accounts=300, first=FIRST, n_days=DAYS), WEEKEND)
    assert found.rhythm == pytest.approx(0.3, abs=0.03)
    assert found.score[~WEEKEND].mean() == pytest.approx(0, abs=0.03)
    assert found.score[WEEKEND].mean() == pytest.approx(1, abs=0.03)


def test_accounts_that_prefer_weekends_count_too() -> None:
    rng = np.random.default_rng(3)
    chance = np.where(WEEKEND, 0.6, 0.2)
    account, day = np.nonzero(rng.random((200, DAYS)) < chance)
    found = day_scores(ActiveDays.of(account, day, n_accounts=200, first=FIRST, n_days=DAYS), WEEKEND)
    assert found.rhythm > 2
    assert found.score[WEEKEND].mean() == pytest.approx(1, abs=0.1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="accounts must lie"):
        ActiveDays.of([6], [0], n_accounts=6, first=FIRST, n_days=DAYS)
    with pytest.raises(ValueError, match="days must lie"):
        ActiveDays.of([0], [DAYS], n_accounts=6, first=FIRST, n_days=DAYS)
    with pytest.raises(ValueError, match="no active day"):
        ActiveDays.from_dates([], np.array([], dtype="datetime64[D]"))
    with pytest.raises(ValueError, match="weekend has"):
        day_scores(active([(0, 0)]), WEEKEND[:-1])
