"""How often propagation calls a lead that is not there and finds one that is: the tables of its page of explanation.

Run: python bench/propagation_study.py [SEEDS [chains]]. Each row is one world of undertow.simulation.propagation, SEEDS
times; a rate is the share of runs with p at most 0.05 (one-sided, before correction), with Wilson's 95% interval.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import numpy as np

from undertow.simulation.propagation import Actor, Lead, World, simulate_acts
from undertow.statistics.intervals import wilson
from undertow.statistics.lead_lag import ABSENT, HOUR, Rhythms, excess, follows, item_acts, leads
from undertow.statistics.multiple_testing import holm
from undertow.statistics.strength import FOLLOW_EXCESS, rate

LEVEL = 0.05
CROWD = Actor(name="everyone else", accounts=400, interest=3)
A, B, C = Actor(name="a"), Actor(name="b"), Actor(name="c")
PLAIN = World(actors=(A, B, CROWD))


def few(accounts: int, interest: float, name: str = "a") -> Actor:
    """An actor of a few accounts, which post on one item several times."""
    return Actor(name=name, accounts=accounts, interest=interest)


NOTHING: Mapping[str, World] = {
    "classes alike": PLAIN,
    "a five times as active": World(actors=(replace(A, interest=4), B, CROWD)),
    "a eight hours east": World(actors=(replace(A, zone=8), B, CROWD)),
    "a in bursts (0.85 copies a post)": World(actors=(replace(A, copies=0.85), B, CROWD)),
    "a active without copies, b in bursts": World(
        actors=(replace(A, interest=4, copies=0), replace(B, copies=0.85), CROWD)
    ),
    "a active, in bursts, eight hours east": World(actors=(replace(A, interest=4, zone=8, copies=0.7), B, CROWD)),
    "a active, in bursts, eight hours west; both wait for the morning": World(
        actors=(replace(A, interest=4, zone=-8, copies=0.7, postpones=0.9), replace(B, postpones=0.9), CROWD)
    ),
    "very heavy tails": World(actors=(A, B, CROWD), decay=0.5, tail=1.05),
    "ten items an event": World(actors=(A, B, CROWD), events=80, items_an_event=10),
    "a and b of five accounts that repeat themselves": World(actors=(few(5, 1.0), few(5, 1.0, "b"), CROWD)),
    "a and b of one account that repeats itself": World(actors=(few(1, 1.0), few(1, 1.0, "b"), CROWD)),
    "a of one account that repeats itself, b of one that seldom posts": World(
        actors=(few(1, 1.0), few(1, 0.25, "b"), CROWD)
    ),
    "b watches everyone else (share 0.4)": World(
        actors=(A, B, CROWD), leads=(Lead(leader=2, follower=1, share=0.4),)
    ),
    "a and b watch everyone else (share 0.4)": World(
        actors=(A, B, CROWD),
        leads=(Lead(leader=2, follower=1, share=0.4), Lead(leader=2, follower=0, share=0.4)),
    ),
}


def planted(share: float, events: int = 250, lag: float = 30.0, *, a: Actor = A, b: Actor = B) -> World:
    """A world in which b takes up a share of what a took up."""
    lead = Lead(leader=0, follower=1, share=share, lag_minutes=lag)
    return World(actors=(a, b, CROWD), leads=(lead,), events=events)


PLANTED: Mapping[str, World] = {
    "share 0.1": planted(0.1),
    "share 0.2": planted(0.2),
    "share 0.4": planted(0.4),
    "share 0.4, 100 events": planted(0.4, 100),
    "share 0.4, 40 events": planted(0.4, 40),
    "share 0.4, mean lag 2 hours": planted(0.4, lag=120),
    "share 0.4, mean lag 8 hours": planted(0.4, lag=480),
    "share 0.4, a five times as active": planted(0.4, a=replace(A, interest=4)),
    "share 0.4, a eight hours east": planted(0.4, a=replace(A, zone=8)),
    "share 0.5, b hardly posts by itself": planted(0.5, b=replace(B, interest=0.1)),
    "share 0.8, b hardly posts by itself": planted(0.8, b=replace(B, interest=0.1)),
    "share 0.5, of five accounts that repeat themselves, b a quarter as active": planted(
        0.5, a=few(5, 1.0), b=few(5, 0.25, "b")
    ),
    "share 0.5, of five accounts that seldom do, b a quarter as active": planted(
        0.5, a=few(5, 0.3), b=few(5, 0.075, "b")
    ),
}


def p_values(world: World, seed: int) -> list[float]:
    """a first, b first, b follows a, a follows b, in step (the weaker view)."""
    acted = simulate_acts(world, seed)
    n = len(world.actors)
    acts, _ = item_acts(acted.item, acted.time, acted.actor, acted.account, n_actors=n)
    rhythms = Rhythms.of(acted.time, acted.actor, n)
    first, follow, together = [], [], []
    for a, b in ((0, 1), (1, 0)):
        rest = [number for number in range(n) if number not in (a, b)]
        first.append(excess(*leads(acts, rhythms.log_ratio(acts.time, [b], [a]), a, b), acts.day).p_value)
        ratio = rhythms.log_ratio(acts.time, [a], rest)
        follow.append(excess(*follows(acts, ratio, a, b, window=HOUR), acts.day).p_value)
        together.append(excess(*follows(acts, ratio, a, b, window=HOUR, either_side=True), acts.day).p_value)
    return [*first, *follow, max(together)]


def three(*interests: float, leads: tuple[Lead, ...] = (), **more: float) -> World:
    """A world of three classes with these interests, and everyone else."""
    actors = (
        replace(actor, interest=interest, **more) for actor, interest in zip((A, B, C), interests, strict=True)
    )
    return World(actors=(*actors, CROWD), leads=leads)


CHAIN = (Lead(leader=0, follower=1, share=0.6), Lead(leader=1, follower=2, share=0.6))
CHAINS: Mapping[str, World] = {
    "classes alike": three(0.8, 0.8, 0.8),
    "10, 3 and 1 times as active": three(4.0, 1.2, 0.4),
    "the same, in bursts (0.7 copies a post)": three(4.0, 1.2, 0.4, copies=0.7),
    "10, 3 and 1 times, a eight hours east": World(
        actors=(replace(A, interest=4.0, zone=8), replace(B, interest=1.2), replace(C, interest=0.4), CROWD)
    ),
    "a chain (share 0.6 at each step)": three(0.8, 0.1, 0.1, leads=CHAIN),
    "a chain, 10, 3 and 1 times as active": three(4.0, 1.2, 0.4, leads=CHAIN),
}


def chain(world: World, seed: int) -> tuple[str, float]:
    """The strength of the surest path through a, b and c, and the share of their items in the order a, b, c."""
    acted = simulate_acts(world, seed)
    n = len(world.actors)
    acts, _ = item_acts(acted.item, acted.time, acted.actor, acted.account, n_actors=n)
    rhythms = Rhythms.of(acted.time, acted.actor, n)
    first = acts.firsts()[:, :3]
    all_three = (first != ABSENT).all(axis=1)
    seen = {}
    for a, b in permutations(range(3), 2):
        rest = [number for number in range(n) if number not in (a, b)]
        mine, expected = follows(acts, rhythms.log_ratio(acts.time, [a], rest), a, b, window=HOUR)
        seen[a, b] = excess(np.where(all_three, mine, np.nan), expected, acts.day)
    steps = [(seen[a, b], seen[b, c]) for a, b, c in permutations(range(3))]
    corrected = holm([max(step.p_value for step in both) for both in steps])
    best = int(np.argmin(corrected))
    weaker = min(steps[best], key=lambda step: step.low or 0.0)
    rating = rate(
        low=weaker.low, high=weaker.high, scale=FOLLOW_EXCESS, n_accounts=120, p_value=float(corrected[best])
    )
    ordered = (first[:, 0] < first[:, 1]) & (first[:, 1] < first[:, 2])
    return rating.strength, float(ordered[all_three].mean())


def chain_table(seeds: int) -> None:
    """Print how strong the surest chain is, and how many items pass in the order of activity."""
    print("| world | in the order a, b, c | called | moderate or strong |")
    print("| --- | --- | --- | --- |")
    for name, world in CHAINS.items():
        found = [chain(world, seed) for seed in range(1_000, 1_000 + seeds)]
        cells = []
        for among in (("weak", "moderate", "strong"), ("moderate", "strong")):
            number = sum(strength in among for strength, _ in found)
            low, high = wilson(number, seeds)
            cells.append(f"{number / seeds:.2f} ({low:.2f} to {high:.2f})")
        print(f"| {name} | {np.mean([share for _, share in found]):.0%} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print the tables; with ``chains`` after the number of seeds only that of chains."""
    if "chains" in sys.argv:
        chain_table(int(sys.argv[1]))
        return
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| world | a first | b first | b follows a | a follows b | in step |")
    print("| --- | --- | --- | --- | --- | --- |")
    for worlds in (NOTHING, PLANTED):
        for name, world in worlds.items():
            called = (np.array([p_values(world, seed) for seed in range(seeds)]) <= LEVEL).sum(axis=0)
            cells = []
            for number in called.tolist():
                low, high = wilson(int(number), seeds)
                cells.append(f"{number / seeds:.3f} ({low:.3f} to {high:.3f})")
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
