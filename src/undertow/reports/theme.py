"""The look of every chart, in light and dark: one Vega-Lite configuration a mode.

Analyses hand over charts without colours, fonts or sizes; all of that is decided here. A chart may name the
styles below on a mark (``{"type": "rule", "style": "reference"}``) to say what the mark *means*:

==============  =============================================================================
style           meaning
==============  =============================================================================
``reference``   what chance, or an even spread, would give (dashed rule, muted)
``interval``    the interval of an estimate (thick, rounded)
``estimate``    the estimate itself (a large dot)
``highlight``   the part of the data that the statement is about
``quiet``       the part that is there for comparison
``band``        a stretch marked behind the data: working hours, an interval over time
``note``        words written into the chart
``link``        an edge of a network
``node``        a node of a network
==============  =============================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")

FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Noto Sans', 'Noto Sans CJK SC', sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of one mode. Text colours hold 4.5:1, marks 3:1 against ``paper`` (tests check it)."""

    paper: str
    ink: str
    muted: str
    rule: str
    grid: str
    accent: str
    highlight: str
    quiet: str
    band: str
    categories: tuple[str, ...]
    ramp: tuple[str, ...]
    diverging: tuple[str, ...]


PALETTES: Mapping[Mode, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#1b1e22",
        muted="#5b626b",
        rule="#8b9199",
        grid="#e8e6e0",
        accent="#0f5c7a",
        highlight="#b5451b",
        quiet="#858c94",
        band="#efe9da",
        categories=("#0f5c7a", "#c0561c", "#6d4f97", "#3c7a3f", "#a83268", "#866a14", "#46586a", "#16857a"),
        ramp=("#f4f2ec", "#d3e2e3", "#9cc4ce", "#5a9db2", "#247592", "#0d4f6c", "#062d42"),
        diverging=("#8a3211", "#c8703f", "#e9b894", "#f4f2ec", "#a5c9d3", "#478fa8", "#0d4f6c"),
    ),
    "dark": Palette(
        paper="#1b2025",
        ink="#e9e7e2",
        muted="#a9b0b8",
        rule="#6f7780",
        grid="#2d343b",
        accent="#6db9d8",
        highlight="#f2935c",
        quiet="#7f8892",
        band="#2a3036",
        categories=("#6db9d8", "#f2935c", "#b79be3", "#84c388", "#ea86b3", "#d6b75a", "#a4b4c4", "#55c7b8"),
        ramp=("#232a30", "#213f4d", "#245f78", "#3585a4", "#5fafcb", "#a3d6e6", "#effbff"),
        diverging=("#f7b58c", "#d0743f", "#7d4a2f", "#2a3036", "#2f6379", "#4fa0be", "#b5e2f0"),
    ),
}


def configuration(mode: Mode) -> dict[str, Any]:
    """The Vega-Lite ``config`` of ``mode``; a new dictionary at each call."""
    colours = PALETTES[mode]
    return {
        "aria": False,  # the figure around the chart carries its description; every mark repeating it is noise
        "background": None,
        "font": FONT,
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
        "customFormatTypes": False,
        "view": {"stroke": None, "continuousHeight": 250, "discreteHeight": {"step": 24}, "continuousWidth": 640},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": colours.ink,
            "fontSize": 14,
            "fontWeight": "bold",
            "lineHeight": 18,
            "offset": 14,
            "subtitleColor": colours.muted,
            "subtitleFontSize": 12.5,
            "subtitleLineHeight": 17,
            "subtitlePadding": 4,
        },
        "axis": {
            "domainColor": colours.rule,
            "domainWidth": 1,
            "gridColor": colours.grid,
            "gridWidth": 1,
            "labelColor": colours.muted,
            "labelFontSize": 12,
            "labelLimit": 190,
            "labelPadding": 6,
            "tickColor": colours.rule,
            "tickSize": 4,
            "titleColor": colours.muted,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 10,
            "titleLineHeight": 15,
        },
        "axisX": {
            "grid": False,
            "labelAngle": 0,
            "labelOverlap": "parity",
            "labelSeparation": 4,
            "labelFlush": False,
        },
        "axisXTemporal": {"tickCount": 7},
        "axisXQuantitative": {"tickCount": 9},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
        "axisBand": {"domain": False, "ticks": False, "grid": False, "labelOverlap": "parity"},
        "axisPoint": {"domain": False, "ticks": False},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "offset": 12,
            "labelColor": colours.muted,
            "labelFontSize": 12,
            "labelLimit": 180,
            "symbolType": "circle",
            "symbolSize": 80,
            "symbolStrokeWidth": 0,
            "titleColor": colours.muted,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gradientLength": 180,
            "gradientThickness": 10,
            "gradientStrokeColor": None,
        },
        "header": {
            "labelColor": colours.ink,
            "labelFontSize": 12,
            "labelFontWeight": "bold",
            "labelAnchor": "start",
            "titleColor": colours.muted,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "range": {
            "category": list(colours.categories),
            "ordinal": list(colours.ramp[1:]),
            "ramp": list(colours.ramp),
            "heatmap": list(colours.ramp),
            "diverging": list(colours.diverging),
        },
        "scale": {"bandPaddingInner": 0.16, "rectBandPaddingInner": 0.06, "useUnaggregatedDomain": False},
        "mark": {"color": colours.accent, "tooltip": True},
        "arc": {"stroke": colours.paper},
        "area": {"fillOpacity": 0.22, "line": False},
        "bar": {"cornerRadiusEnd": 1},
        "circle": {"size": 60, "opacity": 0.9},
        "errorband": {"opacity": 0.18},
        "errorbar": {"thickness": 2},
        "geoshape": {"fill": colours.grid, "stroke": colours.paper},
        "point": {"filled": True},
        "text": {"tooltip": False},
        "tick": {"thickness": 2},
        "style": _styles(colours),
    }


def _styles(colours: Palette) -> dict[str, Any]:
    # What a style may change must not stand in the mark's own configuration above: Vega-Lite writes that into
    # the mark, where it wins over every style. So defaults of marks are styles too, and colours are ``color``.
    return {
        "line": {"strokeWidth": 2, "strokeCap": "round", "strokeJoin": "round"},
        "point": {"size": 60, "opacity": 1},
        "rule": {"color": colours.rule, "strokeWidth": 1},
        "text": {"color": colours.ink, "fontSize": 12, "font": FONT},
        "reference": {"color": colours.muted, "strokeDash": [4, 3], "strokeWidth": 1.25, "tooltip": False},
        "interval": {"color": colours.accent, "strokeWidth": 4, "strokeCap": "round", "strokeOpacity": 0.5},
        "estimate": {"color": colours.accent, "stroke": colours.paper, "strokeWidth": 1.5, "size": 95},
        "highlight": {"color": colours.highlight},
        "quiet": {"color": colours.quiet},
        "band": {"color": colours.band, "tooltip": False},
        "note": {"color": colours.muted, "align": "left", "baseline": "middle", "dx": 6},
        "link": {"color": colours.quiet, "strokeWidth": 0.8, "strokeOpacity": 0.5, "tooltip": False},
        "node": {"stroke": colours.paper, "strokeWidth": 0.8},
    }
