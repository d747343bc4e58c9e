"""Portable steps: named SQL with its inputs and outputs stated, the only SQL that runs on every engine.

A step is written in DuckDB's dialect with the constructs listed in ``portable_constructs.txt`` (a test reads
every step for others) and with parameters as ``$name``. What engines disagree about is not written in SQL.
"""

from __future__ import annotations

import math
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
            return _literal(parameters[node.name]) if isinstance(node, exp.Placeholder) else node

        return self.tree.transform(bind)


def _literal(value: Value) -> exp.Expression:
    """``value`` as SQL of one type on every engine: a bare 0.5 is a decimal, a bare 1 a 32-bit integer."""
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"a parameter must be a finite number, not {value!r}")
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
    if not -(2**63) <= value < 2**63:
        raise TypeError(f"a parameter must fit 64 bits, and {value} does not")
    return exp.cast(exp.convert(value), "BIGINT")


_STEPS: dict[str, Step] = {}


def register(step: Step) -> Step:
    """Enter ``step`` into the registry.

    Raises ValueError when its name is taken, when it reads what nobody provides, or when what it states about its
    inputs and parameters is not what its SQL says.
    """
    if step.name in _STEPS:
        raise ValueError(f"there is a step {step.name} already")
    known = {*PORTABLE_TABLES, *(other.table for other in _STEPS.values())}
    unknown = [name for name in step.inputs if name not in known]
    if unknown:
        raise ValueError(f"{step.name} reads {', '.join(unknown)}, which is neither a table nor an earlier step")
    named = {node.name for node in step.tree.find_all(exp.Placeholder)}
    if named != set(step.parameters):
        raise ValueError(
            f"{step.name} states the parameters {sorted(step.parameters)}, and its SQL {sorted(named)}"
        )
    own = {cte.alias_or_name for cte in step.tree.find_all(exp.CTE)}
    read = {table.name for table in step.tree.find_all(exp.Table)} - own
    if read != set(step.inputs):
        raise ValueError(f"{step.name} states the inputs {sorted(step.inputs)}, and its SQL {sorted(read)}")
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


def kind(node: exp.Expression) -> str:
    """What ``portable_constructs.txt`` calls a node: its class, with what changes its meaning between engines.

    ``Cast:Sum:BIGINT`` casts a sum to BIGINT, ``Join:LEFT`` is a left join, ``Anonymous:floor_div`` the function.
    """
    if isinstance(node, exp.Anonymous):
        return f"Anonymous:{node.name.lower()}"
    if isinstance(node, exp.Cast):
        return f"{type(node).__name__}:{type(node.this).__name__}:{node.to.sql(dialect='duckdb')}"
    if isinstance(node, exp.Join):
        words = [word for word in (node.side, node.kind, node.method) if word]
        return ":".join(["Join", *words])
    return type(node).__name__


def unproved(tree: exp.Expression) -> list[str]:
    """The kinds of syntax in ``tree`` that are not in the list, in order."""
    allowed = portable_constructs()
    return list(dict.fromkeys(name for node in tree.walk() if (name := kind(node)) not in allowed))
