"""The scan for bursts: its chances against direct sums, false alarms where nothing is planted, what it must find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from undertow.statistics import bursts
from undertow.statistics.bursts import scan


def test_the_table_of_chances_is_right() -> None:
    y = np.array([0, 3, 40])
    expected = np.array([0.5, 0.5, 12.0])
    table = bursts._Table.of(y, expected)
    for cell, middle in enumerate(table.mu):
        for model, (shape, tail) in enumerate(bursts._MODELS):
            mass, above = np.exp(table.mass[cell][:, model]), np.exp(table.above[cell][:, model])
            assert above[0] == pytest.approx(1)
            np.testing.assert_allclose(above[:-1] - above[1:], mass[:-1], atol=1e-9)
            k = np.arange(mass.size)
            if np.isinf(shape):
                np.testing.assert_allclose(mass, poisson.pmf(k, middle), atol=1e-9)
            elif np.isinf(tail):
                np.testing.assert_allclose(mass, nbinom.pmf(k, shape, shape / (shape + middle)), atol=1e-9)
    long = bursts._Table.of(np.array([200_000]), np.array([2.0]))
    counts = np.arange(long.mass[0].shape[0])
    heavy = [model for model, (shape, tail) in enumerate(bursts._MODELS) if tail in (4, 6)]
    for model in heavy:
        assert counts @ np.exp(long.mass[0][:, model]) == pytest.approx(
            np.exp(round(np.log(2) / 0.05) * 0.05), rel=1e-3
        )


def test_false_alarms_stay_below_their_rate() -> None:
    rng = np.random.default_rng(11)
    draws, level = 120, 0.05
    alarms = 0
    for number in range(draws):
        days = 700
        spread = (0.0, 0.3, 0.6)[number % 3]
        effect = rng.gamma(1 / spread**2, spread**2, days) if spread else np.ones(days)
        alarms += scan(rng.poisson(1.5 * np.exp(np.arange(days) / 500) * effect)).p_value <= level
    assert alarms / draws <= level + 3.3 * np.sqrt(level * (1 - level) / draws)


def test_a_planted_day_is_found_and_reported_tightly() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(0.3, 1_000)
    counts[[499, 501]] = 0
    counts[500] = 25
    found = scan(counts)
    assert [(burst.first, burst.length, burst.count) for burst in found.bursts] == [(500, 1, 25)]
    assert found.p_value == found.bursts[0].p_value < 0.001


def test_a_planted_stretch_of_three_days_is_one_burst() -> None:
    counts = np.random.default_rng(3).poisson(0.3, 1_000)
    counts[600:603] += (12, 15, 11)
    found = scan(counts).bursts
    assert len(found) == 1
    assert found[0].first <= 600
    assert found[0].first + found[0].length >= 603


def test_a_wave_that_fades_over_days_is_no_burst() -> None:
    rng = np.random.default_rng(4)
    level = np.ones(1_000)
    level[400:] += 12 * 0.5 ** (np.arange(600) / 3)
    level[399] += 4
    assert scan(rng.poisson(level)).bursts == ()


def test_what_happened_in_the_control_too_is_expected() -> None:
    rng = np.random.default_rng(5)
    counts, control = rng.poisson(0.5, 800), rng.poisson(2.0, 800)
    counts[300] += 30
    assert scan(counts, control=control).bursts
    control[300] += 200
    assert scan(counts, control=control).bursts == ()


def test_turning_time_round_changes_little_and_repeating_nothing() -> None:
    counts = np.random.default_rng(6).poisson(1.0, 700)
    counts[350] += 20
    one, again, back = scan(counts), scan(counts), scan(counts[::-1].copy())
    assert one.bursts == again.bursts
    assert one.p_value == again.p_value
    assert {burst.first for burst in back.bursts} == {699 - burst.first for burst in one.bursts}


@pytest.mark.parametrize("counts", [[1, 2], [1, -1, 0, 2], [0.5, 1, 1, 1], [[1, 2, 3]]])
def test_what_is_not_a_series_of_counts_is_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match="counts must be whole"):
        scan(counts)


def test_an_empty_series_has_no_burst() -> None:
    assert scan(np.zeros(100, int)).bursts == ()
