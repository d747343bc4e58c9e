"""Co-selection: the configuration model keeps degrees, its tails are exact, shared niches stand out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.coordination.actions import Actions
from undertow.analyses.coordination.kernel_tails import tails
from undertow.analyses.coordination.selection import co_selection_test, fit_configuration_model, shared_tails
from undertow.analyses.coordination.selection_candidates import sharing_pairs
from undertow.analyses.coordination.shared_pairs import list_sharing_pairs
from undertow.analyses.coordination.shares import Shares

degrees = st.lists(st.integers(1, 8), min_size=10, max_size=30)


def two_mode(
    seed: int, n_accounts: int = 200, n_objects: int = 150, odds_of_one: float = 0.03
) -> tuple[np.ndarray, np.ndarray]:
    """Accounts and objects joined independently with product-like chances: the model itself."""
    rng = np.random.default_rng(seed)
    x = np.minimum((1 - rng.random(n_accounts)) ** -0.6, 8)
    y = np.minimum((1 - rng.random(n_objects)) ** -0.6, 8)
    odds = odds_of_one * x[:, None] * y[None, :]
    return np.nonzero(rng.random(odds.shape) < odds / (1 + odds))


def test_expected_degrees_are_the_observed_ones() -> None:
    account, thing = two_mode(1)
    a, o = np.bincount(account), np.bincount(thing)
    model = fit_configuration_model(a, o)
    for degree in np.unique(a[a > 0]):
        assert (model.probabilities(int(degree)) * model.object_counts).sum() == pytest.approx(degree, rel=1e-6)


@given(a=degrees, at_least=st.integers(0, 9), one=st.integers(0, 29), other=st.integers(0, 29))
@settings(max_examples=60, deadline=None)
def test_tails_agree_with_adding_objects_one_by_one(a: list[int], at_least: int, one: int, other: int) -> None:
    account = np.array(a)
    rng = np.random.default_rng(sum(a))
    thing = np.bincount(rng.integers(0, 40, account.sum()))
    model = fit_configuration_model(account, thing)
    d1, d2 = a[one % len(a)], a[other % len(a)]
    chances = np.repeat(model.probabilities(d1) * model.probabilities(d2), model.object_counts)
    exact = tails(chances, np.array([0, len(chances)]), np.array([at_least]))[0]
    found, expected = shared_tails(model, *(np.array([each]) for each in (d1, d2, at_least)))
    assert found[0] == pytest.approx(exact, rel=1e-8, abs=1e-300)
    assert expected[0] == pytest.approx(chances.sum())


def test_under_the_model_few_p_values_are_small_and_nothing_is_called() -> None:
    for seed in range(3):
        account, thing = two_mode(seed)
        actions = Actions.of(account, thing, np.zeros(len(account), np.int64))
        shares = Shares.of(actions)
        left, right = list_sharing_pairs(shares, 1)
        held = [set(thing[account == each].tolist()) for each in range(actions.n_accounts)]
        n_shared = np.array([len(held[a] & held[b]) for a, b in zip(left, right, strict=True)])
        test = co_selection_test(shares, left, right, n_shared)
        # discrete and conservative; over all pairs, not only those that share something
        assert (test.p_value <= 0.05).sum() / test.n_tested < 0.05
        assert not test.significant.any()


def test_a_shared_niche_is_called_and_a_shared_hit_is_not() -> None:
    account, thing = two_mode(4, 600, 500, odds_of_one=0.002)
    niche = np.array([(a, 500 + o) for a in range(4) for o in range(15)])
    hit = np.array([(a, 520) for a in range(600)])
    account = np.concatenate([account, niche[:, 0], hit[:, 0]])
    thing = np.concatenate([thing, niche[:, 1], hit[:, 1]])
    shares = Shares.of(Actions.of(account, thing, np.zeros(len(account), np.int64)))
    left, right = list_sharing_pairs(shares, 1)
    held = [set(thing[account == each].tolist()) for each in range(600)]
    n_shared = np.array([len(held[a] & held[b]) for a, b in zip(left, right, strict=True)])
    test = co_selection_test(shares, left, right, n_shared)
    called = set(zip(left[test.significant].tolist(), right[test.significant].tolist(), strict=True))
    assert called == set(combinations(range(4), 2))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 3)), max_size=60))
def test_pairs_that_share_objects_are_all_found(rows: list[tuple[int, int, int]]) -> None:
    account, thing, time = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else (np.zeros(0, np.int64),) * 3
    )
    acted = {number: {o for a, o, _ in rows if a == number} for number in range(7)}
    expected = [
        (one, other, len(acted[one] & acted[other]))
        for one, other in combinations(range(7), 2)
        if len(acted[one] & acted[other]) >= 2
    ]
    left, right, shared = sharing_pairs(Shares.of(Actions.of(account, thing, time)))
    assert list(zip(left.tolist(), right.tolist(), shared.tolist(), strict=True)) == expected
