"""Quoting for SQL, in one place."""

from __future__ import annotations


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
