"""Two groups of posts compared: does a share differ, beyond what differs between accounts anyway?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.statistics.intervals import bootstrap_sums, percentile_interval
from undertow.statistics.multiple_testing import monte_carlo_p

Floats = npt.NDArray[np.float64]

_ENTRIES_AT_ONCE = 2_000_000


@dataclass(frozen=True, kw_only=True)
class ShareDifference:
    """The share in the first group less that in the second, with interval and permutation p-value (two-sided)."""

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    level: float
    n_accounts_first: int
    n_accounts_second: int
    n_accounts_both: int


def compare_shares(
    first: npt.ArrayLike,
    first_total: npt.ArrayLike,
    second: npt.ArrayLike,
    second_total: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> ShareDifference:
    """Compare a share between two groups of posts of the same ``n`` accounts (all arrays of shape (n,)).

    ``first`` of an account's ``first_total`` posts in the first group count, and likewise in the second; an account
    may have posts in either group or both. Interval: bootstrap over accounts. Test: accounts in one group only
    change groups at random, accounts in both exchange their two parts at random; the statistic is the difference
    in units of its standard error (which keeps the test right when the groups are unequally noisy).
    Raises ValueError where a group has no post.
    """
    columns = [np.asarray(part, dtype=np.float64) for part in (first, first_total, second, second_total)]
    if any(part.shape != columns[0].shape or part.ndim != 1 for part in columns):
        raise ValueError("the four arrays must be one-dimensional and of the same length")
    if (
        any((part < 0).any() for part in columns)
        or (columns[0] > columns[1]).any()
        or (columns[2] > columns[3]).any()
    ):
        raise ValueError("counts must not be negative, nor larger than their totals")
    rows = np.column_stack(columns)
    rows = rows[(rows[:, 1] > 0) | (rows[:, 3] > 0)]
    if rows.size == 0 or rows[:, 1].sum() == 0 or rows[:, 3].sum() == 0:
        raise ValueError("a group has no post")

    sums = bootstrap_sums(rows, draws, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
    low, high = percentile_interval(drawn, level=level)
    seen = _studentised(_moments(rows[:, :2]).sum(axis=0), _moments(rows[:, 2:]).sum(axis=0))
    chance = _permuted(rows, draws, rng)
    whole = rows.sum(axis=0)
    shares = float(whole[0] / whole[1]), float(whole[2] / whole[3])
    both = (rows[:, 1] > 0) & (rows[:, 3] > 0)
    return ShareDifference(
        first=shares[0],
        second=shares[1],
        difference=shares[0] - shares[1],
        low=low,
        high=high,
        p_value=float(monte_carlo_p(int((np.abs(chance) >= abs(float(seen)) - 1e-12).sum()), draws)),
        level=level,
        n_accounts_first=int((rows[:, 1] > 0).sum()),
        n_accounts_second=int((rows[:, 3] > 0).sum()),
        n_accounts_both=int(both.sum()),
    )


def _moments(part: Floats) -> Floats:
    """What a share and its standard error need of each account: x, n, x^2, x n, n^2."""
    x, n = part[:, 0], part[:, 1]
    return np.column_stack([x, n, x * x, x * n, n * n])


def _studentised(one: Floats, two: Floats) -> Floats:
    """The difference of shares over its standard error, from summed moments (last axis)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares, variances = [], []
        for sums in (one, two):
            share = sums[..., 0] / sums[..., 1]
            spread = sums[..., 2] - 2 * share * sums[..., 3] + share**2 * sums[..., 4]
            shares.append(share)
            variances.append(np.maximum(spread, 0) / sums[..., 1] ** 2)
        difference = shares[0] - shares[1]
        value: Floats = difference / np.sqrt(variances[0] + variances[1])
    return np.where(np.abs(difference) < 1e-12, 0.0, np.nan_to_num(value, nan=0.0, posinf=1e12, neginf=-1e12))


def _permuted(rows: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """The statistic under random exchange of the groups, shape (draws,)."""
    both = (rows[:, 1] > 0) & (rows[:, 3] > 0)
    single = rows[~both]
    in_first = single[:, 1] > 0
    moments = _moments(np.where(in_first[:, None], single[:, :2], single[:, 2:]))
    size = int(in_first.sum())
    own, other = _moments(rows[both][:, :2]), _moments(rows[both][:, 2:])
    swap = own - other
    base_first, base_second = own.sum(axis=0), other.sum(axis=0) + moments.sum(axis=0)
    found = np.empty(draws)
    step = max(1, _ENTRIES_AT_ONCE // rows.shape[0])
    for low in range(0, draws, step):
        number = min(step, draws - low)
        members = np.zeros((number, single.shape[0]))
        if single.shape[0]:
            keys = rng.random((number, single.shape[0]))
            if 0 < size < single.shape[0]:
                members[:] = keys < np.partition(keys, size, axis=1)[:, [size]]
            elif size:
                members[:] = 1.0
        moved = members @ moments
        swapped = (rng.random((number, own.shape[0])) < 0.5).astype(np.float64) @ swap
        found[low : low + number] = _studentised(base_first + moved - swapped, base_second - moved + swapped)
    return found
