"""The compiled inner loops: MinHash signatures, pairs of a band, exact Jaccard similarity. Imported late."""

from __future__ import annotations

import numpy as np

from undertow.analyses.text_families.arrays import Int64, UInt32, UInt64
from undertow.compiled import compiled


@compiled
def is_wide(code: int) -> bool:
    """Whether a code point is Han, Kana or Hangul."""
    return code >= 0x3041 and (
        code < 0x3100
        or (0x3400 <= code < 0x4DC0)
        or (0x4E00 <= code < 0xA000)
        or (0xAC00 <= code < 0xD7B0)
        or (0xF900 <= code < 0xFB00)
        or (0x20000 <= code < 0x40000)
    )


@compiled
def shingle_codes(codes: UInt32, alphabetic: int, wide: int, hashes: UInt32, counts: Int64) -> int:
    """The distinct shingles of texts that each end with a 0 in ``codes``, into ``hashes``; returns how many.

    ``counts`` receives the number of each text. A text without any shingle gets one: the hash of all of it. The hash
    is the upper half of the characters mixed one after another by the finaliser of splitmix64.
    """
    kept = 0
    text = 0
    start = 0
    for end in range(len(codes)):
        if codes[end] != 0:
            continue
        first = kept
        for at in range(start, end):
            length = wide if is_wide(codes[at]) else alphabetic
            if at + length <= end:
                hashes[kept] = _hash(codes, at, at + length)
                kept += 1
        if kept == first:
            hashes[kept] = _hash(codes, start, end)
            kept += 1
        hashes[first:kept].sort()
        last = first
        for at in range(first + 1, kept):
            if hashes[at] != hashes[last]:
                last += 1
                hashes[last] = hashes[at]
        kept = last + 1
        counts[text] = kept - first
        text += 1
        start = end + 1
    return kept


@compiled
def _hash(codes: UInt32, start: int, end: int) -> np.uint32:
    value = np.uint64(0)
    for at in range(start, end):
        value = value + np.uint64(codes[at]) + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value = value ^ (value >> np.uint64(31))
    return np.uint32(value >> np.uint64(32))


@compiled
def sign(hashes: UInt32, starts: Int64, first: int, last: int, masks: UInt32, factors: UInt32, out: UInt32) -> None:
    """MinHash signatures of the texts ``first <= i < last`` into ``out`` (texts, permutations).

    Permutation p maps h to ``(h ^ masks[p]) * factors[p]`` (odd factor), folded by ``x ^ x >> 15`` and multiplied
    once more: bijections of 32 bits that a compiler turns into eight at a time.
    """
    count = len(masks)
    lowest = np.empty(count, np.uint32)
    for text in range(first, last):
        lowest[:] = np.uint32(0xFFFFFFFF)
        for at in range(starts[text], starts[text + 1]):
            value = hashes[at]
            for p in range(count):
                x = np.uint32((value ^ masks[p]) * factors[p])
                x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
                lowest[p] = min(lowest[p], x)
        for p in range(count):
            out[text, p] = lowest[p]


@compiled
def band_keys(signatures: UInt32, first: int, rows: int) -> UInt64:
    """One 64-bit key a text for the rows ``first`` to ``first + rows - 1`` of its signature."""
    n = signatures.shape[0]
    keys = np.empty(n, np.uint64)
    for text in range(n):
        key = np.uint64(0xCBF29CE484222325)
        for row in range(first, first + rows):
            key = (key ^ np.uint64(signatures[text, row])) * np.uint64(0x9E3779B97F4A7C15)
            key = key ^ (key >> np.uint64(29))
        keys[text] = key
    return keys


@compiled
def root(parent: Int64, node: int) -> int:
    """The representative of ``node``; halves the path on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@compiled
def roots(parent: Int64) -> Int64:
    """The representative of every node."""
    found = np.empty(len(parent), np.int64)
    for node in range(len(parent)):
        found[node] = root(parent, node)
    return found


@compiled
def unite(parent: Int64, left: Int64, right: Int64) -> None:
    """Joins the components of each pair; the smaller number stays the representative."""
    for k in range(len(left)):
        a = root(parent, left[k])
        b = root(parent, right[k])
        if a < b:
            parent[b] = a
        elif b < a:
            parent[a] = b


@compiled
def bucket_pairs(
    keys: UInt64,
    order: Int64,
    heaviest: Int64,
    signatures: UInt32,
    parent: Int64,
    neighbours: int,
    agreeing: int,
    found: Int64,
) -> tuple[int, int, int, int]:
    """The pairs of one band: in each bucket every text with the next ``neighbours`` and with the bucket's heaviest.

    ``order`` sorts the texts by key (ties in the caller's order); ``heaviest`` ranks them, 0 the heaviest. A pair is
    written to ``found`` (2, room) when its ends are not yet of one component of ``parent`` and their signatures
    agree in at least ``agreeing`` places. Returns (pairs written, pairs looked at, pairs of the buckets in all,
    largest bucket); when the room is not enough, pairs written is beyond it and the caller comes again.
    """
    n = len(order)
    width = signatures.shape[1]
    room = found.shape[1]
    written = 0
    looked = 0
    possible = 0
    largest = 0
    start = 0
    while start < n:
        end = start + 1
        key = keys[order[start]]
        while end < n and keys[order[end]] == key:
            end += 1
        size = end - start
        if size > 1:
            possible += size * (size - 1) // 2
            largest = max(largest, size)
            hub = start
            for at in range(start, end):
                if heaviest[order[at]] < heaviest[order[hub]]:
                    hub = at
            for at in range(start, end):
                stop = min(end, at + neighbours + 1)
                for other in range(at, stop):
                    partner = other
                    if other == at:  # in this turn: the hub
                        if abs(hub - at) <= neighbours:
                            continue
                        partner = hub
                    looked += 1
                    i = order[at]
                    j = order[partner]
                    if root(parent, i) == root(parent, j):
                        continue
                    agree = 0
                    for p in range(width):
                        agree += signatures[i, p] == signatures[j, p]
                    if agree >= agreeing:
                        if written < room:
                            found[0, written] = min(i, j)
                            found[1, written] = max(i, j)
                        written += 1
        start = end
    return written, looked, possible, largest


@compiled
def jaccard(hashes: UInt32, starts: Int64, left: Int64, right: Int64, out: UInt32) -> None:
    """Per pair the shared shingles into ``out[:, 0]`` and those of either text into ``out[:, 1]``; a merge."""
    for k in range(len(left)):
        a, a_end = starts[left[k]], starts[left[k] + 1]
        b, b_end = starts[right[k]], starts[right[k] + 1]
        total = (a_end - a) + (b_end - b)
        shared = 0
        while a < a_end and b < b_end:
            x, y = hashes[a], hashes[b]
            shared += x == y
            a += x <= y
            b += y <= x
        out[k, 0] = shared
        out[k, 1] = total - shared
