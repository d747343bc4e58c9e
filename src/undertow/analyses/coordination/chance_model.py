"""The chance of co-acting by chance: what two unconnected accounts, both active on an object, would do.

chance = speed of the object x factor of the two accounts' habits, at most 1. Speeds come from objects of the same
size and, in the final test, from the object's own other accounts; habits from :mod:`.habit_model`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int64
from undertow.analyses.coordination.counting import co_action_batches
from undertow.analyses.coordination.habit_model import HabitModel
from undertow.analyses.coordination.shares import Shares

_OBJECTS_A_BIN = 30
"""Fewer objects of like size than this are pooled with the next size: a rate needs that many to stand on."""
_BIN_GROWTH = 1.35
_LOWEST_FACTOR = 0.25
"""No pair is taken to meet less than a quarter as often as the average, whatever the table's emptiest cells say."""


@dataclass(frozen=True)
class ObjectCounts:
    """For each object: accounts that acted, pairs of them, and how many pairs co-acted (of those not left out)."""

    accounts: Int64
    pairs: Float
    co_acted: Int64


def count_objects(actions: Actions, shares: Shares, window: int, left_out: Bool | None = None) -> ObjectCounts:
    """Counts over the accounts that are not ``left_out``."""
    objects = shares.object
    if left_out is not None and left_out.any():
        actions = actions.take(~left_out[actions.account])
        objects = objects[~left_out[shares.account]]
    counted = np.zeros((1, actions.n_objects), np.int64)
    # no edge is wanted, only the counts: ask for more objects than there are
    for _ in co_action_batches(actions, [window], min_objects=2**31 - 1, object_pairs=counted):
        pass
    sizes = np.bincount(objects, minlength=actions.n_objects).astype(np.int64)
    return ObjectCounts(accounts=sizes, pairs=sizes * (sizes - 1.0) / 2, co_acted=counted[0])


@dataclass(frozen=True)
class ChanceModel:
    """What was learnt about chance.

    ``lower`` holds the smallest object size of each bin; ``pairs`` and ``co_acted`` the bin's pairs of accounts and
    how many co-acted; ``mean_factor`` the mean of the habits' factor over the bin's pairs; ``dispersion`` the shape
    of the gamma distribution of the objects' speeds within a bin (small: speeds differ a lot).
    """

    window: int
    lower: Int64
    pairs: Float
    co_acted: Float
    mean_factor: Float
    dispersion: Float
    log_hazard: Float
    mean_chance: Float
    habits: HabitModel

    def bin_of(self, size: Int64) -> Int64:
        """The bin of each object size."""
        return np.maximum(np.searchsorted(self.lower, size, side="right") - 1, 0).astype(np.int64)

    def hazard(self, speed: Float, bin_: Int64) -> Float:
        """The hazard of objects of these speeds: what makes the chance of the bin's pairs ``speed`` on average."""
        found = np.empty(len(speed))
        for each in np.unique(bin_):
            rows = bin_ == each
            found[rows] = np.interp(speed[rows], self.mean_chance[each], self.log_hazard)
        return np.exp(found)

    def chance(self, hazard: Float, cell: Int64, x: Float, bin_: Int64) -> Float:
        """1 - exp(-hazard factor): the chance that a pair of these habits meets on an object of this hazard."""
        factor = _floored(self.habits.factor(cell, x) / self.mean_factor[bin_])
        return np.asarray(-np.expm1(-hazard * factor), dtype=np.float64)


def _floored(factor: Float) -> Float:
    return np.asarray(np.maximum(factor, _LOWEST_FACTOR), dtype=np.float64)


def fit_chance(
    shares: Shares, habit_model: HabitModel, window: int, *, counts: ObjectCounts, left_out: Bool | None = None
) -> ChanceModel:
    """Speeds by size of the object, over the accounts not ``left_out`` (``counts`` are of the same accounts)."""
    lower, bin_ = _size_bins(shares.object_size, counts.accounts)
    usable = counts.accounts > 1
    pairs = np.bincount(bin_[usable], weights=counts.pairs[usable], minlength=len(lower)).astype(np.float64)
    co_acted = np.bincount(bin_[usable], weights=counts.co_acted[usable], minlength=len(lower)).astype(np.float64)
    factor, weight, of_bin = (
        habit_model.control_factor,
        habit_model.control_weight,
        bin_[habit_model.control_object],
    )
    if left_out is not None:
        inside = ~left_out[habit_model.control_accounts].any(axis=0)
        factor, weight, of_bin = factor[inside], weight[inside], of_bin[inside]
    overall = float(np.average(factor, weights=weight)) if len(factor) else 1.0
    total = np.bincount(of_bin, weights=weight, minlength=len(lower))
    summed = np.bincount(of_bin, weights=weight * factor, minlength=len(lower))
    mean_factor = np.where(total > 0, summed / np.maximum(total, 1e-300), overall)
    log_hazard = np.linspace(np.log(1e-9), np.log(1e3), 300)
    return ChanceModel(
        window=window,
        lower=lower,
        pairs=pairs,
        co_acted=co_acted,
        mean_factor=mean_factor,
        log_hazard=log_hazard,
        mean_chance=np.stack(
            [
                _mean_chance(np.exp(log_hazard), factor[rows] / mean_factor[each], weight[rows])
                for each in range(len(lower))
                for rows in [of_bin == each]
            ]
        ),
        dispersion=_dispersion(counts, bin_, usable, pairs, co_acted),
        habits=habit_model,
    )


_NODES = 200


def _mean_chance(hazard: Float, factor: Float, weight: Float) -> Float:
    """The mean chance of pairs with these factors at each hazard."""
    if not len(factor):
        return np.asarray(-np.expm1(-hazard))
    order = np.argsort(factor, kind="stable")
    mass = np.cumsum(weight[order])
    nodes = order[np.searchsorted(mass, (np.arange(_NODES) + 0.5) / _NODES * mass[-1])]
    spread = _floored(factor[nodes])
    return np.asarray((-np.expm1(-np.outer(hazard, spread))).mean(axis=1))


def _size_bins(size: Int64, left: Int64) -> tuple[Int64, Int64]:
    """Bins of like object size, each with enough objects (that still have two accounts left)."""
    sizes = np.sort(size[left > 1])
    limits = [2]
    place = 0
    while place < len(sizes):
        end = max(
            place + _OBJECTS_A_BIN, int(np.searchsorted(sizes, np.ceil(limits[-1] * _BIN_GROWTH), side="left"))
        )
        if end >= len(sizes) or len(sizes) - end < _OBJECTS_A_BIN:
            break
        following = int(sizes[end])
        if following == limits[-1]:
            following += 1
        end = int(np.searchsorted(sizes, following, side="left"))
        if len(sizes) - end < _OBJECTS_A_BIN:
            break
        limits.append(following)
        place = end
    lower = np.asarray(limits, dtype=np.int64)
    return lower, np.maximum(np.searchsorted(lower, size, side="right") - 1, 0).astype(np.int64)


def _dispersion(counts: ObjectCounts, bin_: Int64, usable: Bool, pairs: Float, co_acted: Float) -> Float:
    """Shape of the negative binomial of co-acted pairs over a bin's objects, by likelihood, drawn to all bins'."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    rate = np.divide(co_acted, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    k = counts.co_acted[usable].astype(np.float64)
    mean = np.maximum(rate[bin_[usable]] * counts.pairs[usable], 1e-12)
    of_bin = bin_[usable]

    def shape(rows: Bool, prior: float | None) -> float:
        observed, expected = k[rows], mean[rows]

        def minus_log_likelihood(log_shape: float) -> float:
            a = np.exp(log_shape)
            value = (
                gammaln(observed + a)
                - gammaln(a)
                + a * np.log(a / (a + expected))
                + observed * np.log(expected / (a + expected))
            )
            penalty = 0.0 if prior is None else 0.5 * (log_shape - np.log(prior)) ** 2
            return float(penalty - value.sum())

        found = minimize_scalar(minus_log_likelihood, bounds=(np.log(0.02), np.log(1e4)), method="bounded")
        return float(np.exp(found.x))

    if not len(k):
        return np.ones(len(pairs))
    common = shape(np.ones(len(k), bool), None)
    return np.asarray([shape(of_bin == each, common) for each in range(len(pairs))])
