"""Surges in a share: calibrated with and without overdispersion, blind to what lifts the whole, the same when resumed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.statistics.share_surges import share_surges
from undertow.statistics.surges import _median_of_others


def organic(
    rng: np.random.Generator, accounts: int, days: int, *, level: float = 40.0, concentration: float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """(part, whole): wholes that vary by a lognormal, a share that drifts and (beta) varies from day to day."""
    whole = rng.poisson(level * rng.lognormal(0, 0.4, (accounts, days)))
    share = np.broadcast_to(np.linspace(0.5, 0.35, days), whole.shape)
    if np.isfinite(concentration):
        share = rng.beta(share * concentration, (1 - share) * concentration)
    return rng.binomial(whole, share).astype(float), whole.astype(float)


@pytest.mark.parametrize("setting", [{}, {"level": 8.0}, {"concentration": 40.0}])
def test_false_alarms_stay_at_their_rate(setting: dict[str, float]) -> None:
    found = share_surges(*organic(np.random.default_rng(1), 30, 260, **setting))
    p = found.p_value[found.tested]
    assert p.size > 5_000
    for level in (0.05, 0.01, 0.001):
        tolerance = 3.3 * (level * (1 - level) / (p.size / 3)) ** 0.5  # tests of one account share their window
        assert np.mean(p <= level) <= level + tolerance


def test_what_lifts_the_whole_cancels_and_what_adds_to_the_part_is_found() -> None:
    part, whole = organic(np.random.default_rng(2), 6, 160)
    rng = np.random.default_rng(3)
    whole[0, 120] *= 5
    part[0, 120] = rng.binomial(int(whole[0, 120]), 0.4)
    part[1, 120] += 40
    whole[1, 120] += 40
    found = share_surges(part, whole)
    assert found.p_value[0, 120] > 0.01
    assert found.p_value[1, 120] < 1e-4


def test_news_that_brings_new_ones_to_all_is_no_surge() -> None:
    part, whole = organic(np.random.default_rng(4), 10, 160)
    whole[:, 120] += np.round(0.8 * whole[:, 120])
    part[:, 120] = np.round(0.75 * whole[:, 120])
    found = share_surges(part, whole)
    assert (found.own_p[:, 120] < 0.01).sum() >= 8, "each by itself stands out"
    assert found.p_value[:, 120].min() > 0.01


@pytest.mark.parametrize("until", [0, 42, 70, 100])
def test_resumed_is_the_same_to_the_bit(until: int) -> None:
    part, whole = organic(np.random.default_rng(5), 5, 100)
    full = share_surges(part, whole)
    other = share_surges(np.concatenate([part[:, :until], whole[:, until:]], axis=1), whole)
    resumed = share_surges(part, whole, resume=(until, other))
    for name in ("p_value", "expected", "alpha", "event"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(full, name))


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=12))
def test_the_median_of_the_others(values: list[int]) -> None:
    array = np.array(values, dtype=float)
    expected = [np.median(np.delete(array, place)) for place in range(len(array))]
    np.testing.assert_allclose(_median_of_others(array), expected)
