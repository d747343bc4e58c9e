"""Every ordered pair of classes on every kind of object: who was first, who follows whom, who is in step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from undertow.analyses.propagation.items import Items
from undertow.statistics.intervals import percentile_interval
from undertow.statistics.lead_lag import ABSENT, Excess, excess, follows, leads
from undertow.statistics.multiple_testing import holm

Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Lag:
    """Hours from one class's first act to the other's over items: median, its 95% interval, quarter and three
    quarters."""

    median: float
    low: float | None
    high: float | None
    quarter: float
    three_quarters: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What the classes ``a`` and ``b`` do with one kind of object.

    ``first``: how often a was first, against the most that activity alone allows; ``least``: the least that it
    allows, as a share; ``ties``: items on which nobody is known to be first. ``follow``: the share of a's acts just
    before b's first act; ``together``: just before or after it. ``q_first``, ``q_follow``, ``q_together``: p-values
    after Holm's correction over all that were tested. ``top_account``: largest share of b's first acts that one
    account has. ``accounts`` and ``posts``: of both, on the items that both took up.
    """

    kind: str
    a: int
    b: int
    first: Excess
    least: float
    ties: int
    lag: Lag
    follow: Excess
    together: Excess
    top_account: float
    accounts: int
    posts: int
    q_first: float = 1.0
    q_follow: float = 1.0
    q_together: float = 1.0


Views = Mapping[tuple[int, int], tuple[Floats, Floats]]
"""(a, b) -> the share of a's acts just before b's first act, as seen and as expected, item by item."""


def views(items: Items, *, window: int) -> Views:
    """Who follows whom on each item, for every ordered pair of classes."""
    acts = items.every
    found = {}
    for a in range(items.n_classes):
        for b in range(items.n_classes):
            if a != b and len(acts):
                rest = [actor for actor in range(acts.n_actors) if actor not in (a, b)]
                ratio = items.rhythms.log_ratio(acts.time, [a], rest)
                found[a, b] = follows(acts, ratio, a, b, window=window)
    return found


def all_pairs(
    items: Sequence[Items], following: Sequence[Views], *, window: int, draws: int, seed: int
) -> list[Pair]:
    """The pairs of all kinds that share an item, with p-values corrected over all of them together."""
    found: list[Pair] = []
    for one, viewed in zip(items, following, strict=True):
        for (a, b), view in viewed.items():
            if (pair := _pair(one, a, b, view, window=window, draws=draws, seed=seed)) is not None:
                found.append(pair)
    first, follow = (_holm([getattr(pair, name) for pair in found]) for name in ("first", "follow"))
    once = [pair for pair in found if pair.a < pair.b]  # the one test of being in step takes both sides
    both = _holm([_in_step(found, pair) for pair in once])
    corrected = {(pair.kind, pair.a, pair.b): value for pair, value in zip(once, both, strict=True)}
    return [
        replace(
            pair,
            q_first=first[place],
            q_follow=follow[place],
            q_together=corrected[pair.kind, min(pair.a, pair.b), max(pair.a, pair.b)],
        )
        for place, pair in enumerate(found)
    ]


def _in_step(found: Sequence[Pair], pair: Pair) -> Excess:
    """The weaker of the two views of a pair: around b's first acts, and around a's."""
    other = next(p for p in found if (p.kind, p.a, p.b) == (pair.kind, pair.b, pair.a))
    return max(pair.together, other.together, key=lambda view: view.p_value)


def _holm(tests: Sequence[Excess]) -> list[float]:
    """Corrected p-values over those that were tested; 1 for the others."""
    tested = [place for place, test in enumerate(tests) if test.tested]
    values = [1.0] * len(tests)
    for place, value in zip(tested, holm([tests[place].p_value for place in tested]), strict=True):
        values[place] = float(value)
    return values


def _pair(
    items: Items, a: int, b: int, view: tuple[Floats, Floats], *, window: int, draws: int, seed: int
) -> Pair | None:
    acts, day = items.acts, items.acts.day
    first = acts.firsts()
    both = (first[:, a] != ABSENT) & (first[:, b] != ABSENT)
    if not both.any():
        return None
    rest = [actor for actor in range(acts.n_actors) if actor not in (a, b)]
    every = items.every
    ratio = items.rhythms.log_ratio(every.time, [b], [a])
    seen, most = leads(every, ratio, a, b)
    _, reverse = leads(every, -ratio, b, a)
    against = items.rhythms.log_ratio(every.time, [a], rest)
    around = excess(*follows(every, against, a, b, window=window, either_side=True), day)
    opening = acts.opening()
    openers = items.account[opening[(acts.actor[opening] == b) & both[acts.item[opening]]]]
    inside = both[acts.item] & ((acts.actor == a) | (acts.actor == b))
    return Pair(
        kind=items.kind,
        a=a,
        b=b,
        first=excess(seen, most, day),
        least=float(1.0 - np.nanmean(reverse)),
        ties=int((seen == 0.5).sum()),
        lag=_lag((first[both, b] - first[both, a]) / HOUR_US, day[both], draws=draws, seed=seed),
        follow=excess(*view, day),
        together=around,
        top_account=float(np.bincount(openers).max() / len(openers)),
        accounts=len(np.unique(items.account[inside])),
        posts=int(inside.sum()),
    )


def _lag(hours: Floats, day: Int64, *, draws: int, seed: int) -> Lag:
    """The lags, with a bootstrap over days for the median (none below ten days)."""
    quarter, median, three = (float(value) for value in np.quantile(hours, [0.25, 0.5, 0.75]))
    _, number = np.unique(day, return_inverse=True)
    days = int(number.max()) + 1
    if days < 10:
        return Lag(median, None, None, quarter, three)
    order = np.argsort(hours, kind="stable")
    rng = np.random.default_rng([seed, 31])
    medians = np.empty(draws)
    for draw in range(draws):
        weight = np.bincount(rng.integers(days, size=days), minlength=days)[number[order]]
        total = np.cumsum(weight)
        medians[draw] = hours[order][np.searchsorted(total, total[-1] / 2)]
    return Lag(median, *percentile_interval(medians), quarter, three)
