"""From a case to findings: what is said, what stands behind it, and what is said where there is too little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from undertow.analyses import account_histories
from undertow.analyses.account_histories import FINDINGS, Parameters, analyse
from undertow.analyses.account_histories.history import history
from undertow.analyses.account_histories.words import phrases, telling
from undertow.analyses.base import Scope
from undertow.analyses.derived import derived
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.pseudonyms import ACCOUNT_COLUMNS
from undertow.simulation import preset, simulate


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A small takedown in which a fifth of the accounts was repurposed."""
    folder = tmp_path_factory.mktemp("second-lives")
    scenario = preset("second_lives")
    assert scenario.operation is not None
    small = replace(scenario, operation=replace(scenario.operation, repurposed_share=0.3)).sized(accounts=120)
    simulate(folder / "data", scenario=small, seed=31)
    return Case.create(folder / "case").add(*sorted((folder / "data").glob("*posts*")))[0]


@pytest.fixture(scope="module")
def findings(case: Case) -> dict[str, Finding]:
    return {finding.id: finding for finding in analyse(case, Parameters(draws=199))}


def test_every_finding_is_made(findings: dict[str, Finding]) -> None:
    assert list(findings) == list(FINDINGS)


def test_statements_name_no_account_and_tables_do_by_the_agreed_names(
    case: Case, findings: dict[str, Finding]
) -> None:
    names = set(case.query("SELECT DISTINCT account_id FROM posts")["account_id"].to_pylist())
    for finding in findings.values():
        assert not any(name in finding.statement for name in names)
        for column in finding.result.column_names if finding.result is not None else ():
            values = finding.result[column]
            if pa.types.is_string(values.type) and names & set(values.to_pylist()):
                assert column in ACCOUNT_COLUMNS


def test_the_evidence_is_the_posts_of_the_called_accounts(case: Case, findings: dict[str, Finding]) -> None:
    found = findings["account_histories.second_lives"]
    assert found.result is not None
    called = set(found.result["account_id"].to_pylist())
    behind = case.query(found.evidence.sql)
    assert set(behind["account_id"].to_pylist()) == called
    assert behind.num_rows == found.evidence.rows
    assert found.estimate.value is not None
    assert found.estimate.value * found.estimate.n_accounts == pytest.approx(len(called))
    assert found.disarm == ("T0150.004",)


def test_lives_events_and_the_derived_table_tell_the_same_changes(case: Case, findings: dict[str, Finding]) -> None:
    lives = findings["account_histories.second_lives"].result
    events = findings["account_histories.chains"].result
    changes = derived(case, "account_histories.changes", Parameters())
    assert lives is not None
    assert events is not None
    begun = [(row["account_id"], row["first"]) for row in lives.to_pylist() if row["life"] > 1]
    told = [(row["account_id"], row["at"]) for row in events.to_pylist() if row["event"] == "first post"]
    published = {(row["account_id"], row["changed_us"]) for row in changes.to_pylist()}
    assert begun == told
    assert {(name, int(at.timestamp() * 1e6)) for name, at in begun} == published
    times = [row["at"] for row in events.to_pylist() if row["account_id"] == begun[0][0]]
    assert times == sorted(times)


def test_what_was_planted_is_what_is_called(case: Case, findings: dict[str, Finding]) -> None:
    """The organic half is in the other file; here each account is of the operation, and three in ten had another life."""
    found = findings["account_histories.second_lives"]
    assert found.result is not None
    languages = {row["account_id"]: row["language"] for row in found.result.to_pylist() if row["life"] == 1}
    assert len(languages) >= 20
    later = {row["account_id"]: row["language"] for row in found.result.to_pylist() if row["life"] == 2}
    assert all(languages[name] != later[name] for name in later)


def test_a_scope_without_posts_says_so_everywhere(case: Case) -> None:
    for finding in analyse(case, Parameters(scope=Scope(where="kind = 'quote' AND language = 'xx'"))):
        assert finding.strength == "none"
        assert finding.estimate.value is None
        assert finding.evidence.rows == 0


def test_history_of_one_account(case: Case, findings: dict[str, Finding]) -> None:
    lives = findings["account_histories.second_lives"].result
    assert lives is not None
    name = lives["account_id"][0].as_py()
    found = history(case, name)
    assert found.called
    assert len(found.lives) == 2
    assert found.to_json()["lives"][1]["language"] == lives["language"][1].as_py()
    others = set(case.query("SELECT account_id FROM posts")["account_id"].to_pylist()) - set(
        lives["account_id"].to_pylist()
    )
    calm = history(case, min(others))
    assert not calm.called
    assert len(calm.lives) == 1
    with pytest.raises(UsageError, match="nobody"):
        history(case, "nobody")


@pytest.mark.parametrize(
    "setting", [{"level": 0.0}, {"side_days": 1}, {"pause_days": 0.0}, {"wave_days": 0}, {"draws": 3}]
)
def test_settings_that_make_no_sense_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Parameters(**setting)  # type: ignore[arg-type]


def test_two_runs_one_result(case: Case, findings: dict[str, Finding]) -> None:
    again = {finding.id: finding for finding in account_histories.analyse(case, Parameters(draws=199))}
    for name, finding in findings.items():
        assert again[name] == finding
        assert again[name].result == finding.result


def test_phrases_are_found_as_they_are_meant() -> None:
    assert len({phrase.language for phrase in phrases()}) >= 15
    for phrase in phrases():
        assert telling(phrase.text) is not None, phrase
    for harmless in (
        "we test the new bridge tomorrow",
        "the owner is new here",
        "my account of the journey",
        "testament",
    ):
        assert telling(harmless) is None


def test_the_two_clients_of_one_account_are_a_split(shared_data: Path, tmp_path: Path) -> None:
    """Real posts of one account, 2015-16: two clients with other hours, words and links, and no change of hands."""
    from undertow.sources.base import ReadOptions

    columns = {
        "post_id": "id",
        "created_at": "created",
        "account_id": "screenName",
        "text": "text",
        "client": "statusSource",
    }
    case, _ = Case.create(tmp_path / "case").add(
        shared_data / "organic_controls" / "trump_2015_2016.parquet",
        options=ReadOptions(platform="twitter", mapping=columns),
    )
    found = {finding.id: finding for finding in analyse(case, Parameters(draws=99))}
    split = found["account_histories.client_splits"]
    assert split.result is not None
    assert split.result["differ"].to_pylist() == ["hours, links, words"]
    assert "not a change of hands" in split.statement
    assert found["account_histories.second_lives"].estimate.value == 0
    assert np.isfinite(split.p_value or np.nan)
