"""Is the longest silence of an account longer than its own rhythm lets expect?

If the tail of its silences is a power law, the spacings of the ordered log lengths, each times its rank, are
independent and exponential with one mean (Renyi 1953; Hill 1975 averages them). The first spacing, between the longest
silence and the next, against the sum S of the m spacings below it is then exact whatever the exponent:
P(spacing / S > x) = (1 + x)^-m. Lighter tails (exponential, log-normal) make it conservative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEAST = 5
MOST = 50
"""Fewest and most spacings below the longest that its rhythm is learnt from; between them the square root of all."""


def longest_pause_p(account: npt.ArrayLike, pauses: npt.ArrayLike, *, n_accounts: int) -> Floats:
    """The p-value of each account's longest pause; NaN where it has too few to learn a rhythm from.

    ``account`` (0..n_accounts-1) and ``pauses`` (positive lengths in any unit) are columns of equal length.

    >>> import numpy as np
    >>> regular = np.r_[np.linspace(1, 9, 60), 300.0]
    >>> float(longest_pause_p(np.zeros(61, int), regular, n_accounts=1)[0]) < 0.001
    True
    """
    of = np.asarray(account, dtype=np.int64)
    length = np.asarray(pauses, dtype=np.float64)
    if (length <= 0).any():
        raise ValueError("a pause is longer than nothing")
    order = np.lexsort((-length, of))
    of, log = of[order], np.log(length[order])
    counts = np.bincount(of, minlength=n_accounts)
    start = np.cumsum(counts) - counts
    rank = np.arange(of.size) - start[of]  # 0 for the longest
    below = np.clip(np.sqrt(counts).astype(np.int64), LEAST, MOST)
    spacing = np.zeros(of.size)
    spacing[:-1] = log[:-1] - log[1:]
    used = (rank >= 1) & (rank <= below[of])
    total = np.bincount(of[used], ((rank + 1) * spacing)[used], minlength=n_accounts)
    enough = counts >= below + 2
    first = np.zeros(n_accounts)
    first[enough] = spacing[start[enough]]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(first == 0, 1.0, (1 + first / total) ** -below.astype(np.float64))
    return np.where(enough, p, np.nan)
