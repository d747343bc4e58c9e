from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from undertow.statistics import multiple_testing as mt

P_VALUES = st.lists(st.floats(0, 1), min_size=0, max_size=12)


def holm_oracle(values: list[float]) -> list[float]:
    """Adjusted p by definition: the smallest level at which the step-down procedure rejects."""
    found = []
    for target in range(len(values)):
        worst = 0.0
        for rank, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
            worst = max(worst, min(1.0, values[index] * (len(values) - rank)))
            if index == target:
                break
        found.append(worst)
    return found


def bh_oracle(values: list[float], tests: int) -> list[float]:
    """Adjusted p by definition: for each p, the least n p_(j) / j over all p_(j) not smaller than it."""
    ordered = sorted(values)
    return [min(1.0, *(tests * p / (rank + 1) for rank, p in enumerate(ordered) if p >= value)) for value in values]


@given(P_VALUES)
def test_holm_is_the_step_down_procedure(values: list[float]) -> None:
    assert mt.holm(values).tolist() == pytest.approx(holm_oracle(values))


@given(P_VALUES, st.integers(0, 20))
def test_benjamini_hochberg_is_the_step_up_procedure(values: list[float], more: int) -> None:
    tests = len(values) + more
    assert mt.benjamini_hochberg(values, tests=tests).tolist() == pytest.approx(bh_oracle(values, tests))


@given(P_VALUES, st.randoms(use_true_random=False))
def test_corrections_do_not_depend_on_the_order(values: list[float], random: object) -> None:
    order = list(range(len(values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = [values[index] for index in order]
    for correct in (mt.holm, mt.benjamini_hochberg):
        assert correct(shuffled).tolist() == correct(values)[order].tolist()
        assert (correct(values) >= np.array(values) - 1e-15).all()


def test_holm_controls_any_false_rejection_under_dependence() -> None:
    rng = np.random.default_rng(5)
    draws = 4000
    common = rng.standard_normal((draws, 1))
    normal = 0.7 * common + math.sqrt(0.51) * rng.standard_normal((draws, 10))
    p_values = 0.5 * (1 - np.vectorize(math.erf)(normal / math.sqrt(2)))
    wrong = np.mean([(mt.holm(row) <= 0.05).any() for row in p_values])
    assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)
    assert wrong > 0.01, "a correction that never rejects is no correction"


def test_benjamini_hochberg_controls_the_false_share() -> None:
    rng = np.random.default_rng(6)
    shares = []
    for _ in range(400):
        p_values = np.concatenate([rng.random(160), rng.beta(0.1, 10, 40)])
        found = mt.benjamini_hochberg(p_values) <= 0.1
        shares.append(found[:160].sum() / max(found.sum(), 1))
    assert np.mean(shares) == pytest.approx(0.1 * 160 / 200, abs=3 * np.std(shares) / 20)


@given(arrays(np.float64, (4, 3), elements=st.floats(0, 1)))
def test_combining_by_the_smallest_is_bonferroni(values: np.ndarray) -> None:
    assert np.allclose(mt.combine_smallest(values), np.minimum(1, 3 * values.min(axis=1)))


def test_tests_that_were_not_made_do_not_count() -> None:
    nan = float("nan")
    found = mt.combine_smallest([[0.01, nan, nan], [0.2, 0.3, nan], [nan, nan, nan]])
    assert found[:2].tolist() == pytest.approx([0.01, 0.4])
    assert math.isnan(found[2])


@pytest.mark.parametrize("wrong", [[-0.1], [1.1], [float("nan")]])
def test_what_is_no_p_value_is_refused(wrong: list[float]) -> None:
    for correct in (mt.holm, mt.benjamini_hochberg):
        with pytest.raises(ValueError, match=r"0\.\.1"):
            correct(wrong)
    with pytest.raises(ValueError, match="cannot come from 1 tests"):
        mt.benjamini_hochberg([0.1, 0.2], tests=1)


@given(st.integers(0, 50), st.integers(50, 100))
def test_monte_carlo_p_is_never_zero(at_least: int, draws: int) -> None:
    assert 0 < float(mt.monte_carlo_p(at_least, draws)) <= 1


def test_partial_conjunction_is_valid_under_any_number_of_false_hypotheses_below_the_one_asked_for() -> None:
    rng = np.random.default_rng(9)
    p_values = rng.random((4_000, 4))
    p_values[:, 0] = 0.0  # one is false: "fewer than two" is true
    p = mt.partial_conjunction(p_values, np.full(4_000, 2))
    assert np.mean(p <= 0.05) <= 0.05 + 3.3 * (0.05 * 0.95 / 4_000) ** 0.5


def test_partial_conjunction_grows_with_what_is_asked_for() -> None:
    p_values = np.random.default_rng(10).random((200, 5)) ** 3
    p_values[::7, 2] = np.nan
    each = [mt.partial_conjunction(p_values, np.full(200, least)) for least in (1, 2, 3, 4, 5)]
    assert all((later >= earlier).all() for earlier, later in itertools.pairwise(each))


def test_adaptive_filter_holds_the_false_discovery_rate_and_finds_more_than_bh() -> None:
    """2% of rows have two false hypotheses, 5% have one, the others none; rows with one or none are false discoveries."""
    rng = np.random.default_rng(11)
    shares, more = [], 0
    for _ in range(60):
        p_values = rng.random((2_000, 3))
        p_values[:140, 0] = rng.random(140) * 1e-6
        p_values[:40, 1] = rng.random(40) * 2e-3
        selecting = mt.partial_conjunction(p_values, np.full(2_000, 2))
        ranked = np.sort(p_values, axis=1)
        filtering = np.minimum(2 * ranked[:, 0], selecting)
        called = mt.adaptive_filter(filtering, selecting) <= 0.05
        shares.append(called[40:].sum() / max(called.sum(), 1))
        more += int(called[:40].sum()) - int((mt.benjamini_hochberg(selecting)[:40] <= 0.05).sum())
    assert np.mean(shares) <= 0.05 + 3.3 * np.std(shares) / 60**0.5
    assert more > 60 * 5


def test_adaptive_filter_refuses_filters_above_their_p_values() -> None:
    with pytest.raises(ValueError, match="at most"):
        mt.adaptive_filter([0.5], [0.1])
