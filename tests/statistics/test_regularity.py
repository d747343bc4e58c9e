"""Tests of regularity: calibrated where nothing is regular, and finding what is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from undertow.statistics.regularity import HARMONICS, rayleigh_p, regular_pairs, regularity_p, spectral_line

SECOND = 1_000_000


def within(p_values: np.ndarray, level: float) -> bool:
    """Whether no more p-values than chance gives are at most ``level`` (one false failure in 2,000 seeds)."""
    return bool((p_values <= level).mean() <= level + 3.3 * np.sqrt(level * (1 - level) / p_values.size))


def people(rng: np.random.Generator, number: int, *, gap_s: float = 90.0, spread: float = 1.0) -> np.ndarray:
    """Posts in sessions along the day, in seconds: made without the models of the tests."""
    times: list[float] = []
    now = 0.0
    while len(times) < number:
        now += rng.exponential(8 * 3_600)
        hour = now / 3_600 % 24
        if hour < 7:
            now += (7 - hour) * 3_600 * rng.random()
        for _ in range(rng.geometric(0.3)):
            times.append(now)
            now += float(np.exp(rng.normal(np.log(gap_s), spread)))
    return np.array(times[:number])


@pytest.mark.parametrize("shape", [1.0, 2.0])
@pytest.mark.parametrize("pairs", [15, 100])
def test_regularity_is_calibrated_for_gamma_intervals(shape: float, pairs: int) -> None:
    rng = np.random.default_rng(pairs)
    mean = rng.beta(0.5, shape, (4_000, pairs)).mean(axis=1)
    p_values = regularity_p(mean, np.full(mean.size, pairs), shape=shape)
    assert all(within(p_values, level) for level in (0.2, 0.05, 0.01))
    assert (p_values <= 0.2).mean() > 0.16, "and not needlessly cautious"


def test_one_pair_has_its_exact_chance_nearly() -> None:
    for w in (0.001, 0.01, 0.05):
        assert regularity_p(np.array([w]), np.array([1]), shape=2.0)[0] == pytest.approx(
            beta.cdf(w, 0.5, 2.0), rel=0.35
        )


def test_more_regular_is_never_less_significant() -> None:
    means = np.linspace(0.001, 0.5, 300)
    p_values = regularity_p(means, np.full(means.size, 40), shape=2.0)
    assert (np.diff(p_values) >= -1e-6).all()


def test_people_are_not_regular_and_clocks_are() -> None:
    rng = np.random.default_rng(4)
    crowd = [np.sort(people(rng, 200)) for _ in range(60)]
    clocks = [np.cumsum(rng.normal(1_800, 300, 200)) for _ in range(5)]
    times = np.concatenate([*crowd, *clocks]) * SECOND
    account = np.repeat(np.arange(65), 200)
    precision = np.full(times.size, SECOND)
    of, w = regular_pairs(times.astype(np.int64), account, precision, rng)
    pairs = np.bincount(of, minlength=65)
    p_values = regularity_p(np.bincount(of, w, 65) / np.maximum(pairs, 1), pairs, shape=2.0)
    assert p_values[:60].min() > 0.001
    assert p_values[60:].max() < 1e-6


def test_pairs_do_not_cross_accounts_and_leave_out_what_is_too_short() -> None:
    times = np.array([0, 100, 300, 301, 0, 50, 100]) * SECOND
    account = np.array([0, 0, 0, 0, 1, 1, 1])
    of, w = regular_pairs(times, account, np.full(7, 1), np.random.default_rng(0))
    assert of.tolist() == [0, 1]
    np.testing.assert_allclose(w, [1 / 9, 0], atol=1e-6)
    assert regular_pairs(times, account, np.full(7, 20 * SECOND), np.random.default_rng(0))[0].size == 0


def test_set_moments_are_found_and_even_ones_are_not() -> None:
    rng = np.random.default_rng(5)
    even = np.stack([np.bincount(rng.integers(0, 60, 40), minlength=60) for _ in range(3_000)]).astype(np.float64)
    p_values, _ = rayleigh_p(even)
    assert all(within(p_values, level) for level in (0.2, 0.05, 0.01))
    quarter = np.zeros((1, 60))
    quarter[0, [0, 15, 30, 45]] = 10
    p_value, times = rayleigh_p(quarter)
    assert p_value[0] < 1e-6
    assert times[0] in HARMONICS
    assert times[0] % 4 == 0


def test_the_spectrum_of_people_has_no_line() -> None:
    rng = np.random.default_rng(6)
    lines = [spectral_line(people(rng, 400, gap_s=float(g), spread=0.6)) for g in np.geomspace(60, 3_000, 100)]
    found = np.array([line.p_value for line in lines if line is not None])
    assert found.size > 20
    assert found.min() > 0.001


@pytest.mark.parametrize("jitter", [0.0, 0.1])
def test_a_timer_with_gaps_shows_its_period(jitter: float) -> None:
    rng = np.random.default_rng(7)
    ticks = np.flatnonzero(rng.random(400) < 0.6)
    line = spectral_line(np.sort(ticks * 1_234.0 + rng.normal(0, jitter * 1_234, ticks.size)))
    assert line is not None
    assert line.p_value < 1e-6
    assert line.period_s == pytest.approx(1_234, rel=0.01)


def test_few_posts_and_few_sessions_are_not_looked_at() -> None:
    assert spectral_line(np.array([1.0, 2.0])) is None
    assert spectral_line(np.zeros(100)) is None
    rng = np.random.default_rng(8)
    sessions = np.concatenate([np.cumsum(rng.exponential(5, 30)) + begin * 1_200 for begin in range(4)])
    assert spectral_line(sessions) is None
