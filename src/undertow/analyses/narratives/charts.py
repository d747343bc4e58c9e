"""The pictures of narratives, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, intervals_by, shares_by, spec


def shares(rows: Sequence[Row], title: str, description: str) -> Spec:
    """Shares with intervals; ``rows`` have theme, share, low, high, posts."""
    axis = {"title": "share of own posts", "axis": {"format": "%"}, "scale": {"zero": True}}
    return shares_by("theme", rows, title, description, axis=axis, tooltip=[{"field": "posts", "format": ","}])


def over_time(rows: Sequence[Row], description: str) -> Spec:
    """The themes' shares by period; ``rows`` have period (UTC), theme, posts, share."""
    order = list(dict.fromkeys(row["theme"] for row in rows))
    return spec(
        "What is spoken of, over time",
        description,
        rows,
        height=260,
        mark={"type": "area"},
        encoding={
            "x": {
                "field": "period",
                "type": "temporal",
                "title": "beginning of the period (UTC)",
                "scale": {"type": "utc"},
            },
            "y": {
                "field": "posts",
                "type": "quantitative",
                "stack": "normalize",
                "title": "share of posts in a theme",
                "axis": {"format": "%"},
            },
            "color": {"field": "theme", "type": "nominal", "sort": order, "title": "theme"},
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": [
                {"field": "period", "type": "temporal"},
                {"field": "theme"},
                {"field": "posts", "format": ",.0f"},
                {"field": "share", "format": ".1%"},
            ],
        },
    )


def words(rows: Sequence[Row], description: str) -> Spec:
    """Log-odds of words with intervals; ``rows`` have word, log_odds, low, high, group."""
    return intervals_by(
        "word",
        "log_odds",
        rows,
        "Words that mark the two groups",
        description,
        axis={"title": "log-odds, A against B"},
        tooltip=[{"field": "word"}, {"field": "log_odds"}],
    )
