"""Are dates of changed stories to be trusted? Rates of false alarms, power, and the coverage of intervals.

Populations of accounts of very unequal activity and interest, each there for a part of the time, in which the share
of a theme is counted by week. Four have nothing planted:

- accounts: interests of each account come in waves of its own;
- rhythm: besides, the interest of all follows a cycle of 4 to 26 weeks (seasons, sessions, matches);
- news: besides, the interest of all jumps at random times and fades (a half-life of one to three weeks);
- unrest: besides, the interest of all wanders as a stationary process that keeps 0.7 of itself a week.

In the others the share rises for good at a random week by a part of what is left to 1.

    python bench/narrative_pivots.py [--runs 400] [--weeks 80] [--accounts 20 60 200] [--seed 1]

Printed: the share of p-values at most .01, .05 and .10 with two standard errors; of planted changes how many are
found (a change at level .05 whose interval holds the week, or the nearest one), how often the interval holds the
true week, and its median width.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from undertow.simulation.theme_shares import theme_counts
from undertow.statistics.change_points import find_changes
from undertow.statistics.intervals import wilson

Floats = npt.NDArray[np.float64]

WORLDS = ("accounts", "rhythm", "news", "unrest")
DRAWS = 999


def common_interest(rng: np.random.Generator, periods: int, world: str) -> Floats:
    """What moves all accounts in each period, on the scale of log odds; about .5 in standard deviation."""
    time = np.arange(periods)
    if world == "rhythm":
        return 0.7 * np.sin(2 * np.pi * (time / rng.uniform(4, 26) + rng.uniform()))
    made = np.zeros(periods + 60)
    if world == "news":
        for start in np.flatnonzero(rng.random(len(made)) < 1 / 12):
            since = np.arange(len(made) - start)
            made[start:] += rng.lognormal(0.0, 0.6) * 0.5 ** (since / rng.uniform(1, 3))
    if world == "unrest":
        for period in range(1, len(made)):
            made[period] = 0.7 * made[period - 1] + 0.36 * rng.normal()
    return made[60:]


def population(
    rng: np.random.Generator, accounts: int, periods: int, world: str, jump: float = 0.0
) -> tuple[Floats, Floats, int]:
    """(posts of the theme, all posts, the last period before the change); arrays of shape (accounts, periods)."""
    at = int(rng.integers(periods // 5, periods - periods // 5))
    kind, total = theme_counts(
        rng, accounts, periods, lambda: common_interest(rng, periods, world), jump=jump, at=at
    )
    return kind, total, at


def null_rates(seed: int, runs: int, accounts: int, periods: int, world: str) -> None:
    """Print how often p-values of populations without a change are small."""
    values = []
    for run in range(runs):
        rng = np.random.default_rng([seed, 1, accounts, WORLDS.index(world), run])
        kind, total, _ = population(rng, accounts, periods, world)
        found = find_changes(kind, total, rng=rng, draws=DRAWS)
        if found.p_value is not None:
            values.append(found.p_value)
    p_values = np.array(values)
    rates = "  ".join(
        f"{(p_values <= level).mean():.3f} ±{2 * (level * (1 - level) / len(values)) ** 0.5:.3f}"
        for level in (0.01, 0.05, 0.10)
    )
    print(f"{world:9s} {accounts:4d} accounts  no change   {rates}  ({len(values)} populations)", flush=True)


def power(seed: int, runs: int, accounts: int, periods: int, world: str, jump: float) -> None:
    """Print how often planted changes are found, and how well their dates are known."""
    called, held, widths = 0, 0, []
    tested = list(_found(seed, runs, accounts, periods, world, jump))
    for nearest in tested:
        if nearest is not None:
            called += 1
            held += nearest[0]
            widths.append(nearest[1])
    low, high = wilson(called, runs)
    shown = (
        f"{world:9s} {accounts:4d} accounts  up by {jump:.2f}  found {called / runs:.0%} ({low:.0%} to {high:.0%})"
    )
    if called:
        low, high = wilson(held, called)
        shown += (
            f"  interval holds {held / called:.0%} ({low:.0%} to {high:.0%}), median width {np.median(widths):.0f}"
        )
    print(shown, flush=True)


def _found(
    seed: int, runs: int, accounts: int, periods: int, world: str, jump: float
) -> Iterator[tuple[bool, int] | None]:
    """Of each population whether the nearest change's interval holds the week, and its width; None: no change found."""
    for run in range(runs):
        rng = np.random.default_rng([seed, 2, accounts, WORLDS.index(world), round(100 * jump), run])
        kind, total, at = population(rng, accounts, periods, world, jump)
        changes = find_changes(kind, total, rng=rng, draws=DRAWS).changes
        nearest = min(changes, key=lambda change: abs(change.after - at), default=None)
        yield None if nearest is None else (nearest.low <= at <= nearest.high, nearest.high - nearest.low + 1)


def main() -> None:
    """Simulate, test, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--weeks", type=int, default=80)
    parser.add_argument("--accounts", type=int, nargs="+", default=[20, 60, 200])
    parser.add_argument("--jumps", type=float, nargs="*", default=[0.15, 0.30, 0.50])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(
        f"{given.weeks} weeks, seed {given.seed}; share of p-values at most .01, .05, .10 (± two standard errors)"
    )
    for world in WORLDS:
        for accounts in given.accounts:
            null_rates(given.seed, given.runs, accounts, given.weeks, world)
    for world in ("accounts", "news"):
        for accounts in given.accounts:
            for jump in given.jumps:
                power(given.seed, max(1, given.runs // 4), accounts, given.weeks, world, jump)


if __name__ == "__main__":
    main()
