"""Python functions that the readers' SQL calls, over Arrow batches: what engines would do differently."""

from __future__ import annotations

import ast
from collections.abc import Callable

import duckdb
import pyarrow as pa
from duckdb import sqltypes as types
from duckdb.func import FunctionNullHandling, PythonUDFType

from undertow.schema import LIST_OF_TEXT, REGIONS
from undertow.sources import ad_values
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


def _bounds(text: str | None) -> str | None:
    """A range as ``low..high`` (``low..`` without upper bound); ``?`` when it is none, null when there is none."""
    try:
        found = ad_values.bounds(text)
    except ValueError:
        return "?"
    return None if found is None else f"{found.low}..{'' if found.high is None else found.high}"


def _texts(values: pa.Array) -> pa.Array:
    return pa.array([None if v is None else ad_values.texts(v) for v in values.to_pylist()], LIST_OF_TEXT)


def _regions(values: pa.Array) -> pa.Array:
    """Null where a text holds no regions that can be read."""

    def read(text: str | None) -> list[dict[str, str | float | None]] | None:
        try:
            return ad_values.regions(text)
        except ValueError:
            return None

    return pa.array([read(v) for v in values.to_pylist()], REGIONS)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to ``connection``, under the names below."""
    text, texts = types.VARCHAR, duckdb.list_type(types.VARCHAR)
    region = duckdb.struct_type({"region": types.VARCHAR, "share": types.DOUBLE})
    for name, function, result in (
        ("bcp47", _each_distinct(bcp47), text),
        ("language_by_name", _each_distinct(by_name), text),
        ("python_list", _lists, texts),
        ("ad_bounds", _each_distinct(_bounds), text),
        ("ad_disclaimer", _each_distinct(ad_values.declared), text),
        ("ad_texts", _texts, texts),
        ("ad_regions", _regions, duckdb.list_type(region)),
    ):
        connection.create_function(
            name, function, [text], result, type=PythonUDFType.ARROW, null_handling=FunctionNullHandling.SPECIAL
        )
