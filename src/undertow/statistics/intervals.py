"""Intervals: shares of independent trials, and sums over accounts, whose posts are not independent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ENTRIES_AT_ONCE = 4_000_000
_ENTRIES_COUNTED_AT_ONCE = 200_000
"""Resampling counts made at once: what the processor's cache holds."""


def wilson(successes: int, trials: int, *, level: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share of independent trials (Wilson 1927).

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials make no share")
    from statistics import NormalDist

    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else float(centre - half)
    high = 1.0 if successes == trials else float(centre + half)
    return low, high


def resampled_counts(number: int, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How often each of ``number`` accounts is drawn, in chunks of shape (some draws, number); exact."""
    step = max(1, _ENTRIES_AT_ONCE // number)
    fine = max(1, _ENTRIES_COUNTED_AT_ONCE // number)
    for first in range(0, draws, step):
        size = min(step, draws - first)
        counts = np.empty((size, number))
        for low in range(0, size, fine):
            high = min(low + fine, size)
            picked = rng.integers(number, size=(high - low, number))
            picked += number * np.arange(high - low)[:, None]
            counts[low:high] = np.bincount(picked.ravel(), minlength=(high - low) * number).reshape(-1, number)
        yield counts


def bootstrap_sums(per_account: npt.ArrayLike, draws: int, rng: np.random.Generator) -> Floats:
    """Column sums of ``per_account`` (shape: accounts x columns) when accounts are drawn again with replacement.

    Returns shape (draws, columns). Exact (as many accounts are drawn as there are) and memory bounded; the
    same generator state gives the same draws.
    """
    rows = np.asarray(per_account, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[0] == 0:
        raise ValueError("per_account must have shape (accounts, columns) with at least one account")
    return np.concatenate([counts @ rows for counts in resampled_counts(rows.shape[0], draws, rng)])


def percentile_interval(draws: npt.ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """The bootstrap percentile interval of finite ``draws``; raises ValueError where none is finite."""
    values = np.asarray(draws, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        raise ValueError("no finite draw to take an interval of")
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_share(
    per_account: npt.ArrayLike, draws: int, rng: np.random.Generator, *, level: float = 0.95
) -> tuple[float, float, float]:
    """(share, low, high): column 0 of ``per_account`` as a share of column 1, accounts drawn again with replacement."""
    rows = np.asarray(per_account, dtype=np.float64)
    sums = bootstrap_sums(rows, draws, rng)
    hits, totals = rows.T
    return float(hits.sum() / totals.sum()), *share_interval(hits, totals, sums[:, 0] / sums[:, 1], level=level)


def share_interval(
    hits: npt.ArrayLike, totals: npt.ArrayLike, drawn: npt.ArrayLike, *, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of ``drawn`` shares of ``hits`` in ``totals`` (one entry an account).

    Where nothing is a hit, or all is, every draw is the same and says nothing about the next account: there it is
    Wilson's interval for as many accounts as the totals are worth, (sum)^2 / sum of squares (Kish 1965), which is their
    number where all have the same total.

    >>> [round(end, 2) for end in share_interval([0, 0, 0, 0], [5, 5, 5, 5], [0.0, 0.0])]
    [0.0, 0.49]
    """
    number, total = np.asarray(hits, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if total.sum() and number.sum() in (0.0, total.sum()):
        accounts = max(int(total.sum() ** 2 / (total * total).sum()), 1)
        return wilson(accounts if number.sum() else 0, accounts, level=level)
    return percentile_interval(drawn, level=level)
