"""What the partners of two accounts say about their pair: how many called partners they have in common.

The number is the *embeddedness* of an edge in its network. A false discovery rate counts pairs, and a group of n accounts
has n(n - 1)/2 of them. Beside three hundred publishers who act together, each pair a true discovery, it lets a few
hundred false pairs through; and a false pair nearly always has no partner in common, while a pair that is missing in a
group has nearly all. So

- called pairs *without a common partner* stay called only at a false discovery rate over groups, of which the publishers
  are one;
- pairs that are not called, but *most of whose partners are common*, are held against each other instead of against
  all pairs of the set.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from undertow.analyses.coordination.actions import Bool, Float, Int32, Int64
from undertow.statistics.multiple_testing import benjamini_hochberg

_LEAST_COMMON = 2
"""A pair is held against others like it from two common partners on: any stray pair at a group has one."""
_PATHS = 20_000_000
"""Paths over a partner that are counted at a time: bounds the working memory, not the result."""


def q_values_by_embeddedness(
    left: Int32, right: Int32, p_value: Float, q_value: Float, false: Float, eligible: Bool, *, level: float
) -> Float:
    """``q_value`` raised or lowered by what the partners of the two accounts say.

    One entry a tested pair (left < right). ``false``: how many pairs as strong as each chance would give (p times the
    number of tests); ``eligible``: the pairs that may be called at all.

    *Raised:* the called pairs without a common partner are put in the order of ``false``; with G groups that the other
    called pairs make, the k-th has the smallest of false / (G + place) from its place on: the step-up rule of Benjamini
    and Hochberg (1995) with groups in place of pairs. Where no called pair has a common partner, it is theirs.

    *Lowered:* all pairs of accounts, tested or not, that are not called then, and have in common at least two partners and
    half of the partners of either, are a family of their own for Benjamini and Hochberg's rule.
    """
    adjusted = q_value.copy()
    called = np.flatnonzero(eligible & (q_value <= level))
    embedded = _embedded(left[called], right[called])
    stray = called[~embedded]
    order = stray[np.argsort(false[stray], kind="stable")]
    groups = _components(left[called[embedded]], right[called[embedded]])
    rate = false[order] / (groups + np.arange(1, len(order) + 1))
    adjusted[order] = np.maximum(q_value[order], np.minimum(np.minimum.accumulate(rate[::-1])[::-1], 1.0))

    called = np.flatnonzero(eligible & (adjusted <= level))
    family = _missing(left[called], right[called])
    missing = np.flatnonzero(eligible & (adjusted > level) & np.isin(_keys(left, right), family))
    among_them = benjamini_hochberg(p_value[missing], tests=len(family))
    adjusted[missing] = np.minimum(adjusted[missing], among_them)
    return adjusted


def _embedded(left: Int32, right: Int32) -> Bool:
    """Which of these pairs have a common partner."""
    pairs = _keys(left, right)
    found = np.zeros(len(pairs), bool)
    for with_one, _, _ in _common_partners(left, right):
        found |= np.isin(pairs, with_one)
    return found


def _missing(left: Int32, right: Int32) -> Int64:
    """The pairs that are not among these although most partners of the two accounts are common, ascending."""
    found = [np.zeros(0, np.int64)]
    for pairs, common, most in _common_partners(left, right):
        found.append(pairs[(common >= _LEAST_COMMON) & (2 * common >= most)])
    return np.setdiff1d(np.concatenate(found), _keys(left, right))


def _common_partners(left: Int32, right: Int32) -> Iterator[tuple[Int64, Int64, Int64]]:
    """All pairs of accounts with a partner in common, in pieces: the pair, how many, and the larger number of partners."""
    from scipy.sparse import csr_array

    accounts, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    one, other = ends[: len(left)], ends[len(left) :]
    both = (np.concatenate((one, other)), np.concatenate((other, one)))
    adjacency = csr_array((np.ones(len(ends), np.int64), both), shape=(len(accounts), len(accounts)))
    partners = np.bincount(ends, minlength=len(accounts))
    piece = np.cumsum(np.asarray(adjacency @ partners)) // _PATHS
    for rows in np.split(np.arange(len(accounts)), np.flatnonzero(np.diff(piece)) + 1):
        paths = (adjacency[rows] @ adjacency).tocoo()
        here, there = rows[paths.row], paths.col
        once = here < there
        here, there, common = here[once], there[once], paths.data[once]
        yield _keys(accounts[here], accounts[there]), common, np.maximum(partners[here], partners[there])


def _components(left: Int32, right: Int32) -> int:
    """How many groups the pairs make, if whoever is connected is one group."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    accounts, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    edges = (np.ones(len(left)), (ends[: len(left)], ends[len(left) :]))
    return int(connected_components(coo_array(edges, shape=(len(accounts), len(accounts))), directed=False)[0])


def _keys(left: Int32, right: Int32) -> Int64:
    """Each pair as one number."""
    return np.asarray((left.astype(np.int64) << 32) | right.astype(np.int64))
