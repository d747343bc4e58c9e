"""Which accounts of a case a watchlist means: by id or handle, over renames and case, with look-alikes flagged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from undertow.schema import TIMESTAMP
from undertow.watchlists import steps
from undertow.watchlists.entries import ACTOR_CLASS, COUNTRY, OWNER, QUALITY, WITHDRAWN
from undertow.watchlists.matching import decoded_domain, fold_handle, skeleton

if TYPE_CHECKING:
    from undertow.engines.steps import Step

_TEXT, _BOOL = pa.string(), pa.bool_()
_SAID = [
    ("actor_class", _TEXT), ("country", _TEXT), ("valid_from", TIMESTAMP), ("valid_to", TIMESTAMP),
    ("asserted_by", _TEXT),
]  # fmt: skip
ACCOUNTS = pa.schema(
    [
        ("platform", _TEXT),
        ("account_id", _TEXT),
        ("handle", _TEXT),
        *_SAID,
        ("matched", _TEXT),
        ("ambiguous", _BOOL),
    ]
)
"""Watched accounts: a row for each handle that an account bore. ``account_id`` is null where the case knows the
handle only (as reposts name it) or not at all; ``matched`` says how it was found (``id``, ``handle``, ``other handle``
of an account found so, ``named`` in reposts, or null: not in the case); ``ambiguous`` that several accounts bore the
handle in that time. ``valid_from`` is inclusive, ``valid_to`` exclusive, null where open."""
DOMAINS = pa.schema([("domain", _TEXT), ("owner", _TEXT), ("quality", pa.float64()), *_SAID])
"""Watched domains with their outlet class (``actor_class``); a subdomain belongs to its domain unless it is listed."""
LOOKALIKES = pa.schema(
    [("platform", _TEXT), ("account_id", _TEXT), ("handle", _TEXT), ("resembles", _TEXT), ("actor_class", _TEXT)]
)
"""Accounts (and, with platform ``web``, domains) that look like a watched one and are not it: never counted as it."""


class Runs(Protocol):
    """What steps are run on: an engine, or what keeps their results."""

    def run(self, step: Step, /) -> pa.Table:
        """The rows of ``step``."""
        ...


_Key = tuple[str, str]  # platform and account id, or platform and folded handle


@dataclass(frozen=True)
class Watchlist:
    """The watchlists of a case, resolved against it; the tables have the schemas of this module."""

    accounts: pa.Table
    domains: pa.Table
    lookalikes: pa.Table

    @property
    def empty(self) -> bool:
        """Whether nobody is watched."""
        return bool(self.accounts.num_rows == 0 and self.domains.num_rows == 0)


@dataclass(frozen=True, order=True)
class _Statement:
    """What one source asserts of one subject in one class and time."""

    subject_type: str
    platform: str
    subject: str
    asserted_by: str
    valid_from: int
    valid_to: int
    actor_class: str
    country: str | None
    owner: str | None
    quality: float | None


_OPEN_FROM, _OPEN_TO = -(2**62), 2**62


def resolve(engine: Runs) -> Watchlist:
    """The watchlists of the case that ``engine`` runs on (a scope on posts does not narrow them).

    Matching is by account id, else by handle over case: every account that was seen with the handle during the
    entry's validity, and then every handle of that account. Handles that only reposts name stay handles.
    """
    statements = _statements(engine.run(steps.ASSERTIONS).to_pylist())
    people = [s for s in statements if s.subject_type in ("account", "handle")]
    sites = [s for s in statements if s.subject_type == "domain"]
    accounts: list[dict[str, object]] = []
    lookalikes: list[dict[str, object]] = []
    if people:
        seen = _Seen.of(engine, people)
        accounts = [row for statement in people for row in seen.rows(statement)]
        lookalikes = seen.lookalikes(people, accounts)
    if sites:
        linked = engine.run(steps.DOMAINS)["domain"].to_pylist()
        lookalikes += _domain_lookalikes(sites, linked)
    return Watchlist(
        _table(accounts, ACCOUNTS),
        _table([{"domain": s.subject, "owner": s.owner, "quality": s.quality, **_said(s)} for s in sites], DOMAINS),
        _table(lookalikes, LOOKALIKES),
    )


def _table(rows: Iterable[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    """The distinct rows in a fixed order."""
    made = pa.Table.from_pylist(list(rows), schema=schema)
    return made.group_by(schema.names).aggregate([]).sort_by([(name, "ascending") for name in schema.names])


def _said(statement: _Statement) -> dict[str, object]:
    return {
        "actor_class": statement.actor_class or None,
        "country": statement.country,
        "valid_from": None if statement.valid_from == _OPEN_FROM else statement.valid_from,
        "valid_to": None if statement.valid_to == _OPEN_TO else statement.valid_to,
        "asserted_by": statement.asserted_by,
    }


def _statements(rows: Sequence[Mapping[str, Any]]) -> list[_Statement]:
    """The statements that hold: withdrawn ones are out, and one that was given an end supersedes its open form."""
    said: dict[tuple[Any, ...], dict[str, str]] = defaultdict(dict)
    classes: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    withdrawn: set[tuple[Any, ...]] = set()
    for row in rows:
        subject = row["subject_type"], row["platform"], row["subject_id"], row["asserted_by"]
        if row["label"] == WITHDRAWN:
            withdrawn.add((*subject, row["value"]))
            continue
        first = _OPEN_FROM if row["valid_from_us"] is None else row["valid_from_us"]
        last = _OPEN_TO if row["valid_to_us"] is None else row["valid_to_us"]
        key = (*subject, first, last)
        if row["label"] == ACTOR_CLASS:
            classes[key].add(row["value"])
        elif row["label"] == QUALITY:
            said[key][QUALITY] = row["value"]
            classes.setdefault(key, set())
        else:  # the smaller text where two are given: the same whatever the order of adding
            said[key][row["label"]] = min(row["value"], said[key].get(row["label"], row["value"]))
    found = []
    for key, values in classes.items():
        more = said.get(key, {})
        quality = float(more[QUALITY]) if QUALITY in more else None
        found += [
            _Statement(*key, value, more.get(COUNTRY), more.get(OWNER), quality)
            for value in (values or {""})
            if (*key[:4], value) not in withdrawn
        ]
    ended = {(s.subject_type, s.platform, s.subject, s.asserted_by, s.valid_from, s.actor_class)
             for s in found if s.valid_to != _OPEN_TO}  # fmt: skip
    return sorted(
        (
            s
            for s in found
            if s.valid_to != _OPEN_TO
            or (s.subject_type, s.platform, s.subject, s.asserted_by, s.valid_from, s.actor_class) not in ended
        ),
        key=repr,
    )


@dataclass(frozen=True)
class _Seen:
    """The handles of a case: who bore which, and when."""

    bearers: Mapping[_Key, Mapping[str, tuple[int, int]]]
    """(platform, folded handle) -> account id -> from when to when it was seen with it."""
    borne: Mapping[_Key, set[str]]
    """(platform, account id) -> its handles as written."""
    named: Mapping[_Key, str]
    """(platform, folded handle) -> a handle that reposts name without an id, as written."""

    @classmethod
    def of(cls, engine: Runs, people: Sequence[_Statement]) -> _Seen:
        """The handles of the case; of authors without one those alone that ``people`` may mean."""
        bearers: dict[_Key, dict[str, tuple[int, int]]] = defaultdict(dict)
        borne: dict[_Key, set[str]] = defaultdict(set)
        named: dict[_Key, str] = {}
        for table in (engine.run(steps.HANDLES), engine.run(steps.NAMED)):
            columns = (table[name].to_pylist() for name in table.column_names)
            for platform, account, handle, first, last in zip(*columns, strict=True):
                key = platform, fold_handle(handle)
                if account is None:
                    named[key] = min(handle, named.get(key, handle))
                    continue
                low, high = bearers[key].get(account, (_OPEN_TO, _OPEN_FROM))
                bearers[key][account] = (
                    min(low, _OPEN_FROM if first is None else first),
                    max(high, _OPEN_TO if last is None else last),
                )
                borne[platform, account].add(handle)
        by_name = any(statement.subject_type == "handle" for statement in people)
        for platform, account in _meant(engine.run(steps.AUTHORS), people, by_name=by_name):
            if by_name and (platform, account) not in borne and not account.isdigit():
                bearers[platform, fold_handle(account)].setdefault(account, (_OPEN_FROM, _OPEN_TO))
                borne[platform, account].add(account)
            else:
                borne.setdefault((platform, account), set())  # known by its id, without a handle
        return cls(bearers, borne, named)

    def rows(self, statement: _Statement) -> list[dict[str, object]]:
        """The accounts that ``statement`` means, a row for each handle of each."""
        said = {"platform": statement.platform, **_said(statement), "ambiguous": False}
        if statement.subject_type == "account":
            key = statement.platform, statement.subject
            matched = "id" if key in self.borne else None
            handles: list[str | None] = [*sorted(self.borne.get(key, ()))] or [None]
            return [
                {**said, "account_id": statement.subject, "handle": handle, "matched": matched}
                for handle in handles
            ]
        key = statement.platform, fold_handle(statement.subject)
        meant = [
            account
            for account, (first, last) in self.bearers.get(key, {}).items()
            if first < statement.valid_to and last >= statement.valid_from
        ]
        rows: list[dict[str, object]] = []
        for account in meant:
            for handle in sorted(self.borne[statement.platform, account]):
                how = "handle" if fold_handle(handle) == key[1] else "other handle"
                rows.append(
                    {**said, "account_id": account, "handle": handle, "matched": how, "ambiguous": len(meant) > 1}
                )
        if not meant or key in self.named:
            matched = "named" if key in self.named else None
            rows.append(
                {**said, "account_id": None, "handle": self.named.get(key, statement.subject), "matched": matched}
            )
        return rows

    def lookalikes(
        self, people: Sequence[_Statement], accounts: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, object]]:
        """Handles of others that look like a watched one."""
        listed = [(s.platform, s.subject, s.actor_class) for s in people if s.subject_type == "handle"]
        listed += [(row["platform"], row["handle"], row["actor_class"]) for row in accounts if row["handle"]]
        if not listed:
            return []
        shapes: dict[_Key, tuple[str, str]] = {}
        for platform, handle, actor_class in sorted(listed, reverse=True):
            shapes[platform, skeleton(handle)] = handle, actor_class
        own = {(platform, fold_handle(handle)) for platform, handle, _ in listed}
        watched = {(row["platform"], row["account_id"]) for row in accounts}
        bearers: list[tuple[str, str | None, str]] = [
            (platform, account, handle) for (platform, account), handles in self.borne.items() for handle in handles
        ]
        bearers += [(platform, None, handle) for (platform, _), handle in self.named.items()]
        found: list[dict[str, object]] = []
        for platform, account, handle in bearers:
            like = shapes.get((platform, skeleton(handle)))
            if like and (platform, fold_handle(handle)) not in own and (platform, account) not in watched:
                found.append(
                    {"platform": platform, "account_id": account, "handle": handle, "resembles": like[0],
                     "actor_class": like[1]}
                )  # fmt: skip
        return found


def _meant(authors: pa.Table, people: Sequence[_Statement], *, by_name: bool) -> Iterable[tuple[str, str]]:
    """The authors (platform, account id) that an entry may mean: by their id or, with ``by_name``, by an id that is a
    name. A case has more authors than a loop should walk."""
    ids = authors["account_id"]
    wanted = pc.is_in(ids, pa.array(sorted({s.subject for s in people if s.subject_type == "account"}), ids.type))
    if by_name:
        wanted = pc.or_(wanted, pc.invert(pc.utf8_is_digit(ids)))
    chosen = authors.filter(wanted)
    return zip(chosen["platform"].to_pylist(), chosen["account_id"].to_pylist(), strict=True)


def _domain_lookalikes(sites: Sequence[_Statement], linked: Sequence[str]) -> list[dict[str, object]]:
    shapes = {skeleton(decoded_domain(s.subject)): s for s in reversed(sites)}
    listed = {s.subject for s in sites}
    found: list[dict[str, object]] = []
    for name in linked:
        like = shapes.get(skeleton(decoded_domain(name)))
        if like is not None and name not in listed:
            found.append(
                {"platform": like.platform, "account_id": None, "handle": name, "resembles": like.subject,
                 "actor_class": like.actor_class or None}
            )  # fmt: skip
    return found
