"""Surges: calibrated on counts by another law, blind to what comes later, the same when resumed, and able to find."""

from __future__ import annotations

import numpy as np
import pytest

from undertow.statistics.surges import PLAN, ordinary_range, surges

Rng = np.random.Generator


def organic(
    rng: Rng, accounts: int, days: int, *, level: float = 60.0, noise: float = 0.28, trend: float = 0.0
) -> np.ndarray:
    """Poisson counts whose log rate is normal around a trend with weekends: not the law of the test."""
    weekday = np.array([0.0, 0.05, 0.05, 0.0, 0.0, -0.3, -0.3])[np.arange(days) % 7]
    log_rate = np.log(level) + weekday + np.linspace(0, trend, days) + rng.normal(0, noise, (accounts, days))
    return rng.poisson(np.exp(log_rate - noise**2 / 2)).astype(float)


@pytest.mark.parametrize("setting", [{}, {"level": 6.0}, {"trend": 1.5}, {"noise": 0.5}])
def test_false_alarms_stay_at_their_rate(setting: dict[str, float]) -> None:
    found = surges(organic(np.random.default_rng(1), 24, 260, **setting), first_weekday=0)
    p = found.p_value[found.tested]
    for level in (0.05, 0.01):
        # tests of one account share their window: about one in three counts as independent
        tolerance = 3.3 * (level * (1 - level) / (p.size / 3)) ** 0.5
        assert np.mean(p <= level) <= level + tolerance
    assert p.size > 4_000


def test_news_that_lifts_all_is_no_surge() -> None:
    rng = np.random.default_rng(2)
    y = organic(rng, 12, 200)
    day = 150
    y[:, day] = rng.poisson(y[:, day] * rng.uniform(2.5, 4.0, 12))
    found = surges(y, first_weekday=0)
    assert (found.own_p[:, day] < 1e-3).sum() >= 9, "each by itself stands out"
    assert found.p_value[:, day].min() > 1e-3
    boosted = y.copy()
    boosted[0, day] *= 8
    assert surges(boosted, first_weekday=0).p_value[0, day] < 1e-3


def test_a_tripled_day_is_found_and_does_not_spoil_later_days() -> None:
    y = organic(np.random.default_rng(3), 10, 220, noise=0.2)
    y[0, 150:153] *= 3
    found = surges(y, first_weekday=0)
    assert found.p_value[0, 150] < 1e-4
    assert (found.p_value[0, 150:153] < 1e-3).all()
    plain = surges(organic(np.random.default_rng(3), 10, 220, noise=0.2), first_weekday=0)
    assert found.expected[0, 160:] == pytest.approx(plain.expected[0, 160:], rel=0.15)


def test_a_verdict_depends_on_the_past_only() -> None:
    y = organic(np.random.default_rng(4), 5, 120)
    short, long = surges(y[:, :90], first_weekday=2), surges(y, first_weekday=2)
    np.testing.assert_array_equal(short.p_value, long.p_value[:, :90])


@pytest.mark.parametrize("until", [0, PLAN.least_history, 75, 119, 120])
def test_resumed_is_the_same_to_the_bit(until: int) -> None:
    y = organic(np.random.default_rng(5), 5, 120)
    volume = np.log1p(np.random.default_rng(6).poisson(4, y.shape))
    whole = surges(y, first_weekday=2, volume=volume)
    changed = np.concatenate([y[:, :until], y[:, until:] + 5], axis=1)
    other = surges(changed, first_weekday=2, volume=volume)
    resumed = surges(y, first_weekday=2, volume=volume, resume=(until, other))
    for name in ("p_value", "expected", "coefficients", "event"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))


def test_the_volume_explains_what_it_brings() -> None:
    rng = np.random.default_rng(7)
    posts = rng.poisson(5, (6, 200)).astype(float)
    posts[0, 150] = 25
    y = rng.poisson(12 * (posts + 0.2) * rng.lognormal(0, 0.15, posts.shape)).astype(float)
    assert surges(y, first_weekday=0).own_p[0, 150] < 1e-3
    assert surges(y, first_weekday=0, volume=np.log1p(posts)).own_p[0, 150] > 1e-3


def test_too_little_is_not_tested() -> None:
    assert not surges(np.ones((3, 200)), first_weekday=0).tested.any()
    assert not surges(organic(np.random.default_rng(8), 3, PLAN.least_history), first_weekday=0).tested.any()


def test_ordinary_days_are_within_their_range() -> None:
    y = organic(np.random.default_rng(9), 20, 240)
    found = surges(y, first_weekday=0)
    low, high = ordinary_range(found.expected[found.tested], found.spread[found.tested])
    inside = (y[found.tested] >= low) & (y[found.tested] <= high)
    assert inside.mean() > 0.93
