"""Quoting for SQL, in one place."""

from __future__ import annotations

from pathlib import Path


def literal(text: str) -> str:
    """``text`` as an SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


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
