"""Chance co-action: exact tails, calibration where nothing is planted, power and false discoveries where it is."""

from __future__ import annotations

from itertools import combinations
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.coordination import chance
from undertow.analyses.coordination.actions import Actions
from undertow.analyses.coordination.chance import (
    CoActionTest,
    co_action_test,
    evaluate_pairs,
)
from undertow.analyses.coordination.chance_model import ObjectCounts
from undertow.analyses.coordination.elsewhere import without_recurring
from undertow.analyses.coordination.kernel_tails import tails
from undertow.analyses.coordination.screening import most_partners
from undertow.analyses.coordination.shared_pairs import count_sharing_pairs, list_sharing_pairs
from undertow.analyses.coordination.shares import Shares, occasions, shared_rows
from undertow.simulation import cascades

MINUTE = 60_000_000
HABITS = cascades.CascadeHabits(publisher_share=0.0)


def cascade_world(
    seed: int, *plants: cascades.Plant, accounts: int = 1500, habits: cascades.CascadeHabits = HABITS
) -> tuple[Actions, np.ndarray]:
    found = cascades.actions(seed=seed, accounts=accounts, objects=accounts // 2, habits=habits, plants=plants)
    return Actions.of(found.account, found.object, found.time, n_accounts=accounts), found.account_group


def session_world(populations: ModuleType, seed: int, **plant: float) -> tuple[Actions, np.ndarray]:
    world = populations.sessions_world(seed=seed, accounts=1200, objects=800, **plant)
    return Actions.of(world.account, world.object, world.time, n_accounts=1200), world.group


def recall_and_false(test: CoActionTest, group: np.ndarray) -> tuple[float, float]:
    called = test.tests.take(test.significant)
    same = (group[called.left] >= 0) & (group[called.left] == group[called.right])
    sizes = np.bincount(group[group >= 0])
    return float(same.sum() / (sizes * (sizes - 1) // 2).sum()), float((~same).sum() / max(len(same), 1))


@given(chances=st.lists(st.floats(0, 1), min_size=0, max_size=8), need=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_tails_are_the_poisson_binomial(chances: list[float], need: int) -> None:
    expected = 0.0
    for k in range(need, len(chances) + 1):
        for chosen in combinations(range(len(chances)), k):
            expected += float(np.prod([p if i in chosen else 1 - p for i, p in enumerate(chances)]))
    found = tails(np.array(chances), np.array([0, len(chances)]), np.array([need]))
    assert found[0] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_tiny_tails_keep_their_digits() -> None:
    found = tails(np.full(3, 1e-30), np.array([0, 3]), np.array([3]))
    assert found[0] == pytest.approx(1e-90, rel=1e-12)


@given(rows=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), max_size=80))
@settings(max_examples=60, deadline=None)
def test_pairs_that_share_two_objects_are_counted_exactly(rows: list[tuple[int, int]]) -> None:
    accounts, objects = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    shares = Shares.of(Actions.of(accounts, objects, np.zeros(len(rows), np.int64)))
    held = [{thing for account, thing in rows if account == each} for each in range(13)]
    expected = [(a, b) for a, b in combinations(range(13), 2) if len(held[a] & held[b]) >= 2]
    assert count_sharing_pairs(shares) == len(expected)
    if rows:
        left, right = list_sharing_pairs(shares)
        assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected


def test_pairs_are_counted_exactly_with_viral_objects() -> None:
    rng = np.random.default_rng(3)
    objects = np.where(rng.random(6000) < 0.7, rng.integers(0, 5, 6000), rng.integers(5, 2000, 6000))
    shares = Shares.of(Actions.of(rng.integers(0, 900, 6000), objects, np.zeros(6000, np.int64)))
    assert count_sharing_pairs(shares) == len(list_sharing_pairs(shares)[0])


@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 100)), max_size=50),
    window=st.integers(0, 40),
)
@settings(max_examples=60, deadline=None)
def test_shared_rows_list_every_shared_object_and_its_first_co_action(
    rows: list[tuple[int, int, int]], window: int
) -> None:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    shares = Shares.of(Actions.of(*columns, n_accounts=5))
    pairs = list(combinations(range(5), 2))
    left, right = np.array(pairs, dtype=np.int32).T
    found = shared_rows(shares, left, right, window)
    expected = []
    for number, (a, b) in enumerate(pairs):
        for thing in range(5):
            ones = [time for account, each, time in rows if (account, each) == (a, thing)]
            others = [time for account, each, time in rows if (account, each) == (b, thing)]
            if ones and others:
                met = [max(one, other) for one in ones for other in others if abs(one - other) <= window]
                expected.append((number, thing, bool(met), min(met, default=0)))
    listed = zip(
        found.pair.tolist(),
        shares.object[found.left_share].tolist(),
        found.co_acted.tolist(),
        found.occurred.tolist(),
        strict=True,
    )
    assert sorted(listed) == sorted(expected)


def test_one_sitting_is_one_occasion() -> None:
    # five objects within a minute, and one a day later
    times = np.array([0, 1, 2, 3, 4, 86_400]) * 1_000_000
    actions = Actions.of(np.repeat([0, 1], 6), np.tile(np.arange(6), 2), np.tile(times, 2))
    rows = shared_rows(Shares.of(actions), np.array([0], np.int32), np.array([1], np.int32), MINUTE)
    assert occasions(rows, 1, 10 * MINUTE).tolist() == [2]


def test_a_pair_with_one_viral_object_is_never_called() -> None:
    rng = np.random.default_rng(8)
    account = np.concatenate([np.arange(400), rng.integers(0, 400, 1600)])
    thing = np.concatenate([np.zeros(400, int), rng.integers(1, 400, 1600)])
    # everybody acts on object 0 within seconds, on everything else whenever
    time = np.concatenate([rng.integers(0, 5, 400), rng.integers(0, 30 * 86_400, 1600)]) * 1_000_000
    test = co_action_test(Actions.of(account, thing, time), MINUTE, level=0.5)
    called = test.tests.take(test.significant)
    assert (called.n_occasions >= 2).all()
    assert (called.n_objects >= 2).all()
    assert test.significant.sum() <= 1


def test_two_runs_give_the_same_bits_whatever_the_order_of_rows() -> None:
    actions, _ = cascade_world(1, cascades.Plant(groups=2, size=6))
    shuffled = np.random.default_rng(0).permutation(len(actions))
    again = Actions.of(
        actions.account[shuffled], actions.object[shuffled], actions.time[shuffled], n_accounts=actions.n_accounts
    )
    one, other = co_action_test(actions, MINUTE), co_action_test(again, MINUTE)
    for name in one.tests.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one.tests, name), getattr(other.tests, name))


@pytest.mark.parametrize("generator", ["cascades", "sessions"])
def test_nothing_planted_nothing_called(populations: ModuleType, generator: str) -> None:
    """Level 0.01 over 12 populations and two windows: more than one with an edge has probability below 0.03."""
    with_edges = 0
    for seed in range(200, 212):
        actions, _ = cascade_world(seed) if generator == "cascades" else session_world(populations, seed)
        for window in (10, 60):
            with_edges += bool(co_action_test(actions, window * 1_000_000).significant.any())
    assert with_edges <= 1


@pytest.mark.parametrize("generator", ["cascades", "sessions"])
def test_randomised_p_values_are_uniform_or_conservative(populations: ModuleType, generator: str) -> None:
    """Over all pairs that share two objects, the share of p below each level is at most 1.2 times nominal.

    Measured: at most 1.11 times (the chances are estimates). Pairs of one account depend on each other, so the
    tolerance adds three standard errors of the mean over the eight populations.
    """
    levels = np.array([0.001, 0.01, 0.05, 0.2])
    shares = []
    for seed in range(300, 308):
        actions, _ = cascade_world(seed) if generator == "cascades" else session_world(populations, seed)
        left, right = list_sharing_pairs(Shares.of(actions))
        test = co_action_test(actions, MINUTE)
        p = evaluate_pairs(actions, test, left, right).randomised(np.random.default_rng(seed))
        shares.append([(p <= level).mean() for level in levels])
    table = np.array(shares)
    error = table.std(axis=0) / np.sqrt(len(table))
    assert (table.mean(axis=0) <= 1.2 * levels + 3 * error).all(), table.mean(axis=0)
    assert table.mean(axis=0)[-1] > 0.1  # not so conservative as to say nothing


@pytest.mark.parametrize("generator", ["cascades", "sessions"])
def test_planted_groups_are_found_and_nothing_else(populations: ModuleType, generator: str) -> None:
    recalls, falses = [], []
    for seed in range(400, 403):
        if generator == "cascades":
            actions, group = cascade_world(seed, cascades.Plant(groups=3, size=8, co_actions=8, window=60.0))
        else:
            actions, group = session_world(populations, seed, groups=3, size=8, co_actions=8, window=60.0)
        recall, false = recall_and_false(co_action_test(actions, MINUTE), group)
        recalls.append(recall)
        falses.append(false)
    assert min(recalls) >= 0.95
    assert np.mean(falses) <= 0.05


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.booleans()), max_size=20, unique_by=lambda r: r[:2]
    ),
    out=st.lists(st.booleans(), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_pairs_are_left_out_for_what_they_did_elsewhere(rows: list[tuple[int, int, bool]], out: list[bool]) -> None:
    rows = sorted(rows)
    pairs, co_acted = np.full(5, 50.0), np.full(5, 50)
    for pair, thing, met in rows:
        others = [there for each, elsewhere, there in rows if each == pair and elsewhere != thing]
        if sum(others) >= max(0.75 * len(others), 2) and not out[pair]:
            pairs[thing] -= 1
            co_acted[thing] -= met
    found = without_recurring(
        ObjectCounts(np.full(5, 11), np.full(5, 50.0), np.full(5, 50)),
        np.array([thing for _, thing, _ in rows], np.int32),
        np.array([met for *_, met in rows], bool),
        np.searchsorted([pair for pair, *_ in rows], np.arange(5)).astype(np.int64),
        np.array(out),
    )
    assert found.pairs.tolist() == pairs.tolist()
    assert found.co_acted.tolist() == co_acted.tolist()


def test_many_weak_groups_do_not_teach_that_accounts_meet() -> None:
    """Ten groups of 15 with three meetings: a fifth of the objects of that size are theirs. An oracle finds 0.8."""
    recalls, falses = [], []
    for seed in range(420, 423):
        plant = cascades.Plant(groups=10, size=15, co_actions=3, window=60.0)
        actions, group = cascade_world(seed, plant, accounts=3000)
        recall, false = recall_and_false(co_action_test(actions, MINUTE), group)
        recalls.append(recall)
        falses.append(false)
    assert np.mean(recalls) >= 0.5
    assert np.mean(falses) <= 0.05


@given(rows=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_account_has_more_partners_than_the_bound(rows: list[tuple[int, int]]) -> None:
    accounts, objects = np.array(rows, dtype=np.int64).T
    shares = Shares.of(Actions.of(accounts, objects, np.zeros(len(rows), np.int64)))
    partners = np.bincount(np.concatenate(list_sharing_pairs(shares)), minlength=shares.n_accounts)
    assert (partners <= most_partners(shares)).all()


def test_many_weak_pairs_of_an_account_are_evidence_together() -> None:
    """Three groups of 50 that meet three times: hardly a pair is strong, but every member has dozens of them."""
    actions, group = cascade_world(432, cascades.Plant(groups=3, size=50, co_actions=3, window=60.0), accounts=3000)
    recall, false = recall_and_false(co_action_test(actions, MINUTE), group)
    assert recall >= 0.6
    assert false <= 0.05


def test_a_group_with_hours_of_its_own_does_not_explain_itself() -> None:
    """Six accounts that alone act from ten to five, seconds apart: their rhythm is no excuse for that."""
    rng = np.random.default_rng(8)
    hour = 3_600_000_000
    others = rng.integers(0, 24 * hour, (12, 60))
    group = (10 + np.arange(12)[:, None] % 8) * hour + 1_000_000 * np.arange(6)
    day = np.arange(12)[:, None] * 24 * hour
    time = np.concatenate((day + others, day + group), axis=1)
    account = np.broadcast_to(np.arange(66), time.shape)
    thing = np.broadcast_to(np.arange(12)[:, None], time.shape)
    test = co_action_test(Actions.of(account.ravel(), thing.ravel(), time.ravel()), 5 * MINUTE)
    called = test.tests.take(test.significant)
    assert sorted({*called.left.tolist(), *called.right.tolist()}) == [60, 61, 62, 63, 64, 65]
    assert len(called) == 15


def test_a_group_with_a_promptness_of_its_own_does_not_explain_itself(populations: ModuleType) -> None:
    """Here two groups are most of what acts at their pace: learnt from, they would be expected to meet as they do."""
    world = populations.sessions_world(seed=70, accounts=3000, groups=6, size=5, co_actions=12, window=10.0)
    test = co_action_test(Actions.of(world.account, world.object, world.time, n_accounts=3000), 10_000_000)
    called = test.tests.take(test.significant)
    same = (world.group[called.left] >= 0) & (world.group[called.left] == world.group[called.right])
    assert same.sum() >= 58
    assert (~same).sum() <= 2


def test_half_of_all_accounts_planted_is_refused() -> None:
    actions, _ = cascade_world(5, cascades.Plant(groups=75, size=10, co_actions=8, window=60.0))
    test = co_action_test(actions, MINUTE)
    assert test.refusal is not None
    assert "chance cannot be learnt" in test.refusal
    assert not test.significant.any()


def test_kept_apart_or_against_a_control_the_same_half_is_found() -> None:
    actions, group = cascade_world(5, cascades.Plant(groups=75, size=10, co_actions=8, window=60.0))
    recall, false = recall_and_false(co_action_test(actions, MINUTE, apart=group >= 0), group)
    assert recall >= 0.99
    assert false <= 0.05
    control, _ = cascade_world(6)
    test = co_action_test(actions, MINUTE, control=control)
    assert test.refusal is None
    recall, false = recall_and_false(test, group)
    assert recall >= 0.95
    assert false <= 0.05


@pytest.mark.parametrize("name", ["synth_10k", "synth_100k", "synth_1m"])
def test_golden_plants_at_the_default_setting(shared_golden: object, name: str) -> None:
    rows = pd.read_parquet(f"{shared_golden}/inputs/{name}.parquet")
    truth = pd.read_csv(f"{shared_golden}/inputs/{name}.truth.csv")
    account, accounts = pd.factorize(rows["account_id"].to_numpy(object))
    thing, _ = pd.factorize(rows["object_id"].to_numpy(object))
    group = np.full(len(accounts), -1)
    group[pd.Index(accounts).get_indexer(truth["account_id"])] = truth["group"]
    test = co_action_test(Actions.of(account, thing, rows["timestamp_share"].to_numpy() * 1_000_000), MINUTE)
    recall, false = recall_and_false(test, group)
    assert recall >= 0.99
    assert false <= 0.01


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_nothing_gives_no_edge(rows: int) -> None:
    actions = Actions.of(np.arange(rows), np.zeros(rows, np.int64), np.zeros(rows, np.int64))
    test = co_action_test(actions, MINUTE)
    assert len(test.tests) == 0
    assert test.n_tested == 0
    assert test.refusal is None


def test_working_in_small_pieces_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    actions, _ = cascade_world(2, cascades.Plant(groups=2, size=6))
    whole = co_action_test(actions, MINUTE)
    monkeypatch.setattr(chance, "_ROW_BUDGET", 50)
    pieces = co_action_test(actions, MINUTE)
    assert len(whole.tests) > 10
    for name in whole.tests.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(whole.tests, name), getattr(pieces.tests, name))
