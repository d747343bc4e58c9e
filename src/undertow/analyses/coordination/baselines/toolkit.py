"""The rules of coordination-network-toolkit (Graham, QUT Digital Observatory 2020), as in its repository's head.

The last release on the package index still compares a message with itself; these are the rules after that repair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.coordination.actions import Actions, Int32, Int64
from undertow.analyses.coordination.counting import count_co_actions


@dataclass(frozen=True)
class DirectedNetwork:
    """Directed edges sorted by (source, target); ``weight``: the source's messages that take part."""

    source: Int32
    target: Int32
    weight: Int64


def toolkit_network(
    account: NDArray[np.integer],
    object_: NDArray[np.integer],
    message: NDArray[np.integer],
    time: NDArray[np.integer],
    *,
    window: int,
    min_weight: int = 1,
) -> DirectedNetwork:
    """Directed edges A to B: how many different messages of A have one of B on the same object within ``window``.

    ``window`` is inclusive and in the unit of ``time``; ``message`` is a primary key, the first row of each counts.
    """
    first = np.sort(np.unique(message, return_index=True)[1])
    actions = Actions.of(account[first], object_[first], time[first], message[first])
    edges = count_co_actions(actions, [window])[0]
    source = np.concatenate((edges.left, edges.right))
    target = np.concatenate((edges.right, edges.left))
    weight = np.concatenate((edges.left_actions, edges.right_actions)).astype(np.int64)
    keep = weight >= min_weight
    order = np.lexsort((target[keep], source[keep]))
    return DirectedNetwork(source[keep][order], target[keep][order], weight[keep][order])
