"""Running analyses: which ones, on which posts, split by what."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from undertow.analyses import ANALYSES, load, load_all
from undertow.analyses.base import Controlled, Parameters, Scope, control_case, parsed_settings, prepared_settings
from undertow.engines import ENGINES
from undertow.errors import UsageError, did_you_mean
from undertow.finding import Finding
from undertow.schema import POSTS
from undertow.sql import literal

if TYPE_CHECKING:
    from undertow.case import Case

_log = logging.getLogger(__name__)

Started = Callable[[str, str | None], None]
"""Called with the analysis and the filter before each part of the work."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for, as the ledger records it."""

    only: tuple[str, ...] = ()
    where: str | None = None
    by: str | None = None
    by_at_least: int = 1
    since: dt.date | None = None
    until: dt.date | None = None
    engine: str = "duckdb"
    seed: int = 0
    control: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The request with its dates as text."""
        document: dict[str, object] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("since", "until"):
            document[name] = None if document[name] is None else str(document[name])
        return document | {"only": list(self.only), "settings": {k: _plain(v) for k, v in self.settings.items()}}


def _plain(value: object) -> object:
    return (
        list(value) if isinstance(value, tuple) else value if isinstance(value, (int, float, bool)) else str(value)
    )


def analyse(
    case: Case,
    *,
    only: Sequence[str] | None = None,
    where: str | None = None,
    by: str | None = None,
    by_at_least: int = 1,
    since: dt.date | None = None,
    until: dt.date | None = None,
    engine: str = "duckdb",
    seed: int = 0,
    control: Path | str | None = None,
    settings: Mapping[str, object] | None = None,
    started: Started | None = None,
) -> list[Finding]:
    """The findings of the analyses named in ``only`` (all of them by default) on the posts of ``case``.

    ``only`` takes names of analyses and ids of findings. ``where`` is a boolean SQL expression on ``posts``;
    ``by`` a column of ``posts``: the analyses run once for each of its values with at least ``by_at_least``
    posts. ``control`` is the folder of a case of ordinary accounts, for every analysis that takes one.
    ``settings`` gives ``{"posting_hours.calendars": "RU,UA"}``; they come after those in the case's
    ``case.toml`` under ``[parameters.posting_hours]``. Raises :class:`UsageError` for names that do not exist.
    """
    request = Request(
        only=tuple(only or ()),
        where=where,
        by=by,
        by_at_least=by_at_least,
        since=since,
        until=until,
        engine=engine,
        seed=seed,
        control=None if control is None else str(control),
        settings=settings or {},
    )
    return list(run(case, request, started))


def run(case: Case, request: Request, started: Started | None = None) -> Iterator[Finding]:
    """The findings that ``request`` asks for, as they come."""
    if request.engine not in ENGINES:
        todo = did_you_mean(request.engine, ENGINES)
        raise UsageError(f"there is no engine {request.engine!r}", where="--engine", todo=todo)
    if request.since is not None and request.until is not None and request.since >= request.until:
        raise UsageError(
            f"no day is from {request.since} on and before {request.until}",
            where="--until",
            todo="give a later day than --since",
        )
    if request.seed < 0:
        raise UsageError(f"a seed is 0 or more, not {request.seed}", where="--seed", todo="leave it out, or give 1")
    chosen = _chosen(request.only)
    base = Scope(where=request.where, since=request.since, until=request.until)
    base.tree()  # refused here, before the work begins; so are settings and a control that cannot be used
    prepared = prepare(case, request)
    scopes = [base] if request.by is None else list(_split(case, base, request.by, request.by_at_least))
    for scope in scopes:
        for name, wanted in chosen.items():
            if started is not None:
                started(name, scope.words)
            for finding in load(name).analyse(case, replace(prepared[name], scope=scope)):
                if not wanted or finding.id in wanted:
                    yield _within(finding, scope.words)


def prepare(case: Case, request: Request) -> dict[str, Parameters]:
    """Analysis -> the parameters with which ``request`` runs it, but for the parts that it asks for with ``by``.

    Raises :class:`UsageError` for settings, or a control, that cannot be used.
    """
    chosen = _chosen(request.only)
    given = _with_control(request, list(chosen))
    _check_settings(request.settings)
    base = Scope(where=request.where, since=request.since, until=request.until)
    prepared = {}
    for name in chosen:
        settings = prepared_settings(case, name, given)
        parameters = load(name).Parameters(
            scope=base, engine=request.engine, seed=request.seed, asked=given, **settings
        )
        if isinstance(parameters, Controlled):
            control_case(case, parameters)
        prepared[name] = parameters
    return prepared


def _within(finding: Finding, words: str | None) -> Finding:
    """The finding marked with its filter, its files named apart from those of other filters."""
    if words is None:
        return finding
    mark = hashlib.sha256(words.encode()).hexdigest()[:8]

    def named(file: str | None) -> str | None:
        stem, _, ending = (file or "").partition(".")
        return None if file is None else f"{stem}-{mark}.{ending}"

    return replace(finding, filter=words, table=named(finding.table), chart=named(finding.chart))


def _chosen(only: Sequence[str]) -> dict[str, set[str]]:
    """Analysis -> the finding ids wanted of it (empty: all), in the registry's order."""
    if not only:
        return {name: set() for name in ANALYSES}
    wanted: dict[str, set[str]] = {}
    for item in only:
        name, _, rest = item.partition(".")
        analysis = load(name)
        if rest and item not in analysis.FINDINGS:
            todo = did_you_mean(item, analysis.FINDINGS)
            raise UsageError(f"{name} has no finding {item!r}", where="--only", todo=todo)
        wanted.setdefault(name, set())
        if rest:
            wanted[name].add(item)
    whole = {item for item in only if "." not in item}
    return {name: set() if name in whole else wanted[name] for name in ANALYSES if name in wanted}


def _with_control(request: Request, chosen: Sequence[str]) -> Mapping[str, object]:
    """The settings asked for, with the control for every chosen analysis that takes one and has none of its own."""
    if request.control is None:
        return request.settings
    takers = [name for name in chosen if issubclass(load(name).Parameters, Controlled)]
    if not takers:
        able = [name for name, analysis in load_all().items() if issubclass(analysis.Parameters, Controlled)]
        raise UsageError(
            f"{', '.join(chosen)} takes no control",
            where="--control",
            todo=f"leave it out, or ask one that does: {', '.join(able)}",
        )
    return {f"{name}.control": request.control for name in takers} | dict(request.settings)


def _check_settings(given: Mapping[str, object]) -> None:
    """Refuse what is no setting, also of analyses that are not chosen: those that are may read from them."""
    for key, value in given.items():
        name, dot, setting = key.partition(".")
        if not dot or name not in ANALYSES:
            raise UsageError(f"{key!r} is not ANALYSIS.SETTING", where="--set", todo=did_you_mean(name, ANALYSES))
        parsed_settings(name, load(name).Parameters, {setting: value})


def _split(case: Case, base: Scope, by: str, at_least: int) -> Iterator[Scope]:
    """One scope for each value of the column ``by``, most posts first."""
    if by not in POSTS.names:
        raise UsageError(f"posts has no column {by!r}", where="--by", todo=did_you_mean(by, POSTS.names))
    if pa.types.is_nested(POSTS.column(by).type):
        raise UsageError(
            f"{by} holds lists, and a post with two elements would belong to two parts",
            where="--by",
            todo=f"take one element at a time: --where \"list_contains({by}, 'ELEMENT')\"",
        )
    counted = case.query(
        f"SELECT {by} AS value, count(*) AS n FROM ({base.posts()}) GROUP BY 1 ORDER BY n DESC, 1::VARCHAR"
    ).to_pylist()
    left_out = [row for row in counted if row["n"] < at_least]
    if left_out:
        posts = sum(row["n"] for row in left_out)
        _log.warning(
            "%d values of %s with fewer than %d posts (%d in all) are left out", len(left_out), by, at_least, posts
        )
    if counted and len(left_out) == len(counted):
        raise UsageError(
            f"no value of {by} has {at_least:,} posts",
            where="--by",
            todo="lower --by-at-least, or use another column",
        )
    for row in counted:
        if row["n"] < at_least:
            continue
        value = row["value"]
        yield base.narrowed(f"{by} IS NULL" if value is None else f"{by} = {literal(str(value))}")
