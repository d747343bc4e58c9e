"""Which pairs are tested for co-selection: those that share most, whenever they acted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Int32, Int64
from undertow.analyses.coordination.selection import SelectionTest, co_selection_test, combinations
from undertow.analyses.coordination.shares import Shares, starts_of

_WALK = 40_000_000
"""Pairs of accounts over all objects up to which every shared object is counted."""
_DIFFERENT = 20_000
"""Different combinations of degrees and shared objects that are worked out: each takes about a twentieth of a
millisecond."""


@dataclass(frozen=True)
class Selection:
    """The test; ``least_shared`` objects a pair must share to be looked at; or why there is no test."""

    test: SelectionTest | None
    least_shared: int
    reason: str | None = None


def selection_of(shares: Shares, *, level: float) -> Selection:
    """Co-selection of all pairs that share at least two objects, or more where these are too many to work out.

    Pairs not looked at still count as tested, so that leaving them out can hide an edge and never make one.
    """
    if float((shares.object_size.astype(np.float64) ** 2).sum()) > _WALK:
        return Selection(None, 0, "its objects are so common that every pair of accounts would be looked at")
    left, right, n_shared = sharing_pairs(shares)
    shared = np.sort(combinations(shares, left, right, n_shared)[0][2])
    least = 2 if len(shared) <= _DIFFERENT else int(shared[-_DIFFERENT - 1]) + 1
    keep = n_shared >= least
    left, right, n_shared = left[keep], right[keep], n_shared[keep]
    return Selection(co_selection_test(shares, left, right, n_shared, level=level), least)


def sharing_pairs(shares: Shares) -> tuple[Int32, Int32, Int64]:
    """Pairs of accounts with at least two objects in common, and how many; sorted by (left, right)."""
    from undertow.analyses.coordination.kernel import grouped
    from undertow.analyses.coordination.kernel_selection import sharing_pairs

    starts = starts_of(shares.object, shares.n_objects)
    accounts = shares.account[grouped(shares.object, starts)]
    room = len(shares)
    while True:
        left, right, number = (np.empty(room, np.int32) for _ in range(3))
        found = sharing_pairs(shares.account_start, shares.object, starts, accounts, 2, left, right, number)
        if found <= room:
            return left[:found], right[:found], number[:found].astype(np.int64)
        room = found
