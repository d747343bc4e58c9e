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
    """How one engine says what portable SQL says. ``floor_div`` and ``floor_mod`` round towards minus infinity."""

    name = ""
    sqlglot_name = ""

    def _cannot(self, what: str) -> EngineError:
        return EngineError(f"the engine {self.name} cannot do {what}", todo="use --engine duckdb")

    def floor_div(self, dividend: str, divisor: str) -> str:
        """Integer division rounded down, for a positive divisor."""
        raise self._cannot("floor_div")

    def floor_mod(self, dividend: str, divisor: str) -> str:
        """The remainder that belongs to :meth:`floor_div`: never negative."""
        return f"((({dividend}) % ({divisor}) + ({divisor})) % ({divisor}))"

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
        """The engine's SQL for portable SQL."""

        def rewrite(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Anonymous) and node.name.lower() in ("floor_div", "floor_mod"):
                made = getattr(self, node.name.lower())
                arguments = [argument.sql(dialect=self.sqlglot_name) for argument in node.expressions]
                return sqlglot.parse_one(made(*arguments), read=self.sqlglot_name)
            return node

        return str(tree.transform(rewrite).sql(dialect=self.sqlglot_name, comments=False))


class DuckDBDialect(Dialect):
    """DuckDB: ``//`` rounds towards zero, so the remainder is taken off first."""

    name = "duckdb"
    sqlglot_name = "duckdb"

    def floor_div(self, dividend: str, divisor: str) -> str:
        return f"((({dividend}) - {self.floor_mod(dividend, divisor)}) // ({divisor}))"

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

    def floor_div(self, dividend: str, divisor: str) -> str:
        return f"((({dividend}) - {self.floor_mod(dividend, divisor)}) DIV ({divisor}))"

    def microseconds(self, column: str) -> str:
        return f"unix_micros({column})"

    def exploded(self, table: str, column: str, fields: Mapping[str, str]) -> str:
        picked = ", ".join(f"e{'.' + field if field else ''} AS {name}" for name, field in fields.items())
        return (
            f"SELECT platform, post_id, CAST(position AS BIGINT) AS position, {picked} FROM {table} "
            f"LATERAL VIEW posexplode({column}) exploded AS position, e"
        )
