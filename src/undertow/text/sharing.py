"""Which texts of one set say what a text of another set says: equal, or the shorter nearly whole inside the longer.

For sets of very different length and number (a few hundred ads, a hundred thousand posts), where families of nearly
equal texts would not do: an ad may hold a whole post and go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from undertow.text.normalise import letters, normalise_all

SHINGLE = 16
"""Characters of a shingle: long enough that two texts seldom share one by chance."""

LEAST_LETTERS = 40
"""Texts with fewer letters are not compared: slogans and greetings are everybody's."""

SIMILAR = 0.9
"""Share of the shorter text, by edits, that must be found in the longer one."""

_LEAST_SHARED = 0.25
"""Share of the shorter text's shingles in the longer one from which a pair is compared letter by letter. One edit
destroys up to 16 shingles, so a text of 100 letters with five edits may keep no more than a quarter."""

_POSITIONS_AT_ONCE = 4_000_000
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Shared:
    """A text of the one set (``left``) that a text of the other (``right``) says too; both are indices.

    ``similarity``: share of the shorter, by edits, that the longer holds, from :data:`SIMILAR` to 1.
    """

    left: int
    right: int
    similarity: float


def shared_texts(left: Sequence[str | None], right: Sequence[str | None]) -> list[Shared]:
    """Every pair of a text of ``left`` and one of ``right`` that say the same, by left, then right.

    Texts are normalised first (:mod:`undertow.text.normalise`); those under :data:`LEAST_LETTERS` letters are left
    out. Memory is bounded by the smaller set's shingles; let ``right`` be the smaller one.
    """
    from rapidfuzz import fuzz

    keys, others = _keys(left), _keys(right)
    lengths = np.array([len(key) for key in keys], np.int64)
    other_lengths = np.array([len(key) for key in others], np.int64)
    hashes, owners = _shingles(others)
    found: list[Shared] = []
    for first, last in _blocks(lengths):
        pairs, counts = _candidates(keys[first:last], hashes, owners, len(others))
        mine, theirs = pairs // max(len(others), 1) + first, pairs % max(len(others), 1)
        shorter = np.minimum(lengths[mine], other_lengths[theirs]) - SHINGLE + 1
        enough = counts >= _LEAST_SHARED * shorter
        for one, other in zip(mine[enough].tolist(), theirs[enough].tolist(), strict=True):
            similarity = fuzz.partial_ratio(keys[one], others[other]) / 100
            if similarity >= SIMILAR:
                found.append(Shared(one, other, similarity))
    return found


def _keys(texts: Sequence[str | None]) -> list[str]:
    """The normalised texts; empty where there is too little to compare."""
    return [key if letters(key := normalised.key) >= LEAST_LETTERS else "" for normalised in normalise_all(texts)]


def _blocks(lengths: Int64) -> list[tuple[int, int]]:
    """Ranges of texts of at most :data:`_POSITIONS_AT_ONCE` characters together, or of one text."""
    ends = np.cumsum(lengths)
    cuts, done = [0], 0
    while cuts[-1] < len(lengths):
        stop = max(int(np.searchsorted(ends, done + _POSITIONS_AT_ONCE, side="right")), cuts[-1] + 1)
        cuts.append(stop)
        done = int(ends[stop - 1])
    return list(pairwise(cuts))


def _shingles(texts: Sequence[str]) -> tuple[UInt64, Int64]:
    """Hashes of all shingles and the text of each, each (shingle, text) once; sorted by hash, then text."""
    joined = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.array([len(text) for text in texts], np.int64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    if len(joined) < SHINGLE:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    places = len(joined) - SHINGLE + 1
    value = np.zeros(places, np.uint64)
    for offset in range(SHINGLE):
        value = (value ^ joined[offset : offset + places]) * _FACTOR
        value ^= value >> np.uint64(29)
    whole = owner[:places] == owner[SHINGLE - 1 :]
    value, owner = value[whole], owner[:places][whole]
    order = np.lexsort((owner, value))
    value, owner = value[order], owner[order]
    new = np.ones(len(value), np.bool_)
    new[1:] = (value[1:] != value[:-1]) | (owner[1:] != owner[:-1])
    return value[new], owner[new]


def _candidates(texts: Sequence[str], hashes: UInt64, owners: Int64, others: int) -> tuple[Int64, Int64]:
    """(text * others + other, shingles that both have) of every pair that has one; ascending."""
    value, owner = _shingles(texts)
    low, high = np.searchsorted(hashes, value, side="left"), np.searchsorted(hashes, value, side="right")
    times = high - low
    starts = np.repeat(low - np.concatenate(([0], np.cumsum(times)[:-1])) if len(times) else low, times)
    theirs = owners[starts + np.arange(int(times.sum()))]
    pairs, counts = np.unique(np.repeat(owner, times) * others + theirs, return_counts=True)
    return pairs.astype(np.int64), counts.astype(np.int64)
