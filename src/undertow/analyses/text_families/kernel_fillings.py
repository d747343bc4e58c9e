"""The compiled inner loops of the search for filled-in templates: keys, texts that meet under one, passages in common.
Imported late."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Bool, Float32, Float64, Int8, Int64, UInt64
from undertow.analyses.text_families.kernel import root
from undertow.compiled import compiled

Int32 = NDArray[np.int32]


@compiled
def keys_of(
    words: Int64, starts: Int64, rarity: Float64, least: float, window: int, most: int
) -> tuple[UInt64, Int32]:
    """The keys of each text, and whose they are: hashes of two words in order, at most ``window`` words apart, whose
    ``rarity`` adds up to ``least``; of more than ``most`` those with the smallest hash, the same in every text."""
    texts = len(starts) - 1
    keys, owner = np.empty(most * texts, np.uint64), np.empty(most * texts, np.int32)
    written = 0
    for text in range(texts):
        first, last = starts[text] + 1, starts[text + 1] - 1
        found = np.empty(max(0, last - first) * window, np.uint64)
        count = 0
        for i in range(first, last):
            for j in range(i + 1, min(i + window + 1, last)):
                if rarity[words[i]] + rarity[words[j]] >= least and words[i] != words[j]:
                    value = np.uint64(words[i]) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(words[j])
                    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    found[count] = value ^ (value >> np.uint64(31))
                    count += 1
        before = np.uint64(0)
        kept = 0
        for key in np.sort(found[:count]):
            if key != before and kept < most:
                keys[written], owner[written] = key, text
                before = key
                written += 1
                kept += 1
    return keys[:written], owner[:written]


@compiled
def meeting(
    keys: UInt64,
    owner: Int32,
    neighbours: int,
    parent: Int64,
    kinds: Int64,
    kind_starts: Int64,
    rarity: Float64,
    least: float,
    share: float,
    found: Int64,
) -> tuple[int, int]:
    """The pairs of texts that share a key (``keys`` ascending), each with its next ``neighbours`` under it: those that
    are not of one component of ``parent``, and whose words in common (``kinds``: the distinct words of each text,
    ascending) are a ``share`` of the longer's and have a rarity of ``least``. Written to ``found`` (2, room); returns how
    many there are, and how many were looked at."""
    written, looked, start = 0, 0, 0
    while start < len(keys):
        end = start + 1
        while end < len(keys) and keys[end] == keys[start]:
            end += 1
        for at in range(start, end):
            for other in range(at + 1, min(end, at + neighbours + 1)):
                looked += 1
                a, b = owner[at], owner[other]
                if root(parent, a) == root(parent, b):
                    continue
                i, j, common, words = kind_starts[a], kind_starts[b], 0.0, 0
                while i < kind_starts[a + 1] and j < kind_starts[b + 1]:
                    if kinds[i] == kinds[j]:
                        common += rarity[kinds[i]]
                        words += 1
                    smaller, greater = kinds[i] <= kinds[j], kinds[i] >= kinds[j]
                    i += smaller
                    j += greater
                longer = max(kind_starts[a + 1] - kind_starts[a], kind_starts[b + 1] - kind_starts[b])
                if common >= least and words >= share * longer:
                    if written < found.shape[1]:
                        found[0, written], found[1, written] = min(a, b), max(a, b)
                    written += 1
        start = end
    return written, looked


@compiled
def log_choices(n: int, k: int) -> float:
    """The natural logarithm of n over k."""
    return math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)


@compiled
def passages(
    words: Int64,
    starts: Int64,
    surprise: Float32,
    unheard: Bool,
    level: Int8,
    carried: int,
    gap: float,
    longest: int,
    a: int,
    b: int,
    kept: Bool,
) -> tuple[float, float, float, float]:
    """The passages that two texts share in the same order, chosen for the greatest surprise, ``gap`` less for each.

    ``surprise`` (levels, words): of each word after none, one, ... before it; ``level`` says which for the first, second,
    ... word of a passage. After an ``unheard`` word the next ``carried`` of its passage cost nothing. Only the first
    ``longest`` words of a text are looked at. ``kept`` (words of a) is set for what is shared. Returned: the evidence (the
    surprise less the logarithms of the ways to choose so many passages in one text and places for them in the other), the
    share of the longer's words that is shared, the surprise of the strongest passage, the number of passages.
    """
    first_a, first_b = starts[a] + 1, starts[b] + 1
    n, m = min(longest, starts[a + 1] - 1 - first_a), min(longest, starts[b + 1] - 1 - first_b)
    best = np.zeros((n + 1, m + 1), np.float32)
    ending = np.full((n + 1, m + 1), -1e9, np.float32)  # the best that ends with this word of both
    inside = np.zeros((n + 1, m + 1), np.float32)  # the surprise of its last passage
    depth = np.zeros((n + 1, m + 1), np.int32)
    free = np.zeros((n + 1, m + 1), np.int8)
    for i in range(1, n + 1):
        at = first_a + i - 1
        for j in range(1, m + 1):
            if words[at] == words[first_b + j - 1]:
                alone = surprise[0, at]
                ending[i, j] = best[i - 1, j - 1] + alone - gap
                inside[i, j], depth[i, j], free[i, j] = alone, 1, carried if unheard[at] else 0
                before = depth[i - 1, j - 1]
                if before > 0:
                    more = np.float32(0.0)
                    if free[i - 1, j - 1] == 0:
                        more = surprise[level[min(before, len(level) - 1)], at]
                    if ending[i - 1, j - 1] + more >= ending[i, j]:
                        ending[i, j] = ending[i - 1, j - 1] + more
                        inside[i, j], depth[i, j] = inside[i - 1, j - 1] + more, before + 1
                        free[i, j] = max(free[i - 1, j - 1] - 1, carried if unheard[at] else 0)
            best[i, j] = max(best[i - 1, j], best[i, j - 1], ending[i, j])
    kept[:] = False
    surprised, strongest, count, shared = 0.0, 0.0, 0, 0
    i, j = n, m
    while i > 0 and j > 0 and best[i, j] > 0:
        if best[i, j] == ending[i, j]:
            surprised += inside[i, j]
            strongest = max(strongest, inside[i, j])
            count += 1
            length = depth[i, j]
            kept[i - length : i] = True
            shared += length
            i -= length
            j -= length
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    if count == 0:
        return 0.0, 0.0, 0.0, 0.0
    longer = max(n, m)
    chosen = log_choices(longer + 1, 2 * count) if 2 * count <= longer + 1 else 0.0
    return surprised - chosen - log_choices(longer, count), shared / longer, strongest, float(count)


@compiled
def compare(
    words: Int64,
    starts: Int64,
    surprise: Float32,
    unheard: Bool,
    level: Int8,
    carried: int,
    gap: float,
    longest: int,
    left: Int64,
    right: Int64,
    out: Float64,
) -> None:
    """What :func:`passages` returns for each pair, into ``out`` (pairs, 4); the third column the evidence that is left
    without the strongest passage."""
    kept = np.zeros(longest, np.bool_)
    for pair in range(len(left)):
        evidence, share, strongest, count = passages(
            words, starts, surprise, unheard, level, carried, gap, longest, left[pair], right[pair], kept
        )
        out[pair, 0], out[pair, 1], out[pair, 2], out[pair, 3] = evidence, share, evidence - strongest, count
