"""From texts to linked pairs: shingles, signatures, and band after band the candidates verified and united."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Int64
from undertow.analyses.text_families.candidates import (
    DEFAULT_BANDING,
    BandCount,
    Banding,
    candidate_bands,
    distinct,
    signatures,
)
from undertow.analyses.text_families.shingles import shingle
from undertow.analyses.text_families.verify import (
    DEFAULT_SIMILARITY,
    NEAR_MISS,
    SAME,
    Similarity,
    Verified,
    Verifier,
)

CANDIDATE_JACCARD = 0.45
"""Shingle similarity below which a pair is not worth verifying: an edit similarity of 0.65 with less is rare."""


@dataclass(frozen=True)
class Links:
    """Distinct texts and what links them.

    ``component`` gives each text the smallest index among the texts it is connected with by ``same`` pairs (enough
    of them to connect, not all). ``near`` are the near misses met. ``bands`` counts the work of each band,
    ``verified`` the pairs compared.
    """

    component: Int64
    same: Verified
    near: Verified
    bands: tuple[BandCount, ...]
    verified: int


def link(
    texts: Sequence[str],
    weights: Int64,
    *,
    similarity: Similarity = DEFAULT_SIMILARITY,
    banding: Banding = DEFAULT_BANDING,
    candidate_jaccard: float = CANDIDATE_JACCARD,
    seed: int,
    workers: int = 2,
) -> tuple[Links, Verifier]:
    """Links distinct normalised ``texts``; ``weights`` are the posts of each. Returns the verifier for further use.

    Pairs are verified band by band and united at once, so that texts already connected are not compared again:
    the work stays near the number of texts however many of them are copies of one.
    """
    from undertow.analyses.text_families.kernel import roots, unite

    shingles = shingle(texts)
    signed = signatures(shingles, banding, seed=seed, workers=workers)
    verifier = Verifier(texts, shingles, similarity, workers=workers)
    count = len(texts)
    parent = np.arange(count, dtype=np.int64)
    seen = np.zeros(0, np.int64)
    kept: dict[int, list[Verified]] = {SAME: [], NEAR_MISS: []}
    bands: list[BandCount] = []
    verified = 0
    for pairs, counted in candidate_bands(
        signed, banding, jaccard=candidate_jaccard, weights=weights, parent=parent
    ):
        bands.append(counted)
        codes = pairs[0] * count + pairs[1]
        if len(seen):
            place = np.minimum(np.searchsorted(seen, codes), len(seen) - 1)
            codes = codes[seen[place] != codes]
        found = verifier.verify(codes // max(count, 1), codes % max(count, 1))
        verified += len(codes)
        same = found.only(SAME)
        unite(parent, same.left, same.right)
        for relation, parts in kept.items():
            parts.append(found.only(relation))
        seen = distinct(np.concatenate([seen, codes[found.relation != SAME]]))
    return Links(roots(parent), _joined(kept[SAME]), _joined(kept[NEAR_MISS]), tuple(bands), verified), verifier


def _joined(parts: Sequence[Verified]) -> Verified:
    if not parts:
        none = np.zeros(0, np.int64)
        return Verified(none, none, np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.int8))
    return Verified(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.edit for part in parts]),
        np.concatenate([part.jaccard for part in parts]),
        np.concatenate([part.relation for part in parts]),
    )
