"""Random streams: every part of a simulation draws from its own, named by a path below the seed.

A part that draws more or fewer numbers therefore changes nothing elsewhere, and blocks can be made in any order.
"""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray


def stream(seed: int, *path: int | str) -> np.random.Generator:
    """The generator at ``path`` below ``seed``: the same arguments give the same numbers.

    >>> int(stream(1, "posts", 3).integers(100)) == int(stream(1, "posts", 3).integers(100))
    True
    """
    words = [xxhash.xxh3_64_intdigest(part) if isinstance(part, str) else part for part in path]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def heavy_tailed(rng: np.random.Generator, size: int, total: float, spread: float) -> NDArray[np.float64]:
    """``size`` positive expectations that add up to ``total``, log-normal with log standard deviation ``spread``.

    A spread of 1.5 gives the busiest hundredth of the accounts about a quarter of the posts. No account gets
    more than a twentieth of the total when there are at least 100.
    """
    if size == 0:
        return np.zeros(0)
    weights = rng.lognormal(0.0, spread, size)
    if size >= 100:
        weights = np.minimum(weights, weights.sum() / 20)
    return np.asarray(weights * (total / weights.sum()))
