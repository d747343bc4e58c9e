"""The pictures of text families, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, intervals_by, spec


def over_time(rows: Sequence[Row], description: str) -> Spec:
    """Copies by month; ``rows`` have month (UTC), copied, posts, share."""
    return spec(
        "Own posts that repeat another account's words",
        description,
        rows,
        height=200,
        mark={"type": "line", "point": True},
        encoding={
            "x": {"field": "month", "type": "temporal", "title": "month (UTC)", "scale": {"type": "utc"}},
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "share of own posts",
                "axis": {"format": ".0%"},
                "scale": {"zero": True},
            },
            "tooltip": [
                {"field": "month"},
                {"field": "copied", "format": ","},
                {"field": "posts", "title": "own posts", "format": ","},
                {"field": "share", "format": ".1%"},
            ],
        },
    )


def families(rows: Sequence[Row], description: str) -> Spec:
    """When families were posted; ``rows`` have family, first, half, last (UTC), posts, accounts."""
    return intervals_by(
        "family",
        "half",
        rows,
        "When the largest families were posted",
        description,
        axis={
            "type": "temporal",
            "title": "first post, half of the posts, last post (UTC)",
            "scale": {"type": "utc"},
        },
        tooltip=[
            {"field": "family"},
            {"field": "posts", "format": ","},
            {"field": "accounts", "format": ","},
            {"field": "template"},
        ],
        ends=("first", "last"),
        name="family",
    )


def languages(rows: Sequence[Row], description: str) -> Spec:
    """Posts by language; ``rows`` have language, told (words), posts."""
    order = list(dict.fromkeys(row["language"] for row in rows))
    return spec(
        "Own posts by language",
        description,
        rows,
        height={"step": 20},
        mark="bar",
        encoding={
            "y": {"field": "language", "type": "nominal", "sort": order, "title": None},
            "x": {"field": "posts", "type": "quantitative", "title": "own posts"},
            "color": {"field": "told", "type": "nominal", "title": "known from"},
            "tooltip": [{"field": "language"}, {"field": "told"}, {"field": "posts", "format": ","}],
        },
    )
