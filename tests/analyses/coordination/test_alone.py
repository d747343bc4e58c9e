"""Pairs that are alone pay for groups, not for pairs: a large true group buys no false pair beside it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.coordination.alone import q_values_of_pairs_alone
from undertow.statistics.multiple_testing import benjamini_hochberg

LEVEL = 0.01
P_VALUES = st.lists(st.floats(1e-9, 1e-3), min_size=1, max_size=12)


def of(pairs: list[tuple[int, int]], p_value: np.ndarray, tests: int) -> tuple[np.ndarray, np.ndarray]:
    """(q-values, those with the pairs that are alone raised)."""
    left, right = np.array(pairs, np.int32).T
    q_value = benjamini_hochberg(p_value, tests=tests)
    return q_value, q_values_of_pairs_alone(
        left, right, q_value, p_value * tests, np.ones(len(pairs), bool), level=LEVEL
    )


@given(P_VALUES)
def test_where_all_are_alone_the_rule_is_that_of_pairs(p_values: list[float]) -> None:
    q_value, raised = of([(2 * k, 2 * k + 1) for k in range(len(p_values))], np.array(p_values), 1000)
    assert (raised <= LEVEL).tolist() == (q_value <= LEVEL).tolist()


@given(P_VALUES, st.integers(2, 12))
def test_only_called_pairs_that_are_alone_are_raised(p_values: list[float], accounts: int) -> None:
    group = list(combinations(range(accounts + 1), 2))
    alone = [(100 + 2 * k, 101 + 2 * k) for k in range(len(p_values))]
    q_value, raised = of(group + alone, np.array([1e-12] * len(group) + p_values), 100_000)
    assert (raised >= q_value).all()
    assert (raised[: len(group)] == q_value[: len(group)]).all()
    uncalled = q_value > LEVEL
    assert (raised[uncalled] == q_value[uncalled]).all()


def test_a_pair_beside_one_group_is_worth_a_pair_beside_one_pair() -> None:
    group = list(combinations(range(50), 2))
    _, beside_group = of([*group, (60, 61)], np.array([1e-15] * len(group) + [2e-7]), 100_000)
    assert beside_group[-1] == pytest.approx(2e-7 * 100_000 / 2)


def test_a_large_true_group_buys_no_false_pairs() -> None:
    """A group of 60 among 100,000 pairs that chance explains: false pairs in most sets by pairs, in one of fifty now."""
    rng = np.random.default_rng(41)
    group = list(combinations(range(60), 2))
    tests, sets = 100_000, 400
    by_pairs = by_groups = 0
    for _ in range(sets):
        smallest = np.sort(rng.random(tests))[:200]  # the others cannot be called
        alone = [(100 + 2 * k, 101 + 2 * k) for k in range(len(smallest))]
        q_value, raised = of(
            group + alone, np.concatenate((np.full(len(group), 1e-15), smallest)), tests + len(group)
        )
        by_pairs += bool((q_value[len(group) :] <= LEVEL).any())
        by_groups += bool((raised[len(group) :] <= LEVEL).any())
        assert (raised[: len(group)] <= LEVEL).all()
    assert by_pairs > 0.9 * sets
    assert by_groups <= 0.02 * sets + 3 * np.sqrt(0.02 * 0.98 * sets)  # level times two: the group and the pair


def test_no_pairs() -> None:
    none, real = np.zeros(0, np.int32), np.zeros(0)
    assert len(q_values_of_pairs_alone(none, none, real, real, np.zeros(0, bool), level=LEVEL)) == 0
