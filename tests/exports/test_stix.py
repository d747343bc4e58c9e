"""The STIX bundle: valid under the strict parser, the same ids each time, a campaign only where somebody judged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stix2

import undertow
from undertow.attribution import decide
from undertow.attribution.disarm import read_framework
from undertow.case import Case
from undertow.exports.stix import bundle
from undertow.exports.stix_parts import custom
from undertow.finding import Estimate, Evidence, Finding
from undertow.published import published

SIGNED = {"by": "A. Analyst", "because": "read the posts"}


def parsed(content: bytes) -> Any:
    custom()
    return stix2.parse(content.decode(), allow_custom=False)


def kinds(content: bytes) -> list[str]:
    return [each["type"] for each in json.loads(content)["objects"]]


@pytest.mark.parametrize("which", ["planted", "hostile"])
@pytest.mark.parametrize("identifiable", [True, False])
def test_the_strict_parser_takes_it(which: str, identifiable: bool, planted: Any, hostile_case: Case) -> None:
    shown = published(planted.case if which == "planted" else hostile_case, identifiable=identifiable)
    found = parsed(bundle(shown))
    assert {"report", "note", "user-account", "observed-data", "opinion", "identity"} <= {
        o["type"] for o in found.objects
    }


def test_without_the_declared_extension_a_parser_needs_nothing_of_ours(planted: Any, tmp_path: Path) -> None:
    """A fresh interpreter with stix2 alone parses everything but OpenCTI's two types."""
    document = json.loads(bundle(published(planted.case)))
    document["objects"] = [each for each in document["objects"] if each["type"] not in ("channel", "narrative")]
    (tmp_path / "plain.json").write_text(json.dumps(document))
    code = "import stix2, sys; print(len(stix2.parse(open(sys.argv[1]).read(), allow_custom=False).objects))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "plain.json")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == len(document["objects"])


def test_a_second_export_has_the_same_ids_and_bytes(planted: Any) -> None:
    first, second = (bundle(published(Case.open(planted.case.path))) for _ in range(2))
    assert first == second


def test_after_a_change_the_ids_stay_and_the_time_moves(planted: Any, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(planted.case.path, tmp_path / "copy")
    case = Case.open(tmp_path / "copy")
    before = {each["id"]: each for each in json.loads(bundle(published(case)))["objects"]}
    changed = decide.judge(case, "fans", "unlikely", confident="low", **SIGNED)
    after = {each["id"]: each for each in json.loads(bundle(published(changed)))["objects"]}
    assert set(before) < set(after)
    assert [after[name]["type"] for name in set(after) - set(before)] == ["opinion"]


def test_a_campaign_is_there_only_where_somebody_judged_one(
    case_of: Callable[[], Case],
) -> None:
    case = case_of()
    assert "campaign" not in kinds(bundle(published(case)))
    case = decide.judge(case, "fans", "almost certain", confident="low", **SIGNED)
    assert "campaign" not in kinds(bundle(published(case))), "organic coordination is no campaign"
    case = decide.judge(case, "proxy", "unlikely", confident="low", **SIGNED)
    assert "campaign" not in kinds(bundle(published(case)))
    case = decide.judge(case, "proxy", "likely", confident="moderate", **SIGNED)
    content = bundle(published(case))
    [campaign] = [each for each in parsed(content).objects if each["type"] == "campaign"]
    assert campaign.confidence == 50
    assert "intrusion-set" not in kinds(content)


@pytest.fixture
def case_of(tmp_path: Path) -> Callable[[], Case]:
    def made() -> Case:
        finding = Finding(
            id="text_families.families",
            question="?",
            statement="A family.",
            estimate=Estimate(value=1.0, unit="families", n=1),
            p_value=0.001,
            null_model=None,
            method="Made up.",
            assumptions=(),
            alternatives=("x",),
            strength="moderate",
            aspect="narrative framing",
            evidence=Evidence(sql="SELECT * FROM posts", rows=0),
        )
        return Case.create(tmp_path / "case").record([finding], {})

    return made


def test_techniques_are_objects_of_their_own_or_references(case_of: Callable[[], Case], shared_data: Path) -> None:
    case = case_of()
    own = json.loads(bundle(published(case)))["objects"]
    [pattern] = [each for each in own if each["type"] == "attack-pattern"]
    assert pattern["external_references"][0]["external_id"] == "T0084.001"
    known = read_framework(shared_data / "reference_lists" / "disarm" / "DISARM_stix.json")
    referred = bundle(published(case), techniques=known)
    assert "attack-pattern" not in kinds(referred)
    assert known["T0084.001"].stix_id in referred.decode()
    parsed(referred)


def test_it_is_marked_and_names_no_person(planted: Any) -> None:
    document = json.loads(bundle(published(planted.case), tlp="green", author="The Newsroom"))
    [marking] = [each for each in document["objects"] if each["type"] == "marking-definition"]
    assert marking["name"] == "TLP:GREEN"
    unmarked = [e["type"] for e in document["objects"] if marking["id"] not in e.get("object_marking_refs", ())]
    assert set(unmarked) == {"marking-definition", "extension-definition"}
    identities = [each for each in document["objects"] if each["type"] == "identity"]
    assert [(each["name"], each["identity_class"]) for each in identities] == [("The Newsroom", "organization")]
    with pytest.raises(undertow.UsageError, match="did you mean 'amber'"):
        bundle(published(planted.case), tlp="ambre")


def test_hostile_words_are_strings_and_nothing_else(hostile_case: Case) -> None:
    content = bundle(published(hostile_case, identifiable=True))
    assert content.isascii()
    for each in json.loads(content)["objects"]:
        for value in each.values():
            if isinstance(value, str):
                assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", value)
