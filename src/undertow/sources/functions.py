"""Python functions that the readers' SQL calls, over Arrow batches: what engines would do differently."""

from __future__ import annotations

import ast
from collections.abc import Callable

import duckdb
import pyarrow as pa
from duckdb import sqltypes as types
from duckdb.func import FunctionNullHandling, PythonUDFType

from undertow.sources.languages import bcp47, by_name


def _each_distinct(function: Callable[[str | None], str | None]) -> Callable[[pa.Array], pa.Array]:
    def apply(values: pa.Array) -> pa.Array:
        known: dict[str | None, str | None] = {}
        result = []
        for value in values.to_pylist():
            if value not in known:
                known[value] = function(value)
            result.append(known[value])
        return pa.array(result, pa.string())

    return apply


def python_list(text: str) -> list[str] | None:
    """The elements of a list as Python prints it, as texts; null when it is none.

    >>> python_list("['a', 12]"), python_list("[a, b]")
    (['a', '12'], None)
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return [str(element) for element in value] if isinstance(value, list | tuple) else None


def _lists(values: pa.Array) -> pa.Array:
    return pa.array([None if v is None else python_list(v) for v in values.to_pylist()], pa.list_(pa.string()))


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``bcp47``, ``language_by_name`` and ``python_list`` known to ``connection``."""
    text, texts = types.VARCHAR, duckdb.list_type(types.VARCHAR)
    for name, function, result in (
        ("bcp47", _each_distinct(bcp47), text),
        ("language_by_name", _each_distinct(by_name), text),
        ("python_list", _lists, texts),
    ):
        connection.create_function(
            name, function, [text], result, type=PythonUDFType.ARROW, null_handling=FunctionNullHandling.SPECIAL
        )
