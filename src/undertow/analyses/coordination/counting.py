"""Counting co-action: which two accounts acted on the same object within a window, how often, when, how evenly.

Two paths, one result: up to ``_SMALL`` pairs of actions in plain NumPy (nothing to import or compile), above that
the compiled kernel, in batches of accounts. Both are exact at any window and make no approximation.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64
from undertow.errors import UndertowError

_log = logging.getLogger(__name__)

_LARGEST = 2**63 - 1
_SMALL = 1_000_000
"""Pairs of actions up to which NumPy is faster than importing numba (0.4 s) and running its kernel."""
_BATCH = 400_000
"""Pairs of actions that one batch of accounts looks at: bounds the working memory, not the result."""


_COLUMNS: Mapping[str, type[np.int32] | type[np.int64]] = MappingProxyType(
    {
        "left": np.int32,
        "right": np.int32,
        "n_objects": np.int32,
        "n_pairs": np.int32,
        "first": np.int64,
        "last": np.int64,
        "left_actions": np.int32,
        "right_actions": np.int32,
    }
)


@dataclass(frozen=True)
class CoActions:
    """Edges at one window, sorted by (left, right), ``left < right``; all arrays of equal length.

    ``n_objects``: objects on which the two co-acted; ``n_pairs``: pairs of their actions within the window;
    ``first`` and ``last``: the earliest and the latest action in any such pair (microseconds UTC);
    ``left_actions`` and ``right_actions``: how many different actions of each side take part.
    """

    window: int
    left: Int32
    right: Int32
    n_objects: Int32
    n_pairs: Int32
    first: Int64
    last: Int64
    left_actions: Int32
    right_actions: Int32

    def __len__(self) -> int:
        return len(self.left)

    @property
    def symmetry(self) -> Float:
        """How even the two sides' involvement is: fewer over more actions taking part, in (0, 1]."""
        fewer = np.minimum(self.left_actions, self.right_actions)
        return np.asarray(fewer / np.maximum(self.left_actions, self.right_actions), dtype=np.float64)

    def take(self, keep: Bool | Int64) -> CoActions:
        """The edges where ``keep`` holds, or at these places."""
        return CoActions(
            self.window,
            self.left[keep],
            self.right[keep],
            self.n_objects[keep],
            self.n_pairs[keep],
            self.first[keep],
            self.last[keep],
            self.left_actions[keep],
            self.right_actions[keep],
        )


def pair_counts(actions: Actions, window: int) -> Int64:
    """For each action, the later actions of its object within ``window``: their sum is what counting looks at.

    Linear in the actions after one sorted look-up, however large the bursts; pairs of one account's own actions
    are included (they are looked at and left out).
    """
    if not len(actions):
        return np.zeros(0, np.int64)
    return _ends(actions, window) - np.arange(1, len(actions) + 1, dtype=np.int64)


def count_co_actions(
    actions: Actions,
    windows: Sequence[int],
    *,
    min_objects: int = 1,
    max_pairs: int | None = None,
    threads: int = 2,
) -> list[CoActions]:
    """All edges at each window (microseconds, inclusive), in the order of ``windows``.

    An edge is kept where the two co-acted on at least ``min_objects`` objects *at that window*. The number of pairs
    to look at is logged beforehand and, above ``max_pairs``, refused (:class:`UndertowError`); nothing is cut.

    >>> actions = Actions.of(np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([0, 10, 30]))
    >>> [list(zip(edges.left, edges.right)) for edges in count_co_actions(actions, [10, 20])]
    [[(np.int32(0), np.int32(1))], [(np.int32(0), np.int32(1)), (np.int32(1), np.int32(2))]]
    """
    ascending, looked_at = _looked_at(actions, windows, max_pairs)
    # room for the most edges there can be, in one piece: memory is taken as it is written to, and nothing is copied
    # at the end
    room = int(looked_at.sum()) // max(min_objects, 1)
    joined: list[dict[str, Any]] = [
        {name: np.empty(room, type_) for name, type_ in _COLUMNS.items()} for _ in windows
    ]
    sizes = [0] * len(windows)
    places = [int(np.searchsorted(ascending, window)) for window in windows]
    for batch in _batches(actions, ascending, looked_at, min_objects, threads, None):
        for number, place in enumerate(places):
            edges = batch[place]
            end = sizes[number] + len(edges)
            for name, column in joined[number].items():
                column[sizes[number] : end] = getattr(edges, name)
            sizes[number] = end
    return [
        CoActions(int(window), **{name: column[:size] for name, column in columns.items()})
        for window, columns, size in zip(windows, joined, sizes, strict=True)
    ]


def co_action_batches(
    actions: Actions,
    windows: Sequence[int],
    *,
    min_objects: int = 1,
    max_pairs: int | None = None,
    threads: int = 2,
    object_pairs: Int64 | None = None,
) -> Iterator[list[CoActions]]:
    """:func:`count_co_actions` in batches of accounts, so that a result larger than memory can be written away.

    The batches' edges, one list entry a window, follow each other in the order of (left, right). ``object_pairs``
    (windows in ascending order, objects; int64 zeros) is added to: the co-acting pairs of accounts on each object.
    """
    ascending, looked_at = _looked_at(actions, windows, max_pairs)
    if object_pairs is not None and object_pairs.shape != (len(ascending), actions.n_objects):
        raise ValueError(f"object_pairs must have the shape {(len(ascending), actions.n_objects)}")
    places = [int(np.searchsorted(ascending, window)) for window in windows]
    for edges in _batches(actions, ascending, looked_at, min_objects, threads, object_pairs):
        yield [edges[place] for place in places]


def _looked_at(actions: Actions, windows: Sequence[int], max_pairs: int | None) -> tuple[Int64, Int64]:
    """The windows in ascending order, and how many pairs each action begins at the widest; said, and refused above
    ``max_pairs``."""
    if not windows or min(windows) < 0:
        raise ValueError("windows must be one or more numbers of microseconds, at least 0")
    ascending = np.unique(np.asarray(windows, dtype=np.int64))
    looked_at = pair_counts(actions, int(ascending[-1]))
    total = int(looked_at.sum())
    _log.info("co-action within %d s: %d pairs of actions to look at", ascending[-1] // 1_000_000, total)
    if max_pairs is not None and total > max_pairs:
        raise UndertowError(
            f"{total:,} pairs of actions within the window, more than the {max_pairs:,} allowed",
            where=f"co-action within {ascending[-1] / 1e6:g} s",
            todo="choose a smaller window, a trace with rarer objects, or allow more pairs",
        )
    return ascending, looked_at


def _batches(
    actions: Actions,
    windows: Int64,
    looked_at: Int64,
    min_objects: int,
    threads: int,
    object_pairs: Int64 | None,
) -> Iterator[list[CoActions]]:
    if looked_at.sum() <= _SMALL or not len(actions):
        return iter([_count_in_numpy(actions, windows, looked_at, min_objects, object_pairs)])
    return _count_compiled(actions, windows, min_objects=min_objects, threads=threads, object_pairs=object_pairs)


def _ends(actions: Actions, window: int) -> Int64:
    """One past the last action of the same object within ``window`` after each action."""
    time = actions.time
    low = int(time.min())
    span = int(time.max()) - low
    reach = min(window, span)
    stride = span + reach + 1
    if stride * (actions.n_objects + 1) > _LARGEST:
        from undertow.analyses.coordination.kernel import bounds

        return bounds(actions.object, time, window)[1].astype(np.int64)
    key = actions.object.astype(np.int64) * stride + (time - low)
    return np.searchsorted(key, key + reach, side="right").astype(np.int64)


def enumerate_pairs(looked_at: Int64, first: int = 0, last: int | None = None) -> tuple[Int64, Int64]:
    """The pairs (earlier action, later action) that ``looked_at`` counts, for the earlier actions in a range."""
    counts = looked_at[first:last]
    earlier = np.repeat(np.arange(first, first + len(counts), dtype=np.int64), counts)
    before = np.cumsum(counts) - counts
    later = np.arange(len(earlier), dtype=np.int64) - np.repeat(before, counts) + earlier + 1
    return earlier, later


def _count_in_numpy(
    actions: Actions, windows: Int64, looked_at: Int64, min_objects: int, object_pairs: Int64 | None
) -> list[CoActions]:
    earlier, later = enumerate_pairs(looked_at)
    other = actions.account[earlier] != actions.account[later]
    earlier, later = earlier[other], later[other]
    apart = actions.time[later] - actions.time[earlier]
    swap = actions.account[earlier] > actions.account[later]
    left = np.where(swap, later, earlier)
    right = np.where(swap, earlier, later)
    key = actions.account[left].astype(np.int64) * actions.n_accounts + actions.account[right]
    order = np.argsort(key, kind="stable")  # keeps the order of objects and earlier actions within an edge
    results = []
    for k, window in enumerate(windows):
        rows = order[apart[order] <= window]
        keys = key[rows]
        is_new = np.ones(len(rows), bool)
        is_new[1:] = keys[1:] != keys[:-1]
        starts = np.flatnonzero(is_new)
        edge = np.cumsum(is_new) - 1
        objects = actions.object[earlier[rows]]
        new_object = is_new.copy()
        new_object[1:] |= objects[1:] != objects[:-1]
        if object_pairs is not None:
            object_pairs[k] += np.bincount(objects[new_object], minlength=actions.n_objects)
        n_objects = np.bincount(edge[new_object], minlength=len(starts))
        kept = n_objects >= min_objects
        rows = rows[kept[edge]]
        keys = key[rows]
        is_new = is_new[kept[edge]]
        starts = np.flatnonzero(is_new)
        edge = np.cumsum(is_new) - 1
        results.append(
            CoActions(
                window=int(window),
                left=(keys[starts] // max(actions.n_accounts, 1)).astype(np.int32),
                right=(keys[starts] % max(actions.n_accounts, 1)).astype(np.int32),
                n_objects=n_objects[kept].astype(np.int32),
                n_pairs=np.diff(np.append(starts, len(rows))).astype(np.int32),
                first=_reduce(np.minimum, actions.time[earlier[rows]], starts),
                last=_reduce(np.maximum, actions.time[later[rows]], starts),
                left_actions=_distinct(edge, left[rows], len(starts)),
                right_actions=_distinct(edge, right[rows], len(starts)),
            )
        )
    return results


def _reduce(function: np.ufunc, values: Int64, starts: Int64) -> Int64:
    if not len(starts):
        return np.zeros(0, np.int64)
    return np.asarray(function.reduceat(values, starts), dtype=np.int64)


def _distinct(edge: Int64, action: Int64, n_edges: int) -> Int32:
    """How many different actions each edge has."""
    order = np.lexsort((action, edge))
    edges, actions = edge[order], action[order]
    is_new = np.ones(len(edges), bool)
    is_new[1:] = (edges[1:] != edges[:-1]) | (actions[1:] != actions[:-1])
    return np.bincount(edges[is_new], minlength=n_edges).astype(np.int32)


def _count_compiled(
    actions: Actions,
    windows: Int64,
    *,
    min_objects: int,
    threads: int,
    object_pairs: Int64 | None,
) -> Iterator[list[CoActions]]:
    from concurrent.futures import ThreadPoolExecutor

    from undertow.analyses.coordination.kernel import bounds, by_account, count_accounts

    low, high = bounds(actions.object, actions.time, int(windows[-1]))
    sizes = np.bincount(actions.account, minlength=actions.n_accounts)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
    own = by_account(actions.object, actions.account, low, high, starts)
    # both sides of a pair are walked: an account's work is the width of the windows around its actions
    work = np.bincount(actions.account, weights=high - low, minlength=actions.n_accounts).astype(np.int64)
    del low, high
    done = np.concatenate((np.zeros(1, np.int64), np.cumsum(work)))
    partners = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.minimum(work, actions.n_accounts))))
    n_batches = max(threads, int(np.ceil(done[-1] / (2 * _BATCH))))
    cuts = np.searchsorted(done[1:], np.linspace(0, done[-1], n_batches + 1)[1:-1]) + 1
    limits = np.unique(np.concatenate(([0], cuts, [actions.n_accounts])).clip(0, actions.n_accounts))

    def count(first: int, last: int) -> tuple[list[CoActions], Int64]:
        counted = np.zeros((len(windows), 0 if object_pairs is None else actions.n_objects), np.int64)
        edges, right, counts, times = count_accounts(
            actions.account,
            actions.time,
            own,
            starts,
            windows,
            first,
            last,
            min_objects,
            counted,
            int(partners[last] - partners[first]),
        )
        left = np.repeat(np.arange(first, last, dtype=np.int32), edges)
        found = []
        for k, window in enumerate(windows):
            enough = counts[k, 0] >= max(min_objects, 1)
            rows = slice(None) if enough.all() else enough
            n, at = counts[k][:, rows], times[k][:, rows]
            found.append(CoActions(int(window), left[rows], right[rows], n[0], n[1], at[0], at[1], n[2], n[3]))
        return found, counted

    ranges = list(zip(limits[:-1].tolist(), limits[1:].tolist(), strict=True))
    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        # a few batches ahead, not all: the results not yet taken must not pile up
        waiting = [pool.submit(count, *each) for each in ranges[: threads + 1]]
        for following in range(len(ranges)):
            edges, counted = waiting.pop(0).result()
            ahead = following + threads + 1
            if ahead < len(ranges):
                waiting.append(pool.submit(count, *ranges[ahead]))
            if object_pairs is not None:
                object_pairs += counted
            yield edges
