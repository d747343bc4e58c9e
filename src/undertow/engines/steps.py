"""Portable steps: named SQL with its inputs and outputs stated, the only SQL that runs on every engine.

A step is written in DuckDB's dialect with the constructs listed in ``portable_constructs.txt`` (a test reads
every step for others) and with parameters as ``$name``. What engines disagree about is not written in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources

import pyarrow as pa
import sqlglot
from sqlglot import exp

from undertow.engines.portable import PORTABLE_TABLES

Value = int | float | str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One query.

    ``inputs`` names the portable tables, or earlier steps (by their ``table``), that it reads; ``output`` states
    its columns; ``parameters`` the type of each ``$name``.
    """

    name: str
    sql: str
    inputs: tuple[str, ...]
    output: pa.Schema
    parameters: Mapping[str, type[Value]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The name under which later steps read its result."""
        return self.name.replace(".", "_")

    @cached_property
    def tree(self) -> exp.Expression:
        """The parsed SQL."""
        return sqlglot.parse_one(self.sql, read="duckdb")

    def bound(self, parameters: Mapping[str, Value]) -> exp.Expression:
        """The parsed SQL with its parameters as literals; TypeError for a missing, unknown or mistyped one."""
        if set(parameters) != set(self.parameters):
            raise TypeError(f"{self.name} takes {sorted(self.parameters)}, not {sorted(parameters)}")
        for name, type_ in self.parameters.items():
            if type(parameters[name]) is not type_:
                raise TypeError(f"{self.name}: {name} must be {type_.__name__}, not {parameters[name]!r}")

        def bind(node: exp.Expression) -> exp.Expression:
            if isinstance(node, (exp.Placeholder, exp.Parameter)):
                return exp.convert(parameters[node.name])
            return node

        return self.tree.transform(bind)


_STEPS: dict[str, Step] = {}


def register(step: Step) -> Step:
    """Enter ``step`` into the registry; ValueError when its name is taken or it reads what nobody provides."""
    if step.name in _STEPS:
        raise ValueError(f"there is a step {step.name} already")
    known = {*PORTABLE_TABLES, *(other.table for other in _STEPS.values())}
    unknown = [name for name in step.inputs if name not in known]
    if unknown:
        raise ValueError(f"{step.name} reads {', '.join(unknown)}, which is neither a table nor an earlier step")
    _STEPS[step.name] = step
    return step


def steps() -> Mapping[str, Step]:
    """All registered steps of the analyses, by name."""
    from undertow.analyses import load_all

    load_all()
    return dict(_STEPS)


def portable_constructs() -> frozenset[str]:
    """The kinds of syntax that the shared suite has proved equal on every engine."""
    text = resources.files("undertow.engines").joinpath("portable_constructs.txt").read_text(encoding="utf-8")
    return frozenset(line.split("#")[0].strip() for line in text.splitlines()) - {""}


def unproved(tree: exp.Expression) -> list[str]:
    """The kinds of syntax in ``tree`` that are not in the list, in order."""
    allowed = portable_constructs()
    found = []
    for node in tree.walk():
        kind = f"Anonymous:{node.name.lower()}" if isinstance(node, exp.Anonymous) else type(node).__name__
        if kind not in allowed and kind not in found:
            found.append(kind)
    return found
