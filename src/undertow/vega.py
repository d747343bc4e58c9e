"""The frame of every picture: Vega-Lite with its data in it; the report gives it its look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]
Row = Mapping[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def spec(title: str, description: str, rows: Sequence[Row] | None, **parts: Any) -> Spec:
    """A picture of ``rows`` as wide as its page; ``description`` says in words what it shows.

    Without ``rows`` the parts bring data of their own.
    """
    data = {} if rows is None else {"data": {"values": [dict(row) for row in rows]}}
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description,
        "width": "container",
        **data,
        **parts,
    }
