"""Many tests at once: family-wise and false-discovery corrections, discrete tests, combination under dependence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def _checked(p_values: npt.ArrayLike) -> Floats:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError("p-values must be one-dimensional")
    if values.size and not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p-values must lie in 0..1")
    return values


def holm(p_values: npt.ArrayLike) -> Floats:
    """Adjusted p-values that control the chance of *any* false rejection, whatever the dependence (Holm 1979).

    Same shape and order as the input; reject where the result is at most the level.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = _checked(p_values)
    order = np.argsort(values, kind="stable")
    factors = np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def benjamini_hochberg(p_values: npt.ArrayLike, *, tests: int | None = None) -> Floats:
    """q-values that control the expected share of false discoveries (Benjamini and Hochberg 1995).

    ``tests`` is the number of hypotheses when only the smallest p-values are given; the rest count as 1.
    Valid for independent or positively dependent tests.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.04, 0.04]
    """
    values = _checked(p_values)
    number = values.size if tests is None else tests
    if number < values.size:
        raise ValueError(f"{values.size} p-values cannot come from {number} tests")
    order = np.argsort(values, kind="stable")
    scaled = values[order] * number / np.arange(1, values.size + 1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def combine_smallest(p_values: npt.ArrayLike, *, axis: int = -1) -> Floats:
    """K times the smallest of K p-values, at most 1: valid whatever their dependence (Bonferroni).

    ``NaN`` stands for a test that was not made and does not count; all NaN gives NaN.

    >>> float(combine_smallest([0.01, 0.5, float("nan")]))
    0.02
    """
    values = np.asarray(p_values, dtype=np.float64)
    made = ~np.isnan(values)
    if not ((values[made] >= 0) & (values[made] <= 1)).all():
        raise ValueError("p-values must lie in 0..1")
    smallest = np.where(made, values, 1.0).min(axis=axis)
    number = made.sum(axis=axis)
    return np.where(number > 0, np.minimum(smallest * number, 1.0), np.nan)


def partial_conjunction(p_values: npt.ArrayLike, least: npt.ArrayLike) -> Floats:
    """P-values of "fewer than ``least`` of the row's hypotheses are false", whatever their dependence.

    (K - least + 1) times the ``least``-th smallest of the K p-values that a row has (``NaN``: not made), made
    monotone in ``least`` (Benjamini and Heller 2008). 1 where fewer than ``least`` were made. ``p_values`` has shape
    (rows, tests), ``least`` (rows,) with values of at least 1.

    >>> partial_conjunction([[0.001, 0.01, 0.8], [0.001, 0.01, float("nan")]], [2, 3]).tolist()
    [0.02, 1.0]
    """
    values = np.asarray(p_values, dtype=np.float64)
    wanted = np.asarray(least, dtype=np.int64)
    if values.ndim != 2 or wanted.shape != values.shape[:1] or (wanted < 1).any():
        raise ValueError(
            "p-values must have shape (rows, tests), and at least one test must be asked for in each row"
        )
    made = ~np.isnan(values)
    if not ((values[made] >= 0) & (values[made] <= 1)).all():
        raise ValueError("p-values must lie in 0..1")
    number = made.sum(axis=1)
    ranked = np.sort(np.where(made, values, np.inf), axis=1)
    factor = np.maximum(number[:, None] - np.arange(values.shape[1]), 1)
    monotone = np.maximum.accumulate(ranked * factor, axis=1)
    there = wanted <= number
    found = monotone[np.arange(len(values)), np.minimum(wanted, values.shape[1]) - 1]
    return np.where(there, np.minimum(found, 1.0), 1.0)


def adaptive_filter(filtering: npt.ArrayLike, selecting: npt.ArrayLike) -> Floats:
    """q-values of partial conjunctions, paid for by those only that pass the filter (AdaFilter, Wang et al. 2022).

    ``selecting`` are partial-conjunction p-values S, ``filtering`` the values F <= S that the same hypotheses would have
    with one false hypothesis fewer asked for. Rejecting S <= g expects at most g times the number of F <= g false
    ones; q is the smallest such ratio at which a row is rejected. Controls the false discovery rate where the p-values
    behind a row are independent, and asymptotically under weak dependence; Benjamini-Hochberg on S would pay for every
    row in which nothing changed at all.

    >>> adaptive_filter([0.001, 0.9, 0.9, 0.9], [0.02, 0.9, 0.9, 0.9]).tolist()
    [0.02, 0.9, 0.9, 0.9]
    """
    passed, wanted = np.sort(_checked(filtering)), _checked(selecting)
    if passed.size != wanted.size or (np.asarray(filtering, dtype=np.float64) > wanted).any():
        raise ValueError("each row has a filter value, which is at most its p-value")
    order = np.argsort(wanted, kind="stable")
    ranked = wanted[order]
    number = np.searchsorted(ranked, ranked, side="right")
    ratio = ranked * np.searchsorted(passed, ranked, side="right") / np.maximum(number, 1)
    adjusted = np.empty_like(wanted)
    adjusted[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return adjusted


def monte_carlo_p(at_least: int | npt.NDArray[np.int64], draws: int) -> Floats:
    """The p-value of a permutation test: ``(1 + draws at least as extreme) / (1 + draws)``; never 0.

    >>> float(monte_carlo_p(0, 4000)) == 1 / 4001
    True
    """
    return (1.0 + np.asarray(at_least, dtype=np.float64)) / (1.0 + draws)
