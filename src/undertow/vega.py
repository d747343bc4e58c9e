"""The frame of every picture: Vega-Lite with its data in it; the report gives it its look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]
Row = Mapping[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def spec(title: str, description: str, rows: Sequence[Row], **parts: Any) -> Spec:
    """A picture of ``rows`` as wide as its page; ``description`` says in words what it shows."""
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description,
        "data": {"values": [dict(row) for row in rows]},
        "width": "container",
        **parts,
    }
