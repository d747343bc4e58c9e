"""The co-actions of given pairs, one by one: what evidence, timelines, groups over time and explanations are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Int64
from undertow.analyses.coordination.counting import enumerate_pairs, pair_counts

_BLOCK = 4_000_000
"""Pairs of actions looked at in one go: bounds the working memory, not the result."""


@dataclass(frozen=True)
class CoActionRows:
    """Co-actions sorted by (pair, time, object, posts), arrays of equal length.

    ``pair`` is the row in the pairs asked for; ``object`` the trace's object; ``left_post``, ``right_post`` the two
    posts (numbers of the trace) of the pair's smaller and larger account, ``left_time`` and ``right_time`` when.
    """

    pair: Int64
    object: Int64
    left_post: Int64
    right_post: Int64
    left_time: Int64
    right_time: Int64

    def __len__(self) -> int:
        return len(self.pair)

    def take(self, keep: Bool) -> CoActionRows:
        """The co-actions where ``keep`` holds."""
        return CoActionRows(
            self.pair[keep],
            self.object[keep],
            self.left_post[keep],
            self.right_post[keep],
            self.left_time[keep],
            self.right_time[keep],
        )

    @property
    def time(self) -> Int64:
        """When the second of the two acted: the moment of co-action."""
        return np.maximum(self.left_time, self.right_time)


def co_actions(actions: Actions, window: int, keys: Int64) -> CoActionRows:
    """The co-actions within ``window`` (microseconds, inclusive) of the pairs ``keys``.

    ``keys`` are left * n_accounts + right, left below right, ascending.
    """
    size = max(actions.n_accounts, 1)
    wanted = np.zeros(actions.n_accounts, bool)
    wanted[keys // size] = True
    wanted[keys % size] = True
    inside = actions.take(wanted[actions.account])
    parts = list(_blocks(inside, window, keys, size))
    columns = (
        [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.zeros(0, np.int64)] * 6
    )
    pair, object_, left_post, right_post, left_time, right_time = columns
    order = np.lexsort((right_post, left_post, object_, np.maximum(left_time, right_time), pair))
    return CoActionRows(
        *(column[order] for column in (pair, object_, left_post, right_post, left_time, right_time))
    )


def _blocks(actions: Actions, window: int, keys: Int64, size: int) -> Iterator[tuple[Int64, ...]]:
    looked_at = pair_counts(actions, window)
    done = np.cumsum(looked_at)
    first = 0
    while first < len(actions) and len(keys):
        last = max(int(np.searchsorted(done, (done[first - 1] if first else 0) + _BLOCK, side="right")), first + 1)
        earlier, later = enumerate_pairs(looked_at, first, last)
        swap = actions.account[earlier] > actions.account[later]
        left, right = np.where(swap, later, earlier), np.where(swap, earlier, later)
        key = actions.account[left].astype(np.int64) * size + actions.account[right]
        row = np.searchsorted(keys, key)
        hit = row < len(keys)
        hit[hit] = keys[row[hit]] == key[hit]
        left, right = left[hit], right[hit]
        yield (
            row[hit].astype(np.int64),
            actions.object[left].astype(np.int64),
            actions.post[left],
            actions.post[right],
            actions.time[left],
            actions.time[right],
        )
        first = last
