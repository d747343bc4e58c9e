"""Is a family posted together in time, beyond what the hours of the others explain?

Null: whoever uses the words does so at any time: each own post of the same language within 180 days is as likely to be
one that holds them. Given one post of the family (the anchor, at time t), let n be the posts of its language within 180
days of t, h of them in [t, t + w], and m_b the family's posts of account b within the 180 days. Account b has one of
these in the window with probability at most m_b h / n. The number of accounts that do is bounded as a sum of independent
trials (:func:`undertow.analyses.text_families.kernel_chance.log_poisson_tail`). The p-value is the smallest over anchors
and windows, times their number.

That the comparison is with the year around, and with the posts that were really written then, takes out what is slower than
that, the hours of the day and the days of the week, and how much is posted when. What is faster stays: an event of the
day that many quote is together in time, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Int64

WINDOWS = (3_600, 86_400, 604_800, 1_209_600)
"""Seconds of the windows that are tried: an hour, a day, a week, two weeks."""

AROUND = 180 * 86_400
"""Seconds on either side of the anchor with which its window is compared."""

MOST_ANCHORS = 32
"""Posts of a family that are tried as anchors: all of them, or as many, evenly among its posts by account (so that
their times have no part in the choice)."""

_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Together:
    """``log_p`` of each family (natural logarithm; 0 where nothing can be said); of the window that gave it its length in
    seconds (0 where none), how many ``accounts`` posted in it, and when it begins (``first``, microseconds UTC)."""

    log_p: NDArray[np.float64]
    window: Int64
    accounts: Int64
    first: Int64


def together(
    account: Int64, times: Sequence[int | None], languages: Sequence[str | None], families: Sequence[Int64]
) -> Together:
    """The test for ``families`` (indices of posts each): ``account``, ``times`` (microseconds UTC) and ``languages`` are
    of all own posts. A family is held against the posts of the language that most of its posts are in.

    Posts without a time are left out; families whose posts have none get a p-value of 1.
    """
    from undertow.analyses.text_families.kernel_chance import bursts

    when = np.array([0 if time is None else time for time in times], np.int64)
    timed = np.array([time is not None for time in times], bool)
    names = sorted({language or "" for language in languages})
    language = np.array([names.index(language or "") for language in languages], np.int64)
    pool = np.flatnonzero(timed)
    pool = pool[np.lexsort((when[pool], language[pool]))]
    pool_starts = np.searchsorted(language[pool], np.arange(len(names) + 1)).astype(np.int64)
    kept = [posts[timed[posts]] for posts in families]
    spoken = np.array([np.bincount(language[posts]).argmax() if len(posts) else 0 for posts in kept], np.int64)
    sizes = [len(posts) for posts in kept]
    number = np.repeat(np.arange(len(kept)), sizes)
    flat = np.concatenate([*kept, np.zeros(0, np.int64)]).astype(np.int64)
    flat = flat[np.lexsort((when[flat], account[flat], number))]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    log_p = np.zeros(len(kept))
    window, accounts, first = (np.full(len(kept), fill, np.int64) for fill in (-1, 0, 0))
    lengths = np.array(WINDOWS, np.int64) * _MICROSECONDS
    bursts(
        when[pool],
        pool_starts,
        spoken,
        account[flat],
        when[flat],
        starts,
        lengths,
        AROUND * _MICROSECONDS,
        MOST_ANCHORS,
        log_p,
        window,
        accounts,
        first,
    )
    return Together(log_p, np.array([*WINDOWS, 0], np.int64)[window], accounts, first)
