"""Themes by period: the shares over time, their changes, and when one theme takes over from another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.analyses.narratives.themes import Story
from undertow.analyses.own_posts import Int64, OwnPosts
from undertow.statistics.change_points import Change, find_changes

Floats = npt.NDArray[np.float64]

MOST_PERIODS = 160
PERIODS = (1, 7, 28)
"""Days of a period: the shortest that gives at most :data:`MOST_PERIODS`, and :data:`POSTS_A_PERIOD` posts on average."""

POSTS_A_PERIOD = 20

TESTED = 12
"""Themes whose shares are tested for changes, those with the most posts."""

_MONDAY = 4
"""1970-01-05 was a Monday: weeks begin there."""


@dataclass(frozen=True)
class Timeline:
    """Posts in a theme, by period: ``counts`` (themes, periods), a post in k themes counting 1/k in each."""

    stories: tuple[Story, ...]
    days: int
    first_day: int
    counts: Floats

    def date(self, period: int) -> dt.date:
        """The first day of a period."""
        return dt.date(1970, 1, 1) + dt.timedelta(days=self.first_day + period * self.days)


@dataclass(frozen=True)
class Pivot:
    """A change of a theme's share; ``takes_over_from``: the theme that led before, where this one leads after."""

    story: Story
    change: Change
    takes_over_from: Story | None


@dataclass(frozen=True)
class Pivots:
    """The changes of all themes tested, in order of time, and the smallest corrected p-value."""

    timeline: Timeline
    pivots: tuple[Pivot, ...]
    p_value: float | None
    n_tested: int
    n_posts: int
    n_accounts: int


def find_pivots(posts: OwnPosts, stories: Sequence[Story], *, level: float, seed: int) -> Pivots | None:
    """When shares of themes change; None where no post in a theme has a time, or all are of one period."""
    ranked = tuple(sorted(stories, key=lambda story: (-int(story.posts.sum()), story.name)))
    member = np.stack([story.posts for story in ranked]) if ranked else np.zeros((0, len(posts)), bool)
    used = np.flatnonzero(member.any(axis=0) & (posts.day >= 0))
    if not len(used):
        return None
    days, first_day, period = _periods(posts.day[used])
    number = int(period.max()) + 1
    if number < 2:
        return None
    inside = member[:, used]
    weight = inside / inside.sum(axis=0)
    counts = np.stack([np.bincount(period, row, minlength=number) for row in weight]).astype(np.float64)
    timeline = Timeline(ranked, days, first_day, counts)
    accounts, account = np.unique(posts.account[used], return_inverse=True)
    cell = account * number + period
    shape = (len(accounts), number)
    total = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    tested = [place for place in range(min(TESTED, len(ranked))) if counts[place].sum() > 0]
    p_values = []
    pivots = []
    for place in tested:
        kind = np.bincount(cell, weight[place], minlength=shape[0] * shape[1]).reshape(shape)
        rng = np.random.default_rng([seed, 41, place])
        found = find_changes(kind, total, rng=rng, tests=len(tested), level=level)
        if found.p_value is not None:
            p_values.append(found.p_value)
        edges = [0, *(change.after + 1 for change in found.changes), number]
        for change_number, change in enumerate(found.changes):
            before = slice(edges[change_number], edges[change_number + 1])
            after = slice(edges[change_number + 1], edges[change_number + 2])
            led, leads = (int(counts[:, part].sum(axis=1).argmax()) for part in (before, after))
            takes_over = leads == place and led != place
            pivots.append(Pivot(ranked[place], change, ranked[led] if takes_over else None))
    pivots.sort(key=lambda pivot: (pivot.change.after, pivot.story.name))
    return Pivots(
        timeline=timeline,
        pivots=tuple(pivots),
        p_value=min(p_values) if p_values else None,
        n_tested=len(tested),
        n_posts=len(used),
        n_accounts=len(accounts),
    )


def _periods(day: Int64) -> tuple[int, int, Int64]:
    """Days of a period, the first period's first day, and the period of each post."""
    for days in PERIODS:
        first = _MONDAY + (int(day.min()) - _MONDAY) // days * days if days > 1 else int(day.min())
        period = (day - first) // days
        number = int(period.max()) + 1
        if number <= MOST_PERIODS and len(day) >= POSTS_A_PERIOD * number:
            break
    return days, first, period.astype(np.int64)
