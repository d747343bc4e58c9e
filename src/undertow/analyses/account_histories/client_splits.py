"""Accounts with two clients side by side that differ in hours, words or links: two hands, or two habits, at once.

This is no change of hands. The units are days of each client; whether the two clients' units differ is tested as the two
sides of a moment are (:func:`.aspects.marks_change`), with the units of the one client as the side before.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories import steps
from undertow.analyses.account_histories.activity import Days, Uses
from undertow.analyses.account_histories.arrays import Floats, Ints
from undertow.analyses.account_histories.aspects import Marks, hour_marks, marks_change
from undertow.analyses.account_histories.letters import Texts
from undertow.analyses.account_histories.moments import Moments
from undertow.engines.engine import Engine
from undertow.languages.detect import words_of
from undertow.statistics.multiple_testing import benjamini_hochberg, combine_smallest

LEAST_UNITS = 20
"""Fewest days of each of the two clients."""

LEAST_SWITCHES = 10
"""Fewest times that the order of the days goes from the one client to the other: side by side, not one after the other."""

LEAST_EFFECT = 0.2
"""Least difference between the clients' shares of days."""

WORDS = 50
"""Words of an account that are compared: those that occur on most of its units."""

TRAITS = ("hours", "links", "words")

_LINK = re.compile(r"https?://")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class ClientSplits:
    """Accounts with two clients side by side, one row each: the clients, units of each, p-values and effects of the traits
    (NaN: not examined), the word that differs most ("" for none), and which are split at the level."""

    account: Ints
    first: tuple[str, ...]
    second: tuple[str, ...]
    units: Ints
    p_value: Floats
    effect: Floats
    word: tuple[str, ...]
    q: Floats
    n_with_client: int

    def split(self, level: float) -> Ints:
        """The rows in which a trait differs."""
        return np.flatnonzero(self.q <= level)


def client_splits(engine: Engine, texts: pa.Table, left_out: Ints) -> ClientSplits:
    """Look for accounts whose two main clients are used side by side and differ.

    Only the days from the later first use to the earlier last use of the two are compared; accounts ``left_out`` (those
    that changed hands, in which clients differ because lives do) are not looked at.
    """
    table = engine.run(steps.CLIENT_DAYS)
    columns = {name: table[name].to_numpy() for name in ("account", "day", "posts")}
    coded = table["client"].combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    order_of_names = np.argsort(np.array(names, dtype=object)) if names else np.zeros(0, np.int64)
    by_name = np.empty(len(names), dtype=np.int64)
    by_name[order_of_names] = np.arange(len(names))
    client = by_name[coded.indices.to_numpy(zero_copy_only=False)] if names else np.zeros(0, np.int64)
    names = sorted(names)
    account = columns["account"] - 1
    units = np.unique(np.stack([account, client, columns["day"]], axis=1), axis=0)
    accounts, pairs, low, high = _side_by_side(units[~np.isin(units[:, 0], left_out)])
    place = np.searchsorted(accounts, account)
    known = place < len(accounts)
    known[known] = accounts[place[known]] == account[known]
    inside = np.flatnonzero(known)
    at, day = place[inside], columns["day"][inside]
    inside = inside[(client[inside, None] == pairs[at]).any(axis=1) & (low[at] <= day) & (day <= high[at])]
    side = (client[inside] == pairs[place[inside], 1]).astype(np.int64)
    unit = np.stack([place[inside], side, columns["day"][inside]], axis=1)
    distinct, row = np.unique(unit, axis=0, return_inverse=True)
    row = row.ravel()
    posts = columns["posts"][inside]
    days = _as_days(distinct, len(accounts))
    moments = Moments(
        account=np.arange(len(accounts)),
        row=np.searchsorted(distinct[:, 0] * 2 + distinct[:, 1], 2 * np.arange(len(accounts)) + 1),
        weight=np.ones(len(accounts)),
        pause=np.zeros(len(accounts)),
        chosen=np.ones(len(accounts), dtype=np.bool_),
    )
    hour = table["hour"].take(pa.array(inside))
    timed = hour.is_valid().to_numpy()
    hours = Uses.of(
        row[timed], pa.array([f"{value:02d}" for value in hour.drop_null().to_pylist()], pa.string()), posts[timed]
    )
    first = _first_posts(Texts.of(texts, accounts), accounts, [names[code] for code in pairs.ravel()], distinct)
    marks, vocabulary = _word_marks(first, distinct[:, 0], len(accounts))
    results = [
        marks_change(each, days, moments, least_effect=LEAST_EFFECT)
        for each in (hour_marks(hours, days), _link_marks(first, len(accounts)), marks)
    ]
    p_value = np.stack([result.p_value for result in results], axis=1)
    best = combine_smallest(p_value)
    effect = np.stack([result.effect for result in results], axis=1)
    return ClientSplits(
        account=accounts,
        first=tuple(names[number] for number in pairs[:, 0]),
        second=tuple(names[number] for number in pairs[:, 1]),
        units=np.bincount(distinct[:, 0] * 2 + distinct[:, 1], minlength=2 * len(accounts)).reshape(-1, 2),
        p_value=p_value,
        effect=effect,
        word=tuple(
            words[mark] if mark < len(words) else ""
            for words, mark in zip(vocabulary, results[2].mark.tolist(), strict=True)
        ),
        q=benjamini_hochberg(np.where(np.isnan(best), 1.0, best)),
        n_with_client=len(np.unique(account)),
    )


def _side_by_side(units: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Accounts whose two commonest clients (by days, then name) are used in turn; the two, and the first and last day on
    which both were in use."""
    keys, group, number = np.unique(units[:, :2], axis=0, return_inverse=True, return_counts=True)
    group = group.ravel()
    first, last = np.full(len(keys), np.iinfo(np.int64).max), np.full(len(keys), np.iinfo(np.int64).min)
    np.minimum.at(first, group, units[:, 2])
    np.maximum.at(last, group, units[:, 2])
    order = np.lexsort((keys[:, 1], -number, keys[:, 0]))
    rank = np.arange(len(keys)) - np.searchsorted(keys[order, 0], keys[order, 0])
    two = np.flatnonzero(rank == 1)
    one, other = order[two - 1], order[two]
    low, high = np.maximum(first[one], first[other]), np.minimum(last[one], last[other])
    accounts = keys[one, 0]
    pairs = np.stack([keys[one, 1], keys[other, 1]], axis=1)

    place = np.searchsorted(accounts, units[:, 0])
    known = place < len(accounts)
    known[known] = accounts[place[known]] == units[known, 0]
    of, where = units[known], place[known]
    mine = (of[:, 1:2] == pairs[where]).any(axis=1) & (low[where] <= of[:, 2]) & (of[:, 2] <= high[where])
    of, where = of[mine], where[mine]
    second = of[:, 1] == pairs[where, 1]
    order = np.lexsort((second, of[:, 2], where))
    where, second = where[order], second[order]
    switch = (np.diff(where) == 0) & (second[1:] != second[:-1])
    switches = np.bincount(where[1:][switch], minlength=len(accounts))
    each = np.bincount(2 * where + second, minlength=2 * len(accounts)).reshape(-1, 2)
    kept = (switches >= LEAST_SWITCHES) & (each >= LEAST_UNITS).all(axis=1)
    return accounts[kept], pairs[kept], low[kept], high[kept]


def _as_days(units: Ints, n_accounts: int) -> Days:
    """Units as the days of an account: those of the first client, then those of the second."""
    nothing = np.zeros(len(units), dtype=np.int64)
    start = np.searchsorted(units[:, 0], np.arange(n_accounts + 1))
    return Days(units[:, 0], nothing, nothing, nothing, nothing, start.astype(np.int64))


def _first_posts(texts: Texts, accounts: Ints, pairs: list[str], units: Ints) -> dict[int, str]:
    """The text of each unit's first post, by the unit's row.

    One post of each unit only: all posts of a busy client's day hold more words and links than the one of a rare client's.
    """
    row_of = {tuple(unit): row for row, unit in enumerate(units.tolist())}
    clients, days = texts.client.to_pylist(), (texts.time // steps.DAY_US).tolist()
    found: dict[int, str] = {}
    for place, account in enumerate(np.searchsorted(accounts, texts.account).tolist()):
        for side in (0, 1):
            row = row_of.get((account, side, days[place])) if clients[place] == pairs[2 * account + side] else None
            if row is not None and row not in found:
                found[row] = texts.text[place].as_py()
    return found


def _link_marks(first: dict[int, str], n_accounts: int) -> Marks:
    """Whether a unit's first post has a link."""
    rows = sorted(first)
    linked = np.array([_LINK.search(first[row]) is not None for row in rows], dtype=np.bool_).reshape(-1, 1)
    one = np.ones(n_accounts, dtype=np.int64)
    return Marks(np.array(rows, dtype=np.int64), linked, np.zeros((n_accounts, 1), np.int64), one, exclusive=False)


def _word_marks(first: dict[int, str], account: Ints, n_accounts: int) -> tuple[Marks, list[list[str]]]:
    """Whether a unit's first post has each of the account's commonest words; and the words of each account."""
    rows = sorted(first)
    said = [set(_WORD.findall(words_of(first[row]).casefold())) for row in rows]
    counts: list[Counter[str]] = [Counter() for _ in range(n_accounts)]
    for row, words in zip(rows, said, strict=True):
        counts[account[row]].update(words)
    vocabulary = [
        [word for word, _ in sorted(each.items(), key=lambda item: (-item[1], item[0]))[:WORDS]] for each in counts
    ]
    table = np.zeros((len(rows), WORDS), dtype=np.bool_)
    for place, (row, words) in enumerate(zip(rows, said, strict=True)):
        own = vocabulary[account[row]]
        table[place, : len(own)] = [word in words for word in own]
    tests = np.maximum([len(words) for words in vocabulary], 1).astype(np.int64)
    item = np.zeros((n_accounts, WORDS), dtype=np.int64)
    return Marks(np.array(rows, dtype=np.int64), table, item, tests, exclusive=False), vocabulary
