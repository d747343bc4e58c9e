"""Co-selection: do two accounts choose the same rare objects, whenever they do so?

The chance model is the bipartite configuration model (Saracco et al. 2015, Scientific Reports 5:10595; validated
projection: Saracco et al. 2017, New Journal of Physics 19:053022): the most random two-mode network in which every
account keeps its expected number of objects and every object its expected number of accounts. An edge significant
on selection only may be shared interest: it is reported beside co-action, never in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Bool, Float, Int32, Int64
from undertow.analyses.coordination.shares import Shares
from undertow.errors import UndertowError
from undertow.statistics.multiple_testing import benjamini_hochberg

_TOLERANCE = 1e-8
_MAX_STEPS = 20_000


@dataclass(frozen=True)
class ConfigurationModel:
    """Fitted fitnesses by degree class: accounts of degree ``account_degrees[k]`` have ``account_fitness[k]``.

    P(account acts on object) = x y / (1 + x y). ``object_counts`` says how many objects each class has; ``error`` is
    the largest relative deviation of an expected degree from the observed one.
    """

    account_degrees: Int64
    account_fitness: Float
    object_degrees: Int64
    object_fitness: Float
    object_counts: Int64
    error: float

    def probabilities(self, degree: int) -> Float:
        """P(an account of this degree acts on an object of each class)."""
        x = self.account_fitness[np.searchsorted(self.account_degrees, degree)]
        return np.asarray(x * self.object_fitness / (1 + x * self.object_fitness), dtype=np.float64)


def fit_configuration_model(account_degree: Int64, object_degree: Int64) -> ConfigurationModel:
    """The model of a two-mode network with these degrees (zeros are dropped); accounts of one degree are alike.

    Solves sum over objects of x y / (1 + x y) = degree, and the same for objects, by alternating updates on degree
    classes; raises :class:`UndertowError` when they do not settle (a degree that takes every account or object has
    no finite fitness: such nodes are taken a hair below).
    """
    a_degree, a_count = np.unique(account_degree[account_degree > 0], return_counts=True)
    o_degree, o_count = np.unique(object_degree[object_degree > 0], return_counts=True)
    if not len(a_degree):
        none = np.zeros(0, np.int64)
        return ConfigurationModel(none, np.zeros(0), none.copy(), np.zeros(0), none.copy(), 0.0)
    total = float((a_degree * a_count).sum())
    a_target = np.minimum(a_degree, o_count.sum() * (1 - 1e-6)).astype(np.float64)
    o_target = np.minimum(o_degree, a_count.sum() * (1 - 1e-6)).astype(np.float64)
    x = a_target / np.sqrt(total)
    y = o_target / np.sqrt(total)
    error = np.inf
    for _ in range(_MAX_STEPS):
        denominator = 1 + x[:, None] * y[None, :]
        x = a_target / (y[None, :] / denominator * o_count).sum(axis=1)
        denominator = 1 + x[:, None] * y[None, :]
        y = o_target / (x[:, None] / denominator * a_count[:, None]).sum(axis=0)
        product = x[:, None] * y[None, :]
        reached = (product / (1 + product) * o_count).sum(axis=1)
        error = float(np.abs(reached / a_target - 1).max())
        if error < _TOLERANCE:
            break
    if error > 1e-4:
        raise UndertowError(
            f"the configuration model did not settle (largest deviation of a degree {error:.1e})",
            where="co-selection",
            todo="leave out objects that nearly every account acts on",
        )
    return ConfigurationModel(
        account_degrees=a_degree.astype(np.int64),
        account_fitness=x,
        object_degrees=o_degree.astype(np.int64),
        object_fitness=y,
        object_counts=o_count.astype(np.int64),
        error=error,
    )


def shared_tails(
    model: ConfigurationModel, left_degree: Int64, right_degree: Int64, at_least: Int64
) -> tuple[Float, Float]:
    """For each row, P(two accounts of these degrees share at least so many objects), and how many they are expected to.

    The number shared is Poisson-binomial, and objects of one class are alike. Rare ones (chance at most 0.05) enter by
    the recursion over power sums of the odds, k P(k) = sum over i of (-1)^(i-1) T_i P(k - i), T_i = sum of odds^i (Shah
    1973), which is stable there; the others one by one. The upper tail is summed itself, so small tails keep their
    relative precision.
    """
    from undertow.analyses.coordination.kernel_selection import shared_tails as tails

    left, right = (
        model.account_fitness[np.searchsorted(model.account_degrees, degree)]
        for degree in (left_degree, right_degree)
    )
    return tails(left, right, at_least, model.object_fitness, model.object_counts)


def combinations(
    shares: Shares, left: Int32, right: Int32, n_shared: Int64
) -> tuple[tuple[Int64, Int64, Int64], Int64]:
    """The different combinations among pairs of accounts, and that of each pair: degree of the one with fewer objects,
    degree of the other, objects shared. Many pairs have the same: each is worked out once."""
    import pyarrow as pa

    degrees, rank = np.unique(shares.degree, return_inverse=True)  # ranks are small, so three make one number
    low, high = (side(rank[left], rank[right]) for side in (np.minimum, np.maximum))
    most = int(n_shared.max(initial=0)) + 1
    encoded = pa.array(
        (low * len(degrees) + high) * most + n_shared
    ).dictionary_encode()  # sorting takes far longer
    pair, shared = np.divmod(encoded.dictionary.to_numpy(), most)
    low, high = np.divmod(pair, max(len(degrees), 1))
    return (degrees[low], degrees[high], shared), encoded.indices.to_numpy().astype(np.int64)


@dataclass(frozen=True)
class SelectionTest:
    """Pairs, their shared objects, expectation, p- and q-values; ``n_tested`` pairs of accounts behind the q-values."""

    left: Int32
    right: Int32
    n_shared: Int64
    expected: Float
    p_value: Float
    q_value: Float
    n_tested: int
    level: float
    model: ConfigurationModel

    @property
    def significant(self) -> Bool:
        """Which pairs share more objects than chance, at false discovery rate ``level``."""
        return np.asarray(self.q_value <= self.level)


def co_selection_test(
    shares: Shares, left: Int32, right: Int32, n_shared: Int64, *, level: float = 0.01
) -> SelectionTest:
    """Do these pairs share more objects than the configuration model's chance?

    ``n_shared`` is each pair's number of shared objects. q-values are over all pairs of accounts with at least one
    object: the pairs given were selected on what is tested, so the others count as tested too.
    """
    model = fit_configuration_model(shares.degree, shares.object_size)
    different, of_pair = combinations(shares, left, right, n_shared)
    tails, means = shared_tails(model, *different)
    p_value = tails[of_pair]
    active = int((shares.degree > 0).sum())
    n_tested = active * (active - 1) // 2
    return SelectionTest(
        left=left,
        right=right,
        n_shared=n_shared,
        expected=means[of_pair],
        p_value=p_value,
        q_value=benjamini_hochberg(p_value, tests=n_tested),
        n_tested=n_tested,
        level=level,
        model=model,
    )
