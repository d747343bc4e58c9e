"""Fields of JSON objects as the types that they must have; a field of another type breaks its record.

Absent and null are the same: unknown. Nothing is guessed, so nothing is silently changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from undertow.sources.jsonl_records import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]

_LARGEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_DAY = 86_400_000_000


TOO_DEEP = "nested too deeply to be read"


class BrokenRecordError(ValueError):
    """A record that cannot be read; its text is the reason that quarantine gives."""


def _wrong(key: str, value: JsonValue, expected: str) -> BrokenRecordError:
    shown = repr(value)
    return BrokenRecordError(f"{key} is {shown[:40]}{'...' if len(shown) > 40 else ''}, {expected} was expected")


def object_at(parent: JsonObject, key: str) -> JsonObject | None:
    """The object under ``key``."""
    value = parent.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise _wrong(key, value, "an object")


def objects_at(parent: JsonObject | None, key: str) -> list[JsonObject]:
    """The list of objects under ``key``; empty when there is none."""
    value = parent.get(key) if parent else None
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(key, value, "a list")
    return list(_objects(key, value))


def _objects(key: str, values: list[JsonValue]) -> Iterator[JsonObject]:
    for value in values:
        if not isinstance(value, dict):
            raise _wrong(key, value, "a list of objects")
        yield value


def text_at(parent: JsonObject, key: str) -> str | None:
    """The text under ``key``; an empty text is unknown."""
    value = parent.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise _wrong(key, value, "text")


def texts_at(parent: JsonObject, key: str) -> list[str]:
    """The list of texts under ``key``; empty when there is none."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(key, value, "a list")
    for element in value:
        if not isinstance(element, str):
            raise _wrong(key, element, "a list of texts")
    return [element for element in value if isinstance(element, str)]


def id_at(parent: JsonObject, key: str) -> str | None:
    """The id under ``key``, as text; the exact integer, or text. A float is never an exact id."""
    value = parent.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _wrong(key, value, "an id (text, or a whole number of at most 64 bits)")


def count_at(parent: JsonObject | None, key: str) -> int | None:
    """The count under ``key``; negative (as platforms write for unknown) is None."""
    value = parent.get(key) if parent else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value > _LARGEST:
        raise _wrong(key, value, "a count")
    return value if value >= 0 else None


def degrees(value: JsonValue, key: str, most: float) -> float:
    """A coordinate within plus or minus ``most``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise _wrong(key, value, f"degrees between -{most:g} and {most:g}")
    return float(value)


def iso_at(parent: JsonObject, key: str) -> int | None:
    """The ISO 8601 time under ``key`` in microseconds since 1970 UTC; without an offset it is UTC."""
    value = parent.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _wrong(key, value, "a time")
    try:
        return microseconds(datetime.fromisoformat(value))
    except ValueError as error:
        raise _wrong(key, value, "a time like 2021-04-01T15:52:31.000Z") from error


def microseconds(time: datetime) -> int:
    """A time in microseconds since 1970 UTC; without an offset it is UTC.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    offset = time.utcoffset()
    seconds = time.hour * 3600 + time.minute * 60 + time.second
    whole = (time.toordinal() - _EPOCH) * _DAY + seconds * 1_000_000 + time.microsecond
    return whole - (offset.days * 86400 + offset.seconds) * 1_000_000 if offset else whole
