"""The self-contained HTML report: one file, no request, nothing in it that a post could make run.

Every string goes through the template engine's escaping after its control characters are neutralised, the
page's policy allows exactly the two scripts and the style sheet printed in it (by their hashes) and no
connection at all, and charts are pictures inside ``img`` until the page's own script draws them again.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from undertow.finding import STRENGTHS, Finding
from undertow.reports import charts, figures
from undertow.reports.assessment_view import methods, view
from undertow.reports.model import (
    Report,
    by_question,
    found_too_little,
    shell_word,
    strength_explained,
    strength_label,
)
from undertow.reports.neutral import neutral, one_line
from undertow.reports.theme import MODES, configuration
from undertow.wording import count, p_words, scope_parts

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT_ROWS = 20
"""Rows of a result table that a card shows."""
CHART_ROWS = 200
"""Rows of a chart's data that stand beside it as a table, and of a result that holds them all."""
HEAVY = 250_000
"""Characters of a drawing above which a phone gets the wide one, made smaller, instead of one of its own."""

_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Picture:
    """A chart as the page embeds it: data URIs by mode, its words, and its size on a desk in CSS pixels.

    ``narrow`` is empty where a phone gets the wide drawings. The title is set in the page, where it can wrap.
    """

    wide: Mapping[str, str]
    narrow: Mapping[str, str]
    title: str
    subtitle: str
    words: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Card:
    """A finding with everything its card shows."""

    anchor: str
    finding: Finding
    label: str
    explained: str
    too_little: bool
    pips: int
    estimate: figures.EstimateWords
    bar: figures.IntervalBar | None
    behind: str
    p_words: str | None
    picture: Picture | None
    chart_data: figures.Excerpt | None
    result: figures.Excerpt | None
    in_result: bool
    command: str


@dataclass(frozen=True)
class Section:
    """A question with its cards."""

    anchor: str
    question: str
    cards: tuple[Card, ...]


def render_html(report: Report) -> str:
    """The report as one HTML document, the same text for the same report.

    Raises ValueError when a finding's figure would load anything, or has no data inline.
    """
    anchors = Anchors()
    drawn: dict[str, dict[str, Any]] = {}
    charted = any(finding.figure is not None for finding in report.findings)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Putting the library together takes as long as drawing the charts, and neither holds Python's lock.
        library = pool.submit(charts.bundle) if charted else None
        sections = [
            Section(
                anchors.make("question", question),
                question,
                tuple(_card(report, finding, anchors, drawn) for finding in findings),
            )
            for question, findings in by_question(report.findings).items()
        ]
    style, script = _part("report.css"), _part("report.js")
    scripts = [] if library is None else [library.result(), script]
    content = {
        "report": report,
        "sections": sections,
        "case_word": shell_word(report.case),
        "totals": _totals(report),
        "tally": _tally(report.findings),
        "made_at": figures.moment(report.made_at),
        # Markup: our own files and the library, fixed by the hashes in the policy; nothing of the case is in them.
        "style": Markup(style),  # noqa: S704
        "scripts": [Markup(text) for text in scripts],  # noqa: S704
        "policy": policy(style, scripts),
        "chart_data": _chart_data(drawn) if drawn else None,
        "assessed": None if report.assessment is None else view(report.assessment, report.findings),
        "methods": methods(report.findings, report.assessment),
        "strengths": [(name, report.strength_words[name], index) for index, name in enumerate(STRENGTHS)],
    }
    return _environment().get_template("report.html.j2").render(content)


def policy(style: str, scripts: list[str]) -> str:
    """The page's Content-Security-Policy: its own style and scripts by hash, data pictures, nothing else."""
    allowed = " ".join(_hash(text) for text in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


class Anchors:
    """Names for places in the page: ASCII, from the words, each once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def make(self, kind: str, words: str) -> str:
        """A name like ``finding-posting-hours-scheduler``, numbered where it was given before."""
        stem = f"{kind}-{slug(words)}".rstrip("-")
        name, number = stem, 1
        while name in self._given:
            number += 1
            name = f"{stem}-{number}"
        self._given.add(name)
        return name


def slug(words: str, limit: int = 60) -> str:
    """ASCII letters, digits and single hyphens of ``words``.

    >>> slug("posting_hours.utc_offset [language = 'ru']")
    'posting-hours-utc-offset-language-ru'
    """
    return _SLUG.sub("-", words.lower()).strip("-")[:limit].rstrip("-")


def _card(report: Report, finding: Finding, anchors: Anchors, drawn: dict[str, dict[str, Any]]) -> Card:
    anchor = anchors.make("finding", finding.key)
    picture = chart_data = result = None
    in_result = False
    if finding.figure is not None:
        figure = charts.prepared(finding.figure)
        picture = _picture(figure, finding)
        drawn[anchor] = _untitled(figure)
        chart_data = figures.excerpt_of_rows(charts.data_rows(figure), CHART_ROWS)
        in_result = finding.result is not None and _holds(finding.result, figure)
    if finding.result is not None:
        result = figures.excerpt_of_table(finding.result, CHART_ROWS if in_result else EXCERPT_ROWS)
    estimate = finding.estimate
    behind = count(estimate.n, "post")
    if estimate.n_accounts is not None:
        behind += f" by {count(estimate.n_accounts, 'account')}"
    return Card(
        anchor=anchor,
        finding=finding,
        label=strength_label(finding),
        explained=strength_explained(finding, report.strength_words),
        too_little=found_too_little(finding),
        pips=STRENGTHS.index(finding.strength),
        estimate=figures.estimate_words(estimate),
        bar=figures.interval_bar(estimate),
        behind=behind,
        p_words=None if finding.p_value is None else p_words(finding.p_value),
        picture=picture,
        chart_data=None if in_result else chart_data,
        in_result=in_result,
        result=result,
        command=f"undertow show {shell_word(report.case)} {shell_word(finding.key)}",
    )


def _holds(result: pa.Table, figure: Mapping[str, Any]) -> bool:
    """Whether the result, small enough to be shown whole, has every row that the chart draws.

    A few rows of the chart may be others: the places of its reference lines and notes.
    """
    if result.num_rows > CHART_ROWS:
        return False
    known = {frozenset((name, repr(value)) for name, value in row.items()) for row in result.to_pylist()}
    names = set(result.column_names)
    data = [row for row in charts.data_rows(figure) if names <= set(row)]
    others = sum(1 for _ in charts.data_rows(figure)) - len(data)
    return others <= 6 and all(frozenset((n, repr(row[n])) for n in names) in known for row in data)


def _untitled(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figure.items() if name not in ("title", "description")}


def _picture(titled: Mapping[str, Any], finding: Finding) -> Picture:
    figure = _untitled(titled)
    title, subtitle = charts.titles(titled)
    wide = {mode: charts.svg(figure, mode, charts.WIDE) for mode in MODES}
    light = len(wide["light"]) <= HEAVY
    narrow = {mode: charts.svg(figure, mode, charts.NARROW) for mode in MODES} if light else {}
    return Picture(
        wide={mode: _data_uri(text) for mode, text in wide.items()},
        narrow={mode: _data_uri(text) for mode, text in narrow.items()},
        title=title,
        subtitle=subtitle,
        words=one_line(charts.description(titled) or f"Chart: {finding.statement}", 600),
        size=charts.svg_size(wide["light"]),
    )


def _chart_data(drawn: Mapping[str, Mapping[str, Any]]) -> Markup:
    document = {"modes": {mode: _page_configuration(mode) for mode in MODES}, "charts": drawn}
    return Markup(charts.as_json(document))  # noqa: S704 - as_json leaves no character that markup knows


def _page_configuration(mode: str) -> dict[str, Any]:
    config = configuration("dark" if mode == "dark" else "light")
    config["background"] = "transparent"
    return config


def _totals(report: Report) -> dict[str, int]:
    names = ("size_bytes", "records_read", "records_kept", "records_duplicate", "records_quarantined")
    return {name: sum(getattr(source, name) for source in report.sources) for name in names}


def _tally(findings: tuple[Finding, ...]) -> list[tuple[str, int]]:
    labels = [strength_label(finding) for finding in findings]
    order = ("Strong", "Moderate", "Weak", "Not rated", "Nothing found", "Too little to tell")
    return [(label, labels.count(label)) for label in order if label in labels]


def _data_uri(text: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode('ascii')}"


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


@cache
def _part(name: str) -> str:
    return resources.files("undertow.reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("undertow.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_neutralised,
    )
    environment.globals.update(scope_parts=scope_parts)
    environment.filters.update(size=figures.size_words, thousands="{:,}".format, one_line=one_line)
    return environment


def _neutralised(value: object) -> object:
    """What the templates print: every string that is not ours is neutralised before it is escaped."""
    return neutral(value) if type(value) is str else value
