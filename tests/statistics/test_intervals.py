from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.statistics.intervals import bootstrap_share, bootstrap_sums, percentile_interval, wilson


@given(st.integers(1, 400), st.data())
def test_wilson_bounds_solve_the_score_equation(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    share = successes / trials
    assert 0 <= low <= share <= high <= 1
    for bound, edge in ((low, 0.0), (high, 1.0)):
        if bound != edge:
            assert abs(share - bound) / math.sqrt(bound * (1 - bound) / trials) == pytest.approx(1.95996, abs=1e-4)


def test_wilson_covers() -> None:
    rng = np.random.default_rng(1)
    draws, truth = 3000, 0.05
    covered = [low <= truth <= high for low, high in (wilson(k, 80) for k in rng.binomial(80, truth, draws))]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_bootstrap_sums_are_of_accounts_drawn_with_replacement() -> None:
    rows = np.random.default_rng(2).exponential(size=(37, 3))
    rows[:, 2] = 1.0
    drawn = bootstrap_sums(rows, 20_000, np.random.default_rng(3))
    assert (drawn[:, 2] == 37).all(), "as many accounts are drawn as there are"
    expected = rows.sum(axis=0)
    error = rows[:, 0].std() * math.sqrt(37)
    assert drawn[:, 0].mean() == pytest.approx(expected[0], abs=4 * error / math.sqrt(20_000))
    assert drawn[:, 0].std() == pytest.approx(error, rel=0.03)
    assert np.cov(drawn[:, :2].T)[0, 1] == pytest.approx(37 * np.cov(rows[:, :2].T, bias=True)[0, 1], abs=0.8)


def test_the_same_seed_gives_the_same_draws_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(4).integers(0, 9, (50, 2))
    once = bootstrap_sums(rows, 100, np.random.default_rng(5))
    assert np.array_equal(once, bootstrap_sums(rows, 100, np.random.default_rng(5)))
    monkeypatch.setattr("undertow.statistics.intervals._ENTRIES_AT_ONCE", 300)
    monkeypatch.setattr("undertow.statistics.intervals._ENTRIES_COUNTED_AT_ONCE", 100)
    assert np.array_equal(once, bootstrap_sums(rows, 100, np.random.default_rng(5)))


def test_a_share_is_covered_when_accounts_differ() -> None:
    rng = np.random.default_rng(6)
    covered = 0
    for _ in range(300):
        total = rng.geometric(0.1, 150)
        rows = np.column_stack([rng.binomial(total, rng.beta(2, 3, 150)), total])
        _, low, high = bootstrap_share(rows, 400, rng)
        covered += low <= 0.4 <= high
    assert covered / 300 == pytest.approx(0.95, abs=0.045)


def test_a_share_that_nobody_has_has_an_interval() -> None:
    """One account in thirty has the habit: most samples of twenty accounts have none, and must not exclude it."""
    rng = np.random.default_rng(7)
    covered = seen = 0
    for _ in range(400):
        total = rng.geometric(0.1, 20)
        habit = rng.random(20) < 1 / 30
        rows = np.column_stack([np.where(habit, total, 0), total])
        value, low, high = bootstrap_share(rows, 100, rng)
        seen += value == 0
        covered += value == 0 and low <= 1 / 30 <= high
    assert seen > 100
    assert covered == seen
    share, low, high = bootstrap_share([[5, 5]] * 20, 50, rng)
    assert (share, high) == (1.0, 1.0)
    assert low == pytest.approx(0.839, abs=0.001)


def test_what_cannot_be_given_is_refused() -> None:
    with pytest.raises(ValueError, match="make no share"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="at least one account"):
        bootstrap_sums(np.empty((0, 2)), 10, np.random.default_rng(1))
    with pytest.raises(ValueError, match="no finite draw"):
        percentile_interval([float("nan")])
