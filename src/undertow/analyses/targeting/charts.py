"""The pictures of targeting, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, spec


def bars(rows: Sequence[Row], name: str, title: str, description: str) -> Spec:
    """Posts by the field ``name``; ``rows`` have it, posts, accounts."""
    return spec(
        title,
        description,
        rows,
        height={"step": 20},
        mark="bar",
        encoding={
            "y": {"field": name, "type": "nominal", "sort": "-x", "title": None},
            "x": {"field": "posts", "type": "quantitative", "title": "own posts"},
            "tooltip": [
                {"field": name},
                {"field": "posts", "format": ","},
                {"field": "accounts", "format": ","},
            ],
        },
    )


def hours(rows: Sequence[Row], description: str) -> Spec:
    """Share of posts by hour; ``rows`` have language, hour (UTC), share."""
    return spec(
        "Hours of posts by language",
        description,
        rows,
        height=200,
        mark={"type": "line"},
        encoding={
            "x": {"field": "hour", "type": "quantitative", "title": "hour (UTC)", "scale": {"domain": [0, 23]}},
            "y": {"field": "share", "type": "quantitative", "title": "share of posts", "axis": {"format": "%"}},
            "color": {"field": "language", "type": "nominal", "title": "language"},
            "tooltip": [{"field": "language"}, {"field": "hour"}, {"field": "share", "format": ".1%"}],
        },
    )
