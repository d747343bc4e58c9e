"""The evaluation end to end: a planted group is found, and the numbers are those of the lists."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import planted_cases
import pytest
from click.testing import CliRunner

from undertow.analyses.coordination import Parameters
from undertow.cli import commands
from undertow.errors import UsageError
from undertow.evaluation import Truth, evaluate_coordination, read_truth


def test_a_planted_group_is_found(tmp_path: Path) -> None:
    case = planted_cases.make_case(tmp_path, planted_cases.organic(1) + planted_cases.planted(1))
    file = tmp_path / "truth.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["subject_id", "label", "group"])
        writer.writerows([[f"g{number}", 1, "planted"] for number in range(6)])
        writer.writerows([[f"o{number}", 0, ""] for number in range(110)])
        writer.writerow(["gone", 1, ""])
    found = evaluate_coordination(case, read_truth(file), Parameters(traces=("repost",)))
    assert (found.n_accounts, found.n_true, found.n_without_posts, found.n_unknown) == (116, 6, 1, 10)
    rows = {(row.level, row.method, row.trace): row.measures for row in found.rows}
    for level, n, true in (("accounts", 116, 6), ("pairs", 116 * 115 // 2, 15)):
        test = rows[level, "test", "all"]
        assert (test.n, test.n_true, test.n_called) == (n, true, true)
        assert (test.precision.value, test.recall.value) == (1.0, 1.0)
        assert test.auc.value == pytest.approx(1.0)
        assert test.average_precision.value == pytest.approx(1.0)
    # who is found by either test is found by both together, a pair's p at most doubled
    either = rows["pairs", "test or co-selection", "all"]
    assert either.n_called >= 15
    assert either.auc.value == pytest.approx(1.0)
    assert rows["accounts", "co-selection", "repost"].n == 116
    baseline = rows["pairs", "hypergeometric", "repost"]
    assert baseline.n_true == 15
    assert {row.method for row in found.rows} >= {
        "window and count",
        "CooRTweet",
        "TF-IDF cosine",
        "disparity filter",
    }

    result = CliRunner().invoke(
        commands,
        ["evaluate", str(case.path), "--truth", str(file), "--set", "coordination.traces=repost", "--json", "-q"],
    )
    document = json.loads(result.output)
    assert document["rows"][0]["precision"]["value"] == 1.0
    assert document["rows"][0]["curve"][-1][0] == 1.0
    printed = (
        CliRunner()
        .invoke(
            commands,
            ["evaluate", str(case.path), "--truth", str(file), "--set", "coordination.traces=repost", "-q"],
        )
        .output
    )
    assert "116 accounts of known kind, 6 of them coordinated; without posts 1, of unknown kind 10" in printed


def test_a_truth_about_others_is_refused(tmp_path: Path) -> None:
    case = planted_cases.make_case(tmp_path, planted_cases.planted(1))
    with pytest.raises(UsageError, match="no account of the truth has a post"):
        evaluate_coordination(case, Truth({"x": True, "y": False}), Parameters(traces=("repost",)))
