"""The compiled inner loops of the tests against chance: runs of words, and posts within windows. Imported late."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Bool, Int64, UInt64
from undertow.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def runs(words: Int64, starts: Int64, length: int) -> UInt64:
    """For each word the hash of the ``length`` words that end with it; 0 where its text holds fewer up to there."""
    out = np.zeros(len(words), np.uint64)
    for text in range(len(starts) - 1):
        for end in range(starts[text] + length - 1, starts[text + 1]):
            value = np.uint64(length)
            for at in range(end - length + 1, end + 1):
                value = value + np.uint64(words[at]) + np.uint64(0x9E3779B97F4A7C15)
                value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                value = value ^ (value >> np.uint64(31))
            out[end] = value | np.uint64(1)  # never 0
    return out


@compiled
def occurrences(
    keys: UInt64,
    starts: Int64,
    weights: Floats,
    texts: Int64,
    text_starts: Int64,
    wanted: UInt64,
    wanted_starts: Int64,
) -> Floats:
    """The weight of each wanted key among the keys of its group's texts.

    Group g has the texts ``texts[text_starts[g]:text_starts[g + 1]]`` and wants
    ``wanted[wanted_starts[g]:wanted_starts[g + 1]]`` (ascending); a key of 0 is none.
    """
    out = np.zeros(len(wanted))
    for group in range(len(text_starts) - 1):
        low, high = wanted_starts[group], wanted_starts[group + 1]
        if low == high:
            continue
        for k in range(text_starts[group], text_starts[group + 1]):
            text = texts[k]
            weight = weights[text]
            if weight == 0:
                continue
            for at in range(starts[text], starts[text + 1]):
                key = keys[at]
                if key == 0:
                    continue
                left, right = low, high
                while left < right:
                    middle = (left + right) // 2
                    if wanted[middle] < key:
                        left = middle + 1
                    else:
                        right = middle
                if left < high and wanted[left] == key:
                    out[left] += weight
        for at in range(low + 1, high):  # the same key again
            if wanted[at] == wanted[at - 1]:
                out[at] = out[at - 1]
    return out


@compiled
def tally(
    whole: UInt64, before: UInt64, weights: Floats, contexts: UInt64, asked: Int64
) -> tuple[Floats, Floats, Floats]:
    """The weight of the run that each of the ``asked`` words ends (``whole`` at its place); and for each of ``contexts``
    (distinct keys of ``before``) the weight of all runs that it begins, and how many kinds of them there are.

    Linear in the words: two open-addressing tables, of the contexts and of the runs that begin with one of them.
    """
    size = 16
    while size < 2 * len(contexts):
        size *= 2
    place_of = np.full(size, -1, np.int64)
    for c in range(len(contexts)):
        at = np.int64(contexts[c] >> np.uint64(8)) & (size - 1)
        while place_of[at] >= 0:
            at = (at + 1) & (size - 1)
        place_of[at] = c
    context_of = np.full(len(whole), -1, np.int32)
    hits = 0
    followed, kinds = np.zeros(len(contexts)), np.zeros(len(contexts))
    for k in range(len(whole)):
        if whole[k] == 0:
            continue
        at = np.int64(before[k] >> np.uint64(8)) & (size - 1)
        while place_of[at] >= 0 and contexts[place_of[at]] != before[k]:
            at = (at + 1) & (size - 1)
        if place_of[at] >= 0 and weights[k] > 0:
            context_of[k] = place_of[at]
            followed[place_of[at]] += weights[k]
            hits += 1
    size = 16
    while 3 * size < 4 * hits:
        size *= 2
    keys = np.zeros(size, np.uint64)
    counts = np.zeros(size, np.float32)  # sums of whole numbers, exact up to 16 million
    for k in range(len(whole)):
        if context_of[k] < 0:
            continue
        at = np.int64(whole[k] >> np.uint64(8)) & (size - 1)
        while keys[at] != 0 and keys[at] != whole[k]:
            at = (at + 1) & (size - 1)
        if keys[at] == 0:
            keys[at] = whole[k]
            kinds[context_of[k]] += 1
        counts[at] += weights[k]
    seen = np.zeros(len(asked))
    for a in range(len(asked)):
        key = whole[asked[a]]
        at = np.int64(key >> np.uint64(8)) & (size - 1)
        while keys[at] != 0 and keys[at] != key:
            at = (at + 1) & (size - 1)
        seen[a] = counts[at] if keys[at] == key else 0.0
    return seen, followed, kinds


@compiled
def carried(unheard: Bool, depth: Int64, most: int) -> Bool:
    """Which words come along with an unheard one before them: up to ``most`` after it in its passage (``depth`` 1 begins
    one), itself not."""
    out = np.zeros(len(unheard), np.bool_)
    left = 0
    for k in range(len(unheard)):
        if depth[k] == 1:
            left = 0
        if left > 0:
            out[k] = True
            left -= 1
        elif unheard[k]:
            left = most
    return out


@compiled
def log_poisson_tail(count: int, mean: float) -> float:
    """A bound on log P(X >= count) of a sum of independent trials with this ``mean``: the tail of a Poisson variable
    where ``count`` >= ``mean`` + 1 (Hoeffding 1956; Anderson and Samuels 1967), the mean where ``count`` is 1, else 0."""
    if count == 0 or mean >= count:
        return 0.0
    if mean <= 0:
        return -math.inf
    if count == 1:
        return math.log(mean)
    if count < mean + 1:
        return 0.0
    first = count * math.log(mean) - mean - math.lgamma(count + 1.0)
    total, term, at = 1.0, 1.0, float(count)
    while term > 1e-12 * total:
        at += 1.0
        term *= mean / at
        total += term
    return min(0.0, first + math.log(total))


@compiled
def _within(times: Int64, low: int, high: int, first: int, last: int) -> int:
    """How many of the ascending ``times[low:high]`` lie in ``first`` .. ``last``, both counted."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if times[middle] < first:
            left = middle + 1
        else:
            right = middle
    found = left
    right = high
    while left < right:
        middle = (left + right) // 2
        if times[middle] <= last:
            left = middle + 1
        else:
            right = middle
    return left - found


@compiled
def bursts(
    pool: Int64,
    pool_starts: Int64,
    spoken: Int64,
    accounts: Int64,
    times: Int64,
    starts: Int64,
    windows: Int64,
    around: int,
    most_anchors: int,
    log_p: Floats,
    window_of: Int64,
    together_of: Int64,
    first_of: Int64,
) -> None:
    """For each family the test of its times (see :mod:`timing`).

    ``pool``: the times of all posts, ascending within a language, which starts at ``pool_starts``; ``spoken`` is that of
    each family. The family g has the posts ``starts[g]:starts[g + 1]`` of ``accounts`` (ascending) and ``times``
    (ascending within an account). Written: the log p-value; the window, the accounts and the beginning of the best.
    """
    for family in range(len(starts) - 1):
        low, high = starts[family], starts[family + 1]
        a, b = pool_starts[spoken[family]], pool_starts[spoken[family] + 1]
        size = high - low
        anchors = min(size, most_anchors)
        best, tried = 0.0, anchors * len(windows)
        for k in range(anchors):
            anchor = low + (k * size) // anchors
            first = times[anchor]
            posts = max(1, _within(pool, a, b, first - around, first + around))
            for w in range(len(windows)):
                last = first + windows[w]
                chance = min(1.0, max(1, _within(pool, a, b, first, last)) / posts)
                mean, count = 0.0, 0
                at = low
                while at < high:
                    account = accounts[at]
                    near, inside = 0, False
                    while at < high and accounts[at] == account:
                        near += first - around <= times[at] <= first + around
                        inside = inside or (first <= times[at] <= last)
                        at += 1
                    if account != accounts[anchor]:
                        count += inside
                        mean += min(1.0, near * chance)
                found = log_poisson_tail(count, mean)
                if found < best:
                    best = found
                    window_of[family], together_of[family], first_of[family] = w, count + 1, first
        log_p[family] = min(0.0, best + math.log(max(tried, 1)))
