"""The compiled kernel of :mod:`undertow.statistics.lead_lag`. Import late."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from undertow.compiled import compiled

Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


BISECTIONS = 24
"""Halvings: any tilt is right, and one near the mean keeps the numbers in range."""


@compiled
def _tilt(weight: Floats, low: int, high: int, k: int) -> float:
    """The factor by which the weights of low..high make independent choices (odds: factor times weight) choose k on
    average; by bisection on its logarithm."""
    least, most = -150.0, 150.0
    for _ in range(BISECTIONS):
        middle = (least + most) / 2
        factor = np.exp(middle)
        mean = 0.0
        for i in range(low, high):
            mean += factor * weight[i] / (1.0 + factor * weight[i])
        if mean < k:
            least = middle
        else:
            most = middle
    return float(np.exp((least + most) / 2))


@compiled
def expected_shares(starts: Int64, weight: Floats, inside: Bools, chosen: Int64, result: Floats) -> None:
    """Into ``result``, group by group, which share of a random choice of ``chosen`` members is expected ``inside``.

    ``starts``: where each group's members begin (one more entry than groups). A choice of k of a group's members
    (fewer than all) has a probability proportional to the product of their positive ``weight``: conditional Bernoulli
    sampling (Chen, Dempster and Liu 1994), that is, independent choices with odds proportional to the weights, given
    k of them. The odds are tilted so that k is their mean, which leaves the conditional distribution as it is and
    keeps its probability away from 0; the numbers chosen inside and outside are then two Poisson-binomial counts.
    """
    for group in range(len(starts) - 1):
        low, high = starts[group], starts[group + 1]
        k = chosen[group]
        factor = _tilt(weight, low, high, k)
        counts = np.zeros((2, k + 1))
        counts[0, 0] = 1.0
        counts[1, 0] = 1.0
        done = np.zeros(2, np.int64)
        for i in range(low, high):
            side = 1 if inside[i] else 0
            p = factor * weight[i] / (1.0 + factor * weight[i])
            done[side] += 1
            for j in range(min(done[side], k), 0, -1):
                counts[side, j] = counts[side, j] * (1.0 - p) + counts[side, j - 1] * p
            counts[side, 0] *= 1.0 - p
        mean = 0.0
        total = 0.0
        for m in range(k + 1):
            part = counts[1, m] * counts[0, k - m]
            total += part
            mean += m * part
        result[group] = mean / (k * total)
