"""What every analysis is given: which posts, on which engine, with which settings."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import sqlglot
from sqlglot import exp

from undertow.engines import ENGINES
from undertow.errors import EngineError, UsageError, did_you_mean
from undertow.finding import Evidence, Finding
from undertow.wording import scope_parts

if TYPE_CHECKING:
    from undertow.analyses.reads import Reads
    from undertow.case import Case
    from undertow.engines.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which posts are looked at: those that fulfil ``where``, from ``since`` to before ``until`` (days, UTC)."""

    where: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def read(cls, words: str | None) -> Scope:
        """The scope that a finding carries as :attr:`words`."""
        where, since, until = (None, None, None) if words is None else scope_parts(words)
        days = [None if day is None else dt.date.fromisoformat(day) for day in (since, until)]
        return cls(where=where, since=days[0], until=days[1])

    def tree(self) -> exp.Expression | None:
        """The checked condition, or None for all posts; :class:`UsageError` for one that cannot be used."""
        from undertow.engines.expressions import condition

        parts = []
        if self.where is not None:
            parts.append(exp.paren(condition(self.where)))
        if self.since is not None:
            parts.append(sqlglot.parse_one(f"created_at >= TIMESTAMPTZ '{self.since} 00:00:00+00'", read="duckdb"))
        if self.until is not None:
            parts.append(sqlglot.parse_one(f"created_at < TIMESTAMPTZ '{self.until} 00:00:00+00'", read="duckdb"))
        return exp.and_(*parts) if parts else None

    def posts(self, *conditions: str) -> str:
        """DuckDB's SQL for the posts in scope that fulfil ``conditions`` too: for the evidence of findings."""
        tree = self.tree()
        listed = [*([] if tree is None else [tree.sql(dialect="duckdb", comments=False)]), *conditions]
        return "SELECT * FROM posts" + (f" WHERE {' AND '.join(f'({part})' for part in listed)}" if listed else "")

    def narrowed(self, where: str) -> Scope:
        """The scope within this one of the posts that fulfil ``where`` too.

        Each condition is read by itself, so that neither a comment nor a bracket in one reaches into the other. Raises
        :class:`UsageError` for one that cannot be used.
        """
        from undertow.engines.expressions import condition

        both = condition(where)
        if self.where is not None:
            both = exp.and_(exp.paren(condition(self.where)), both)
        return replace(self, where=both.sql(dialect="duckdb", comments=False))

    @property
    def words(self) -> str | None:
        """The scope as findings carry it; None for all posts."""
        parts = [self.where] if self.where is not None else []
        parts += [f"since {self.since}"] if self.since else []
        parts += [f"until {self.until}"] if self.until else []
        return "; ".join(parts) or None


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What every analysis can be told; each adds its own settings as fields with a ``help`` in their metadata.

    A setting that is a condition on posts says so in its metadata (``condition``). ``asked`` are the settings of the
    whole command (``analysis.setting``): what an analysis reads of another is made with those of the other.
    """

    scope: Scope = field(default_factory=Scope)
    engine: str = "duckdb"
    seed: int = 0
    asked: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Controlled(Parameters):
    """The settings of an analysis that can hold the case against another one, of ordinary accounts."""

    control: str | None = field(
        default=None,
        metadata={"help": "folder of another case, of ordinary accounts, that says what is usual (--control)"},
    )
    compared: ClassVar[tuple[str, ...]] = ("posts",)
    """Tables of which a control must have at least one."""


class Analysis(Protocol):
    """A module under ``analyses/``."""

    QUESTION: str
    FINDINGS: Mapping[str, str]
    READS: Reads
    Parameters: type[Parameters]

    def analyse(self, case: Case, parameters: Any) -> list[Finding]:
        """The findings on the posts in scope."""
        ...


def open_engine(case: Case, parameters: Parameters) -> Engine:
    """The engine that ``parameters`` name, over the posts in scope.

    Raises :class:`EngineError` when the scope uses what is not proved equal on every engine.
    """
    from undertow.engines.steps import unproved
    from undertow.schema import TABLES

    parts = {name: case.parts(name) for name in TABLES}
    tree = parameters.scope.tree()
    if parameters.engine == "spark":
        strange = unproved(tree) if tree is not None else []
        if strange:
            raise EngineError(
                f"the condition uses {', '.join(strange)}, which is not known to mean the same on Spark",
                where=parameters.scope.where or "",
                todo="use --engine duckdb, or a simpler condition (comparisons, AND, OR, NOT, IN, IS NULL)",
            )
    return ENGINES[parameters.engine]()(parts, tree)


def control_case(case: Case, parameters: Controlled) -> Case | None:
    """The control that ``parameters`` name for ``case``, opened; None where they name none.

    Raises :class:`UsageError` for a control that is the case itself or lacks what ``parameters`` say is compared,
    and what opening it raises.
    """
    from undertow.case import Case

    if parameters.control is None:
        return None
    control = Case.open(parameters.control)
    if control.path.resolve() == case.path.resolve():
        raise UsageError(
            "the control is the case itself",
            where=parameters.control,
            todo="give a case of ordinary accounts, of the same platform, language and time if there is one",
        )
    compared = parameters.compared
    if not any(control.table(table).count() for table in compared):
        what = " and no ".join(compared)
        raise UsageError(
            f"the control has no {what}", where=parameters.control, todo=f"add {compared[0]} to it, or leave it out"
        )
    return control


def evidence(case: Case, sql: str) -> Evidence:
    """The evidence that ``sql`` (a SELECT over the case's tables) returns, counted."""
    rows = case.query(f"SELECT count(*) AS n FROM ({sql})")["n"][0].as_py()
    return Evidence(sql=sql, rows=int(rows))


def settings(type_: type[Parameters]) -> dict[str, tuple[object, str]]:
    """An analysis's own settings: name -> (default, help)."""
    common = {item.name for item in fields(Parameters)}
    return {
        item.name: (item.default, str(item.metadata.get("help", "")))
        for item in fields(type_)
        if item.name not in common
    }


def parsed_settings(analysis: str, type_: type[Parameters], given: Mapping[str, object]) -> dict[str, object]:
    """Settings from the command line or ``case.toml``, converted to their types.

    Raises :class:`UsageError` for a name that does not exist or a value of another type.
    """
    known = settings(type_)
    hints = typing.get_type_hints(type_)
    parsed = {}
    for name, value in given.items():
        where = f"{analysis}.{name}"
        if name not in known:
            todo = did_you_mean(name, known) if known else "it has no settings"
            raise UsageError(f"{analysis} has no setting {name!r}", where=where, todo=todo)
        parsed[name] = _converted(value, hints[name], where)
    return parsed


def prepared_settings(case: Case, name: str, given: Mapping[str, object]) -> dict[str, object]:
    """The settings of the analysis ``name``: those of ``case.toml``, and over them ``given`` (``name.setting``).

    Raises :class:`UsageError` for one that does not exist or has a value of another type.
    """
    from undertow.analyses import load

    stored = case.settings.get("parameters", {})
    for key in ("parameters", f"parameters.{name}"):
        if key != "parameters":
            stored = stored.get(name, {})
        if not isinstance(stored, Mapping):
            raise UsageError(
                f"{key} is not a table of settings", where="case.toml", todo=f"write [parameters.{name}]"
            )
    stated = {key.partition(".")[2]: value for key, value in given.items() if key.partition(".")[0] == name}
    type_: type[Parameters] = load(name).Parameters
    return parsed_settings(name, type_, {**stored, **stated})


_KINDS: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    dt.date: "a day (2020-01-31)",
}


def _converted(value: object, hint: Any, where: str) -> object:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None or (isinstance(value, str) and value.lower() == "none" and type(None) in options):
        return None
    target = next(option for option in options if option is not type(None))
    try:
        if typing.get_origin(target) is tuple:
            element = typing.get_args(target)[0]
            items = value.split(",") if isinstance(value, str) else value
            if not isinstance(items, (list, tuple)):
                raise ValueError("not a list")
            return tuple(
                _converted(item.strip() if isinstance(item, str) else item, element, where) for item in items
            )
        if target is bool:
            words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
            return value if isinstance(value, bool) else words[str(value).lower()]
        if target is dt.date:
            return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
        return target(value)
    except (ValueError, KeyError, TypeError) as error:
        kind = _KINDS.get(target, getattr(target, "__name__", str(target)))
        raise UsageError(f"{value!r} is not {kind}", where=where, todo=f"give {kind}") from error
