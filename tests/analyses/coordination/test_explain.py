"""Explanations: the posts side by side, with the time between them, and nothing that steers the terminal."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import planted_cases
import pytest
from click.testing import CliRunner

from undertow.analyses.base import Scope
from undertow.analyses.coordination import Parameters, analyse
from undertow.analyses.coordination.explain import Choice, explain_account, explain_group, explain_pair
from undertow.analyses.run import Request, run
from undertow.case import Case
from undertow.cli import commands
from undertow.errors import UsageError

HOSTILE = "\x1b[31mred\u202eevil\r\n[bold]not markup[/bold]"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    acts = planted_cases.organic(1, accounts=60) + planted_cases.planted(1, members=4)
    made = planted_cases.make_case(tmp_path_factory.mktemp("explained"), acts, text=HOSTILE)
    return made.record(analyse(made, Parameters(traces=("repost",))), {})


def test_a_pair_meets_on_every_planted_object(case: Case) -> None:
    found = explain_pair(case, "g0", "g1", Choice(traces=("repost",)))
    assert found.n_meetings == len(found.meetings) == 12
    assert [meeting.object for meeting in found.meetings] == [f"x{event}" for event in range(12)]
    for meeting in found.meetings:
        assert {side.account for side in meeting.sides} == {"g0", "g1"}
        first, second = meeting.sides
        assert first.after_s == 0
        assert second.after_s == pytest.approx((second.at - first.at).total_seconds())
        assert 0 <= meeting.apart_s <= 20
        assert first.text == HOSTILE
    assert [edge["trace"] for edge in found.edges] == ["repost"]


def test_accounts_can_be_named_by_handle_and_in_either_order(case: Case) -> None:
    one = explain_pair(case, "@HANDLE_g0", "g1", Choice(traces=("repost",)))
    assert one.meetings == explain_pair(case, "g1", "handle_g0", Choice(traces=("repost",))).meetings


def test_a_narrow_window_shows_fewer(case: Case) -> None:
    wide = explain_pair(case, "g0", "g1", Choice(traces=("repost",)))
    narrow = explain_pair(case, "g0", "g1", Choice(traces=("repost",), windows=("5",)))
    assert narrow.n_meetings == sum(meeting.apart_s <= 5 for meeting in wide.meetings) < 12


def test_a_pair_that_never_met_says_so(case: Case) -> None:
    found = explain_pair(case, "g0", "o1", Choice(traces=("repost",), windows=("0",)))
    assert (found.meetings, found.edges) == ((), ())


def test_a_group_and_an_account(case: Case) -> None:
    group = explain_group(case, 1, Choice(traces=("repost",)))
    assert group.accounts == ("g0", "g1", "g2", "g3")
    assert all(len(meeting.sides) == 4 for meeting in group.meetings)
    account = explain_account(case, "g2", Choice(traces=("repost",), limit=3))
    assert account.accounts == ("g2", "g0", "g1", "g3")
    assert (len(account.meetings), account.n_meetings) == (3, 12)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda case: explain_pair(case, "g0", "nobody"), "no account 'nobody' has a post"),
        (lambda case: explain_pair(case, "g0", "handle_g0"), "a pair is two accounts"),
        (lambda case: explain_group(case, 7), "there are the groups 1 to 1"),
    ],
)
def test_what_is_not_there(case: Case, call: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call(case)  # type: ignore[operator]


def test_without_an_analysis_groups_are_unknown(tmp_path: Path) -> None:
    bare = planted_cases.make_case(tmp_path, planted_cases.planted(1))
    with pytest.raises(UsageError, match="no analysis of coordination"):
        explain_group(bare, 1)
    assert explain_pair(bare, "g0", "g1", Choice(traces=("repost",))).n_meetings == 12


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case with an analysis of its posts before a day only."""
    acts = planted_cases.organic(1, accounts=60) + planted_cases.planted(1, members=4)
    made = planted_cases.make_case(tmp_path_factory.mktemp("part"), acts)
    settings = {"coordination.traces": "repost"}
    found = list(run(made, Request(only=("coordination",), until=dt.date(2100, 1, 1), settings=settings)))
    return made.record(found, {})


def test_an_analysis_of_a_part_is_explained_and_said(part: Case) -> None:
    group = explain_group(part, 1, Choice(traces=("repost",)))
    assert group.filter == "until 2100-01-01"
    assert group.accounts == ("g0", "g1", "g2", "g3")
    named = Choice(traces=("repost",), scope=Scope(until=dt.date(2100, 1, 1)))
    assert explain_group(part, 1, named) == group
    with pytest.raises(UsageError, match=r"(?s)of all its posts yet.*before 2100-01-01"):
        explain_group(part, 1, Choice(scope=Scope()))
    printed = CliRunner().invoke(commands, ["explain", str(part.path), "--group", "1"]).output
    assert "About posts before 2100-01-01." in printed


def test_an_unknown_account_is_answered_with_near_names_only(case: Case) -> None:
    with pytest.raises(UsageError) as raised:
        explain_pair(case, "handle_g00", "g1")
    assert "did you mean handle_g0" in str(raised.value)
    with pytest.raises(UsageError) as raised:
        explain_pair(case, "qqqqqqqq", "g1")
    assert len(str(raised.value)) < 200


def test_the_command_prints_text_that_steers_nothing(case: Case) -> None:
    printed = CliRunner().invoke(commands, ["explain", str(case.path), "--group", "1", "--limit", "2"]).output
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "[bold]not markup[/bold]" in printed
    assert "2 of 12 meetings" in printed
    assert "+0.0 s" in printed


def test_the_command_gives_json(case: Case) -> None:
    result = CliRunner().invoke(
        commands, ["explain", str(case.path), "--pair", "g0", "g1", "--json", "--limit", "0"]
    )
    document = json.loads(result.output)
    assert document["n_meetings"] == len(document["meetings"])
    assert document["meetings"][0]["posts"][0]["text"] == HOSTILE


def test_the_command_wants_one_subject(case: Case) -> None:
    result = CliRunner().invoke(commands, ["explain", str(case.path)])
    assert isinstance(result.exception, UsageError)
    assert "give one of --pair A B, --group N, --account A" in str(result.exception)
