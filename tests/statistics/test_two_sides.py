"""Did a property of days change? Exact where days are alike, calibrated where neighbours resemble each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from undertow.statistics.two_sides import changed_p, inflation, upper_tails


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 60), st.data())
def test_tails_are_the_hypergeometric_ones(total: int, data: st.DataObject) -> None:
    marked, drawn = (data.draw(st.integers(0, total)) for _ in range(2))
    at_least = data.draw(st.integers(0, total))
    expected = hypergeom.sf(at_least - 1, total, marked, drawn)
    assert upper_tails([total], [marked], [drawn], [at_least])[0] == pytest.approx(expected, rel=1e-9, abs=1e-14)


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_twice_the_one_sided_exact_test(before: int, after: int, data: st.DataObject) -> None:
    inside, outside = data.draw(st.integers(0, before)), data.draw(st.integers(0, after))
    table = [[inside, before - inside], [outside, after - outside]]
    sides = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    found = changed_p([before], [after], marked_before=[inside], marked_after=[outside])[0]
    assert found == pytest.approx(min(1.0, 2 * min(sides)), rel=1e-9)


@settings(deadline=None)  # the first call compiles
@given(st.integers(3, 40), st.integers(3, 40), st.floats(1, 8), st.data())
def test_inflation_never_makes_a_change_clearer(before: int, after: int, by: float, data: st.DataObject) -> None:
    inside, outside = data.draw(st.integers(0, before)), data.draw(st.integers(0, after))
    plain, inflated = (
        changed_p([before], [after], marked_before=[inside], marked_after=[outside], inflated=factor)[0]
        for factor in (1.0, by)
    )
    assert inflated >= min(plain, 0.5) * 0.5  # rounding down may move a p-value a little, and never to significance
    assert 0 <= inflated <= 1


@pytest.mark.parametrize("persistence", [0.0, 0.5, 0.8])
def test_size_on_days_that_resemble_their_neighbours(persistence: float) -> None:
    """A two-state chain keeps its state with a probability; cut in the middle, nothing changed."""
    rng = np.random.default_rng(5)
    draws, days, level = 3_000, 120, 0.05
    keep = rng.random((draws, days)) < persistence
    fresh = rng.random((draws, days)) < 0.4
    state = fresh.copy()
    for day in range(1, days):
        state[:, day] = np.where(keep[:, day], state[:, day - 1], fresh[:, day])
    sides = (state[:, : days // 2], state[:, days // 2 :])
    covariance = sum(
        ((s - s.mean(1, keepdims=True))[:, 1:] * (s - s.mean(1, keepdims=True))[:, :-1]).sum(1) for s in sides
    )
    variance = sum(((s - s.mean(1, keepdims=True)) ** 2).sum(1) for s in sides)
    correlation = np.divide(covariance, variance, out=np.zeros(draws), where=variance > 0)
    p = changed_p(
        np.full(draws, days // 2),
        np.full(draws, days // 2),
        marked_before=sides[0].sum(1),
        marked_after=sides[1].sum(1),
        inflated=inflation(correlation, np.full(draws, days)),
    )
    tolerance = 3.3 * (level * (1 - level) / draws) ** 0.5
    assert np.mean(p <= level) <= level + tolerance


def test_power_on_a_plain_change() -> None:
    assert changed_p([20], [20], marked_before=[19], marked_after=[1], inflated=1.2)[0] < 1e-5
