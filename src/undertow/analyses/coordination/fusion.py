"""Evidence over several traces: one p-value a pair, one indicator an account, dependence taken into account.

The same post is often in several traces at once (a repost is a URL and three hashtags), so traces depend on each
other in an unknown way. Fisher's and Stouffer's sums are invalid then; what follows is valid under any dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Float, Int32, Int64
from undertow.analyses.coordination.chance import PairTests, benjamini_hochberg


def bonferroni_minimum(p_values: Float) -> Float:
    """min(1, K times the smallest p) over the K rows; NaN (not tested in this trace) counts as 1.

    >>> bonferroni_minimum(np.array([[0.01, 0.9], [0.5, np.nan]])).tolist()
    [0.02, 1.0]
    """
    filled = np.where(np.isnan(p_values), 1.0, p_values)
    return np.asarray(np.minimum(len(filled) * filled.min(axis=0), 1.0), dtype=np.float64)


def e_value(p_value: Float, kappa: float = 0.5) -> Float:
    """The e-value kappa p^(kappa - 1) of a p-value: expectation at most 1 under the null (Vovk & Wang 2021).

    >>> e_value(np.array([1.0, 0.01])).round(6).tolist()
    [0.5, 5.0]
    """
    return np.asarray(kappa * np.maximum(p_value, 1e-300) ** (kappa - 1), dtype=np.float64)


def e_average(p_values: Float, kappa: float = 0.5) -> Float:
    """p-value of the mean of the rows' e-values, min(1, 1 / mean): valid under any dependence.

    Better than the minimum where several traces agree, worse where one speaks alone. NaN (not tested) has e-value 0
    and stays in the mean: a pair cannot gain by being untestable.
    """
    e = np.where(np.isnan(p_values), 0.0, e_value(np.where(np.isnan(p_values), 1.0, p_values), kappa))
    mean = e.mean(axis=0)
    return np.asarray(np.minimum(1.0 / np.maximum(mean, 1e-300), 1.0), dtype=np.float64)


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


def fuse(
    tests: Sequence[PairTests], n_tested: Sequence[int], n_accounts: int, *, method: str = "minimum"
) -> FusedPairs:
    """Pairs of several traces, accounts numbered alike in all, combined by ``minimum`` or ``e-values``.

    Where co-action is occasional, most pairs are candidates in one trace only and the minimum is the better choice
    (the default). q-values are over the sum of the traces' tests: at least the number of different pairs tested.
    Raises ValueError for another method or when there is no trace.
    """
    if not tests or len(tests) != len(n_tested):
        raise ValueError("one number of tests for each trace, and at least one trace")
    if method not in ("minimum", "e-values"):
        raise ValueError(f"method must be minimum or e-values, not {method!r}")
    keys = [test.left.astype(np.int64) * n_accounts + test.right for test in tests]
    pairs = np.unique(np.concatenate(keys))
    p_by_trace = np.full((len(tests), len(pairs)), np.nan)
    occasions = np.zeros(len(pairs), np.int64)
    for trace, (test, key) in enumerate(zip(tests, keys, strict=True)):
        rows = np.searchsorted(pairs, key)
        p_by_trace[trace, rows] = test.p_value
        np.maximum.at(occasions, rows, test.n_occasions)
    p_value = bonferroni_minimum(p_by_trace) if method == "minimum" else e_average(p_by_trace)
    total = int(sum(n_tested))
    return FusedPairs(
        left=(pairs // max(n_accounts, 1)).astype(np.int32),
        right=(pairs % max(n_accounts, 1)).astype(np.int32),
        p_by_trace=p_by_trace,
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, total),
        n_traces=(p_by_trace <= 0.05).sum(axis=0).astype(np.int64),
        occasions=occasions,
        n_tested=total,
    )


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
