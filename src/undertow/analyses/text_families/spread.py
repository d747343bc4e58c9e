"""How a family spread: who was first, over how long, how fast, in which languages; and how much of a set is copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Int64
from undertow.analyses.text_families.families import Families

MICROSECONDS_AN_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Spread:
    """A family's course. Times are microseconds UTC; None where no post of it has a time.

    ``first_post``: index of the earliest post (the smaller index among ties); ``tied_first``: accounts that
    posted at that same time (with times to the minute there may be several: then nobody is known to be first);
    ``first_account``: the author of the earliest post, None where several are tied. ``accounts``: how many.
    ``span_hours``: first to last post. ``half_hours`` and ``most_hours``: from the first post to the one by which
    half and nine tenths of the posts are out. ``median_gap_seconds``: between one post and the next.
    ``busiest_hour``: most posts within any hour. ``own_repeats``: share of posts by an account that had already
    posted the family's text. ``languages``: posts by language, commonest first.
    """

    posts: int
    accounts: int
    first_post: int | None
    first_account: str | None
    tied_first: int
    first_at: int | None
    last_at: int | None
    span_hours: float | None
    half_hours: float | None
    most_hours: float | None
    median_gap_seconds: float | None
    busiest_hour: int
    own_repeats: float
    languages: tuple[tuple[str, int], ...]


def spread(
    posts: Int64,
    times: Sequence[int | None],
    accounts: Sequence[str],
    languages: Sequence[str | None] | None = None,
) -> Spread:
    """The course of the family with these post indices; ``times``, ``accounts``, ``languages`` are of all posts.

    Raises ValueError without posts.
    """
    if not len(posts):
        raise ValueError("a spread needs at least one post")
    indices = posts.tolist()
    who = [accounts[index] for index in indices]
    spoken = Counter(languages[index] or "und" for index in indices) if languages is not None else Counter()
    timed = sorted((time, index) for index in indices if (time := times[index]) is not None)
    values = np.array([time for time, _ in timed], np.int64)
    known = len(timed) > 0
    first_at, first_post = timed[0] if known else (None, None)
    tied_first = {accounts[index] for time, index in timed if time == first_at}
    return Spread(
        posts=len(indices),
        accounts=len(set(who)),
        first_post=first_post,
        first_account=min(tied_first) if len(tied_first) == 1 else None,
        tied_first=len(tied_first),
        first_at=first_at,
        last_at=timed[-1][0] if known else None,
        span_hours=_hours(values, 1.0) if known else None,
        half_hours=_hours(values, 0.5) if known else None,
        most_hours=_hours(values, 0.9) if known else None,
        median_gap_seconds=float(np.median(np.diff(values))) / 1e6 if len(values) > 1 else None,
        busiest_hour=_busiest(values),
        own_repeats=1.0 - len(set(who)) / len(who),
        languages=tuple(sorted(spoken.items(), key=lambda item: (-item[1], item[0]))),
    )


@dataclass(frozen=True)
class Coverage:
    """How much of a set is copy-paste.

    ``posts`` in all (with and without text); ``in_families``: posts in any family; ``in_shared``: posts in families
    of two accounts or more; ``near_misses``: posts outside families that a family lists. ``accounts`` in all;
    ``accounts_in_families`` and ``accounts_in_shared`` with at least one such post. ``families`` and ``shared``:
    how many there are of two posts or more, and of two accounts or more.
    """

    posts: int
    in_families: int
    in_shared: int
    near_misses: int
    accounts: int
    accounts_in_families: int
    accounts_in_shared: int
    families: int
    shared: int


def coverage(found: Families, accounts: Sequence[str]) -> Coverage:
    """How much of the posts of ``found`` is copy-paste, and by how many of their ``accounts`` (one a post).

    Raises ValueError when there are not as many accounts as posts.
    """
    if len(accounts) != len(found.text_of_post):
        raise ValueError(f"{len(accounts)} accounts given for {len(found.text_of_post)} posts")
    family = found.family_of_post.tolist()
    who: dict[int, set[str]] = {}
    for number, account in zip(family, accounts, strict=True):
        if number >= 0:
            who.setdefault(number, set()).add(account)
    shared = {number for number, users in who.items() if len(users) >= 2}
    missed = {miss.text for group in found.families for miss in group.near_misses}
    texts = found.text_of_post.tolist()
    return Coverage(
        posts=len(family),
        in_families=sum(number >= 0 for number in family),
        in_shared=sum(number in shared for number in family),
        near_misses=sum(number < 0 and text in missed for number, text in zip(family, texts, strict=True)),
        accounts=len(set(accounts)),
        accounts_in_families=len(set().union(*who.values())),
        accounts_in_shared=len(set().union(*(who[number] for number in shared))),
        families=len(who),
        shared=len(shared),
    )


def _hours(values: Int64, share: float) -> float:
    """Hours from the first post until ``share`` of the posts are out."""
    place = max(0, int(np.ceil(share * len(values))) - 1)
    return float(values[place] - values[0]) / MICROSECONDS_AN_HOUR


def _busiest(values: Int64) -> int:
    """The most posts within any hour, its end not counted."""
    ends = np.searchsorted(values, values + MICROSECONDS_AN_HOUR, side="left")
    return int((ends - np.arange(len(values))).max()) if len(values) else 0
