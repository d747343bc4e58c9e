"""How often boosting is found, how often something is found that is not there: simulated watched accounts.

    python bench/amplification_power.py [worlds per setting] [power]

Watched accounts are simulated post by post, by another law than the test's: the number of posts of a day is Poisson
with weekdays, the audience of each post is a gamma-Poisson sample out of a circle of regulars with unequal habits,
and strangers who come once. Hard negatives: days of news that lift all accounts unequally, followers that grow
fourfold, posts that go round (8 to 30 times the usual audience). Boosting adds booster accounts that are new to the
account and repost one to three posts of each day: as many as it usually has amplifiers, or as the day itself has.
"""

from __future__ import annotations

import sys

import numpy as np

from undertow.analyses.amplification.rises import anomalies, episodes
from undertow.analyses.amplification.series import daily_series
from undertow.statistics.intervals import wilson

DAYS = 365
PEERS = 10


def world(
    rng, *, level=60.0, posts=10.0, spread=0.5, boost=None, of="usual", length=1, news=12, viral=2, growth=1.0
):
    """Ten watched accounts over a year: arrays of actions, and the day and account of the boosting."""
    regulars = 2_000
    columns = []
    start = int(rng.integers(150, 330))
    lift = np.ones(DAYS)
    lift[rng.choice(DAYS, news, replace=False)] = rng.uniform(1.5, 4.0, news)
    next_stranger = 10**6
    daily = np.empty((PEERS, DAYS))
    for account in range(PEERS):
        size = level * rng.lognormal(0, 0.4)
        habit = rng.lognormal(0, 1.2, regulars)
        habit = np.cumsum(habit) / habit.sum()
        response = rng.uniform(0.6, 1.4)
        going_round = set(rng.choice(DAYS, viral, replace=False).tolist())
        followers = np.exp(np.linspace(0, np.log(growth), DAYS))
        number = 0
        for day in range(DAYS):
            weekend = 0.7 if day % 7 >= 5 else 1.0
            n_posts = rng.poisson(posts * weekend)
            today = []
            for post in range(n_posts):
                mean = size / posts * followers[day] * lift[day] ** response * rng.gamma(1 / spread**2, spread**2)
                if post == 0 and day in going_round:
                    mean *= rng.uniform(8, 30)
                audience = rng.poisson(mean)
                known = rng.binomial(audience, 0.6)
                picked = np.searchsorted(habit, rng.random(known))
                strangers = np.arange(next_stranger, next_stranger + audience - known)
                next_stranger += audience - known
                today.append(np.concatenate([picked + account * regulars, strangers]))
            listed = np.concatenate(today) if today else np.zeros(0, np.int64)
            daily[account, day] = np.unique(listed).size
            for post, who in enumerate(today):
                columns.append(np.stack([np.full(who.size, account), who, np.full(who.size, number + post),
                                         np.full(who.size, day)]))  # fmt: skip
            if boost is not None and account == 0 and start <= day < start + length and n_posts:
                usual = np.median(daily[0, max(0, day - 56) : day])
                base = usual if of == "usual" else daily[0, day]
                boosters = 10**9 + np.arange(round((boost - 1) * base))
                for _ in range(int(rng.integers(1, 4))):
                    which = rng.integers(0, n_posts, boosters.size)
                    columns.append(np.stack([np.zeros(boosters.size, np.int64), boosters, number + which,
                                             np.full(boosters.size, day)]))  # fmt: skip
            number += max(n_posts, 1)
    return np.concatenate(columns, axis=1).astype(np.int64), start


def run(rng, **setting):
    (target, amplifier, object_, day), start = world(rng, **setting)
    series = daily_series(target, amplifier, object_, day, n_targets=PEERS, first_day=0, n_days=DAYS)
    found = anomalies(series)
    return found, episodes(found), start


def power(worlds: int, seed: int, **setting) -> str:
    hits = 0
    for number in range(worlds):
        _, listed, start = run(np.random.default_rng([seed, number]), **setting)
        hits += any(e.target == 0 and abs(e.first - start) <= 1 for e in listed)
    low, high = wilson(hits, worlds)
    return f"{hits / worlds:.0%} ({low:.0%} to {high:.0%})"


def false_alarms(worlds: int, seed: int, **setting) -> str:
    alarms = years = 0.0
    for number in range(worlds):
        found, listed, _ = run(np.random.default_rng([seed, number]), **setting)
        alarms += len(listed)
        years += found.tested.sum() / 365
    high = (alarms + 1.92 + 1.96 * np.sqrt(alarms + 0.96)) / years  # score interval of a Poisson rate
    return f"{alarms / years:.3f} an account-year ({alarms:.0f} in {years:.0f}; at most {high:.3f})"


SETTINGS = {
    "x2, 1 day": {"boost": 2.0},
    "x2 of the day's own, 1 day": {"boost": 2.0, "of": "day"},
    "x2, 5 days": {"boost": 2.0, "length": 5},
    "x1.5, 1 day": {"boost": 1.5},
    "x3, 1 day": {"boost": 3.0},
    "x1.5, 5 days": {"boost": 1.5, "length": 5},
    "x2, 1 day, large accounts": {"boost": 2.0, "level": 300.0},
    "x2, 1 day, audience very uneven": {"boost": 2.0, "spread": 1.0},
    "x2, 1 day, small accounts": {"boost": 2.0, "level": 12.0},
    "x2, 1 day, five posts a day": {"boost": 2.0, "posts": 5.0},
    "x1.25, 1 day": {"boost": 1.25},
    "x1.1, 1 day": {"boost": 1.1},
}
QUIET = {"news": 0, "viral": 0}
HARD = {
    "quiet": QUIET,
    "news days": {"news": 12, "viral": 0},
    "followers grow fourfold": {**QUIET, "growth": 4.0},
    "posts that go round": {"news": 0, "viral": 6},
    "all of it": {"growth": 4.0, "viral": 6},
    "all of it, audience very uneven": {"growth": 4.0, "viral": 6, "spread": 1.0},
    "all of it, small accounts": {"growth": 2.0, "viral": 6, "level": 12.0},
}


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    if "power" not in sys.argv:
        print("false alarms, nothing planted")
        for name, setting in HARD.items():
            print(f"  {name}: {false_alarms(max(worlds // 4, 3), 1, **setting)}", flush=True)
    print("boosting found with its start within a day (news days and posts that go round in all worlds)")
    for number, (name, setting) in enumerate(SETTINGS.items(), start=2):
        print(f"  {name}: {power(worlds, number, **setting)}", flush=True)


if __name__ == "__main__":
    main()
