"""The HTML report as a text: complete, the same each time, inert."""

from __future__ import annotations

from types import ModuleType

from undertow.reports import render_html


def test_same_report_same_bytes(samples: ModuleType, page: str) -> None:
    assert render_html(samples.sample_report()) == page


def test_every_finding_is_shown_with_its_statement_and_every_alternative(samples: ModuleType, page: str) -> None:
    from markupsafe import escape

    for finding in samples.sample_findings():
        assert page.count(str(escape(finding.statement))) >= 2, "in the summary and on its card"
        for line in finding.alternatives:
            assert str(escape(line)) in page
