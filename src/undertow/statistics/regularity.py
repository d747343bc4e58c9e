"""Is something done more regularly than people do it? Tests on the times of one account's posts, made for many at once.

Posts of people come in sessions and along a daily rhythm, so that tests against evenly spread posts call everybody.
These three hold under any slowly varying rate; their derivations and measured error rates are in
``docs/explanation/automation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

COARSE = 20
"""Two successive intervals together must last so many times the precision of the times to be compared."""
HARMONICS = (1, 2, 3, 4, 6, 12)
"""Times a cycle (hour, minute) at which set moments are looked for: every 60, 30, 20, 15, 10 and 5 units."""
SPECTRUM_BINS = 8_192
BINS_A_GAP = 16
"""Bins in the median interval: shorter periods are not what the account's posts could keep."""
BLOCK = 128
"""Frequencies of a block from whose median the spectrum around is taken."""
BLOCK_SHAPE = 24.0
"""Shape of the gamma that the level around an ordinate is taken to follow: the median of :data:`BLOCK` independent
exponentials, over log 2, would have 62; those of posts in sessions are not independent, and 24 keeps the test right."""
PARTS = 64
FULL_PARTS = 20
"""Parts of the time looked at, of :data:`PARTS`, that must have posts: a few sessions have no spectrum to speak of."""
LONGEST_PERIOD_S = 7_200.0
"""Longer periods are harmonics of the day that people's habits have too."""


def regular_pairs(times: Ints, account: Ints, precision: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """(account, w) of pairs of successive intervals: w = ((g1 - g2) / (g1 + g2))², in 0..1.

    ``times`` (microseconds, sorted within ``account``, which is sorted) are known to ``precision`` each and spread at
    random within it. Pairs do not overlap, so that they are independent; those too short to be compared are left out.
    """
    moment = times + rng.random(times.size) * precision
    same = account[1:] == account[:-1]
    gap = np.maximum(np.diff(moment), 0.0)
    start = np.flatnonzero(np.r_[True, account[1:] != account[:-1]])
    rank = np.arange(times.size) - np.repeat(start, np.diff(np.r_[start, times.size]))
    first = np.flatnonzero(same[:-1] & same[1:] & (rank[:-2] % 2 == 0))
    total = gap[first] + gap[first + 1]
    keep = total >= COARSE * np.maximum(precision[first], precision[first + 2])
    first, total = first[keep], total[keep]
    return account[first], ((gap[first] - gap[first + 1]) / total) ** 2


def regularity_p(mean: Floats, pairs: Ints, *, shape: float) -> Floats:
    """The chance of a mean of w as small as ``mean`` over ``pairs`` pairs when intervals are gamma of ``shape``.

    Then w is Beta(1/2, shape) whatever the rate, as long as it is the same for both intervals of a pair (for shape 1, a
    Poisson process: Shinomoto et al. 2003). Saddlepoint approximation of the lower tail (Lugannani and Rice 1980).
    """
    from scipy.stats import norm

    at, cumulant, slope, curve = _cumulants(shape)
    expected = 1 / (2 * shape + 1)
    below = mean < 0.97 * expected
    t = np.interp(mean, slope, at)
    k, bend = np.interp(t, at, cumulant), np.interp(t, at, curve)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = -np.sqrt(np.maximum(2 * pairs * (t * mean - k), 0.0))
        u = t * np.sqrt(pairs * bend)
        tail = norm.cdf(r) + norm.pdf(r) * (1 / r - 1 / u)
    near = norm.cdf((mean - expected) / np.sqrt(_variance(shape) / np.maximum(pairs, 1)))
    found: Floats = np.where(below, np.clip(np.nan_to_num(tail, nan=1.0), 0.0, 1.0), near)
    return np.where(pairs > 0, found, 1.0)


def _variance(shape: float) -> float:
    a, b = 0.5, shape
    return a * b / ((a + b) ** 2 * (a + b + 1))


@cache
def _cumulants(shape: float) -> tuple[Floats, Floats, Floats, Floats]:
    """t (rising to 0), and the cumulant generating function of Beta(1/2, shape) there with two derivatives.

    By quadrature over v = sqrt(w), which takes the density's pole at 0 away.
    """
    v = (np.arange(20_000) + 0.5) / 20_000
    weight = (1 - v**2) ** (shape - 1)
    weight /= weight.sum()
    t = -np.r_[np.geomspace(1e5, 1e-3, 400), 0.0]
    value, slope, curve = (np.empty(t.size) for _ in range(3))
    for place, point in enumerate(t):
        tilted = weight * np.exp(point * v**2)
        total = tilted.sum()
        first, second = (tilted * v**2).sum() / total, (tilted * v**4).sum() / total
        value[place], slope[place], curve[place] = np.log(total), first, second - first**2
    return t, value, slope, curve


def rayleigh_p(table: Floats) -> tuple[Floats, Ints]:
    """The smallest p-value over :data:`HARMONICS` of each row of ``table`` (accounts, slots of the cycle), corrected for
    their number; and which of them it was.

    Null: each post falls into any slot as likely, independently (Rayleigh's test on each harmonic, Zar 1999's
    approximation of its tail).
    """
    slots = table.shape[1]
    number = table.sum(axis=1)
    angle = 2 * np.pi * np.outer(np.arange(slots), HARMONICS) / slots
    length2 = (table @ np.cos(angle)) ** 2 + (table @ np.sin(angle)) ** 2
    n = number[:, None]
    p = np.exp(np.sqrt(1 + 4 * n + 4 * np.maximum(n**2 - length2, 0.0)) - (1 + 2 * n))
    best = p.argmin(axis=1)
    smallest = np.minimum(p.min(axis=1, initial=1.0) * len(HARMONICS), 1.0)
    return smallest, np.array(HARMONICS, np.int64)[best]


@dataclass(frozen=True)
class Line:
    """The strongest line of a spectrum: its period in seconds, and the chance of one as strong anywhere."""

    period_s: float
    p_value: float
    posts: int


def spectral_line(times: Floats) -> Line | None:
    """The strongest sharp line in the spectrum of posts at ``times`` (seconds, sorted).

    Periods up to four median intervals and two hours are looked at.

    Times must not be rounded to more than a bin (a sixteenth of the median interval; spread rounded ones at random
    first). The posts of the fullest stretch of :data:`SPECTRUM_BINS` bins are counted; each ordinate of the
    periodogram is held against the spectrum around it (the median of a block of frequencies). Null: the spectrum is
    smooth, as sessions and irregular habits make it; then an ordinate over its surroundings is
    exponential. None where the posts are too few, in too few sessions, or too far apart for
    a period to be looked for.
    """
    from scipy.fft import rfft

    gaps = np.diff(times)
    positive = gaps[gaps > 0]
    if positive.size < 2:
        return None
    width = float(np.median(positive)) / BINS_A_GAP
    reach = width * SPECTRUM_BINS
    inside = np.searchsorted(times, times + reach, side="left") - np.arange(times.size)
    begin = int(np.argmax(inside))
    part = times[begin : begin + int(inside[begin])]
    if part.size < 2 or np.unique((part - part[0]) / (part[-1] - part[0]) * PARTS // 1).size < FULL_PARTS:
        return None
    place = np.minimum(((part - part[0]) / width).astype(np.int64), SPECTRUM_BINS - 1)
    counts = np.bincount(place, minlength=SPECTRUM_BINS).astype(np.float64)
    power = np.abs(rfft(counts - counts.mean())[1 : SPECTRUM_BINS // 2 + 1]) ** 2
    around = np.median(power.reshape(-1, BLOCK), axis=1) / np.log(2)
    # the spectrum of irregular habits slopes: the larger of the neighbouring blocks' levels is the safe one
    level = np.maximum(around, np.maximum(np.r_[0.0, around[:-1]], np.r_[around[1:], 0.0]))
    ratio = power / np.repeat(np.maximum(level, 1e-12), BLOCK)
    lowest = max(int(np.ceil(reach / LONGEST_PERIOD_S)), BLOCK)  # below, sessions make the spectrum steep
    if lowest > ratio.size - BLOCK:
        return None
    looked = ratio[lowest - 1 :]
    best = int(np.argmax(looked))
    log_p = -BLOCK_SHAPE * np.log1p(looked[best] / BLOCK_SHAPE)
    p_value = -np.expm1(looked.size * np.log1p(-min(np.exp(log_p), 1 - 1e-16)))
    return Line(reach / (best + lowest), float(p_value), int(part.size))
