"""Days (or hours) on which more began than the time around them and the series' own unrest explain.

A scan over windows of one to three bins. What is expected of a window is learnt from the time around it; how far
counts stray from what is expected (overdispersion, heavy tails) is learnt from all other windows of the series.
The method, its derivation and its measured error rates: ``docs/explanation/account_origins.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WINDOWS = (1, 2, 3)
"""Bins of a window. Longer ones cannot be told from news that makes people register for some days."""
WIDE = (182, 28)
"""Days to either side from which the level is learnt: the wider one steadies the narrower one."""
FLANK = (1.0, 0.6, 0.36)
"""Weights of the three bins next to a window, the nearest first."""
HALF_LIFE = 2.0
"""Bins in which what makes people register is taken to fade by half at most, before its height and after."""
LEVEL = 0.05
"""Chance of any burst being called in a series without one."""
LEAST_EVENTS = 30
LEAST_BINS = 2 * (max(WINDOWS) + len(FLANK))
"""Fewer events, or bins, than these show nothing."""
LEVEL_PRIOR = 2.0
FLANK_PRIOR = 3.0
SEASON_PRIOR = 20.0
CONTROL_PRIOR = 5.0
"""Events at which what was counted and what was expected before weigh the same."""
CENSORED = 0.01
"""Share of windows, the most surprising, of which learning only hears that they are so surprising."""
TAIL = 0.02
"""P-value below which the tail of the windows' own p-values is checked."""
TAIL_CENSORED = 0.003
"""Share of windows, the most surprising, of which that check only hears that they are so surprising."""
_SPREADS = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""1 / r of the negative binomial models that are averaged: what the variance has beyond the mean, over the mean squared."""
_TAILS = (np.inf, 12.0, 6.0, 4.0, 3.0)
"""Tail indices: the chance of a count beyond x falls as x to the minus this."""
_MU_STEP = 0.05
_REFITS = 3


@dataclass(frozen=True)
class Burst:
    """A window beyond chance: bins ``first`` to ``first + length - 1``.

    ``p_value`` is corrected for all windows that were looked at.
    """

    first: int
    length: int
    count: int
    expected: float
    p_value: float


@dataclass(frozen=True)
class BurstScan:
    """What a scan found: ``bursts`` do not overlap and stand in the order of their p-values.

    ``p_value`` is that of the most surprising window (chance of one as surprising anywhere), ``expected`` what the
    time around lets expect of each bin, ``dispersion`` the variance learnt of a bin of which 1 is expected (1: counts
    stray as independent events do).
    """

    bursts: tuple[Burst, ...]
    p_value: float
    n_windows: int
    expected: Floats
    dispersion: float

    def burst_of(self, bins: Ints) -> Ints:
        """The number of the burst that each of ``bins`` is in; -1 for none."""
        found = np.full(bins.size, -1, np.int64)
        for number, burst in enumerate(self.bursts):
            found[(bins >= burst.first) & (bins < burst.first + burst.length)] = number
        return found


def scan(
    counts: npt.ArrayLike,
    *,
    period: int = 7,
    bins_a_day: int = 1,
    control: npt.ArrayLike | None = None,
    windows: Sequence[int] = WINDOWS,
    level: float = LEVEL,
) -> BurstScan:
    """Scan ``counts`` (shape: bins, in order, without gaps) for windows with more than chance gives.

    ``period`` is the number of bins after which a rhythm recurs (7 days; 24 hours), ``control`` the counts of
    an organic set in the same bins: what happened there too is expected. Null: the count of a window has the
    mean that is expected, and is (beta) negative binomial with a shape and a tail index that all windows share; it
    does not depend on the others beyond the three neighbouring bins. P-values are averaged over the posterior of
    shape and tail and multiplied by the number of windows (Bonferroni). Raises ValueError for counts that
    are not whole and at least 0, or fewer bins than a window.
    """
    y = np.asarray(counts, np.float64)
    if y.ndim != 1 or y.size < max(windows) or (y < 0).any() or (y != np.round(y)).any():
        raise ValueError("counts must be whole numbers of at least 0 in one dimension, as many as a window is long")
    other = None if control is None else np.asarray(control, np.float64)
    if other is not None and other.shape != y.shape:
        raise ValueError("the control must have the same bins")
    found: list[Burst] = []
    smallest = 1.0
    n_windows = sum(y.size - length + 1 for length in windows)
    bins = np.zeros(0)
    dispersion = 1.0
    for length in windows:
        totals = _sums(y, length)
        expected = _expected(y, length, period=period, bins_a_day=bins_a_day)
        if other is not None:
            there = _expected(other, length, period=period, bins_a_day=bins_a_day)
            ratio = (_sums(other, length) + CONTROL_PRIOR) / (there + CONTROL_PRIOR)
            expected = expected * np.maximum(ratio, 1.0)
        p_values, learnt = _p_values(totals, expected, length, level / n_windows)
        if length == windows[0]:
            bins, dispersion = expected, learnt
        corrected = np.minimum(p_values * n_windows, 1.0)
        smallest = min(smallest, float(corrected.min()))
        found += [
            Burst(int(at), length, int(totals[at]), float(expected[at]), float(corrected[at]))
            for at in np.flatnonzero(corrected <= level)
        ]
    bursts = tuple(_trimmed(burst, y) for burst in _apart(found))
    return BurstScan(bursts, smallest, n_windows, bins, dispersion)


def _apart(found: list[Burst]) -> tuple[Burst, ...]:
    """The most surprising of the bursts that overlap; of equally surprising ones the shortest, then the fullest."""
    kept: list[Burst] = []
    for burst in sorted(found, key=lambda b: (b.p_value, b.length, -b.count, b.first)):
        if all(burst.first + burst.length <= k.first or k.first + k.length <= burst.first for k in kept):
            kept.append(burst)
    return tuple(kept)


def _trimmed(burst: Burst, y: Floats) -> Burst:
    """``burst`` without empty bins at its ends."""
    full = np.flatnonzero(y[burst.first : burst.first + burst.length])
    return replace(burst, first=burst.first + int(full[0]), length=int(full[-1] - full[0]) + 1)


def _sums(values: Floats, length: int) -> Floats:
    """Sums over each window of ``length`` bins."""
    whole = np.concatenate([[0.0], np.cumsum(values)])
    sums: Floats = whole[length:] - whole[:-length]
    return sums


def _around(values: Floats, reach: int, length: int) -> tuple[Floats, Ints]:
    """Sum and number of the bins within ``reach`` of each window, without the window."""
    whole = np.concatenate([[0.0], np.cumsum(values)])
    first = np.arange(values.size - length + 1)
    low, high = np.maximum(first - reach, 0), np.minimum(first + length + reach, values.size)
    inside = whole[first + length] - whole[first]
    return whole[high] - whole[low] - inside, high - low - length


def _expected(counts: Floats, length: int, *, period: int, bins_a_day: int) -> Floats:
    """What the time around each window lets expect of it.

    The level of half a year and of four weeks about it, with large counts cut so that a burst does not raise them;
    times the rhythm; times the larger of the rises before and after, grown as by :data:`HALF_LIFE` from the
    neighbouring bins to the window.
    """
    capped = np.minimum(counts, _caps(counts, bins_a_day))
    level = np.full(counts.size - length + 1, max(float(capped.mean()), 1e-9))
    for days in WIDE:
        total, number = _around(capped, days * bins_a_day, length)
        level = (total + LEVEL_PRIOR) / (number + LEVEL_PRIOR / level)
    phase = np.arange(counts.size) % period
    bins = np.concatenate([level, np.full(length - 1, level[-1])])
    seen, usual = (np.bincount(phase, part, period) for part in (capped, bins))
    rhythm = ((seen + SEASON_PRIOR) / (usual + SEASON_PRIOR))[phase]
    usual_of_bin = bins * rhythm
    expected = _sums(usual_of_bin, length)
    rise = np.ones_like(expected)
    at = np.arange(expected.size)
    for step, first in ((-1, at - 1), (1, at + length)):
        seen_beside, usual_beside = np.full(at.size, FLANK_PRIOR), np.full(at.size, FLANK_PRIOR)
        for distance, weight in enumerate(FLANK):
            place = first + step * distance
            inside = (place >= 0) & (place < counts.size)
            seen_beside[inside] += weight * counts[place[inside]]
            usual_beside[inside] += weight * usual_of_bin[place[inside]]
        rise = np.maximum(rise, seen_beside / usual_beside)
    weights = np.array(FLANK)
    apart = (length - 1) / 2 + float(weights @ np.arange(1, len(FLANK) + 1) / weights.sum())
    grown = 1 + (rise - 1) * 2 ** (apart / HALF_LIFE)
    return expected * np.maximum(grown - (np.median(grown) - 1), 1.0)  # the largest of several is above 1 by chance


def _caps(counts: Floats, bins_a_day: int) -> Floats:
    """Where counts are cut for learning levels: far above what is usual about them, by means of square roots."""
    usual = np.zeros_like(counts)
    for days in WIDE:
        total, number = _around(np.sqrt(counts), days * bins_a_day, 1)
        usual = np.maximum(usual, (total / np.maximum(number, 1)) ** 2)
    return 5.0 + 8.0 * usual


def _p_values(totals: Floats, expected: Floats, length: int, called_at: float) -> tuple[Floats, float]:
    """The chance of at least each total, averaged over the models by their posterior; and the dispersion learnt.

    Windows that are called are censored like the most surprising ones, and the models are learnt again.
    """
    y = totals.astype(np.int64)
    table = _Table.of(y, expected)
    surprise = (y - expected) / np.sqrt(expected + (0.3 * expected) ** 2)
    learnt_from = np.arange(0, y.size, length)  # windows that do not overlap
    number = max(3, round(CENSORED * learnt_from.size))
    threshold = float(np.sort(surprise[learnt_from])[-min(number, learnt_from.size)])
    called = np.zeros(y.size, np.bool_)
    p_values = np.ones(y.size)
    dispersion = 1.0
    for _ in range(_REFITS):
        weight = table.posterior(y, surprise, threshold, learnt_from, called)
        p_values = table.tail(y, weight)
        dispersion = float(weight @ _dispersion())
        again = p_values <= called_at
        if (again == called).all():
            break
        called = again
    return _widened(p_values, learnt_from), dispersion


def _widened(p_values: Floats, learnt_from: Ints) -> Floats:
    """``p_values`` as the tail of the windows' own bears out: made larger where small ones are too frequent.

    Where the models hold, minus the logarithms beyond :data:`TAIL` are exponential with mean 1. Their mean is
    learnt with the most surprising :data:`TAIL_CENSORED` of windows censored; where it is above 1 the excess over
    the threshold is divided by it.
    """
    surprise = -np.log(p_values)
    start = -np.log(TAIL)
    seen = np.sort(surprise[learnt_from])[::-1]
    number = max(3, round(TAIL_CENSORED * seen.size))
    end = max(float(seen[min(number, seen.size) - 1]), start)
    beyond = seen[seen > start]
    complete = int((beyond < end).sum())
    if complete < 10:
        return p_values
    mean = float((np.minimum(beyond, end) - start).sum()) / complete
    excess = np.maximum(surprise - start, 0.0)
    return np.where(excess > 0, np.exp(-start - excess / max(mean, 1.0)), p_values)


_MODELS = np.array([(np.inf, np.inf), *((1.0 / spread, tail) for spread in _SPREADS for tail in _TAILS)])
"""Shape r and tail index a of each model of a count: Poisson, negative binomial (a infinite), beta negative binomial."""


def _dispersion() -> Floats:
    """Variance over mean of a count of which 1 is expected: (r + a - 1)(1 + 1 / r) / (a - 2), 1 for Poisson."""
    shape, tail = _MODELS.T
    with np.errstate(invalid="ignore"):
        found: Floats = np.where(np.isinf(tail), 1 + 1 / shape, (shape + tail - 1) * (1 + 1 / shape) / (tail - 2))
    return found


def _log_mass(k: Floats, mean: float) -> Floats:
    """Log chances of the counts ``k`` (shape: counts, 1) under each model with ``mean`` (shape: counts, models)."""
    from scipy.special import betaln, gammaln

    shape, tail = _MODELS[1:].T
    finite = np.where(np.isinf(tail), 3.0, tail)
    other = mean * (finite - 1) / shape
    both = gammaln(shape + k) - gammaln(shape) - gammaln(k + 1)
    heavy = both + betaln(finite + shape, other + k) - betaln(finite, other)
    light = both + shape * np.log(shape / (shape + mean)) + k * np.log(mean / (shape + mean))
    poisson = k * np.log(mean) - mean - gammaln(k + 1)
    return np.hstack([poisson, np.where(np.isinf(tail), light, heavy)])


@dataclass(frozen=True)
class _Table:
    """Log chances of every count up to the largest seen, by expected value (rounded on a log scale) and model.

    ``cell`` is each window's row; ``mass`` and ``above`` (log of the chance of at least that count) have shape
    (cells, counts, models); ``mu`` is the expected value of a cell.
    """

    cell: Ints
    mu: Floats
    mass: list[Floats]
    above: list[Floats]

    @classmethod
    def of(cls, y: Ints, expected: Floats) -> _Table:
        step = np.round(np.log(expected) / _MU_STEP).astype(np.int64)
        steps, cell = np.unique(step, return_inverse=True)
        mu = np.exp(steps * _MU_STEP)
        largest = np.zeros(steps.size, np.int64)
        np.maximum.at(largest, cell, y)
        mass, above = [], []
        for middle, most in zip(mu, largest, strict=True):
            logs = _log_mass(np.arange(most + 2, dtype=np.float64)[:, None], float(middle))
            below = np.concatenate([np.zeros((1, len(_MODELS))), np.cumsum(np.exp(logs), axis=0)[:-1]])
            mass.append(logs)
            above.append(np.log(np.clip(1.0 - below, 1e-12, 1 - 1e-12)))  # what double precision can tell from 0
        return cls(cell.astype(np.int64), mu, mass, above)

    def posterior(
        self, y: Ints, surprise: Floats, threshold: float, learnt_from: Ints, called: npt.NDArray[np.bool_]
    ) -> Floats:
        """Weight of each model given the windows ``learnt_from``, the surprising and the called ones censored."""
        log_weight = np.zeros(len(_MODELS))
        censored = (surprise >= threshold) | called
        for cell in np.unique(self.cell[learnt_from]):
            here = learnt_from[self.cell[learnt_from] == cell]
            seen = np.bincount(y[here][~censored[here]], minlength=1)
            log_weight += seen @ self.mass[cell][: seen.size]
            number = int(censored[here].sum())
            if number:
                middle = self.mu[cell]
                at = int(np.ceil(middle + threshold * np.sqrt(middle + (0.3 * middle) ** 2)))
                log_weight += number * self.above[cell][np.clip(at, 0, len(self.above[cell]) - 1)]
        weight: Floats = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        return weight

    def tail(self, y: Ints, weight: Floats) -> Floats:
        """The chance of at least ``y`` in each window."""
        found = np.empty(y.size)
        for cell, above in enumerate(self.above):
            here = self.cell == cell
            found[here] = (np.exp(above) @ weight)[y[here]]
        return found
