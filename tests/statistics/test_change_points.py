"""Change points of shares: calibrated where accounts only differ, found where a share changes."""

from __future__ import annotations

import numpy as np
import pytest

from undertow.simulation.theme_shares import theme_counts
from undertow.statistics.change_points import find_changes

Pair = tuple[np.ndarray, np.ndarray]


def population(
    rng: np.random.Generator, accounts: int, periods: int, *, jump: float = 0.0, at: int = 25, unrest: float = 0.0
) -> Pair:
    """Accounts of very different activity and interest, each there for a while, whose interests come in waves.

    ``unrest``: how strongly something that passes moves all of them.
    """

    def common() -> np.ndarray:
        moved = np.zeros(periods)
        for period in range(1, periods if unrest else 1):
            moved[period] = 0.7 * moved[period - 1] + unrest * rng.normal()
        return moved

    return theme_counts(rng, accounts, periods, common, jump=jump, at=at)


def test_without_a_change_false_alarms_stay_at_their_rate() -> None:
    rng = np.random.default_rng(11)
    level, runs, alarms, tested = 0.05, 250, 0, 0
    for _ in range(runs):
        found = find_changes(*population(rng, 40, 40), rng=rng, draws=399, level=level)
        tested += found.p_value is not None
        alarms += bool(found.changes)
    assert tested > 0.95 * runs
    assert alarms / tested <= level + 3.3 * (level * (1 - level) / tested) ** 0.5


def test_what_moves_all_accounts_and_passes_is_no_change() -> None:
    rng = np.random.default_rng(17)
    level, runs = 0.05, 100
    alarms = sum(
        bool(find_changes(*population(rng, 150, 40, unrest=0.5), rng=rng, draws=199, level=level).changes)
        for _ in range(runs)
    )
    assert alarms / runs <= level + 3.3 * (level * (1 - level) / runs) ** 0.5


def test_a_change_is_found_with_its_date() -> None:
    rng = np.random.default_rng(12)
    found_of, covered = 0, 0
    for _ in range(12):
        found = find_changes(*population(rng, 80, 50, jump=0.5), rng=rng, draws=999)
        if found.changes:
            nearest = min(found.changes, key=lambda change: abs(change.after - 25))
            found_of += 1
            covered += nearest.low <= 25 <= nearest.high
            assert nearest.difference_low > 0
    assert found_of >= 10
    assert covered >= found_of - 2


def test_the_result_does_not_depend_on_the_order_of_accounts_much_and_not_on_the_run() -> None:
    rng = np.random.default_rng(13)
    kind, total = population(rng, 60, 30, jump=0.6, at=15)
    one = find_changes(kind, total, rng=np.random.default_rng(1), draws=999)
    assert one == find_changes(kind, total, rng=np.random.default_rng(1), draws=999)
    order = rng.permutation(len(kind))
    other = find_changes(kind[order], total[order], rng=np.random.default_rng(1), draws=999)
    assert [change.after for change in one.changes] == [change.after for change in other.changes]


def test_many_accounts_are_put_together() -> None:
    rng = np.random.default_rng(14)
    total = rng.poisson(1.0, size=(3000, 20)).astype(float)
    chance = np.where(np.arange(20) > 9, 0.4, 0.1)
    found = find_changes(rng.binomial(total.astype(int), chance).astype(float), total, rng=rng, draws=999)
    assert [change.after for change in found.changes] == [9]
    assert found.changes[0].before == pytest.approx(0.1, abs=0.01)


def test_too_little_is_said_and_nonsense_refused() -> None:
    rng = np.random.default_rng(15)
    few = np.ones((3, 10)), np.full((3, 10), 2.0)
    assert find_changes(*few, rng=rng).p_value is None
    assert find_changes(np.zeros((20, 10)), np.ones((20, 10)), rng=rng).p_value is None
    with pytest.raises(ValueError, match="counts of one shape"):
        find_changes(np.ones((2, 2)), np.zeros((2, 2)), rng=rng)
