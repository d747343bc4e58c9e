"""The published baselines run beside the test, on the same actions and windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64
from undertow.analyses.coordination.baselines.coortweet import coordinated_network, detect_groups
from undertow.analyses.coordination.baselines.pair_tests import disparity_filter, hypergeometric
from undertow.analyses.coordination.baselines.similarity import above_percentile, tfidf_cosine
from undertow.analyses.coordination.baselines.toolkit import toolkit_network
from undertow.analyses.coordination.selection import combinations
from undertow.analyses.coordination.selection_candidates import Selection, sharing_pairs
from undertow.analyses.coordination.shares import Shares
from undertow.statistics.multiple_testing import benjamini_hochberg

PERCENTILE = 99.5
DISPARITY_LEVEL = 0.05
MIN_WEIGHT = 2
MIN_ROWS = 20
_PAIRS_OF_ACTIONS = 30_000_000
_WALK = 40_000_000

RULES = {
    "window and count": "at least two messages within the window of one of the other (coordination-network-toolkit)",
    "CooRTweet": "more co-acting rows than the median edge, two or more of each account (CooRTweet's defaults)",
    "TF-IDF cosine": f"cosine above its {PERCENTILE:g} percentile, accounts of {MIN_ROWS} actions or more (Pacheco et al.)",
    "disparity filter": f"p at most {DISPARITY_LEVEL:g} on the cosine network (Serrano et al., as in Nizzoli et al.)",
    "hypergeometric": "shared objects at false discovery rate 0.01 (Tumminello et al.)",
}
"""Each baseline and the rule by which it calls an edge."""


@dataclass(frozen=True)
class Baseline:
    """All edges that a baseline scores, sorted by ``key`` (left * n_accounts + right); ``called`` by its rule.

    A larger ``score`` is more evidence. ``reason`` says why it was not run.
    """

    name: str
    key: Int64
    score: Float
    called: Bool
    reason: str | None = None

    @property
    def called_keys(self) -> Int64:
        """The edges called."""
        return self.key[self.called]


def baselines(actions: Actions, window: int, looked_at: int, selection: Selection | None = None) -> list[Baseline]:
    """Every baseline of :data:`RULES` on one trace at one window (microseconds).

    ``selection``: the co-selection of the same actions, where it was tested: its pairs are not counted again.
    """
    found = []
    if looked_at > _PAIRS_OF_ACTIONS:
        reason = f"{looked_at:,} pairs of actions within the window are too many for it"
        found += [_not_run("window and count", reason), _not_run("CooRTweet", reason)]
    else:
        found += [_window_and_count(actions, window), _coortweet(actions, window)]
    shares = Shares.of(actions)
    if float((shares.object_size.astype(np.float64) ** 2).sum()) > _WALK:
        reason = "its objects are so common that nearly every pair of accounts shares one"
        found += [_not_run(name, reason) for name in ("TF-IDF cosine", "disparity filter", "hypergeometric")]
    else:
        found += [*_cosine(actions), _hypergeometric(shares, _sharing(shares, selection))]
    return found


def _not_run(name: str, reason: str) -> Baseline:
    none = np.zeros(0, np.int64)
    return Baseline(name, none, np.zeros(0), np.zeros(0, bool), reason)


def _sorted(name: str, key: Int64, score: Float, called: Bool) -> Baseline:
    order = np.argsort(key, kind="stable")
    return Baseline(name, key[order], score[order].astype(np.float64), called[order])


def _window_and_count(actions: Actions, window: int) -> Baseline:
    network = toolkit_network(actions.account, actions.object, actions.post, actions.time, window=window)
    low = np.minimum(network.source, network.target).astype(np.int64)
    high = np.maximum(network.source, network.target).astype(np.int64)
    key, edge = np.unique(low * max(actions.n_accounts, 1) + high, return_inverse=True)
    weight = np.zeros(len(key))
    np.maximum.at(weight, edge, network.weight)
    return _sorted("window and count", key, weight, weight >= MIN_WEIGHT)


def _coortweet(actions: Actions, window: int) -> Baseline:
    # a post is not one of the objects: number posts after them
    pairs = detect_groups(
        actions.account, actions.object, actions.post + actions.n_objects, actions.time, window=window
    )
    network = coordinated_network(pairs)
    key = network.left.astype(np.int64) * max(actions.n_accounts, 1) + network.right
    return _sorted("CooRTweet", key, network.weight.astype(np.float64), network.above)


def _cosine(actions: Actions) -> list[Baseline]:
    network = tfidf_cosine(actions.account, actions.object, min_rows=MIN_ROWS, self_loops=False)
    size = max(actions.n_accounts, 1)
    key = network.left.astype(np.int64) * size + network.right
    high = above_percentile(network, PERCENTILE)
    above = np.isin(key, high.left.astype(np.int64) * size + high.right)
    p_value = disparity_filter(network)
    return [
        _sorted("TF-IDF cosine", key, network.weight, above),
        _sorted("disparity filter", key, -np.log10(np.maximum(p_value, 1e-300)), p_value <= DISPARITY_LEVEL),
    ]


def _sharing(shares: Shares, selection: Selection | None) -> tuple[Int32, Int32, Int64]:
    """Pairs of accounts with at least two objects in common, and how many."""
    if selection is None or selection.test is None or selection.least_shared > 2:
        return sharing_pairs(shares)
    return selection.test.left, selection.test.right, selection.test.n_shared


def _hypergeometric(shares: Shares, sharing: tuple[Int32, Int32, Int64]) -> Baseline:
    left, right, n_shared = sharing
    n_objects = int((shares.object_size > 0).sum())
    (low, high, common), of_pair = combinations(shares, left, right, n_shared)
    p_value = hypergeometric(common, low, high, n_objects)[of_pair]
    active = int((shares.degree > 0).sum())
    called = benjamini_hochberg(p_value, tests=active * (active - 1) // 2) <= 0.01
    key = left.astype(np.int64) * max(shares.n_accounts, 1) + right
    return _sorted("hypergeometric", key, -np.log10(np.maximum(p_value, 1e-300)), called)
