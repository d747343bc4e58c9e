"""A second generator of populations with planted groups, unlike the package's and unlike the detector's model.

Agents, not cascades: accounts go online in *sessions* (at their own waking hours, heavy-tailed in number) and act on
several recent objects of their interests in a row, seconds apart. Co-action by chance arises because two accounts
are online at the same time and read the same feed, so it comes in clumps, which the detector's model does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY = 86_400.0


@dataclass(frozen=True)
class World:
    """Actions (times in microseconds) and the truth: the group of each account, -1 for organic ones."""

    account: NDArray[np.int64]
    object: NDArray[np.int64]
    time: NDArray[np.int64]
    group: NDArray[np.int64]
    kind: NDArray[np.int64]


def sessions_world(
    *,
    seed: int,
    accounts: int = 3000,
    objects: int = 2000,
    days: float = 21.0,
    communities: int = 8,
    early_share: float = 0.03,
    groups: int = 0,
    size: int = 10,
    co_actions: int = 8,
    window: float = 60.0,
    participation: float = 0.9,
    speed_spread: float = 0.8,
) -> World:
    """A population of ``accounts``, of which ``groups * size`` are planted and also act like organic ones."""
    rng = np.random.default_rng([seed, 20260])
    span = days * DAY
    home = rng.integers(0, communities, objects)
    born = np.sort(rng.random(objects) * span)
    popularity = (1 - rng.random(objects)) ** (-1 / 1.1)
    memory = 7200 * np.exp(speed_spread * rng.standard_normal(communities))  # how long a community's objects live
    interest = rng.dirichlet(np.full(communities, 0.25), accounts)
    zone = rng.choice([0, 1, -5, 8], accounts)
    early = rng.random(accounts) < early_share
    n_sessions = np.minimum(rng.geometric(0.25, accounts) * (1 - rng.random(accounts)) ** (-1 / 1.6), 150).astype(
        int
    )
    who = np.repeat(np.arange(accounts), n_sessions)
    local = rng.normal(15, 4, len(who)) % 24
    start = (rng.integers(0, int(days), len(who)) * 24 + local - zone[who]) * 3600 % span
    reads = rng.geometric(0.35, len(who))
    session = np.repeat(np.arange(len(who)), reads)
    step = np.arange(len(session)) - np.repeat(np.cumsum(reads) - reads, reads)
    actor = who[session]
    when = start[session] + step * rng.gamma(2.0, 15.0, len(session))
    cumulative = np.cumsum(interest, axis=1)
    community = (rng.random(len(actor))[:, None] > cumulative[actor]).sum(axis=1).clip(0, communities - 1)
    chosen = np.full(len(actor), -1)
    for c in range(communities):
        feed = np.flatnonzero(home == c)
        if not len(feed):
            continue
        shown = np.repeat(feed, np.minimum(popularity[feed], 60).astype(int))
        rows = np.flatnonzero(community == c)
        age = rng.exponential(memory[c], len(rows))
        place = np.searchsorted(born[shown], when[rows] - age) - 1
        spread = rng.integers(0, 8, len(rows))
        chosen[rows] = np.where(place >= 0, shown[np.maximum(place - spread, 0)], -1)
    # always-early accounts are woken by the object itself
    prompt = np.flatnonzero(early[actor] & (chosen >= 0))
    when[prompt] = born[chosen[prompt]] + rng.gamma(1.5, 60.0, len(prompt))
    keep = (chosen >= 0) & (when < span)
    actor, thing, when = actor[keep], chosen[keep], when[keep]
    group = np.full(accounts, -1)
    members = rng.permutation(accounts)[: groups * size].reshape(groups, size) if groups else np.zeros((0, 0), int)
    parts = [(actor, thing, when)]
    for number, team in enumerate(members):
        group[team] = number
        targets = rng.choice(objects, co_actions, replace=False)
        row, event = np.nonzero(rng.random((size, co_actions)) < participation)
        begin = born[targets] + rng.exponential(5400.0, co_actions)
        parts.append((team[row], targets[event], begin[event] + rng.random(len(row)) * window))
    actor, thing, when = (np.concatenate(column) for column in zip(*parts, strict=True))
    return World(actor, thing, (when * 1e6).astype(np.int64), group, early.astype(int))
