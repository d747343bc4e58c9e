"""The HTML report as a text: complete, the same each time, with nothing in it that runs, loads or links."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from markupsafe import escape

import undertow
from undertow.reports import Source, render_html, write
from undertow.reports.html import Anchors


class Outline(HTMLParser):
    """Tags with their attributes, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.raw:
            self._inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside][-1] += data


def test_same_report_same_bytes(samples: ModuleType, page: str) -> None:
    assert render_html(samples.sample_report()) == page


def test_same_bytes_in_another_process_and_time_zone(page: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import samples, hashlib\n"
        "from undertow.reports import render_html\n"
        "print(hashlib.sha256(render_html(samples.sample_report()).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env={
            "PYTHONPATH": str(Path(undertow.__file__).parents[1]),
            "TZ": "Asia/Kathmandu",
            "PYTHONHASHSEED": "7",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == hashlib.sha256(page.encode()).hexdigest()


def test_every_finding_is_shown_with_its_statement_and_every_alternative(samples: ModuleType, page: str) -> None:
    for finding in samples.sample_findings():
        assert page.count(str(escape(finding.statement))) >= 2, "in the summary and on its card"
        for line in (*finding.alternatives, *finding.assumptions, finding.method, finding.evidence.sql):
            assert str(escape(line)) in page
    for label in ("Nothing found", "Too little to tell", "Strong", "Moderate", "Weak"):
        assert f"{label}</span>" in page


def test_counts_hashes_and_filters_are_shown(samples: ModuleType, page: str) -> None:
    for source in samples.sample_report().sources:
        assert source.sha256 in page
        assert f"{source.records_read:,}" in page
    assert "373,247 read = 372,358 kept + 880 duplicate + 9 in quarantine" in page
    assert page.count(str(escape("language IN ('zh', 'en')"))) >= 2


def test_records_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"10 records read, but 8 kept \+ 1 duplicate \+ 0 quarantined"):
        Source(
            name="x.csv",
            format="csv",
            sha256="0" * 64,
            size_bytes=1,
            records_read=10,
            records_kept=8,
            records_duplicate=1,
            records_quarantined=0,
        )


@pytest.mark.parametrize("which", ["page", "hostile_page"])
def test_policy_names_exactly_the_scripts_and_styles_in_the_page(
    which: str, request: pytest.FixtureRequest
) -> None:
    outline = Outline(request.getfixturevalue(which))
    policies = [a["content"] for t, a in outline.tags if t == "meta" and a.get("http-equiv") is not None]
    assert len(policies) == 1
    assert policies[0] is not None
    runs = [text for text in outline.raw["script"] if not text.startswith("{")]
    assert len(runs) == 2
    assert len(outline.raw["style"]) == 1

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert policies[0].startswith("default-src 'none'; ")
    assert set(re.findall(r"'sha256-[^']+'", policies[0])) == {digest(t) for t in (*runs, *outline.raw["style"])}
    assert "unsafe" not in policies[0]
    assert "http" not in policies[0]


def test_hostile_report_has_the_tags_of_a_tame_one(hostile_page: str, page: str) -> None:
    allowed = {tag for tag, _ in Outline(page).tags}
    outline = Outline(hostile_page)
    assert {tag for tag, _ in outline.tags} <= allowed
    for tag, attributes in outline.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in ("src", "srcset", "href"):
                assert value is not None
                assert value.startswith(("#", "data:")), (tag, value)
    assert sum(tag == "script" for tag, _ in outline.tags) == 3


def test_hostile_report_can_be_written_and_steers_nothing(hostile_page: str) -> None:
    hostile_page.encode("utf-8")
    outside = re.sub(r"<script>.*?</script>", "", hostile_page, flags=re.S)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", outside)


def test_places_in_the_page_have_one_name_each(hostile_page: str) -> None:
    names = Counter(a["id"] for _, a in Outline(hostile_page).tags if "id" in a)
    assert max(names.values()) == 1


def test_anchor_names_repeat_with_a_number() -> None:
    anchors = Anchors()
    made = [anchors.make("finding", words) for words in ("a", "a", "a 2", "?", "")]
    assert made == ["finding-a", "finding-a-2", "finding-a-2-2", "finding", "finding-2"]


def test_without_a_chart_no_library_is_printed(samples: ModuleType) -> None:
    text = render_html(samples.sample_report((samples.too_little(),)))
    assert len(text) < 60_000
    assert "script-src 'none'" in unescape(text)
    assert "<script" not in text


def test_a_case_without_findings_or_files_says_so(samples: ModuleType) -> None:
    text = render_html(replace(samples.sample_report(()), sources=()))
    assert "No analysis has been run" in text
    assert "No file has been added" in text


def test_write_leaves_the_report_and_two_pictures_a_chart(samples: ModuleType, tmp_path: Path, page: str) -> None:
    done = write(samples.sample_report(), tmp_path / "out" / "report.html", tmp_path / "pictures")
    assert done.report.read_bytes() == page.encode()
    charts = [finding for finding in samples.sample_findings() if finding.figure is not None]
    assert sorted(path.name for path in done.pictures) == sorted(p.name for p in (tmp_path / "pictures").iterdir())
    assert len(done.pictures) == 2 * len(charts) == len(set(done.pictures))
    assert [p.name for p in done.report.parent.iterdir()] == ["report.html"], "no partial file is left"
    for path in done.pictures:
        content = path.read_bytes()
        if path.suffix == ".svg":
            assert content.startswith(b"<svg")
            assert samples.sample_report().ledger_head[:12].encode() in content
        else:
            assert content.startswith(b"\x89PNG")
