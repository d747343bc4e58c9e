"""What the JSON readers ask of a file's head to tell whose layout it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from undertow.sources.head import Head
from undertow.sources.json_fields import JsonObject


def objects(head: Head) -> Iterator[JsonObject]:
    """The first JSON objects of the file: its first values, or the elements of an array that they are."""
    for value in head.values:
        for element in value[:20] if isinstance(value, list) else [value]:
            if isinstance(element, dict):
                yield cast("JsonObject", element)


def marks(head: Head, keys: Iterable[str]) -> set[str]:
    """Which of ``keys`` stand as JSON keys (or strings) in the sample, for values too large to be in the head."""
    return {key for key in keys if f'"{key}"' in head.sample}
