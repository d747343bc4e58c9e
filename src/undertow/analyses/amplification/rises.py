"""Days on which an account was amplified beyond its own past and its peers: tests, episodes, what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.analyses.amplification.series import Series
from undertow.statistics.multiple_testing import benjamini_hochberg
from undertow.statistics.share_surges import share_surges
from undertow.statistics.surges import Surges, ordinary_range, surges

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

COMPONENTS = ("broad", "new")
"""What is tested on each day: the amplifiers beside the top post, and the new ones given these (Fisher's method)."""
P_LEVEL = 0.001
"""An anomaly's p-value: one false alarm in 1,000 tested days of an account, .37 a year, where the null is right."""
Q_LEVEL = 0.01
"""An anomaly's q-value, over the accounts that were tested on its day (so that later days do not change it)."""
LEAST_RATIO = 1.25
"""An anomaly brings at least so many times what was expected, by its count or by its new ones: less is of no consequence
to reach."""
LEAST_COUNT = 10
"""Amplifiers that a day needs to be an anomaly."""
GAP = 3
"""Anomalous days at most this far apart are one episode."""
LEAST_BROAD = 0.25
"""Share of the amplifiers beside the most amplified post that an account needs over the whole time; below, it is
amplified one post at a time, and a rise cannot be told from one post that goes round."""


@dataclass(frozen=True)
class Anomalies:
    """The tested days (shape: targets, days): p of both components combined, q over the day, and what was called."""

    series: Series
    by_component: tuple[Surges, ...]
    testable: Bools
    p_value: Floats
    q_value: Floats
    called: Bools

    @property
    def tested(self) -> Bools:
        """Which days were tested."""
        return ~np.isnan(self.p_value)

    @property
    def over_all(self) -> float:
        """The chance of a p as small anywhere among all tests (Benjamini-Hochberg's smallest q; Simes 1986)."""
        return float(benjamini_hochberg(self.p_value[self.tested]).min())

    def component(self, target: int, day: int) -> int:
        """The component that stands out most on a day."""
        return int(np.nanargmin([found.p_value[target, day] for found in self.by_component]))

    def ordinary(self, target: int, day: int, component: int) -> tuple[float, float, float]:
        """(expected, low, high) of a component on a day: what an ordinary day would have brought."""
        found = self.by_component[component]
        low, high = ordinary_range(found.expected[[target], [day]], found.spread[[target], [day]])
        return float(found.expected[target, day]), float(low[0]), float(high[0])


@dataclass(frozen=True)
class Episode:
    """Anomalous days of one target that belong together; days are columns, both ends included."""

    target: int
    first: int
    last: int
    peak: int


def anomalies(series: Series, *, resume: tuple[int, tuple[Surges, ...]] | None = None) -> Anomalies:
    """Test every day of every target; ``resume`` is (day, earlier results for the same counts before that day)."""
    until, earlier = (0, (None, None)) if resume is None else resume
    broad = surges(
        series.broad,
        first_weekday=series.first_weekday,
        volume=np.log1p(series.objects),
        resume=None if earlier[0] is None else (until, earlier[0]),
    )
    new = share_surges(series.new, series.broad, resume=None if earlier[1] is None else (until, earlier[1]))
    found = (broad, new)
    everyone = np.maximum(series.amplifiers.sum(axis=1), 1)
    testable = series.broad.sum(axis=1) >= LEAST_BROAD * everyone
    p_value = _combined(np.stack([one.p_value for one in found]))
    p_value[~testable] = np.nan
    made = ~np.isnan(p_value)
    q_value = np.full(p_value.shape, np.nan)
    for day in np.flatnonzero(made.any(axis=0)):
        q_value[made[:, day], day] = benjamini_hochberg(p_value[made[:, day], day])
    ratio = _times_expected(series, broad, new)
    small = (np.nan_to_num(p_value, nan=1.0) <= P_LEVEL) & (np.nan_to_num(q_value, nan=1.0) <= Q_LEVEL)
    called = made & small & (ratio >= LEAST_RATIO) & (series.broad >= LEAST_COUNT)
    return Anomalies(series, found, testable, p_value, q_value, called)


def _combined(p_values: Floats) -> Floats:
    """Fisher's method over the components (first axis) that could be tested; NaN where none could.

    The share's p-value is that of a law given the count, so it is uniform, or larger, whatever the count was: under the
    null the two are as good as independent, and a day that is odd in both counts for more than its odder half.
    """
    from scipy.stats import chi2

    known = ~np.isnan(p_values)
    statistic = -2 * np.log(np.maximum(np.where(known, p_values, 1.0), np.finfo(np.float64).tiny)).sum(axis=0)
    n_known = known.sum(axis=0)
    return np.where(n_known > 0, chi2.sf(statistic, 2 * np.maximum(n_known, 1)), np.nan)


def _times_expected(series: Series, broad: Surges, new: Surges) -> Floats:
    """How many times the expected amplifiers a day brought: by their count, or by the new among them, the larger.

    With a usual share s of new ones, y amplifiers of which z are new hold (z - s y) / (1 - s) newcomers too many; the
    count says less where the account posted much on the day.
    """
    y, z = series.broad, series.new
    with np.errstate(invalid="ignore", divide="ignore"):
        by_count = np.nan_to_num(y / broad.expected, nan=np.inf)  # a day of which only the share is tested
        too_many = (z - new.expected) / (1 - new.expected / y)
        by_share = np.nan_to_num(y / (y - too_many), nan=0.0)
    return np.maximum(by_count, by_share)


def episodes(found: Anomalies) -> list[Episode]:
    """The anomalous days, those at most GAP days apart joined, by target and time."""
    made: list[Episode] = []
    for target in range(found.called.shape[0]):
        days = np.flatnonzero(found.called[target])
        if days.size == 0:
            continue
        for run in np.split(days, np.flatnonzero(np.diff(days) > GAP) + 1):
            peak = run[np.argmin(found.p_value[target, run])]
            made.append(Episode(target, int(run[0]), int(run[-1]), int(peak)))
    return made
