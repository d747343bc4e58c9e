"""DISARM tags: from findings, from people, checked against the framework's own file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import undertow.analyses
from undertow.attribution import assess, decide, disarm
from undertow.case import Case
from undertow.errors import InputError, UsageError
from undertow.finding import Finding

SIGNED = {"by": "A. Analyst", "because": "read the posts"}


@pytest.fixture
def framework(tmp_path: Path) -> Path:
    """A made-up framework in the layout of DISARM's STIX file."""

    def technique(name: str, words: str, **more: object) -> dict[str, object]:
        return {
            "type": "attack-pattern",
            "id": "attack-pattern--00000000-0000-4000-8000-000000000001",
            "name": words,
            "kill_chain_phases": [{"kill_chain_name": "x", "phase_name": "establish-assets"}],
            "external_references": [{"source_name": "x", "external_id": name, "url": "https://disarm.example/x"}],
            **more,
        }

    path = tmp_path / "DISARM.json"
    objects = [
        technique("T0084.001", "Use Copypasta"),
        technique("T0129.007", "Delete Accounts"),
        technique("T0001", "Old", revoked=True),
        {"type": "identity", "id": "identity--00000000-0000-4000-8000-000000000002"},
    ]
    path.write_text(json.dumps({"type": "bundle", "objects": objects}), encoding="utf-8")
    return path


def test_the_framework_is_read(framework: Path) -> None:
    known = disarm.read_framework(framework)
    assert list(known) == ["T0084.001", "T0129.007"]
    assert known["T0129.007"].tactic == "establish-assets"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"objects": [{}]}', '{"objects": []}', "\x00"])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="bundle"):
        disarm.read_framework(tmp_path / "other.json")


def test_findings_are_tagged_where_they_are_beyond_chance_and_more_than_weak(
    case_of: Callable[..., Case], make: Callable[..., Finding]
) -> None:
    case = case_of(
        replace(make("text_families.families", "moderate", "narrative framing"), p_value=0.001),
        replace(make("account_histories.lives", disarm=("T0150.004",)), p_value=0.001),
        replace(make("automation.periodicity", "weak"), p_value=0.001),
        replace(make("account_origins.first_post_delay", "strong"), p_value=None),
        make("account_histories.other", "none", disarm=("T0150.002",)),
    )
    tags = [(tag.technique, tag.finding) for tag in assess(case).tags]
    assert tags == [("T0084.001", "text_families.families"), ("T0150.004", "account_histories.lives")]


def test_people_tag_with_ids_that_exist(
    case_of: Callable[..., Case], make: Callable[..., Finding], framework: Path
) -> None:
    case = case_of(make("posting_hours.weekend"))
    with pytest.raises(UsageError, match="no technique 'T0001'"):
        decide.tag(case, "T0001", framework=framework, **SIGNED)
    with pytest.raises(UsageError, match="not among the techniques that come with Undertow"):
        decide.tag(case, "T0129.007", **SIGNED)
    case = decide.tag(case, "T0129.007", framework=framework, finding="posting_hours.weekend", **SIGNED)
    [tag] = assess(case).tags
    assert (tag.name, tag.finding, tag.by) == ("Delete Accounts", "posting_hours.weekend", "A. Analyst")


def test_tags_are_held_against_the_file(framework: Path) -> None:
    known = disarm.read_framework(framework)
    tags = [
        disarm.Tag(technique="T0084.001", name="Use Copypasta"),
        disarm.Tag(technique="T0129.007", name="Delete All"),
        disarm.Tag(technique="T9999", name=""),
    ]
    assert disarm.problems(tags, known) == [
        "T0129.007: named “Delete All” here, “Delete Accounts” in the file",
        "T9999: the file has no such technique",
    ]


def test_what_is_shipped_is_what_findings_use() -> None:
    """No id more than the findings use, and each that an analysis states has its name here."""
    sources = Path(undertow.analyses.__file__).parent.rglob("*.py")
    stated = {found for path in sources for found in re.findall(r'"(T\d{4}(?:\.\d{3})?)"', path.read_text("utf-8"))}
    listed = {each for ids in disarm.read_data("disarm.toml")["finding"].values() for each in ids}
    assert set(disarm.shipped()) == stated | listed


def test_what_is_shipped_is_in_the_framework(shared_data: Path) -> None:
    known = disarm.read_framework(shared_data / "reference_lists" / "disarm" / "DISARM_stix.json")
    assert len(known) == 391
    tags = [disarm.Tag(technique=technique, name=name) for technique, name in disarm.shipped().items()]
    assert disarm.problems(tags, known) == []
