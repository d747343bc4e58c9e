"""Who comes first and who follows, beyond how much, when and in which bursts each acts.

An *item* (a link, a hashtag, a text) is taken up by *actors* (groups of accounts). Suppose actor c acts on item o at
rate

    lambda_o(t) * rhythm_c(t)

where lambda_o is the item's own course, whatever it is (the news cycle, a viral burst), common to all, and rhythm_c
is how active the actor is at that hour, weekday and time (:class:`Rhythms`). Given the pooled times, lambda_o drops
out: who acted when is distributed as the product of the rhythms at those times. That is the null: nobody leads, but
one may be more active, awake at other hours, or both.

Acts of one actor depend on each other, for its accounts copy each other, and how much decides what to expect. So the
two questions are asked in ways that such dependence does not mislead:

- :func:`leads`, *is a first more often than chance*: as if all of a's acts were independent and b's were one
  decision. b's first act then falls at a place among a's acts; a is first unless it falls before all of them. With n
  acts of a and equal rhythms the chance is n / (n + 1): no dependence among a's or b's acts makes it larger. Repeated
  acts of one account count, for they make it first more often.
- :func:`follows`, *do a's acts stand just before b's first act more often than others' acts do*: b's act stays where
  it is, whatever moved b to it then, and so do the times of all the others' acts; only which of them are a's is
  drawn. Bursts of a move the share within a window up as often as down, and the spread over days takes them in. Of
  each account one act on an item counts, whichever.

Items of one day are not independent (one event gives many), so the tests sum over days (:func:`excess`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

HOUR = 3_600_000_000
DAY = 24 * HOUR

LEAST_ITEMS = 20
"""Items that a pair must share, and days that they must be spread over, for a test."""
LEAST_DAYS = 10

_LEVEL_DAYS = 15
"""Days on either side over which an actor's activity is averaged for its level at a time."""
_PRIOR_ACTS = 24.0
"""Acts, spread evenly, that each profile starts from, so that an hour without an act is not impossible."""


_DRAW = 20
"""Seed of which act of an account counts: always the same for the same acts."""

ABSENT = -(2**62)
"""The time of an actor that did not act."""


@dataclass(frozen=True)
class ItemActs:
    """Acts sorted by (item, time, actor); int64 columns of equal length, times in microseconds UTC.

    ``starts``: where each item's acts begin, one more entry than items; every item has two actors or more. ``drawn``:
    one act of each account on each item, whichever: the first of several comes early whoever leads, and with all of
    them one account could be most of an item.
    """

    item: Int64
    time: Int64
    actor: Int64
    starts: Int64
    drawn: Bool
    n_actors: int

    @property
    def day(self) -> Int64:
        """The UTC day (since 1970) of each item's first act."""
        days: Int64 = self.time[self.starts[:-1]] // DAY
        return days

    def __len__(self) -> int:
        return len(self.starts) - 1

    def opening(self) -> Int64:
        """The places of each actor's first act on each item, ascending."""
        _, index = np.unique(self.item * self.n_actors + self.actor, return_index=True)  # times ascend in an item
        return np.sort(index).astype(np.int64)

    def firsts(self) -> Int64:
        """(items, actors): when each actor first acted; :data:`ABSENT` where it did not."""
        first = np.full((len(self), self.n_actors), ABSENT, np.int64)
        index = self.opening()
        first[self.item[index], self.actor[index]] = self.time[index]
        return first


def item_acts(
    item: Int64, time: Int64, actor: Int64, account: Int64 | None = None, *, n_actors: int
) -> tuple[ItemActs, Int64]:
    """Acts in any order as :class:`ItemActs`, and the number in ``item`` of each of its items.

    Items of fewer than two actors are left out; the others are numbered 0, 1, ... in the order of their numbers. Without
    ``account`` (numbers from 0) every act is one of an account of its own.
    """
    both, count = np.unique(np.unique(item * n_actors + actor) // n_actors, return_counts=True)
    keep = np.isin(item, both[count >= 2])
    account = np.arange(len(item)) if account is None else account
    item, time, actor, account = item[keep], time[keep], actor[keep], account[keep]
    order = np.lexsort((account, actor, time, item))
    item, time, actor, account = item[order], time[order], actor[order], account[order]
    names, numbers = np.unique(item, return_inverse=True)
    starts = np.concatenate(([0], np.cumsum(np.bincount(numbers, minlength=len(names))))).astype(np.int64)
    drawn = np.zeros(len(item), np.bool_)
    mixed = np.random.default_rng(_DRAW).permutation(len(item))
    _, index = np.unique(item[mixed] * (int(account.max(initial=0)) + 1) + account[mixed], return_index=True)
    drawn[mixed[index]] = True
    return ItemActs(numbers.astype(np.int64), time, actor, starts, drawn, n_actors), names


@dataclass(frozen=True)
class Rhythms:
    """How many acts each actor has in each hour of the day, on each weekday and on each day: arrays (actors, ...).

    ``low`` is the first day (since 1970).
    """

    hours: Floats
    weekdays: Floats
    days: Floats
    low: int

    @classmethod
    def of(cls, time: Int64, actor: Int64, n_actors: int) -> Rhythms:
        """The counts of acts at ``time`` (microseconds UTC) by ``actor`` (from 0)."""

        def counts(slot: Int64, slots: int) -> Floats:
            flat = np.bincount(actor * slots + slot, minlength=n_actors * slots).astype(np.float64)
            return flat.reshape(n_actors, slots)

        low = int(time.min()) // DAY if len(time) else 0
        days = int(time.max()) // DAY - low + 1 if len(time) else 1
        return cls(counts(time // HOUR % 24, 24), counts(time // DAY % 7, 7), counts(time // DAY - low, days), low)

    def log_ratio(self, at: Int64, one: Sequence[int], other: Sequence[int]) -> Floats:
        """log of the rhythm of the actors ``one`` (together) over that of ``other`` at the times ``at``.

        A rhythm is the product of three profiles: hour of the day (smoothed over neighbouring hours with weights 1,
        2, 1), day of the week, and level (the mean over 15 days on either side, half-way shrunk towards the mean).
        Factors that do not change over time are left out, for they cancel.
        """
        hour, weekday = at // HOUR % 24, at // DAY % 7
        day = np.clip(at // DAY - self.low, 0, self.days.shape[1] - 1)
        ratio = np.zeros(len(at))
        for actors, sign in ((one, 1.0), (other, -1.0)):
            hours = self.hours[list(actors)].sum(axis=0) + _PRIOR_ACTS / 24
            hours = (np.roll(hours, 1) + 2 * hours + np.roll(hours, -1)) / 4
            weekdays = self.weekdays[list(actors)].sum(axis=0) + _PRIOR_ACTS / 7
            days = self.days[list(actors)].sum(axis=0)
            level = _smoothed(days) + days.mean() + _PRIOR_ACTS / len(days)
            ratio += sign * (np.log(hours)[hour] + np.log(weekdays)[weekday] + np.log(level)[day])
        return ratio


def _smoothed(values: Floats) -> Floats:
    """Means over :data:`_LEVEL_DAYS` days on either side, of the days that there are."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    place = np.arange(len(values))
    low, high = np.maximum(place - _LEVEL_DAYS, 0), np.minimum(place + _LEVEL_DAYS + 1, len(values))
    smoothed: Floats = (sums[high] - sums[low]) / (high - low)
    return smoothed


def leads(acts: ItemActs, log_ratio: Floats, a: int, b: int) -> tuple[Floats, Floats]:
    """Whether ``a`` was first on each item, and the largest chance of it when neither leads: two arrays of items.

    1 where a's first act is before b's, a half for the same time, NaN where one did not act. With acts of a at times
    t_1.. and b's first act among them, b's place i has the chance r_i / sum r with r = exp(``log_ratio``): the log
    rhythm of b less that of a, at all acts.
    """
    first = acts.firsts()
    both = (first[:, a] != ABSENT) & (first[:, b] != ABSENT)
    seen = np.where(both, (first[:, a] < first[:, b]) + 0.5 * (first[:, a] == first[:, b]), np.nan)
    expected = np.full(len(acts), np.nan)
    is_opening = np.zeros(len(acts.time), np.bool_)
    is_opening[acts.opening()] = True
    rows = np.flatnonzero(both[acts.item] & ((acts.actor == a) | ((acts.actor == b) & is_opening)))
    if not len(rows):
        return seen, expected
    items, starts = np.unique(acts.item[rows], return_index=True)
    ratio = np.exp(log_ratio[rows])
    time = acts.time[rows]
    opens = time == np.repeat(time[starts], np.diff(np.append(starts, len(rows))))
    share = np.add.reduceat(ratio * opens, starts) / np.add.reduceat(ratio, starts)
    alone = np.add.reduceat(opens.astype(np.int64), starts) == 1
    expected[items] = 1.0 - share * np.where(alone, 1.0, 0.5)
    return seen, expected


def follows(
    acts: ItemActs, log_ratio: Floats, a: int, b: int, *, window: int, either_side: bool = False
) -> tuple[Floats, Floats]:
    """Which share of a's acts stands just before b's first act, and the share expected when b does not follow.

    Two arrays of items: the share of a's acts within ``window`` before b's first act (those at the same time count a
    half), NaN where a, b or everybody else did not act. b's act and the times of all others' acts stay; which of
    these are a's is drawn, each set with a probability proportional to the product of exp(``log_ratio``) at its acts:
    the log rhythm of a less that of the others together. ``either_side`` counts a's acts within ``window`` before or
    after.
    """
    from undertow.statistics.conditional_draws import expected_shares

    first = acts.firsts()[:, b]
    mine, rest = (acts.actor == a) & acts.drawn, (acts.actor != a) & (acts.actor != b) & acts.drawn
    n_mine = np.bincount(acts.item[mine], minlength=len(acts))
    usable = (first != ABSENT) & (n_mine > 0) & (np.bincount(acts.item[rest], minlength=len(acts)) > 0)
    seen, expected = np.full(len(acts), np.nan), np.full(len(acts), np.nan)
    rows = np.flatnonzero(usable[acts.item] & (mine | rest))
    if not len(rows):
        return seen, expected
    items, starts = np.unique(acts.item[rows], return_index=True)
    starts = np.append(starts, len(rows)).astype(np.int64)
    lag = first[acts.item[rows]] - acts.time[rows]
    weight = np.exp(log_ratio[rows] - np.repeat(np.maximum.reduceat(log_ratio[rows], starts[:-1]), np.diff(starts)))
    seen[items] = 0.0
    expected[items] = 0.0
    # the mean of "at the same time or before" and "before" gives ties a half
    for inside in (
        [np.abs(lag) <= window] * 2 if either_side else [(lag >= 0) & (lag <= window), (lag > 0) & (lag <= window)]
    ):
        chance = np.empty(len(items))
        expected_shares(starts, weight, inside, n_mine[items].astype(np.int64), chance)
        seen[items] += 0.5 * np.add.reduceat((inside & mine[rows]).astype(np.int64), starts[:-1]) / n_mine[items]
        expected[items] += 0.5 * chance
    return seen, expected


@dataclass(frozen=True)
class Excess:
    """How often something was seen over items, against what the null expects.

    ``seen`` and ``expected`` are sums over ``items`` on ``days`` days; ``low`` and ``high`` bound (seen - expected) /
    items at 95%; ``p_value`` is one-sided (more than expected). None and 1 where there is too little for a test.
    """

    items: int
    days: int
    seen: float
    expected: float
    low: float | None
    high: float | None
    p_value: float

    @property
    def tested(self) -> bool:
        """Whether there were enough items and days."""
        return self.low is not None

    @property
    def value(self) -> float | None:
        """What is seen beyond what is expected, an item; None without items."""
        return (self.seen - self.expected) / self.items if self.items else None


def excess(seen: Floats, expected: Floats, day: Int64) -> Excess:
    """The test of ``seen`` against ``expected`` (one entry an item, NaN for items that do not count).

    t = sum (seen - expected) / sqrt(max(V_days, V_null)) with V_days the sum of squared sums of days and V_null the
    sum of expected (1 - expected), on days - 1 degrees of freedom.
    """
    from scipy.stats import t as student

    known = np.isfinite(seen)
    seen, expected = seen[known], expected[known]
    _, number = np.unique(day[known], return_inverse=True)
    days = int(number.max()) + 1 if len(number) else 0
    items, total_seen, total_expected = len(seen), float(seen.sum()), float(expected.sum())
    if items < LEAST_ITEMS or days < LEAST_DAYS:
        return Excess(items, days, total_seen, total_expected, None, None, 1.0)
    difference = seen - expected
    variance = max(float((np.bincount(number, difference) ** 2).sum()), float((expected * (1 - expected)).sum()))
    if variance <= 0:
        return Excess(items, days, total_seen, total_expected, 0.0, 0.0, 1.0)
    total, deviation = float(difference.sum()), math.sqrt(variance)
    half = float(student.ppf(0.975, days - 1)) * deviation / items
    p_value = float(student.sf(total / deviation, days - 1))
    return Excess(items, days, total_seen, total_expected, total / items - half, total / items + half, p_value)
