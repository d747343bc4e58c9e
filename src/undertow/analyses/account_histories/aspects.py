"""The aspects of an account's habits, and how strongly each changed at given moments.

Languages, clients and hours give each active day a mark (its main language, ...), and a change is an uneven share of
marks on the two sides (:mod:`undertow.statistics.two_sides`). Partners and topics are sets; a change is that those of
before do not come back (:mod:`undertow.statistics.returns`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.account_histories.activity import DAY_US, Activity, Days, Uses
from undertow.analyses.account_histories.arrays import Bools, Floats, Ints
from undertow.analyses.account_histories.moments import Moments
from undertow.analyses.account_histories.sightings import Sightings
from undertow.statistics.returns import returns
from undertow.statistics.two_sides import changed_p, inflation

CATEGORIES = 5
"""Languages or clients of an account that are looked at one by one: those of most days."""

ARCS = 4
"""Half days that start 0, 3, 6 and 9 hours after midnight UTC; their other halves are the same test."""

LEAST_DAYS = 3
"""Fewest days with a known mark on each side for an aspect to be examined."""

BEFORE_DAYS = 30
"""Days before the first post of a new life in which what happens to the account belongs to the change."""

LASTING_DAYS = 30
"""Days from first to last use from which a partner or topic is an account's own."""

ATTAINABLE = 0.01
"""An aspect is examined where it could have reached this p-value, given how often each mark occurs at all. One
that could not (the same client on all days) is no test, and need not be paid for (Tarone 1990)."""

SIGHTS_ATTAINABLE = 0.05
"""The same for what was seen of an account: one event among 40 sights can do no better, and is worth telling."""

_NONE = -1


@dataclass(frozen=True)
class Marks:
    """Marks of days: ``rows`` of the days that have data, and for each whether it has each of the marks.

    ``item`` (accounts, marks) is the number of the item that a mark stands for, -1 for none. Of ``exclusive`` marks a day
    has one at most.
    """

    rows: Ints
    marks: Bools
    item: Ints
    tests: Ints
    """How many marks of each account are tested: the Bonferroni factor."""
    exclusive: bool = True


def main_items(uses: Uses, days: Days) -> tuple[Ints, Ints]:
    """The rows of days that have a main item (at least half of the day's uses; the first by name in a tie), and it."""
    if not len(uses.row):
        return uses.row, uses.item
    total = np.bincount(uses.row, uses.posts, len(days.day))
    order = np.lexsort((uses.item, -uses.posts, uses.row))
    first = order[np.r_[True, np.diff(uses.row[order]) != 0]]
    main = first[2 * uses.posts[first] >= total[uses.row[first]]]
    return uses.row[main], uses.item[main]


def item_marks(uses: Uses, days: Days) -> Marks:
    """One mark for each of an account's :data:`CATEGORIES` commonest main items."""
    rows, item = main_items(uses, days)
    account = days.account[rows]
    n_items = max(len(uses.names), 1)
    pairs, inverse, number = np.unique(account * n_items + item, return_inverse=True, return_counts=True)
    of, what = pairs // n_items, pairs % n_items
    order = np.lexsort((what, -number, of))
    begin = np.searchsorted(of[order], np.arange(days.n_accounts))
    rank = np.empty(len(pairs), dtype=np.int64)
    rank[order] = np.arange(len(pairs)) - begin[of[order]]
    slot = rank[inverse]
    marks = slot[:, None] == np.arange(CATEGORIES)
    table = np.full((days.n_accounts, CATEGORIES), _NONE, dtype=np.int64)
    kept = rank < CATEGORIES
    table[of[kept], rank[kept]] = what[kept]
    return Marks(rows, marks, table, np.maximum((table != _NONE).sum(axis=1), 1))


def hour_marks(uses: Uses, days: Days) -> Marks:
    """One mark for each of :data:`ARCS` half days: whether most of a day's posts lie in it."""
    hour = np.array([int(name) for name in uses.names], dtype=np.int64)[uses.item] if len(uses.item) else uses.item
    rows = np.unique(uses.row)
    place = np.searchsorted(rows, uses.row)
    total = np.bincount(place, uses.posts, len(rows))
    inside = [np.bincount(place, uses.posts * ((hour - 3 * arc) % 24 < 12), len(rows)) for arc in range(ARCS)]
    marks = np.stack([2 * part > total for part in inside], axis=1)
    table = np.tile(np.arange(ARCS), (days.n_accounts, 1))
    return Marks(rows, marks, table, np.full(days.n_accounts, ARCS), exclusive=False)


@dataclass(frozen=True)
class Change:
    """How an aspect changed at each moment: the p-value (NaN: not examined), and the effect from 0 to 1.

    ``mark`` is the mark that changed most, for those that have marks.
    """

    p_value: Floats
    effect: Floats
    mark: Ints


class _Sums:
    """Running sums of marks, from which counts on the two sides of any moment follow."""

    def __init__(self, marks: Marks, days: Days) -> None:
        x = marks.marks.astype(np.int32)
        zero = np.zeros((1, x.shape[1]), np.int32)
        self.marked = np.concatenate([zero, np.cumsum(x, axis=0, dtype=np.int32)])
        both = x[:-1] * x[1:]
        self.successive = np.concatenate([zero, np.cumsum(both, axis=0, dtype=np.int32), zero])
        self.rows = marks.rows
        self.start = np.searchsorted(marks.rows, days.start)

    def sides(self, account: Ints, row: Ints) -> tuple[Ints, Ints, Ints]:
        """Where an account's marked days begin, where those after the moment begin, and where they end."""
        return self.start[account], np.searchsorted(self.rows, row), self.start[account + 1]

    def correlation(self, low: Ints, cut: Ints, high: Ints) -> Floats:
        """Correlation of successive days within the sides, for each mark (moments, marks); 0 where nothing varies."""
        covariance, variance = 0.0, 0.0
        for a, b in ((low, cut), (cut, high)):
            n = np.maximum(b - a, 1)[:, None]
            pairs = np.maximum(b - a - 1, 0)[:, None]
            total = self.marked[b] - self.marked[a]
            mean = total / n
            inner = np.maximum(b - 1, a)
            firsts = self.marked[inner] - self.marked[a]
            seconds = self.marked[b] - self.marked[np.minimum(a + 1, b)]
            covariance = covariance + (
                self.successive[inner] - self.successive[a] - mean * (firsts + seconds) + pairs * mean**2
            )
            variance = variance + n * mean * (1 - mean)
        return np.asarray(np.divide(covariance, variance, out=np.zeros_like(variance), where=variance > 1e-9))


def _x_log_x(x: Floats) -> Floats:
    return np.asarray(x * np.log(np.maximum(x, 1e-300)))


def likelihood_ratio(marks: Marks, days: Days, rows: Ints) -> Floats:
    """Twice the log likelihood ratio of a change of the mark that changed most, at each of ``rows`` of the days.

    It chooses moments and is no test.
    """
    sums = _Sums(marks, days)
    account = days.account[rows]
    low, cut, high = sums.sides(account, rows)
    best = np.zeros(len(rows))
    n_b, n_a = (cut - low).astype(float), (high - cut).astype(float)
    for mark in range(marks.marks.shape[1]):
        column = sums.marked[:, mark]
        x_b = (column[cut] - column[low]).astype(float)
        x_a = (column[high] - column[cut]).astype(float)
        split = sum(_x_log_x(part) for part in (x_b, n_b - x_b, x_a, n_a - x_a)) - _x_log_x(n_b) - _x_log_x(n_a)
        n, x = n_b + n_a, x_b + x_a
        best = np.maximum(best, 2 * (split - _x_log_x(x) - _x_log_x(n - x) + _x_log_x(n)))
    return best


def marks_change(marks: Marks, days: Days, moments: Moments, *, least_effect: float) -> Change:
    """How the marks changed at the moments: exact tests on days, corrected for the marks and moments tried.

    The effect is the total variation distance of the marks' shares where they are exclusive, otherwise their largest
    difference. Below ``least_effect`` the p-value is 1: a significant trifle is no change of habits.
    """
    sums = _Sums(marks, days)
    low, cut, high = sums.sides(moments.account, moments.row)
    n_b, n_a = cut - low, high - cut
    x_b, x_a = sums.marked[cut] - sums.marked[low], sums.marked[high] - sums.marked[cut]
    enough = (n_b >= LEAST_DAYS) & (n_a >= LEAST_DAYS)
    share = x_b / np.maximum(n_b, 1)[:, None] - x_a / np.maximum(n_a, 1)[:, None]
    mark = np.abs(share).argmax(axis=1) if len(share) else np.zeros(0, np.int64)
    effect = np.abs(share).max(axis=1, initial=0.0)
    if marks.exclusive:
        others = -share.sum(axis=1)  # days whose main item is none of the marks
        effect = (np.abs(share).sum(axis=1) + np.abs(others)) / 2
    tests = marks.tests[moments.account]
    enough[enough] = _attainable(n_b[enough], n_a[enough], (x_b + x_a)[enough]) * tests[enough] <= (
        ATTAINABLE * moments.weight[enough]
    )
    look = np.flatnonzero(enough & (effect >= least_effect))
    p_value = np.where(enough, 1.0, np.nan)
    if len(look):
        by = inflation(sums.correlation(low[look], cut[look], high[look]), (n_b + n_a)[look, None])
        shape = by.shape
        p = changed_p(
            np.broadcast_to(n_b[look, None], shape).ravel(),
            np.broadcast_to(n_a[look, None], shape).ravel(),
            marked_before=x_b[look].ravel(),
            marked_after=x_a[look].ravel(),
            inflated=by.ravel(),
        ).reshape(shape)
        p_value[look] = np.minimum(1.0, p.min(axis=1) * tests[look] / moments.weight[look])
    return Change(p_value, np.where(enough, effect, np.nan), mark.astype(np.int64))


def _attainable(before: Ints, after: Ints, marked: Ints) -> Floats:
    """The smallest p-value that each moment could have, over its marks, given how many days have each mark."""
    n_b, n_a = (np.broadcast_to(side[:, None], marked.shape).ravel() for side in (before, after))
    total = marked.ravel()
    smallest = np.ones(len(total))
    for inside in (np.minimum(total, n_b), np.maximum(total - n_a, 0)):
        p = changed_p(n_b, n_a, marked_before=inside, marked_after=total - inside)
        smallest = np.minimum(smallest, p)
    return np.asarray(smallest.reshape(marked.shape).min(axis=1, initial=1.0), dtype=np.float64)


def returns_change(uses: Uses, days: Days, moments: Moments, *, least_effect: float) -> Change:
    """Whether fewer of the partners (or topics) of before come back after the moments than come back at other times.

    Only what an account uses for :data:`LASTING_DAYS` or longer can come back: the news of a week cannot outlast a
    pause, and says nothing about who writes. Days are those with any use. The effect is one minus the share of
    returning days after the moment over that share at other times; below ``least_effect`` the p-value is 1.
    """
    rows, place = np.unique(uses.row, return_inverse=True)
    start = np.searchsorted(rows, days.start)
    lasting = _lasting(uses, days)
    low, cut, high = start[moments.account], np.searchsorted(rows, moments.row), start[moments.account + 1]
    found = returns(place[lasting], uses.item[lasting], n_days=len(rows), low=low, cut=cut, high=high)
    enough = (found.days >= LEAST_DAYS) & (found.other_days >= LEAST_DAYS)
    share, usual = (
        x / np.maximum(n, 1) for x, n in ((found.back, found.days), (found.other_back, found.other_days))
    )
    effect = 1 - np.divide(share, usual, out=np.ones(len(share)), where=usual > 0)
    back = (found.back + found.other_back)[:, None]
    enough[enough] = _attainable(found.days[enough], found.other_days[enough], back[enough]) <= (
        ATTAINABLE * moments.weight[enough]
    )
    p = changed_p(
        found.days,
        found.other_days,
        marked_before=found.back,
        marked_after=found.other_back,
        inflated=inflation(found.correlation, found.days + found.other_days),
    )
    p_value = np.where(effect >= least_effect, np.minimum(1.0, p / moments.weight), 1.0)
    return Change(
        np.where(enough, p_value, np.nan),
        np.where(enough, np.clip(effect, 0, 1), np.nan),
        np.zeros(len(share), np.int64),
    )


def _lasting(uses: Uses, days: Days) -> Bools:
    """Which uses are of things that their account uses over :data:`LASTING_DAYS` or more."""
    key = days.account[uses.row] * max(len(uses.names), 1) + uses.item
    things, number = np.unique(key, return_inverse=True)
    first = np.full(len(things), np.iinfo(np.int64).max)
    last = np.full(len(things), np.iinfo(np.int64).min)
    np.minimum.at(first, number, days.day[uses.row])
    np.maximum.at(last, number, days.day[uses.row])
    return np.asarray((last - first >= LASTING_DAYS)[number])


def sights_change(sightings: Sightings, days: Days, moments: Moments) -> Change:
    """Whether what was seen to happen to accounts happened at the moments; the effect is 1 where it did."""
    after = days.first[moments.row]
    before = np.maximum(days.last[moments.row - 1], after - BEFORE_DAYS * DAY_US)
    p_value = sightings.p_value(moments.account, before, after, weight=moments.weight, attainable=SIGHTS_ATTAINABLE)
    effect = np.where(np.isnan(p_value), np.nan, (p_value < 1).astype(float))
    return Change(p_value, effect, np.zeros(len(p_value), np.int64))


@dataclass(frozen=True)
class Aspects:
    """The prepared aspects of all accounts."""

    language: Marks
    client: Marks
    hours: Marks

    @classmethod
    def of(cls, found: Activity) -> Aspects:
        """Prepare the aspects that have marks."""
        return cls(
            item_marks(found.languages, found.days),
            item_marks(found.clients, found.days),
            hour_marks(found.hours, found.days),
        )
