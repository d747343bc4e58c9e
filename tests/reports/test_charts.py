"""Figures made ready: inline, inert, in UTC, and drawn the same each time; and the theme's contrast."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.reports import charts
from undertow.reports.theme import MODES, PALETTES

BAR: dict[str, Any] = {
    "data": {"values": [{"a": "x", "n": 1}, {"a": "y", "n": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "a", "type": "nominal"}},
}


@pytest.mark.parametrize(
    "figure",
    [
        {**BAR, "data": {"url": "https://example.com/x.json"}},
        {**BAR, "layer": [{"data": {"url": "x.csv"}, "mark": "bar"}]},
        {**BAR, "mark": "image"},
        {**BAR, "mark": {"type": "image"}},
        {**BAR, "encoding": {**BAR["encoding"], "href": {"field": "a"}}},
        {**BAR, "mark": {"type": "bar", "href": "https://example.com"}},
        {**BAR, "transform": [{"lookup": "a", "from": {"data": {"url": "x"}, "key": "a", "fields": ["b"]}}]},
    ],
)
def test_a_figure_that_reaches_out_is_refused(figure: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a figure must not"):
        charts.prepared(figure)


def test_a_figure_without_data_is_refused() -> None:
    with pytest.raises(ValueError, match="no data"):
        charts.prepared({"mark": "bar", "data": {"name": "elsewhere"}})


def test_a_column_may_be_called_url() -> None:
    figure = {**BAR, "data": {"values": [{"a": "x", "n": 1, "url": "https://example.com", "href": "y"}]}}
    assert charts.prepared(figure)["data"] == figure["data"]


def test_the_figure_itself_is_left_alone() -> None:
    figure = {**BAR, "config": {"mark": {"color": "red"}}, "usermeta": {"embedOptions": {"ast": False}}}
    before = json.dumps(figure)
    ready = charts.prepared(figure)
    assert json.dumps(figure) == before
    assert "config" not in ready
    assert "usermeta" not in ready


@given(st.text())
def test_json_in_a_script_element_can_neither_end_it_nor_break_a_line(text: str) -> None:
    shown = charts.as_json({text: [text]})
    assert json.loads(shown) == {text: [text]}
    assert not re.search("[<>&\u2028\u2029]", shown)


def test_long_strings_are_cut_and_stay_apart() -> None:
    long = "W" * 5000
    rows = [{"a": long + "1", "n": 1}, {"a": long + "2", "n": 2}]
    ready = charts.prepared({**BAR, "data": {"values": rows}})
    first, second = (row["a"] for row in ready["data"]["values"])
    assert first != second
    assert max(len(first), len(second)) < 200


def test_drawing_does_not_depend_on_what_was_drawn_before(samples: ModuleType) -> None:
    heat = charts.prepared(samples.office_hours().figure)
    first = charts.svg(heat)
    charts.svg(charts.prepared(samples.working_calendar().figure))
    assert charts.svg(heat) == first
    Xml.fromstring(first)


def test_tidying_touches_no_words() -> None:
    words = 'id="gradient_17" 3.14159 url(#gradient_17)'
    text = charts.svg(charts.prepared({**BAR, "data": {"values": [{"a": words, "n": 1}]}, "width": 700}), width=900)
    labels = [
        "".join(element.itertext()) for element in Xml.fromstring(text).iter() if element.tag.endswith("text")
    ]
    assert any(words.startswith(label.rstrip("…")) and len(label) > 20 for label in labels)


def test_gradients_point_at_what_is_there(samples: ModuleType) -> None:
    text = charts.svg(charts.prepared(samples.office_hours().figure))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) == set(re.findall(r' id="([^"]+)"', text)) == {"gradient_0"}


@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])
def test_one_view_has_the_width_asked_for(samples: ModuleType, width: int) -> None:
    for finding in samples.sample_findings():
        if finding.figure is not None:
            size = charts.svg_size(charts.svg(charts.prepared(finding.figure), "light", width))
            assert abs(size[0] - width) <= 12, finding.id


def test_composed_views_go_below_each_other_on_a_phone() -> None:
    figure = charts.prepared({"hconcat": [BAR, BAR]})
    wide, narrow = (charts.svg_size(charts.svg(figure, "light", width)) for width in (charts.WIDE, charts.NARROW))
    assert narrow[0] < wide[0]
    assert narrow[1] > wide[1]


def test_times_are_drawn_in_utc() -> None:
    figure = {
        "data": {"values": [{"t": "2020-01-01T00:00:00Z", "n": 1}]},
        "mark": "point",
        "encoding": {
            "x": {"field": "t", "type": "temporal", "timeUnit": "yearmonthdate"},
            "y": {"field": "t", "type": "temporal"},
            "tooltip": [{"field": "t", "type": "temporal"}],
        },
    }
    encoding = charts.prepared(figure)["encoding"]
    assert encoding["x"]["timeUnit"] == "utcyearmonthdate"
    assert encoding["y"]["scale"]["type"] == "utc"
    assert encoding["tooltip"][0]["timeUnit"].startswith("utc")


def test_styles_change_what_they_say() -> None:
    for mode in MODES:
        rows = {"values": [{"n": 1, "m": 2}]}
        for style in ("reference", "interval", "band", "highlight", "quiet"):
            mark = "rule" if style in ("reference", "interval") else "rect"
            figure = {
                "data": rows,
                "mark": {"type": mark, "style": style},
                "encoding": {"x": {"field": "n", "type": "quantitative"}, "x2": {"field": "m"}},
            }
            wanted = {"reference": "muted", "interval": "accent"}.get(style, style)
            assert getattr(PALETTES[mode], wanted) in charts.svg(charts.prepared(figure), mode), (mode, style)


def test_the_bundle_can_stand_in_a_script_element() -> None:
    text = charts.bundle()
    assert "vegaEmbed" in text
    assert not re.search(r"</script|<!--|\r", text, flags=re.I)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", MODES)
def test_theme_holds_the_contrast_of_wcag_aa(mode: Any) -> None:
    colours = PALETTES[mode]
    for text in (colours.ink, colours.muted, colours.accent, colours.highlight):
        assert contrast(text, colours.paper) >= 4.5
    for mark in (*colours.categories, colours.quiet, colours.rule):
        assert contrast(mark, colours.paper) >= 3
    steps = [luminance(colour) for colour in colours.ramp]
    assert steps == sorted(steps, reverse=mode == "light"), "more is further from the paper, step by step"
    middle = colours.diverging[len(colours.diverging) // 2]
    assert contrast(middle, colours.paper) < 1.35
