"""Where engines differ: one small class each, whose default says "engine X cannot do Y".

Portable SQL is written in DuckDB's dialect plus the functions below; sqlglot parses, quotes and translates it.
That is not the guarantee that engines agree: the shared suite in ``tests/engines`` is.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import sqlglot
from sqlglot import exp

from undertow.errors import EngineError


class Dialect:
    """How one engine says what portable SQL says.

    Portable SQL has two functions of its own, ``floor_div(a, b)`` and ``floor_mod(a, b)``: BIGINTs, rounded towards
    minus infinity, where ``b`` is a positive integer literal or parameter.
    """

    name = ""
    sqlglot_name = ""
    _integer_division = ""

    def _cannot(self, what: str) -> EngineError:
        return EngineError(f"the engine {self.name} cannot do {what}", todo="use --engine duckdb")

    def floor_div(self, dividend: str, divisor: int) -> str:
        """Integer division rounded down, for a positive divisor."""
        if not self._integer_division:
            raise self._cannot("floor_div")
        whole = f"CAST({dividend} AS BIGINT)"  # engines divide towards zero: one less where something is left over
        return (
            f"({whole} {self._integer_division} {divisor} - "
            f"CASE WHEN {whole} % {divisor} < 0 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END)"
        )

    def floor_mod(self, dividend: str, divisor: int) -> str:
        """The remainder that belongs to :meth:`floor_div`: never negative."""
        return f"((CAST({dividend} AS BIGINT) % {divisor} + {divisor}) % {divisor})"

    def microseconds(self, column: str) -> str:
        """A time column as BIGINT microseconds since 1970, UTC."""
        raise self._cannot("microseconds")

    def exploded(self, table: str, column: str, fields: Mapping[str, str]) -> str:
        """SQL with one row for each element of a list column: platform, post_id, position (from 0), ``fields``.

        ``fields`` maps output name -> field of the struct elements, or "" for elements that are scalars.
        """
        raise self._cannot("exploded")

    def type_name(self, type_: pa.DataType) -> str:
        """The engine's name of an Arrow type that portable tables have."""
        if pa.types.is_int64(type_):
            return "BIGINT"
        if pa.types.is_int32(type_):
            return "INTEGER"
        if pa.types.is_float64(type_):
            return "DOUBLE"
        if pa.types.is_string(type_):
            return "STRING"
        raise self._cannot(f"columns of type {type_}")

    def translate(self, tree: exp.Expression) -> str:
        """The engine's SQL for portable SQL.

        Raises :class:`EngineError` where ``floor_div`` or ``floor_mod`` are not given a positive integer.
        """
        return str(self._rewritten(tree).sql(dialect=self.sqlglot_name, comments=False))

    def _rewritten(self, tree: exp.Expression) -> exp.Expression:
        def rewrite(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Anonymous) and node.name.lower() in ("floor_div", "floor_mod"):
                name = node.name.lower()
                dividend = self._rewritten(node.expressions[0]).sql(dialect=self.sqlglot_name)
                made = getattr(self, name)(dividend, _positive(name, node.expressions))
                return sqlglot.parse_one(made, read=self.sqlglot_name)
            return node

        return tree.transform(rewrite)


def _positive(function: str, arguments: list[exp.Expression]) -> int:
    """The divisor, the second of two ``arguments``; engines disagree about all but positive ones."""
    divisor = arguments[1] if len(arguments) == 2 else None
    while isinstance(divisor, (exp.Cast, exp.Paren)):
        divisor = divisor.this
    if not isinstance(divisor, exp.Literal) or not divisor.is_int or int(divisor.this) <= 0:
        raise EngineError(
            f"{function} takes a number and a positive integer",
            where=f"{function}({', '.join(argument.sql(dialect='duckdb') for argument in arguments)})",
            todo=f"write for example: {function}(created_us, 3600000000)",
        )
    return int(divisor.this)


class DuckDBDialect(Dialect):
    """The embedded DuckDB."""

    name = "duckdb"
    sqlglot_name = "duckdb"
    _integer_division = "//"

    def microseconds(self, column: str) -> str:
        return f"epoch_us({column})"

    def exploded(self, table: str, column: str, fields: Mapping[str, str]) -> str:
        picked = ", ".join(f"(e){'.' + field if field else ''} AS {name}" for name, field in fields.items())
        return (
            f"SELECT platform, post_id, CAST(position AS BIGINT) AS position, {picked} FROM (SELECT platform, "
            f"post_id, unnest({column}) AS e, unnest(range(len({column}))) AS position FROM {table})"
        )


class SparkDialect(Dialect):
    """Spark SQL in ANSI mode, session time zone UTC."""

    name = "spark"
    sqlglot_name = "spark"
    _integer_division = "DIV"

    def microseconds(self, column: str) -> str:
        return f"unix_micros({column})"

    def exploded(self, table: str, column: str, fields: Mapping[str, str]) -> str:
        picked = ", ".join(f"e{'.' + field if field else ''} AS {name}" for name, field in fields.items())
        return (
            f"SELECT platform, post_id, CAST(position AS BIGINT) AS position, {picked} FROM {table} "
            f"LATERAL VIEW posexplode({column}) exploded AS position, e"
        )
