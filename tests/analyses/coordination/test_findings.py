"""From a case to findings: what is planted is called, what is not is not, and the words say what was done."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import planted_cases
import pytest

from undertow.analyses import coordination
from undertow.analyses.base import Scope
from undertow.analyses.coordination import FINDINGS, Parameters, analyse
from undertow.analyses.coordination.context import Context
from undertow.analyses.run import Request, run
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.simulation import preset, simulate
from undertow.sources.base import ReadOptions


def by_id(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    acts = planted_cases.organic(1) + planted_cases.planted(1)
    return planted_cases.make_case(tmp_path_factory.mktemp("planted"), acts)


@pytest.fixture(scope="module")
def found(case: Case) -> dict[str, Finding]:
    return by_id(analyse(case, Parameters()))


def test_every_finding_is_there_and_every_one_is_listed(found: dict[str, Finding]) -> None:
    assert set(found) == set(FINDINGS)


def test_the_planted_group_is_called_and_nobody_else(found: dict[str, Finding]) -> None:
    edges = found["coordination.network"].result
    assert edges is not None
    called = set(zip(edges["account_a"].to_pylist(), edges["account_b"].to_pylist(), strict=True))
    assert called == set(combinations([f"g{member}" for member in range(6)], 2))
    groups = found["coordination.groups"].result
    assert groups is not None
    assert groups["members"].to_pylist() == [[f"g{member}" for member in range(6)]]
    assert groups["co_acted_share"].to_pylist() == [1.0]
    assert found["coordination.network"].statement.startswith(
        "6 accounts of 126 act together beyond chance, in 15 pairs"
    )
    assert found["coordination.network"].p_value is not None
    assert found["coordination.network"].p_value < 1e-6


def test_a_pair_with_nobody_else_may_be_one_person(found: dict[str, Finding], tmp_path: Path) -> None:
    case = planted_cases.make_case(tmp_path, planted_cases.organic(1) + planted_cases.planted(1, members=2))
    pair = by_id(analyse(case, Parameters(traces=("repost",))))["coordination.network"].result
    assert pair is not None
    assert [words.partition(",")[0] for words in pair["could_be"].to_pylist()] == [
        "could be: one person's two accounts"
    ]
    group = found["coordination.network"].result
    assert group is not None
    assert set(group["could_be"].to_pylist()) == {None}


def test_the_evidence_is_the_groups_posts(case: Case, found: dict[str, Finding]) -> None:
    for name in ("coordination.network", "coordination.groups", "coordination.trace_repost"):
        rows = case.evidence(found[name])
        assert rows.num_rows == found[name].evidence.rows == 72
        assert all(account.startswith("g") for account in rows["account_id"].to_pylist())


def test_traces_without_actions_say_so(found: dict[str, Finding]) -> None:
    link = found["coordination.trace_link"]
    assert link.statement == "Too little to tell from the same link: there are no such actions."
    assert (link.strength, link.estimate.value) == ("none", None)


def test_strength_asks_for_accounts(found: dict[str, Finding]) -> None:
    assert found["coordination.network"].strength == "weak"
    assert "6 accounts; 30 are needed for more" in found["coordination.network"].method


def test_pictures_say_what_they_show(found: dict[str, Finding]) -> None:
    figure = found["coordination.network"].figure
    assert figure is not None
    assert figure["description"].startswith(
        "6 accounts, joined where the two act together beyond chance (15 pairs)"
    )
    nodes = figure["layer"][1]["data"]["values"]
    assert [node["accounts"] for node in nodes] == [1] * 6
    bursts = found["coordination.groups"].figure
    assert bursts is not None
    assert sum(row["bursts"] for row in bursts["data"]["values"]) == 12


def test_two_runs_are_the_same(case: Case, found: dict[str, Finding]) -> None:
    again = by_id(analyse(case, Parameters()))
    for name, finding in found.items():
        assert again[name] == finding
        assert again[name].figure == finding.figure
        assert (again[name].result is None) == (finding.result is None)
        if finding.result is not None:
            assert again[name].result.equals(finding.result)


def test_the_order_of_rows_changes_nothing(found: dict[str, Finding], tmp_path: Path) -> None:
    acts = planted_cases.organic(1) + planted_cases.planted(1)
    turned = by_id(analyse(planted_cases.make_case(tmp_path, acts[::-1]), Parameters()))
    for name in ("coordination.network", "coordination.groups", "coordination.traces"):
        assert turned[name].statement == found[name].statement


@pytest.mark.parametrize("seed", [2, 3])
def test_nothing_planted_nothing_called(seed: int, tmp_path: Path) -> None:
    findings = by_id(
        analyse(
            planted_cases.make_case(tmp_path, planted_cases.organic(seed)), Parameters(traces=("repost", "posting"))
        )
    )
    network = findings["coordination.network"]
    assert network.estimate.value == 0
    assert network.evidence.rows == 0
    assert network.statement.startswith("No two of 120 accounts act together beyond chance")
    assert network.strength == "none"


def test_one_viral_object_never_makes_a_pair(tmp_path: Path) -> None:
    viral = [(f"v{account}", "viral", 40_000 + account * 0.1) for account in range(60)]
    case = planted_cases.make_case(tmp_path, planted_cases.organic(4) + viral)
    network = by_id(analyse(case, Parameters(traces=("repost",))))["coordination.network"]
    assert network.estimate.value == 0


def test_minutes_raise_the_window_and_say_what_it_means(tmp_path: Path) -> None:
    acts = planted_cases.organic(1) + planted_cases.planted(1)
    case = planted_cases.make_case(tmp_path, acts, minutes=True)
    repost = by_id(analyse(case, Parameters(windows=("10",))))["coordination.trace_repost"]
    assert "the window of 10 s was raised" in repost.method
    assert "the same or the adjacent minute" in repost.method
    assert "within 1 minute" in repost.statement
    assert repost.estimate.value == pytest.approx(15, abs=0.2)


def test_a_set_that_is_one_operation_needs_a_control(tmp_path: Path) -> None:
    """All accounts act together: chance cannot be learnt from them, and can from an organic set."""
    acts = [act for number in range(20) for act in planted_cases.planted(number, name=f"g{number}_", events=8)]
    case = planted_cases.make_case(tmp_path / "operation", acts)
    refused = by_id(analyse(case, Parameters(traces=("repost",))))["coordination.network"]
    assert "chance cannot be learnt from these data" in refused.statement
    assert "give a control set" in refused.statement
    assert refused.strength == "none"
    both = by_id(analyse(case, Parameters(traces=("repost", "hashtag"))))["coordination.network"]
    assert both.statement.startswith("Too little to tell: on repost, chance cannot be learnt")
    control = planted_cases.make_case(tmp_path / "control", planted_cases.organic(5))
    told = by_id(analyse(case, Parameters(traces=("repost",), control=str(control.path))))["coordination.network"]
    assert told.estimate.value is not None
    assert told.estimate.value > 250
    assert f"head of its ledger {control.head[:16]}" in told.method


def test_files_without_posts_do_not_decide_what_the_posts_are(tmp_path: Path) -> None:
    simulate(tmp_path / "export", scenario=preset("demo").sized(accounts=20, posts=200), seed=1)
    case, _ = Case.add_to(tmp_path / "case", *sorted((tmp_path / "export").glob("synthetic_takedown_*")))
    (tmp_path / "watch.csv").write_text("account_id,platform,actor_class\n1,twitter,diplomat\n")
    watched, _ = case.add(tmp_path / "watch.csv")
    for one in (case, watched):
        assert Context(one, Scope(), None, None, None).one_operation  # type: ignore[arg-type]  # not needed for it
    (tmp_path / "more.csv").write_text("who,when,what\na,2020-01-01 10:00:00,words\n")
    mapping = {"account_id": "who", "created_at": "when", "text": "what"}
    mixed, _ = watched.add(tmp_path / "more.csv", options=ReadOptions(mapping=mapping, platform="twitter"))
    assert not Context(mixed, Scope(), None, None, None).one_operation  # type: ignore[arg-type]


def test_a_control_of_the_whole_command_has_none_itself(case: Case, tmp_path: Path) -> None:
    """Text families take the control, too, and coordination reads those of the case and those of the control."""
    control = planted_cases.make_case(tmp_path / "control", planted_cases.organic(5))
    for only in (("coordination",), ("coordination", "text_families")):
        told = by_id(run(case, Request(only=only, control=str(control.path))))
        assert f"head of its ledger {control.head[:16]}" in told["coordination.network"].method


def test_a_limit_on_pairs_is_said_and_not_passed_over(case: Case) -> None:
    findings = by_id(analyse(case, Parameters(traces=("repost",), max_pairs=10)))
    assert "more than the 10 that the setting max_pairs allows" in findings["coordination.trace_repost"].statement
    assert "Too little to tell" in findings["coordination.network"].statement


def test_baselines_stand_beside(found: dict[str, Finding]) -> None:
    table = found["coordination.baselines"].result
    assert table is not None
    rows = {row["baseline"]: row for row in table.to_pylist() if row["trace"] == "repost"}
    assert set(rows) == {"window and count", "CooRTweet", "TF-IDF cosine", "disparity filter", "hypergeometric"}
    assert all(row["called_by_the_test"] == 15 for row in rows.values())
    assert rows["window and count"]["pairs_called"] >= 15
    assert rows["window and count"]["called_by_both"] == 15


def test_groups_are_followed_through_time(tmp_path: Path) -> None:
    """One group from the start, one that begins later; none of them merges."""
    early = planted_cases.planted(1, events=20, name="e")
    late = [(who, f"late{of}", at + 40 * 86_400) for who, of, at in planted_cases.planted(2, events=20, name="l")]
    case = planted_cases.make_case(tmp_path, planted_cases.organic(6) + early + late)
    table = by_id(analyse(case, Parameters(traces=("repost",), period_days=10)))[
        "coordination.groups_over_time"
    ].result
    assert table is not None
    rows = table.to_pylist()
    lines: dict[int, list[dict[str, object]]] = {}
    for row in rows:
        lines.setdefault(row["line"], []).append(row)
    assert [{member[0] for row in line for member in row["members"]} for line in lines.values()] == [{"e"}, {"l"}]  # type: ignore[attr-defined]
    assert [line[0]["event"] for line in lines.values()] == ["born", "born"]
    assert all(row["event"] == "goes on" for line in lines.values() for row in line[1:])
    assert [line[-1]["ends"] for line in lines.values()] == [True, False]


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'repost'"):
        Parameters(traces=("repst",))
    with pytest.raises(UsageError, match="not a false discovery rate"):
        Parameters(level=2.0)
    with pytest.raises(UsageError, match="a day at least"):
        Parameters(period_days=0)
    assert coordination.QUESTION
