"""Simulated propagation: items that several groups of accounts take up, with planted leads and what looks like them.

An item appears with an event (several items an event), at the hours at which news appears; events differ in interest
by a heavy tail. Each actor takes an item up some number of times, at delays with a heavy tail that all share (the
news cycle), when its accounts are awake: asleep, they let it pass or come to it in the morning. What one account of
an actor posts, others of that actor copy in bursts. A *lead* makes the follower take up what the leader took up, soon
after it.

Everything that the test of :mod:`undertow.statistics.lead_lag` assumes can be broken here: actors that are more
active, in other zones, in bursts; it is not the test's own model (delays are kept and postponed, not thinned).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HOUR = 3_600_000_000
DAY = 24 * HOUR
_START = 17_532 * DAY  # 2018-01-01


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A group of accounts.

    ``interest``: independent posts on an item of median interest; ``awake``: local hours from and to, at ``zone``
    hours east of UTC; ``postpones``: share of the posts due while asleep that are made in the morning (the rest are
    not made); ``copies``: further posts of the same actor that each post brings, in bursts.
    """

    name: str
    accounts: int = 40
    interest: float = 0.8
    zone: int = 0
    awake: tuple[int, int] = (7, 23)
    postpones: float = 0.3
    copies: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Lead:
    """``follower`` takes up a ``share`` of what ``leader`` took up, at a lag with this mean, besides its own."""

    leader: int
    follower: int
    share: float
    lag_minutes: float = 30.0


@dataclass(frozen=True, kw_only=True)
class World:
    """What is simulated; ``decay`` is the shape of the delays' tail (smaller: heavier), ``half`` their median."""

    actors: tuple[Actor, ...]
    leads: tuple[Lead, ...] = ()
    events: int = 250
    items_an_event: float = 3.0
    days: int = 180
    decay: float = 0.9
    half_hours: float = 4.0
    news_hour: int = 12
    tail: float = 1.3


@dataclass(frozen=True)
class Acts:
    """Posts on items: columns of equal length; times in microseconds UTC, sorted by time."""

    item: Int64
    time: Int64
    actor: Int64
    account: Int64
    names: tuple[str, ...] = field(default=())


def simulate_acts(world: World, seed: int) -> Acts:
    """The posts of a world; the same seed gives the same posts."""
    rng = np.random.default_rng([seed, 41])
    items = 1 + rng.poisson(world.items_an_event - 1, world.events)
    event = np.repeat(np.arange(world.events), items)
    day = rng.integers(0, world.days, world.events)
    hour = (world.news_hour + rng.normal(0, 4, world.events)) % 24
    onset = (_START + day * DAY + hour * HOUR).astype(np.int64)[event]
    onset = onset + rng.exponential(0.5 * HOUR, len(event)).astype(np.int64)
    size = rng.pareto(world.tail, world.events)[event] / (2 ** (1 / world.tail) - 1)  # median 1
    size = np.minimum(size * rng.gamma(4, 0.25, len(event)), 60)
    parts: list[tuple[Int64, Int64, int]] = []
    for number, taker in enumerate(world.actors):
        item = np.repeat(np.arange(len(event)), rng.poisson(taker.interest * size))
        scale = world.half_hours * HOUR / (2 ** (1 / world.decay) - 1)
        time = onset[item] + _heavy(world.decay, scale, len(item), rng)
        parts.append((*_made(item, time, taker, rng), number))
    for lead in world.leads:
        parts.append(_followed(parts, lead, world.actors[lead.follower], rng))
    bursts = [(*_copied(item, time, world.actors[number], rng), number) for item, time, number in parts]
    item = np.concatenate([part[0] for part in bursts])
    time = np.concatenate([part[1] for part in bursts])
    actor = np.concatenate([np.full(len(part[0]), part[2]) for part in bursts]).astype(np.int64)
    inside = time < _START + world.days * DAY
    item, time, actor = item[inside], time[inside], actor[inside]
    numbers = np.array([one.accounts for one in world.actors])
    offset = np.concatenate(([0], np.cumsum(numbers)[:-1]))
    account = offset[actor] + (rng.random(len(actor)) ** 2 * numbers[actor]).astype(np.int64)
    order = np.lexsort((account, time))
    names = tuple(one.name for one in world.actors)
    return Acts(item[order], time[order], actor[order], account[order], names)


def _heavy(shape: float, scale: float, number: int, rng: np.random.Generator) -> Int64:
    """Delays with a heavy tail (Lomax), cut where they would outlast any world."""
    return np.minimum(rng.pareto(shape, number) * scale, 3_650 * DAY).astype(np.int64)


def _made(item: Int64, time: Int64, actor: Actor, rng: np.random.Generator) -> tuple[Int64, Int64]:
    """The posts that are made: those due while asleep are postponed to the morning, or not made."""
    first, last = actor.awake
    local = (time // HOUR + actor.zone) % 24
    asleep = (local < first) | (local >= last)
    wait = ((first - local) % 24) * HOUR + rng.exponential(HOUR, len(time)).astype(np.int64)
    postponed = asleep & (rng.random(len(time)) < actor.postpones)
    kept = ~asleep | postponed
    return item[kept], np.where(postponed, time + wait, time)[kept]


def _followed(
    parts: list[tuple[Int64, Int64, int]], lead: Lead, follower: Actor, rng: np.random.Generator
) -> tuple[Int64, Int64, int]:
    item = np.concatenate([part[0] for part in parts if part[2] == lead.leader])
    time = np.concatenate([part[1] for part in parts if part[2] == lead.leader])
    order = np.lexsort((time, item))
    items, first = np.unique(item[order], return_index=True)
    chosen = rng.random(len(items)) < lead.share
    lag = rng.exponential(lead.lag_minutes * 60_000_000, len(items)).astype(np.int64)
    due = time[order][first] + lag
    return (*_made(items[chosen], due[chosen], follower, rng), lead.follower)


def _copied(item: Int64, time: Int64, actor: Actor, rng: np.random.Generator) -> tuple[Int64, Int64]:
    """The posts with the bursts that they bring: generations of copies at delays with a heavy tail."""
    items, times = [item], [time]
    while len(item) and actor.copies:
        number = rng.poisson(min(actor.copies, 0.9), len(item))
        item = np.repeat(item, number)
        time = np.repeat(time, number) + _heavy(0.7, 60_000_000, len(item), rng)
        items.append(item)
        times.append(time)
    return np.concatenate(items), np.concatenate(times)
