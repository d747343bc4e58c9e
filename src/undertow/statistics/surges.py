"""Surges in daily counts: each day of each account against its own past, and against its peers on the same day.

The baseline of a day is learnt from the days before it only, so that a verdict does not change when later days come:
a negative-binomial regression of the window's counts on trend, weekday and the account's own volume, with days that
stood out weighted down and days that were called left out. The peers' common rise on the day (a news event) raises
the expectation. Related to Farrington et al. 1996 and Noufaily et al. 2013, who watch for outbreaks of disease.

Model, for account i and day t of the window before day d (see ``docs/explanation/amplification.md``):

    y_it ~ NB(mu_it, alpha_i),  log mu_it = a_i + b_i (t - d)/28 + c_{i, weekday(t)} + g_i (v_it - v_id)

with normal priors on b, c and g (a ridge), so that sparse windows stay stable. Given the past, y_id has mean
exp(a + c) times the event factor and the variance of the model plus that of the estimate; p = P(Y >= y_id).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the test is made of; fixed before any data were looked at, and shown in the documentation."""

    window: int = 84
    """Days of history that a baseline is learnt from."""
    least_history: int = 42
    """Days from an account's first count on before a day is tested."""
    least_in_window: int = 100
    """Counts in the window that a baseline needs; fewer are too little to tell."""
    left_out_for: int = 28
    """Days for which a day that was called stays out of later baselines; then a new level is the level."""
    least_peers: int = 3
    """Peers that an event is told by; with fewer the account is held against its own past alone."""


PLAN = Plan()

_TREND_SD, _WEEKDAY_SD, _VOLUME_SD = 0.25, 0.5, 1.0
"""Prior standard deviations of b (log change in 28 days), c and g: wide against what organic accounts do."""
_SHARED = 9
_PRIOR = np.diag([1e-6, _TREND_SD**-2, *[_WEEKDAY_SD**-2] * 7, _VOLUME_SD**-2])
OUTLYING = 2.58
"""Standardised residuals beyond this are weighted down by (2.58 / residual)^2 (Noufaily et al. 2013)."""
_NEWS = 1.64
"""The peers' median rise is news from so many of its standard errors on."""
_ROUNDS = 4
_LEAST_ALPHA = 0.005
_TAIL_DF = 30.0
_GRID = np.arange(-8.0, 16.0, 0.2)
_DENSITY = 0.2 * (1 + _GRID**2 / _TAIL_DF) ** (-(_TAIL_DF + 1) / 2)
_DENSITY /= _DENSITY.sum()
"""The t law of the log rate, on a grid of its standard deviations."""
CALLED_P = 1e-4
"""A day with a smaller p stays out of later baselines."""
ROBUST_LOSS = 1.15
"""What weighting down takes from the variance of ordinary days, given back (measured on negative binomials)."""


@dataclass(frozen=True)
class Surges:
    """What the test says of each account (row) and day (column); NaN where a day could not be tested.

    ``expected`` is the baseline with the event factor, ``spread`` the relative variance beyond Poisson around it,
    ``event`` is the log rise of the peers that was allowed for, ``own_p`` and ``p_value`` the chance of a count as
    large without and with it. ``coefficients`` is the state that the next day starts from.
    """

    expected: Floats
    spread: Floats
    event: Floats
    own_p: Floats
    p_value: Floats
    coefficients: Floats
    alpha: Floats

    @property
    def tested(self) -> Bools:
        """Which days were tested."""
        return ~np.isnan(self.p_value)


def surges(
    counts: npt.ArrayLike,
    *,
    first_weekday: int,
    volume: npt.ArrayLike | None = None,
    plan: Plan = PLAN,
    resume: tuple[int, Surges] | None = None,
) -> Surges:
    """Test each day of ``counts`` (shape: accounts, days; consecutive days, the first on ``first_weekday``, 0 Monday).

    ``volume`` (same shape) is what the account itself did, for example the logarithm of its posts. The accounts are each
    other's peers. ``resume`` is (day, result): days before it are taken from that result of the same counts, which
    gives the same numbers.
    """
    y = np.asarray(counts, dtype=np.float64)
    n_accounts, n_days = y.shape
    v = np.zeros_like(y) if volume is None else np.asarray(volume, dtype=np.float64)
    made = no_surges(n_accounts, n_days)
    start = resumed(made, resume)
    if y.size == 0:
        return made
    born = np.where((y > 0).any(axis=1), (y > 0).argmax(axis=1), n_days)
    for day in range(max(start, plan.least_history), n_days):
        _one_day(y, v, made, day, born, first_weekday, plan)
    return made


def resumed(made: Surges, resume: tuple[int, Surges] | None) -> int:
    """Take over into ``made`` what ``resume`` (day, earlier result) says of the days before; returns the first to test."""
    if resume is None:
        return 0
    start, before = resume
    for name in Surges.__dataclass_fields__:
        getattr(made, name)[:, :start] = getattr(before, name)[:, :start]
    return start


def no_surges(n_accounts: int, n_days: int) -> Surges:
    """The result in which nothing is tested yet."""

    def blank() -> Floats:
        return np.full((n_accounts, n_days), np.nan)

    return Surges(blank(), blank(), blank(), blank(), blank(), np.zeros((n_accounts, n_days, _SHARED + 1)), blank())


def _one_day(
    y: Floats,
    v: Floats,
    made: Surges,
    day: int,
    born: npt.NDArray[np.int64],
    first_weekday: int,
    plan: Plan,
) -> None:  # fmt: skip
    first = max(0, day - plan.window)
    past = y[:, first:day]
    since = np.arange(first, day)
    called = (made.p_value[:, first:day] < CALLED_P) & (since > day - 1 - plan.left_out_for)
    use = (since >= born[:, None]) & ~called
    ready = (day - born >= plan.least_history) & ((past * use).sum(axis=1) >= plan.least_in_window)
    row = np.flatnonzero(ready)
    if row.size == 0:
        return
    fitted = _fit(
        past[row], use[row].astype(np.float64), v[row, first:day] - v[row, day, None], since - day,
        (first_weekday + since) % 7, (first_weekday + day) % 7, made.coefficients[row, day - 1],
        made.alpha[row, day - 1],
    )  # fmt: skip
    seen = y[row, day]
    ratio = np.log((seen + 0.5) / (fitted.mean + 0.5))
    noise = 1 / (fitted.mean + 0.5) + fitted.alpha + fitted.log_variance
    event, event_variance = peers_event(ratio, noise, plan.least_peers)
    mean = fitted.mean * np.exp(event)
    made.coefficients[row, day] = fitted.coefficients
    made.alpha[row, day] = fitted.alpha
    made.event[row, day] = event
    made.own_p[row, day] = _upper_tail(seen, fitted.mean, fitted.alpha + fitted.log_variance)
    spread = fitted.alpha + fitted.log_variance + event_variance
    made.expected[row, day] = mean
    made.p_value[row, day] = np.maximum(_upper_tail(seen, mean, spread), made.own_p[row, day])
    made.spread[row, day] = spread


@dataclass(frozen=True)
class _Fit:
    mean: Floats
    alpha: Floats
    log_variance: Floats
    coefficients: Floats


def _fit(
    y: Floats, use: Floats, v: Floats, since: npt.NDArray[np.int64], weekdays: npt.NDArray[np.int64], today: int,
    start: Floats, alpha_start: Floats,
) -> _Fit:  # fmt: skip
    """The baseline of today for all accounts at once, by penalised, reweighted least squares."""
    days = len(since)
    x = np.zeros((days, _SHARED))  # what all accounts share: level, trend, weekdays
    x[:, 0] = 1.0
    x[:, 1] = since / 28.0
    x[np.arange(days), 2 + weekdays] = 1.0
    products = (x[:, :, None] * x[:, None, :]).reshape(days, -1)
    level = np.log((y * use).sum(axis=1) / use.sum(axis=1) + 1e-3)
    fresh = ~start.any(axis=1)
    beta = start.copy()
    beta[fresh, 0] = level[fresh]
    beta[~fresh, 0] += beta[~fresh, 1] / 28.0  # the intercept is today's level, and today has moved by a day
    alpha = np.where(np.isnan(alpha_start), 0.1, alpha_start)
    information = np.empty((len(y), _SHARED + 1, _SHARED + 1))
    target = np.empty((len(y), _SHARED + 1))
    for _ in range(_ROUNDS):
        eta = np.clip(beta[:, :_SHARED] @ x.T + beta[:, _SHARED:] * v, -12.0, 25.0)
        mu = np.exp(eta)
        residual = (y - mu) / np.sqrt(mu + alpha[:, None] * mu * mu)
        weight = use * np.where(residual > OUTLYING, (OUTLYING / np.maximum(residual, OUTLYING)) ** 2, 1.0)
        alpha = _dispersion(y, mu, weight)
        working = weight * mu / (1 + alpha[:, None] * mu)
        information[:, :_SHARED, :_SHARED] = (working @ products).reshape(-1, _SHARED, _SHARED)
        cross = (working * v) @ x
        information[:, :_SHARED, _SHARED] = cross
        information[:, _SHARED, :_SHARED] = cross
        information[:, _SHARED, _SHARED] = (working * v * v).sum(axis=1)
        information += _PRIOR
        wanted = working * (eta + (y - mu) / mu)
        target[:, :_SHARED] = wanted @ x
        target[:, _SHARED] = (wanted * v).sum(axis=1)
        beta = np.asarray(np.linalg.solve(information, target[:, :, None])[:, :, 0], dtype=np.float64)
    here = np.zeros(_SHARED + 1)
    here[[0, 2 + today]] = 1.0
    spread = np.linalg.solve(information, np.broadcast_to(here[:, None], (len(y), _SHARED + 1, 1)))[:, :, 0]
    return _Fit(np.exp(np.clip(beta @ here, -12.0, 25.0)), alpha, spread @ here, beta)


def _dispersion(y: Floats, mu: Floats, weight: Floats) -> Floats:
    """The negative binomial's alpha by moments, for the parameters that were estimated and the weights."""
    n = weight.sum(axis=1)
    excess = (weight * ((y - mu) ** 2 * (n / np.maximum(n - 8, 1))[:, None] - mu)).sum(axis=1)
    alpha = np.maximum(ROBUST_LOSS * excess / np.maximum((weight * mu * mu).sum(axis=1), 1e-9), _LEAST_ALPHA)
    return np.asarray(alpha, dtype=np.float64)


def peers_event(ratio: Floats, noise: Floats, least: int) -> tuple[Floats, Floats]:
    """The peers' median log rise where it is news, else 0, and how much accounts differ in it beyond chance.

    1.57 / n is the variance of a median of n over that of one (pi / 2, for the normal law).
    """
    event = np.zeros_like(ratio)
    variance = np.zeros_like(ratio)
    n_others = len(ratio) - 1
    if n_others < least:
        return event, variance
    median, usual = _median_of_others(ratio), _median_of_others(noise)
    news = median > _NEWS * np.sqrt(1.57 * usual / n_others)  # by less the peers' median moves by chance
    for account in np.flatnonzero(news):
        away = np.abs(np.delete(ratio, account) - median[account])
        spread = (1.4826 * float(np.median(away))) ** 2
        event[account] = median[account]
        variance[account] = max(0.0, spread - usual[account]) + 1.57 * spread / n_others
    return event, variance


def _median_of_others(values: Floats) -> Floats:
    """For each value the median of all the others."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(len(values))
    ascending = values[order]
    n = len(values) - 1
    low, high = (n - 1) // 2, n // 2
    middle = (ascending[low + (rank <= low)] + ascending[high + (rank <= high)]) / 2
    return np.asarray(middle, dtype=np.float64)


def _upper_tail(y: Floats, mean: Floats, alpha: Floats) -> Floats:
    """P(Y >= y) of a Poisson count whose rate varies by the relative variance ``alpha`` around ``mean``.

    The rate's logarithm follows a t law: organic days vary more like a lognormal than like the gamma of the negative
    binomial, whose tail is lighter, and alpha is itself estimated. The integral over the rate is a sum over a grid.
    """
    from scipy.special import gammainc

    scale = np.sqrt(np.log1p(np.maximum(alpha, 1e-9)))[:, None]
    rate = np.exp(np.clip(np.log(mean)[:, None] + scale * _GRID - scale**2 / 2, -30.0, 30.0))
    tail = gammainc(np.maximum(y, 1.0)[:, None], rate) @ _DENSITY
    return np.asarray(np.where(y > 0, np.minimum(tail, 1.0), 1.0), dtype=np.float64)


def ordinary_range(expected: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """What 95% of ordinary days bring, for :attr:`Surges.expected` and :attr:`Surges.spread`."""
    from scipy.stats import nbinom

    size = 1 / np.maximum(spread, 1e-9)
    chance = size / (size + expected)
    low, high = (np.asarray(nbinom.ppf(level, size, chance), dtype=np.float64) for level in (0.025, 0.975))
    return low, high
