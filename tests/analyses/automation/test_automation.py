"""Automation from files to findings: planted timers, tools and copies among people, coarse times, missing columns."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import undertow
from undertow.analyses.automation import FINDINGS
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

MAP = {
    "post_id": "id", "account_id": "who", "created_at": "when", "kind": "kind", "client": "client",
    "reposted_created_at": "original", "deleted_at": "deleted",
}  # fmt: skip
START = dt.datetime(2021, 3, 1, 8, tzinfo=dt.UTC)
PEOPLE = 40


def moment(seconds: float) -> str:
    return (START + dt.timedelta(seconds=float(round(seconds)))).strftime("%Y-%m-%d %H:%M:%S")


def rows_of(who: str, times: np.ndarray, **parts: object) -> list[dict[str, object]]:
    return [{"who": who, "when": moment(t), "kind": "original", "client": "Phone", **parts} for t in times.tolist()]


def sessions(rng: np.random.Generator, number: int) -> np.ndarray:
    """Two or three sessions a day, by day."""
    times: list[float] = []
    for day in range(number // 4 + 1):
        for begin in rng.uniform(0, 12 * 3_600, rng.integers(1, 4)):
            times += (day * 86_400 + begin + np.cumsum(rng.exponential(200, rng.integers(1, 4)))).tolist()
    return np.sort(np.array(times))[:number]


def crowd(rng: np.random.Generator) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for person in range(PEOPLE):
        own = rows_of(f"person{person}", sessions(rng, 150))
        for row in own:
            row["kind"] = str(rng.choice(["original", "repost", "reply"]))
            if row["kind"] == "repost":
                at = dt.datetime.fromisoformat(str(row["when"])) - dt.timedelta(
                    seconds=int(rng.integers(60, 90_000))
                )
                row["original"] = str(at)
        rows += own
    return rows


def planted(rng: np.random.Generator) -> list[dict[str, object]]:
    clock = np.arange(200) * 1_799.0 + rng.normal(0, 60, 200)
    half = np.sort(rng.choice(2_000, 120, replace=False)) * 3_600.0
    copied = np.cumsum(rng.integers(300, 9_000, 60)).astype(np.float64)
    prompt = sessions(rng, 60)
    rows = rows_of("timer", clock, client="IFTTT") + rows_of("hourly", half)
    rows += rows_of("copy_a", copied) + rows_of("copy_b", copied + 40_000)
    for row in rows_of("prompt", prompt, kind="repost"):
        row["original"] = str(dt.datetime.fromisoformat(str(row["when"])) - dt.timedelta(seconds=4))
        rows.append(row)
    for row in rows_of("deleter", sessions(rng, 30)):
        row["deleted"] = str(dt.datetime.fromisoformat(str(row["when"])) + dt.timedelta(minutes=5))
        rows.append(row)
    rows += rows_of("busy", np.concatenate([day * 86_400 + rng.uniform(0, 50_000, 70) for day in range(9)]))
    rows += rows_of("awake", np.cumsum(rng.exponential(2_000, 120)).clip(0, 250_000))
    for number in range(4):
        rows += rows_of(f"rare{number}", sessions(rng, 12), client="LanternPost")
    alternating = rows_of("pattern", sessions(rng, 200))
    for number, row in enumerate(alternating):
        row["kind"] = ("original", "repost", "reply", "reply")[number % 4]
    return rows + alternating


def case_of(folder: Path, rows: list[dict[str, object]], mapping: dict[str, str] = MAP) -> Case:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(MAP.values()), restval="")
        writer.writeheader()
        writer.writerows({"id": number, **row} for number, row in enumerate(rows, 1))
    case, _ = Case.create(folder / "case").add(path, options=ReadOptions(mapping=mapping, platform="forum"))
    return case


def analysed(case: Case, control: Case | None = None, **settings: object) -> dict[str, Finding]:
    given = None if control is None else control.path
    found = undertow.analyse(case, only=["automation"], control=given, settings=settings)
    return {finding.id.partition(".")[2]: finding for finding in found}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Case:
    rng = np.random.default_rng(3)
    return case_of(tmp_path_factory.mktemp("mixed"), crowd(rng) + planted(rng))


@pytest.fixture(scope="module")
def found(mixed: Case) -> dict[str, Finding]:
    return analysed(mixed)


def accounts(finding: Finding) -> set[str]:
    assert finding.result is not None
    return set(finding.result["account_id"].to_pylist())


def test_every_documented_finding_is_there(found: dict[str, Finding]) -> None:
    assert [f"automation.{name}" for name in found] == list(FINDINGS)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("regular_intervals", {"timer"}),
        ("periodicity", {"timer"}),
        ("set_minutes", {"hourly"}),
        ("rate", {"busy"}),
        ("rest", {"timer", "awake"}),
        ("repost_latency", {"prompt"}),
        ("same_sequences", {"copy_a", "copy_b"}),
        ("short_lived", {"deleter"}),
    ],
)
def test_each_indicator_names_the_planted_account_and_no_person(
    found: dict[str, Finding], name: str, wanted: set[str]
) -> None:
    named = accounts(found[name])
    assert wanted <= named
    assert not any(account.startswith("person") for account in named)


def test_predictable_actions_come_first(found: dict[str, Finding]) -> None:
    table = found["action_strings"].result
    assert table is not None
    assert table["account_id"][0].as_py() == "pattern"
    assert table["compressed"][0].as_py() < 0.5 < table["compressed"][1].as_py()
    assert set(table["bloc"][0].as_py()) <= set("Tpr□⚀⚁⚂⚃⚄")


def test_tools_and_rare_clients_are_listed(found: dict[str, Finding]) -> None:
    table = found["clients"].result
    assert table is not None
    rows = {row["client"]: row for row in table.to_pylist()}
    assert rows["IFTTT"]["kind"] == "automatic"
    assert rows["LanternPost"]["only_client_of"] == 4
    assert found["clients"].estimate.value == pytest.approx(1 / found["clients"].estimate.n_accounts)  # type: ignore[operator]


def test_rare_means_rare_in_the_control(mixed: Case, tmp_path: Path) -> None:
    control = case_of(tmp_path, crowd(np.random.default_rng(8)))
    finding = analysed(mixed, control)["clients"]
    assert finding.result is not None
    rows = {row["client"]: row for row in finding.result.to_pylist()}
    assert rows["LanternPost"]["rare_and_shared"]
    assert not rows["Phone"]["rare_and_shared"]
    assert "In the control: none of" in finding.statement


def test_indicators_count_what_each_account_shows(found: dict[str, Finding]) -> None:
    table = found["indicators"].result
    assert table is not None
    rows = {row["account_id"]: row for row in table.to_pylist()}
    assert rows["timer"]["indicators"] >= 4
    assert rows["timer"]["keeps_a_period"] is True
    assert rows["prompt"]["reposts_at_once"] is True
    shown = {name for name, row in rows.items() if row["indicators"] >= 2}
    assert not any(name.startswith("person") for name in shown)


def test_evidence_returns_posts_of_the_accounts(mixed: Case, found: dict[str, Finding]) -> None:
    rows = mixed.evidence(found["rate"])
    assert set(rows["account_id"].to_pylist()) == {"busy"}
    assert rows.num_rows == found["rate"].evidence.rows


def test_order_of_rows_changes_nothing(found: dict[str, Finding], tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = [{"id": number, **row} for number, row in enumerate(crowd(rng) + planted(rng), 1)]
    rng.shuffle(rows)  # type: ignore[arg-type]
    again = analysed(case_of(tmp_path, rows))
    assert [f.statement for f in again.values()] == [f.statement for f in found.values()]


def test_times_to_the_minute_are_said_to_be_too_coarse(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = crowd(rng)[:900] + rows_of("timer", np.arange(200) * 1_799.0)
    for row in rows:
        row["when"] = str(row["when"])[:16]
    result = analysed(case_of(tmp_path, rows))
    assert accounts(result["regular_intervals"]) == {"timer"}
    assert "too coarse for the second of the minute" in result["set_minutes"].statement
    assert result["repost_latency"].statement.startswith("Too little to tell")
    assert "coarse" in result["same_sequences"].statement


def test_what_the_source_lacks_is_said(tmp_path: Path) -> None:
    mapping = {name: MAP[name] for name in ("post_id", "account_id", "created_at")}
    result = analysed(case_of(tmp_path, crowd(np.random.default_rng(3))[:300], mapping))
    assert "does not state the application" in result["clients"].statement
    assert result["short_lived"].statement.startswith("Too little to tell")
    assert result["repost_latency"].strength == "none"
    assert "Not examined for want of data" in result["indicators"].method


def test_an_empty_case_gives_findings_too(tmp_path: Path) -> None:
    result = analysed(Case.create(tmp_path / "case"))
    assert all(finding.statement.startswith("Too little to tell") for finding in result.values())


def test_the_list_of_clients_can_be_replaced(mixed: Case, tmp_path: Path) -> None:
    own = tmp_path / "clients.toml"
    own.write_text('automatic = ["Phone"]\n', encoding="utf-8")
    result = analysed(mixed, **{"automation.clients_file": str(own)})
    assert result["clients"].estimate.value == pytest.approx(1.0, abs=0.15)
    own.write_text('robots = ["Phone"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match="robots is not one of the lists"):
        analysed(mixed, **{"automation.clients_file": str(own)})
    with pytest.raises(UsageError, match="cannot be read"):
        analysed(mixed, **{"automation.clients_file": str(tmp_path / "none.toml")})


# --- real data ---------------------------------------------------------------------------------------------


def test_politicians_keep_no_timer(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "organic_controls" / "german_politicians_2018.parquet"
    mapping = {"account_id": "screen_name", "created_at": "created_at", "text": "text"}
    case, _ = Case.create(tmp_path / "case").add(source, options=ReadOptions(mapping=mapping, platform="twitter"))
    result = analysed(case)
    for name in ("regular_intervals", "periodicity", "set_minutes", "same_sequences"):
        assert result[name].estimate.value == 0, name
        assert result[name].estimate.n_accounts, name
