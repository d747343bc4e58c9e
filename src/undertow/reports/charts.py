"""Charts: from an analysis's unstyled Vega-Lite figure to something that can be drawn, offline and inert.

A figure carries its data inline. Whatever could make a request, follow a link, or bring settings of its own is
refused or dropped, strings from posts are neutralised, and times are drawn in UTC, wherever the reader is.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import vl_convert

from undertow.reports.neutral import neutral, one_line
from undertow.reports.theme import PALETTES, Mode, configuration
from undertow.vega import SCHEMA

WIDE = 720
"""Width of a chart on a desk, in CSS pixels."""
NARROW = 336
"""Width of a chart on a phone, in CSS pixels."""

LABEL_LIMIT = 160
"""Characters of a string in a chart."""
AXIS_TITLE_LINE = 40
"""Characters of one line of an axis title."""
CATEGORY_STEP = 26
"""Height of one category's row, in CSS pixels."""

_REACHES_OUT = {"url", "href"}
_COMPOSED = ("hconcat", "vconcat", "concat", "facet", "repeat", "spec")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_COORDINATES = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"}
_TAG = re.compile(r"<[^>]+>")
_ATTRIBUTE = re.compile(r' ([\w:-]+)="([^"]*)"')
_ELEMENT_ID = re.compile(r' id="([A-Za-z_]+)(\d+)"')


def prepared(figure: Mapping[str, Any]) -> dict[str, Any]:
    """``figure`` ready to be drawn in any mode and width; a deep copy.

    Without ``config`` and ``usermeta`` (the theme owns the look), strings in the data neutralised, times in UTC.
    Raises ValueError when it would load or link to anything: data by URL, images, ``href``.
    """
    copy = _cleaned(figure, inside_data=False, path="figure")
    if not isinstance(copy, dict):  # pragma: no cover - a Mapping always comes back as a dict
        raise TypeError("a figure is a mapping")
    for name in ("config", "usermeta", "$schema", "background", "padding"):
        copy.pop(name, None)
    copy = {"$schema": SCHEMA, **copy}
    if not any(True for _ in data_rows(copy)) and not _generates_data(copy):
        raise ValueError("the figure has no data: they belong inline, under data.values or datasets")
    _in_utc(copy)
    _wrap_axis_titles(copy)
    _with_height(copy)
    return copy


def is_single(figure: Mapping[str, Any]) -> bool:
    """Whether the figure is one view (or layers of one), which can be fitted to any width."""
    return not any(name in figure for name in _COMPOSED)


def fitted(figure: Mapping[str, Any], width: int) -> dict[str, Any]:
    """A prepared figure set to ``width`` pixels over all; composed views go below each other when narrow."""
    copy = dict(figure)
    if is_single(copy):
        copy["width"] = width
        copy["autosize"] = {"type": "fit-x", "contains": "padding"}
        return copy
    if width <= NARROW:
        if "hconcat" in copy:
            copy["vconcat"] = copy.pop("hconcat")
        elif "concat" in copy or "facet" in copy or "repeat" in copy:
            copy["columns"] = 1
        for name in ("vconcat", "concat"):
            if name in copy:
                copy[name] = [{**part, "width": width - 90} if is_single(part) else part for part in copy[name]]
        if isinstance(copy.get("spec"), dict) and is_single(copy["spec"]):
            copy["spec"] = {**copy["spec"], "width": width - 90}
    return copy


def svg(figure: Mapping[str, Any], mode: Mode = "light", width: int = WIDE, *, paper: bool = False) -> str:
    """A prepared figure as SVG, the same text for the same figure.

    ``paper`` gives it the mode's background, for a picture that stands alone.
    """
    drawn = vl_convert.vegalite_to_svg(
        fitted(figure, width), config=_configured(mode, paper=paper), allowed_base_urls=[], show_warnings=False
    )
    return _tidied(str(drawn))


def png(figure: Mapping[str, Any], mode: Mode = "light", width: int = WIDE, *, scale: float = 2) -> bytes:
    """A prepared figure as PNG on the mode's background, ``scale`` dots for each CSS pixel."""
    drawn = vl_convert.vegalite_to_png(
        fitted(figure, width), config=_configured(mode, paper=True), allowed_base_urls=[], scale=scale
    )
    return bytes(drawn)


def svg_size(text: str) -> tuple[int, int]:
    """Width and height of a drawn SVG in whole CSS pixels."""
    head = text[: text.index(">")]
    width, height = (re.search(rf' {name}="([\d.]+)"', head) for name in ("width", "height"))
    if width is None or height is None:
        raise ValueError("the SVG does not say its size")
    return round(float(width.group(1))), round(float(height.group(1)))


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script that sets ``window.vegaEmbed`` and needs no network."""
    text = str(vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;")).replace("\r\n", "\n")
    # Inside a script element these two would end it or change how it is read; in JavaScript they only occur in
    # strings and regular expressions, where the escaped forms mean the same.
    return text.replace("</script", "<\\/script").replace("<!--", "\\x3C!--")


def data_rows(figure: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The figure's rows of data, those of all its layers and datasets, in order; each dataset once."""
    datasets = figure.get("datasets")
    if isinstance(datasets, Mapping):
        for rows in datasets.values():
            yield from _rows(rows)
    for part in _views(figure):
        data = part.get("data")
        if isinstance(data, Mapping):
            yield from _rows(data.get("values"))


def titles(figure: Mapping[str, Any]) -> tuple[str, str]:
    """The figure's title and subtitle, each on one line; empty where it has none."""
    title = figure.get("title")
    if isinstance(title, Mapping):
        return _joined(title.get("text")), _joined(title.get("subtitle"))
    return _joined(title), ""


def description(figure: Mapping[str, Any]) -> str | None:
    """The figure's own words about itself: its description, else its title."""
    return _joined(figure.get("description")) or titles(figure)[0] or None


def as_json(value: object) -> str:
    """``value`` as JSON that may stand inside a script element: no ``<``, no line separators, no NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _joined(words: object) -> str:
    lines = words if isinstance(words, list) else [words]
    return " ".join(line for line in lines if isinstance(line, str)).strip()


def _configured(mode: Mode, *, paper: bool) -> dict[str, Any]:
    config = configuration(mode)
    config["background"] = PALETTES[mode].paper if paper else "transparent"
    if paper:
        config["padding"] = 20
    return config


def _cleaned(value: object, *, inside_data: bool, path: str) -> object:
    if isinstance(value, str):
        return _label(value) if inside_data else neutral(value)
    if isinstance(value, Mapping):
        copy: dict[str, object] = {}
        for key, part in value.items():
            name = str(key)
            if not inside_data:
                if name in _REACHES_OUT:
                    raise ValueError(f"{path}.{name}: a figure must not load or link to anything")
                if name in ("mark", "type") and (part == "image"):
                    raise ValueError(f"{path}.{name}: a figure must not show images")
            data = inside_data or name in ("values", "datasets", "sort", "domain")
            copy[neutral(name)] = _cleaned(part, inside_data=data, path=f"{path}.{name}")
        return copy
    if isinstance(value, (list, tuple)):
        return [_cleaned(part, inside_data=inside_data, path=f"{path}[]") for part in value]
    return value


def _label(text: str) -> str:
    """A string of the data: long ones cut, with a hash so that two of them do not become one.

    Vega measures a label again and again until it fits; one of 5,000 characters takes seconds.
    """
    if len(text) <= LABEL_LIMIT:
        return neutral(text)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{one_line(text, LABEL_LIMIT)} [{digest}]"


def _views(figure: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield figure
    for name in ("layer", "hconcat", "vconcat", "concat"):
        for part in figure.get(name, ()):
            if isinstance(part, Mapping):
                yield from _views(part)
    spec = figure.get("spec")
    if isinstance(spec, Mapping):
        yield from _views(spec)


def _rows(rows: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(rows, list):
        for row in rows:
            yield row if isinstance(row, Mapping) else {"value": row}


def _generates_data(figure: Mapping[str, Any]) -> bool:
    made = ("sequence", "graticule", "sphere")
    return any(
        isinstance(part.get("data"), Mapping) and any(m in part["data"] for m in made) for part in _views(figure)
    )


def _in_utc(figure: dict[str, Any]) -> None:
    """Draw times in UTC: without this, the same chart shows other hours on another reader's machine."""
    for part in _views(figure):
        for channel, definition in dict(part.get("encoding", {})).items():
            for one in definition if isinstance(definition, list) else [definition]:
                if not isinstance(one, dict) or one.get("type") != "temporal":
                    continue
                unit = one.get("timeUnit")
                if isinstance(unit, str) and not unit.startswith("utc"):
                    one["timeUnit"] = f"utc{unit}"
                elif unit is None and channel in ("tooltip", "text", "detail"):
                    one["timeUnit"] = "utcyearmonthdatehoursminutes"
                if channel in ("x", "y", "color", "fill", "stroke", "size", "opacity"):
                    scale = one.get("scale")
                    if scale is None or isinstance(scale, dict):
                        one["scale"] = {"type": "utc", **(scale or {})}


def _wrap_axis_titles(figure: dict[str, Any]) -> None:
    """Break long axis titles into lines: on a phone they would run out of the picture."""
    for part in _views(figure):
        encoding = part.get("encoding", {})
        for channel in ("x", "y"):
            definition = encoding.get(channel)
            if not isinstance(definition, dict):
                continue
            for holder in (definition, definition.get("axis")):
                if isinstance(holder, dict) and isinstance(holder.get("title"), str):
                    lines = textwrap.wrap(one_line(holder["title"], LABEL_LIMIT), AXIS_TITLE_LINE)
                    if len(lines) > 1:
                        holder["title"] = lines


def _with_height(figure: dict[str, Any]) -> None:
    """Give one view over categories its height in pixels: fitting a width needs a height that is known."""
    height = figure.get("height")
    step = height.get("step", CATEGORY_STEP) if isinstance(height, dict) else CATEGORY_STEP
    if not is_single(figure) or isinstance(height, (int, float)):
        return
    fields: set[str] = set()
    for part in _views(figure):
        y = part.get("encoding", {}).get("y")
        if isinstance(y, dict) and y.get("type") in ("nominal", "ordinal") and isinstance(y.get("field"), str):
            fields.add(y["field"])
    categories = {as_json(row[name]) for row in data_rows(figure) for name in fields if name in row}
    if categories:
        figure["height"] = max(step, CATEGORY_STEP) * len(categories)


def _tidied(text: str) -> str:
    """The same drawing whatever was drawn before it, and smaller: element ids from 0, two decimals.

    Only tags are touched; words between them are data.
    """
    numbers: dict[str, str] = {}
    for match in _ELEMENT_ID.finditer("".join(_TAG.findall(text))):
        numbers[match.group(1) + match.group(2)] = f"{match.group(1)}{len(numbers)}"

    def tidy_attribute(match: re.Match[str]) -> str:
        name, value = match.groups()
        if name == "id":
            value = numbers.get(value, value)
        elif value.startswith("url(#"):
            value = f"url(#{numbers.get(value[5:-1], value[5:-1])})"
        elif name in _COORDINATES:
            value = _NUMBER.sub(lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), value)
        return f' {name}="{value}"'

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(tidy_attribute, tag.group()), text)
