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


def shares_by(
    field: str,
    rows: Sequence[Row],
    title: str,
    description: str,
    *,
    axis: Mapping[str, Any],
    tooltip: Sequence[Row],
) -> Spec:
    """A share with its interval for each row, in their order; ``rows`` have ``field``, share, low, high.

    ``axis`` describes the shares' axis; ``tooltip`` lists what is shown of a row beside its name and share.
    """
    y = {"field": field, "type": "nominal", "sort": [row[field] for row in rows], "title": None}
    x = {"type": "quantitative", **axis}
    return spec(
        title,
        description,
        rows,
        height={"step": 22},
        layer=[
            {
                "mark": {"type": "rule", "style": "interval"},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "style": "estimate"},
                "encoding": {
                    "y": y,
                    "x": {"field": "share", **x},
                    "tooltip": [{"field": field}, *tooltip, {"field": "share", "format": ".1%"}],
                },
            },
        ],
    )
