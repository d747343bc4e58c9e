"""The pictures of second lives, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, shares_by, spec


def timelines(rows: Sequence[Row], languages: Sequence[str], description: str) -> Spec:
    """The lives of accounts as bars; ``rows`` have account_id, first, last, language, client, content, posts, replaced."""
    order = list(dict.fromkeys(row["account_id"] for row in rows))
    y = {"field": "account_id", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 120}}
    return spec(
        "Lives of the accounts that stand out most",
        description,
        rows,
        height={"step": 16},
        mark={"type": "bar", "height": 9},
        encoding={
            "y": y,
            "x": {"field": "first", "type": "temporal", "title": None},
            "x2": {"field": "last"},
            "color": {
                "field": "language",
                "type": "nominal",
                "title": "main language",
                "sort": list(languages),
                "scale": {"domain": list(languages)},
            },
            "tooltip": [
                {"field": "account_id", "title": "account"},
                {"field": "first", "type": "temporal", "title": "from"},
                {"field": "last", "type": "temporal", "title": "to"},
                {"field": "posts", "format": ","},
                {"field": "language"},
                {"field": "client"},
                {"field": "content", "title": "posted then"},
                {"field": "replaced", "title": "replaced at its beginning"},
            ],
        },
    )


def over_time(rows: Sequence[Row], unit: str, description: str) -> Spec:
    """Changes over time; ``rows`` have period (a day), changes, part (words: in a wave or not)."""
    return spec(
        f"Changes of hands by {unit}",
        description,
        rows,
        height=200,
        mark={"type": "bar"},
        encoding={
            "x": {"field": "period", "type": "temporal", "title": None},
            "y": {"field": "changes", "type": "quantitative", "title": "accounts", "axis": {"tickMinStep": 1}},
            "color": {"field": "part", "type": "nominal", "title": None},
            "tooltip": [
                {"field": "period", "type": "temporal", "title": f"{unit} of"},
                {"field": "part"},
                {"field": "changes", "title": "accounts"},
            ],
        },
    )


def earlier(rows: Sequence[Row], order: Sequence[str], description: str) -> Spec:
    """Earlier lives by language and content; ``rows`` have language, content, lives."""
    return spec(
        "What the accounts were before",
        description,
        rows,
        height={"step": 22},
        mark="bar",
        encoding={
            "y": {"field": "language", "type": "nominal", "sort": "-x", "title": "language before"},
            "x": {"field": "lives", "type": "quantitative", "title": "earlier lives", "axis": {"tickMinStep": 1}},
            "color": {
                "field": "content",
                "type": "nominal",
                "title": "posted then",
                "scale": {"domain": list(order)},
            },
            "tooltip": [{"field": "language"}, {"field": "content", "title": "posted then"}, {"field": "lives"}],
        },
    )


def aspects(rows: Sequence[Row], description: str) -> Spec:
    """Shares of accounts with each aspect replaced; ``rows`` have aspect, examined, replaced, share, low, high."""
    return shares_by(
        "aspect",
        rows,
        "What was replaced at the accounts\u2019 strongest moments",
        description,
        axis={"title": "share of the accounts examined", "axis": {"format": ".0%"}},
        tooltip=[{"field": "examined", "format": ","}, {"field": "replaced", "format": ","}],
    )
