"""Each chart as a picture of its own, SVG and PNG, that says where it comes from."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path
from typing import Any

from undertow.finding import Finding
from undertow.reports import charts
from undertow.reports.files import write_whole
from undertow.reports.model import Report
from undertow.reports.neutral import one_line
from undertow.wording import scope_words

_LINE = 88
"""Characters of a title's line at the picture's width."""


def export(report: Report, folder: Path) -> tuple[Path, ...]:
    """Write ``<finding>.svg`` and ``<finding>.png`` into ``folder`` for each finding with a chart.

    Each picture carries the finding's statement, its filter, its id and the head of the case's ledger, so that it
    can be traced when it travels alone. Returns the files written, in the order of the findings; the same report
    gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for finding in report.findings:
        if finding.figure is None:
            continue
        figure = _titled(charts.prepared(finding.figure), finding, report)
        stem = stem_of(finding)
        drawn = charts.svg(figure, paper=True).encode()
        for name, content in ((f"{stem}.svg", drawn), (f"{stem}.png", charts.png(figure))):
            write_whole(folder / name, content)
            written.append(folder / name)
    return tuple(written)


def stem_of(finding: Finding) -> str:
    """The file name, without its ending, of a finding's pictures.

    The id as it is; a filter's hash is appended, for a filter may hold anything.
    """
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in finding.id).lstrip(".")
    if finding.filter is None and safe == finding.id:
        return safe
    return f"{safe}-{hashlib.sha256(finding.key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _titled(figure: dict[str, Any], finding: Finding, report: Report) -> dict[str, Any]:
    lines = textwrap.wrap(one_line(finding.statement, 400), _LINE)
    below = f"{finding.id} · {report.title} · Undertow {report.version} · ledger {report.ledger_head[:12]}"
    subtitle = [line for words in charts.titles(figure) for line in textwrap.wrap(words, _LINE)]
    if finding.filter is not None:
        subtitle += textwrap.wrap(one_line(f"Only posts {scope_words(finding.filter)}", 200), _LINE)
    subtitle += textwrap.wrap(one_line(below, 240), _LINE + 25)
    title = {
        "text": lines,
        "subtitle": subtitle,
        "frame": "bounds",
        "subtitleFontSize": 11.5,
        "subtitleLineHeight": 16,
    }
    return {**figure, "title": title}
