"""Do events of many accounts crowd into one time? A scan statistic, each event placed at random in its own span.

The statistic is the most events in any window of a fixed width (Naus 1965); the null draws each account's event
evenly from the time in which it could have happened, so that an account that was only active in spring is no evidence of a
wave in spring. The p-value is a Monte Carlo one and exact at any number of draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.statistics.multiple_testing import monte_carlo_p

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wave:
    """The fullest window: its ``start`` (same unit as the times), how many events it holds, how many a random draw has
    at its fullest on average (``expected``), and the p-value."""

    start: float
    count: int
    expected: float
    p_value: float


def fullest(times: Floats, width: float) -> tuple[float, int]:
    """The start of the fullest window [start, start + width] that begins at an event, and its events.

    >>> import numpy as np
    >>> fullest(np.array([1.0, 5.0, 6.0, 7.5, 20.0]), 3.0)
    (5.0, 3)
    """
    ordered = np.sort(times)
    number = np.searchsorted(ordered, ordered + width, side="right") - np.arange(len(ordered))
    place = int(number.argmax())
    return float(ordered[place]), int(number[place])


def wave(
    times: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    width: float,
    draws: int,
    rng: np.random.Generator,
) -> Wave:
    """Test whether ``times`` crowd into a window of ``width``, where each could have lain from ``low`` to ``high``.

    Raises ValueError when there is no event, or one outside its span.
    """
    at, first, last = (np.asarray(part, dtype=np.float64) for part in (times, low, high))
    if not len(at) or (at < first).any() or (at > last).any():
        raise ValueError("there must be events, each within its span")
    start, count = fullest(at, width)
    most = np.array([fullest(first + rng.random(len(at)) * (last - first), width)[1] for _ in range(draws)])
    p_value = float(monte_carlo_p(int((most >= count).sum()), draws))
    return Wave(start, count, float(most.mean()), p_value)


def waves(
    times: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    *,
    width: float,
    draws: int,
    rng: np.random.Generator,
    level: float,
) -> list[Wave]:
    """The waves one after the other: the fullest window is tested; its events, and those within another ``width`` on
    either side, are set aside; the rest is tested again, until nothing is beyond chance at ``level``.

    A window that is not beyond chance is in the list only where it is the first.
    """
    at, first, last = (np.asarray(part, dtype=np.float64) for part in (times, low, high))
    found: list[Wave] = []
    while len(at):
        one = wave(at, first, last, width=width, draws=draws, rng=rng)
        if one.p_value > level and found:
            break
        found.append(one)
        if one.p_value > level:
            break
        rest = (at < one.start - width) | (at > one.start + 2 * width)
        at, first, last = at[rest], first[rest], last[rest]
    return found
