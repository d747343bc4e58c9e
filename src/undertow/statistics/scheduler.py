"""Do the accounts share minutes (or seconds) at which they post? The trace of a scheduler.

People post at any minute. A scheduler, or a script on a timer, posts at set ones; where many accounts share it,
their pooled minutes spike. The excess over a smooth course (the running median of the minutes round each) is
held against chance by turning each account's own minutes by a random amount: that keeps how many posts an account
has and how they cluster, and breaks only what accounts have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.statistics.intervals import bootstrap_sums, percentile_interval
from undertow.statistics.multiple_testing import monte_carlo_p

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SMOOTH_REACH = 5
"""Slots to either side that the running median covers."""


@dataclass(frozen=True, kw_only=True)
class SpikeTest:
    """Spikes of the minute of the hour (or second of the minute).

    ``counts`` and ``smooth`` have one entry a slot: posts, and the smooth course. ``spikes`` are the slots whose
    excess over it is beyond what the largest excess of all slots reaches by chance; ``excess_share`` is their
    excess as a share of all posts (0 without a spike), with an account-bootstrap interval that is None without
    one. ``p_value`` is for "no minute is shared beyond chance".
    """

    counts: tuple[int, ...]
    smooth: tuple[float, ...]
    spikes: tuple[int, ...]
    excess_share: float
    low: float | None
    high: float | None
    p_value: float
    threshold: float
    level: float
    n_posts: int
    n_accounts: int


def running_median(counts: npt.ArrayLike, *, reach: int = SMOOTH_REACH) -> Floats:
    """Median of each slot and ``reach`` slots to either side, round the clock, along the last axis.

    >>> running_median([1, 1, 9, 1, 1], reach=1).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    values = np.asarray(counts, dtype=np.float64)
    around = np.stack([np.roll(values, shift, axis=-1) for shift in range(-reach, reach + 1)], axis=0)
    return np.median(around, axis=0)


def spike_test(
    account: npt.ArrayLike,
    slot: npt.ArrayLike,
    count: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    slots: int = 60,
    draws: int = 499,
    level: float = 0.95,
) -> SpikeTest:
    """Test posts counted by account and slot (0..slots-1: minute of the hour, or second of the minute).

    The three arrays have one entry a pair; repeated pairs are added. Chance is exact when every account's
    posts fall at a random phase. Raises ValueError without a post, or for a slot out of range.
    """
    accounts, places = np.asarray(account, dtype=np.int64), np.asarray(slot, dtype=np.int64)
    posts = np.asarray(count, dtype=np.float64)
    if not accounts.shape == places.shape == posts.shape or accounts.ndim != 1:
        raise ValueError("account, slot and count must be one-dimensional and of the same length")
    if posts.sum() <= 0:
        raise ValueError("no post to count")
    if places.min() < 0 or places.max() >= slots:
        raise ValueError(f"slots must lie in 0..{slots - 1}")
    names, rows = np.unique(accounts, return_inverse=True)
    flat = np.bincount(rows * slots + places, weights=posts, minlength=names.size * slots)
    table = flat.astype(np.float64).reshape(-1, slots)

    pooled: Floats = table.sum(axis=0)
    smooth = running_median(pooled)
    excess = pooled - smooth
    largest = _largest_by_chance(table, draws, rng)
    p_value = float(monte_carlo_p(int((largest >= excess.max() - 1e-9).sum()), draws))
    threshold = float(np.quantile(largest, level))
    spikes = np.flatnonzero(excess > threshold)
    total = float(pooled.sum())
    low = high = None
    if spikes.size:
        drawn = bootstrap_sums(table, draws, rng)
        over = (drawn - running_median(drawn))[:, spikes].sum(axis=1) / drawn.sum(axis=1)
        low, high = percentile_interval(over, level=level)
    return SpikeTest(
        counts=tuple(int(value) for value in pooled.tolist()),
        smooth=tuple(smooth.tolist()),
        spikes=tuple(int(place) for place in spikes),
        excess_share=float(excess[spikes].sum() / total),
        low=low,
        high=high,
        p_value=p_value,
        threshold=threshold / total,
        level=level,
        n_posts=int(total),
        n_accounts=names.size,
    )


def _largest_by_chance(table: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """The largest excess of any slot when every account's row is turned by its own random amount."""
    accounts, slots = (int(length) for length in table.shape)
    rows, places = np.nonzero(table)
    values = table[rows, places]
    largest = np.empty(draws)
    for draw in range(draws):
        turned = places + rng.integers(slots, size=(accounts,))[rows]
        turned[turned >= slots] -= slots
        pooled = np.bincount(turned, values, minlength=slots)
        largest[draw] = (pooled - running_median(pooled)).max()
    return largest
