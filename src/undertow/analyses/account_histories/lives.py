"""The lives of an account: what lies between its changes of hands. Each life is searched for further changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from undertow.analyses.account_histories.activity import Activity
from undertow.analyses.account_histories.arrays import Bools, Ints
from undertow.analyses.account_histories.changes import Changes

PASSES = 3
"""How often lives are searched for further changes: at most eight lives."""

Search = Callable[[Activity, Ints], Changes]
"""Finds the changes in an activity whose accounts are lives; the second argument is the account of each life."""


@dataclass(frozen=True)
class Lives:
    """Lives of the accounts that are called, by account and time: rows ``first`` up to but without ``end`` of the days.

    ``number`` counts from 1 within the account.
    """

    account: Ints
    first: Ints
    end: Ints
    number: Ints


def searched(found: Activity, search: Search) -> tuple[Changes, Changes, Lives]:
    """The changes of all accounts; the called changes of all lives together, by account and time; and the lives.

    Rows of days in the second are those of ``found``.
    """
    everyone = np.arange(found.days.n_accounts)
    first = search(found, everyone)
    called = [_called(first)]
    for _ in range(PASSES - 1):
        if not called[-1].called.any():
            break
        account, begin, end = _cut(found, called)
        rows = np.concatenate([np.arange(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True)])
        lives = np.repeat(np.arange(len(begin)), end - begin)
        part = replace(
            found,
            days=found.days.take(rows, lives, len(begin)),
            languages=found.languages.take(rows),
            clients=found.clients.take(rows),
            hours=found.hours.take(rows),
            partners=found.partners.take(rows),
            topics=found.topics.take(rows),
            counters=found.counters.take(account, found.days.first[begin], found.days.last[end - 1]),
            profiles=found.profiles.take(account, found.days.first[begin], found.days.last[end - 1]),
        )
        again = _called(search(part, account))
        at = again.moments
        moved = replace(at, account=account[at.account], row=rows[at.row])
        called.append(replace(again, moments=moved))
    account, begin, end = _cut(found, called)
    number = np.arange(len(account)) - np.searchsorted(account, account) + 1
    return first, _joined(called), Lives(account, begin, end, number)


def _called(changes: Changes) -> Changes:
    return _take(changes, changes.called)


def _take(changes: Changes, which: Ints | Bools) -> Changes:
    arrays = {name: getattr(changes, name)[which] for name in changes.__dataclass_fields__ if name != "moments"}
    return Changes(moments=changes.moments.take(which), **arrays)


def _joined(parts: list[Changes]) -> Changes:
    names = [name for name in Changes.__dataclass_fields__ if name != "moments"]
    moments = replace(
        parts[0].moments,
        **{
            name: np.concatenate([getattr(part.moments, name) for part in parts])
            for name in parts[0].moments.__dataclass_fields__
        },
    )
    joined = Changes(
        moments=moments, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )
    return _take(joined, np.lexsort((moments.row, moments.account)))


def _cut(found: Activity, called: list[Changes]) -> tuple[Ints, Ints, Ints]:
    """Account, first row and end of each life of the accounts that are called."""
    cut = np.concatenate([part.moments.row for part in called])
    accounts = np.unique(called[0].moments.account)
    begin = np.sort(np.concatenate([found.days.start[accounts], cut]))
    account = found.days.account[begin]
    end = np.r_[begin[1:], 0]
    last = np.r_[np.diff(account) != 0, True] if len(account) else np.zeros(0, bool)
    end[last] = found.days.start[account[last] + 1]
    return account, begin, end
