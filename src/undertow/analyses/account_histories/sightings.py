"""What was seen of accounts more than once: profiles that change, and post counters that fall.

Between two successive sights of an account something may have happened: its counter of posts fell by half or more (it
was emptied), or its handle, display name or description changed. If that had nothing to do with a moment, the events
would be a random draw among all successions of sights, and their number at the moment hypergeometric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories.arrays import Bools, Floats, Ints
from undertow.statistics.two_sides import upper_tails

EMPTIED = 0.5
"""Share of the counted posts whose deletion counts as emptying an account."""

LEAST_COUNTED = 20
"""Fewest posts counted before for a fall to count."""

IDENTITY = ("handle", "display_name", "description")
"""What of a profile says whose it is; locations and languages are changed by whim and by settings."""


@dataclass(frozen=True)
class Sightings:
    """Pairs of successive sights, by account and time: the account's number (0..), the two times (microseconds), and
    whether something happened between them."""

    account: Ints
    before: Ints
    after: Ints
    event: Bools

    def take(self, account: Ints, first: Ints, last: Ints) -> Sightings:
        """The pairs within the lives 0, 1, ... (of ``account``, from ``first`` to ``last``, in order), as theirs."""
        key = np.searchsorted(account, self.account, side="right") - 1
        for _ in range(int(np.bincount(account).max(initial=1)) - 1):  # back to the life that the pair begins in
            earlier = (key > 0) & (self.before < first[key]) & (account[key - 1] == self.account)
            key = np.where(earlier, key - 1, key)
        inside = (account[key] == self.account) & (self.before >= first[key]) & (self.after <= last[key])
        return Sightings(key[inside], self.before[inside], self.after[inside], self.event[inside])

    def at(self, account: Ints, before: Ints, after: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """For moments between ``before`` and ``after``: pairs of the account, events among them, pairs that reach into
        the moment, and events among those."""
        highest = int(max(self.account.max(initial=0), account.max(initial=0))) + 1
        start = np.searchsorted(self.account, np.arange(highest + 1))
        running = np.r_[0, np.cumsum(self.event)]
        low, high = start[account], start[account + 1]
        # Pairs ascend in both times: those that reach into the moment are neighbours.
        first = _search(self.after, low, high, before, side="right")
        last = _search(self.before, low, high, after, side="left")
        last = np.maximum(last, first)
        return high - low, running[high] - running[low], last - first, running[last] - running[first]

    def p_value(self, account: Ints, before: Ints, after: Ints, *, weight: Floats, attainable: float) -> Floats:
        """The p-value that so many events lie at each moment, NaN where none could tell (:func:`at`)."""
        pairs, events, here, seen = self.at(account, before, after)
        least = upper_tails(pairs, events, here, np.minimum(here, events)) / weight
        known = (events > 0) & (here > 0) & (least <= attainable)
        p = np.where(seen > 0, upper_tails(pairs, events, here, seen) / weight, 1.0)
        return np.where(known, np.minimum(p, 1.0), np.nan)


def _search(values: Ints, low: Ints, high: Ints, wanted: Ints, *, side: str) -> Ints:
    """Binary search for each of ``wanted`` in its own ascending part ``values[low:high]``."""
    low, high = low.copy(), high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        value = values[np.minimum(middle, len(values) - 1)] if len(values) else middle
        right = (low < high) & ((value < wanted) | ((value == wanted) & (side == "right")))
        low = np.where(right, middle + 1, low)
        high = np.where((low <= high) & ~right, np.minimum(middle, high), high)
    return low


def _pairs(account: Ints, time: Ints, event: Bools) -> Sightings:
    """Neighbouring rows of one account, rows being by account and time."""
    same = np.flatnonzero(np.diff(account) == 0)
    return Sightings(account[same], time[same], time[same + 1], event[same])


@dataclass(frozen=True)
class Falls:
    """Counters that fell by :data:`EMPTIED` or more: account (0..), the times of the two sights (microseconds), and the
    counts, by account and time."""

    account: Ints
    before: Ints
    after: Ints
    most: Ints
    left: Ints


def counter_falls(table: pa.Table) -> tuple[Sightings, Falls]:
    """Sights of post counters (:data:`.steps.COUNTERS`), in which an event is a fall, and the falls."""
    dated = table.filter(table["observed_us"].is_valid())
    dated = dated.sort_by([("account", "ascending"), ("observed_us", "ascending"), ("posts", "ascending")])
    account, time, posts = (dated[name].to_numpy() for name in ("account", "observed_us", "posts"))
    account = account - 1
    fell = (posts[:-1] >= LEAST_COUNTED) & (posts[1:] <= (1 - EMPTIED) * posts[:-1])
    at = np.flatnonzero(fell & (account[1:] == account[:-1]))
    falls = Falls(account[at], time[at], time[at + 1], posts[at], posts[at + 1])
    return _pairs(account, time, fell), falls


def profile_changes(table: pa.Table) -> Sightings:
    """Sights of profiles (:data:`.steps.PROFILES`); an event is a change of one of :data:`IDENTITY`."""
    dated = sorted_states(table)
    changed = np.zeros(max(dated.num_rows - 1, 0), dtype=np.bool_)
    for name in IDENTITY:
        codes = (
            dated[name].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
        )
        changed |= np.diff(codes) != 0
    return _pairs(dated["account"].to_numpy() - 1, dated["observed_us"].to_numpy(), changed)


def sorted_states(table: pa.Table) -> pa.Table:
    """The dated states of profiles by account and time."""
    dated = table.filter(table["observed_us"].is_valid())
    return dated.sort_by([(name, "ascending") for name in ("account", "observed_us", *IDENTITY)])
