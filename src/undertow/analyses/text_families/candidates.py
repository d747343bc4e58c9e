"""Candidate pairs: MinHash signatures in bands, so that similar texts meet in a bucket.

Two texts of Jaccard similarity J agree on a row of the signature with probability J, on a band of r rows with
J^r, and on at least one of b bands with 1 - (1 - J^r)^b (the S-curve; Broder 1997, Leskovec et al. ch. 3).

A bucket of k texts has k(k-1)/2 pairs, and a viral template fills buckets with most of a data set. Buckets are
therefore walked, not squared: each text is paired with its next :data:`NEIGHBOURS` in the bucket's order, and with
the bucket's heaviest text (a star). Up to NEIGHBOURS + 1 texts that is every pair. In larger buckets the order, by
the following rows of the signature, puts the most similar next to each other, and differs from band to band; texts
already of one component are passed over. The work is at most b n (NEIGHBOURS + 1) pairs whatever the texts; how
many pairs of buckets were never compared is counted in :class:`BandCount`, not hidden.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Int64, UInt32
from undertow.analyses.text_families.shingles import Shingles

NEIGHBOURS = 12
"""Texts that each text of a bucket is paired with, besides the bucket's heaviest."""

_SLACK = 3.0  # standard errors by which a signature may understate a similarity before the pair is dropped


@dataclass(frozen=True)
class Banding:
    """``bands`` of ``rows`` rows: the signature has ``bands * rows`` permutations."""

    bands: int
    rows: int

    @property
    def permutations(self) -> int:
        """Length of the signature."""
        return self.bands * self.rows

    def recall(self, jaccard: float) -> float:
        """The probability that a pair of this similarity becomes a candidate: the S-curve.

        >>> [round(Banding(32, 4).recall(j), 4) for j in (0.1, 0.5, 0.7)]
        [0.0032, 0.8732, 0.9998]
        """
        return float(1.0 - (1.0 - jaccard**self.rows) ** self.bands)

    @classmethod
    def reaching(cls, jaccard: float, recall: float, permutations: int) -> Banding:
        """The most selective banding within ``permutations`` that finds pairs of ``jaccard`` with ``recall``.

        Raises ValueError when even one row a band does not reach it.

        >>> Banding.reaching(0.6, 0.98, 128)
        Banding(bands=32, rows=4)
        """
        for rows in range(permutations, 0, -1):
            banding = cls(permutations // rows, rows)
            if banding.recall(jaccard) >= recall:
                return banding
        raise ValueError(f"{permutations} permutations cannot reach recall {recall} at similarity {jaccard}")


DEFAULT_BANDING = Banding(32, 4)


@dataclass(frozen=True)
class BandCount:
    """What one band's buckets held: pairs in all, pairs looked at, pairs proposed, and the largest bucket."""

    possible: int
    looked_at: int
    proposed: int
    largest_bucket: int


def signatures(shingles: Shingles, banding: Banding = DEFAULT_BANDING, *, seed: int, workers: int = 2) -> UInt32:
    """MinHash signatures, (texts, permutations) uint32; equal for equal shingles and ``seed``."""
    from undertow.analyses.text_families.kernel import sign

    rng = np.random.default_rng([seed, 0x5348])
    masks = rng.integers(0, 2**32, banding.permutations, dtype=np.uint32)
    factors = rng.integers(0, 2**32, banding.permutations, dtype=np.uint32) | np.uint32(1)
    out = np.empty((len(shingles), banding.permutations), np.uint32)
    edges = np.linspace(0, len(shingles), max(1, workers) + 1).astype(int).tolist()
    with ThreadPoolExecutor(max(1, workers)) as pool:
        for job in [
            pool.submit(sign, shingles.hashes, shingles.starts, low, high, masks, factors, out)
            for low, high in pairwise(edges)
        ]:
            job.result()
    return out


def agreeing_places(jaccard: float, permutations: int) -> int:
    """Places in which the signatures of a pair of at least ``jaccard`` agree, but for one pair in 700.

    >>> agreeing_places(0.5, 128)
    47
    """
    error = math.sqrt(jaccard * (1 - jaccard) * permutations)
    return max(1, math.floor(jaccard * permutations - _SLACK * error))


def candidate_bands(
    signed: UInt32,
    banding: Banding,
    *,
    jaccard: float,
    weights: Int64,
    parent: Int64,
    neighbours: int = NEIGHBOURS,
) -> Iterator[tuple[Int64, BandCount]]:
    """Band after band, its candidate pairs (2, pairs) with the smaller number first, and what was counted.

    ``weights`` (posts a text) decides which text is a bucket's hub, the smaller number among equals. Pairs whose
    ends are of one component of ``parent`` (see :func:`kernel.unite`) are left out: a consumer that unites pairs
    between bands is not asked again; one that does not sees a pair in every band where it meets. Pairs whose
    signatures agree in fewer than :func:`agreeing_places` of ``jaccard`` are left out too.
    """
    from undertow.analyses.text_families.kernel import band_keys, bucket_pairs

    count = len(signed)
    rank = np.empty(count, np.int64)
    rank[np.lexsort((np.arange(count), -weights))] = np.arange(count)
    agreeing = agreeing_places(jaccard, banding.permutations)
    found = np.empty((2, max(1024, 2 * count)), np.int64)
    for band in range(banding.bands):
        first = band * banding.rows
        keys = band_keys(signed, first, banding.rows)
        order = np.argsort(keys, kind="stable")
        order = order[_shared(keys[order])]  # only texts that share their key; then the similar ones side by side
        after = [signed[order, (first + banding.rows + step) % banding.permutations] for step in (2, 1, 0)]
        order = order[np.lexsort([*after, keys[order]])]
        while True:
            written, looked, possible, largest = bucket_pairs(
                keys, order, rank, signed, parent, neighbours, agreeing, found
            )
            if written <= found.shape[1]:
                break
            found = np.empty((2, written), np.int64)
        pairs = distinct(found[0, :written] * count + found[1, :written])
        yield np.stack([pairs // count, pairs % count]), BandCount(possible, looked, len(pairs), largest)


def distinct(codes: Int64) -> Int64:
    """The distinct codes, ascending (numpy's own ``unique`` hashes integers, which takes ten times as long; a stable
    sort takes runs that are sorted already as they are)."""
    codes = np.sort(codes, kind="stable")
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes


def _shared(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the sorted keys occur more than once."""
    same = keys[1:] == keys[:-1]
    return np.concatenate([same, [False]]) | np.concatenate([[False], same]) if len(keys) else np.zeros(0, bool)
