"""The chain of events around a change of hands, in the order of time: what the evidence is, one line an event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from undertow.analyses.account_histories.activity import DAY_US
from undertow.analyses.account_histories.changes import ASPECTS, Changes, replaced_aspects
from undertow.analyses.account_histories.describing import Life
from undertow.analyses.account_histories.letters import Texts
from undertow.analyses.account_histories.profiles import WORDS, Profiles
from undertow.analyses.account_histories.sightings import Falls
from undertow.analyses.account_histories.wording import client_name, clock_hour, language_name
from undertow.analyses.account_histories.words import NEAREST, telling
from undertow.wording import count

MARGIN_DAYS = 30
"""Days after a change within which a change of the profile belongs to it."""

EVENTS = (
    "registered",
    "earlier life",
    "telling words",
    "last post",
    "profile changed",
    "posts deleted",
    "pause",
    "first post",
    "language",
    "topics",
    "client",
    "hours",
    "partners",
)
"""Kinds of events, in the order in which those of one moment are told."""


@dataclass(frozen=True)
class Event:
    """One event: whose, of which change (1, 2, ...), when (microseconds), of which kind, and in words."""

    account: int
    change: int
    at: int
    kind: str
    words: str


def chain(
    changes: Changes, histories: list[Life], *, texts: Texts, profiles: Profiles, falls: Falls
) -> list[Event]:
    """The events of every called change, by account, change and time."""
    lives: dict[int, list[Life]] = {}
    for life in histories:
        lives.setdefault(life.account, []).append(life)
    events: list[Event] = []
    seen: dict[int, int] = {}
    for row in range(len(changes)):
        account = int(changes.moments.account[row])
        number = seen[account] = seen.get(account, 0) + 1
        before, after = lives[account][number - 1], lives[account][number]
        told = [
            *_lives(before, after, profiles, first=number == 1),
            *_replaced(changes, row, before, after),
            *_profile(profiles, before, after),
            *_deletions(falls, before, after),
            *_words(texts, after),
        ]
        order = {kind: place for place, kind in enumerate(EVENTS)}
        told.sort(key=lambda event: (event[0], order[event[1]], event[2]))
        events += [Event(account, number, at, kind, words) for at, kind, words in told]
    return events


_Told = tuple[int, str, str]


def _lives(before: Life, after: Life, profiles: Profiles, *, first: bool) -> Iterator[_Told]:
    created = int(profiles.created[before.account])
    if first and created >= 0:
        yield created, "registered", "the account was registered"
    yield before.first, "earlier life", f"an earlier life begins, {count(before.posts, 'post')} of it are held"
    yield before.last, "last post", "its last post"
    days = (after.first - before.last) / DAY_US
    if days >= 2:
        yield before.last, "pause", f"silence for {days:,.0f} days"
    yield after.first, "first post", f"the first post of the next life, {count(after.posts, 'post')} of it are held"


def _replaced(changes: Changes, row: int, before: Life, after: Life) -> Iterator[_Told]:
    words = {
        "language": f"language: {language_name(before.language)}, then {language_name(after.language)}",
        "topics": "hardly a hashtag or linked site of before is used again",
        "client": f"client: {client_name(before.client)}, then {client_name(after.client)}",
        "hours": f"hours: mostly around {clock_hour(before.hour)}, then around {clock_hour(after.hour)}",
        "partners": "hardly anyone dealt with before is dealt with again",
    }
    for place in replaced_aspects(changes.p_value[row]):
        if ASPECTS[place] in words:
            yield after.first, ASPECTS[place], words[ASPECTS[place]]


def _profile(profiles: Profiles, before: Life, after: Life) -> Iterator[_Told]:
    seen = profiles.changes
    low, high = np.searchsorted(seen.account, [before.account, before.account + 1])
    for place in range(int(low), int(high)):
        if seen.after[place] <= before.last or seen.before[place] > after.first + MARGIN_DAYS * DAY_US:
            continue
        name, old, new = seen.field[place], seen.old[place], seen.new[place]
        change = "removed" if new is None else "added" if old is None else "changed"
        yield int(seen.after[place]), "profile changed", f"{WORDS[name]} {change}"


def _deletions(falls: Falls, before: Life, after: Life) -> Iterator[_Told]:
    low, high = np.searchsorted(falls.account, [before.account, before.account + 1])
    for place in range(int(low), int(high)):
        if falls.before[place] <= after.first and falls.after[place] > before.last:
            most, left = int(falls.most[place]), int(falls.left[place])
            yield int(falls.after[place]), "posts deleted", f"the counter of posts fell from {most:,} to {left:,}"


def _words(texts: Texts, after: Life) -> Iterator[_Told]:
    for place in np.concatenate(texts.around(after.account, after.first, NEAREST)).tolist():
        phrase = telling(texts.text[place].as_py())
        if phrase is not None:
            yield (
                int(texts.time[place]),
                "telling words",
                f"a post says or contains \u201c{phrase.text}\u201d ({phrase.kind})",
            )
