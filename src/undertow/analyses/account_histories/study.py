"""Everything that the findings on second lives are made from, in one pass over the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories import steps
from undertow.analyses.account_histories.activity import Activity, activity
from undertow.analyses.account_histories.arrays import Bools, Floats, Ints
from undertow.analyses.account_histories.aspects import Aspects
from undertow.analyses.account_histories.chain import Event, chain
from undertow.analyses.account_histories.changes import CLIENT, LANGUAGE, Changes, Rule, decided, strongest
from undertow.analyses.account_histories.client_splits import ClientSplits, client_splits
from undertow.analyses.account_histories.common import left_together
from undertow.analyses.account_histories.describing import Life, described
from undertow.analyses.account_histories.letters import Texts, confirmed
from undertow.analyses.account_histories.lives import Lives, searched
from undertow.analyses.account_histories.profiles import Profiles, profiles
from undertow.engines.engine import Engine
from undertow.statistics.pauses import longest_pause_p


@dataclass(frozen=True)
class Corrections:
    """How many accounts lost an aspect because the set lost the same item, or because the letters contradict the tags."""

    with_the_set: Mapping[str, int]
    not_in_letters: int


@dataclass(frozen=True)
class Study:
    """``changes`` has every account with enough days; ``called`` the changes of hands of all lives, by account and
    time; ``histories`` the lives in words. ``pause_p`` and ``longest`` (days) are of every account's longest pause."""

    found: Activity
    rule: Rule
    changes: Changes
    called: Changes
    lives: Lives
    histories: list[Life]
    events: list[Event]
    profiles: Profiles
    splits: ClientSplits
    pause_p: Floats
    longest: Floats
    corrections: Corrections

    @property
    def accounts(self) -> Ints:
        """The accounts that are called, ascending."""
        return np.unique(self.called.moments.account)

    @property
    def moments_us(self) -> Ints:
        """The time of each called change: the first post of the new life, in microseconds."""
        return self.found.days.first[self.called.moments.row]


def study(engine: Engine, rule: Rule) -> Study:
    """Study the posts on ``engine``."""
    for step in (steps.ACCOUNTS, steps.NUMBERED, steps.LINKED):
        engine.keep(step)
    texts = engine.run(steps.TEXTS)
    found = activity(engine, texts)
    corrections: list[tuple[Bools, Bools, Bools]] = []

    def search(part: Activity, account: Ints) -> Changes:
        changes, corrected = _corrected(part, account, texts, rule)
        corrections.append(corrected)
        return changes

    changes, called, lives = searched(found, search)
    histories = described(engine, found, lives)
    seen = profiles(engine, found.n_accounts)
    near = Texts.of(texts, np.unique(called.moments.account))
    language, client, letters = corrections[0]
    days = found.days
    pauses = days.pauses()
    real = pauses > 0
    longest = np.zeros(days.n_accounts)
    np.maximum.at(longest, days.account, pauses)
    return Study(
        found=found,
        rule=rule,
        changes=changes,
        called=called,
        lives=lives,
        histories=histories,
        events=chain(called, histories, texts=near, profiles=seen, falls=found.falls),
        profiles=seen,
        splits=client_splits(engine, texts, np.unique(called.moments.account)),
        pause_p=longest_pause_p(days.account[real], pauses[real], n_accounts=days.n_accounts),
        longest=longest,
        corrections=Corrections({"language": int(language.sum()), "client": int(client.sum())}, int(letters.sum())),
    )


def _corrected(
    part: Activity, account: Ints, texts: pa.Table, rule: Rule
) -> tuple[Changes, tuple[Bools, Bools, Bools]]:
    """The changes without what the whole set did too, and without languages that only tags tell; and where that was."""
    aspects = Aspects.of(part)
    changes = strongest(part, aspects, rule)
    language = left_together(part.languages, aspects.language, part, changes)
    client = left_together(part.clients, aspects.client, part, changes)
    letters = np.zeros(len(changes), dtype=np.bool_)
    rows = np.flatnonzero(changes.called & (changes.p_value[:, LANGUAGE] < 1))
    of = account[changes.moments.account[rows]]
    near = Texts.of(texts, np.unique(of))
    letters[rows] = ~confirmed(near, of, part.days.first[changes.moments.row[rows]])
    p_value = changes.p_value.copy()
    p_value[language | letters, LANGUAGE] = 1.0
    p_value[client, CLIENT] = 1.0
    return decided(changes, p_value, rule), (language, client, letters)
