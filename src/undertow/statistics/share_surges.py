"""Surges in a share: how many of a day's count are of one kind, against the account's own past and its peers.

The companion of :mod:`undertow.statistics.surges` for a part of a count: of a day's n amplifiers, y are new. What makes
the whole rise (a popular post, news) makes both parts rise and cancels; what adds to one part only does not. The share
follows a line over the window before the day, fitted by weighted least squares with days that stood out weighted down;
the count given the whole is binomial with the overdispersion that the window shows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from undertow.statistics.surges import (
    CALLED_P,
    OUTLYING,
    PLAN,
    ROBUST_LOSS,
    Plan,
    Surges,
    no_surges,
    peers_event,
    resumed,
)

Floats = npt.NDArray[np.float64]

_SLOPE_SD = 0.1
"""Prior standard deviation of the share's change in 28 days."""
_ROUNDS = 3
_EDGE = 0.02
"""A baseline share is not nearer to 0 or 1: no window can show that something never happens."""


def share_surges(
    part: npt.ArrayLike, whole: npt.ArrayLike, *, plan: Plan = PLAN, resume: tuple[int, Surges] | None = None
) -> Surges:
    """Test each day's ``part`` given ``whole`` (shape: accounts, days; consecutive days), from the days before it.

    In the result ``expected`` is of the part, ``event`` a rise of the log odds, ``alpha`` the overdispersion. ``resume``
    is as for :func:`undertow.statistics.surges.surges`.
    """
    y, n = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    made = no_surges(*y.shape)
    if y.size == 0:
        return made
    start = resumed(made, resume)
    born = np.where((n > 0).any(axis=1), (n > 0).argmax(axis=1), y.shape[1])
    for day in range(max(start, plan.least_history), y.shape[1]):
        first = max(0, day - plan.window)
        since = np.arange(first, day)
        called = (made.p_value[:, first:day] < CALLED_P) & (since > day - 1 - plan.left_out_for)
        use = (since >= born[:, None]) & ~called & (n[:, first:day] > 0)
        enough = (n[:, first:day] * use).sum(axis=1) >= plan.least_in_window
        row = np.flatnonzero((day - born >= plan.least_history) & enough & (use.sum(axis=1) > 2) & (n[:, day] > 0))
        if row.size:
            _one_day(y[row], n[row], use[row], since, day, row, made, plan)
    return made


def _one_day(
    y: Floats, n: Floats, use: npt.NDArray[np.bool_], since: npt.NDArray[np.int64], day: int,
    row: npt.NDArray[np.int64], made: Surges, plan: Plan,
) -> None:  # fmt: skip
    """Fill in the tests of one day for the accounts ``row``."""
    share, variance, dispersion = _baseline(y[:, since], n[:, since], use, (since - day) / 28.0)
    seen, whole = y[:, day], n[:, day]
    binomial = share * (1 - share)
    odds = np.log((seen + 0.5) / (whole - seen + 0.5)) - np.log(share / (1 - share))
    noise = dispersion / (whole * binomial) + variance / binomial**2
    event, differ = peers_event(odds, noise, plan.least_peers)
    lifted = 1 / (1 + np.exp(-event) * (1 - share) / share)
    own = _upper_tail(seen, whole, share, dispersion + whole * variance / binomial)
    wide = dispersion + whole * (variance / binomial + differ * lifted * (1 - lifted))
    made.own_p[row, day] = own
    made.p_value[row, day] = np.maximum(own, _upper_tail(seen, whole, lifted, wide))
    made.expected[row, day] = whole * lifted
    made.spread[row, day] = np.maximum((wide * (1 - lifted) - 1) / np.maximum(whole * lifted, 1e-9), 0.0)
    made.event[row, day] = event
    made.alpha[row, day] = dispersion


def _baseline(y: Floats, n: Floats, use: npt.NDArray[np.bool_], at: Floats) -> tuple[Floats, Floats, Floats]:
    """(share today, variance of that estimate, overdispersion from 1 on) out of the window, for all accounts."""
    share = y / np.maximum(n, 1.0)
    weight = use * n
    fitted = np.broadcast_to(((weight * share).sum(axis=1) / weight.sum(axis=1))[:, None], y.shape)
    dispersion = np.ones(len(y))
    for _ in range(_ROUNDS):
        fitted = np.clip(fitted, _EDGE, 1 - _EDGE)
        binomial = fitted * (1 - fitted)
        residual = (share - fitted) / np.sqrt(binomial * dispersion[:, None] / np.maximum(n, 1.0))
        down = np.where(residual > OUTLYING, (OUTLYING / np.maximum(residual, OUTLYING)) ** 2, 1.0)
        weight = use * down * n / (binomial * dispersion[:, None])
        # the line's normal equations, with the prior on its slope
        s0, s1, s2 = (weight * at**power @ np.ones(len(at)) for power in range(3))
        s2 = s2 + _SLOPE_SD**-2
        t0, t1 = (weight * share * at**power @ np.ones(len(at)) for power in range(2))
        determinant = s0 * s2 - s1 * s1
        level, slope = (s2 * t0 - s1 * t1) / determinant, (s0 * t1 - s1 * t0) / determinant
        fitted = level[:, None] + slope[:, None] * at
        squares = (use * down * n * (share - np.clip(fitted, _EDGE, 1 - _EDGE)) ** 2 / binomial).sum(axis=1)
        dispersion = np.maximum(ROBUST_LOSS * squares / np.maximum(use.sum(axis=1) - 2, 1), 1.0)
    return np.clip(level, _EDGE, 1 - _EDGE), s2 / determinant, dispersion


def _upper_tail(seen: Floats, whole: Floats, share: Floats, dispersion: Floats) -> Floats:
    """P(Y >= seen) of a binomial count with the variance multiplied by ``dispersion``: counts divided by it."""
    from scipy.special import betainc

    tail = betainc(np.maximum(seen / dispersion, 1e-9), (whole - seen) / dispersion + 1, share)
    return np.where(seen > 0, tail, 1.0)
