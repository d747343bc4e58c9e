"""Do events crowd into one time? Calibrated where each has its own span, and found where they do."""

from __future__ import annotations

import numpy as np
import pytest

from undertow.statistics.waves import fullest, wave, waves


def test_fullest_by_looking_everywhere() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        times = rng.uniform(0, 100, 15)
        slow = max(int(((times >= start) & (times <= start + 7)).sum()) for start in times)
        assert fullest(times, 7.0)[1] == slow


def test_size_where_spans_differ() -> None:
    """Accounts that could only have changed in one season are no wave in that season."""
    rng = np.random.default_rng(2)
    low = np.r_[np.zeros(15), np.full(15, 300.0)]
    high = np.r_[np.full(15, 700.0), np.full(15, 400.0)]
    draws, level = 300, 0.05
    p = []
    for _ in range(draws):
        times = low + rng.random(30) * (high - low)
        p.append(wave(times, low, high, width=14, draws=99, rng=rng).p_value)
    tolerance = 3.3 * (level * (1 - level) / draws) ** 0.5
    assert np.mean(np.array(p) <= level) <= level + tolerance


def test_two_waves_are_two() -> None:
    rng = np.random.default_rng(3)
    times = np.r_[rng.uniform(200, 208, 12), rng.uniform(500, 508, 9), rng.uniform(0, 700, 10)]
    low, high = np.zeros(31), np.full(31, 700.0)
    found = waves(times, low, high, width=14, draws=499, rng=rng, level=0.01)
    assert [round(each.start, -2) for each in found] == [200, 500]
    assert all(each.p_value <= 0.01 < each.count for each in found)


def test_events_outside_their_span_are_refused() -> None:
    with pytest.raises(ValueError, match="span"):
        wave([5.0], [6.0], [7.0], width=1, draws=9, rng=np.random.default_rng(0))
