"""Compiled loops of the significance test: Poisson-binomial tails and the count of pairs with shared objects."""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Float, Int32, Int64
from undertow.compiled import compiled


@compiled
def tails(chances: Float, starts: Int64, at_least: Int64) -> Float:
    """P(sum of independent Bernoulli >= at_least) for each run of ``chances``; exact, only positive terms added."""
    n = len(at_least)
    out = np.empty(n, np.float64)
    longest = 1
    for pair in range(n):
        longest = max(longest, at_least[pair])
    state = np.empty(longest, np.float64)
    for pair in range(n):
        need = at_least[pair]
        if need <= 0:
            out[pair] = 1.0
            continue
        for k in range(need):
            state[k] = 0.0
        state[0] = 1.0
        reached = 0.0
        for row in range(starts[pair], starts[pair + 1]):
            p = chances[row]
            seen = row - starts[pair] + 1
            if seen >= need:
                reached += state[need - 1] * p
            for k in range(min(seen, need - 1), 0, -1):
                state[k] = state[k] * (1.0 - p) + state[k - 1] * p
            state[0] *= 1.0 - p
        out[pair] = min(reached, 1.0)
    return out


@compiled
def sharing_pairs(
    account_start: Int64,
    account_objects: Int32,
    object_start: Int64,
    object_accounts: Int32,
    masks: Int64,
    first_account: int,
    last_account: int,
) -> int:
    """Pairs (a, b), a < b, that share an object of the lists and at least two in all; fewer than two of the masked.

    ``masks`` holds one bit for each heavy object that the lists leave out.
    """
    shared = np.zeros(len(masks), np.int32)
    touched = np.empty(len(masks), np.int32)
    total = 0
    for a in range(first_account, last_account):
        n = 0
        for row in range(account_start[a], account_start[a + 1]):
            o = account_objects[row]
            for other in range(object_start[o + 1] - 1, object_start[o] - 1, -1):
                b = object_accounts[other]
                if b <= a:
                    break
                if shared[b] == 0:
                    touched[n] = b
                    n += 1
                shared[b] += 1
        for k in range(n):
            b = touched[k]
            common = masks[a] & masks[b]
            heavy = 0
            if common != 0:
                heavy = 1 if common & (common - 1) == 0 else 2
            if heavy < 2 and heavy + shared[b] >= 2:
                total += 1
            shared[b] = 0
    return total


@compiled
def mask_pairs(masks: Int64, counts: Int64) -> int:
    """Pairs of accounts with at least two bits in common, given each different mask and how many have it."""
    total = 0
    for i in range(len(masks)):
        own = masks[i]
        if own & (own - 1) != 0:
            total += counts[i] * (counts[i] - 1) // 2
        else:
            continue
        for j in range(i + 1, len(masks)):
            common = own & masks[j]
            if common & (common - 1) != 0:
                total += counts[i] * counts[j]
    return total
