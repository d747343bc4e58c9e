"""Words that stand with everything: told by their company, without a list for each language.

Function words stand among the words that all texts have; a word of a subject stands among others of its subject. The
Kullback-Leibler divergence between the words beside a word and all words is small for the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FREQUENT = 0.005
"""Share of the texts from which a word is looked at: function words are frequent, and of others too little is known."""

MOST_EVERYDAY = 0.5
"""Part of the frequent words, those with the least divergence, that count as everyday words."""


def everyday_words(texts: csr_matrix) -> npt.NDArray[np.bool_]:
    """For each column of ``texts`` (texts, words; 1 where a text has a word) whether it is an everyday word."""
    frequency = np.asarray(texts.sum(axis=0), dtype=np.float64).ravel()
    everyday = np.zeros(len(frequency), dtype=np.bool_)
    frequent = np.flatnonzero(frequency > FREQUENT * texts.shape[0])
    if not len(frequent):
        return everyday
    beside = (texts.tocsc()[:, frequent].T @ texts).tocoo()
    other = frequent[beside.row] != beside.col
    row, column = beside.row[other], beside.col[other]
    seen = beside.data[other].astype(np.float64)
    total = np.maximum(np.bincount(row, seen, minlength=len(frequent)), 1.0)
    share = seen / total[row]
    expected = frequency[column] / frequency.sum()
    divergence = np.bincount(row, share * np.log(share / expected), minlength=len(frequent))
    divergence -= (np.bincount(row, minlength=len(frequent)) - 1) / (2 * total)  # what chance alone adds
    order = np.argsort(divergence, kind="stable")
    everyday[frequent[order[: int(len(frequent) * MOST_EVERYDAY)]]] = True
    return everyday
