"""Precision, recall, AUC and average precision with intervals, for ranked things most of which have no score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.statistics.intervals import wilson

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]

DRAWS = 200
CURVE_POINTS = 200


@dataclass(frozen=True)
class Interval:
    """A number with its 95% interval; None where it is not defined (no call, or one class only)."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measures:
    """How well one method tells true from false, and the points of its curve (recall, precision, false positive rate)."""

    n: int
    n_true: int
    n_called: int
    precision: Interval
    recall: Interval
    auc: Interval
    average_precision: Interval
    curve: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Ranked:
    """Things with a score, and the rest: ``rest_true`` and ``rest_false`` things have none and rank last, tied.

    ``score``, ``true`` and ``called`` are of equal length; ``weights`` (draws, things) and ``rest_weights``
    (draws, 2: true, false) are the bootstrap's; the first draw is the estimate itself: ones, or how many things a row
    stands for.
    """

    score: Float
    true: Bool
    called: Bool
    rest_true: float
    rest_false: float
    weights: Float
    rest_weights: Float


def measured(ranked: Ranked) -> Measures:
    """The measures of one ranking; intervals are the 2.5% and 97.5% quantiles over the draws, Wilson's at 0 and 1."""
    order = np.argsort(-ranked.score, kind="stable")
    score, true, called = ranked.score[order], ranked.true[order], ranked.called[order]
    last = np.ones(len(score), bool)
    last[:-1] = score[1:] != score[:-1]
    draws = [
        _one_draw(weights[order], rest, true, called, last)
        for weights, rest in zip(ranked.weights, ranked.rest_weights, strict=True)
    ]
    columns = [_interval([draw[k] for draw in draws]) for k in range(4)]
    n_true, n_called = int(true.sum()) + round(ranked.rest_true), int(called.sum())
    return Measures(
        n=round(float(ranked.weights[0].sum()) + ranked.rest_true + ranked.rest_false),
        n_true=n_true,
        n_called=n_called,
        precision=_none_or_all(columns[0], n_called),
        recall=_none_or_all(columns[1], n_true),
        auc=columns[2],
        average_precision=columns[3],
        curve=_curve(ranked.weights[0][order], true, last, ranked.rest_true, ranked.rest_false),
    )


def _one_draw(weights: Float, rest: Float, true: Bool, called: Bool, last: Bool) -> tuple[float | None, ...]:
    """Precision, recall, AUC and average precision for one weighting of the things."""
    of_true, of_false = weights * true, weights * ~true
    n_true, n_false = of_true.sum() + rest[0], of_false.sum() + rest[1]
    hits, calls = float(of_true[called].sum()), float(weights[called].sum())
    precision = hits / calls if calls > 0 else None
    if n_true <= 0 or n_false <= 0:
        return precision, None, None, None
    # blocks of equal scores, then the block of those without one
    above_true = np.append(np.cumsum(of_true)[last], n_true)
    above_false = np.append(np.cumsum(of_false)[last], n_false)
    step_true, step_false = np.diff(above_true, prepend=0.0), np.diff(above_false, prepend=0.0)
    auc = float((step_true * (n_false - above_false + step_false / 2)).sum() / (n_true * n_false))
    block = above_true + above_false
    within = np.divide(above_true, block, out=np.zeros_like(block), where=block > 0)
    return precision, hits / n_true, auc, float((step_true * within).sum() / n_true)


def _interval(values: list[float | None]) -> Interval:
    if values[0] is None:
        return Interval(None)
    known = [value for value in values[1:] if value is not None]
    if not known:
        return Interval(values[0])
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(values[0], float(low), float(high))


def _none_or_all(found: Interval, things: int) -> Interval:
    """A share of none or all, of which every draw is alike, with Wilson's interval for so many ``things``."""
    if found.value not in (0.0, 1.0) or not things:
        return found
    return Interval(found.value, *wilson(things if found.value else 0, things))


def _curve(
    weights: Float, true: Bool, last: Bool, rest_true: float, rest_false: float
) -> tuple[tuple[float, float, float], ...]:
    of_true, of_false = weights * true, weights * ~true
    hits = np.append(np.cumsum(of_true)[last], of_true.sum() + rest_true)
    misses = np.append(np.cumsum(of_false)[last], of_false.sum() + rest_false)
    kept = np.unique(np.linspace(0, len(hits) - 1, CURVE_POINTS).round().astype(np.int64))
    n_true, n_false = max(hits[-1], 1.0), max(misses[-1], 1.0)
    return tuple(
        (float(hits[k] / n_true), float(hits[k] / max(hits[k] + misses[k], 1.0)), float(misses[k] / n_false))
        for k in kept
    )


def cluster_weights(cluster: Int64, *, draws: int = DRAWS, seed: int = 0) -> Float:
    """Bootstrap weights (1 + draws, clusters): how often each cluster is drawn; the first row is all ones."""
    generator = np.random.default_rng([seed, 21])
    n = int(cluster.max(initial=-1)) + 1
    drawn = generator.multinomial(n, np.full(n, 1 / max(n, 1)), size=draws) if n else np.zeros((draws, 0))
    return np.concatenate((np.ones((1, n)), drawn.astype(np.float64)))


def collapsed(score: Float, kept: Bool) -> tuple[Float, Float]:
    """Scores and counts that stand for the things not ``kept``, ranked as these are among the kept ones.

    Things with the score of a kept one keep it; those between two kept scores become one row between them.

    >>> collapsed(np.array([5.0, 4.0, 3.0, 2.0, 2.0, 1.0]), np.array([False, True, False, True, False, False]))
    (array([5., 3., 2., 1.]), array([1., 1., 1., 1.]))
    """
    levels = np.unique(score[kept])
    rest = score[~kept]
    place = 2 * np.searchsorted(levels, rest)
    equal = np.isin(rest, levels)
    place[equal] += 1
    places, first, counts = np.unique(place, return_index=True, return_counts=True)
    order = np.argsort(-places, kind="stable")
    return rest[first[order]], counts[order].astype(np.float64)
