"""Accounts that post on a theme now more, now less: a population for the test of changes over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def theme_counts(
    rng: np.random.Generator,
    accounts: int,
    periods: int,
    common: Callable[[], Floats],
    *,
    jump: float = 0.0,
    at: int,
) -> tuple[Floats, Floats]:
    """(posts of the theme, all posts), each of shape (accounts, periods).

    Accounts are of very unequal activity and interest, each there for a part of the time, and their interests come in
    waves of their own. ``common`` gives what moves all of them in each period, on the scale of log odds. After the period
    ``at`` the share rises for good by the part ``jump`` of what is left to 1.
    """
    activity = np.minimum(rng.pareto(1.2, accounts) + 0.3, 30)
    interest = rng.beta(1.5, 4, accounts)
    first = rng.integers(0, periods // 2, accounts)
    last = first + rng.integers(periods // 4, periods, accounts)
    wave = np.zeros((accounts, periods))
    for period in range(1, periods):
        wave[:, period] = 0.8 * wave[:, period - 1] + 0.6 * rng.normal(size=accounts)
    time = np.arange(periods)
    total = rng.poisson(activity[:, None] * ((time >= first[:, None]) & (time < last[:, None])))
    chance = 1 / (1 + np.exp(-(np.log(interest / (1 - interest))[:, None] + 1.5 * wave + common())))
    chance = chance + jump * (1 - chance) * (time > at)
    return rng.binomial(total, chance).astype(float), total.astype(float)
