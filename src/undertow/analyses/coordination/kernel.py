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
def order_of(object_: Int32, time: Int64, account: Int32, post: Int64, n_objects: int) -> Int64:
    """The order by (object, time, account, post): objects side by side by counting, then each by Shell's sort."""
    n = len(object_)
    ends = np.zeros(n_objects + 1, np.int64)
    for i in range(n):
        ends[object_[i] + 1] += 1
    for o in range(n_objects):
        ends[o + 1] += ends[o]
    order = np.empty(n, np.int64)
    times = np.empty(n, np.int64)
    following = ends.copy()
    for i in range(n):
        place = following[object_[i]]
        following[object_[i]] += 1
        order[place] = i
        times[place] = time[i]
    for o in range(n_objects):
        start = ends[o]
        end = ends[o + 1]
        gap = 1
        while gap < (end - start) // 9:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(start + gap, end):
                t = times[i]
                entry = order[i]
                j = i
                while j - gap >= start:
                    other = order[j - gap]
                    if times[j - gap] < t:
                        break
                    if times[j - gap] == t:
                        if account[other] < account[entry]:
                            break
                        if account[other] == account[entry] and post[other] <= post[entry]:
                            break
                    times[j] = times[j - gap]
                    order[j] = other
                    j -= gap
                times[j] = t
                order[j] = entry
            gap //= 3
    return order


@compiled
def grouped(group: Int32, starts: Int64) -> Int64:
    """The rows group by group, each group's in the order of the input: a counting sort.

    ``starts`` says where each group begins, one more than groups.
    """
    following = starts.copy()
    order = np.empty(len(group), np.int64)
    for i in range(len(group)):
        order[following[group[i]]] = i
        following[group[i]] += 1
    return order


@compiled
def places_of(starts: Int64, member: Int32, group: Int64, wanted: Int64) -> Int64:
    """Where ``wanted`` stands among the members of ``group``, -1 where it does not; row by row.

    ``member`` holds the members group by group, ascending in each; ``starts`` says where each group begins.
    """
    found = np.empty(len(wanted), np.int64)
    for row in range(len(wanted)):
        low = starts[group[row]]
        end = starts[group[row] + 1]
        high = end
        while low < high:
            middle = (low + high) // 2
            if member[middle] < wanted[row]:
                low = middle + 1
            else:
                high = middle
        found[row] = low if low < end and member[low] == wanted[row] else -1
    return found


@compiled
def by_account(object_: Int32, account: Int32, low: Int32, high: Int32, starts: Int64) -> Int32:
    """The actions account by account, each account's in the order of the input (actions, 4): place, object, and first
    and one past the last action within the window; ``starts`` says where each account's begin."""
    following = starts.copy()
    own = np.empty((len(account), 4), np.int32)
    for i in range(len(account)):
        place = following[account[i]]
        following[account[i]] += 1
        own[place, 0] = i
        own[place, 1] = object_[i]
        own[place, 2] = low[i]
        own[place, 3] = high[i]
    return own


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
    room: int,
) -> tuple[Int64, Int32, Int32, Int64]:
    """Edges of the accounts ``first_account <= a < last_account`` with partners b > a, in the order of (a, b).

    ``own`` and ``starts`` are of :func:`by_account`, at the widest of ``windows``, which ascend; ``room`` is at least the
    number of edges. Returns how many edges each account has, the partners (edges), ``counts`` (windows, 4, edges:
    objects, action pairs, actions of a, actions of b) and ``times`` (windows, 2, edges: first and last). Adds to
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
    order = np.empty(capacity, np.int64)
    kept = 0
    edges = np.zeros(last_account - first_account, np.int64)
    out_partner = np.empty(room, np.int32)
    out_counts = np.empty((n_windows, 4, room), np.int32)
    out_times = np.empty((n_windows, 2, room), np.int64)
    for a in range(first_account, last_account):
        found = 0
        before = kept
        for position in range(starts[a], starts[a + 1]):
            if own[position, 3] - own[position, 2] == 1:
                continue  # nobody else is within the window, and looking at the time would cost a cache miss
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
                        order = np.empty(capacity, np.int64)
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
        wanted = 0
        for e in range(found):
            slot[partner[e]] = -1
            if counts[(e * n_windows + widest) * 4] >= min_objects:
                order[wanted] = np.int64(partner[e]) << 32 | e
                wanted += 1
        sort_first(order, wanted)
        for place in range(wanted):
            e = order[place] & 0xFFFFFFFF
            out_partner[kept] = order[place] >> 32
            for k in range(n_windows):
                for column in range(4):
                    out_counts[k, column, kept] = counts[(e * n_windows + k) * 4 + column]
                for column in range(2):
                    out_times[k, column, kept] = times[(e * n_windows + k) * 2 + column]
            kept += 1
        edges[a - first_account] = kept - before
    return edges, out_partner[:kept], out_counts[:, :, :kept], out_times[:, :, :kept]


@compiled
def sort_first(values: Int64, n: int) -> None:
    """Sort the first ``n`` values, in place (Shell's sort: there is nothing to compile in)."""
    gap = 1
    while gap < n // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3


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
