"""The compiled loops of co-selection: who shares objects, and tails of the number that two accounts share by chance."""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Float, Int32, Int64
from undertow.analyses.coordination.kernel import sort_first
from undertow.compiled import compiled

_RARE = 0.05
_POWERS = 14
"""Power sums kept: the next one is below 0.05^14 of the first."""
_TERMS = 30


@compiled
def shared_tails(
    left: Float, right: Float, at_least: Int64, object_fitness: Float, object_counts: Int64
) -> tuple[Float, Float]:
    """(P(shared >= ``at_least``), expected shared) for each row of account fitnesses ``left`` and ``right``.

    Objects come in classes of one fitness, ``object_counts`` each (see :func:`selection.shared_tails`).
    """
    rows = len(at_least)
    tails = np.ones(rows)
    means = np.zeros(rows)
    powers = np.empty(_POWERS)
    for row in range(rows):
        powers[:] = 0.0
        rare_mean = 0.0
        log_none = 0.0
        for k in range(len(object_counts)):
            chance = _chance(left[row], right[row], object_fitness[k])
            number = object_counts[k]
            means[row] += number * chance
            if chance <= _RARE:
                rare_mean += number * chance
                log_none += number * np.log1p(-chance)
                odds = chance / (1.0 - chance)
                term = -number * 1.0
                for i in range(_POWERS):
                    term *= -odds
                    powers[i] += term
        need = at_least[row]
        if need <= 0:
            continue
        longest = need + int(_TERMS + 12 * np.sqrt(rare_mean) + 2 * rare_mean)
        beyond = np.zeros(longest + 1)  # P(rare = k), then P(rare >= k)
        beyond[0] = np.exp(log_none)
        for k in range(1, longest + 1):
            mass = 0.0
            for i in range(min(k, _POWERS)):
                mass += powers[i] * beyond[k - 1 - i]
            beyond[k] = max(mass / k, 0.0)
        for k in range(longest - 1, -1, -1):
            beyond[k] += beyond[k + 1]
        state = np.zeros(need)
        state[0] = 1.0
        reached = 0.0
        for k in range(len(object_counts)):
            chance = _chance(left[row], right[row], object_fitness[k])
            if chance <= _RARE:
                continue
            for _ in range(object_counts[k]):
                reached += state[need - 1] * chance
                for shared in range(need - 1, 0, -1):
                    state[shared] = state[shared] * (1.0 - chance) + state[shared - 1] * chance
                state[0] *= 1.0 - chance
        for shared in range(need):
            reached += state[shared] * beyond[need - shared]
        tails[row] = min(reached, 1.0)
    return tails, means


@compiled
def _chance(left: float, right: float, fitness: float) -> float:
    """P(both accounts act on an object)."""
    x, y = left * fitness, right * fitness
    return x / (1.0 + x) * (y / (1.0 + y))


@compiled
def sharing_pairs(
    account_start: Int64,
    account_objects: Int32,
    object_start: Int64,
    object_accounts: Int32,
    least: int,
    left: Int32,
    right: Int32,
    number: Int32,
) -> int:
    """Pairs (a, b), a < b, in that order, that share at least ``least`` objects, and how many they share.

    The objects of each account and the accounts of each object, ascending, begin at the ``start`` of each. Written to
    ``left``, ``right`` and ``number`` as far as they have room; returns how many pairs there are.
    """
    n_accounts = len(account_start) - 1
    shared = np.zeros(n_accounts, np.int32)
    partners = np.empty(n_accounts, np.int64)
    found = 0
    for a in range(n_accounts):
        n = 0
        for row in range(account_start[a], account_start[a + 1]):
            o = account_objects[row]
            for other in range(object_start[o + 1] - 1, object_start[o] - 1, -1):
                b = object_accounts[other]
                if b <= a:
                    break
                if shared[b] == 0:
                    partners[n] = b
                    n += 1
                shared[b] += 1
        kept = 0
        for k in range(n):
            b = partners[k]
            if shared[b] >= least:
                partners[kept] = b
                kept += 1
            else:
                shared[b] = 0
        sort_first(partners, kept)
        for k in range(kept):
            b = partners[k]
            if found < len(left):
                left[found] = a
                right[found] = b
                number[found] = shared[b]
            found += 1
            shared[b] = 0
    return found
