"""Groups: what they are, that they do not depend on order, their cores, densities and roles."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.coordination.actions import Actions
from undertow.analyses.coordination.groups import (
    NO_GROUP,
    adjusted_rand,
    describe_groups,
    find_groups,
    group_densities,
)

Pairs = list[tuple[int, int]]


def two_cliques() -> Pairs:
    """Accounts 0-5 and 6-9 all connected, one edge between, a pair alone (10, 11), account 12 without edges."""
    return [*combinations(range(6), 2), *combinations(range(6, 10), 2), (5, 6), (10, 11)]


def found(pairs: Pairs, n_accounts: int = 13, seed: int = 0):  # type: ignore[no-untyped-def]
    left, right = np.array(pairs, dtype=np.int32).T
    return find_groups(left, right, np.ones(len(pairs)), n_accounts, seed=seed)


def test_two_cliques_are_two_groups_and_a_pair_is_none() -> None:
    groups = found(two_cliques())
    assert groups.sizes.tolist() == [6, 4]
    assert groups.membership.tolist() == [0] * 6 + [1] * 4 + [NO_GROUP] * 3
    assert groups.core.tolist() == [5] * 6 + [3] * 4 + [1, 1, 0]
    assert groups.stability.tolist() == [1.0, 1.0]
    assert groups.agreement == 1.0


def test_order_of_edges_changes_nothing() -> None:
    pairs = two_cliques()
    shuffled = [pairs[i] for i in np.random.default_rng(1).permutation(len(pairs))]
    assert found(shuffled).membership.tolist() == found(pairs).membership.tolist()


def test_no_edges_no_groups() -> None:
    groups = find_groups(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0), 4)
    assert groups.membership.tolist() == [NO_GROUP] * 4
    assert group_densities(np.zeros(0, np.int32), np.zeros(0, np.int32), groups) == []


def test_weights_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        find_groups(np.array([0], np.int32), np.array([1], np.int32), np.zeros(1), 2)


@given(a=st.lists(st.integers(0, 3), min_size=2, max_size=30), shift=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_adjusted_rand_ignores_names_and_agrees_with_pair_counting(a: list[int], shift: int) -> None:
    one = np.array(a)
    other = np.array(a[::-1])
    assert adjusted_rand(one, (one + shift) * 7) == pytest.approx(1.0)
    pairs = list(combinations(range(len(a)), 2))
    together = sum(one[i] == one[j] and other[i] == other[j] for i, j in pairs)
    in_one, in_other = (sum(each[i] == each[j] for i, j in pairs) for each in (one, other))
    expected = in_one * in_other / len(pairs)
    largest = (in_one + in_other) / 2
    value = 1.0 if largest == expected else (together - expected) / (largest - expected)
    assert adjusted_rand(one, other) == pytest.approx(value)


def test_a_clique_in_a_sparse_network_is_denser_than_rewired_and_the_seed_decides_all() -> None:
    rng = np.random.default_rng(2)
    pairs = sorted(
        {*combinations(range(8), 2)}
        | {tuple(sorted(rng.choice(80, 2, replace=False).tolist())) for _ in range(150)}
    )
    left, right = np.array(pairs, dtype=np.int32).T
    groups = find_groups(left, right, np.ones(len(pairs)), 80)
    clique = groups.membership[0]
    one = group_densities(left, right, groups, seed=3)
    assert one[clique].density > 2 * one[clique].expected
    assert one[clique].p_value == pytest.approx(1 / 101)
    assert one == group_densities(left, right, groups, seed=3)


def test_summaries_count_co_actions_and_roles_name_who_begins() -> None:
    # account 0 always begins, 1 and 2 follow within 5 s; one action of each is its own
    rows = [(account, burst, burst * 1000 + 2 * account) for burst in range(12) for account in range(3)]
    rows += [(account, 100 + account, 50) for account in range(3)]
    columns = np.array(rows).T
    actions = Actions.of(columns[0], columns[1], columns[2])
    groups = found([(0, 1), (0, 2), (1, 2)], n_accounts=3)
    [summary], roles = describe_groups(actions, 5, groups)
    assert (summary.size, summary.n_objects, summary.n_actions, summary.co_actions) == (3, 12, 39, 36)
    assert summary.coordinated_share == pytest.approx(36 / 39)
    assert (summary.first, summary.last, summary.median_gap) == (0, 11_004, 2.0)
    assert roles.account.tolist() == [0, 1, 2]
    assert roles.first_moves.tolist() == [12, 0, 0]
    assert roles.expected_lead == pytest.approx([1 / 3] * 3)
    assert roles.first_movers.tolist() == [True, False, False]
    assert roles.p_value[0] == pytest.approx((1 / 3) ** 12)


def test_a_tie_at_the_first_moment_makes_nobody_first() -> None:
    groups = found([*combinations(range(5), 2)], n_accounts=5)
    minute = 60_000_000
    who, burst = np.tile(np.arange(5), 20), np.repeat(np.arange(20), 5)

    _, roles = describe_groups(Actions.of(who, burst, burst * 60 * minute), minute, groups)
    assert not len(roles.account)

    # accounts 3 and 4 come a second before the others, together; where times are known to the minute all are tied
    early = burst * 60 * minute + 1_000_000 * (who < 3)
    assert not len(describe_groups(Actions.of(who, burst, early), minute, groups)[1].account)
    # account 4 alone, in ten of the bursts: those count, the tied ones do not
    alone = early + 500_000 * ((who == 3) & (burst < 10))
    _, roles = describe_groups(Actions.of(who, burst, alone), minute, groups)
    assert roles.bursts.tolist() == [10] * 5
    assert roles.first_moves.tolist() == [0, 0, 0, 0, 10]
    assert roles.p_value[4] == pytest.approx(0.2**10)
    _, roles = describe_groups(Actions.of(who, burst, alone), minute, groups, moment=minute)
    assert not len(roles.account)


def test_who_posts_twice_at_the_first_moment_is_tied_with_nobody() -> None:
    groups = found([*combinations(range(3), 2)], n_accounts=3)
    _, roles = describe_groups(
        Actions.of(np.array([1, 1, 0, 2]), np.zeros(4, int), np.array([0, 0, 1, 1])), 5, groups
    )
    assert roles.first_moves.tolist() == [0, 1, 0]
