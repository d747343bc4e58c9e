"""``undertow assess`` and ``undertow disarm`` as people use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import undertow

SIGNED = ("--by", "A. Analyst", "--because", "read the posts")
HOURS = "posting_hours.office_hours"


@pytest.fixture(scope="module")
def case(takedown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assess") / "case"
    undertow("add", folder, *sorted(takedown.glob("synthetic_takedown_*")), "--quiet")
    undertow("analyse", folder, "--only", "posting_hours", "--set", "posting_hours.draws=200", "--quiet")
    return folder


def test_the_whole_way_from_defaults_to_a_refused_overclaim(case: Path) -> None:
    assert "Not assessed" in undertow("assess", case).stdout
    undertow("assess", case, "rate", HOURS, "fans=I", "patriots=I", *SIGNED)
    undertow("assess", case, "weigh", HOURS, "B2", *SIGNED)
    done = undertow("assess", case, "judge", "proxy", "--likelihood", "likely", "--confidence", "moderate", *SIGNED)
    assert "recorded in ledger line" in done.stdout
    refused = ("judge", "state", "--likelihood", "almost certain", "--confidence", "high")
    done = undertow("assess", case, *refused, *SIGNED, expect=1)
    assert "high confidence in “State-directed” is refused" in done.stderr
    assert "no analysis has looked at it" in done.stderr
    found = json.loads(undertow("assess", case, "--json").stdout)
    assert [(v["hypothesis"], v["confidence"]) for v in found["verdicts"]] == [("proxy", "moderate")]
    assert found["assessed"]
    shown = undertow("assess", case).stdout
    assert "A. Analyst judges it likely (55 to 80%)" in shown
    undertow("verify", case)


WRONG: dict[str, tuple[list[str], int, str]] = {
    "hypothesis": (["rate", HOURS, "fan=I"], 2, "did you mean 'fans'"),
    "rating": (["rate", HOURS, "fans=III"], 2, "is no rating"),
    "finding": (["rate", "posting_hours.office", "fans=I"], 2, f"did you mean '{HOURS}'"),
    "code": (["weigh", HOURS, "Z9"], 2, "is not an Admiralty code"),
    "likelihood": (["judge", "fans", "--likelihood", "maybe", "--confidence", "low"], 2, "no word of likelihood"),
    "confidence": (["judge", "fans", "--likelihood", "likely", "--confidence", "hih"], 2, "did you mean 'high'"),
    "line": (["withdraw", "1"], 2, "is no judgement that holds"),
    "technique": (["tag", "T9999"], 2, "--disarm DISARM.json"),
    "aspect": (["evidence", "x", "y", "--aspect", "intents", "--code", "B2"], 2, "did you mean 'intent'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_wrong_thing_gets_a_clear_error(name: str, case: Path) -> None:
    arguments, code, said = WRONG[name]
    before = (case / "ledger.jsonl").read_bytes()
    assert said in undertow("assess", case, *arguments, *SIGNED, expect=code).stderr
    assert (case / "ledger.jsonl").read_bytes() == before


def test_a_judgement_needs_a_name(case: Path) -> None:
    assert "--by" in undertow("assess", case, "weigh", HOURS, "B2", "--because", "x", expect=2).stderr


def test_hostile_words_of_analysts_do_not_steer_the_terminal(case: Path) -> None:
    undertow("assess", case, "rate", HOURS, "spam=N", "--by", "\x1b[31mred", "--because", "\u202eevil\x07")
    shown = undertow("assess", case).stdout
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown


def test_disarm_looks_up_and_checks(case: Path, shared_data: Path) -> None:
    framework = shared_data / "reference_lists" / "disarm" / "DISARM_stix.json"
    assert "T0150.004" in undertow("disarm", framework, "repurposed").stdout
    undertow("assess", case, "tag", "T0150.004", "--disarm", framework, *SIGNED)
    assert "0 do not fit" in undertow("disarm", framework, "--case", case).stdout
    assert "not a STIX bundle" in undertow("disarm", case / "case.toml", expect=3).stderr
