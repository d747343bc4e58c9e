"""Published tests of a pair that look at shared objects only: disparity filter, hypergeometric, degree-matched null.

None of them knows when the accounts acted; they are the baselines beside the chance test, not a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.coordination.actions import Float, Int32, Int64
from undertow.analyses.coordination.baselines.similarity import SimilarityNetwork

if TYPE_CHECKING:
    from scipy import sparse


def disparity_filter(network: SimilarityNetwork) -> Float:
    """p-value of each edge under the disparity filter, the smaller of its two ends'.

    Serrano, Boguna & Vespignani 2009 (PNAS 106:6483), used on coordination networks by Nizzoli et al. 2021 (ICWSM):
    an account of degree k spreads its strength s uniformly at random over its edges, so an edge of weight w has
    p = (1 - w / s)^(k - 1). An account of degree 1 says nothing (p = 1). Self-loops are not allowed (ValueError).
    """
    if (network.left == network.right).any():
        raise ValueError("the disparity filter is for edges between two accounts: drop the self-loops")
    size = int(network.right.max(initial=-1)) + 1
    degree = np.bincount(network.left, minlength=size) + np.bincount(network.right, minlength=size)
    strength = np.bincount(network.left, weights=network.weight, minlength=size) + np.bincount(
        network.right, weights=network.weight, minlength=size
    )

    def one_end(account: Int32) -> Float:
        share = np.clip(network.weight / np.maximum(strength[account], 1e-300), 0.0, 1.0)
        return np.where(degree[account] > 1, (1 - share) ** (degree[account] - 1.0), 1.0)

    return np.asarray(np.minimum(one_end(network.left), one_end(network.right)), dtype=np.float64)


def hypergeometric(n_shared: Int64, left_degree: Int64, right_degree: Int64, n_objects: int) -> Float:
    """P(at least ``n_shared`` objects in common) when each account picks its number of objects at random.

    Tumminello et al. 2011 (PLoS ONE 6:e17994), used on accounts among others by Giglietto et al. 2020: popularity
    of the objects is not accounted for, so everybody's viral object counts as evidence.

    >>> hypergeometric(np.array([2]), np.array([2]), np.array([2]), 4).round(6).tolist()
    [0.166667]
    """
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(n_shared - 1, n_objects, left_degree, right_degree), dtype=np.float64)


@dataclass(frozen=True)
class DegreeMatched:
    """Pairs above the similarity limit with their p-value, sorted by (left, right)."""

    left: Int32
    right: Int32
    similarity: Float
    p_value: Float


def degree_matched_null(
    account: NDArray[np.integer],
    object_: NDArray[np.integer],
    *,
    min_degree: int = 10,
    min_similarity: float = 0.3,
    realisations: int = 1000,
    seed: int = 0,
) -> DegreeMatched:
    """Cosine with IDF against random pairs of the same degrees: coordinationz's null (its version 0.2.2).

    Accounts with at least ``min_degree`` different objects; weights count * ln(1 + accounts / degree of the object).
    For each combination of degrees, ``realisations`` pairs of random accounts with these degrees, whose objects are
    drawn in proportion to their popularity (the rewired two-mode network); p = (1 + null >= observed) / (1 + R).
    Similarities agree with the tool's exactly, p-values within Monte Carlo error.
    """
    from scipy import sparse

    generator = np.random.default_rng(seed)
    stacked = np.stack((account.astype(np.int64), object_.astype(np.int64)))
    both, counts = np.unique(stacked, axis=1, return_counts=True)
    enough = np.bincount(both[0], minlength=1)[both[0]] >= min_degree
    both, counts = both[:, enough], counts[enough]
    people, row = np.unique(both[0], return_inverse=True)
    things, column = np.unique(both[1], return_inverse=True)
    if not len(people):
        none = np.zeros(0, np.int32)
        return DegreeMatched(none, none.copy(), np.zeros(0), np.zeros(0))
    idf = np.log1p(len(people) / np.bincount(column))
    degree = np.bincount(row)
    weights = idf[column] * counts
    norm = np.sqrt(np.bincount(row, weights=weights**2))
    matrix = sparse.csr_array((weights / norm[row], (row, column)), shape=(len(people), len(things)))
    similar = sparse.triu(matrix @ matrix.T, k=1).tocoo()
    keep = similar.data >= min_similarity
    left, right, similarity = similar.row[keep], similar.col[keep], similar.data[keep]
    low = np.minimum(degree[left], degree[right]).astype(np.int64)
    high = np.maximum(degree[left], degree[right]).astype(np.int64)
    combination, of_pair = np.unique(low * (int(degree.max(initial=0)) + 1) + high, return_inverse=True)
    p_value = np.empty(len(left))
    drawn: dict[tuple[int, int], sparse.csr_array] = {}

    def random_accounts(side: int, size: int) -> sparse.csr_array:
        if (side, size) not in drawn:
            drawn[side, size] = _random_accounts(column, idf, size, realisations, generator)
        return drawn[side, size]

    for number, key in enumerate(combination.tolist()):
        d_low, d_high = divmod(key, int(degree.max()) + 1)
        cosines = random_accounts(0, d_low).multiply(random_accounts(1, d_high)).sum(axis=1)
        null = np.sort(np.asarray(cosines).ravel())
        rows = np.flatnonzero(of_pair == number)
        at_least = realisations - np.searchsorted(null, similarity[rows] - 1e-12, side="left")
        p_value[rows] = (1 + at_least) / (1 + realisations)
    return DegreeMatched(people[left].astype(np.int32), people[right].astype(np.int32), similarity, p_value)


def _random_accounts(
    stubs: Int64, idf: Float, degree: int, realisations: int, generator: np.random.Generator
) -> sparse.csr_array:
    """Unit vectors of accounts with ``degree`` objects each, drawn by popularity without replacement."""
    from scipy import sparse

    degree = min(degree, len(idf))
    chosen = np.empty((realisations, degree), np.int64)
    for k in range(realisations):
        # the first different objects of a sequence of random shares: drawing by popularity without replacement
        first: dict[int, None] = {}
        while len(first) < degree:
            first.update(dict.fromkeys(stubs[generator.integers(0, len(stubs), 2 * degree)].tolist()))
        chosen[k] = list(first)[:degree]
    weights = idf[chosen]
    weights /= np.sqrt((weights**2).sum(axis=1))[:, None]
    starts = np.arange(realisations + 1) * degree
    return sparse.csr_array((weights.ravel(), chosen.ravel(), starts), shape=(realisations, len(idf)))
