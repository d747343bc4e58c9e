"""Sums of ranges: what was spent, and how often it was seen, when each ad states only from where to where.

The sum of ranges is the range of the sums: from the sum of the lower bounds to the sum of the upper ones, and without
upper bound where one ad has none. Nothing is put in the middle, and currencies are never added together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

UNSTATED = "(currency not stated)"


@dataclass(frozen=True)
class Total:
    """A sum of ``stated`` ranges; ``unstated`` ads have none and are not in it. ``high``: None without bound."""

    low: int
    high: int | None
    stated: int
    unstated: int

    @property
    def words(self) -> str:
        """The range: ``300 to 897``, ``at least 300``, or ``unknown``.

        >>> Total(300, 897, 3, 0).words, Total(300, None, 3, 0).words, Total(7, 7, 1, 0).words, Total(0, 0, 0, 2).words
        ('300 to 897', 'at least 300', '7', 'unknown')
        """
        if not self.stated:
            return "unknown"
        if self.high is None:
            return f"at least {self.low:,}"
        return f"{self.low:,}" if self.low == self.high else f"{self.low:,} to {self.high:,}"


def total(ranges: Iterable[tuple[int | None, int | None]]) -> Total:
    """The sum of (low, high); a null low states no range, a null high alone no upper bound.

    >>> total([(100, 199), (0, 99), (None, None)])
    Total(low=100, high=298, stated=2, unstated=1)
    """
    low, high, stated, unstated = 0, 0, 0, 0
    bounded = True
    for least, most in ranges:
        if least is None:
            unstated += 1
            continue
        stated += 1
        low += least
        high += most or 0
        bounded = bounded and most is not None
    return Total(low, high if bounded else None, stated, unstated)


def by_currency(spends: Iterable[tuple[str | None, int | None, int | None]]) -> dict[str, Total]:
    """The sums of (currency, low, high) by currency, those of most ads first, those without a currency last."""
    listed: dict[str, list[tuple[int | None, int | None]]] = defaultdict(list)
    for currency, low, high in spends:
        if low is not None:
            listed[currency or UNSTATED].append((low, high))
    return {
        currency: total(ranges)
        for currency, ranges in sorted(
            listed.items(), key=lambda item: (item[0] == UNSTATED, -len(item[1]), item[0])
        )
    }


def share_bounds(part: Total, rest: Total) -> tuple[float, float]:
    """The least and the largest share that ``part`` may have of both together; (0, 1) where nothing bounds it.

    >>> share_bounds(Total(100, 200, 1, 0), Total(300, 400, 1, 0))
    (0.2, 0.4)
    """
    least = 0.0 if rest.high is None or not part.low + rest.high else part.low / (part.low + rest.high)
    most = 1.0 if part.high is None or not part.high + rest.low else part.high / (part.high + rest.low)
    return least, most
