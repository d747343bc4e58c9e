"""What the whole set did at the same time: a client that everybody leaves is no trace of a change of hands.

For a called account that left its main language or client, the controls are accounts that are not called and
were active both around the last day before and around the first day after. Where at least half of those that had the same
main item left it too, the aspect counts for nothing in this account.
"""

from __future__ import annotations

import numpy as np

from undertow.analyses.account_histories.activity import Activity, Days, Uses
from undertow.analyses.account_histories.arrays import Bools, Ints
from undertow.analyses.account_histories.aspects import Marks, main_items
from undertow.analyses.account_histories.changes import Changes

PERIOD = 60
"""Days of a period in which an account's main item is looked up."""

LEAST_CONTROLS = 20
"""Fewest controls that had the item for the set's own change to be known."""

SHARED = 0.5
"""Share of the controls that left the item too, from which leaving it is the set's own change."""


def lost_item(marks: Marks, days: Days, rows: Ints) -> tuple[Ints, Ints]:
    """The item that each account (at the first day after, ``rows``) used most before and the one it used most after."""
    account = days.account[rows]
    start = np.searchsorted(marks.rows, days.start)
    running = np.concatenate([np.zeros((1, marks.marks.shape[1]), np.int64), np.cumsum(marks.marks, axis=0)])
    low, cut, high = start[account], np.searchsorted(marks.rows, rows), start[account + 1]
    before, after = running[cut] - running[low], running[high] - running[cut]
    old = marks.item[account, before.argmax(axis=1)] if len(rows) else rows
    new = marks.item[account, after.argmax(axis=1)] if len(rows) else rows
    return old, new


class _Periods:
    """The main item of every account in every period."""

    def __init__(self, uses: Uses, days: Days, left_out: Bools) -> None:
        rows, item = main_items(uses, days)
        keep = ~left_out[days.account[rows]]
        rows, item = rows[keep], item[keep]
        period = days.day[rows] // PERIOD
        self.lowest = int(period.min(initial=0))
        key = np.stack([period - self.lowest, days.account[rows], item], axis=1)
        triple, number = np.unique(key, axis=0, return_counts=True)
        order = np.lexsort((triple[:, 2], -number, triple[:, 1], triple[:, 0]))
        triple = triple[order]
        first = np.r_[True, (np.diff(triple[:, :2], axis=0) != 0).any(axis=1)] if len(triple) else np.zeros(0, bool)
        self.table = triple[first]

    def of(self, period: int) -> tuple[Ints, Ints]:
        """Accounts active in a period, ascending, and their main items."""
        number = period - self.lowest
        low, high = np.searchsorted(self.table[:, 0], [number, number + 1])
        return self.table[low:high, 1], self.table[low:high, 2]


def left_together(uses: Uses, marks: Marks, found: Activity, changes: Changes) -> Bools:
    """For each called row: whether the set left its old item too (False for rows that are not called)."""
    days = found.days
    shared = np.zeros(len(changes), dtype=np.bool_)
    rows = np.flatnonzero(changes.called)
    if not len(rows) or not len(uses.row):
        return shared
    left_out = np.zeros(days.n_accounts, dtype=np.bool_)
    left_out[changes.moments.account[rows]] = True
    periods = _Periods(uses, days, left_out)
    at = changes.moments.row[rows]
    old, _ = lost_item(marks, days, at)
    half = PERIOD // 2
    windows = np.stack([(days.day[at - 1] - half) // PERIOD, (days.day[at] + half) // PERIOD, old], axis=1)
    asked, inverse = np.unique(windows, axis=0, return_inverse=True)
    answers = np.zeros(len(asked), dtype=np.bool_)
    for number, (first, last, item) in enumerate(asked.tolist()):
        earlier, had = periods.of(first)
        later, have = periods.of(last)
        _, i, j = np.intersect1d(earlier[had == item], later, assume_unique=True, return_indices=True)
        left = have[j] != item
        answers[number] = len(i) >= LEAST_CONTROLS and left.mean() >= SHARED
    shared[rows] = answers[inverse.ravel()]
    return shared
