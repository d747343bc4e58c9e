"""Where the nodes of a network stand when it is drawn: in reports, and in exports for graph programs."""

from __future__ import annotations

import math
import random
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float: TypeAlias = NDArray[np.float64]
Int64: TypeAlias = NDArray[np.int64]


def placed(n: int, one: Int64, other: Int64, *, seed: int) -> Float:
    """Coordinates (n, 2) in the unit square: each component by Fruchterman-Reingold, components packed in rows.

    igraph draws its random numbers from a generator seeded here, so that two runs give the same picture.
    """
    import igraph

    graph = igraph.Graph(n=n, edges=np.stack((one, other), axis=1).tolist())
    place = np.zeros((n, 2))
    blocks: list[tuple[float, list[int], Float]] = []
    generator = random.Random(seed)  # noqa: S311 (a drawing, not a secret)
    igraph.set_random_number_generator(generator)
    try:
        for members in graph.connected_components():
            size = math.sqrt(len(members))
            part = graph.induced_subgraph(members)
            start = [
                [math.cos(2 * math.pi * k / len(members)), math.sin(2 * math.pi * k / len(members))]
                for k in range(len(members))
            ]
            shape = np.asarray(part.layout_fruchterman_reingold(niter=300, seed=start).coords).reshape(-1, 2)
            low, span = shape.min(axis=0), np.ptp(shape, axis=0)
            shape = (shape - low) / np.where(span > 0, span, 1.0) * np.where(span > 0, size, 0.0)
            blocks.append((size, list(members), shape))
    finally:
        igraph.set_random_number_generator(random)
    blocks.sort(key=lambda block: (-block[0], block[1][0]))
    # shelves: the largest components first, rows about twice as wide as the whole is high
    area = sum((size + 1) ** 2 for size, _, _ in blocks)
    width = max(1.6 * math.sqrt(area), max((size + 1 for size, _, _ in blocks), default=1.0))
    x = y = shelf = 0.0
    for size, members, shape in blocks:
        if x + size + 1 > width + 1e-9:
            x, y, shelf = 0.0, y + shelf, 0.0
        place[members] = shape + np.array([x, y])
        x += size + 1
        shelf = max(shelf, size + 1)
    largest = place.max(axis=0, initial=0.0)
    place = place / np.where(largest > 0, largest, 1.0)
    place[:, 1] = 1 - place[:, 1]  # the first shelf on top
    return np.asarray(place, dtype=np.float64)
