"""The counted days of accounts as arrays: which account was active when, and what it used on each of its days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.account_histories import steps
from undertow.analyses.account_histories.arrays import Floats, Ints
from undertow.analyses.account_histories.languages import day_languages
from undertow.analyses.account_histories.sets import day_sets
from undertow.analyses.account_histories.sightings import Falls, Sightings, counter_falls, profile_changes
from undertow.engines.engine import Engine

DAY_US = steps.DAY_US
_DAYS_APART = 2**22
"""More days than any two posts are apart: what keeps accounts apart in a joint key."""


@dataclass(frozen=True)
class Days:
    """Active days, by account and then time: the account's number (0..), the day (UTC, since 1970), posts, and the
    first and last moment (microseconds). ``start`` has the row at which each account begins, and the end."""

    account: Ints
    day: Ints
    posts: Ints
    first: Ints
    last: Ints
    start: Ints

    @classmethod
    def of(cls, account: Ints, day: Ints, *, posts: Ints, first: Ints, last: Ints, n_accounts: int) -> Days:
        """Days in any order."""
        order = np.lexsort((day, account))
        account = account[order]
        start = np.searchsorted(account, np.arange(n_accounts + 1))
        return cls(account, day[order], posts[order], first[order], last[order], start.astype(np.int64))

    def rows(self, account: Ints, day: Ints) -> Ints:
        """The row of each (account, day), all of which there are."""
        return np.searchsorted(self.account * _DAYS_APART + self.day, account * _DAYS_APART + day)

    @property
    def n_accounts(self) -> int:
        """How many accounts there are."""
        return len(self.start) - 1

    @property
    def per_account(self) -> Ints:
        """Active days of each account."""
        return np.diff(self.start)

    def take(self, rows: Ints, account: Ints, n_accounts: int) -> Days:
        """The days in ``rows`` (ascending) under other numbers of accounts, which must ascend too."""
        start = np.searchsorted(account, np.arange(n_accounts + 1)).astype(np.int64)
        return Days(account, self.day[rows], self.posts[rows], self.first[rows], self.last[rows], start)

    def pauses(self) -> Floats:
        """Days (with fractions) between each row's first post and the account's post before it; 0 on its first."""
        before = np.r_[self.last[:1], self.last[:-1]]
        gap = (self.first - before) / DAY_US
        gap[self.start[:-1][self.per_account > 0]] = 0.0
        return np.asarray(gap, dtype=np.float64)


@dataclass(frozen=True)
class Uses:
    """What was used on which day: ``row`` of the days, number of the ``item`` in ``names``, posts. Sorted by row."""

    row: Ints
    item: Ints
    posts: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, row: Ints, item: pa.Array, posts: Ints, *, same: Callable[[str], str] = str) -> Uses:
        """Uses in any order; items that ``same`` maps to one text are one item, and items are numbered by name."""
        coded = item.dictionary_encode()
        written = [same(text) for text in coded.dictionary.to_pylist()]
        names = sorted(set(written))
        place = {name: number for number, name in enumerate(names)}
        number = np.array([place[name] for name in written], dtype=np.int64)
        codes = number[coded.indices.to_numpy(zero_copy_only=False)] if len(number) else np.zeros(0, np.int64)
        order = np.lexsort((codes, row))
        row, codes, posts = row[order], codes[order], posts[order]
        if not len(row):
            return cls(row, codes, posts, ())
        first = np.r_[True, (np.diff(row) != 0) | (np.diff(codes) != 0)]
        return cls(row[first], codes[first], np.add.reduceat(posts, np.flatnonzero(first)), tuple(names))

    def take(self, rows: Ints) -> Uses:
        """The uses on the days in ``rows`` (ascending), which become days 0, 1, ..."""
        place = np.searchsorted(rows, self.row)
        kept = place < len(rows)
        kept[kept] = rows[place[kept]] == self.row[kept]
        return Uses(place[kept], self.item[kept], self.posts[kept], self.names)


@dataclass(frozen=True)
class Activity:
    """What the accounts in scope did, day by day, and what was seen of them.

    ``posts`` and ``without_time`` count posts of each account. ``languages_from`` and ``sets_from`` say in words what
    languages, and hashtags and mentions, were taken from.
    """

    platform: pa.StringArray
    account_id: pa.StringArray
    posts: Ints
    without_time: Ints
    days: Days
    languages: Uses
    clients: Uses
    hours: Uses
    partners: Uses
    topics: Uses
    counters: Sightings
    falls: Falls
    profiles: Sightings
    languages_from: str
    sets_from: str

    @property
    def n_accounts(self) -> int:
        """How many accounts have posts in scope, with a time or without."""
        return len(self.posts)


def _language(tag: str) -> str:
    """The language of a tag without its region; Chinese keeps what tells its script."""
    return tag if tag.startswith("zh") else tag.partition("-")[0]


def activity(engine: Engine, texts: pa.Table) -> Activity:
    """Count the posts of ``engine``, on which the steps ACCOUNTS and NUMBERED are kept; ``texts`` are those of TEXTS.

    The result does not depend on the engine or the order of its rows.
    """
    accounts = engine.run(steps.ACCOUNTS).sort_by("account")
    n_accounts = accounts.num_rows
    table = engine.run(steps.DAYS)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    days = Days.of(
        columns["account"] - 1,
        columns["day"],
        posts=columns["posts"],
        first=columns["first_us"],
        last=columns["last_us"],
        n_accounts=n_accounts,
    )

    def uses(counted: pa.Table, same: Callable[[str], str] = str) -> Uses:
        row = days.rows(counted["account"].to_numpy() - 1, counted["day"].to_numpy())
        item = counted["item"].combine_chunks()
        return Uses.of(row, item, counted["posts"].to_numpy(), same=same)

    hours = engine.run(steps.HOURS)
    hours = hours.set_column(2, "item", pc.utf8_lpad(hours["item"].cast(pa.string()), 2, "0"))
    languages, languages_from = day_languages(engine)
    counters, falls = counter_falls(engine.run(steps.COUNTERS))
    partners, topics, sets_from = day_sets(engine, texts)
    return Activity(
        platform=accounts["platform"].combine_chunks(),
        account_id=accounts["account_id"].combine_chunks(),
        posts=accounts["posts"].to_numpy(),
        without_time=accounts["without_time"].to_numpy(),
        days=days,
        languages=uses(languages, _language),
        clients=uses(engine.run(steps.CLIENTS)),
        hours=uses(hours),
        partners=uses(partners, str.casefold),
        topics=uses(topics, str.casefold),
        counters=counters,
        falls=falls,
        profiles=profile_changes(engine.run(steps.PROFILES)),
        languages_from=languages_from,
        sets_from=sets_from,
    )
