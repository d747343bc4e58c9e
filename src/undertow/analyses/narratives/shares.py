"""Shares of themes among the own posts, with intervals over accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.narratives.themes import Story
from undertow.analyses.own_posts import OwnPosts
from undertow.statistics.intervals import bootstrap_sums, share_interval


@dataclass(frozen=True)
class Share:
    """The share of own posts in a theme, with its interval, and how many posts and accounts that is."""

    story: Story
    value: float
    low: float
    high: float
    posts: int
    accounts: int


def theme_shares(posts: OwnPosts, stories: Sequence[Story], *, draws: int, seed: int) -> list[Share]:
    """The share of each of ``stories``, the largest first; accounts are drawn again together for all."""
    size = len(posts.accounts)
    columns = [np.bincount(posts.account, story.posts.astype(np.float64), minlength=size) for story in stories]
    rows = np.stack([*columns, np.bincount(posts.account, minlength=size).astype(np.float64)], axis=1)
    sums = bootstrap_sums(rows, draws, np.random.default_rng([seed, 31]))
    found = []
    for number, story in enumerate(stories):
        low, high = share_interval(rows[:, number], rows[:, -1], sums[:, number] / sums[:, -1])
        found.append(
            Share(
                story,
                float(rows[:, number].sum() / rows[:, -1].sum()),
                low,
                high,
                int(story.posts.sum()),
                int((rows[:, number] > 0).sum()),
            )
        )
    return sorted(found, key=lambda share: (-share.posts, share.story.name))
