"""The pictures of advertising."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, spec


def spend(rows: Sequence[Row], currency: str, description: str) -> Spec:
    """What pages spent, from where to where; ``rows`` have display_name, declared (words), spend_low, spend_high.

    A row whose ``spend_high`` is null has no upper bound: its line is dashed and goes on to the edge.
    """
    y = {"field": "display_name", "type": "nominal", "sort": None, "title": None}
    x = {"type": "quantitative", "title": f"spend, {currency}: from the least to the most possible"}
    colour = {"field": "declared", "type": "nominal", "title": None}
    tooltip = [
        {"field": "display_name", "title": "page"},
        {"field": "ads", "format": ","},
        {"field": "spend_low", "title": "least", "format": ","},
    ]
    return spec(
        f"Spend of pages on ads without a disclaimer ({currency})",
        description,
        rows,
        height={"step": 18},
        layer=[
            {
                "transform": [{"filter": "isValid(datum.spend_high)"}],
                "mark": {"type": "rule", "strokeWidth": 4},
                "encoding": {
                    "y": y,
                    "x": {"field": "spend_low", **x},
                    "x2": {"field": "spend_high"},
                    "color": colour,
                    "tooltip": [*tooltip, {"field": "spend_high", "title": "most", "format": ","}],
                },
            },
            {
                "transform": [{"filter": "!isValid(datum.spend_high)"}],
                "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [4, 3]},
                "encoding": {
                    "y": y,
                    "x": {"field": "spend_low", **x},
                    "x2": {"value": "width"},
                    "color": colour,
                    "tooltip": tooltip,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 30},
                "encoding": {"y": y, "x": {"field": "spend_low", **x}, "color": colour},
            },
        ],
    )


def delivery(rows: Sequence[Row], description: str) -> Spec:
    """When pages ran ads; ``rows`` have display_name, started, stopped (UTC days), declared (words)."""
    return spec(
        "When the ads ran",
        description,
        rows,
        height={"step": 18},
        mark={"type": "bar", "opacity": 0.6, "height": 9},
        encoding={
            "y": {"field": "display_name", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "started", "type": "temporal", "title": "day (UTC)", "scale": {"type": "utc"}},
            "x2": {"field": "stopped"},
            "color": {"field": "declared", "type": "nominal", "title": None},
            "tooltip": [
                {"field": "display_name", "title": "page"},
                {"field": "started"},
                {"field": "stopped"},
                {"field": "declared"},
            ],
        },
    )
