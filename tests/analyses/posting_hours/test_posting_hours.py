"""Posting hours from files to findings: on simulated data with known truth, and on real data where they are."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

import undertow
from undertow.case import Case
from undertow.finding import Finding
from undertow.simulation import preset, simulate
from undertow.sources.base import ReadOptions


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Operators of a Russian office, nothing else planted."""
    folder = tmp_path_factory.mktemp("office")
    scenario = preset("calendar").sized(accounts=250, posts=60_000).on_calendar("RU")
    simulate(folder / "data", scenario=scenario, seed=11)
    case, _ = Case.create(folder / "case").add(folder / "data" / "synthetic_takedown_posts.csv.gz")
    return case


@pytest.fixture(scope="module")
def found(office: Case) -> dict[str, Finding]:
    return by_id(undertow.analyse(office, only=["posting_hours"]))


def test_the_planted_clock_is_among_the_compatible_ones(found: dict[str, Finding]) -> None:
    estimate = found["posting_hours.utc_offset"].estimate
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= 3 <= estimate.high
    assert found["posting_hours.office_hours"].strength == "strong"


def test_the_planted_calendar_comes_first(found: dict[str, Finding]) -> None:
    finding = found["posting_hours.working_calendar"]
    assert finding.result is not None
    assert finding.result["country"][0].as_py() == "RU"
    assert finding.result["result"][0].as_py() == "the accounts' calendar"
    assert finding.p_value is not None
    assert finding.p_value <= 0.05


def test_every_documented_finding_is_there_and_no_other(found: dict[str, Finding]) -> None:
    from undertow.analyses.posting_hours import FINDINGS

    assert set(found) == set(FINDINGS) - {"posting_hours.comparison"}


def test_evidence_returns_the_posts_that_were_counted(office: Case, found: dict[str, Finding]) -> None:
    finding = found["posting_hours.office_hours"]
    rows = office.evidence(finding)
    assert rows.num_rows == finding.evidence.rows
    assert finding.estimate.value == pytest.approx(rows.num_rows / finding.estimate.n)


def test_the_order_of_rows_and_files_changes_nothing(
    office: Case, found: dict[str, Finding], tmp_path: Path
) -> None:
    import gzip

    source = office.path.parent / "data" / "synthetic_takedown_posts.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    random.Random(5).shuffle(rows)
    case = Case.create(tmp_path / "case")
    for number, part in enumerate((rows[: len(rows) // 3], rows[len(rows) // 3 :])):
        path = tmp_path / f"part-{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *part])
        case, _ = case.add(path)
    assert undertow.analyse(case, only=["posting_hours"]) == list(found.values())


def test_by_runs_once_for_each_value_with_enough_posts(office: Case) -> None:
    only = ["posting_hours.office_hours"]
    findings = undertow.analyse(office, only=only, by="language", by_at_least=2_000)
    counts = office.query("SELECT language, count(*) AS n FROM posts GROUP BY 1 HAVING n >= 2000").to_pylist()
    assert {finding.filter for finding in findings} == {f"language = '{row['language']}'" for row in counts}
    assert sum(finding.estimate.n for finding in findings) == sum(row["n"] for row in counts)


def test_two_groups_that_differ_are_told_apart_and_halves_of_one_are_not(office: Case) -> None:
    slot = "(epoch_us(created_at) // 60000000 + 180 + 4320) % 1440"
    settings = {
        "posting_hours.offset": 180,
        "posting_hours.group_a": f"{slot} < 720",
        "posting_hours.group_b": f"{slot} >= 720",
    }
    differ = undertow.analyse(office, only=["posting_hours.comparison"], settings=settings)[0]
    assert differ.p_value is not None
    assert differ.p_value < 0.01
    halves = {
        "posting_hours.group_a": "epoch_us(created_at) % 2000 < 1000",
        "posting_hours.group_b": "epoch_us(created_at) % 2000 >= 1000",
    }
    same = undertow.analyse(office, only=["posting_hours.comparison"], settings=halves)[0]
    assert same.p_value is not None
    assert same.p_value > 0.01


def test_posts_without_times_are_too_little_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,who,day\n1,a,2020-01-01\n2,b,2020-01-02\n", encoding="utf-8")
    mapping = {"post_id": "id", "account_id": "who", "created_at": "day"}
    options = ReadOptions(mapping=mapping, platform="twitter")
    case, _ = Case.create(tmp_path / "case").add(path, options=options)
    for finding in undertow.analyse(case, only=["posting_hours"]):
        assert finding.strength == "none"
        assert finding.statement.startswith("Too little to tell")


def test_one_post_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,who,when\n1,a,2020-01-01 10:20:30\n", encoding="utf-8")
    mapping = {"post_id": "id", "account_id": "who", "created_at": "when"}
    case, _ = Case.create(tmp_path / "case").add(path, options=ReadOptions(mapping=mapping, platform="twitter"))
    assert all(finding.strength in ("none", "weak") for finding in undertow.analyse(case, only=["posting_hours"]))


def test_an_empty_case_gives_findings_too(tmp_path: Path) -> None:
    findings = undertow.analyse(Case.create(tmp_path / "case"), only=["posting_hours"])
    assert all("there are no posts" in finding.statement for finding in findings)


# --- real data ---------------------------------------------------------------------------------------------


def test_russian_posts_of_the_ira_keep_russias_calendar(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "ira_troll_tweets" / "tweets.parquet"
    case, inputs = Case.create(tmp_path / "case").add(source)
    assert inputs[0].read == 611_419 == inputs[0].kept + inputs[0].duplicate + inputs[0].quarantined
    where = "language = 'ru'"
    finding = undertow.analyse(case, only=["posting_hours.working_calendar"], where=where)[0]
    assert finding.result is not None
    table = finding.result.to_pylist()
    assert table[0]["country"] == "RU"
    assert table[0]["result"] == "the accounts' calendar"
    against = {row["country"]: row["against_the_first"] for row in table[1:]}
    assert against["BY"] == "first"
    assert {against["UA"], against["KZ"]} <= {"first", "cannot be told apart"}


def test_three_days_are_too_short_to_tell(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "organic_controls" / "minimal_schema_2019.jsonl"
    mapping = {"post_id": "message_id", "account_id": "node_id", "created_at": "message_time", "text": "text"}
    case, inputs = Case.create(tmp_path / "case").add(
        source, options=ReadOptions(mapping=mapping, platform="twitter")
    )
    assert inputs[0].kept == 8_156
    finding = undertow.analyse(case, only=["posting_hours.working_calendar"])[0]
    assert finding.statement.startswith("Too little to tell")
    assert finding.strength == "none"


def test_eight_weeks_of_professionals_are_too_short_for_a_calendar(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "organic_controls" / "german_politicians_2018.parquet"
    mapping = {"account_id": "screen_name", "created_at": "created_at", "text": "text"}
    case, inputs = Case.create(tmp_path / "case").add(
        source, options=ReadOptions(mapping=mapping, platform="twitter")
    )
    assert inputs[0].read == 10_735 == inputs[0].kept + inputs[0].duplicate + inputs[0].quarantined
    found = by_id(undertow.analyse(case, only=["posting_hours"]))
    assert found["posting_hours.working_calendar"].statement.startswith("Too little to tell")
    assert found["posting_hours.office_hours"].estimate.value is not None
