"""Pairs that stand alone: held against how many groups are called, not how many pairs.

A false discovery rate counts pairs, and a group of n accounts has n(n - 1)/2 of them. Beside three hundred publishers
who act together, each pair a true discovery, it lets a few hundred false pairs through; and a false pair is nearly
always alone: two accounts that have nobody else in common. So pairs that are the whole of their group are called at a
false discovery rate over *groups*, of which the publishers are one. Nothing is called that would not be called without.
"""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Bool, Float, Int32, Int64


def q_values_of_pairs_alone(
    left: Int32, right: Int32, q_value: Float, false: Float, eligible: Bool, *, level: float
) -> Float:
    """``q_value`` with those of pairs raised that are alone among the pairs called at ``level``.

    ``false``: how many pairs as strong as each chance would give (p times the number of tests); ``eligible``: the
    pairs that may be called at all. The called pairs that are alone are put in the order of ``false``; with G groups
    of three accounts or more, the k-th has the smallest of false / (G + place) from its place on: the step-up rule of
    Benjamini and Hochberg (1995) with groups in place of pairs. Where all called pairs are alone, it is theirs.
    """
    called = np.flatnonzero(eligible & (q_value <= level))
    alone, groups = _alone(left[called].astype(np.int64), right[called].astype(np.int64))
    order = called[alone][np.argsort(false[called[alone]], kind="stable")]
    rate = false[order] / (groups + np.arange(1, len(order) + 1))
    raised = q_value.copy()
    raised[order] = np.maximum(q_value[order], np.minimum(np.minimum.accumulate(rate[::-1])[::-1], 1.0))
    return raised


def _alone(left: Int64, right: Int64) -> tuple[Bool, int]:
    """Which pairs share no account with another, and how many groups the others are connected to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    accounts, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    one, other = ends[: len(left)], ends[len(left) :]
    pairs = np.bincount(ends, minlength=len(accounts))
    alone = (pairs[one] == 1) & (pairs[other] == 1)
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(accounts), len(accounts)))
    number, _ = connected_components(graph, directed=False)
    return alone, int(number) - int(alone.sum())
