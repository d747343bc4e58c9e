"""Chains: what one class begins, a second takes up, and a third takes up after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import numpy.typing as npt

from undertow.analyses.propagation.items import Items
from undertow.analyses.propagation.pairs import Views
from undertow.statistics.lead_lag import ABSENT, Excess, excess
from undertow.statistics.multiple_testing import holm

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chain:
    """The classes ``path`` on one kind of object, on the items that all three took up.

    ``ordered``: numbers of the items on which they came strictly in this order, the quickest first; ``steps``: the
    tests of the second following the first and of the third following the second, on the items of all three;
    ``p_value`` the larger of the two (both must hold), ``q_value`` after Holm's correction over all chains that were
    tested.
    """

    kind: str
    path: tuple[int, int, int]
    items: int
    ordered: Int64
    steps: tuple[Excess, Excess]
    q_value: float = 1.0

    @property
    def p_value(self) -> float:
        """That both steps are there."""
        return max(step.p_value for step in self.steps)

    @property
    def weaker(self) -> Excess:
        """The step of which less is sure beyond activity and the news cycle: what holds for it holds for both."""
        return min(self.steps, key=lambda step: (step.low is not None, step.low or 0.0))

    @property
    def tested(self) -> bool:
        """Whether there were enough items and days."""
        return all(step.tested for step in self.steps)


def all_chains(items: Sequence[Items], following: Sequence[Views]) -> list[Chain]:
    """Every ordered triple of classes that some item shows, the surest first."""
    found: list[Chain] = []
    for one, viewed in zip(items, following, strict=True):
        first = one.acts.firsts()[:, : one.n_classes]
        came = first != ABSENT
        paths = permutations(range(one.n_classes), 3)
        took = ((path, came[:, path].all(axis=1)) for path in paths)
        found += [_chain(one, path, all_three, viewed) for path, all_three in took if all_three.any()]
    tested = [chain for chain in found if chain.tested]
    corrected = {
        (chain.kind, chain.path): float(value)
        for chain, value in zip(tested, holm([chain.p_value for chain in tested]), strict=True)
    }
    done = [replace(chain, q_value=corrected.get((chain.kind, chain.path), 1.0)) for chain in found]
    return sorted(done, key=lambda chain: (chain.q_value, -len(chain.ordered), chain.kind, chain.path))


def _chain(items: Items, path: tuple[int, int, int], all_three: npt.NDArray[np.bool_], viewed: Views) -> Chain:
    acts = items.acts
    first = acts.firsts()
    a, b, c = path
    order = np.flatnonzero(all_three & (first[:, a] < first[:, b]) & (first[:, b] < first[:, c]))
    steps = []
    for one, other in ((a, b), (b, c)):
        seen, expected = viewed[one, other]
        steps.append(excess(np.where(all_three, seen, np.nan), expected, acts.day))
    ordered = order[np.argsort(first[order, c] - first[order, a], kind="stable")]
    return Chain(items.kind, path, int(all_three.sum()), ordered, (steps[0], steps[1]))
