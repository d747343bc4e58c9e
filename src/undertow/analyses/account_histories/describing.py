"""What a life looked like: its languages, clients, hours and places, and what was posted, by rules that can be read.

*another campaign*: at least a fifth of the own posts are in a wording that three accounts or more of the set use.
*spam or automatic*: otherwise, at least eight of ten own posts carry a link, or three of ten repeat an own wording.
*personal*: otherwise, at least a tenth of all posts are replies, and under half of the own posts carry a link.
*reposts*: otherwise, at least eight of ten posts are reposts. *unclear*: what is left, and lives of under ten posts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.account_histories import steps
from undertow.analyses.account_histories.activity import Activity, Uses
from undertow.analyses.account_histories.arrays import Ints
from undertow.analyses.account_histories.lives import Lives
from undertow.engines.engine import Engine

SHARING = 3
CAMPAIGN_SHARE = 0.2
SPAM_LINKS = 0.8
SPAM_REPEATS = 0.3
PERSONAL_REPLIES = 0.1
PERSONAL_LINKS = 0.5
REPOSTS_SHARE = 0.8
LEAST_POSTS = 10

CONTENTS = ("personal", "another campaign", "spam or automatic", "reposts", "unclear")


@dataclass(frozen=True)
class Life:
    """One life in words and numbers; times in microseconds, ``hour`` the middle of the commonest twelve hours (UTC)."""

    account: int
    number: int
    first: int
    last: int
    posts: int
    days: int
    language: str | None
    client: str | None
    hour: int | None
    topics: tuple[str, ...]
    partners: int
    content: str


def content_of(posts: int, reposts: int, *, replies: int, linked: int, shared: int, repeated: int) -> str:
    """What kind of account posted so; the rules are this module's.

    >>> content_of(100, 20, replies=30, linked=10, shared=0, repeated=2)
    'personal'
    >>> content_of(100, 0, replies=0, linked=90, shared=0, repeated=0)
    'spam or automatic'
    """
    own = posts - reposts
    if posts < LEAST_POSTS:
        return "unclear"
    if own and shared >= CAMPAIGN_SHARE * own:
        return "another campaign"
    if own and (linked >= SPAM_LINKS * own or repeated >= SPAM_REPEATS * own):
        return "spam or automatic"
    if own and replies >= PERSONAL_REPLIES * posts and linked < PERSONAL_LINKS * own:
        return "personal"
    return "reposts" if reposts >= REPOSTS_SHARE * posts else "unclear"


def described(engine: Engine, found: Activity, lives: Lives) -> list[Life]:
    """The lives described, in their order."""
    engine.keep(steps.WORDINGS)
    table = engine.run(steps.MANNER, sharing=SHARING)
    rows = found.days.rows(table["account"].to_numpy() - 1, table["day"].to_numpy())
    sums = {}
    for name in ("posts", "reposts", "replies", "linked", "shared", "repeated"):
        of_row = np.bincount(rows, table[name].to_numpy(), len(found.days.day))
        running = np.r_[0, np.cumsum(of_row)]
        sums[name] = (running[lives.end] - running[lives.first]).astype(np.int64)
    described = []
    for place in range(len(lives.account)):
        first, end = int(lives.first[place]), int(lives.end[place])
        counts = {name: int(values[place]) for name, values in sums.items()}
        described.append(
            Life(
                account=int(lives.account[place]),
                number=int(lives.number[place]),
                first=int(found.days.first[first]),
                last=int(found.days.last[end - 1]),
                posts=counts["posts"],
                days=end - first,
                language=next(iter(_commonest(found.languages, first, end, 1)), None),
                client=next(iter(_commonest(found.clients, first, end, 1)), None),
                hour=_middle_hour(found.hours, first, end),
                topics=_commonest(found.topics, first, end, 3),
                partners=len(np.unique(_inside(found.partners, first, end)[0])),
                content=content_of(counts.pop("posts"), counts.pop("reposts"), **counts),
            )
        )
    return described


def _inside(uses: Uses, first: int, end: int) -> tuple[Ints, Ints]:
    low, high = np.searchsorted(uses.row, [first, end])
    return uses.item[low:high], uses.posts[low:high]


def _commonest(uses: Uses, first: int, end: int, number: int) -> tuple[str, ...]:
    item, posts = _inside(uses, first, end)
    distinct, place = np.unique(item, return_inverse=True)
    total = np.bincount(place, posts, len(distinct))
    order = np.lexsort((distinct, -total))[:number]
    return tuple(uses.names[code] for code in distinct[order].tolist())


def _middle_hour(uses: Uses, first: int, end: int) -> int | None:
    """The hour (UTC) in the middle of the twelve hours with most posts; None without hours."""
    item, posts = _inside(uses, first, end)
    if not len(item):
        return None
    hours = np.bincount([int(uses.names[code]) for code in item.tolist()], posts, 24)
    half_days = np.array([np.roll(hours, -start)[:12].sum() for start in range(24)])
    return int((half_days.argmax() + 6) % 24)
