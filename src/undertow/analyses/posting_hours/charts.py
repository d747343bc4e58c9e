"""The pictures of posting hours, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.analyses.posting_hours.wording import WEEKDAYS
from undertow.vega import Row, Spec, spec

RESULTS = ("the accounts' calendar", "beyond chance", "not beyond chance")
"""What a calendar's test came to, in the order of the colours."""


def heat_map(rows: Sequence[Row], clock: str, description: str) -> Spec:
    """Posts by hour and weekday; ``rows`` have weekday, hour, posts."""
    return spec(
        f"Posts by local hour ({clock})",
        description,
        rows,
        height=180,
        mark="rect",
        encoding={
            "x": {
                "field": "hour",
                "type": "ordinal",
                "title": f"hour of the day, {clock}",
                "axis": {"labelAngle": 0},
            },
            "y": {"field": "weekday", "type": "ordinal", "sort": list(WEEKDAYS), "title": None},
            "color": {"field": "posts", "type": "quantitative", "title": "posts"},
            "tooltip": [
                {"field": "weekday", "title": "day"},
                {"field": "hour", "title": "hour"},
                {"field": "posts", "format": ","},
            ],
        },
    )


def offsets(rows: Sequence[Row], description: str) -> Spec:
    """Office-hours share by UTC offset; ``rows`` have offset (hours), clock, share, low, high, compatible (words)."""
    x = {"field": "offset", "type": "quantitative", "title": "UTC offset in hours", "scale": {"domain": [-12, 14]}}
    share = {"format": ".0%"}
    return spec(
        "Share of posts in office hours, by UTC offset",
        description,
        rows,
        height=220,
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.25},
                "encoding": {
                    "x": x,
                    "y": {"field": "low", "type": "quantitative", "title": "share of posts", "axis": share},
                    "y2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "line"},
                "encoding": {"x": x, "y": {"field": "share", "type": "quantitative"}},
            },
            {
                "transform": [{"filter": "datum.compatible == 'compatible'"}],
                "mark": {"type": "point", "filled": True, "size": 60},
                "encoding": {
                    "x": x,
                    "y": {"field": "share", "type": "quantitative"},
                    "tooltip": [
                        {"field": "clock", "title": "offset"},
                        {"field": "share", "format": ".1%"},
                        {"field": "compatible", "title": "with the posts"},
                    ],
                },
            },
        ],
    )


def calendars(rows: Sequence[Row], description: str) -> Spec:
    """The effect of each calendar; ``rows`` have country, effect, low, high, result (words)."""
    order = [row["country"] for row in rows]
    y = {"field": "country", "type": "nominal", "sort": order, "title": None}
    x = {"type": "quantitative", "title": "0: like an ordinary weekday; 1: like a weekend day"}
    return spec(
        "Do the accounts rest on a country's public holidays?",
        description,
        rows,
        height={"step": 18},
        layer=[
            {"mark": "rule", "encoding": {"x": {"datum": 0}}},
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60},
                "encoding": {
                    "y": y,
                    "x": {"field": "effect", **x},
                    "color": {
                        "field": "result",
                        "type": "nominal",
                        "title": "result",
                        "scale": {"domain": list(RESULTS)},
                    },
                    "tooltip": [
                        {"field": "country"},
                        {"field": "effect", "format": ".2f"},
                        {"field": "p", "title": "p (corrected)", "format": ".2g"},
                        {"field": "blocks", "title": "holiday blocks"},
                    ],
                },
            },
        ],
    )


def around(rows: Sequence[Row], title: str, description: str) -> Spec:
    """Activity on the days around a break; ``rows`` have day (0: its first day), ratio, year."""
    return spec(
        title,
        description,
        rows,
        height=220,
        layer=[
            {"mark": "rule", "encoding": {"y": {"datum": 1}}},
            {
                "mark": {"type": "line", "point": True, "opacity": 0.7},
                "encoding": {
                    "x": {"field": "day", "type": "quantitative", "title": "days from the break's first day"},
                    "y": {
                        "field": "ratio",
                        "type": "quantitative",
                        "title": "active accounts, relative to the same weekday",
                    },
                    "color": {"field": "year", "type": "nominal", "title": "year"},
                    "tooltip": [
                        {"field": "date"},
                        {"field": "ratio", "format": ".2f"},
                        {"field": "active", "title": "active accounts", "format": ","},
                    ],
                },
            },
        ],
    )


def minutes(rows: Sequence[Row], unit: str, description: str) -> Spec:
    """Posts by minute of the hour (or second); ``rows`` have slot, share, expected, spike (words)."""
    return spec(
        f"Posts by {unit}",
        description,
        rows,
        height=200,
        layer=[
            {
                "mark": "bar",
                "encoding": {
                    "x": {"field": "slot", "type": "ordinal", "title": unit, "axis": {"labelAngle": 0}},
                    "y": {
                        "field": "share",
                        "type": "quantitative",
                        "title": "share of posts",
                        "axis": {"format": ".1%"},
                    },
                    "color": {"field": "spike", "type": "nominal", "title": None},
                    "tooltip": [{"field": "slot", "title": unit}, {"field": "share", "format": ".2%"}],
                },
            },
            {
                "mark": {"type": "line", "strokeDash": [4, 3]},
                "encoding": {
                    "x": {"field": "slot", "type": "ordinal"},
                    "y": {"field": "expected", "type": "quantitative"},
                },
            },
        ],
    )


def comparison(rows: Sequence[Row], description: str) -> Spec:
    """Two groups by local hour; ``rows`` have group, hour, share."""
    return spec(
        "Posts by local hour, two groups",
        description,
        rows,
        height=220,
        mark={"type": "line", "point": True},
        encoding={
            "x": {"field": "hour", "type": "quantitative", "title": "hour of the day"},
            "y": {"field": "share", "type": "quantitative", "title": "share of posts", "axis": {"format": ".0%"}},
            "color": {"field": "group", "type": "nominal", "title": None},
            "tooltip": [
                {"field": "group"},
                {"field": "hour"},
                {"field": "share", "format": ".1%"},
            ],
        },
    )
