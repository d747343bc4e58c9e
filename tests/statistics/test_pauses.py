"""The longest silence against the account's own rhythm: uniform for power laws, conservative for lighter tails."""

from __future__ import annotations

import numpy as np
import pytest

from undertow.statistics.pauses import longest_pause_p

DRAWS, PAUSES, LEVEL = 4_000, 100, 0.05
TOLERANCE = 3.3 * (LEVEL * (1 - LEVEL) / DRAWS) ** 0.5


def _p(lengths: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    account = np.repeat(np.arange(len(lengths)), lengths.shape[1])
    return longest_pause_p(account, lengths.ravel(), n_accounts=len(lengths))


@pytest.mark.parametrize("exponent", [0.8, 2.5])
def test_uniform_for_power_laws_whatever_the_exponent(exponent: float) -> None:
    p = _p(1 + np.random.default_rng(2).pareto(exponent, (DRAWS, PAUSES)))
    assert abs(np.mean(p <= LEVEL) - LEVEL) <= TOLERANCE
    assert abs(np.mean(p) - 0.5) < 0.03


@pytest.mark.parametrize("name", ["exponential", "lognormal", "uniform"])
def test_conservative_for_lighter_tails(name: str) -> None:
    rng = np.random.default_rng(3)
    p = _p(getattr(rng, name)(size=(DRAWS, PAUSES)) + 1e-9)
    assert np.mean(p <= LEVEL) <= LEVEL + TOLERANCE


def test_units_do_not_matter_and_few_pauses_say_nothing() -> None:
    lengths = np.random.default_rng(4).lognormal(size=(3, 40))
    assert np.allclose(_p(lengths), _p(lengths * 24))
    assert np.isnan(_p(lengths[:, :4])).all()
    with pytest.raises(ValueError, match="longer"):
        longest_pause_p([0], [0.0], n_accounts=1)


def test_a_year_among_days_stands_out() -> None:
    lengths = np.random.default_rng(5).lognormal(0, 0.5, (1, 60))
    lengths[0, 30] = 365
    assert _p(lengths)[0] < 0.005
