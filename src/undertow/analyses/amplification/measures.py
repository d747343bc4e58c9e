"""Measures of reach over amplifiers: concentration, loyalty, newness, speed, loss; intervals by amplifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.analyses.amplification.reading import DAY_S, DAY_US, Reach
from undertow.analyses.amplification.series import NO_OBJECT
from undertow.statistics.bursts import LEAST_BINS, LEAST_EVENTS, scan
from undertow.statistics.intervals import percentile_interval, share_interval
from undertow.wording import count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DRAWS = 500
YOUNG_DAYS = 90
LOYAL_SHARE, LOYAL_ACTIONS = 0.5, 5
"""An amplifier is loyal to a target when at least this share of all its reposts, replies and quotes goes there, and at
least so many."""
FAST_S = (10, 60)
PLAUSIBLE_US = (631_152_000_000_000, 4_102_444_800_000_000)
"""Registrations before 1990 or from 2100 on are errors of the source."""
MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Share:
    """A share of actions with its interval by amplifier, and how many actions and amplifiers it is of."""

    value: float
    low: float
    high: float
    n: int
    n_accounts: int


def share_of(hit: Bools, amplifier: Ints, rng: np.random.Generator) -> Share | None:
    """The share of actions for which ``hit`` holds, with a bootstrap over amplifiers; None without actions."""
    if hit.size == 0:
        return None
    _, number = np.unique(amplifier, return_inverse=True)
    table = np.stack([np.bincount(number, hit.astype(float)), np.bincount(number).astype(float)], axis=1)
    kinds, weights = resampled(table, rng)
    sums = weights @ kinds
    low, high = share_interval(table[:, 0], table[:, 1], sums[:, 0] / sums[:, 1])
    return Share(float(hit.mean()), low, high, int(hit.size), len(table))


def resampled(rows: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(the distinct rows in order, how often each is drawn: shape draws, kinds) when rows are drawn with replacement.

    Rows are whole numbers.

    Amplifiers with equal rows are interchangeable, so that their number is drawn at once: exact, and cheap where there
    are many amplifiers of few kinds.
    """
    # one number a row, which sorts like it: np.unique of whole rows is ten times as slow
    size = rows.max(axis=0) + 1
    _, first, counts = np.unique(
        rows @ np.append(np.cumprod(size[:0:-1])[::-1], 1.0), return_index=True, return_counts=True
    )
    kinds = rows[first]
    return kinds, rng.multinomial(len(rows), counts / len(rows), size=DRAWS).astype(np.float64)


@dataclass(frozen=True)
class Concentration:
    """How unequally amplifiers amplify: (value, low, high) of the top 1%'s share and of the Gini coefficient."""

    top: tuple[float, float, float]
    gini: tuple[float, float, float]
    n: int
    n_accounts: int


def concentration(amplifier: Ints, rng: np.random.Generator) -> Concentration | None:
    """Over the actions of at least two amplifiers, with a bootstrap over amplifiers; else None."""
    _, counts = np.unique(amplifier, return_counts=True)
    if counts.size < 2:
        return None
    ascending, times = np.unique(counts.astype(np.float64), return_counts=True)
    _, weights = resampled(counts.astype(np.float64)[:, None], rng)
    tops, ginis = _unequal(ascending, weights)
    top, gini = _unequal(ascending, times[None, :].astype(np.float64))
    return Concentration(
        (float(top[0]), *percentile_interval(tops)),
        (float(gini[0]), *percentile_interval(ginis)),
        int(counts.sum()),
        int(counts.size),
    )


def _unequal(ascending: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(share of the top 1%, Gini) of sorted counts, each drawn ``weights`` times (shape: draws, amplifiers)."""
    total = weights @ ascending
    n = weights.sum(axis=1)
    cumulated = np.cumsum(weights, axis=1)
    # a value drawn w times takes the ranks (cumulated - w, cumulated]
    middle = cumulated - (weights - 1) / 2
    gini = 2 * (weights * middle) @ ascending / (n * total) - (n + 1) / n
    most = np.maximum(1.0, np.ceil(0.01 * n))[:, None]
    from_top = np.cumsum(weights[:, ::-1], axis=1)
    taken = np.clip(most - (from_top - weights[:, ::-1]), 0.0, weights[:, ::-1])
    return taken @ ascending[::-1] / total, gini


def loyal(reach: Reach) -> Bools:
    """Which actions come from amplifiers that are loyal to the target."""
    pairs = reach.target * max(len(reach.amplifiers), 1) + reach.amplifier
    _, place, here = np.unique(pairs, return_inverse=True, return_counts=True)
    found: Bools = (here[place] >= LOYAL_ACTIONS) & (here[place] / np.maximum(reach.all_actions, 1) >= LOYAL_SHARE)
    return found


def age_days(reach: Reach, registered: Ints) -> Floats:
    """The amplifier's age in days at each action; NaN where its registration (-1) is not known or later."""
    since = registered[reach.amplifier]
    age = (reach.time - since) / DAY_US
    return np.where((since >= 0) & (age >= 0), age, np.nan)


@dataclass(frozen=True)
class Registered:
    """Which amplifiers were registered in a burst, of how many whose day is known; ``bursts``: how many there are."""

    inside: Bools
    known: int
    bursts: int

    @property
    def words(self) -> str:
        """How many of them were registered in bursts, or that none were."""
        if not self.bursts:
            return f"no burst of registrations is beyond chance among the {self.known:,} whose day is known"
        return (
            f"{int(self.inside.sum()):,} of the {self.known:,} whose day of registration is known were registered in "
            f"{count(self.bursts, 'burst')} beyond chance"
        )


def registered_in_bursts(registered: Ints) -> Registered | None:
    """Which amplifiers were registered in a burst of days (:func:`undertow.statistics.bursts.scan`, at 5% for all).

    None where fewer than LEAST_EVENTS days are known, or all of them within LEAST_BINS days.
    """
    known = (registered >= PLAUSIBLE_US[0]) & (registered < PLAUSIBLE_US[1])
    day = registered // DAY_US
    first, last = (int(day[known].min()), int(day[known].max())) if known.any() else (0, 0)
    if known.sum() < LEAST_EVENTS or last - first + 1 < LEAST_BINS:
        return None
    place = np.where(known, day - first, -1)
    found = scan(np.bincount(place[known], minlength=last - first + 1))
    return Registered(found.burst_of(place) >= 0, int(known.sum()), len(found.bursts))


@dataclass(frozen=True)
class Speed:
    """Reposts whose delay is known: seconds after the post, and after the repost before (inf for the first).

    ``to_second``: times are known to the second; else to the minute, and a delay of 0 is less than a minute.
    """

    after_post: Floats
    after_other: Floats
    amplifier: Ints
    target: Ints
    to_second: bool


def speed(reach: Reach) -> Speed:
    """The delays of reposts of a known post: of those with times to the second where these are most, else of all.

    Reposts whose time of day is not known are left out.
    """
    use = (reach.kind == 0) & (reach.object != NO_OBJECT) & (reach.precision_s < DAY_S)
    fine = reach.precision_s == 1
    to_second = bool(2 * (use & fine).sum() >= use.sum())
    row = np.flatnonzero(use & fine if to_second else use)
    order = row[np.lexsort((reach.amplifier[row], reach.time[row], reach.object[row]))]
    same = np.diff(reach.object[order]) == 0
    other = np.full(order.size, np.inf)
    other[1:][same] = np.diff(reach.time[order])[same] / 1e6
    mine = np.diff(reach.amplifier[order]) == 0
    other[1:][same & mine] = np.inf  # an account that reposts twice does not follow another
    origin = reach.origin[order]
    # what is known to the minute is compared to the minute: else a repost in the post's own would come before it
    origin = np.where(fine[order] | (origin < 0), origin, origin // MINUTE_US * MINUTE_US)
    post = np.where(origin >= 0, (reach.time[order] - origin) / 1e6, np.nan)
    post[post < 0] = np.nan
    return Speed(post, other, reach.amplifier[order], reach.target[order], to_second)


def monthly(reach: Reach) -> tuple[Ints, Ints]:
    """(month of each action as months since 1970, the sorted distinct months)."""
    month = (reach.day.astype("datetime64[D]").astype("datetime64[M]")).astype(np.int64)
    return month, np.unique(month)


def month_name(month: int) -> str:
    """A month since 1970 as 2016-03."""
    return str(np.datetime64(int(month), "M"))
