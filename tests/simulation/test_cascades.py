"""Actions with planted groups: shape, planted truth, and the hard negatives' behaviour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.simulation.cascades import EARLY, FAN, ORDINARY, PUBLISHER, CascadeHabits, Plant, actions

MICRO = 1_000_000


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    accounts=st.integers(60, 400),
    objects=st.integers(5, 200),
    groups=st.integers(0, 3),
    size=st.integers(2, 12),
    window=st.sampled_from([10.0, 60.0, 600.0]),
)
def test_shape_and_planted_truth(
    seed: int, accounts: int, objects: int, groups: int, size: int, window: float
) -> None:
    plants = (Plant(groups=groups, size=size, window=window),) if groups else ()
    made = actions(seed=seed, accounts=accounts, objects=objects, plants=plants)
    again = actions(seed=seed, accounts=accounts, objects=objects, plants=plants)
    assert np.array_equal(made.time, again.time)
    assert np.array_equal(made.account, again.account)
    assert len(made.account) == len(made.object) == len(made.time) == len(made.group)
    assert (np.diff(made.time) >= 0).all()
    pairs = set(zip(made.account.tolist(), made.object.tolist(), strict=True))
    assert len(pairs) == len(made.account)
    if len(made.account):
        assert made.object.max() < len(made.object_time)
        assert made.account.max() < accounts
    assert (made.time >= made.object_time[made.object]).all()
    assert len(made.planted_pairs()) == groups * size * (size - 1) // 2
    planted = made.group >= 0
    assert (made.account_group[made.account[planted]] == made.group[planted]).all()
    for group in range(groups):
        for obj in np.unique(made.object[made.group == group]):
            times = made.time[(made.group == group) & (made.object == obj)]
            assert times.max() - times.min() <= window * MICRO


def test_sizes_are_heavy_tailed_and_speeds_differ() -> None:
    made = actions(seed=8, accounts=20_000, objects=20_000, habits=CascadeHabits(rhythm=False))
    sizes = np.bincount(made.object, minlength=len(made.object_time))
    assert sizes.max() > 50 * np.median(sizes[sizes > 0])
    delay = (made.time - made.object_time[made.object]) / MICRO
    quick = np.median(delay[made.object_breaking[made.object]])
    assert quick < 0.5 * np.median(delay[~made.object_breaking[made.object]])


def test_audiences_are_communities() -> None:
    made = actions(seed=8, accounts=4000, objects=3000, habits=CascadeHabits(publisher_share=0))
    home = made.account_community[made.account] == made.object_community[made.object]
    assert home.mean() > 0.75
    mixed = actions(seed=8, accounts=4000, objects=3000, habits=CascadeHabits(publisher_share=0, loyalty=0))
    assert (mixed.account_community[mixed.account] == mixed.object_community[mixed.object]).mean() < 0.4


def test_hard_negatives_behave_as_named() -> None:
    made = actions(seed=9, accounts=6000, objects=6000, habits=CascadeHabits(rhythm=False))
    kind = made.account_kind[made.account]
    delay = (made.time - made.object_time[made.object]) / MICRO
    assert np.median(delay[kind == EARLY]) < 0.25 * np.median(delay[kind == ORDINARY])
    per_account = np.bincount(made.account, minlength=6000)
    assert per_account[made.account_kind == FAN].mean() > 2 * per_account[made.account_kind == ORDINARY].mean()
    wire = kind == PUBLISHER
    assert (delay[wire] < 900).mean() > 0.5


def test_accounts_sleep() -> None:
    def night_share(rhythm: bool) -> float:
        """Mean share of an account's actions in its emptiest seven hours in a row."""
        habits = CascadeHabits(rhythm=rhythm, publisher_share=0)
        made = actions(seed=3, accounts=1000, objects=6000, days=60, habits=habits)
        hours = np.zeros((1000, 24))
        np.add.at(hours, (made.account, (made.time // (3600 * MICRO)) % 24), 1)
        busy = hours[hours.sum(axis=1) >= 40]
        windows = sum(np.roll(busy, -shift, axis=1) for shift in range(7))
        return float((windows.min(axis=1) / busy.sum(axis=1)).mean())

    assert night_share(rhythm=True) < 0.01
    assert night_share(rhythm=False) > 0.02


def test_nothing_planted_and_too_much_planted() -> None:
    made = actions(seed=1, accounts=200, objects=100)
    assert (made.account_group == -1).all()
    assert (made.group == -1).all()
    with pytest.raises(ValueError, match="300 accounts"):
        actions(seed=1, accounts=200, objects=100, plants=(Plant(groups=10, size=30),))
