"""What a block of a simulation is made of: accounts, posts in the making, and objects that can be reposted.

A population is made and written block by block, so that memory does not grow with it. The accounts of a block
interact with each other and with the outsiders of the :class:`World`, which all blocks share.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from undertow.simulation.alterations import Copy
from undertow.simulation.populations import DAY, MICRO, OfficeHabits, office_times
from undertow.simulation.randomness import stream
from undertow.simulation.texts import LANGUAGES
from undertow.simulation.workdays import day_number, office_zone

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ORIGINAL, REPOST, REPLY, QUOTE = range(4)

CLIENTS = (
    "Twitter Web Client",
    "Twitter for Android",
    "Twitter for iPhone",
    "TweetDeck",
    "IFTTT",
    "Synthetic Wire Autopost",
    "Synthetic Campaign Poster",
    "Synthetic Weather Service",
)
WEB, ANDROID, IPHONE, DECK, RECIPES, WIRE, POSTER, SERVICE = range(len(CLIENTS))

_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_SNOWFLAKE_USERS_FROM_MS = 1_454_284_800_000
"""Account ids are snowflakes from 2016-02 on, small numbers before."""


def snowflakes(micro: Ints, worker: int) -> Ints:
    """Ids of posts at the times ``micro``: milliseconds, the 10-bit ``worker``, a sequence number within both."""
    ms = micro // 1000
    order = np.argsort(ms, kind="stable")
    ordered = ms[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ms) else np.zeros(0, int)
    rank = np.arange(len(ms)) - np.repeat(starts, np.diff([*starts.tolist(), len(ms)]))
    if len(rank) and rank.max() >= 4096:
        raise ValueError("more than 4,096 posts of a block fall into one millisecond")
    sequence = np.empty(len(ms), dtype=np.int64)
    sequence[order] = rank
    return ((ms - _SNOWFLAKE_EPOCH_MS) << 22) | (worker << 12) | sequence


def account_numbers(created: Ints, unique: Ints) -> Ints:
    """Ids of accounts registered at ``created`` (microseconds); ``unique`` is below 2**22 and differs for each."""
    ms = created // 1000
    late = ((ms - _SNOWFLAKE_EPOCH_MS) << 22) | unique
    early = (ms // 86_400_000 - 13_228) * 2**22 + unique
    return np.where(ms >= _SNOWFLAKE_USERS_FROM_MS, late, early)


def hashed(number: int, seed: int) -> str:
    """The id as the archive shows it for accounts with few followers: base64 of a SHA-256."""
    digest = hashlib.sha256(f"undertow-simulation/{seed}/{number}".encode()).digest()
    return base64.b64encode(digest).decode("ascii")


@dataclass(frozen=True)
class Roster:
    """The accounts of a block, one entry each; ``shown`` is the id in the data, hashed where the archive hashes."""

    number: Ints
    shown: list[str]
    handle: list[str]
    display: list[str]
    location: list[str]
    description: list[str]
    profile_url: list[str]
    followers: Ints
    following: Ints
    created: Ints
    language: list[str]

    def __len__(self) -> int:
        return len(self.shown)


@dataclass
class Drafts:
    """Posts in the making; every array has one entry a post.

    ``account`` is the index in the roster, ``time`` in microseconds UTC. ``source`` is the index of the object
    that is reposted, replied to or quoted (-1: none); ``family`` the index of the copied text (-1: none),
    ``alteration`` its kind, ``group`` the co-reposting group (-1: none), ``life`` 1 for a previous life.
    """

    account: Ints
    time: Ints
    kind: NDArray[np.int8]
    language: NDArray[np.int8]
    topic: NDArray[np.int8]
    client: NDArray[np.int8]
    source: Ints
    family: Ints
    group: Ints
    life: NDArray[np.int8]

    @classmethod
    def blank(cls, account: Ints, time: Ints) -> Drafts:
        """Original posts in the first language about everyday things, by the web client."""
        count = len(account)
        return cls(
            account=account.astype(np.int64),
            time=time.astype(np.int64),
            kind=np.zeros(count, dtype=np.int8),
            language=np.zeros(count, dtype=np.int8),
            topic=np.zeros(count, dtype=np.int8),
            client=np.zeros(count, dtype=np.int8),
            source=np.full(count, -1, dtype=np.int64),
            family=np.full(count, -1, dtype=np.int64),
            group=np.full(count, -1, dtype=np.int64),
            life=np.zeros(count, dtype=np.int8),
        )

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Ints | NDArray[np.bool_]) -> Drafts:
        """The posts at ``rows``."""
        return Drafts(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def join(cls, parts: Iterable[Drafts]) -> Drafts:
        """All posts of ``parts`` in order."""
        listed = list(parts)
        return cls(*(np.concatenate([getattr(part, name) for part in listed]) for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class Objects:
    """What can be reposted, ordered by time.

    ``outsider`` is the index of a post of the world (-1: a post of the block, then ``row`` is its draft and
    ``author`` its account). ``popularity`` is relative, ``fade`` the seconds after which interest falls by e.
    """

    time: Ints
    outsider: Ints
    row: Ints
    author: Ints
    language: NDArray[np.int8]
    popularity: Floats
    fade: Floats


@dataclass(frozen=True)
class World:
    """The accounts outside the data, the same for all blocks: officials and others, and their posts by time."""

    numbers: Ints
    handles: tuple[str, ...]
    officials: int
    author: Ints
    time: Ints
    post_id: Ints
    language: NDArray[np.int8]
    popularity: Floats

    def official_posts(self) -> Ints:
        """Indices of the officials' posts."""
        return np.flatnonzero(self.author < self.officials)


@dataclass
class Truth:
    """Rows of truth about a block's accounts: (account, label, value, detail, valid from, valid to)."""

    rows: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)

    def say(
        self, account: int, label: str, value: str, *, detail: str = "", valid_from: str = "", valid_to: str = ""
    ) -> None:
        """Note that ``label`` of the account at index ``account`` is ``value``."""
        self.rows.append((account, label, value, detail, valid_from, valid_to))


@dataclass(frozen=True)
class Block:
    """A block ready to be rendered."""

    roster: Roster
    drafts: Drafts
    objects: Objects
    copies: list[Copy]
    copy_kinds: list[str]
    """For each draft with a family, in draft order: its kind of alteration."""
    groups: list[str]
    """Names of the co-reposting groups that drafts refer to."""
    truth: Truth


def make_world(seed: int, first: date, last: date, calendar: str | None) -> World:
    """Three officials who keep the calendar's office hours, and 24 other outsiders who post at any hour."""
    rng = stream(seed, "world")
    officials, others = 3, 24
    days = (last - first).days + 1
    posts = office_times(
        rng,
        calendar=calendar,
        zone="UTC" if calendar is None else office_zone(calendar),
        first=first,
        last=last,
        expected=np.full(officials, days * 2.0),
        begin=np.zeros(officials, dtype=np.int64),
        end=np.full(officials, days - 1, dtype=np.int64),
        operator=np.arange(officials),
        night=np.zeros(officials, dtype=np.bool_),
        habits=OfficeHabits(self_excitation=0.0),
    )
    count = int(rng.poisson(others * days * 0.5))
    author = np.concatenate([posts.account, rng.integers(officials, officials + others, count)]).astype(np.int64)
    start = day_number(first) * DAY * MICRO
    time = np.concatenate([posts.time, start + (rng.random(count) * days * DAY * MICRO).astype(np.int64)])
    order = np.lexsort((author, time))
    author, time = author[order], time[order]
    created = np.full(officials + others, 1_325_376_000_000_000, dtype=np.int64)
    unique = 2**22 - 1 - np.arange(officials + others)
    speaks = rng.integers(0, len(LANGUAGES), officials + others)
    return World(
        numbers=account_numbers(created, unique),
        handles=tuple(
            f"synthetic_{'official' if i < officials else 'outsider'}_{i}" for i in range(officials + others)
        ),
        officials=officials,
        author=author,
        time=time,
        post_id=snowflakes(time, 1023),
        language=speaks[author].astype(np.int8),
        popularity=rng.pareto(1.1, len(author)) + 0.3,
    )


def make_objects(rng: np.random.Generator, drafts: Drafts, world: World, own_share: float) -> Objects:
    """The world's posts and a share of the block's originals as objects, with heavy-tailed popularity."""
    own = np.flatnonzero((drafts.kind == ORIGINAL) & (rng.random(len(drafts)) < own_share))
    outside = len(world.time)
    time = np.concatenate([world.time, drafts.time[own]])
    order = np.argsort(time, kind="stable")
    return Objects(
        time=time[order],
        outsider=np.concatenate([np.arange(outside), np.full(len(own), -1)])[order],
        row=np.concatenate([np.full(outside, -1), own])[order],
        author=np.concatenate([np.full(outside, -1), drafts.account[own]])[order],
        language=np.concatenate([world.language, drafts.language[own]])[order],
        popularity=np.concatenate([world.popularity, 0.3 * (rng.pareto(1.2, len(own)) + 0.2)])[order],
        fade=rng.lognormal(np.log(6 * 3600.0), 1.0, len(time)),
    )


def choose_objects(
    rng: np.random.Generator, objects: Objects, drafts: Drafts, rows: Ints, candidates: int = 12
) -> Ints:
    """An object posted before each of the drafts ``rows``, or -1 where there is none.

    ``candidates`` of the recent objects compete with weights popularity * exp(-age / fade) * 6 where the
    language is the account's: two thirds drawn log-uniformly in how many objects ago, one third the same among
    the most popular fiftieth. An account never picks its own post.
    """
    newest = np.searchsorted(objects.time, drafts.time[rows], side="left")
    hits = np.flatnonzero(objects.popularity >= np.quantile(objects.popularity, 0.98))
    newest_hit = np.searchsorted(hits, newest, side="left")
    some = candidates // 3
    index = np.concatenate(
        [
            np.maximum(newest[:, None] - _steps_back(rng, newest, candidates - some, 3000), 0),
            hits[np.maximum(newest_hit[:, None] - _steps_back(rng, newest_hit, some, 60), 0)],
        ],
        axis=1,
    )
    age = (drafts.time[rows][:, None] - objects.time[index]) / MICRO
    weight = objects.popularity[index] * np.exp(-np.clip(age / objects.fade[index], 0, 600))
    weight *= np.where(objects.language[index] == drafts.language[rows][:, None], 6.0, 1.0)
    weight += 1e-280
    weight[(age <= 0) | (objects.author[index] == drafts.account[rows][:, None])] = 0
    sums = np.cumsum(weight, axis=1)
    pick = (sums < (rng.random(len(rows)) * sums[:, -1])[:, None]).sum(axis=1)
    chosen = index[np.arange(len(rows)), np.minimum(pick, candidates - 1)]
    return np.where(sums[:, -1] > 0, chosen, -1)


def _steps_back(rng: np.random.Generator, newest: Ints, columns: int, most: int) -> Ints:
    """How many objects back from the newest each candidate lies: log-uniform from 1 to ``most``."""
    reach = np.log(np.minimum(np.maximum(newest, 1), most))[:, None]
    return np.asarray(np.floor(np.exp(rng.random((len(newest), columns)) * reach)).astype(np.int64))


def first_of_each(account: Ints, source: Ints, time: Ints, prefer: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which actions stay when an account may act only once on an object: the preferred, then the first."""
    order = np.lexsort((time, ~prefer, source, account))
    keep = np.zeros(len(account), dtype=np.bool_)
    sorted_account, sorted_source = account[order], source[order]
    fresh = np.ones(len(account), dtype=np.bool_)
    fresh[1:] = (sorted_account[1:] != sorted_account[:-1]) | (sorted_source[1:] != sorted_source[:-1])
    keep[order[fresh]] = True
    return keep


def iso(micro: int) -> str:
    """A time in microseconds as ``2019-01-02T03:04:05Z``."""
    return datetime.fromtimestamp(micro // MICRO, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ordered(block: Block) -> Block:
    """The block with its drafts ordered by account, then time, as they are written."""
    order = np.lexsort((block.drafts.time, block.drafts.account))
    inverse = np.full(len(order) + 1, -1, dtype=np.int64)  # the last entry is that of row -1: no row
    inverse[order] = np.arange(len(order))
    kind_of = np.full(len(order), -1, dtype=np.int64)
    kind_of[block.drafts.family >= 0] = np.arange(len(block.copy_kinds))
    kinds = kind_of[order]
    return replace(
        block,
        drafts=block.drafts.take(order),
        objects=replace(block.objects, row=inverse[block.objects.row]),
        copy_kinds=[block.copy_kinds[index] for index in kinds[kinds >= 0].tolist()],
    )


def repost_once(drafts: Drafts) -> None:
    """Turn an account's second repost of the same post, which platforms refuse, into a post of its own.

    A coordinated repost stays before an ordinary one, else the first stays.
    """
    rows = np.flatnonzero(drafts.kind == REPOST)
    again = rows[
        ~first_of_each(drafts.account[rows], drafts.source[rows], drafts.time[rows], drafts.group[rows] >= 0)
    ]
    drafts.kind[again] = ORIGINAL
    drafts.source[again] = -1
