from __future__ import annotations

import math

import numpy as np
import pytest

from undertow.statistics.comparison import compare_shares


def groups(rng: np.random.Generator, first: float, second: float, both: int = 0) -> list[np.ndarray]:
    """30 noisy accounts in the first group, 60 quieter ones in the second, ``both`` in both."""
    total = np.concatenate([rng.geometric(0.02, 30), rng.geometric(0.1, 60), rng.geometric(0.05, both)])
    n = total.size
    in_first = np.r_[np.ones(30), np.zeros(60), np.ones(both)].astype(bool)
    in_second = np.r_[np.zeros(30), np.ones(60), np.ones(both)].astype(bool)
    own = rng.beta(4, 4, n) - 0.5
    parts = []
    for here, share in ((in_first, first), (in_second, second)):
        posts = np.where(here, total, 0)
        parts += [rng.binomial(posts, np.clip(share + own, 0, 1)), posts]
    return parts


@pytest.mark.parametrize("both", [0, 40])
def test_equal_groups_are_told_apart_no_oftener_than_stated(both: int) -> None:
    trials = 300
    p_values = np.array(
        [
            compare_shares(*groups(rng, 0.4, 0.4, both), rng=rng, draws=199).p_value
            for rng in (np.random.default_rng([both, trial]) for trial in range(trials))
        ]
    )
    for level in (0.05, 0.2):
        assert (p_values <= level).mean() <= level + 3.5 * math.sqrt(level * (1 - level) / trials)
    assert 0.35 <= p_values.mean() <= 0.6


def test_a_difference_is_found_and_covered() -> None:
    found = [
        compare_shares(*groups(rng, 0.65, 0.35), rng=rng, draws=399)
        for rng in (np.random.default_rng([9, trial]) for trial in range(60))
    ]
    assert np.mean([one.p_value <= 0.05 for one in found]) > 0.9
    assert np.mean([one.low <= 0.28 <= one.high or one.low <= 0.3 <= one.high for one in found]) > 0.85
    assert found[0].n_accounts_first == 30
    assert found[0].n_accounts_second == 60
    assert found[0].n_accounts_both == 0


def test_exchanging_the_groups_turns_the_sign() -> None:
    a, n, b, m = groups(np.random.default_rng(3), 0.6, 0.4, 10)
    one = compare_shares(a, n, b, m, rng=np.random.default_rng(1))
    two = compare_shares(b, m, a, n, rng=np.random.default_rng(1))
    assert one.difference == pytest.approx(-two.difference)
    assert one.p_value == pytest.approx(two.p_value, abs=0.02)
    order = np.random.default_rng(2).permutation(a.size)
    three = compare_shares(a[order], n[order], b[order], m[order], rng=np.random.default_rng(1))
    assert three.difference == pytest.approx(one.difference)


def test_bad_groups_are_refused() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(ValueError, match="a group has no post"):
        compare_shares([1], [2], [0], [0], rng=rng)
    with pytest.raises(ValueError, match="larger than their totals"):
        compare_shares([3], [2], [0], [1], rng=rng)
