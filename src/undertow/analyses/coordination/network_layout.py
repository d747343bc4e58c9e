"""Where the network's nodes stand: computed once, the same for the same network; large networks drawn by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.groups import NO_GROUP
from undertow.analyses.coordination.study import Study
from undertow.graph_layout import Float, Int64, placed

MAX_NODES = 400
"""Accounts up to which each is drawn; above, each group is one node."""


@dataclass(frozen=True)
class Node:
    """A drawn account or group: where it stands (the unit square), what it is called, its group, how many accounts."""

    x: float
    y: float
    name: str
    group: str
    accounts: int
    partners: int


@dataclass(frozen=True)
class Link:
    """A drawn edge between two places: ``weight`` counts occasions, or pairs between groups."""

    x: float
    y: float
    x2: float
    y2: float
    weight: int


@dataclass(frozen=True)
class Drawing:
    """The picture: ``by_group`` where groups are the nodes; ``left_out`` accounts in no group are then not drawn."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    by_group: bool
    left_out: int


def drawing(study: Study, *, seed: int) -> Drawing:
    """The called pairs of ``study`` as a picture."""
    if len(study.network) <= MAX_NODES:
        return _by_account(study, seed)
    return _by_group(study, seed)


def _by_account(study: Study, seed: int) -> Drawing:
    accounts = study.network
    one, other = np.searchsorted(accounts, study.left), np.searchsorted(accounts, study.right)
    weight = study.pairs.occasions[study.called]
    place = placed(len(accounts), one, other, seed=seed)
    membership = study.groups.membership[accounts]
    partners = study.indicator.partners[accounts]
    nodes = tuple(
        Node(
            float(place[k, 0]),
            float(place[k, 1]),
            study.population.ids[int(accounts[k])],
            "no group" if membership[k] == NO_GROUP else f"group {int(membership[k]) + 1}",
            1,
            int(partners[k]),
        )
        for k in range(len(accounts))
    )
    return Drawing(nodes, _links(place, one, other, weight), by_group=False, left_out=0)


def _by_group(study: Study, seed: int) -> Drawing:
    n_groups = len(study.groups.sizes)
    one, other = study.groups.membership[study.left], study.groups.membership[study.right]
    between = (one != other) & (one >= 0) & (other >= 0)
    low, high = np.minimum(one[between], other[between]), np.maximum(one[between], other[between])
    keys, counts = np.unique(low.astype(np.int64) * max(n_groups, 1) + high, return_counts=True)
    ends_one, ends_other = keys // max(n_groups, 1), keys % max(n_groups, 1)
    place = placed(n_groups, ends_one, ends_other, seed=seed)
    inside = np.bincount(one[(one == other) & (one >= 0)], minlength=n_groups)
    nodes = tuple(
        Node(
            float(place[g, 0]),
            float(place[g, 1]),
            f"group {g + 1}",
            f"group {g + 1}",
            int(study.groups.sizes[g]),
            int(inside[g]),
        )
        for g in range(n_groups)
    )
    left_out = int((study.groups.membership[study.network] == NO_GROUP).sum())
    return Drawing(nodes, _links(place, ends_one, ends_other, counts), by_group=True, left_out=left_out)


def _links(place: Float, one: Int64, other: Int64, weight: Int64) -> tuple[Link, ...]:
    return tuple(
        Link(x=float(place[a, 0]), y=float(place[a, 1]), x2=float(place[b, 0]), y2=float(place[b, 1]), weight=w)
        for a, b, w in zip(one.tolist(), other.tolist(), weight.tolist(), strict=True)
    )
