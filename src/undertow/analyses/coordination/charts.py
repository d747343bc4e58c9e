"""The pictures of coordination, as Vega-Lite with their data in them; the report gives them their look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from undertow.analyses.coordination.network_layout import Drawing
from undertow.vega import Row, Spec, spec

COLOURED = 8
"""Groups with a colour of their own; the others share one."""
NUMBERED = 60
"""Groups with a number in the picture by group."""


def network(picture: Drawing) -> Spec:
    """The network: accounts and their pairs, or groups where there are too many accounts to draw."""
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [-0.03, 1.03]}}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [-0.03, 1.03]}}
    names = sorted(
        {node.group for node in picture.nodes if node.group != "no group"}, key=lambda g: int(g.split()[1])
    )
    kept = names[:COLOURED]
    shown = {name: name if name in kept else "other groups" for name in names} | {"no group": "no group"}
    order = [
        name for name in (*kept, "other groups", "no group") if name in {shown[n.group] for n in picture.nodes}
    ]
    nodes = [{**asdict(node), "shown": shown[node.group]} for node in picture.nodes]
    if picture.by_group:
        title = "Groups that act together, and pairs between them"
        joins = (
            f"{len(picture.links):,} lines join two groups with pairs between them"
            if picture.links
            else ("no pair joins two groups")
        )
        description = (
            f"{len(picture.nodes):,} groups, each a circle with its number, as large as it has accounts "
            f"({max(node.accounts for node in picture.nodes):,} to {min(node.accounts for node in picture.nodes):,}); "
            f"{joins}. {picture.left_out:,} accounts in pairs outside any group are not drawn."
        )
        size: Any = {"field": "accounts", "type": "quantitative", "legend": None}
        colour: Any = {}
        labels = [
            {
                "data": {
                    "values": [{**node, "name": node["name"].removeprefix("group ")} for node in nodes[:NUMBERED]]
                },
                "mark": {"type": "text", "style": "note", "dy": 20},
                "encoding": {"x": x, "y": y, "text": {"field": "name"}},
            }
        ]
    else:
        title = "Accounts that act together beyond chance"
        description = (
            f"{len(picture.nodes):,} accounts, joined where the two act together beyond chance "
            f"({len(picture.links):,} pairs). Places mean nothing but who is joined to whom."
        )
        size = {"value": 60}
        labels = []
        colour = {
            "color": {"field": "shown", "type": "nominal", "title": None, "sort": order, "scale": {"domain": order}}
        }
    return spec(
        title,
        description,
        None,
        height=420,
        layer=[
            {
                "data": {"values": [asdict(link) for link in picture.links]},
                "mark": {"type": "rule", "style": "link"},
                "encoding": {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}},
            },
            {
                "data": {"values": nodes},
                "mark": {"type": "point", "filled": True, "style": "node"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "size": size,
                    **colour,
                    "tooltip": [
                        {"field": "name", "title": "group" if picture.by_group else "account"},
                        {"field": "group"},
                        {"field": "accounts", "format": ","},
                        {"field": "partners", "title": "pairs inside" if picture.by_group else "partners"},
                    ],
                },
            },
            *labels,
        ],
    )


def bursts(rows: Sequence[Row], n_groups: int, shown: int = 15) -> Spec:
    """When the groups acted; ``rows`` have group, day, bursts, accounts."""
    drawn = [
        {**row, "day": str(row["day"]), "group": f"group {row['group']}"} for row in rows if row["group"] <= shown
    ]
    order = [f"group {number}" for number in range(1, min(n_groups, shown) + 1)]
    first, last = min(str(row["day"]) for row in rows), max(str(row["day"]) for row in rows)
    most = max(row["bursts"] for row in drawn)
    legend = sorted({1, (1 + most) // 2, most})
    more = f" The {shown} largest of {n_groups:,} groups are drawn; the table has all." if n_groups > shown else ""
    return spec(
        "When the groups acted together",
        f"Days on which members of a group acted on one object within the window, {first} to {last}; larger dots: "
        f"more objects that day.{more}",
        drawn,
        mark={"type": "point", "filled": True, "opacity": 0.6},
        encoding={
            "x": {"field": "day", "type": "temporal", "title": None},
            "y": {"field": "group", "type": "nominal", "sort": order, "title": None},
            "size": {"field": "bursts", "type": "quantitative", "title": "objects", "legend": {"values": legend}},
            "tooltip": [
                {"field": "group"},
                {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate"},
                {"field": "bursts", "title": "objects"},
                {"field": "accounts", "title": "most accounts on one"},
            ],
        },
    )


def matrix(rows: Sequence[Row], order: Sequence[str], description: str) -> Spec:
    """Pairs that two traces both call; ``rows`` have trace, other, pairs."""
    place = {
        "x": {"field": "other", "type": "nominal", "sort": list(order), "title": None, "axis": {"labelAngle": -40}},
        "y": {"field": "trace", "type": "nominal", "sort": list(order), "title": None},
    }
    return spec(
        "Pairs that each two traces call",
        description,
        rows,
        height=max(40 * len(order), 90),
        layer=[
            {
                "mark": {"type": "point", "filled": True, "opacity": 0.6},
                "encoding": {**place, "size": {"field": "pairs", "type": "quantitative", "legend": None}},
            },
            {
                "mark": {"type": "text", "style": "note", "align": "left", "dx": 18},
                "encoding": {**place, "text": {"field": "pairs", "format": ","}},
            },
        ],
    )


def phases(rows: Sequence[Row], shown: int = 20) -> Spec:
    """Groups through time; ``rows`` have start, end (times), line, event, accounts."""
    sizes: dict[int, int] = {}
    for row in rows:
        sizes[row["line"]] = max(sizes.get(row["line"], 0), row["accounts"])
    starts = sorted({row["start"] for row in rows})
    kept = sorted(sorted(sizes, key=lambda line: (-sizes[line], line))[:shown])
    drawn = [
        {
            "start": row["start"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end": _drawn_end(row, starts).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "line": f"line {row['line']}",
            "event": row["event"],
            "accounts": row["accounts"],
        }
        for row in rows
        if row["line"] in kept
    ]
    more = f" The {shown} largest of {len(sizes):,} lines are drawn." if len(sizes) > shown else ""
    y = {"field": "line", "type": "nominal", "sort": [f"line {line}" for line in kept], "title": None}
    return spec(
        "Groups through time",
        f"Each bar is a group in one period, each row one group followed through time; the number is its accounts.{more}",
        drawn,
        layer=[
            {
                "mark": {"type": "bar", "opacity": 0.45},
                "encoding": {
                    "x": {"field": "start", "type": "temporal", "title": None},
                    "x2": {"field": "end"},
                    "y": y,
                    "color": {"field": "event", "type": "nominal", "title": None},
                    "tooltip": [
                        {"field": "line"},
                        {"field": "start", "type": "temporal"},
                        {"field": "end", "type": "temporal"},
                        {"field": "event"},
                        {"field": "accounts"},
                    ],
                },
            },
            {
                "mark": {"type": "text", "style": "note", "align": "left", "dx": 3},
                "encoding": {"x": {"field": "start", "type": "temporal"}, "y": y, "text": {"field": "accounts"}},
            },
        ],
    )


def _drawn_end(row: Row, starts: Sequence[Any]) -> Any:
    """Where a bar ends: where the line's next period begins (periods overlap), else where the period ends."""
    later = [start for start in starts if start > row["start"]]
    return later[0] if later else row["end"]
