"""``undertow export``, ``report --pdf`` and ``reproduce`` as people use them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from processes import undertow

from undertow.exports import FORMATS
from undertow.reports.pdf import BROWSERS, find_browser


@pytest.fixture(scope="module")
def case(takedown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "case"
    undertow("add", folder, *sorted(takedown.glob("synthetic_takedown_*")), "--quiet")
    wanted = ("--only", "posting_hours.office_hours", "--only", "coordination.network")
    settings = ("--set", "posting_hours.draws=100", "--set", "coordination.traces=repost")
    undertow("analyse", folder, *wanted, *settings, "--quiet")
    return folder


def test_every_format_is_written_where_it_says(case: Path) -> None:
    for layout in FORMATS:
        done = undertow("export", case, "--to", layout, "--quiet")
        assert done.stdout == ""
    written = {path.name for path in (case / "exports").iterdir()}
    assert written == {
        *(f"case-{layout}" for layout in ("csv", "parquet", "jsonl")),
        *("case.gexf", "case.graphml", "case.stix.json", "case.json", "case.undertow.zip"),
    }
    undertow("verify", case)


def test_names_are_shown_only_to_those_who_say_so_and_it_is_recorded(case: Path, tmp_path: Path) -> None:
    lines = (case / "ledger.jsonl").read_bytes()
    undertow("export", case, "--to", "json", "--identifiable", "-o", tmp_path / "a.json", expect=130, said="n\n")
    assert (case / "ledger.jsonl").read_bytes() == lines
    assert not (tmp_path / "a.json").exists()
    undertow("export", case, "--to", "json", "--identifiable", "-o", tmp_path / "a.json", said="y\n")
    last = json.loads((case / "ledger.jsonl").read_bytes().splitlines()[-1])
    assert (last["command"], last["parameters"]) == ("export", {"identifiable": True})
    assert json.loads((tmp_path / "a.json").read_text())["identifiable"] is True
    undertow("export", case, "--to", "json", "-o", tmp_path / "b.json")
    assert json.loads((tmp_path / "b.json").read_text())["identifiable"] is False
    assert len((case / "ledger.jsonl").read_bytes().splitlines()) == len(lines.splitlines()) + 1


def test_a_bundle_is_reproduced_and_a_missing_file_is_told(case: Path, takedown: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "case.undertow.zip"
    undertow("export", case, "--to", "bundle", "-o", bundle, "--quiet")
    files = sorted(takedown.glob("synthetic_takedown_*"))
    done = undertow("reproduce", bundle, *files, "--case", tmp_path / "mine")
    assert "the same, bit by bit" in done.stdout
    posts = [path for path in files if "posts" in path.name]
    done = undertow("reproduce", bundle, *posts, "--case", tmp_path / "less", "--json", expect=1)
    found = json.loads(done.stdout)
    assert [each["here"] for each in found["differences"]] == ["not among the files given"]
    assert "users" in found["differences"][0]["part"]


WRONG: dict[str, tuple[list[str], int, str]] = {
    "format": (["export", "CASE", "--to", "pdf"], 2, "is not one of"),
    "network": (["export", "CASE", "--to", "gexf", "--network", "coordination.net"], 2, "did you mean"),
    "marking": (["export", "CASE", "--to", "stix", "--tlp", "blue"], 2, "there is no marking 'blue'"),
    "bundle": (["reproduce", "CASE/case.toml", "CASE/case.toml", "--case", "NEW"], 3, "not a reproduction bundle"),
    "browser": (["report", "CASE", "--pdf", "--browser", "netscape"], 2, "there is no browser 'netscape'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_wrong_thing_gets_a_clear_error(name: str, case: Path, tmp_path: Path) -> None:
    arguments, code, said = WRONG[name]
    places = {"CASE": str(case), "NEW": str(tmp_path / "new")}
    words = [re.sub("CASE|NEW", lambda match: places[match.group()], word) for word in arguments]
    assert said in undertow(*words, expect=code).stderr


@pytest.mark.browser
def test_the_report_is_printed_to_pdf(case: Path, tmp_path: Path) -> None:
    if not any(shutil.which(name) for name in BROWSERS):
        pytest.skip("no Chromium is installed")
    undertow("report", case, "-o", tmp_path / "report.html", "--pdf", "--quiet")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) > 2
    assert find_browser()
    undertow("report", case, "-o", tmp_path / "named.pdf", "--pdf", "--quiet")
    assert (tmp_path / "named.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "named.html").read_text("utf-8").startswith("<!doctype html>")
