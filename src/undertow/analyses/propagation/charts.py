"""The pictures of propagation."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, spec


def matrix(rows: Sequence[Row], title: str, colour: str, description: str) -> Spec:
    """Ordered pairs of classes; ``rows`` have before (class and kind), follower, excess (share), result (words)."""
    return spec(
        title,
        description,
        rows,
        height={"step": 26},
        mark="rect",
        encoding={
            "x": {"field": "follower", "type": "nominal", "title": "the class that comes after"},
            "y": {"field": "before", "type": "nominal", "sort": None, "title": "the class before"},
            "color": {"field": "excess", "type": "quantitative", "title": colour, "scale": {"domainMid": 0}},
            "tooltip": [
                {"field": "before"},
                {"field": "follower"},
                {"field": "items", "format": ","},
                {"field": "seen", "format": ".1%"},
                {"field": "expected", "format": ".1%"},
                {"field": "result"},
            ],
        },
    )


def chains(rows: Sequence[Row], description: str) -> Spec:
    """The way of single objects; ``rows`` have object (label), hours (since the first act, at least 0.01), class."""
    y = {"field": "object", "type": "nominal", "sort": None, "title": None}
    x = {
        "field": "hours",
        "type": "quantitative",
        "title": "hours after the first post on it (logarithmic)",
        "scale": {"type": "log"},
    }
    return spec(
        "Chains: when each class took an object up",
        description,
        rows,
        height={"step": 22},
        layer=[
            {"mark": {"type": "line", "opacity": 0.5}, "encoding": {"y": y, "x": x, "detail": {"field": "object"}}},
            {
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {"field": "class", "type": "nominal", "title": "class"},
                    "tooltip": [
                        {"field": "object"},
                        {"field": "class"},
                        {"field": "time", "title": "first post (UTC)"},
                        {"field": "accounts", "title": "accounts of the class", "format": ","},
                    ],
                },
            },
        ],
    )
