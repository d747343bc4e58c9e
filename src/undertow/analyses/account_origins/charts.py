"""The pictures of account origins, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, spec


def registrations(weeks: Sequence[Row], bursts: Sequence[Row], unit: str) -> Spec:
    """Registrations a week (rows: week, accounts), and the bursts (week, accounts, when, expected) above them."""
    x = {"field": "week", "type": "temporal", "title": "registered"}
    y = {"field": "accounts", "type": "quantitative", "title": "accounts"}
    rows = [{**row, "what": "registrations a week"} for row in weeks]
    points = [{**row, "what": f"burst of {unit}s"} for row in bursts]
    colour = {"field": "what", "type": "nominal", "title": None}
    return spec(
        "When the accounts were registered",
        f"Accounts registered a week, {len(weeks)} weeks; "
        + (
            f"{len(bursts)} bursts of {unit}s beyond chance are marked." if bursts else "no burst is beyond chance."
        ),
        [*rows, *points],
        height=200,
        layer=[
            {
                "transform": [{"filter": "datum.what == 'registrations a week'"}],
                "mark": {"type": "area", "interpolate": "step-after"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "transform": [{"filter": "datum.what != 'registrations a week'"}],
                "mark": {"type": "point", "filled": True, "size": 80},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "tooltip": [
                        {"field": "when", "title": "burst"},
                        {"field": "accounts", "format": ","},
                        {"field": "expected", "format": ".1f"},
                    ],
                },
            },
        ],
    )


def shares(rows: Sequence[Row], title: str, description: str) -> Spec:
    """Shares of accounts side by side; rows: what, set, share, low, high."""
    order = list(dict.fromkeys(row["what"] for row in rows))
    x = {"type": "quantitative", "title": "share of accounts", "axis": {"format": ".0%"}}
    y = {"field": "what", "type": "nominal", "sort": order, "title": None}
    offset = {"field": "set", "type": "nominal"}
    colour = {"field": "set", "type": "nominal", "title": None}
    return spec(
        title,
        description,
        rows,
        height={"step": 14},
        layer=[
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "y": y,
                    "yOffset": offset,
                    "x": {"field": "low", **x},
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60},
                "encoding": {
                    "y": y,
                    "yOffset": offset,
                    "x": {"field": "share", **x},
                    "color": colour,
                    "tooltip": [
                        {"field": "what"},
                        {"field": "set"},
                        {"field": "share", "format": ".1%"},
                        {"field": "accounts", "format": ","},
                    ],
                },
            },
        ],
    )
