"""What the columns of findings' result tables mean, for data dictionaries and for what is published."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from undertow.schema import data_dictionary


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("undertow").joinpath("result_columns.toml").read_text(encoding="utf-8"))


@cache
def _canonical() -> Mapping[str, tuple[str, str | None]]:
    return {column.name: (column.meaning, column.unit) for _, column in data_dictionary()}


def meaning(table: str, column: str) -> tuple[str | None, str | None]:
    """What ``column`` of a result table means, and its unit; None where nobody has written it down.

    What follows a ``-`` in a table's name tells it from another of the same kind, and is no part of the look-up.

    >>> meaning("coordination_edges", "window_s")
    ('window within which two actions co-act', 'seconds')
    """
    document = _document()
    for name in (f"{table.partition('-')[0]}.{column}", column):
        if name in document["meaning"]:
            return document["meaning"][name], document["unit"].get(name)
    return _canonical().get(column, (None, None))


def holds_program_words(column: str) -> bool:
    """Whether a column holds words of the program only, and never any of a post or a profile."""
    return column in _document()["words"]["columns"]
