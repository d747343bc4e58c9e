"""How an account's habits bend its chance of meeting others: promptness, daily rhythm, repeated actions.

A likelihood that is conditional on each object (a stratified Cox likelihood over pairs of accounts) learns the
effects: only pairs within one object are compared, so that a fast cascade cannot pass for prompt accounts nor the
reverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int64
from undertow.analyses.coordination.counting import enumerate_pairs, pair_counts
from undertow.analyses.coordination.shares import FEATURES, N_CELLS, Habits, Shares, features

_FIT_PAIRS = 1_500_000
_FIT_OBJECTS = 5_000
_EVENTS_AN_OBJECT = 200
_CONTROLS_AN_OBJECT = 60
_MIN_EVENTS = 50
_RIDGE = 1.0
"""Precision of the normal prior on each coefficient: an effect of e^2 for one unit is already unlikely."""
_MOST = 1.5
"""Coefficients lie between 0 and this. Accounts that act at random within their hours meet as often as their rhythms
overlap, a coefficient of 1 (measured: 0.8 to 1.1); a group with hours of its own must not explain itself by more."""
_PRIOR_EVENTS = 3.0
_FIT_STEPS = 40
_FIT_TOLERANCE = 1e-3


@dataclass(frozen=True)
class HabitModel:
    """Effects of the habits, and a weighted sample of pairs in objects to average over.

    ``table`` holds the factor of each cell of promptness classes; ``coefficients`` belong to
    :data:`~undertow.analyses.coordination.shares.FEATURES`, clipped to ``low`` .. ``high``. ``control_factor``,
    ``control_object``, ``control_weight`` and ``control_accounts`` (2, n) describe the sample.
    """

    table: Float
    coefficients: Float
    low: Float
    high: Float
    n_events: int
    control_factor: Float
    control_object: Int64
    control_weight: Float
    control_accounts: Int64

    def factor(self, cell: Int64, x: Float) -> Float:
        """table[cell] exp(x b): how much likelier a pair with these habits meets, in units of the table."""
        bent = np.clip(x, self.low, self.high) @ self.coefficients
        return np.asarray(self.table[cell] * np.exp(bent), dtype=np.float64)


@dataclass(frozen=True)
class _Sample:
    """Pairs in objects: cell of the promptness table, other features, which object (numbered from 0)."""

    cell: Int64
    x: Float
    object: Int64


def fit_habits(
    actions: Actions,
    shares: Shares,
    habits: Habits,
    window: int,
    *,
    left_out: Bool | None = None,
    flagged: Bool | None = None,
    seed: int = 0,
) -> HabitModel:
    """The effects of habits among the accounts not ``left_out``, pairs of two ``flagged`` accounts disregarded.

    Objects and pairs to compare are sampled with ``seed``. With fewer than 50 co-actions to learn from there is no
    effect: every factor is 1.
    """
    generator = np.random.default_rng(seed)
    if left_out is not None and left_out.any():
        actions = actions.take(~left_out[actions.account])
    part, chosen = _chosen_objects(actions, window, generator)
    one, two, objects = _co_acted(part, window, flagged)
    rows = _at_most(objects, _EVENTS_AN_OBJECT, generator)
    one, two, objects = one[rows], two[rows], objects[rows]
    first, second, control_object, weight = _controls(part, chosen, generator)
    shares_of_event = _share_of(shares, one, objects), _share_of(shares, two, objects)
    shares_of_control = _share_of(shares, first, control_object), _share_of(shares, second, control_object)
    x_control = features(shares, habits, *shares_of_control)
    cell_control = habits.cells(shares.account[shares_of_control[0]], shares.account[shares_of_control[1]])
    n_features = len(FEATURES)
    table, b = np.ones(N_CELLS), np.zeros(n_features)
    low, high = np.full(n_features, -np.inf), np.full(n_features, np.inf)
    if len(one) >= _MIN_EVENTS:
        low, high = np.quantile(x_control, [0.001, 0.999], axis=0)
        x_event = features(shares, habits, *shares_of_event)
        cell_event = habits.cells(shares.account[shares_of_event[0]], shares.account[shares_of_event[1]])
        compared = np.ones(len(first), bool) if flagged is None else ~(flagged[first] & flagged[second])
        table, b = _conditional_fit(
            _Sample(cell_event, np.clip(x_event, low, high), np.searchsorted(chosen, objects).astype(np.int64)),
            _Sample(
                cell_control[compared],
                np.clip(x_control[compared], low, high),
                np.searchsorted(chosen, control_object[compared]).astype(np.int64),
            ),
            len(chosen),
        )
    return HabitModel(
        table=table,
        coefficients=b,
        low=low,
        high=high,
        n_events=len(one),
        control_factor=table[cell_control] * np.exp(np.clip(x_control, low, high) @ b),
        control_object=control_object,
        control_weight=weight,
        control_accounts=np.stack((first, second)),
    )


def _chosen_objects(actions: Actions, window: int, generator: np.random.Generator) -> tuple[Actions, Int64]:
    """The actions of randomly chosen objects with at least two actions, and the objects; bounded in pairs."""
    starts = actions.object_starts()
    chosen = generator.permutation(np.flatnonzero(np.diff(starts) > 2))[:_FIT_OBJECTS]
    cumulated = np.concatenate((np.zeros(1, np.int64), np.cumsum(pair_counts(actions, window))))
    cost = cumulated[starts[chosen + 1]] - cumulated[starts[chosen]]
    chosen = np.sort(chosen[np.cumsum(cost) <= max(_FIT_PAIRS, int(cost[:1].sum()))]).astype(np.int64)
    is_chosen = np.zeros(actions.n_objects, bool)
    is_chosen[chosen] = True
    return actions.take(is_chosen[actions.object]), chosen


def _co_acted(part: Actions, window: int, flagged: Bool | None) -> tuple[Int64, Int64, Int64]:
    """Account, account, object of each pair that co-acted on an object, once, in the order of objects."""
    earlier, later = enumerate_pairs(pair_counts(part, window))
    other = part.account[earlier] != part.account[later]
    earlier, later = earlier[other], later[other]
    one, two = part.account[earlier].astype(np.int64), part.account[later].astype(np.int64)
    objects = part.object[earlier].astype(np.int64)
    pair = np.minimum(one, two) * max(part.n_accounts, 1) + np.maximum(one, two)
    order = np.lexsort((pair, objects))
    is_new = np.ones(len(order), bool)
    is_new[1:] = (objects[order][1:] != objects[order][:-1]) | (pair[order][1:] != pair[order][:-1])
    rows = order[is_new]
    if flagged is not None:
        rows = rows[~(flagged[one[rows]] & flagged[two[rows]])]
    return one[rows], two[rows], objects[rows]


def _controls(part: Actions, chosen: Int64, generator: np.random.Generator) -> tuple[Int64, Int64, Int64, Float]:
    """Pairs drawn at random, with replacement, from each chosen object's accounts, and how many each stands for."""
    size = max(part.n_accounts, 1)
    distinct = np.sort(part.object.astype(np.int64) * size + part.account)
    distinct = distinct[np.concatenate((np.ones(1, bool), distinct[1:] != distinct[:-1]))[: len(distinct)]]
    holder = distinct % size
    first_of = np.searchsorted(distinct, chosen * size)
    n = np.diff(np.append(first_of, len(distinct)))
    keep = n > 1
    objects = np.repeat(chosen[keep], _CONTROLS_AN_OBJECT)
    count = np.repeat(n[keep], _CONTROLS_AN_OBJECT)
    base = np.repeat(first_of[keep], _CONTROLS_AN_OBJECT)
    i = (generator.random(len(count)) * count).astype(np.int64)
    j = (generator.random(len(count)) * (count - 1)).astype(np.int64)
    j += j >= i
    weight = count * (count - 1) / 2 / _CONTROLS_AN_OBJECT
    return holder[base + i], holder[base + j], objects, weight


def _share_of(shares: Shares, account: Int64, object_: Int64) -> Int64:
    from undertow.analyses.coordination.kernel import places_of

    return places_of(shares.account_start, shares.object, account, object_)


def _at_most(group: Int64, limit: int, generator: np.random.Generator) -> Int64:
    """Rows of sorted ``group``, at most ``limit`` random ones of each."""
    shuffled = np.lexsort((generator.random(len(group)), group))
    starts = np.flatnonzero(np.concatenate((np.ones(1, bool), group[1:] != group[:-1]))[: len(group)])
    place = np.arange(len(group)) - np.repeat(starts, np.diff(np.append(starts, len(group))))
    return np.sort(shuffled[place < limit]).astype(np.int64)


def _conditional_fit(events: _Sample, controls: _Sample, n_objects: int) -> tuple[Float, Float]:
    """The table of promptness factors and the coefficients b of the other features.

    Maximises the sum over objects of [sum over its events of log f - n_events log mean over its controls of f] with
    f = table[cell] exp(x b): for the table by the fixed point observed / expected (each with ``_PRIOR_EVENTS``
    more, which draws cells of few events to 1), for b by Newton steps under a normal prior, within its limits.
    """
    n_events = np.bincount(events.object, minlength=n_objects).astype(np.float64)
    observed = np.bincount(events.cell, minlength=N_CELLS)
    total = events.x.sum(axis=0)
    table = np.ones(N_CELLS)
    b = np.zeros(events.x.shape[1])
    for _ in range(_FIT_STEPS):
        factor = table[controls.cell] * np.exp(controls.x @ b)
        denominator = np.bincount(controls.object, weights=factor, minlength=n_objects)
        share = factor * (n_events / np.maximum(denominator, 1e-300))[controls.object]
        expected = np.bincount(controls.cell, weights=share, minlength=N_CELLS)
        new_table = (observed + _PRIOR_EVENTS) / (expected / table + _PRIOR_EVENTS)
        weighted = controls.x * share[:, None]
        means = (
            np.stack(
                [np.bincount(controls.object, weights=column, minlength=n_objects) for column in weighted.T], axis=1
            )
            / np.sqrt(np.maximum(n_events, 1.0))[:, None]
        )
        hessian = controls.x.T @ weighted - means.T @ means + _RIDGE * np.eye(len(b))
        step = np.linalg.solve(hessian, total - weighted.sum(axis=0) - _RIDGE * b)
        step *= min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12))
        step = np.clip(b + step, 0.0, _MOST) - b
        change = max(float(np.abs(np.log(new_table / table)).max()), float(np.abs(step).max()))
        table, b = new_table, b + step
        if change < _FIT_TOLERANCE:
            break
    return table, b
