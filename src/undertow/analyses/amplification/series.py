"""Daily series of who amplifies an account: all, those beside the day's most amplified post, and the new among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

NO_OBJECT = -1
"""Stands for an amplified post that is not known: never the most amplified one."""


@dataclass(frozen=True)
class Series:
    """Counts by target (row) and day (column), each an int64 array of that shape.

    ``amplifiers`` counts distinct accounts; ``broad`` those that amplified something else than the day's most
    amplified post, so that one post that goes round is not taken for a rise of the account; ``new`` those among
    ``broad`` that had never amplified the target before; ``objects`` the posts of the target that were amplified;
    ``top`` the most amplified post (NO_OBJECT where none is known).
    """

    first_day: int
    amplifiers: Ints
    broad: Ints
    new: Ints
    objects: Ints
    top: Ints

    @property
    def days(self) -> Ints:
        """The days, as days since 1970."""
        return np.arange(self.first_day, self.first_day + self.amplifiers.shape[1])

    @property
    def first_weekday(self) -> int:
        """The weekday of the first day, 0 Monday (1970-01-01 was a Thursday)."""
        return (self.first_day + 3) % 7


def daily_series(
    target: Ints, amplifier: Ints, object_: Ints, day: Ints, *, n_targets: int, first_day: int, n_days: int
) -> Series:
    """The series of actions given as arrays of equal length, in any order; repeated actions count once a day."""
    shape = (n_targets, n_days)
    place, what, by = _unique(target * n_days + day - first_day, object_, amplifier)
    who, when = place // max(n_days, 1), place % max(n_days, 1)
    # the most amplified object of each target and day; the smallest number of several, whatever the order of rows
    begins = np.flatnonzero(np.r_[True, (np.diff(place) != 0) | (np.diff(what) != 0)]) if place.size else place
    size = np.diff(np.r_[begins, place.size])
    known = what[begins] != NO_OBJECT
    order = np.lexsort((what[begins], -size))
    order = order[known[order]]
    at, chosen = np.unique(place[begins][order], return_index=True)
    top = np.full(n_targets * n_days, NO_OBJECT)
    top[at] = what[begins][order][chosen]
    beside = (what != top[place]) | (what == NO_OBJECT)
    objects = np.bincount(place[begins][known], minlength=n_targets * n_days)
    return Series(
        first_day=first_day,
        amplifiers=_distinct(place, by, shape),
        broad=_distinct(place[beside], by[beside], shape),
        new=_new(who, when, by, beside, shape),
        objects=objects.reshape(shape).astype(np.int64),
        top=top.reshape(shape),
    )


def _unique(*columns: Ints) -> tuple[Ints, ...]:
    """The distinct rows of integer columns, in their order."""
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    changes = np.zeros(max(order.size - 1, 0), bool)
    for column in ordered:
        changes |= np.diff(column) != 0
    first = np.r_[True, changes] if order.size else np.zeros(0, bool)
    return tuple(column[first] for column in ordered)


def _distinct(place: Ints, by: Ints, shape: tuple[int, int]) -> Ints:
    """How many different ``by`` there are at each place."""
    return np.bincount(_unique(place, by)[0], minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)


def _new(who: Ints, when: Ints, by: Ints, beside: npt.NDArray[np.bool_], shape: tuple[int, int]) -> Ints:
    """How many amplifiers beside the top post come to the target for the first time (with whatever post)."""
    order = np.lexsort((when, by, who))
    first = np.r_[True, (np.diff(who[order]) != 0) | (np.diff(by[order]) != 0)] if who.size else order.astype(bool)
    since = np.empty(who.size, np.int64)
    since[order] = when[order][first][np.cumsum(first) - 1] if who.size else when
    fresh = beside & (since == when)
    return _distinct((who * shape[1] + when)[fresh], by[fresh], shape)
