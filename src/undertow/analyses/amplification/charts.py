"""The pictures of amplification, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.vega import Row, Spec, spec


def network(rows: Sequence[Row]) -> Spec:
    """How the amplifiers' network grew; ``rows`` have month (YYYY-MM), arrivals, departures, active."""
    return spec(
        "Amplifiers by month",
        "How many amplifiers appear, fall silent, and are active in each month.",
        [
            {"month": f"{row['month']}-01", "what": what, "accounts": row[what]}
            for row in rows
            for what in ("arrivals", "departures", "active")
        ],
        height=200,
        mark={"type": "line"},
        encoding={
            "x": {"field": "month", "type": "temporal", "title": None},
            "y": {"field": "accounts", "type": "quantitative", "title": "accounts"},
            "color": {"field": "what", "type": "nominal", "title": None},
        },
    )


def rises(rows: Sequence[Row]) -> Spec:
    """Accounts below each other, in their order; ``rows`` have account, day (UTC), amplifiers, expected (or None), rise."""
    row = {
        "field": "account",
        "type": "nominal",
        "title": None,
        "sort": list(dict.fromkeys(row["account"] for row in rows)),
        "header": {"labelOrient": "top", "labelAnchor": "start", "labelAngle": 0, "labelLimit": 600},
    }
    x = {"field": "day", "type": "temporal", "title": None}
    colour = {
        "field": "rise",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["ordinary", "rise beyond chance"]},
    }
    return spec(
        "Distinct amplifiers a day (beside the most amplified post)",
        "Bars are a day's amplifiers, the dashed line what the account's past and its peers let expect.",
        rows,
        facet={"row": row},
        spec={
            "height": 120,
            "width": 640,
            "layer": [
                {
                    "mark": {"type": "bar", "width": 2},
                    "encoding": {
                        "x": x,
                        "y": {"field": "amplifiers", "type": "quantitative", "title": "amplifiers"},
                        "color": colour,
                        "opacity": {"condition": {"test": "datum.rise != 'ordinary'", "value": 1}, "value": 0.5},
                    },
                },
                {
                    "mark": {"type": "line", "style": "reference"},
                    "encoding": {"x": x, "y": {"field": "expected", "type": "quantitative"}},
                },
            ],
        },
    )
