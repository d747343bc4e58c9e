"""Account origins from files to findings: planted batches, a control, missing columns, and the real sets."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import undertow
from undertow.analyses.account_origins import FINDINGS
from undertow.case import Case
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

MAP = {
    "account_id": "id", "handle": "handle", "display_name": "name", "description": "about", "location": "place",
    "account_created_at": "born", "followers": "fans", "following": "follows",
}  # fmt: skip


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(MAP.values()))
        writer.writeheader()
        writer.writerows(rows)
    return path


def people(rng: np.random.Generator, number: int, *, first: int = 0) -> list[dict[str, object]]:
    """Ordinary accounts that registered over three years."""
    seconds = rng.integers(0, 3 * 365 * 86_400, number)
    return [
        {
            "id": first + k,
            "handle": f"{rng.choice(list('abcdefgh'))}{k}x{chr(97 + k % 26)}",
            "name": "Someone",
            "about": f"I keep {k} cats",
            "place": "Lund",
            "born": str(dt.datetime(2018, 1, 1, 0, 0, 1) + dt.timedelta(seconds=s)),  # noqa: DTZ001 - a file's text
            "fans": int(rng.integers(50, 500)),
            "follows": int(rng.integers(50, 500)),
        }
        for k, s in enumerate(seconds.tolist())
    ]


def made(number: int, *, first: int) -> list[dict[str, object]]:
    """Accounts of one batch, within half an hour of one day."""
    return [
        {
            "id": first + k, "handle": f"Maria{10_000_000 + k}", "name": "Мария", "about": "Proud of what we "
            "built here",
            "place": "", "born": f"2019-05-04 10:{k % 30:02d}:07", "fans": 1, "follows": 300,
        }
        for k in range(number)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Case]:
    """A case with a batch of 40 among 400, and a control of 400."""
    folder = tmp_path_factory.mktemp("origins")
    rng = np.random.default_rng(1)
    options = ReadOptions(mapping=MAP, platform="forum")
    mixed = write(folder / "users.csv", people(rng, 360) + made(40, first=1_000))
    plain = write(folder / "control.csv", people(rng, 400, first=5_000))
    case, _ = Case.create(folder / "case").add(mixed, options=options)
    control, _ = Case.create(folder / "control").add(plain, options=options)
    return case, control


def analysed(case: Case, control: Case | None = None) -> dict[str, Finding]:
    given = None if control is None else control.path
    return {f.id.partition(".")[2]: f for f in undertow.analyse(case, only=["account_origins"], control=given)}


@pytest.fixture(scope="module")
def found(cases: tuple[Case, Case]) -> dict[str, Finding]:
    return analysed(*cases)


def test_every_documented_finding_is_there(found: dict[str, Finding]) -> None:
    assert [f"account_origins.{name}" for name in found] == list(FINDINGS)


@pytest.mark.parametrize("name", ["registration_bursts", "registration_hours"])
def test_the_batch_comes_out_with_its_members(
    cases: tuple[Case, Case], found: dict[str, Finding], name: str
) -> None:
    finding = found[name]
    assert finding.strength in ("moderate", "strong")
    assert finding.result is not None
    (row,) = finding.result.to_pylist()
    assert row["fullest"].startswith("2019-05-04")
    assert {str(number) for number in range(1_000, 1_040)} <= set(row["members"])
    assert cases[0].evidence(finding).num_rows == row["accounts"]


def test_shares_stand_beside_the_control(found: dict[str, Finding]) -> None:
    for name in ("name_patterns", "copied_descriptions", "followers", "indicators"):
        assert "In the control: none of" in found[name].statement, name
        assert found[name].p_value is not None
        assert found[name].strength != "none", name
    assert found["name_patterns"].estimate.value == pytest.approx(0.1)
    assert found["handle_families"].result is not None
    assert found["handle_families"].result["in_sequence"].to_pylist() == [40]
    assert found["empty_profiles"].strength == "none"


def test_nothing_is_found_between_two_halves_of_the_same_people(cases: tuple[Case, Case], tmp_path: Path) -> None:
    options = ReadOptions(mapping=MAP, platform="forum")
    half = write(tmp_path / "half.csv", people(np.random.default_rng(9), 300))
    case, _ = Case.create(tmp_path / "case").add(half, options=options)
    for finding in analysed(case, cases[1]).values():
        assert finding.strength == "none", finding.statement


def test_indicators_are_listed_by_account(found: dict[str, Finding]) -> None:
    table = found["indicators"].result
    assert table is not None
    first = table.to_pylist()[0]
    assert first["indicators"] == max(table["indicators"].to_pylist())
    assert first["registered_in_a_burst"] is True
    assert first["name_in_another_script"] is None, "there are no posts"
    assert int(first["account_id"]) >= 1_000


def test_missing_columns_are_said(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,who,when,text\n1,a,2020-01-01 10:20:30,x\n2,b,2020-01-02 10:20:30,y\n", encoding="utf-8")
    mapping = {"post_id": "id", "account_id": "who", "created_at": "when", "text": "text"}
    case, _ = Case.create(tmp_path / "case").add(path, options=ReadOptions(mapping=mapping, platform="forum"))
    for name, finding in analysed(case).items():
        assert finding.statement.startswith("Too little to tell"), name
        assert finding.strength == "none"
    assert "registration is known of 0 of 2 accounts" in analysed(case)["registration_bursts"].statement


def test_a_field_that_a_file_lacks_does_not_make_its_profiles_empty(
    tmp_path: Path, cases: tuple[Case, Case]
) -> None:
    (tmp_path / "bare.csv").write_text("id,handle\n1,lund\n2,falk\n", encoding="utf-8")
    mapping = {"account_id": "id", "handle": "handle"}
    case = Case.create(tmp_path / "case")
    case, _ = case.add(tmp_path / "bare.csv", options=ReadOptions(mapping=mapping, platform="board"))
    assert "carries no description" in analysed(case)["empty_profiles"].statement
    full = write(tmp_path / "full.csv", people(np.random.default_rng(2), 50))
    case, _ = case.add(full, options=ReadOptions(mapping=MAP, platform="forum"))
    finding = analysed(case)["empty_profiles"]
    assert (finding.estimate.value, finding.estimate.n_accounts) == (0, 50)


def test_an_empty_case_gives_findings_too(tmp_path: Path) -> None:
    assert len(analysed(Case.create(tmp_path / "case"))) == len(FINDINGS)


def test_a_scope_keeps_to_the_accounts_with_posts_in_it(tmp_path: Path, takedown: Path) -> None:
    case, _ = Case.create(tmp_path / "case").add(*sorted(takedown.glob("synthetic_takedown_*")))
    language = case.query("SELECT language AS l FROM posts GROUP BY 1 ORDER BY count(*) LIMIT 1")["l"][0].as_py()
    where = f"language = '{language}'"
    (finding,) = undertow.analyse(case, only=["account_origins.followers"], where=where)
    accounts = case.query(f"SELECT count(DISTINCT account_id) AS n FROM posts WHERE {where}")["n"][0].as_py()
    assert finding.estimate.n_accounts == accounts
    assert finding.filter == where


# --- real data ---------------------------------------------------------------------------------------------


def test_the_two_batch_days_of_a_real_takedown_come_out(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "twitter_io_archive" / "china_082019_1_users_csv_hashed.csv"
    case, _ = Case.create(tmp_path / "case").add(source)
    result = analysed(case)["registration_bursts"].result
    assert result is not None
    fullest = {row["fullest"]: row["accounts_then"] for row in result.to_pylist()}
    assert fullest == {"2017-08-30": 119, "2017-08-18": 97}


@pytest.mark.parametrize("name", ["elgl19_localgov_conf_2019", "esa2019_ecology_conf", "aprendeencasa_mexico_2020"])
def test_organic_communities_have_no_batch(shared_data: Path, tmp_path: Path, name: str) -> None:
    source = shared_data / "organic_controls" / f"{name}.parquet"
    mapping = {
        "post_id": "tweet_id", "account_id": "user_id", "created_at": "created_at", "text": "text",
        "account_created_at": "user_account_created_at",
    }  # fmt: skip
    case, _ = Case.create(tmp_path / "case").add(source, options=ReadOptions(mapping=mapping, platform="twitter"))
    results = analysed(case)
    for finding in (results["registration_bursts"], results["registration_hours"]):
        assert finding.strength == "none"
        assert finding.p_value is not None
        assert finding.p_value > 0.05
