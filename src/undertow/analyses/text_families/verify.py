"""Verification of candidate pairs: exact similarities, and the guard against turned meanings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Bool, Float32, Float64, Int8, Int64
from undertow.analyses.text_families.guards import Guard, Split, guard, split, turned
from undertow.analyses.text_families.shingles import Shingles
from undertow.text.normalise import letters

Real = TypeVar("Real", np.float32, np.float64)

APART, SAME, NEAR_MISS = 0, 1, 2
"""What a pair is: neither, nearly the same text, or the same but for a negation or a number."""


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """When two normalised texts say nearly the same.

    Either their normalised edit similarity (1 - Levenshtein distance / length of the longer) reaches ``edit``, or
    their shingle Jaccard similarity reaches ``jaccard`` (passages in another order). Where the longer has fewer
    than ``short_letters`` letters, only an edit similarity of ``short_edit`` counts: a word changed in a short text
    makes another text of it. Where hashtags had to stand in for a text (see :mod:`normalise`), they must be the same, and
    the similarity is that of what stands beside them: jokes on one hashtag are not copies.

    ``floor``: shingle similarity under which a pair is taken for apart without an edit similarity being computed;
    about one pair in a thousand that ``edit`` would join lies below it (docs/explanation/text_families.md).
    """

    edit: float = 0.65
    jaccard: float = 0.6
    short_edit: float = 0.85
    short_letters: float = 40.0
    floor: float = 0.35

    def __post_init__(self) -> None:
        for name in ("edit", "jaccard", "short_edit"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"Similarity.{name} must be in (0, 1], not {getattr(self, name)}")


DEFAULT_SIMILARITY = Similarity()


_MOST_SPLIT = 250_000
"""Texts whose tokens are remembered."""


@dataclass(frozen=True)
class Verified:
    """Pairs with what they are: ``left`` and ``right`` (text indices), ``edit`` and ``jaccard`` in [0, 1],
    ``relation`` (:data:`APART`, :data:`SAME`, :data:`NEAR_MISS`)."""

    left: Int64
    right: Int64
    edit: Float32
    jaccard: Float32
    relation: Int8

    def only(self, relation: int) -> Verified:
        """The pairs of one relation."""
        kept = self.relation == relation
        return Verified(self.left[kept], self.right[kept], self.edit[kept], self.jaccard[kept], self.relation[kept])


class Verifier:
    """Compares pairs of normalised texts. ``texts`` are distinct; ``shingles`` are theirs."""

    def __init__(
        self,
        texts: Sequence[str],
        shingles: Shingles,
        similarity: Similarity = DEFAULT_SIMILARITY,
        *,
        workers: int = 2,
    ) -> None:
        self.texts = texts
        self.shingles = shingles
        self.similarity = similarity
        self.rules: Guard = guard()
        self.workers = workers
        self._bodies = [text if "#" not in text else text[: text.index("#")].rstrip() for text in texts]
        self._letters = np.fromiter((letters(body) for body in self._bodies), np.float64, len(texts))
        self._tags = {i: text[text.index("#") :] for i, text in enumerate(texts) if "#" in text}
        self._splits: dict[int, Split] = {}

    def verify(self, left: Int64, right: Int64, similarity: Similarity | None = None) -> Verified:
        """What each pair is, at ``similarity`` (the verifier's own when None). The edit similarity of pairs below its
        floor, and of pairs that neither similarity could join, is given as 0."""
        wanted = similarity or self.similarity
        jaccard = self.jaccard(left, right)
        edit = np.zeros(len(left), np.float32)
        open_ = np.flatnonzero(jaccard >= wanted.floor)
        least = min(wanted.edit, wanted.short_edit) - 1e-6  # below it only the shingles can join a pair
        edit[open_] = self.edit(left[open_], right[open_], least=least)
        near = self._similar(left, right, edit, jaccard, wanted)
        unsaid = np.flatnonzero(near & (edit < least))
        edit[unsaid] = self.edit(left[unsaid], right[unsaid])
        relation = near.astype(np.int8)
        for k in np.flatnonzero(near).tolist():
            if turned(self._split(int(left[k])), self._split(int(right[k])), self.rules):
                relation[k] = NEAR_MISS
        return Verified(left, right, edit, jaccard, relation)

    def jaccard(self, left: Int64, right: Int64) -> Float32:
        """The shingle Jaccard similarity of each pair, float32."""
        from undertow.analyses.text_families.kernel import jaccard

        counts = np.zeros((len(left), 2), np.uint32)
        edges = np.linspace(0, len(left), max(1, self.workers) + 1).astype(int).tolist()
        with ThreadPoolExecutor(max(1, self.workers)) as pool:
            for job in [
                pool.submit(
                    jaccard,
                    self.shingles.hashes,
                    self.shingles.starts,
                    left[low:high],
                    right[low:high],
                    counts[low:high],
                )
                for low, high in pairwise(edges)
            ]:
                job.result()
        return (counts[:, 0] / np.maximum(counts[:, 1], 1)).astype(np.float32)

    def edit(self, left: Int64, right: Int64, *, least: float = 0.0) -> Float32:
        """The normalised edit similarity of each pair, float32; 0 where it is below ``least``, which is faster."""
        return self._edit(self._bodies, left, right, np.float32, least)

    def whole(self, left: Int64, right: Int64) -> Float64:
        """The normalised edit similarity of each pair with the hashtags that had to stand in for a text, float64."""
        return self._edit(self.texts, left, right, np.float64, 0.0)

    def _edit(
        self, texts: Sequence[str], left: Int64, right: Int64, dtype: type[Real], least: float
    ) -> NDArray[Real]:
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import cpdist

        if not len(left):
            return np.zeros(0, dtype)
        found: NDArray[Real] = cpdist(
            [texts[i] for i in left.tolist()],
            [texts[i] for i in right.tolist()],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=least,
            dtype=dtype,
            workers=self.workers,
        )
        return found

    def _similar(self, left: Int64, right: Int64, edit: Float32, jaccard: Float32, similarity: Similarity) -> Bool:
        short = np.maximum(self._letters[left], self._letters[right]) < similarity.short_letters
        long_enough = (edit >= similarity.edit) | (jaccard >= similarity.jaccard)
        near: Bool = np.where(short, edit >= similarity.short_edit, long_enough)
        if self._tags:
            for k in np.flatnonzero(near).tolist():
                near[k] = self._tags.get(int(left[k])) == self._tags.get(int(right[k]))
        return near

    def _split(self, index: int) -> Split:
        """A text for the guard; a text is compared with many, so those met last are kept."""
        known = self._splits.get(index)
        if known is None:
            if len(self._splits) >= _MOST_SPLIT:
                self._splits.clear()
            known = self._splits[index] = split(self.texts[index], self.rules)
        return known
