"""Groups of accounts in the network of significant edges: Leiden, how stable they are, their cores and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64
from undertow.analyses.coordination.counting import enumerate_pairs, pair_counts

if TYPE_CHECKING:
    import igraph

NO_GROUP = -1
_SEEDS = 10
_REWIRINGS = 100
_SWAPS_AN_EDGE = 10
_MIN_SIZE = 3


@dataclass(frozen=True)
class Groups:
    """Groups found, largest first (ties: by smallest account).

    ``membership``: group of each account, -1 for none; ``core``: the k of the innermost k-core that an account is in
    (0 without edges); ``stability``: for each group the mean, over other seeds, of the share of its pairs of accounts
    that are together again; ``modularity`` of the partition; ``agreement``: mean adjusted Rand index between seeds.
    """

    membership: Int32
    core: Int32
    sizes: Int64
    stability: Float
    modularity: float
    agreement: float

    def members(self, group: int) -> Int64:
        """The accounts of ``group``."""
        return np.flatnonzero(self.membership == group).astype(np.int64)


def find_groups(
    left: Int32, right: Int32, weight: Float, n_accounts: int, *, seed: int = 0, n_seeds: int = _SEEDS
) -> Groups:
    """Leiden (modularity; Traag et al. 2019) on the edges, run with ``n_seeds`` seeds; the best run is returned.

    ``weight`` must be positive. Groups have at least three accounts: a pair alone is an edge, not a group. Edges are
    sorted before anything else and the seeds are ``seed``, ``seed + 1``, ..., so two runs give the same groups.
    """
    if len(weight) and weight.min() <= 0:
        raise ValueError("edge weights must be positive")
    if not len(left):
        none = np.zeros(0, np.int64)
        empty = np.full(n_accounts, NO_GROUP, np.int32)
        return Groups(empty, np.zeros(n_accounts, np.int32), none, np.zeros(0), 0.0, 1.0)
    graph, accounts = _graph(left, right, weight)
    import leidenalg

    runs = []
    for run in range(n_seeds):
        partition = leidenalg.find_partition(
            graph, leidenalg.ModularityVertexPartition, weights="weight", seed=seed + run, n_iterations=-1
        )
        runs.append((float(partition.modularity), np.asarray(partition.membership, dtype=np.int64)))
    best = max(range(n_seeds), key=lambda run: (runs[run][0], -run))
    modularity, found = runs[best]
    labels = [run[1] for run in runs]
    membership, sizes, kept = _ordered(found)
    others = [each for number, each in enumerate(labels) if number != best]
    agreement = float(np.mean([adjusted_rand(found, each) for each in others])) if others else 1.0
    stability = np.array([_together(np.flatnonzero(found == group), others) for group in kept])
    whole = np.full(n_accounts, NO_GROUP, np.int32)
    whole[accounts] = membership
    core = np.zeros(n_accounts, np.int32)
    core[accounts] = graph.coreness()
    return Groups(whole, core, sizes, stability, modularity, agreement)


def _graph(left: Int32, right: Int32, weight: Float) -> tuple[igraph.Graph, Int64]:
    """The graph of the accounts that have edges, and which accounts they are."""
    import igraph

    order = np.lexsort((right, left))
    accounts = np.unique(np.concatenate((left, right))).astype(np.int64)
    ends = np.stack((np.searchsorted(accounts, left[order]), np.searchsorted(accounts, right[order])), axis=1)
    graph = igraph.Graph(n=len(accounts), edges=ends)
    graph.es["weight"] = weight[order].tolist()
    return graph, accounts


def _ordered(found: Int64) -> tuple[Int32, Int64, Int64]:
    """Group numbers by size, then first member; groups below three accounts become -1."""
    labels, first, sizes = np.unique(found, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    order = order[sizes[order] >= _MIN_SIZE]
    number = np.full(int(labels.max()) + 1, NO_GROUP, np.int32)
    number[labels[order]] = np.arange(len(order), dtype=np.int32)
    return number[found], sizes[order].astype(np.int64), labels[order].astype(np.int64)


def _together(members: Int64, others: list[Int64]) -> float:
    """Mean over the other partitions of the share of the members' pairs that are in one group there."""
    if not others:
        return 1.0
    pairs = len(members) * (len(members) - 1) / 2
    kept = [np.unique(each[members], return_counts=True)[1] for each in others]
    return float(np.mean([(counts * (counts - 1) / 2).sum() / pairs for counts in kept]))


def adjusted_rand(one: Int64, other: Int64) -> float:
    """Adjusted Rand index of two partitions (Hubert & Arabie 1985): 1 the same, 0 as by chance.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2]))
    1.0
    """
    _, a = np.unique(one, return_inverse=True)
    _, b = np.unique(other, return_inverse=True)
    cells = np.unique(a.astype(np.int64) * (int(b.max(initial=0)) + 1) + b, return_counts=True)[1]

    def pairs(counts: Int64) -> float:
        return float((counts * (counts - 1) / 2).sum())

    total = len(one) * (len(one) - 1) / 2
    in_one, in_other = pairs(np.bincount(a)), pairs(np.bincount(b))
    expected = in_one * in_other / total if total else 0.0
    largest = (in_one + in_other) / 2
    return 1.0 if largest == expected else (pairs(cells) - expected) / (largest - expected)


@dataclass(frozen=True)
class Density:
    """A group's internal edges against rewirings that keep every account's number of edges.

    ``density``: internal edges over possible ones; ``expected``: its mean over rewirings; ``p_value``: share of the
    rewirings (with the observed network among them) that are at least as dense.
    """

    density: float
    expected: float
    p_value: float


def group_densities(
    left: Int32, right: Int32, groups: Groups, *, rewirings: int = _REWIRINGS, seed: int = 0
) -> list[Density]:
    """Is each group denser than its accounts' numbers of edges explain? Degree-preserving swaps, seeded.

    One chain of swaps: ten an edge to forget the start, one an edge between draws. Groups were found by their
    density, so the p-value describes and does not test; it is large where a group is but a corner of one dense
    network, and where the whole network is that group (nothing to rewire with).
    """
    import random

    import igraph

    n_groups = len(groups.sizes)
    if not n_groups:
        return []
    graph, accounts = _graph(left, right, np.ones(len(left)))
    membership = groups.membership[accounts]

    def internal(network: igraph.Graph) -> Int64:
        ends = np.asarray(network.get_edgelist(), dtype=np.int64).reshape(-1, 2)
        one, other = membership[ends[:, 0]], membership[ends[:, 1]]
        return np.bincount(one[(one == other) & (one >= 0)], minlength=n_groups).astype(np.int64)

    observed = internal(graph)
    draws = np.empty((rewirings, n_groups), np.int64)
    # igraph draws from Python's generator interface; give it our own and put the default back
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 (a simulation, not a secret)
    try:
        rewired = graph.copy()
        rewired.rewire(n=_SWAPS_AN_EDGE * graph.ecount())
        for draw in range(rewirings):
            rewired.rewire(n=graph.ecount())
            draws[draw] = internal(rewired)
    finally:
        igraph.set_random_number_generator(random)
    possible = groups.sizes * (groups.sizes - 1) / 2
    at_least = (draws >= observed).sum(axis=0)
    return [
        Density(
            density=float(observed[group] / possible[group]),
            expected=float(draws[:, group].mean() / possible[group]),
            p_value=float((1 + at_least[group]) / (1 + rewirings)),
        )
        for group in range(n_groups)
    ]


@dataclass(frozen=True)
class GroupSummary:
    """What one group did.

    ``n_objects``: objects on which at least two members co-acted; ``n_actions`` of the members in all and
    ``co_actions`` of them within the window of another member; ``coordinated_share`` their ratio; ``first`` and
    ``last`` co-action (microseconds); ``median_gap``: median time between consecutive members in a burst
    (microseconds).
    """

    group: int
    size: int
    n_objects: int
    n_actions: int
    co_actions: int
    coordinated_share: float
    first: int
    last: int
    median_gap: float


@dataclass(frozen=True)
class Roles:
    """One row for each account in a group that took part in a burst whose first account is known, by account.

    ``bursts``: objects on which the account co-acted with a member and one account was first alone (where two share
    the first moment nobody is known to be first); ``first_moves``: those it began; ``lead_share``
    their ratio; ``expected_lead``: what equal chances would give it (the mean of one over the members taking part);
    ``p_value`` of leading at least so often (Poisson-binomial).
    """

    account: Int64
    group: Int32
    bursts: Int64
    first_moves: Int64
    lead_share: Float
    expected_lead: Float
    p_value: Float

    @property
    def first_movers(self) -> Bool:
        """Accounts that begin more bursts than equal chances explain (p at most 0.01): the others amplify."""
        return np.asarray(self.p_value <= 0.01)


def describe_groups(
    actions: Actions, window: int, groups: Groups, *, moment: int = 1
) -> tuple[list[GroupSummary], Roles]:
    """Summaries of the groups, and the roles of their accounts; co-action within ``window`` microseconds.

    Times are known to ``moment`` microseconds: who acts first within one moment is not known.
    """
    from undertow.analyses.coordination.kernel_tails import tails

    inside = actions.take(groups.membership[actions.account] != NO_GROUP)
    group_of = groups.membership[inside.account]
    # co-action inside a group: make (object, group) the object
    key, object_ = np.unique(
        inside.object.astype(np.int64) * max(len(groups.sizes), 1) + group_of, return_inverse=True
    )
    own = Actions.of(
        inside.account, object_.astype(np.int64), inside.time, inside.post, n_accounts=actions.n_accounts
    )
    earlier, later = enumerate_pairs(pair_counts(own, window))
    other = own.account[earlier] != own.account[later]
    taking_part = np.zeros(len(own), bool)
    taking_part[earlier[other]] = True
    taking_part[later[other]] = True
    part = own.take(taking_part)
    part_group = (key[part.object] % max(len(groups.sizes), 1)).astype(np.int64)
    same = np.flatnonzero(part.object[1:] == part.object[:-1])
    gaps = part.time[same + 1] - part.time[same]
    summaries = []
    for group in range(len(groups.sizes)):
        rows = part_group == group
        n_actions = int((group_of == group).sum())
        times = part.time[rows]
        of_gap = gaps[(part_group[same] == group) & (gaps <= window)]
        summaries.append(
            GroupSummary(
                group=group,
                size=int(groups.sizes[group]),
                n_objects=len(np.unique(part.object[rows])),
                n_actions=n_actions,
                co_actions=int(rows.sum()),
                coordinated_share=float(rows.sum() / max(n_actions, 1)),
                first=int(times.min(initial=np.iinfo(np.int64).max)),
                last=int(times.max(initial=np.iinfo(np.int64).min)),
                median_gap=float(np.median(of_gap)) if len(of_gap) else 0.0,
            )
        )
    # one burst an object: who acted first, who took part; a burst whose first moment several share says nothing
    first_row = np.searchsorted(part.object, part.object)
    at_first = part.time // moment == part.time[first_row] // moment
    tied = at_first & (part.account != part.account[first_row])
    known = np.bincount(part.object[tied], minlength=own.n_objects) == 0
    leaders = part.account[(first_row == np.arange(len(part))) & known[part.object]]
    taken = known[part.object]
    burst_account = np.unique(
        part.object[taken].astype(np.int64) * max(actions.n_accounts, 1) + part.account[taken]
    )
    burst, account = np.divmod(burst_account, max(actions.n_accounts, 1))
    sizes = np.bincount(burst, minlength=max(own.n_objects, 1))
    order = np.argsort(account, kind="stable")
    accounts, first_row = np.unique(account[order], return_index=True)
    bounds = np.append(first_row, len(order)).astype(np.int64)
    chances = 1.0 / sizes[burst[order]]
    bursts = np.diff(bounds)
    first_moves = np.bincount(leaders, minlength=actions.n_accounts)[accounts].astype(np.int64)
    expected = np.add.reduceat(chances, first_row) if len(first_row) else np.zeros(0)
    return summaries, Roles(
        account=accounts.astype(np.int64),
        group=groups.membership[accounts],
        bursts=bursts,
        first_moves=first_moves,
        lead_share=first_moves / np.maximum(bursts, 1),
        expected_lead=expected / np.maximum(bursts, 1),
        p_value=tails(chances, bounds, first_moves),
    )
