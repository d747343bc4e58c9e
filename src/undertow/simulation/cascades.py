"""Reposts (or any other actions on objects) of a whole population, as arrays, with coordinated groups planted.

Objects are drawn first, then who acts on them and when. Nothing here follows the detector's null model: delays
are a power law stretched by the object's topic and postponed to the account's waking hours, promptness is a
factor on the delay, and groups are planted as events in time. Formulas: ``docs/explanation/simulation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.simulation.randomness import stream

MICRO = 1_000_000
DAY = 86_400.0

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ORDINARY, EARLY, FAN, PUBLISHER = 0, 1, 2, 3
"""Kinds of organic account: always-early ones, fans of one source, publishers that syndicate the same wire."""

KINDS = ("ordinary", "early", "fan", "publisher")


@dataclass(frozen=True, kw_only=True)
class CascadeHabits:
    """How organic cascades run. Shares are in [0, 1], times in seconds."""

    communities: int = 12
    topics_per_community: int = 3
    loyalty: float = 0.85
    """Share of an object's audience that comes from its own community."""
    activity_exponent: float = 1.3
    """Tail exponent of the accounts' activity (Pareto): smaller is heavier."""
    size_exponent: float = 1.2
    """Tail exponent of the cascades' sizes (Pareto)."""
    smallest: float = 2.0
    median_delay: float = 3600.0
    topic_speed_spread: float = 0.8
    """Standard deviation over topics of the log median delay."""
    object_speed_spread: float = 0.6
    """Standard deviation over the objects of a topic of the log median delay."""
    delay_spread: float = 1.4
    """Standard deviation of the log delay within an object."""
    early_share: float = 0.03
    early_factor: float = 0.08
    """Always-early accounts' delays, relative to others'."""
    fan_share: float = 0.05
    publisher_share: float = 0.01
    wire_stories: float = 0.03
    """Objects that are wire stories, which publishers act on within minutes, per organic object."""
    breaking_events: int = 3
    breaking_share: float = 0.06
    """Share of the objects that belong to breaking news: ten times faster, many within an hour."""
    rhythm: bool = True
    """Whether accounts sleep; actions in the night are postponed to the next morning."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """Coordinated groups: ``groups`` of ``size`` accounts that co-act ``co_actions`` times within ``window``."""

    groups: int = 4
    size: int = 10
    co_actions: int = 8
    window: float = 60.0
    """Seconds between the first and the last possible action of a group on one object."""
    participation: float = 0.9
    """Probability that a member takes part in an event."""
    own_objects: float = 0.3
    """Share of events on objects that nobody else acts on."""
    cover_actions: float = 1.0
    """Ordinary actions of the members, relative to an organic account's mean."""


@dataclass(frozen=True)
class Actions:
    """Actions ordered by time, account, object, and what is true of accounts and objects.

    ``account``, ``object``: int32 from 0; ``time``: int64 microseconds since the epoch (UTC); ``group``: int32, the
    planted group of a coordinated action, -1 for any other. ``account_group``: int32, -1 for organic accounts;
    ``account_kind``: int8 index into :data:`KINDS`; ``account_community``, ``object_community``: int32;
    ``object_topic``: int32; ``object_breaking``: bool; ``object_time``: int64 microseconds; ``object_median_delay``:
    seconds, NaN for objects that only publishers or one group act on; ``account_wakes``: seconds of the day (UTC).
    """

    account: NDArray[np.int32]
    object: NDArray[np.int32]
    time: Ints
    group: NDArray[np.int32]
    account_group: NDArray[np.int32]
    account_kind: NDArray[np.int8]
    account_community: NDArray[np.int32]
    object_community: NDArray[np.int32]
    object_topic: NDArray[np.int32]
    object_breaking: NDArray[np.bool_]
    object_time: Ints
    object_median_delay: Floats
    account_wakes: Floats
    habits: CascadeHabits

    def independent_times(self, account: Ints, median_delay: Floats, posted: Floats, *, seed: int) -> Floats:
        """When these accounts would act if each acted for itself: seconds, of the shape of ``account``.

        ``median_delay`` (seconds) and ``posted`` (seconds since the first day) are those of the objects acted on.
        What :func:`actions` draws for an organic account that is no fan and no publisher; for oracles that know the
        true chance of a meeting.
        """
        rng = stream(seed, "independent")
        early = self.account_kind[account] == EARLY
        delay = _delays(rng, median_delay, early, self.habits)
        when = posted + delay
        return _awake(when, account, self.account_wakes, rng) if self.habits.rhythm else when

    def planted_pairs(self) -> Ints:
        """All pairs of accounts of the same planted group: an array (pairs, 2), smaller account first."""
        pairs = []
        for group in range(int(self.account_group.max(initial=-1)) + 1):
            members = np.flatnonzero(self.account_group == group)
            first, second = np.triu_indices(len(members), 1)
            pairs.append(np.column_stack([members[first], members[second]]))
        return np.concatenate(pairs) if pairs else np.zeros((0, 2), dtype=np.int64)


def _pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    cumulative = np.cumsum(weights)
    return np.asarray(np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right"), dtype=np.int64)


def _delays(rng: np.random.Generator, median: Floats, early: NDArray[np.bool_], habits: CascadeHabits) -> Floats:
    """Seconds from each object to an action on it: log-normal, a tenth of them stretched by a Pareto (1)."""
    delay = median * np.exp(habits.delay_spread * rng.standard_normal(median.shape))
    heavy = rng.random(median.shape) < 0.1
    delay[heavy] *= (1 - rng.random(int(heavy.sum()))) ** -1.0
    delay *= np.where(early, habits.early_factor, 1.0)
    return np.asarray(delay + rng.exponential(3.0, median.shape), dtype=np.float64)


def _awake(seconds: Floats, account: Ints, wakes: Floats, rng: np.random.Generator) -> Floats:
    """Times with those in an account's night (the eight hours before it wakes) moved to just after waking."""
    since = (seconds - wakes[account]) % DAY
    asleep = since > 16 * 3600
    later = seconds + (DAY - since) + rng.exponential(1800.0, seconds.shape)
    return np.where(asleep, later, seconds)


def _objects(
    rng: np.random.Generator, count: int, span: float, habits: CascadeHabits
) -> tuple[Floats, Ints, NDArray[np.bool_], Floats]:
    """Time, topic, breaking or not, and median delay of each object."""
    topics = habits.communities * habits.topics_per_community
    topic = _pick(rng, rng.dirichlet(np.full(topics, 0.7)) + 1e-9, count)
    median = np.log(habits.median_delay) + habits.topic_speed_spread * rng.standard_normal(topics)[topic]
    median += habits.object_speed_spread * rng.standard_normal(count)
    time = rng.random(count) * span
    hour = (time % DAY) / 3600
    quiet = rng.random(count) > 0.55 + 0.45 * np.cos(2 * np.pi * (hour - 14) / 24)
    time[quiet] = (time[quiet] // DAY) * DAY + rng.normal(14, 3, int(quiet.sum())) % 24 * 3600
    breaking = rng.random(count) < habits.breaking_share * (habits.breaking_events > 0)
    event = rng.integers(0, max(1, habits.breaking_events), count)
    starts = rng.random(max(1, habits.breaking_events)) * span
    time = np.where(breaking, np.minimum(starts[event] + rng.exponential(1800.0, count), span), time)
    median = np.where(breaking, median - np.log(10.0), median)
    return time, topic, breaking, np.exp(median)


def actions(
    *,
    seed: int,
    accounts: int = 3000,
    objects: int = 1500,
    days: float = 30.0,
    start: int = 1_546_300_800_000_000,
    habits: CascadeHabits = CascadeHabits(),
    plants: tuple[Plant, ...] = (),
) -> Actions:
    """Actions of ``accounts`` accounts (planted ones included) on ``objects`` objects over ``days`` days.

    ``start`` is in microseconds since the epoch. Each account acts at most once on an object. Raises ValueError
    when the plants need more accounts than there are.

    >>> found = actions(seed=1, accounts=500, objects=200, plants=(Plant(groups=2, size=5),))
    >>> len(found.planted_pairs())
    20
    """
    rng = stream(seed, "cascades")
    span = days * DAY
    planted = sum(plant.groups * plant.size for plant in plants)
    if planted > accounts:
        raise ValueError(f"the plants need {planted} accounts, there are {accounts}")

    community = _pick(rng, rng.dirichlet(np.full(habits.communities, 2.0)) + 1e-9, accounts)
    community[: habits.communities] = np.arange(habits.communities)[:accounts]
    activity = np.minimum((1 - rng.random(accounts)) ** (-1 / habits.activity_exponent), accounts / 20 + 5)
    wakes = (rng.normal(7, 1.5, accounts) + rng.choice([0, 0, 0, 1, -6, 8], accounts)) % 24 * 3600
    kind = rng.choice(
        4,
        accounts,
        p=[
            1 - habits.early_share - habits.fan_share - habits.publisher_share,
            habits.early_share,
            habits.fan_share,
            habits.publisher_share,
        ],
    ).astype(np.int8)
    group = np.full(accounts, -1, dtype=np.int32)
    members = rng.permutation(accounts)[:planted]
    kind[members] = ORDINARY

    time, topic, breaking, median = _objects(rng, objects, span, habits)
    home = topic % habits.communities
    size = habits.smallest * (1 - rng.random(objects)) ** (-1 / habits.size_exponent)
    size = np.minimum(size * np.where(breaking, 2, 1), accounts / 5)
    count = rng.poisson(size)
    obj = np.repeat(np.arange(objects), count)
    outside = rng.random(len(obj)) > habits.loyalty
    actor = np.empty(len(obj), dtype=np.int64)
    actor[outside] = _pick(rng, activity, int(outside.sum()))
    for index in range(habits.communities):
        rows = np.flatnonzero(~outside & (home[obj] == index))
        here = np.flatnonzero(community == index)
        actor[rows] = (
            here[_pick(rng, activity[here], len(rows))] if len(here) else rng.integers(0, accounts, len(rows))
        )

    when = time[obj] + np.minimum(_delays(rng, median[obj], kind[actor] == EARLY, habits), span)

    extra_actor, extra_obj, extra_when = _fans(rng, kind, home, time, community)
    wire_actor, wire_obj, wire_when, wire_time = _wires(rng, kind, objects, span, habits)
    actor = np.concatenate([actor, extra_actor])
    obj = np.concatenate([obj, extra_obj])
    when = np.concatenate([when, extra_when])
    if habits.rhythm:
        when = _awake(when, actor, wakes, rng)
    actor = np.concatenate([actor, wire_actor])
    obj = np.concatenate([obj, wire_obj])
    when = np.concatenate([when, wire_when])
    time = np.concatenate([time, wire_time])
    home = np.concatenate([home, rng.integers(0, habits.communities, len(wire_time))])
    topic = np.concatenate([topic, home[len(topic) :]])
    breaking = np.concatenate([breaking, np.zeros(len(wire_time), dtype=np.bool_)])

    label = np.full(len(actor), -1, dtype=np.int32)
    parts = [(actor, obj, when, label)]
    taken = 0
    mean_actions = len(actor) / accounts
    number = 0
    for plant in plants:
        for _ in range(plant.groups):
            team = members[taken : taken + plant.size]
            taken += plant.size
            group[team] = number
            new, own = _events(rng, team, plant, time=time, span=span, number=number, mean_actions=mean_actions)
            parts.append(new)
            time = np.concatenate([time, own])
            home = np.concatenate([home, np.full(len(own), community[team[0]])])
            topic = np.concatenate([topic, np.full(len(own), community[team[0]])])
            breaking = np.concatenate([breaking, np.zeros(len(own), dtype=np.bool_)])
            number += 1

    actor, obj, when, label = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    inside = (when < span) & (when >= time[obj])
    actor, obj, when, label = actor[inside], obj[inside], when[inside], label[inside]
    # One action an account and object: the coordinated one where there are both, else the first.
    order = np.lexsort((when, label == -1, obj, actor))
    actor, obj, when, label = actor[order], obj[order], when[order], label[order]
    fresh = np.ones(len(actor), dtype=np.bool_)
    fresh[1:] = (actor[1:] != actor[:-1]) | (obj[1:] != obj[:-1])
    micro = start + (when * MICRO).astype(np.int64)
    keep = np.flatnonzero(fresh)
    keep = keep[np.lexsort((obj[keep], actor[keep], micro[keep]))]
    return Actions(
        account=actor[keep].astype(np.int32),
        object=obj[keep].astype(np.int32),
        time=micro[keep],
        group=label[keep].astype(np.int32),
        account_group=group,
        account_kind=kind,
        account_community=community.astype(np.int32),
        object_community=home.astype(np.int32),
        object_topic=topic.astype(np.int32),
        object_breaking=breaking,
        object_time=start + (time * MICRO).astype(np.int64),
        object_median_delay=np.concatenate([median, np.full(len(time) - objects, np.nan)]),
        account_wakes=wakes,
        habits=habits,
    )


def _fans(
    rng: np.random.Generator, kind: NDArray[np.int8], home: Ints, time: Floats, community: Ints
) -> tuple[Ints, Ints, Floats]:
    """Fans act on most objects of their community's star (a twentieth of its objects) within about ten minutes."""
    fans = np.flatnonzero(kind == FAN)
    star = rng.random(len(home)) < 0.05
    actors, objects = [], []
    for index in np.unique(community[fans]):
        there = np.flatnonzero(star & (home == index))
        who = fans[community[fans] == index]
        hit = rng.random((len(who), len(there))) < 0.5
        row, column = np.nonzero(hit)
        actors.append(who[row])
        objects.append(there[column])
    actor = np.concatenate(actors) if actors else np.zeros(0, dtype=np.int64)
    obj = np.concatenate(objects) if objects else np.zeros(0, dtype=np.int64)
    return actor, obj, time[obj] + rng.lognormal(np.log(600.0), 1.0, len(obj))


def _wires(
    rng: np.random.Generator, kind: NDArray[np.int8], objects: int, span: float, habits: CascadeHabits
) -> tuple[Ints, Ints, Floats, Floats]:
    """Wire stories (objects numbered from ``objects``), which publishers carry within minutes of each other."""
    publishers = np.flatnonzero(kind == PUBLISHER)
    stories = round(objects * habits.wire_stories) if len(publishers) else 0
    times = rng.random(stories) * span
    row, column = np.nonzero(rng.random((stories, len(publishers))) < 0.4)
    return publishers[column], objects + row, times[row] + rng.gamma(2.0, 60.0, len(row)), times


def _events(
    rng: np.random.Generator,
    team: Ints,
    plant: Plant,
    *,
    time: Floats,
    span: float,
    number: int,
    mean_actions: float,
) -> tuple[tuple[Ints, Ints, Floats, NDArray[np.int32]], Floats]:
    """The coordinated and the ordinary actions of one group, and the times of the objects that are its own."""
    own = rng.random(plant.co_actions) < plant.own_objects
    early = np.flatnonzero(time < span * 0.97)
    # A group acts on an object once: where there are too few objects, it acts on its own.
    own[: max(0, plant.co_actions - len(early))] = True
    target = np.zeros(plant.co_actions, dtype=np.int64)
    target[~own] = rng.choice(early, int((~own).sum()), replace=False)
    own_times = rng.random(int(own.sum())) * span * 0.97
    target[own] = len(time) + np.arange(len(own_times))
    posted = np.concatenate([time, own_times])
    begin = posted[target] + np.minimum(rng.lognormal(np.log(1800.0), 1.2, plant.co_actions), span * 0.01)
    row, event = np.nonzero(rng.random((len(team), plant.co_actions)) < plant.participation)
    when = begin[event] + rng.random(len(row)) * plant.window
    covers = rng.poisson(mean_actions * plant.cover_actions, len(team))
    cover_actor = np.repeat(team, covers)
    cover_obj = rng.integers(0, len(time), len(cover_actor))
    cover_when = time[cover_obj] + rng.lognormal(np.log(3600.0), 1.4, len(cover_actor))
    label = np.concatenate([np.full(len(row), number), np.full(len(cover_actor), -1)]).astype(np.int32)
    return (
        np.concatenate([team[row], cover_actor]),
        np.concatenate([target[event], cover_obj]),
        np.concatenate([when, cover_when]),
        label,
    ), own_times
