"""The chance of co-acting by chance: what two unconnected accounts, both active on an object, would do.

log chance = log(speed of the object) + the two accounts' habits. The habits' coefficients come from a likelihood
that is conditional on each object (a stratified Cox likelihood over pairs), so that a fast cascade cannot pass for
prompt accounts nor the reverse; speeds come from objects of the same size, and, in the final test, from the
object's own other accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int64
from undertow.analyses.coordination.counting import co_action_batches, enumerate_pairs, pair_counts
from undertow.analyses.coordination.shares import FEATURES, Habits, Shares, features

_OBJECTS_A_BIN = 30
"""Fewer objects of like size than this are pooled with the next size: a rate needs that many to stand on."""
_BIN_GROWTH = 1.35
_FIT_PAIRS = 1_500_000
_FIT_OBJECTS = 6_000
_EVENTS_AN_OBJECT = 200
_CONTROLS_AN_OBJECT = 60
_MIN_EVENTS = 50
_RIDGE = 1.0
"""Precision of the normal prior on each coefficient: an effect of e^2 for one unit is already unlikely."""


@dataclass(frozen=True)
class ObjectCounts:
    """For each object: accounts that acted, and pairs of them that co-acted (of the accounts not left out)."""

    accounts: Int64
    co_acted: Int64

    @property
    def pairs(self) -> Float:
        """Pairs of accounts on each object."""
        n = self.accounts.astype(np.float64)
        return n * (n - 1) / 2


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
    sizes = np.bincount(objects, minlength=actions.n_objects)
    return ObjectCounts(accounts=sizes.astype(np.int64), co_acted=counted[0])


@dataclass(frozen=True)
class ChanceModel:
    """What was learnt about chance.

    ``lower`` holds the smallest object size of each bin; ``pairs`` and ``co_acted`` the bin's pairs of accounts and
    how many co-acted; ``mean_factor`` the mean of exp(x b) over the bin's pairs; ``dispersion`` the shape of the
    gamma distribution of the objects' speeds within a bin (small: speeds differ a lot). ``coefficients`` belong to
    :data:`~undertow.analyses.coordination.shares.FEATURES`, clipped to ``feature_low`` .. ``feature_high``.
    """

    window: int
    lower: Int64
    pairs: Float
    co_acted: Float
    mean_factor: Float
    dispersion: Float
    coefficients: Float
    feature_low: Float
    feature_high: Float
    n_events: int

    def bin_of(self, size: Int64) -> Int64:
        """The bin of each object size."""
        return np.maximum(np.searchsorted(self.lower, size, side="right") - 1, 0).astype(np.int64)

    def factor(self, x: Float, bin_: Int64) -> Float:
        """exp(x b) over its mean in the bin: how much likelier than average this pair meets."""
        clipped = np.clip(x, self.feature_low, self.feature_high)
        return np.asarray(np.exp(clipped @ self.coefficients) / self.mean_factor[bin_], dtype=np.float64)


def fit_chance(
    actions: Actions,
    shares: Shares,
    habits: Habits,
    window: int,
    *,
    counts: ObjectCounts,
    left_out: Bool | None = None,
    seed: int = 0,
) -> ChanceModel:
    """The chance model of these actions, without the accounts ``left_out``.

    ``counts`` are those of the same accounts. Sampling of objects and pairs for the coefficients is seeded.
    """
    size = shares.object_size
    lower, bin_ = _size_bins(size, counts.accounts)
    usable = counts.accounts > 1
    pairs = np.bincount(bin_[usable], weights=counts.pairs[usable], minlength=len(lower)).astype(np.float64)
    co_acted = np.bincount(bin_[usable], weights=counts.co_acted[usable], minlength=len(lower)).astype(np.float64)
    events, controls, event_object, control_object, weight = _sample(
        actions, shares, window, counts=counts, left_out=left_out, seed=seed
    )
    n_features = len(FEATURES)
    coefficients = np.zeros(n_features)
    low, high = np.full(n_features, -np.inf), np.full(n_features, np.inf)
    mean_factor = np.ones(len(lower))
    if len(events[0]) >= _MIN_EVENTS:
        x_event = features(shares, habits, *events)
        x_control = features(shares, habits, *controls)
        low, high = np.quantile(x_control, [0.001, 0.999], axis=0)
        x_event, x_control = np.clip(x_event, low, high), np.clip(x_control, low, high)
        coefficients = _conditional_fit(x_event, x_control, event_object, control_object)
        factor = np.exp(x_control @ coefficients)
        of_bin = bin_[control_object]
        total = np.bincount(of_bin, weights=weight, minlength=len(lower))
        overall = float(np.average(factor, weights=weight))
        mean_factor = np.where(
            total > 0,
            np.bincount(of_bin, weights=weight * factor, minlength=len(lower)) / np.maximum(total, 1e-300),
            overall,
        )
    return ChanceModel(
        window=window,
        lower=lower,
        pairs=pairs,
        co_acted=co_acted,
        mean_factor=mean_factor,
        dispersion=_dispersion(counts, bin_, usable, pairs, co_acted),
        coefficients=coefficients,
        feature_low=low,
        feature_high=high,
        n_events=len(events[0]),
    )


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


def _sample(
    actions: Actions,
    shares: Shares,
    window: int,
    *,
    counts: ObjectCounts,
    left_out: Bool | None,
    seed: int,
) -> tuple[tuple[Int64, Int64], tuple[Int64, Int64], Int64, Int64, Float]:
    """Co-acted pairs (events) and random pairs (controls) of randomly chosen objects that have both."""
    generator = np.random.default_rng(seed)
    if left_out is not None and left_out.any():
        actions = actions.take(~left_out[actions.account])
    chosen = np.flatnonzero((counts.accounts > 2) & (counts.co_acted > 0))
    chosen = generator.permutation(chosen)[:_FIT_OBJECTS]
    looked_at = pair_counts(actions, window)
    starts = actions.object_starts()
    cumulated = np.concatenate((np.zeros(1, np.int64), np.cumsum(looked_at)))
    cost = cumulated[starts[chosen + 1]] - cumulated[starts[chosen]]
    chosen = np.sort(chosen[np.cumsum(cost) <= max(_FIT_PAIRS, int(cost[:1].sum()))])
    is_chosen = np.zeros(actions.n_objects, bool)
    is_chosen[chosen] = True
    part = actions.take(is_chosen[actions.object])
    earlier, later = enumerate_pairs(pair_counts(part, window))
    other = part.account[earlier] != part.account[later]
    earlier, later = earlier[other], later[other]
    one, two = part.account[earlier].astype(np.int64), part.account[later].astype(np.int64)
    objects = part.object[earlier].astype(np.int64)
    size = max(actions.n_accounts, 1)
    pair = np.minimum(one, two) * size + np.maximum(one, two)
    order = np.lexsort((pair, objects))
    is_new = np.ones(len(order), bool)
    is_new[1:] = (objects[order][1:] != objects[order][:-1]) | (pair[order][1:] != pair[order][:-1])
    rows = order[is_new]
    rows = rows[_at_most(objects[rows], _EVENTS_AN_OBJECT, generator)]
    events = (
        _share_of(shares, one[rows], objects[rows]),
        _share_of(shares, two[rows], objects[rows]),
    )
    # controls: pairs drawn at random, with replacement, from the object's accounts
    distinct = np.sort(part.object.astype(np.int64) * size + part.account)
    distinct = distinct[np.concatenate((np.ones(1, bool), distinct[1:] != distinct[:-1]))[: len(distinct)]]
    holder = (distinct % size).astype(np.int64)
    first = np.searchsorted(distinct, chosen * size)
    n = counts.accounts[chosen]
    draws = np.full(len(chosen), _CONTROLS_AN_OBJECT)
    control_object = np.repeat(chosen, draws)
    n_rep, first_rep = np.repeat(n, draws), np.repeat(first, draws)
    i = (generator.random(len(n_rep)) * n_rep).astype(np.int64)
    j = (generator.random(len(n_rep)) * (n_rep - 1)).astype(np.int64)
    j += j >= i
    controls = (
        _share_of(shares, holder[first_rep + i], control_object),
        _share_of(shares, holder[first_rep + j], control_object),
    )
    weight = np.repeat(counts.pairs[chosen] / _CONTROLS_AN_OBJECT, draws)
    return events, controls, objects[rows], control_object, weight


def _share_of(shares: Shares, account: Int64, object_: Int64) -> Int64:
    return np.searchsorted(shares.key, account * shares.n_objects + object_).astype(np.int64)


def _at_most(group: Int64, limit: int, generator: np.random.Generator) -> Int64:
    """Rows of sorted ``group``, at most ``limit`` random ones of each."""
    shuffled = np.lexsort((generator.random(len(group)), group))
    starts = np.flatnonzero(np.concatenate((np.ones(1, bool), group[1:] != group[:-1]))[: len(group)])
    place = np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))
    return np.sort(shuffled[place < limit]).astype(np.int64)


def _conditional_fit(x_event: Float, x_control: Float, event_object: Int64, control_object: Int64) -> Float:
    """Maximum over b of the sum over objects of [sum of x b over events - n_events log mean exp(x b)]."""
    objects, control = np.unique(control_object, return_inverse=True)
    n_events = np.bincount(np.searchsorted(objects, event_object), minlength=len(objects)).astype(np.float64)
    n_features = x_event.shape[1]
    total_event = x_event.sum(axis=0)
    scale = x_control.std(axis=0)
    usable = scale > 1e-9
    b = np.zeros(n_features)
    for _ in range(50):
        factor = np.exp(x_control @ b)
        denominator = np.bincount(control, weights=factor)
        share = factor / denominator[control] * n_events[control]
        gradient = total_event - share @ x_control - _RIDGE * b
        weighted = x_control * share[:, None]
        means = (
            np.stack([np.bincount(control, weights=weighted[:, k]) for k in range(n_features)], axis=1)
            / np.sqrt(np.maximum(n_events, 1e-300))[:, None]
        )
        hessian = x_control.T @ weighted - means.T @ means + _RIDGE * np.eye(n_features)
        gradient[~usable] = 0.0
        step = np.linalg.solve(hessian, gradient)
        step[~usable] = 0.0
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        b = b + step
        if float(np.abs(step).max()) < 1e-7:
            break
    return b
