"""Which words mark a group of texts: class-based TF-IDF, and log-odds with an informative prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]


def class_tfidf(counts: csr_matrix) -> csr_matrix:
    """Weight of each word for each class; ``counts`` and the result have shape (classes, words).

    tf(w, c) log(1 + A / f(w)): tf the word's share of the class's words, f(w) its count over all classes, A the mean
    number of words of a class (Grootendorst 2022, BERTopic, equation 2). A class without words has weight 0.

    >>> from scipy.sparse import csr_matrix
    >>> class_tfidf(csr_matrix([[3, 1], [0, 4]])).toarray().round(2).tolist()
    [[0.64, 0.15], [0.0, 0.59]]
    """
    from scipy.sparse import csr_matrix as sparse
    from scipy.sparse import diags_array

    totals = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    frequency = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    mean = totals.sum() / max(1, len(totals))
    share = diags_array(1 / np.maximum(totals, 1)) @ counts
    weight = np.log1p(mean / np.maximum(frequency, 1))
    return sparse(share @ diags_array(weight))


def log_odds(first: npt.ArrayLike, second: npt.ArrayLike, prior: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Log-odds-ratio of each word in the ``first`` group against the ``second``, and its z-score.

    All arrays have shape (words,): counts in each group, and the pseudo-counts of an informative Dirichlet prior (all
    above 0), commonly the words' counts in a background. Monroe, Colaresi and Quinn 2008 (Fightin' Words), equations
    15, 19 and 20: the z-scores rank words; they hold posts to be independent, so intervals come from elsewhere.
    Raises ValueError for a prior that is not positive.

    >>> delta, z = log_odds([30, 5, 65], [5, 30, 65], [1, 1, 1])
    >>> delta.round(1).tolist(), bool(z[0] > 3 > abs(z[2]))
    ([1.9, -1.9, 0.0], True)
    """
    one, two, pseudo = (np.asarray(part, dtype=np.float64) for part in (first, second, prior))
    if (pseudo <= 0).any():
        raise ValueError("the prior must be above 0 for every word")
    odds = []
    for counts in (one, two):
        with_prior = counts + pseudo
        rest = with_prior.sum() - with_prior
        odds.append(np.log(with_prior / np.maximum(rest, np.finfo(float).tiny)))
    delta = odds[0] - odds[1]
    return delta, delta / np.sqrt(1 / (one + pseudo) + 1 / (two + pseudo))
