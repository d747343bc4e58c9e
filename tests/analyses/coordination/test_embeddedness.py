"""Stray pairs pay for groups, not for pairs; a pair missing in a group is held against pairs like it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.coordination import embeddedness
from undertow.analyses.coordination.embeddedness import q_values_by_embeddedness
from undertow.statistics.multiple_testing import benjamini_hochberg

LEVEL = 0.01
P_VALUES = st.lists(st.floats(1e-9, 1e-3), min_size=1, max_size=12)
SURE = 1e-12


def of(pairs: list[tuple[int, int]], p_value: np.ndarray, tests: int) -> tuple[np.ndarray, np.ndarray]:
    """(q-values, the same by what partners say)."""
    left, right = np.array(pairs, np.int32).T
    q_value = benjamini_hochberg(p_value, tests=tests)
    eligible = np.ones(len(pairs), bool)
    adjusted = q_values_by_embeddedness(left, right, p_value, q_value, p_value * tests, eligible, level=LEVEL)
    return q_value, adjusted


def apart(number: int) -> list[tuple[int, int]]:
    """Pairs that have no account in common."""
    return [(100 + 2 * k, 101 + 2 * k) for k in range(number)]


@given(P_VALUES)
def test_where_all_are_stray_the_rule_is_that_of_pairs(p_values: list[float]) -> None:
    q_value, adjusted = of(apart(len(p_values)), np.array(p_values), 1000)
    assert (adjusted <= LEVEL).tolist() == (q_value <= LEVEL).tolist()


@given(P_VALUES, st.integers(2, 12))
def test_only_called_pairs_without_a_common_partner_are_raised(p_values: list[float], accounts: int) -> None:
    group = list(combinations(range(accounts + 1), 2))
    hanging = [(0, 100 + k) for k in range(len(p_values))]
    for stray in (apart(len(p_values)), hanging):
        q_value, adjusted = of(group + stray, np.array([SURE] * len(group) + p_values), 100_000)
        assert (adjusted >= q_value).all()
        assert (adjusted[: len(group)] == q_value[: len(group)]).all()
        uncalled = q_value > LEVEL
        assert (adjusted[uncalled] == q_value[uncalled]).all()


def test_a_stray_pair_beside_one_group_is_worth_a_pair_beside_one_pair() -> None:
    group = list(combinations(range(50), 2))
    for stray in ((60, 61), (0, 60)):
        _, adjusted = of([*group, stray], np.array([SURE] * len(group) + [2e-7]), 100_000)
        assert adjusted[-1] == pytest.approx(2e-7 * 100_000 / 2)


def test_a_large_true_group_buys_no_false_pairs() -> None:
    """A group of 60 among 100,000 pairs that chance explains: false pairs in most sets by pairs, in one of fifty now."""
    rng = np.random.default_rng(41)
    group = list(combinations(range(60), 2))
    tests, sets = 100_000, 400
    by_pairs = by_groups = 0
    for of_set in range(sets):
        smallest = np.sort(rng.random(tests))[:200]  # the others cannot be called
        stray = apart(len(smallest)) if of_set % 2 else [(k % 60, 100 + k) for k in range(len(smallest))]
        q_value, adjusted = of(group + stray, np.concatenate((np.full(len(group), SURE), smallest)), tests)
        by_pairs += bool((q_value[len(group) :] <= LEVEL).any())
        by_groups += bool((adjusted[len(group) :] <= LEVEL).any())
        assert (adjusted[: len(group)] <= LEVEL).all()
    assert by_pairs > 0.9 * sets
    assert by_groups <= 0.02 * sets + 3 * np.sqrt(0.02 * 0.98 * sets)  # level times two: the group and the pair


def test_a_missing_pair_of_a_group_is_held_against_those_like_it() -> None:
    group = list(combinations(range(6), 2))
    missing = [group.index((0, 1)), group.index((2, 3))]
    p_value = np.full(len(group), SURE)
    p_value[missing] = 4e-3, 0.9
    q_value, adjusted = of(group, p_value, 1_000_000)
    assert (q_value[missing] > LEVEL).all()
    assert adjusted[missing] == pytest.approx([8e-3, 0.9])  # two such pairs


def test_pairs_that_were_not_tested_count_in_the_family() -> None:
    group = list(combinations(range(6), 2))
    left_out = [pair for pair in group if pair != (4, 5)]
    p_value = np.full(len(left_out), SURE)
    p_value[left_out.index((0, 1))] = 4e-3
    _, adjusted = of(left_out, p_value, 1_000_000)
    assert adjusted[left_out.index((0, 1))] == pytest.approx(8e-3)


def test_whoever_hangs_on_a_group_by_two_pairs_is_not_drawn_in() -> None:
    group = list(combinations(range(8), 2))
    pairs = group + [(member, 20) for member in range(8)]
    p_value = np.array([SURE] * len(group) + [SURE] * 2 + [1e-4] * 6)
    _, adjusted = of(pairs, p_value, 1_000_000)
    assert (adjusted[: len(group) + 2] <= LEVEL).all()
    assert (adjusted[len(group) + 2 :] > LEVEL).all()


@given(st.integers(0, 1000), st.floats(0.05, 0.6))
def test_partners_are_counted_alike_in_pieces(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.array([pair for pair in combinations(range(12), 2) if rng.random() < density], np.int32).reshape(
        -1, 2
    )
    partners = {a: {b for pair in pairs.tolist() for b in pair if a in pair and b != a} for a in range(12)}
    expected = {
        (a, b)
        for a, b in combinations(range(12), 2)
        if b not in partners[a]
        and len(partners[a] & partners[b]) >= max(2, max(len(partners[a]), len(partners[b])) / 2)
    }
    whole = embeddedness._missing(*pairs.T)
    assert {(int(key >> 32), int(key & 0xFFFFFFFF)) for key in whole} == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embeddedness, "_PATHS", 7)
        assert embeddedness._missing(*pairs.T).tolist() == whole.tolist()
        embedded = [bool(partners[a] & partners[b]) for a, b in pairs.tolist()]
        assert embeddedness._embedded(*pairs.T).tolist() == embedded


def test_no_pairs() -> None:
    none, real = np.zeros(0, np.int32), np.zeros(0)
    assert len(q_values_by_embeddedness(none, none, real, real, real, np.zeros(0, bool), level=LEVEL)) == 0
