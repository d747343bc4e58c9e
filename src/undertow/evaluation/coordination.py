"""Coordination held against the truth: the test over all traces, each trace alone, and the published baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from undertow.analyses import base, coordination
from undertow.analyses.coordination.baselines.similarity import SimilarityNetwork, eigenvector_centrality, fused
from undertow.analyses.coordination.combine import FusedPairs
from undertow.analyses.coordination.compared import baselines
from undertow.analyses.coordination.selection import SelectionTest
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import called_keys
from undertow.case import Case
from undertow.errors import UsageError
from undertow.evaluation.measures import (
    Bool,
    Float,
    Int64,
    Interval,
    Measures,
    Ranked,
    cluster_weights,
    collapsed,
    measured,
)
from undertow.evaluation.truth import Truth

CENTRAL = 0.99
"""Eigenvector centrality calls the accounts above this quantile of those with an edge (Luceri et al. vary it)."""


@dataclass(frozen=True)
class Row:
    """One method on one trace (``all`` for the traces together), for accounts or for pairs."""

    method: str
    trace: str
    level: str
    measures: Measures

    def to_json(self) -> dict[str, Any]:
        """JSON-ready values, with the curve as [recall, precision, false positive rate]."""
        found: dict[str, Any] = {"level": self.level, "method": self.method, "trace": self.trace}
        for name in ("n", "n_true", "n_called"):
            found[name] = getattr(self.measures, name)
        for name in ("precision", "recall", "auc", "average_precision"):
            part: Interval = getattr(self.measures, name)
            found[name] = {"value": part.value, "low": part.low, "high": part.high}
        found["curve"] = [list(point) for point in self.measures.curve]
        return found


@dataclass(frozen=True)
class Evaluation:
    """All rows, and what was left out: true accounts without a post, accounts of the case that the truth is silent on."""

    rows: tuple[Row, ...]
    n_accounts: int
    n_true: int
    n_without_posts: int
    n_unknown: int
    refused: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "n_accounts": self.n_accounts,
            "n_true": self.n_true,
            "n_without_posts": self.n_without_posts,
            "n_unknown": self.n_unknown,
            "refused": dict(self.refused),
            "rows": [row.to_json() for row in self.rows],
        }


@dataclass(frozen=True)
class _Scored:
    """Pairs with a score (``key``: left * accounts + right), ascending keys, and which of them are called."""

    key: Int64
    score: Float
    called: Bool


def evaluate_coordination(
    case: Case, truth: Truth, parameters: coordination.Parameters | None = None, *, seed: int = 0
) -> Evaluation:
    """Run the analysis and hold accounts (and pairs, where the truth has them) against ``truth``.

    Intervals are by bootstrap over groups of the truth, their accounts together, and single accounts. Raises
    :class:`UsageError` when no account of the truth has a post in the case.
    """
    chosen = parameters or coordination.Parameters()
    with base.open_engine(case, chosen) as engine:
        study = coordination.studied(case, engine, chosen)
    known = _Known.of(study, truth, seed)
    rows: list[Row] = []
    for method, trace, scored in _methods(study):
        rows.append(Row(method, trace, "accounts", known.accounts_measured(scored)))
        if truth.pairs:
            rows.append(Row(method, trace, "pairs", known.pairs_measured(scored)))
    central = _central(study)
    if central is not None:
        rows.append(Row("TF-IDF centrality", "all", "accounts", known.ranked(*central)))
    rows.sort(key=lambda row: (row.level, row.trace != "all"))
    population = {study.population.ids[k] for k in range(len(study.population))}
    return Evaluation(
        rows=tuple(rows),
        n_accounts=len(known.account),
        n_true=int(known.true.sum()),
        n_without_posts=sum(name not in population for name in truth.accounts),
        n_unknown=len(study.population) - len(known.account),
        refused={each.name: each.refusal or str(each.reason) for each in study.traces if each not in study.tested},
    )


def _methods(study: Study) -> list[tuple[str, str, _Scored]]:
    size = max(len(study.population), 1)
    co_action = _Tested.of(study.pairs, size)
    found = [("test", "all", _Scored(co_action.key, _evidence(co_action.p_value), study.called))]
    selections = {
        trace.name: _Tested.of(trace.selection.test, size)
        for trace in study.traces
        if trace.selection is not None and trace.selection.test is not None
    }
    if selections:
        co_selection = _Tested.together(list(selections.values()))
        found.append(("co-selection", "all", co_selection.scored(study.level)))
        either = _Tested.together([co_action, co_selection])
        found.append(("test or co-selection", "all", either.scored(study.level)))
    found += [("co-selection", name, each.scored(study.level)) for name, each in selections.items()]
    for trace in study.tested:
        tests = trace.tests
        key = tests.left.astype(np.int64) * size + tests.right
        found.append(
            ("test", trace.name, _Scored(key, _evidence(tests.p_value), np.isin(key, called_keys(study, trace))))
        )
        found += [
            (each.name, trace.name, _Scored(each.key, each.score, each.called))
            for each in baselines(
                trace.found.actions, round(trace.widest_s * 1e6), trace.looked_at, trace.selection
            )
            if each.reason is None
        ]
    return found


@dataclass(frozen=True)
class _Tested:
    """Pairs with p-values and q-values, keys ascending."""

    key: Int64
    p_value: Float
    q_value: Float

    @classmethod
    def of(cls, tests: FusedPairs | SelectionTest, size: int) -> _Tested:
        return cls(tests.left.astype(np.int64) * size + tests.right, tests.p_value, tests.q_value)

    @classmethod
    def together(cls, parts: list[_Tested]) -> _Tested:
        """The pairs of any of K tests; p and q are K times the smallest, whatever the tests have in common."""
        keys = np.concatenate([part.key for part in parts])
        key, row = np.unique(keys, return_inverse=True)
        p_value, q_value = np.ones(len(key)), np.ones(len(key))
        np.minimum.at(p_value, row, np.concatenate([part.p_value for part in parts]))
        np.minimum.at(q_value, row, np.concatenate([part.q_value for part in parts]))
        return cls(key, np.minimum(len(parts) * p_value, 1.0), np.minimum(len(parts) * q_value, 1.0))

    def scored(self, level: float) -> _Scored:
        """For ranking, and the pairs called at this false discovery rate."""
        return _Scored(self.key, _evidence(self.p_value), self.q_value <= level)


def _evidence(p_value: Float) -> Float:
    return np.asarray(-np.log10(np.maximum(p_value, 1e-300)), dtype=np.float64)


def _central(study: Study) -> tuple[Float, Bool] | None:
    """Score and call of each account by eigenvector centrality in the cosine networks of all traces together."""
    size = max(len(study.population), 1)
    networks = []
    for trace in study.tested:
        for each in baselines(trace.found.actions, 0, 0):
            if each.name == "TF-IDF cosine" and each.reason is None and len(each.key):
                left, right = (each.key // size).astype(np.int32), (each.key % size).astype(np.int32)
                networks.append(SimilarityNetwork(left, right, each.score))
    if not networks:
        return None
    score = eigenvector_centrality(fused(networks), len(study.population))
    limit = float(np.quantile(score[score > 0], CENTRAL)) if (score > 0).any() else np.inf
    return score, score > limit


@dataclass(frozen=True)
class _Known:
    """The accounts of the truth that have posts: their numbers, whether true, and their bootstrap cluster."""

    study: Study
    account: Int64
    true: Bool
    cluster: Int64
    weights: Float
    true_pairs: Int64
    grouped: Bool

    @classmethod
    def of(cls, study: Study, truth: Truth, seed: int) -> _Known:
        numbers = {name: number for number, name in enumerate(study.population.ids)}
        listed = sorted((numbers[name], name) for name in truth.accounts if name in numbers)
        if not listed:
            raise UsageError(
                "no account of the truth has a post in the case",
                where="--truth",
                todo="check that its ids are the account ids of the case",
            )
        account = np.array([number for number, _ in listed], dtype=np.int64)
        names = [truth.groups.get(name, f"\0{number}") for number, name in listed]
        cluster = np.unique(names, return_inverse=True)[1].astype(np.int64)
        size = max(len(study.population), 1)
        pairs = []
        for one, other in truth.pairs:
            if one in numbers and other in numbers:
                low, high = sorted((numbers[one], numbers[other]))
                pairs.append(low * size + high)
        return cls(
            study=study,
            account=account,
            true=np.array([truth.accounts[name] for _, name in listed]),
            cluster=cluster,
            weights=cluster_weights(cluster, seed=seed),
            true_pairs=np.array(sorted(pairs), dtype=np.int64),
            grouped=np.array([name in truth.groups for _, name in listed]),
        )

    def ranked(self, score: Float, called: Bool) -> Measures:
        """Accounts by a score and a call for every account of the population."""
        weights = self.weights[:, self.cluster]
        return measured(
            Ranked(
                score[self.account],
                self.true,
                called[self.account],
                0.0,
                0.0,
                weights,
                np.zeros((len(weights), 2)),
            )
        )

    def accounts_measured(self, scored: _Scored) -> Measures:
        """Accounts by the best score of any of their pairs; called when one of their pairs is."""
        size = max(len(self.study.population), 1)
        score, called = np.zeros(size), np.zeros(size, bool)
        for side in (scored.key // size, scored.key % size):
            np.maximum.at(score, side, scored.score)
            called[side[scored.called]] = True
        return self.ranked(score, called)

    def pairs_measured(self, scored: _Scored) -> Measures:
        """Pairs of known accounts; those that the method does not score rank last.

        Two coordinated accounts one of which is in no known group are left out: nobody knows whether they belong
        together.
        """
        size = max(len(self.study.population), 1)
        place = np.full(size, -1, np.int64)
        place[self.account] = np.arange(len(self.account))
        one, other = place[scored.key // size], place[scored.key % size]
        inside = (one >= 0) & (other >= 0)
        open_ = self.true & ~self.grouped if self.grouped.any() else np.zeros(len(self.true), bool)
        both = self.true[one] & self.true[other]
        inside &= ~(both & (open_[one] | open_[other]))
        score, called = scored.score[inside], scored.called[inside]
        true = np.isin(scored.key[inside], self.true_pairs)
        # the many false pairs that nobody calls are not drawn again, and those between two others are one row
        kept = true | called
        one, other = self.cluster[one[inside][kept]], self.cluster[other[inside][kept]]
        rest_score, rest_count = collapsed(score, kept)
        drawn = _pair_weights(self.weights, one, other)
        weights = np.concatenate((drawn, np.broadcast_to(rest_count, (len(drawn), len(rest_count)))), axis=1)
        none = np.zeros(len(rest_score), bool)
        unknown = self._weight_within(self.true) - self._weight_within(self.true & ~open_)
        total = self._weight_within(np.ones(len(self.true), bool)) - unknown
        scored_true, scored_all = (drawn * true[kept]).sum(axis=1), weights.sum(axis=1)
        rest_true = np.maximum(self._weight_of(self.true_pairs, place) - scored_true, 0.0)
        rest = np.stack((rest_true, np.maximum(total - scored_all - rest_true, 0.0)), axis=1)
        return measured(
            Ranked(
                np.concatenate((score[kept], rest_score)),
                np.concatenate((true[kept], none)),
                np.concatenate((called[kept], none)),
                float(rest[0, 0]),
                float(rest[0, 1]),
                weights,
                rest,
            )
        )

    def _weight_of(self, keys: Int64, place: Int64) -> Float:
        size = max(len(self.study.population), 1)
        return np.asarray(
            _pair_weights(self.weights, self.cluster[place[keys // size]], self.cluster[place[keys % size]]).sum(
                axis=1
            )
        )

    def _weight_within(self, which: Bool) -> Float:
        """The weight of all pairs of the accounts ``which``, without a list of them."""
        sizes = np.bincount(self.cluster[which], minlength=self.weights.shape[1]).astype(np.float64)
        whole = self.weights * sizes
        between = (whole.sum(axis=1) ** 2 - (whole**2).sum(axis=1)) / 2
        return np.asarray(between + (self.weights * sizes * (sizes - 1) / 2).sum(axis=1), dtype=np.float64)


def _pair_weights(weights: Float, one: Int64, other: Int64) -> Float:
    """How often each pair is drawn: as often as both its clusters, or as its one cluster."""
    return np.where(one == other, weights[:, one], weights[:, one] * weights[:, other])
