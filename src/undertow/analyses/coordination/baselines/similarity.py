"""Similarity without a time window: TF-IDF cosine, percentile cuts, the fused network, eigenvector centrality.

Pacheco et al. 2021 ("Uncovering Coordinated Networks on Social Media: Methods and Case Studies", ICWSM) and Luceri
et al. 2024 ("Unmasking the Web of Deceit: Uncovering Coordinated Activity to Expose Information Operations on
Twitter", WWW), whose published code decides the details: smooth inverse document frequency, L2 norm, every pair
above 0 and self-loops kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.coordination.actions import Bool, Float, Int32

_BLOCK = 2_000
_DENSE = 50


@dataclass(frozen=True)
class SimilarityNetwork:
    """Undirected weighted edges, ``left <= right`` (self-loops where asked for), sorted."""

    left: Int32
    right: Int32
    weight: Float

    def take(self, keep: Bool) -> SimilarityNetwork:
        """The edges where ``keep`` holds."""
        return SimilarityNetwork(self.left[keep], self.right[keep], self.weight[keep])


def tfidf_cosine(
    account: NDArray[np.integer],
    object_: NDArray[np.integer],
    *,
    min_rows: int = 20,
    self_loops: bool = True,
) -> SimilarityNetwork:
    """Cosine of the accounts' TF-IDF vectors over the objects they acted on, every pair above 0.

    Accounts with fewer than ``min_rows`` rows (repeats count) are dropped, then (account, object) counts once and
    objects of one account are dropped. idf = 1 + ln((1 + n) / (1 + df)) over the n accounts left. Rows are computed
    in blocks: memory is bounded by the edges.
    """
    from scipy import sparse

    rows = np.bincount(account, minlength=1)
    busy = rows[account] >= min_rows
    both = np.unique(np.stack((account[busy].astype(np.int64), object_[busy].astype(np.int64))), axis=1)
    if both.shape[1]:
        both = both[:, np.bincount(both[1])[both[1]] > 1]
    people, row = np.unique(both[0], return_inverse=True)
    things, column = np.unique(both[1], return_inverse=True)
    if not len(people):
        empty = np.zeros(0, np.int32)
        return SimilarityNetwork(empty, empty.copy(), np.zeros(0))
    frequency = np.bincount(column)
    idf = 1 + np.log((1 + len(people)) / (1 + frequency))
    weights = idf[column]
    norm = np.sqrt(np.bincount(row, weights=weights**2))
    matrix = sparse.csr_array((weights / norm[row], (row, column)), shape=(len(people), len(things)))
    transposed = matrix.T.tocsr()
    parts: list[tuple[Int32, Int32, Float]] = []
    for start in range(0, len(people), _BLOCK):
        block = (matrix[start : start + _BLOCK] @ transposed).tocoo()
        left = block.row + start
        keep = (left <= block.col) if self_loops else (left < block.col)
        keep &= block.data > 0
        parts.append(
            (people[left[keep]].astype(np.int32), people[block.col[keep]].astype(np.int32), block.data[keep])
        )
    left_all, right_all, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((right_all, left_all))
    return SimilarityNetwork(left_all[order], right_all[order], weight[order])


def above_percentile(network: SimilarityNetwork, percentile: float = 99.5) -> SimilarityNetwork:
    """The edges whose weight exceeds the ``percentile`` of the weights (self-loops apart): Pacheco et al.'s cut."""
    proper = network.take(network.left != network.right)
    if not len(proper.weight):
        return proper
    return proper.take(proper.weight > np.percentile(proper.weight, percentile))


def fused(networks: Sequence[SimilarityNetwork]) -> SimilarityNetwork:
    """Luceri et al.'s fused network: an edge wherever any trace has one, with the largest weight of the traces."""
    left = np.concatenate([network.left for network in networks]).astype(np.int64)
    right = np.concatenate([network.right for network in networks]).astype(np.int64)
    weight = np.concatenate([network.weight for network in networks])
    size = int(right.max(initial=0)) + 1
    keys, edge = np.unique(left * size + right, return_inverse=True)
    largest = np.zeros(len(keys))
    np.maximum.at(largest, edge, weight)
    return SimilarityNetwork((keys // size).astype(np.int32), (keys % size).astype(np.int32), largest)


def eigenvector_centrality(network: SimilarityNetwork, n_accounts: int) -> Float:
    """Eigenvector centrality of each account, largest 1; 0 for accounts without edges.

    Of an unconnected network only the component with the largest eigenvalue scores, as in the published code.
    """
    proper = network.take(network.left != network.right)
    scores = np.zeros(n_accounts)
    if not len(proper.weight):
        return scores
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    accounts, ends = np.unique(np.concatenate((proper.left, proper.right)), return_inverse=True)
    one, other = ends[: len(proper.left)], ends[len(proper.left) :]
    n = len(accounts)
    matrix = sparse.csr_array(
        (np.tile(proper.weight, 2), (np.append(one, other), np.append(other, one))), shape=(n, n)
    )
    if n <= _DENSE:
        vector = np.linalg.eigh(matrix.toarray())[1][:, -1]
    else:
        # a fixed start: two runs agree to the last bit
        vector = eigsh(matrix, k=1, which="LA", v0=np.ones(n))[1][:, 0]
    scores[accounts] = np.abs(vector) / np.abs(vector).max()
    return scores
