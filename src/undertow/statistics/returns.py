"""Does what was used before a moment come back after it, as often as things come back at other times?

For habits that are sets (partners, topics). The first L days after a moment make a block; a day *returns* when it has
something that was used in the 2L days before the block. All other blocks of L days, on both sides of the moment, are
measured in the same way against the 2L days before each of them, so that steady drift, edges and sparse use are in the
comparison. If the moment is like any other, the returning days are spread evenly over its block and the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.compiled import compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST_BLOCK = 20
"""Most days of a block."""


@compiled
def _counted(start: Ints, items: Ints, low: Ints, cut: Ints, high: Ints, n_items: int) -> Floats:
    """For each moment: days and returning days of its block and of the others, and sums for the correlation."""
    out = np.zeros((len(cut), 6), np.float64)
    stamp = np.zeros(n_items, np.int64)
    mark = 0
    for moment in range(len(cut)):
        first, at, end = low[moment], cut[moment], high[moment]
        size = min(LONGEST_BLOCK, end - at, (at - first) // 3)
        if size < 1:
            continue
        begin = at - ((at - first - 2 * size) // size) * size
        while begin < end:
            if at < begin < at + 2 * size:  # what precedes these blocks lies on both sides of the moment
                begin += size
                continue
            mark += 1
            for place in range(start[begin - 2 * size], start[begin]):
                stamp[items[place]] = mark
            last = min(begin + size, end)
            previous, column = -1, 0 if begin == at else 2
            for day in range(begin, last):
                back = 0
                for place in range(start[day], start[day + 1]):
                    if stamp[items[place]] == mark:
                        back = 1
                        break
                out[moment, column] += 1
                out[moment, column + 1] += back
                if previous >= 0:
                    out[moment, 4] += 1
                    out[moment, 5] += back * previous
                previous = back
            begin += size
    return out


@dataclass(frozen=True)
class Returns:
    """For each moment: ``days`` of its block and ``back``, those that return; ``other_days`` and ``other_back`` of the
    other
    blocks; and the ``correlation`` of successive days within blocks."""

    days: Ints
    back: Ints
    other_days: Ints
    other_back: Ints
    correlation: Floats


def returns(
    day: npt.ArrayLike,
    item: npt.ArrayLike,
    *,
    n_days: int,
    low: npt.ArrayLike,
    cut: npt.ArrayLike,
    high: npt.ArrayLike,
) -> Returns:
    """Count returning days around moments.

    ``day`` (0..n_days-1, ascending) and ``item`` (0..) are the uses; the days of an account follow each other. A moment
    lies before day ``cut`` of the days ``low`` up to but without ``high``.

    >>> import numpy as np
    >>> found = returns(np.arange(60), np.repeat([0, 1], 30), n_days=60, low=[0], cut=[30], high=[60])
    >>> [int(part[0]) for part in (found.days, found.back, found.other_days, found.other_back)]
    [10, 0, 20, 20]
    """
    days, items = (np.ascontiguousarray(part, dtype=np.int64) for part in (day, item))
    first, at, end = (np.ascontiguousarray(part, dtype=np.int64) for part in (low, cut, high))
    start = np.searchsorted(days, np.arange(n_days + 1)).astype(np.int64)
    counted = _counted(start, items, first, at, end, int(items.max(initial=0)) + 1)
    whole = counted[:, :4].astype(np.int64)
    total = np.maximum(whole[:, 0] + whole[:, 2], 1)
    share = [whole[:, place + 1] / np.maximum(whole[:, place], 1) for place in (0, 2)]
    variance = (whole[:, 0] * share[0] * (1 - share[0]) + whole[:, 2] * share[1] * (1 - share[1])) / total
    mean = (whole[:, 1] + whole[:, 3]) / total
    covariance = counted[:, 5] / np.maximum(counted[:, 4], 1) - mean**2
    between = whole[:, 0] * (share[0] - mean) ** 2 + whole[:, 2] * (share[1] - mean) ** 2
    within = covariance - between / total  # blocks differ on average, which is no correlation within them
    correlation = np.divide(within, variance, out=np.zeros(len(total)), where=variance > 1e-9)
    return Returns(whole[:, 0], whole[:, 1], whole[:, 2], whole[:, 3], correlation)
