"""Power and false discoveries of the chance test on populations with planted groups, by two generators.

    python bench/coordination_power.py null --populations 40
    python bench/coordination_power.py hard --populations 30
    python bench/coordination_power.py power --seeds 3

One line a run, as JSON. Recall is over planted pairs, *members* the share of the planted accounts that are in a pair of
their group that is called. *apart* is the same test with the planted accounts and the publishers kept apart, so that
chance is learnt from the other organic accounts only. *oracle* knows the true chances: those of two accounts that act on
the same objects as the pair does, each for itself. Baselines of the same run: a fixed rule of two and of three co-acted
objects. Pairs of publishers (accounts that syndicate the same wire) are counted apart from other false ones.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coordination_populations import World, sessions_world
from undertow.analyses.coordination.actions import Actions, Bool
from undertow.analyses.coordination.chance import CoActionTest, co_action_test
from undertow.analyses.coordination.kernel_tails import tails
from undertow.analyses.coordination.shares import Shares, shared_rows
from undertow.simulation import cascades
from undertow.statistics.multiple_testing import benjamini_hochberg

_PUBLISHER = cascades.PUBLISHER
_CALM = cascades.CascadeHabits(publisher_share=0.0)
HARD: dict[str, tuple[cascades.CascadeHabits, dict[str, float]]] = {
    "four times the fans": (replace(_CALM, fan_share=0.2), {}),
    "six times the always-early": (replace(_CALM, early_share=0.18), {}),
    "five times the breaking news": (replace(_CALM, breaking_share=0.3), {}),
    "topics of very different speed": (replace(_CALM, topic_speed_spread=1.6), {}),
    "a conference": (
        replace(_CALM, communities=1, topics_per_community=4, median_delay=600.0, smallest=4.0, breaking_share=0.0),
        {"accounts": 600, "objects": 600, "days": 3.0},
    ),
    "publishers": (replace(_CALM, publisher_share=0.01), {}),
}
"""Organic populations that are hard to tell from coordination; nothing is planted."""


@dataclass(frozen=True)
class Population:
    """Actions, planted group and kind of each account, and what they come from."""

    actions: Actions
    group: NDArray[np.int64]
    kind: NDArray[np.int64]
    source: cascades.Actions | World

    @classmethod
    def of(cls, found: cascades.Actions) -> Population:
        actions = Actions.of(found.account, found.object, found.time, n_accounts=len(found.account_kind))
        return cls(actions, found.account_group.astype(np.int64), found.account_kind.astype(np.int64), found)


def population(
    generator: str, seed: int, plant: dict[str, float] | None, accounts: int = 3000, *, publishers: bool = True
) -> Population:
    """A population of the generator, with groups planted or not."""
    if generator == "sessions":
        made = {} if plant is None else plant
        world = sessions_world(seed=seed, accounts=accounts, objects=accounts * 2 // 3, **made)  # type: ignore[arg-type]
        actions = Actions.of(world.account, world.object, world.time, n_accounts=accounts)
        return Population(actions, world.group, np.zeros(accounts, np.int64), world)
    plants = () if plant is None else (cascades.Plant(**plant),)  # type: ignore[arg-type]
    habits = cascades.CascadeHabits() if publishers else cascades.CascadeHabits(publisher_share=0.0)
    return Population.of(
        cascades.actions(seed=seed, accounts=accounts, objects=accounts // 2, habits=habits, plants=plants)
    )


def hard(name: str, seed: int) -> Population:
    """A hard negative: nothing is planted."""
    habits, size = HARD[name]
    sized = {"accounts": 3000, "objects": 1500} | size
    return Population.of(cascades.actions(seed=seed, habits=habits, **sized))  # type: ignore[arg-type]


_DRAWS = 400
_ORGANIC_OBJECTS = 40


def true_chances(
    found: cascades.Actions | World, account: NDArray[np.int64], object_: NDArray[np.int64], window: float
) -> NDArray[np.float64]:
    """The chance that two accounts (2, n), each acting for itself, act on the object within ``window`` seconds.

    Sessions: from the densities. Cascades: from 400 times of each account on the object, all against all. Nobody else
    acts on a group's own objects: there the chance is the mean over 40 organic objects drawn at random.
    """
    if isinstance(found, World):
        return found.meeting_chances(account, object_, window)
    rng = np.random.default_rng(11)
    organic = np.flatnonzero(np.isfinite(found.object_median_delay))
    own = ~np.isfinite(found.object_median_delay[object_])
    stand_in = rng.choice(organic, (_ORGANIC_OBJECTS, len(object_)))
    chance = np.empty(len(object_))
    for rows, repeats in ((np.flatnonzero(~own), 1), (np.flatnonzero(own), _ORGANIC_OBJECTS)):
        total = np.zeros(len(rows))
        for repeat in range(repeats):
            acted = object_[rows] if repeats == 1 else stand_in[repeat, rows]
            median = np.repeat(found.object_median_delay[acted, None], _DRAWS, axis=1)
            posted = np.repeat(found.object_time[acted, None] / 1e6, _DRAWS, axis=1)
            one, other = (
                np.sort(
                    found.independent_times(np.repeat(side[rows, None], _DRAWS, axis=1), median, posted, seed=s)
                )
                for side, s in ((account[0], 2 * repeat), (account[1], 2 * repeat + 1))
            )
            for row in range(len(rows)):
                after = np.searchsorted(other[row], one[row] + window, side="right")
                total[row] += (after - np.searchsorted(other[row], one[row] - window)).mean() / _DRAWS
        chance[rows] = total / repeats
    return chance


def oracle_calls(found: cascades.Actions | World, actions: Actions, test: CoActionTest, same: Bool) -> Bool:
    """Which pairs of ``test`` are called when planted pairs (``same``) are held against their true chances."""
    tests = test.tests
    shares = Shares.of(actions)
    planted = np.flatnonzero(same)
    rows = shared_rows(shares, tests.left[planted], tests.right[planted], test.model.window)
    object_ = shares.object[rows.left_share].astype(np.int64)
    account = np.stack([side[planted][rows.pair].astype(np.int64) for side in (tests.left, tests.right)])
    chances = true_chances(found, account, object_, test.model.window / 1e6)
    starts = np.searchsorted(rows.pair, np.arange(len(planted) + 1)).astype(np.int64)
    p_value = tests.p_value.copy()
    p_value[planted] = tails(chances, starts, tests.n_occasions[planted])
    return np.asarray(benjamini_hochberg(p_value, tests=test.n_tested) <= test.level)


def study(made: Population, window: float, level: float) -> dict[str, float | int | str | None]:
    """One run: recall, false discoveries, oracle, fixed rules."""
    actions, group, kind = made.actions, made.group, made.kind
    started = time.perf_counter()
    test = co_action_test(actions, int(window * 1e6), level=level)
    seconds = time.perf_counter() - started
    planted = group >= 0
    sizes = np.bincount(group[planted]) if planted.any() else np.zeros(0, np.int64)
    truth = int((sizes * (sizes - 1) // 2).sum())
    tests, called = test.tests, test.significant
    same = (group[tests.left] >= 0) & (group[tests.left] == group[tests.right])
    publishers = (kind[tests.left] == _PUBLISHER) & (kind[tests.right] == _PUBLISHER)
    false = called & ~same & ~publishers
    row: dict[str, float | int | str | None] = {
        "actions": len(actions),
        "tested": test.n_tested,
        "called": int(called.sum()),
        "false": int(false.sum()),
        "false_with_planted": int((false & (planted[tests.left] | planted[tests.right])).sum()),
        "publisher_pairs": int((called & publishers).sum()),
        "fdr": round(float(false.sum() / max(int(called.sum()) - int((called & publishers).sum()), 1)), 4),
        "flagged_share": round(test.flagged_share, 3),
        "refused": int(test.refusal is not None),
        "seconds": round(seconds, 2),
    }
    if truth:
        apart = planted | (kind == _PUBLISHER)
        learnt_apart = co_action_test(actions, int(window * 1e6), apart=apart, level=level)
        row["recall"] = round(float((called & same).sum() / truth), 4)
        row["apart"] = round(float((learnt_apart.significant & same).sum() / truth), 4)
        row["oracle"] = round(float((oracle_calls(made.source, actions, test, same) & same).sum() / truth), 4)
        met = np.unique(np.concatenate((tests.left[called & same], tests.right[called & same])))
        row["members"] = round(len(met) / int(planted.sum()), 4)
        for least in (2, 3):
            fixed = tests.n_objects >= least
            row[f"fixed_{least}_precision"] = round(float((fixed & same).sum() / max(int(fixed.sum()), 1)), 4)
    return row


def grid(planted: int, windows: Iterable[float]) -> Iterator[dict[str, float]]:
    """Groups of 5 to 50, three to twelve co-actions; about ``planted`` accounts, at least one group."""
    for size, co_actions, window in itertools.product((5, 15, 50), (3, 5, 8, 12), windows):
        yield {"groups": max(1, planted // size), "size": size, "co_actions": co_actions, "window": window}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["null", "hard", "power"])
    parser.add_argument("--populations", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--planted", type=int, default=30, help="accounts in planted groups")
    parser.add_argument("--level", type=float, default=0.01)
    parser.add_argument("--windows", nargs="+", type=float, default=[10.0, 60.0, 600.0])
    parser.add_argument("--generators", nargs="+", default=["cascades", "sessions"])
    options = parser.parse_args()
    if options.what == "null":
        for generator, window, seed in itertools.product(
            options.generators, options.windows, range(options.populations)
        ):
            row = study(
                population(generator, 1000 + seed, None, options.accounts, publishers=False), window, options.level
            )
            print(json.dumps({"generator": generator, "window": window, "seed": seed} | row), flush=True)
        return
    if options.what == "hard":
        for name, window, seed in itertools.product(HARD, (60.0, 600.0), range(options.populations)):
            row = study(hard(name, 3000 + seed), window, options.level)
            print(json.dumps({"hard": name, "window": window, "seed": seed} | row), flush=True)
        return
    for generator, plant, seed in itertools.product(
        options.generators,
        grid(options.planted, options.windows),
        range(options.first_seed, options.first_seed + options.seeds),
    ):
        found = population(generator, seed, plant, options.accounts)
        row = study(found, plant["window"], options.level)
        print(json.dumps({"generator": generator, "seed": seed} | plant | row), flush=True)


if __name__ == "__main__":
    main()
