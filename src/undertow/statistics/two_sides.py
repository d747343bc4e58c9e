"""Did a yes-or-no property of days change between two sides? Exact, for days that follow each other in time.

If one habit made all days, the days with the property are a random draw among all days, and their number on one side
is hypergeometric (Fisher's exact test). Neighbouring days resemble each other, though; so all counts are divided by
the variance inflation of a first-order process, (1 + r) / (1 - r), where r is the correlation of successive days
*within* the sides (Bayley and Hammersley 1946). Rounding goes against finding a change.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from undertow.compiled import compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SMALL_SAMPLE = 3.0
"""The lag-one correlation of n days is too small by up to about (1 + 3r) / n on average (Kendall 1954)."""

LARGEST_CORRELATION = 0.95


@compiled
def _upper_tails(total: Ints, marked: Ints, drawn: Ints, at_least: Ints) -> Floats:
    """P(X >= at_least), X the marked among ``drawn`` of ``total`` things of which ``marked`` are marked."""
    out = np.empty(len(total), np.float64)
    for row in range(len(total)):
        n, k, m, x = total[row], marked[row], drawn[row], at_least[row]
        lowest, highest = max(0, m - (n - k)), min(k, m)
        if x <= lowest:
            out[row] = 1.0
            continue
        if x > highest:
            out[row] = 0.0
            continue
        log_p = (
            math.lgamma(k + 1.0) - math.lgamma(x + 1.0) - math.lgamma(k - x + 1.0)
            + math.lgamma(n - k + 1.0) - math.lgamma(m - x + 1.0) - math.lgamma(n - k - m + x + 1.0)
            - math.lgamma(n + 1.0) + math.lgamma(m + 1.0) + math.lgamma(n - m + 1.0)
        )  # fmt: skip
        term = math.exp(log_p)
        reached = term
        for y in range(x, highest):
            term *= (k - y) * (m - y) / ((y + 1.0) * (n - k - m + y + 1.0))
            reached += term
        out[row] = min(reached, 1.0)
    return out


def upper_tails(
    total: npt.ArrayLike, marked: npt.ArrayLike, drawn: npt.ArrayLike, at_least: npt.ArrayLike
) -> Floats:
    """Hypergeometric tails P(X >= at_least), each row on its own; relative error about 1e-12.

    >>> upper_tails([10], [5], [5], [5]).round(6).tolist()
    [0.003968]
    """
    columns = [np.ascontiguousarray(part, dtype=np.int64) for part in (total, marked, drawn, at_least)]
    return np.asarray(_upper_tails(*columns), dtype=np.float64)


def inflation(correlation: npt.ArrayLike, days: npt.ArrayLike) -> Floats:
    """By what the variance of a mean grows when successive days correlate so, as estimated from so many days.

    >>> inflation([0.5, -0.2], [300, 300]).round(2).tolist()
    [3.08, 1.0]
    """
    known = np.asarray(correlation, np.float64) + SMALL_SAMPLE / np.maximum(np.asarray(days, np.float64), 1)
    r = np.clip(known, 0.0, LARGEST_CORRELATION)
    return np.asarray((1 + r) / (1 - r), dtype=np.float64)


def changed_p(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    *,
    marked_before: npt.ArrayLike,
    marked_after: npt.ArrayLike,
    inflated: npt.ArrayLike = 1.0,
) -> Floats:
    """Two-sided p-values that the marked days are spread over the two sides as over all days.

    ``before`` and ``after`` are numbers of days, ``marked_...`` of days with the property, ``inflated`` the variance
    inflation (:func:`inflation`). Twice the smaller tail, at most 1; exact where ``inflated`` is 1.

    >>> changed_p([5], [5], marked_before=[5], marked_after=[0]).round(6).tolist()
    [0.007937]
    """
    by = np.asarray(inflated, np.float64)
    n_b, n_a, x_b, x_a = (
        np.asarray(part, np.float64) / by for part in (before, after, marked_before, marked_after)
    )
    tiny = 1e-9  # a whole number divided by 1 stays one
    days_b, days_a = np.floor(n_b + tiny), np.floor(n_a + tiny)
    tails = []
    for first, second, n_first, n_second in ((x_b, x_a, days_b, days_a), (x_a, x_b, days_a, days_b)):
        inside = np.minimum(np.floor(first + tiny), n_first)
        outside = np.minimum(np.ceil(second - tiny), n_second)
        tails.append(upper_tails(n_first + n_second, inside + outside, n_first, inside))
    return np.minimum(1.0, 2.0 * np.minimum(*tails))
