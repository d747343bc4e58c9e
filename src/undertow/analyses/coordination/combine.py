"""The traces combined: pairs called over all of them, at one false discovery rate, however the traces depend.

Each trace keeps Benjamini-Hochberg over its own pairs, at the level divided by the number of traces; the pairs that
any trace calls so are called. With V_t false and R_t pairs called by trace t, and R different pairs in all,
(false pairs) / R <= sum V_t / R_t, whose expectation is at most the sum of the traces' levels: the level. So a pair's
q-value is the number of traces times its smallest q-value in any. A trace with few candidates, such as texts, is not
swamped by one with millions, such as hashtags. What the partners of the two accounts say of a pair comes after that
(:mod:`embeddedness`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Float, Int32, Int64
from undertow.analyses.coordination.chance import PairTests
from undertow.analyses.coordination.embeddedness import q_values_by_embeddedness


@dataclass(frozen=True)
class FusedPairs:
    """Pairs over all traces, sorted by (left, right).

    ``p_by_trace`` (traces, pairs; NaN where a pair was no candidate), ``p_value`` their combination, ``q_value`` over
    ``n_tested``; ``n_traces`` counts the traces with p at most 0.05, ``occasions`` the largest of any trace (the same
    posts may be behind each, so they are not added).
    """

    left: Int32
    right: Int32
    p_by_trace: Float
    p_value: Float
    q_value: Float
    n_traces: Int64
    occasions: Int64
    n_tested: int


@dataclass(frozen=True)
class Combined:
    """The pairs of all traces; ``false`` how many called pairs chance alone would give, ``p_value`` that of the
    hypothesis that nobody coordinates (the smallest p times its trace's tests, times the traces)."""

    pairs: FusedPairs
    false: float
    p_value: float


def combined(tests: Sequence[PairTests], n_tested: Sequence[int], n_accounts: int, level: float) -> Combined:
    """Pairs of several traces, accounts numbered alike, each trace's q-values over its own ``n_tested``.

    ``p_value`` of a pair is the number of traces times its smallest p; ``occasions`` the most of any trace.
    """
    size = max(n_accounts, 1)
    keys = [test.left.astype(np.int64) * size + test.right for test in tests]
    pairs = np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)
    p_by_trace = np.full((len(tests), len(pairs)), np.nan)
    smallest = np.ones(len(pairs))
    false_so_strong = np.full(len(pairs), np.inf)
    occasions = np.zeros(len(pairs), np.int64)
    false = 0.0
    p_value = 1.0
    for trace, (test, key) in enumerate(zip(tests, keys, strict=True)):
        rows = np.searchsorted(pairs, key)
        p_by_trace[trace, rows] = test.p_value
        smallest[rows] = np.minimum(smallest[rows], test.q_value)
        false_so_strong[rows] = np.minimum(false_so_strong[rows], len(tests) * n_tested[trace] * test.p_value)
        occasions[rows] = np.maximum(occasions[rows], test.n_occasions)
        called = len(tests) * test.q_value <= level
        false += float(test.p_value[called].max(initial=0.0)) * n_tested[trace]
        p_value = min(p_value, float(test.p_value.min(initial=1.0)) * max(n_tested[trace], 1) * len(tests))
    least = np.where(np.isnan(p_by_trace), 1.0, p_by_trace).min(axis=0, initial=1.0)
    p_of_pair = np.minimum(len(tests) * least, 1.0)
    left, right = (pairs // size).astype(np.int32), (pairs % size).astype(np.int32)
    by_trace = np.minimum(len(tests) * smallest, 1.0)
    q_value = q_values_by_embeddedness(
        left, right, p_of_pair, by_trace, false_so_strong, occasions >= 2, level=level
    )
    by_partners = q_value[(by_trace > level) & (q_value <= level)]
    false += float(by_partners.max(initial=0.0)) * len(by_partners)
    fused = FusedPairs(
        left=left,
        right=right,
        p_by_trace=p_by_trace,
        p_value=p_of_pair,
        q_value=q_value,
        n_traces=(p_by_trace <= 0.05).sum(axis=0).astype(np.int64),
        occasions=occasions,
        n_tested=int(sum(n_tested)),
    )
    return Combined(fused, false, min(p_value, 1.0))


@dataclass(frozen=True)
class AccountIndicator:
    """One entry an account (0 .. n_accounts - 1).

    ``q_value``: the smallest q-value of the account's pairs (1 where it has none); ``partners``: with how many others
    its pair is significant; ``score``: -log10 of ``q_value``, for ranking accounts. The q-values control the share of
    false *pairs*; one false pair makes two false accounts, so read ``partners`` with it.
    """

    q_value: Float
    partners: Int64
    score: Float


def account_indicator(pairs: FusedPairs, n_accounts: int, *, level: float = 0.01) -> AccountIndicator:
    """How strong the evidence is that an account coordinates with anyone; pairs of one occasion do not count."""
    smallest = np.ones(n_accounts)
    partners = np.zeros(n_accounts, np.int64)
    repeated = pairs.occasions >= 2
    called = (pairs.q_value <= level) & repeated
    for side in (pairs.left, pairs.right):
        np.minimum.at(smallest, side[repeated], pairs.q_value[repeated])
        partners += np.bincount(side[called], minlength=n_accounts)
    return AccountIndicator(q_value=smallest, partners=partners, score=-np.log10(np.maximum(smallest, 1e-300)))
