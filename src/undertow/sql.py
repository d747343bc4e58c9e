"""Quoting for SQL, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def literal(text: str) -> str:
    """``text`` as an SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def one_of(names: Iterable[tuple[str, str]], column: str) -> str:
    """The condition that a row is one of ``names`` (platform, id), by the ids in ``column``: for evidence.

    >>> one_of([("b", "2"), ("a", "3"), ("a", "1")], "post_id")
    "(platform = 'a' AND post_id IN ('1', '3')) OR (platform = 'b' AND post_id IN ('2'))"
    >>> one_of([], "post_id")
    'FALSE'
    """
    ids: dict[str, set[str]] = {}
    for platform, name in names:
        ids.setdefault(platform, set()).add(name)
    return (
        " OR ".join(
            f"(platform = {literal(platform)} AND {column} IN ({', '.join(map(literal, sorted(of_platform)))}))"
            for platform, of_platform in sorted(ids.items())
        )
        or "FALSE"
    )


def identifier(name: str) -> str:
    """``name`` as a quoted SQL identifier.

    >>> print(identifier("kind"))
    "kind"
    """
    return '"' + name.replace('"', '""') + '"'


def file_name(path: Path | str) -> str:
    """``path`` as an SQL string that names this one file.

    DuckDB takes ``*``, ``?`` and ``[`` for patterns, and a leading ``~`` for the home folder.

    >>> file_name("/data/export[1].csv")
    "'/data/export[[]1].csv'"
    """
    escaped = "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
    return literal(f"./{escaped}" if escaped.startswith("~") else escaped)
