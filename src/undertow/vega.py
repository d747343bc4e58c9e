"""The frame of every picture: Vega-Lite with its data in it; the report gives it its look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]
Row = Mapping[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def spec(title: str, description: str, rows: Sequence[Row] | None, **parts: Any) -> Spec:
    """A picture of ``rows`` as wide as its page; ``description`` says in words what it shows.

    Without ``rows`` the parts bring data of their own. Facets have the width that their parts state.
    """
    data = {} if rows is None else {"data": {"values": [dict(row) for row in rows]}}
    width = {} if "facet" in parts else {"width": "container"}
    return {"$schema": SCHEMA, "title": title, "description": description, **width, **data, **parts}


def intervals_by(
    field: str,
    value: str,
    rows: Sequence[Row],
    title: str,
    description: str,
    *,
    axis: Mapping[str, Any],
    tooltip: Sequence[Row],
    ends: tuple[str, str] = ("low", "high"),
    name: str | None = None,
    step: int = 20,
) -> Spec:
    """An interval with a point in it for each row, in their order; ``rows`` have ``field``, ``value`` and both ``ends``.

    ``axis`` describes the axis of the values, ``name`` is the title of the rows; ``step`` is a row's height in pixels.
    """
    y = {"field": field, "type": "nominal", "sort": [row[field] for row in rows], "title": name}
    x = {"type": "quantitative", **axis}
    low, high = ends
    return spec(
        title,
        description,
        rows,
        height={"step": step},
        layer=[
            {
                "mark": {"type": "rule", "style": "interval"},
                "encoding": {"y": y, "x": {"field": low, **x}, "x2": {"field": high}},
            },
            {
                "mark": {"type": "point", "style": "estimate"},
                "encoding": {"y": y, "x": {"field": value, **x}, "tooltip": list(tooltip)},
            },
        ],
    )


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
    shown = [{"field": field}, *tooltip, {"field": "share", "format": ".1%"}]
    return intervals_by(field, "share", rows, title, description, axis=axis, tooltip=shown, step=22)
