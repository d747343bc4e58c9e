"""The command line as people use it: real processes, real files, and the wrong things typed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from processes import undertow

from undertow.case import Case
from undertow.finding import Finding


@pytest.fixture(scope="module")
def case(takedown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case made by ``undertow run``."""
    folder = tmp_path_factory.mktemp("cli") / "case"
    files = sorted(takedown.glob("synthetic_takedown_*"))
    undertow("run", *files, "--case", folder, "--title", "A simulated takedown", "--quiet")
    return folder


def test_the_main_job_ends_with_a_report(case: Path) -> None:
    report = (case / "report.html").read_text(encoding="utf-8")
    assert "A simulated takedown" in report
    assert "posting_hours.working_calendar" in report
    assert {path.suffix for path in (case / "report_pictures").iterdir()} == {".png", ".svg"}


def test_show_prints_findings_as_json_with_exactly_the_designed_fields(case: Path) -> None:
    documents = json.loads(undertow("show", case, "--json").stdout)
    fields = "id question statement estimate p_value null_model method assumptions alternatives strength aspect "
    fields += "disarm table chart evidence"
    assert {tuple(document) for document in documents} == {tuple(fields.split())}
    assert [Finding.from_json(document).to_json() for document in documents] == documents


def test_evidence_has_as_many_rows_as_the_finding_says(case: Path) -> None:
    opened = Case.open(case)
    findings = opened.findings()
    for finding in findings:
        assert opened.evidence(finding).num_rows == finding.evidence.rows, finding.id
    rows = json.loads(undertow("show", case, findings[0].id, "--rows", 0, "--json").stdout)
    assert len(rows) == findings[0].evidence.rows > 0


def test_every_record_is_accounted_for(case: Path, takedown: Path) -> None:
    again = json.loads(undertow("add", case, *sorted(takedown.glob("synthetic_takedown_*")), "--json").stdout)
    assert [entry["known"] for entry in again] == [True, True]
    for entry in again:
        assert entry["read"] == entry["kept"] + entry["duplicate"] + entry["quarantined"]


def test_filtered_findings_stand_beside_the_others(case: Path) -> None:
    undertow("analyse", case, "--only", "posting_hours.office_hours", "--where", "kind = 'original'", "--quiet")
    documents = json.loads(undertow("show", case, "--json").stdout)
    assert [d["filter"] for d in documents if "filter" in d] == ["kind = 'original'"]
    assert sum(document["id"] == "posting_hours.office_hours" for document in documents) == 2
    undertow("verify", case)


def test_a_control_that_is_no_case_is_refused(case: Path, tmp_path: Path) -> None:
    refused = undertow("analyse", case, "--control", tmp_path / "nowhere", expect=3)
    assert "nowhere" in refused.stderr
    undertow("analyse", case, "--only", "posting_hours", "--control", case, expect=2)


def test_verify_finds_a_changed_byte(case: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(case, copy)
    part = next((copy / "tables" / "posts").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"\x00")
    done = undertow("verify", copy, expect=1)
    assert part.name in done.stdout
    assert json.loads(undertow("verify", copy, "--json", expect=1).stdout)["ok"] is False


def test_two_runs_give_the_same_findings(case: Path, takedown: Path, tmp_path: Path) -> None:
    other = tmp_path / "case"
    undertow("run", *sorted(takedown.glob("synthetic_takedown_*")), "--case", other, "--quiet")
    first, second = (json.loads(undertow("show", c, "--json").stdout) for c in (case, other))
    assert [d for d in first if "filter" not in d] == second


WRONG = {
    "no such case": (["show", "nowhere"], 3, "there is no case here"),
    "misspelt column": (["analyse", "CASE", "--where", "langage = 'ru'"], 2, "did you mean 'language'"),
    "writing": (["analyse", "CASE", "--where", "1; DROP TABLE posts"], 2, "one expression"),
    "a statement": (["analyse", "CASE", "--where", "DELETE FROM posts"], 2, "condition"),
    "reading another file": (
        ["analyse", "CASE", "--where", "account_id IN (SELECT content FROM read_text('/etc/passwd'))"],
        2,
        "cannot be read from here",
    ),
    "not true or false": (["analyse", "CASE", "--where", "likes"], 2, "true or false"),
    "misspelt analysis": (["analyse", "CASE", "--only", "posting_hour"], 2, "did you mean 'posting_hours'"),
    "a report that is no PDF": (["report", "CASE", "-o", "x.pdf"], 2, "add --pdf"),
    "rows below none": (["show", "CASE", "posting_hours.office_hours", "--rows", "-1"], 2, "--rows"),
    "misspelt finding": (["show", "CASE", "posting_hours.office_hour"], 2, "posting_hours.office_hours"),
    "misspelt engine": (["analyse", "CASE", "--engine", "sparc"], 2, "did you mean 'spark'"),
    "misspelt setting": (["analyse", "CASE", "--set", "posting_hours.calender=RU"], 2, "calendars"),
    "a setting's type": (["analyse", "CASE", "--set", "posting_hours.offset=east"], 2, "whole number"),
    "unknown country": (["analyse", "CASE", "--set", "posting_hours.calendars=RU,XX"], 2, "XX"),
    "misspelt scenario": (["simulate", "OUT", "--scenario", "dmo"], 2, "did you mean 'demo'"),
    "misspelt command": (["analize", "CASE"], 2, "No such command"),
    "no files": (["add", "CASE"], 2, "FILES"),
    "missing file": (["add", "CASE", "nothing.csv"], 3, "there is no such file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_wrong_thing_gets_a_clear_error(name: str, case: Path, tmp_path: Path) -> None:
    arguments, code, said = WRONG[name]
    known = {"CASE": case, "OUT": tmp_path / "out"}
    done = undertow(*(known.get(part, part) for part in arguments), expect=code, cwd=tmp_path)
    assert said in done.stderr
    assert done.stdout == ""


def test_errors_have_the_same_shape_as_json(case: Path) -> None:
    done = undertow("show", case, "posting_hours.nothing", "--json", expect=2)
    assert set(json.loads(done.stdout)) == {"error", "what", "where", "todo"}


def test_a_cut_gzip_leaves_the_case_untouched(takedown: Path, case: Path, tmp_path: Path) -> None:
    whole = next(takedown.glob("synthetic_control_posts*")).read_bytes()
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    before = (case / "ledger.jsonl").read_bytes()
    done = undertow("add", case, cut, expect=3)
    assert "cut.csv.gz" in done.stderr
    assert (case / "ledger.jsonl").read_bytes() == before
    assert list((case / "staging").iterdir()) == []


def test_a_bad_row_goes_to_quarantine_with_its_bytes(takedown: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(next(takedown.glob("synthetic_takedown_users*")).read_bytes()).split(b"\n")
    broken = tmp_path / "users.csv"
    broken.write_bytes(b"\n".join([*lines[:3], b'"one","two"', *lines[3:]]))
    entry = json.loads(undertow("add", tmp_path / "case", broken, "--json").stdout)[0]
    assert entry["quarantined"] == 1
    assert entry["read"] == entry["kept"] + entry["duplicate"] + 1
    undertow("verify", tmp_path / "case")


def test_hostile_text_does_not_steer_the_terminal(tmp_path: Path) -> None:
    table = tmp_path / "posts.csv"
    table.write_text(
        "id,who,when,what\n"
        + "".join(f"{n},a{n},2020-01-0{n % 9 + 1} 10:00:00,\x1b[31mred\u202e\n" for n in range(1, 9)),
        encoding="utf-8",
    )
    mapping = [
        f"--map={k}={v}"
        for k, v in {"post_id": "id", "account_id": "who", "created_at": "when", "text": "what"}.items()
    ]
    undertow("run", table, "--case", tmp_path / "case", "--platform", "twitter", *mapping, "--quiet")
    shown = undertow("show", tmp_path / "case", "posting_hours.utc_offset").stdout
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("command", ["run", "add", "analyse", "report", "show", "simulate", "verify", "compact"])
def test_help_is_there(command: str) -> None:
    assert "Usage: undertow" in undertow(command, "--help").stdout.replace("python -m ", "")


def test_a_case_made_for_a_file_that_cannot_be_read_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("x\n1\n", encoding="utf-8")
    undertow("add", tmp_path / "new", tmp_path / "bad.csv", expect=3)
    assert not (tmp_path / "new").exists()


def test_what_the_system_refuses_is_an_error_like_others(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("when,who,what\n2020-01-01 10:00:00,anna,one\n")
    mapped = ("--map", "created_at=when", "--map", "account_id=who")
    done = undertow("add", tmp_path / "posts.csv" / "case", tmp_path / "posts.csv", *mapped, expect=3)
    assert "the system refused this" in done.stderr
    done = undertow("simulate", tmp_path / "posts.csv" / "out", "--posts", 10, "--json", expect=3)
    assert json.loads(done.stdout)["where"].endswith("out")
