"""When do accounts post: local hours of the week, office hours, and the clocks that would explain them.

Everything starts from posts counted by account and quarter of an hour in UTC, which keeps every offset that is
a multiple of 15 minutes, and every zone with its daylight saving, exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from undertow.calendars.places import offsets_at
from undertow.statistics.intervals import bootstrap_sums, percentile_interval

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

QUARTER_SECONDS = 900
SLOTS = 7 * 24 * 4
"""Quarters of an hour in a week; slot 0 is Monday 00:00."""
_EPOCH_SLOT = 3 * 96  # 1970-01-01 was a Thursday
OFFSETS = tuple(range(-12 * 60, 14 * 60 + 1, 15))
"""Every UTC offset tried, in minutes east: -12:00 to +14:00 in steps of 15 minutes."""
OFFICE_HOURS = (8, 17)
EVEN_OFFICE_SHARE = 45 / 168
"""The office-hours share of posts spread evenly over the week."""
WEEKEND = (5, 6)
_ZONES_AT_ONCE = 8


@dataclass(frozen=True)
class QuarterCounts:
    """Posts by account and quarter of an hour: ``quarter`` counts quarters since 1970-01-01 00:00 UTC.

    One row a pair, sorted by account, then quarter; ``account`` runs over 0..n_accounts-1.
    """

    account: Ints
    quarter: Ints
    count: Ints
    n_accounts: int

    @classmethod
    def of(
        cls, account: npt.ArrayLike, quarter: npt.ArrayLike, count: npt.ArrayLike | None = None, *, n_accounts: int
    ) -> QuarterCounts:
        """From rows in any order; rows of the same pair are added. ``count`` None means one post a row."""
        accounts, quarters = np.asarray(account, dtype=np.int64), np.asarray(quarter, dtype=np.int64)
        counts = np.ones_like(accounts) if count is None else np.asarray(count, dtype=np.int64)
        if not accounts.shape == quarters.shape == counts.shape or accounts.ndim != 1:
            raise ValueError("account, quarter and count must be one-dimensional and of the same length")
        if accounts.size and (accounts.min() < 0 or accounts.max() >= n_accounts):
            raise ValueError(f"accounts must lie in 0..{n_accounts - 1}")
        if (counts < 0).any():
            raise ValueError("counts must not be negative")
        order = np.lexsort((quarters, accounts))
        accounts, quarters, counts = accounts[order], quarters[order], counts[order]
        if accounts.size == 0:
            return cls(accounts, quarters, counts, n_accounts)
        new = np.flatnonzero((np.diff(accounts, prepend=-1) != 0) | (np.diff(quarters, prepend=quarters[0]) != 0))
        return cls(accounts[new], quarters[new], np.add.reduceat(counts, new), n_accounts)

    @property
    def n_posts(self) -> int:
        """All posts."""
        return int(self.count.sum())

    @property
    def n_weeks(self) -> int:
        """Weeks (from Thursdays on, UTC) with a post."""
        return len(np.unique(self.quarter // (7 * 96)))

    @cached_property
    def totals(self) -> Ints:
        """Posts by account."""
        return np.bincount(self.account, self.count, minlength=self.n_accounts).astype(np.int64)

    @cached_property
    def by_slot(self) -> csr_array:
        """Posts by account and UTC slot of the week, sparse, shape (accounts, 672)."""
        from scipy.sparse import coo_array

        slot = (self.quarter + _EPOCH_SLOT) % SLOTS
        shape = (self.n_accounts, SLOTS)
        return coo_array((self.count.astype(np.float64), (self.account, slot)), shape=shape).tocsr()


def _zone_slots(quarters: Ints, zone: str) -> Ints:
    """The local slot of the week of each quarter, by the clock of an IANA zone, daylight saving included."""
    minutes = offsets_at(zone, quarters * QUARTER_SECONDS).astype(np.int64)
    return (quarters + np.rint(minutes / 15).astype(np.int64) + _EPOCH_SLOT) % SLOTS


def slot_mask(weekdays: Sequence[int], hours: tuple[int, int] = (0, 24)) -> Mask:
    """The local slots on ``weekdays`` (0 Monday) from the first hour (included) to the second (excluded)."""
    slots = np.arange(SLOTS)
    hour = slots % 96 // 4
    chosen: Mask = np.isin(slots // 96, list(weekdays)) & (hour >= hours[0]) & (hour < hours[1])
    return chosen


def working_weekdays(weekend: Sequence[int] = WEEKEND) -> tuple[int, ...]:
    """The days of the week that are not ``weekend``."""
    return tuple(day for day in range(7) if day not in weekend)


def hour_of_week(counts: QuarterCounts, *, offset: int | None = None, zone: str | None = None) -> Ints:
    """Posts by local weekday and hour, shape (7, 24), at ``offset`` (minutes east of UTC) or in ``zone``.

    >>> monday = 4 * 96 + 9 * 4  # 1970-01-05 09:00 UTC, in quarters of an hour
    >>> counts = QuarterCounts.of([0], [monday], n_accounts=1)
    >>> int(hour_of_week(counts, offset=480)[0, 17])
    1
    """
    if (offset is None) == (zone is None):
        raise ValueError("give either an offset or a zone")
    if zone is not None:
        slots = _zone_slots(counts.quarter, zone)
    else:
        slots = (counts.quarter + _EPOCH_SLOT + _quarters(offset or 0)) % SLOTS
    return np.bincount(slots // 4, counts.count, minlength=168).astype(np.int64).reshape(7, 24)


def _quarters(offset: int) -> int:
    if offset % 15:
        raise ValueError(f"offsets are multiples of 15 minutes, not {offset}")
    return offset // 15


def masked_by_offset(counts: QuarterCounts, mask: Mask, offsets: Sequence[int] = OFFSETS) -> Floats:
    """Posts by account in the local slots ``mask``, at each offset: shape (accounts, offsets)."""
    shifted = np.stack([np.roll(mask, -_quarters(offset)) for offset in offsets], axis=1)
    product: Floats = counts.by_slot @ shifted.astype(np.float64)
    return product


def masked_by_zone(counts: QuarterCounts, mask: Mask, zones: Sequence[str]) -> Floats:
    """Posts by account in the local slots ``mask``, by the clock of each zone: shape (accounts, zones)."""
    from scipy.sparse import coo_array

    quarters, place = np.unique(counts.quarter, return_inverse=True)
    shape = (counts.n_accounts, quarters.size)
    posts = coo_array((counts.count.astype(np.float64), (counts.account, place)), shape=shape).tocsr()
    found = np.empty((counts.n_accounts, len(zones)))
    for first in range(0, len(zones), _ZONES_AT_ONCE):
        some = zones[first : first + _ZONES_AT_ONCE]
        inside = np.stack([mask[_zone_slots(quarters, zone)] for zone in some], axis=1)
        found[:, first : first + len(some)] = posts @ inside.astype(np.float64)
    return found


@dataclass(frozen=True, kw_only=True)
class OfficeHours:
    """The office-hours share and the weekend ratio at one clock, with account-bootstrap intervals.

    ``weekend_ratio`` is posts a weekend day over posts a weekday: 1 if even; None without a weekday post.
    """

    share: float
    share_low: float
    share_high: float
    weekend_ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    level: float
    n_posts: int
    n_accounts: int


def office_hours(
    counts: QuarterCounts,
    *,
    rng: np.random.Generator,
    offset: int | None = None,
    zone: str | None = None,
    hours: tuple[int, int] = OFFICE_HOURS,
    weekend: Sequence[int] = WEEKEND,
    draws: int = 2000,
    level: float = 0.95,
) -> OfficeHours:
    """How much of the posting falls into office hours, and how the weekend compares, at one clock.

    Raises ValueError without a post.
    """
    if (offset is None) == (zone is None):
        raise ValueError("give either an offset or a zone")
    if counts.n_posts == 0:
        raise ValueError("no post to count")
    masks = (slot_mask(working_weekdays(weekend), hours), slot_mask(weekend))
    if zone is not None:
        columns = [masked_by_zone(counts, mask, [zone])[:, 0] for mask in masks]
    else:
        columns = [masked_by_offset(counts, mask, [offset or 0])[:, 0] for mask in masks]
    rows = np.column_stack([*columns, counts.totals])
    rows = rows[rows[:, 2] > 0]
    days = len(weekend), 7 - len(weekend)

    def ratios(sums: Floats) -> Floats:
        weekdays = sums[:, 2] - sums[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weekdays > 0, (sums[:, 1] / days[0]) / (weekdays / days[1]), np.nan)

    whole = rows.sum(axis=0, keepdims=True)
    drawn = bootstrap_sums(rows, draws, rng)
    low, high = percentile_interval(drawn[:, 0] / drawn[:, 2], level=level)
    ratio = float(ratios(whole)[0])
    known = np.isfinite(ratio)
    ratio_low, ratio_high = percentile_interval(ratios(drawn), level=level) if known else (None, None)
    return OfficeHours(
        share=float(whole[0, 0] / whole[0, 2]),
        share_low=low,
        share_high=high,
        weekend_ratio=ratio if known else None,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        level=level,
        n_posts=counts.n_posts,
        n_accounts=rows.shape[0],
    )
