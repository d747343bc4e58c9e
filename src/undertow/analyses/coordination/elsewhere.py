"""Pairs that meet wherever they go: left out of an object's meetings before its speed is learnt.

A group that acts on an object makes it look fast, and with enough groups every object of that size looks fast: chance
then explains the groups. The pairs of such a group meet on their *other* objects, too, and that is what is asked here.
Whether a pair met on this object is not: under chance, given speeds and habits, its meetings on different objects are
independent, so leaving it out for what it did elsewhere does not change the share of pairs that meet here.
"""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Bool, Int32, Int64
from undertow.analyses.coordination.chance_model import ObjectCounts

_LEAST_MET = 2
_MOST_OBJECTS = 0.75
"""A pair that met on at least so many of its other shared objects, and on this share of them, meets wherever it goes. With
one in place of two, pairs that met once would have to be listed, too, to be left out of the objects on which they did not
meet; not to do so makes all speeds too low. At a share of a half, fans of a star are among them."""


def without_recurring(
    counts: ObjectCounts, object_: Int32, co_acted: Bool, starts: Int64, left_out: Bool
) -> ObjectCounts:
    """``counts`` without the pairs that met on two or more, and three quarters or more, of the *other* objects they share.

    Rows are the objects that each pair shares, one pair's from ``starts`` on: which object, and whether the two
    ``co_acted`` there. The pairs are those that co-acted on two separate occasions at least; ``left_out`` (one value a
    pair) those that ``counts`` do not have.
    """
    pair = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    shared = np.diff(starts)[pair] - 1
    met = np.bincount(pair[co_acted], minlength=len(starts) - 1)[pair] - co_acted
    recurring = (met >= np.maximum(_MOST_OBJECTS * shared, _LEAST_MET)) & ~left_out[pair]
    n_objects = len(counts.accounts)
    return ObjectCounts(
        accounts=counts.accounts,
        pairs=counts.pairs - np.bincount(object_[recurring], minlength=n_objects),
        co_acted=counts.co_acted - np.bincount(object_[recurring & co_acted], minlength=n_objects),
    )
