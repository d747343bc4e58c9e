"""What analyses declare that they read: held against what each opens, and what a tracker keeps by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import undertow
from undertow.analyses import ANALYSES, load
from undertow.analyses import derived as derived_tables
from undertow.analyses.reads import Reads, as_read, rests_on
from undertow.analyses.run import Request, prepare
from undertow.case import Case
from undertow.engines.engine import Engine
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.findings_store import dumps
from undertow.schema import TABLES
from undertow.simulation import preset, simulate
from undertow.tracker import Rules, update

SETTINGS = {"narratives.families": True}
"""All that an analysis may read of others is read."""


def ads(path: Path, texts: list[str], number: int) -> Path:
    """An export of so many political ads with these texts."""
    made = [
        {
            "id": str(n), "page_id": str(n % 3), "page_name": f"Page {n % 3}", "ad_creative_bodies": texts,
            "ad_delivery_start_time": "2020-01-05", "spend": {"lower_bound": "100", "upper_bound": "199"},
            "currency": "EUR",
        } | ({"bylines": "A Fund"} if n % 3 else {})
        for n in range(number)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in made))
    return path


def watchlist(path: Path, accounts: Iterable[str], actor_class: str) -> Path:
    lines = (f"{account},twitter,{actor_class}\n" for account in accounts)
    path.write_text("account_id,platform,actor_class\n" + "".join(lines))
    return path


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A small takedown with profiles, counters, a watchlist of two classes, and ads with the words of a post."""
    folder = tmp_path_factory.mktemp("reads")
    simulate(folder / "export", scenario=preset("demo").sized(accounts=30, posts=300), seed=3)
    case, _ = Case.add_to(folder / "case", *sorted((folder / "export").glob("synthetic_takedown_*")))
    posts = case.query(
        "SELECT account_id, text FROM posts WHERE kind = 'original' ORDER BY len(text) DESC, post_id"
    )
    accounts = sorted(set(posts["account_id"].to_pylist()))
    case, _ = case.add(watchlist(folder / "one.csv", accounts[:6], "diplomat"))
    case, _ = case.add(watchlist(folder / "two.csv", accounts[6:12], "fringe_outlet"))
    case, _ = case.add(ads(folder / "ads.jsonl", posts["text"].to_pylist()[:20], 6))
    for table in ("posts", "accounts", "account_counters", "labels", "ads"):
        assert case.table(table).count(), table
    return case


@pytest.fixture(scope="module")
def grown(simulated: Case) -> Case:
    """A copy of it to which ads and then a watchlist were added, and nothing is kept."""
    folder = simulated.path.parent
    shutil.copytree(simulated.path, folder / "grown")
    case, _ = Case.open(folder / "grown").add(
        ads(folder / "more.jsonl", ["Other words than those of anybody else."], 9)
    )
    case, _ = case.add(watchlist(folder / "more.csv", ["somebody"], "ordinary"))
    return case


@dataclass
class Opened:
    """What each analysis opened itself: tables of the case, and derived tables."""

    tables: dict[str, set[str]]
    derived: dict[str, set[str]]
    findings: list[Finding]


@pytest.fixture(scope="module")
def opened(grown: Case) -> Opened:
    """A full run, watched."""
    found = Opened({name: set() for name in ANALYSES}, {name: set() for name in ANALYSES}, [])
    running: list[str] = []
    provide, connect, kept = Engine._provide_raw, Case.connect, derived_tables._kept

    def providing(engine: Engine, name: str) -> None:
        found.tables[running[-1]].add(name)
        provide(engine, name)

    def connecting(case: Case, **given: Any) -> Any:
        found.tables[running[-1]].update(given.get("tables", TABLES))
        return connect(case, **given)

    def keeping(case: Case, name: str, wanted: Any, parameters: Any) -> Any:
        found.derived[running[-1]].add(name)
        running.append(name.partition(".")[0])
        try:
            return kept(case, name, wanted, parameters)
        finally:
            running.pop()

    def started(name: str, _: str | None) -> None:
        running[:] = [name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_provide_raw", providing)
        patch.setattr(Case, "connect", connecting)
        patch.setattr(derived_tables, "_kept", keeping)
        found.findings = undertow.analyse(grown, settings=SETTINGS, started=started)
    return found


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_opens_what_it_declares_and_no_more(name: str, opened: Opened) -> None:
    reads = load(name).READS
    assert opened.tables[name] == reads.tables
    assert opened.derived[name] == set(reads.derived)


def test_only_what_reads_what_has_changed_is_counted_again(simulated: Case, opened: Opened) -> None:
    rules = Rules(only=tuple(ANALYSES)[::-1], settings=SETTINGS, rules=())
    first = update(simulated, rules=rules)
    assert first.analysed == tuple(ANALYSES)
    folder = simulated.path.parent
    case, _ = first.case.add(folder / "more.jsonl")
    done = update(case, rules=rules)
    assert done.analysed == ("advertising",)
    case, _ = done.case.add(folder / "more.csv")
    done = update(case, rules=rules)
    assert done.analysed == ("amplification", "propagation", "advertising")
    assert dumps(done.case.findings()) == dumps(opened.findings)
    for kept, made in zip(done.case.findings(), opened.findings, strict=True):
        assert made.result is None or kept.result.equals(made.result), made.id
        assert kept.figure == made.figure, made.id


def test_files_of_findings_are_named_apart(opened: Opened) -> None:
    """Some names are made at run time; no two analyses may make the same, or findings could not be saved together."""
    made: dict[str, set[str]] = {}
    for finding in opened.findings:
        for file in (finding.table, finding.chart):
            if file is not None:
                made.setdefault(file, set()).add(finding.id.partition(".")[0])
    assert len(made) > len(ANALYSES)
    assert [file for file, analyses in made.items() if len(analyses) > 1] == []


@pytest.fixture
def case(simulated: Case, tmp_path: Path) -> Case:
    """A copy of the simulated case."""
    shutil.copytree(simulated.path, tmp_path / "case")
    return Case.open(tmp_path / "case")


def rests(case: Case, name: str, **settings: object) -> dict[str, Any]:
    return rests_on(case, name, prepare(case, Request(only=(name,), settings=settings))[name])


def test_settings_files_and_controls_are_part_of_it(case: Case, tmp_path: Path) -> None:
    plain = rests(case, "amplification")
    assert rests(case, "amplification", **{"amplification.coordinated": False}) != plain
    assert rests(case, "amplification", **{"coordination.level": 0.02}) != plain, "groups are made with it"
    assert rests(case, "amplification", **{"text_families.edit": 0.9}) != plain, "groups are made of families"
    assert rests(case, "amplification", **{"narratives.draws": 10}) == plain
    with (case.path / "case.toml").open("a") as file:
        file.write("[parameters.coordination]\nlevel = 0.03\n")
    assert rests(case, "amplification") != plain
    places = tmp_path / "places.csv"
    asked = {"targeting.places": str(places)}
    places.write_text("place,language,name\nX,en,Xtown\n")
    before = rests(case, "targeting", **asked)
    places.write_text("place,language,name\nX,en,Xville\n")
    assert rests(case, "targeting", **asked) != before
    shutil.copytree(case.path, tmp_path / "control")
    control = Case.open(tmp_path / "control")
    asked = {"coordination.control": str(control.path)}
    before = rests(case, "coordination", **asked)
    assert before != rests(case, "coordination")
    control.add(watchlist(tmp_path / "late.csv", ["nobody"], "ordinary"))
    assert rests(case, "coordination", **asked) != before


def test_a_command_s_settings_reach_what_is_read_of_others(case: Case) -> None:
    (parameters,) = prepare(
        case, Request(only=("amplification",), settings={"coordination.level": "0.02"})
    ).values()
    groups: Any = as_read(case, "coordination", parameters)
    assert (groups.level, groups.seed, groups.asked) == (0.02, parameters.seed, parameters.asked)
    families: Any = as_read(case, "text_families", groups, {"text_families.edit": 0.9})
    assert families.edit == 0.9
    with pytest.raises(UsageError, match="has no setting 'levle'"):
        undertow.analyse(case, only=["amplification"], settings={"coordination.levle": 0.02})


def test_a_condition_may_read_any_table(case: Case) -> None:
    condition = {"posting_hours.group_a": "kind = 'original'", "posting_hours.group_b": "kind = 'repost'"}
    assert set(rests(case, "posting_hours")["parts"]) == {"posts"}
    assert set(rests(case, "posting_hours", **condition)["parts"]) == set(TABLES)


def test_a_table_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no table post"):
        Reads(tables=frozenset({"post"}))
