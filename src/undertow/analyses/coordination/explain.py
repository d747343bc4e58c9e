"""Explain a pair, a group or an account: the posts with which they met, side by side, with the time between them."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.counting import enumerate_pairs, pair_counts
from undertow.analyses.coordination.families import families_of
from undertow.analyses.coordination.plan import Planned, planned, raised
from undertow.analyses.coordination.study import Population
from undertow.analyses.coordination.tables import moment
from undertow.analyses.coordination.traces import Settings, TraceActions, build
from undertow.case import Case
from undertow.errors import UsageError
from undertow.sql import one_of
from undertow.wording import joined, scope_words

SKIPPED = frozenset({"posting"})
"""Traces left out unless they are asked for: two posts at one moment need have nothing to do with each other."""

_NETWORK, _GROUPS = "coordination.network", "coordination.groups"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which meetings: of which ``traces`` at which ``windows`` (as in the analysis's settings), how many at most.

    ``scope``: of which posts, as the analysis was told; None for those of the stored analysis: of all posts where
    there is one, or else the last one made.
    """

    traces: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    limit: int | None = None
    scope: base.Scope | None = None


@dataclass(frozen=True)
class Side:
    """One post of a meeting: who, when, how long after the meeting's first post, and what it says."""

    account: str
    post_id: str
    at: dt.datetime
    after_s: float
    kind: str | None
    client: str | None
    text: str | None


@dataclass(frozen=True)
class Meeting:
    """Posts of two accounts or more on one object, each within the window of another's, in the order of time."""

    trace: str
    object: str
    window_s: float
    sides: tuple[Side, ...]

    @property
    def apart_s(self) -> float:
        """Seconds from the first post to the last."""
        return self.sides[-1].after_s

    def to_json(self) -> Mapping[str, Any]:
        """JSON-ready values."""
        return {
            "trace": self.trace,
            "object": self.object,
            "window_s": self.window_s,
            "apart_s": self.apart_s,
            "posts": [{**side.__dict__, "at": side.at.isoformat()} for side in self.sides],
        }


@dataclass(frozen=True)
class Explanation:
    """Who is explained, the tests' numbers of the stored analysis (rows of its edges), and the meetings in time.

    ``n_meetings`` counts all of them, also where fewer were asked for; ``filter`` is the part of the posts that were
    looked at, as findings carry it.
    """

    subject: str
    accounts: tuple[str, ...]
    edges: tuple[Mapping[str, object], ...]
    meetings: tuple[Meeting, ...]
    n_meetings: int
    filter: str | None = None

    def to_json(self) -> Mapping[str, Any]:
        """JSON-ready values."""
        return {
            "subject": self.subject,
            "filter": self.filter,
            "accounts": list(self.accounts),
            "edges": [{name: _plain(value) for name, value in edge.items()} for edge in self.edges],
            "n_meetings": self.n_meetings,
            "meetings": [meeting.to_json() for meeting in self.meetings],
        }


def explain_pair(case: Case, one: str, other: str, choice: Choice | None = None) -> Explanation:
    """The meetings of two accounts, named by id or handle, whether or not the analysis calls them.

    Raises :class:`UsageError` for an account that has no post in the case.
    """
    stored = _Stored.of(case, _NETWORK, choice)
    population = _population(case, stored.scope)
    names = (_resolved(case, population, one), _resolved(case, population, other))
    if names[0] == names[1]:
        raise UsageError("a pair is two accounts", where=one, todo="name another account")
    return _explain(case, population, " and ".join(names), names, None, stored)


def explain_group(case: Case, number: int, choice: Choice | None = None) -> Explanation:
    """The meetings of a group of the stored analysis, numbered as in ``coordination.groups``.

    Raises :class:`UsageError` when there is no such group, or no analysis yet.
    """
    stored = _Stored.of(case, _GROUPS, choice)
    rows = stored.needed()
    found = next((row for row in rows if row["group"] == number), None)
    if found is None:
        todo = f"there are the groups 1 to {len(rows)}" if rows else "the analysis found no group"
        raise UsageError(f"there is no group {number}", where="--group", todo=todo)
    population = _population(case, stored.scope)
    accounts = zip(_listed(found["platforms"]), _listed(found["members"]), strict=True)
    names = tuple(population.named(platform, account) for platform, account in accounts)
    return _explain(case, population, f"group {number}", names, None, stored)


def explain_account(case: Case, account: str, choice: Choice | None = None) -> Explanation:
    """The meetings of an account with the partners that the stored analysis names.

    Raises :class:`UsageError` when the account has no post in the case, or there is no analysis yet.
    """
    stored = _Stored.of(case, _NETWORK, choice)
    population = _population(case, stored.scope)
    name = _resolved(case, population, account)
    pairs = {_ends(population, row) for row in stored.needed()}
    partners = {end for pair in pairs if name in pair for end in pair} - {name}
    return _explain(case, population, name, (name, *sorted(partners)), name, stored)


@dataclass(frozen=True)
class _Found:
    """A meeting in numbers."""

    trace: TraceActions
    window_s: float
    object: int
    account: Int64
    post: Int64
    time: Int64


def _explain(
    case: Case, population: Population, subject: str, names: tuple[str, ...], centre: str | None, stored: _Stored
) -> Explanation:
    """The meetings among ``names``; with ``centre``, only those of that account with another."""
    place = {population.shown(number): number for number in range(len(population))}
    missing = [name for name in names if name not in place]
    if missing:
        raise UsageError(
            f"{missing[0]!r} has no post in the case",
            where=str(case.path),
            todo="the stored analysis is of other posts: run undertow analyse again",
        )
    accounts = np.array(sorted(place[name] for name in names), dtype=np.int64)
    middle = None if centre is None else place[centre]
    found: list[_Found] = []
    choice, parameters = stored.choice, base.Parameters(scope=stored.scope)
    plan = planned(choice.traces, choice.windows)
    texts = any(item.trace.name == "text" for item in plan)
    with ThreadPoolExecutor(1) as pool, base.open_engine(case, parameters) as engine:
        settings = Settings(families=families_of(case, parameters, pool) if texts else None)
        for item in plan:
            if item.trace.timed and (choice.traces or item.trace.name not in SKIPPED):
                found += _meetings(item, build(item.trace, engine, settings, population.keys), accounts, middle)
    found.sort(key=lambda each: (int(each.time[0]), each.trace.trace.name, each.object))
    wanted = set(names)
    edges = tuple(
        row
        for row in _Stored.of(case, _NETWORK, choice, stored.scope).rows
        if wanted.issuperset(ends := _ends(population, row)) and (centre is None or centre in ends)
    )
    shown = found if choice.limit is None else found[: choice.limit]
    return Explanation(
        subject, names, edges, tuple(_shown(case, population, shown)), len(found), stored.scope.words
    )


def _meetings(item: Planned, trace: TraceActions, accounts: Int64, middle: int | None) -> list[_Found]:
    window_s = max(raised(item.windows_s, trace.coarsest_s))
    window = round(window_s * 1_000_000)
    actions = trace.actions.take(np.isin(trace.actions.account, accounts))
    earlier, later = enumerate_pairs(pair_counts(actions, window))
    met = actions.account[earlier] != actions.account[later]
    if middle is not None:
        met &= (actions.account[earlier] == middle) | (actions.account[later] == middle)
    rows = np.unique(np.concatenate((earlier[met], later[met])))
    new = (actions.object[rows[1:]] != actions.object[rows[:-1]]) | (
        actions.time[rows[1:]] - actions.time[rows[:-1]] > window
    )
    return [
        _Found(
            trace=trace,
            window_s=window_s,
            object=int(actions.object[part[0]]),
            account=actions.account[part].astype(np.int64),
            post=actions.post[part],
            time=actions.time[part],
        )
        for part in np.split(rows, np.flatnonzero(new) + 1)
        if len(part) > 1
    ]


def _shown(case: Case, population: Population, found: Sequence[_Found]) -> list[Meeting]:
    """The meetings with what their posts say."""
    names = [[str(name) for name in each.trace.posts.take(each.post).to_pylist()] for each in found]
    details = _posts(case, sorted({name for listed in names for name in listed}))
    meetings = []
    for each, listed in zip(found, names, strict=True):
        sides = []
        for name, account, time in zip(listed, each.account.tolist(), each.time.tolist(), strict=True):
            kind, client, text = details[name]
            sides.append(
                Side(
                    account=population.shown(account),
                    post_id=name.partition("\0")[2],
                    at=moment(time),
                    after_s=(time - int(each.time[0])) / 1e6,
                    kind=kind,
                    client=client,
                    text=text,
                )
            )
        object_ = str(each.trace.objects[each.object].as_py()).rpartition("\0")[2]
        meetings.append(Meeting(each.trace.trace.name, object_, each.window_s, tuple(sides)))
    return meetings


def _posts(case: Case, names: Sequence[str]) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Kind, client and text of posts named by platform and id."""
    listed = one_of((name.partition("\0")[::2] for name in names), "post_id")
    rows = case.query(f"SELECT platform, post_id, kind, client, text FROM posts WHERE {listed}").to_pylist()
    return {f"{row['platform']}\0{row['post_id']}": (row["kind"], row["client"], row["text"]) for row in rows}


def _ends(population: Population, row: Mapping[str, object]) -> tuple[str, str]:
    """The two accounts of a row that names a pair, as people name them."""
    one, other = (population.named(str(row[f"platform_{end}"]), str(row[f"account_{end}"])) for end in ("a", "b"))
    return one, other


def _listed(cell: object) -> list[str]:
    return [str(name) for name in cell] if isinstance(cell, list) else []


def _population(case: Case, scope: base.Scope) -> Population:
    with base.open_engine(case, base.Parameters(scope=scope)) as engine:
        return Population.of(engine)


def _resolved(case: Case, population: Population, given: str) -> str:
    """The account that ``given`` names: its id, platform and id, or a handle of it."""
    ids = {name: number for number, name in reversed(list(enumerate(population.ids)))}
    shown = {population.shown(number): number for number in range(len(population))}
    if given in shown:
        return given
    if given in ids:
        return population.shown(ids[given])
    handle = given.removeprefix("@").lower()
    rows = case.query(
        "SELECT DISTINCT platform, account_id FROM accounts WHERE lower(handle) = $handle", {"handle": handle}
    ).to_pylist()
    matches = [
        population.shown(number)
        for number in range(len(population))
        if {"platform": population.platforms[number], "account_id": population.ids[number]} in rows
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(
            f"{given!r} is a handle of several accounts", where=given, todo=f"name one: {', '.join(matches)}"
        )
    close = difflib.get_close_matches(given, [*shown, *_handles(case)], n=3)
    todo = f"did you mean {joined(close)}?" if close else f"name one of {len(shown):,} accounts by id or handle"
    raise UsageError(f"no account {given!r} has a post among those looked at", where=given, todo=todo)


def _handles(case: Case) -> list[str]:
    rows = case.query("SELECT DISTINCT handle FROM accounts WHERE handle IS NOT NULL ORDER BY handle")
    return [str(name) for name in rows["handle"].to_pylist()]


@dataclass(frozen=True)
class _Stored:
    """The table of a stored finding (None without one), the posts that it is about, and what is asked of them."""

    case: Case
    choice: Choice
    scope: base.Scope
    others: tuple[str, ...]
    found: bool
    table: pa.Table | None

    @classmethod
    def of(cls, case: Case, key: str, choice: Choice | None, scope: base.Scope | None = None) -> _Stored:
        """The finding ``key`` about ``scope``, or about the scope that ``choice`` names or leaves open."""
        choice = choice or Choice()
        wanted = scope or choice.scope
        by_filter = {finding.filter: finding for finding in case.findings() if finding.id == key}
        if wanted is None:
            newest = next(reversed(by_filter), None)
            wanted = base.Scope() if None in by_filter else base.Scope.read(newest)
        found = by_filter.get(wanted.words)
        table = None if found is None else found.result
        if table is not None and not {"platform_a", "platforms"} & set(table.column_names):
            table = None  # of an older version, or no table of accounts: nothing could be tested
        return cls(
            case,
            choice,
            wanted,
            tuple(str(each) for each in by_filter if each is not None),
            found is not None,
            table,
        )

    @property
    def rows(self) -> list[dict[str, object]]:
        """The rows of the table; none where there is no finding."""
        return [] if self.table is None else self.table.to_pylist()

    def needed(self) -> list[dict[str, object]]:
        """The same; :class:`UsageError` where no finding is about these posts."""
        words = self.scope.words
        if self.found:
            return self.rows
        about = "all its posts" if words is None else f"the posts {scope_words(words)}"
        todo = "run: undertow analyse CASE --only coordination"
        if self.others:
            todo = f"there is one of the posts {'; or '.join(scope_words(each) for each in self.others)}"
        raise UsageError(
            f"the case has no analysis of coordination of {about} yet", where=str(self.case.path), todo=todo
        )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value
