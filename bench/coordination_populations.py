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
LOOKED_BACK = 8
"""A reader stops at the newest object of a moment's feed or at one of the seven before it."""
_POINTS = 3000
_LIVES = 15.0


@dataclass(frozen=True)
class World:
    """Actions (times in microseconds) and the truth: the group of each account, -1 for organic ones; ``kind`` is 1 for
    always-early accounts. For oracles: each account's ``zone`` (hours), each object's moment (``born``, seconds), feed
    (``home``) and how often the feed shows it (``copies``), and how long a feed's objects live (``memory``, seconds)."""

    account: NDArray[np.int64]
    object: NDArray[np.int64]
    time: NDArray[np.int64]
    group: NDArray[np.int64]
    kind: NDArray[np.int64]
    zone: NDArray[np.int64]
    born: NDArray[np.float64]
    home: NDArray[np.int64]
    copies: NDArray[np.int64]
    memory: NDArray[np.float64]
    span: float

    def meeting_chances(
        self, account: NDArray[np.int64], object_: NDArray[np.int64], window: float
    ) -> NDArray[np.float64]:
        """The chance that two accounts (2, n), each acting for itself, act on the object within ``window`` seconds.

        When an account acts on an object, given that it does, has the density of its sessions times the chance that the
        feed of that moment leads to the object: both are known. (The seconds between two reads of a session are left
        out, they are few against the hours over which both vary.) Where accounts act on it several times, any two
        of their actions may meet, those within the window of each other taken as one.
        """
        kinds = np.where(self.kind == 1, -99, self.zone)
        number = np.zeros((2, len(object_)), np.int64)
        key = self.account * len(self.born) + self.object
        order = np.lexsort((self.time, key))
        begins = np.ones(len(order), bool)
        begins[1:] = (np.diff(key[order]) > 0) | (np.diff(self.time[order]) > window * 1e6)
        acted, times = np.unique(key[order][begins], return_counts=True)
        for side in (0, 1):
            number[side] = times[np.searchsorted(acted, account[side] * len(self.born) + object_)]
        chance = np.empty(len(object_))
        for thing in np.unique(object_).tolist():
            rows = np.flatnonzero(object_ == thing)
            at = self.born[thing] + np.linspace(0, 1, _POINTS) ** 2 * self._lasts(thing)
            present = np.unique(kinds[account[:, rows]]).tolist()
            when = {kind: self._distribution(thing, kind, at) for kind in present}
            met: dict[tuple[int, int], float] = {}
            for row in rows.tolist():
                one, other = sorted((int(kinds[account[0, row]]), int(kinds[account[1, row]])))
                if (one, other) not in met:
                    met[one, other] = _meets(at, when[one], when[other], window)
                chance[row] = 1 - (1 - met[one, other]) ** (number[0, row] * number[1, row])
        return chance

    def _lasts(self, thing: int) -> float:
        life = _LIVES * max(self.memory[self.home[thing]], 600.0) + DAY / 4
        return float(min(life, self.span - self.born[thing]))

    def _distribution(self, thing: int, kind: int, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distribution function, at these moments, of when an account of the kind (zone, or -99: early) acts on it."""
        if kind == -99:
            from scipy.stats import gamma

            return np.asarray(gamma(1.5, scale=60.0).cdf(at - self.born[thing]))
        feed = np.flatnonzero(self.home == self.home[thing])
        shown = np.repeat(feed, self.copies[feed])
        starts = np.append(self.born[shown], np.inf)
        weight = np.zeros(len(shown))
        for place in np.flatnonzero(shown == thing).tolist():
            weight[place : place + LOOKED_BACK] += 1 / LOOKED_BACK
            if place == 0:
                weight[:LOOKED_BACK] += (LOOKED_BACK - 1 - np.arange(LOOKED_BACK))[: len(weight)] / LOOKED_BACK
        after = np.flatnonzero(weight)
        memory = self.memory[self.home[thing]]
        since = np.maximum(at[:, None] - starts[None, after], 0) / memory
        until = np.maximum(at[:, None] - starts[None, after + 1], 0) / memory
        shows = (np.exp(-until) - np.exp(-since)) @ weight[after]
        hour = (at / 3600 + kind) % 24
        online = sum(np.exp(-(((hour - 15 + turn) / 4) ** 2) / 2) for turn in (-24, 0, 24))
        density = shows * online
        steps = np.diff(at) * (density[1:] + density[:-1]) / 2
        total = np.concatenate((np.zeros(1), np.cumsum(steps)))
        return np.asarray(total / max(total[-1], 1e-300))


def _meets(
    at: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64], window: float
) -> float:
    """The chance that two moments of these distributions (their values ``at`` seconds) lie within the window."""
    near = np.interp(at + window, at, second) - np.interp(at - window, at, second, left=0.0)
    return float(np.sum(np.diff(first) * (near[1:] + near[:-1]) / 2))


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
    copies = np.minimum((1 - rng.random(objects)) ** (-1 / 1.1), 60).astype(int)
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
        shown = np.repeat(feed, copies[feed])
        rows = np.flatnonzero(community == c)
        age = rng.exponential(memory[c], len(rows))
        place = np.searchsorted(born[shown], when[rows] - age) - 1
        spread = rng.integers(0, LOOKED_BACK, len(rows))
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
    return World(
        actor,
        thing,
        (when * 1e6).astype(np.int64),
        group,
        early.astype(int),
        zone=zone,
        born=born,
        home=home,
        copies=copies,
        memory=memory,
        span=span,
    )
