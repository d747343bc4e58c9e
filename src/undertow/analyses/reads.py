"""What the findings of an analysis rest on: declared by each analysis, followed through what it reads of others.

An analysis declares in ``READS`` the tables of a case that it opens, the derived tables of other analyses, and the files
that its settings name. :func:`rests_on` makes of that a description of everything that can change its findings; what is
kept (derived tables, the findings of a tracker) is kept under it. A declaration that leaves a table out would keep
findings that no longer hold: ``tests/analyses/test_reads.py`` watches what every analysis opens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from undertow.analyses.base import Controlled, Parameters, control_case, prepared_settings
from undertow.schema import TABLES
from undertow.storage import sha256_of

if TYPE_CHECKING:
    from undertow.case import Case

Files = Callable[["Case", Any], Iterable[Path]]
"""The files, or folders, that an analysis's parameters name; also those that are not there (yet)."""

_ASIDE = frozenset({"engine", "control", "asked"})
"""Parameters that are no part of what findings rest on: engines agree, of a control counts what is in it, and of
the settings of others only those of the analyses that are read."""


def named(*names: str | None) -> list[Path]:
    """The files that settings name, seen from where the command runs."""
    return [Path(name) for name in names if name is not None]


def _no_files(_case: Case, _parameters: Parameters) -> Iterable[Path]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Reads:
    """What an analysis reads beside its settings.

    ``tables`` are those of the case (:data:`undertow.schema.TABLES`) that its steps and queries open, the evidence of its
    findings included; ``derived`` the tables of other analyses (``coordination.groups``), whose own ``READS`` hold for
    them; ``files`` says which files the settings name. Raises ValueError for a table that does not exist.
    """

    tables: frozenset[str]
    derived: tuple[str, ...] = ()
    files: Files = _no_files

    def __post_init__(self) -> None:
        if unknown := self.tables - set(TABLES):
            raise ValueError(f"there is no table {', '.join(sorted(unknown))}")


def rests_on(case: Case, name: str, parameters: Parameters) -> dict[str, object]:
    """Everything that findings and derived tables of the analysis ``name`` depend on, JSON-ready, but for the program.

    ``parameters`` are the analysis's own. Parts are named by what they hold, files stand with their SHA-256. A condition
    on posts may read any table in a sub-query: with one, all tables count. Raises what opening the control raises.
    """
    from undertow.analyses import load

    reads = load(name).READS
    tables = frozenset(TABLES) if _has_condition(parameters) else reads.tables
    control = control_case(case, parameters) if isinstance(parameters, Controlled) else None
    others = sorted({table.partition(".")[0] for table in reads.derived})
    return {
        "parts": _parts(case, tables),
        "settings": {f.name: repr(getattr(parameters, f.name)) for f in fields(parameters) if f.name not in _ASIDE},
        "files": {str(path): _content(path) for path in reads.files(case, parameters)},
        "control": None if control is None else _control(control),
        "derived": {other: rests_on(case, other, as_read(case, other, parameters)) for other in others},
    }


def as_read(
    case: Case, name: str, parameters: Parameters, settings: Mapping[str, object] | None = None
) -> Parameters:
    """The parameters of the analysis ``name`` when another, with ``parameters``, reads what it publishes.

    Scope, engine, seed and control are the reader's; the settings those of the command, over those of ``case.toml``;
    ``settings`` (``name.setting``) come before both. Raises :class:`UsageError` for a setting that does not exist.
    """
    from undertow.analyses import load

    type_ = load(name).Parameters
    stated: dict[str, object] = {}
    if isinstance(parameters, Controlled) and parameters.control and issubclass(type_, Controlled):
        stated = {f"{name}.control": parameters.control}
    stated |= {**parameters.asked, **(settings or {})}
    own: dict[str, Any] = prepared_settings(case, name, stated)
    return type_(
        scope=parameters.scope, engine=parameters.engine, seed=parameters.seed, asked=parameters.asked, **own
    )


def _has_condition(parameters: Parameters) -> bool:
    stated = (f.name for f in fields(parameters) if f.metadata.get("condition"))
    return parameters.scope.where is not None or any(getattr(parameters, name) is not None for name in stated)


def _parts(case: Case, tables: Iterable[str]) -> dict[str, list[str]]:
    """The names of the parts, which are hashes of what they hold."""
    return {table: sorted(path.name for path in case.parts(table)) for table in sorted(tables)}


def _control(control: Case) -> dict[str, object]:
    """A control is read by the same analyses, with the settings of its own ``case.toml``."""
    return {"parts": _parts(control, TABLES), "settings": repr(control.settings.get("parameters", {}))}


def _content(path: Path) -> str | None:
    """The hash of a file, or of all files in a folder; None where there is neither."""
    if path.is_file():
        return sha256_of(path)
    if not path.is_dir():
        return None
    files = sorted(file for file in path.iterdir() if file.is_file())
    return hashlib.sha256("".join(f"{file.name} {sha256_of(file)}\n" for file in files).encode()).hexdigest()
