"""The compiled co-action kernel. Imported late: only large inputs are worth numba's import and first compilation.

Everything here works on actions sorted by (object, time). The kernel goes account by account: for account *a* it
walks the window around each of *a*'s actions and keeps its partners with a higher number in a scratch table that
is indexed by the partner directly. No pair is ever stored, so memory is the input plus the edges that are kept;
every pair of actions is looked at twice, once from each side.
"""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Int32, Int64
from undertow.compiled import compiled


@compiled
def bounds(object_: Int32, time: Int64, window: int) -> tuple[Int32, Int32]:
    """For each action the first and one past the last action of its object within ``window``; two pointers."""
    n = len(time)
    low = np.empty(n, np.int32)
    high = np.empty(n, np.int32)
    start = 0
    end = 0
    for i in range(n):
        while object_[start] != object_[i] or time[i] - time[start] > window:
            start += 1
        end = max(end, i)
        while end < n and object_[end] == object_[i] and time[end] - time[i] <= window:
            end += 1
        low[i] = start
        high[i] = end
    return low, high


@compiled
def count_accounts(
    account: Int32,
    time: Int64,
    own: Int32,
    starts: Int64,
    windows: Int64,
    first_account: int,
    last_account: int,
    min_objects: int,
    object_pairs: Int64,
) -> tuple[Int32, Int32, Int64]:
    """Edges of the accounts ``first_account <= a < last_account`` with partners b > a.

    ``own`` (actions, 4) lists the actions by account, each account's in the order of the input: place, object, first
    and one past the last action within the widest window; ``starts`` says where each account's begin; ``windows``
    ascend. Returns, flat, ``ends`` (edges, 2), ``counts`` (edges, windows, 4: objects,
    action pairs, actions of a, actions of b) and ``times`` (edges, windows, 2: first and last); edges are in the
    order of a, then of their first co-action. (Flat arrays and no sorting: a third of the compilation.) Adds to
    ``object_pairs`` (windows, objects) the co-acting pairs of accounts of each object; give it no column to leave
    that out.
    """
    n_windows = len(windows)
    widest = n_windows - 1
    by_object = object_pairs.shape[1] > 0
    slot = np.full(len(starts) - 1, -1, np.int32)
    capacity = 64
    partner = np.empty(capacity, np.int32)
    counts = np.empty(capacity * n_windows * 4, np.int32)
    times = np.empty(capacity * n_windows * 2, np.int64)
    seen = np.empty(capacity * n_windows * 3, np.int32)  # last object, last action of a, highest action of b
    room = 1024
    kept = 0
    out_ends = np.empty(room * 2, np.int32)
    out_counts = np.empty(room * n_windows * 4, np.int32)
    out_times = np.empty(room * n_windows * 2, np.int64)
    for a in range(first_account, last_account):
        found = 0
        for position in range(starts[a], starts[a + 1]):
            i = own[position, 0]
            t = time[i]
            o = own[position, 1]
            for j in range(own[position, 2], own[position, 3]):
                b = account[j]
                if b <= a:
                    continue
                e = slot[b]
                if e < 0:
                    if found == capacity:
                        capacity *= 2
                        partner = _grown(partner, capacity)
                        counts = _grown(counts, capacity * 4 * n_windows)
                        seen = _grown(seen, capacity * 3 * n_windows)
                        times = _grown_times(times, capacity * 2 * n_windows)
                    e = found
                    found += 1
                    slot[b] = e
                    partner[e] = b
                    for cell in range(e * n_windows * 4, (e + 1) * n_windows * 4):
                        counts[cell] = 0
                    for cell in range(e * n_windows * 3, (e + 1) * n_windows * 3):
                        seen[cell] = -1
                apart = abs(time[j] - t)
                earlier = min(time[j], t)
                later = max(time[j], t)
                for k in range(widest, -1, -1):
                    if apart > windows[k]:
                        break
                    c = (e * n_windows + k) * 4
                    s = (e * n_windows + k) * 3
                    m = (e * n_windows + k) * 2
                    if counts[c + 1] == 0:
                        times[m] = earlier
                        times[m + 1] = later
                    else:
                        times[m] = min(times[m], earlier)
                        times[m + 1] = max(times[m + 1], later)
                    counts[c + 1] += 1
                    if seen[s] != o:
                        seen[s] = o
                        counts[c] += 1
                        if by_object:
                            object_pairs[k, o] += 1
                    if seen[s + 1] != i:
                        seen[s + 1] = i
                        counts[c + 2] += 1
                    # windows slide forward with i, so an action of b is new exactly if it is beyond all before
                    if j > seen[s + 2]:
                        seen[s + 2] = j
                        counts[c + 3] += 1
        for e in range(found):
            slot[partner[e]] = -1
            if counts[(e * n_windows + widest) * 4] < min_objects:
                continue
            if kept == room:
                room *= 2
                out_ends = _grown(out_ends, room * 2)
                out_counts = _grown(out_counts, room * 4 * n_windows)
                out_times = _grown_times(out_times, room * 2 * n_windows)
            out_ends[kept * 2] = a
            out_ends[kept * 2 + 1] = partner[e]
            for cell in range(4 * n_windows):
                out_counts[kept * 4 * n_windows + cell] = counts[e * 4 * n_windows + cell]
            for cell in range(2 * n_windows):
                out_times[kept * 2 * n_windows + cell] = times[e * 2 * n_windows + cell]
            kept += 1
    return out_ends[: kept * 2], out_counts[: kept * 4 * n_windows], out_times[: kept * 2 * n_windows]


@compiled
def _grown(old: Int32, size: int) -> Int32:
    new = np.empty(size, np.int32)
    for cell in range(len(old)):
        new[cell] = old[cell]
    return new


@compiled
def _grown_times(old: Int64, size: int) -> Int64:
    new = np.empty(size, np.int64)
    for cell in range(len(old)):
        new[cell] = old[cell]
    return new
