"""The moments at which an account may have changed hands: the ends of its longest pauses, and where most changes.

Every boundary between two active days is a possible moment, and p-values must pay for the choice among them. Three
quarters of the error rate are spent on the ends of the longest pauses, where changes of hands are looked for first (they
are known from the times alone); the rest is spread over all boundaries. Dividing a p-value by its moment's share keeps
it valid whichever moment is looked at (weighted Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.account_histories.activity import Days
from undertow.analyses.account_histories.arrays import Bools, Floats, Ints

SHARES = (0.5, 0.15, 0.1)
"""Shares of the error rate for the ends of an account's longest pauses; what is left goes to all boundaries alike."""


@dataclass(frozen=True)
class Moments:
    """Moments: the account, the ``row`` of the first day after, the share of the error rate, and the pause before
    (days); ``chosen`` marks those chosen for their pause."""

    account: Ints
    row: Ints
    weight: Floats
    pause: Floats
    chosen: Bools

    def take(self, which: Ints | Bools) -> Moments:
        """Some of the moments."""
        return Moments(
            self.account[which], self.row[which], self.weight[which], self.pause[which], self.chosen[which]
        )


def boundaries(days: Days, side: int) -> Ints:
    """The rows of days that have at least ``side`` active days of their account before them and from them on."""
    place = np.arange(len(days.day)) - days.start[days.account]
    left = days.start[days.account + 1] - np.arange(len(days.day))
    return np.flatnonzero((place >= side) & (left >= side))


def moments(days: Days, rows: Ints, score: Floats) -> Moments:
    """The moments among the boundaries ``rows``: the ends of the longest pauses, and where ``score`` is largest."""
    account, pause = days.account[rows], days.pauses()[rows]
    number = np.bincount(account, minlength=days.n_accounts)
    begin = np.cumsum(number) - number
    by_pause = np.lexsort((rows, -pause, account))
    rank = np.empty(len(rows), dtype=np.int64)
    rank[by_pause] = np.arange(len(rows)) - begin[account[by_pause]]
    longest = rank < len(SHARES)
    by_score = np.lexsort((rows, -score, account))
    best = np.zeros(len(rows), dtype=np.bool_)
    best[by_score[np.r_[True, np.diff(account[by_score]) != 0]] if len(rows) else by_score] = True
    kept = np.flatnonzero(longest | best)
    share = np.r_[SHARES, np.zeros(1)][np.minimum(rank[kept], len(SHARES))]
    weight = (1 - sum(SHARES)) / number[account[kept]] + share
    return Moments(account[kept], rows[kept], weight, pause[kept], longest[kept])
