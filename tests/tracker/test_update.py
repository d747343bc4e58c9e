"""Updates: the same as a full run, only what is touched, alerts once, a restart that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from feeds import MAP, days, watchlist, write

import undertow
from undertow.case import Case
from undertow.errors import BusyError, CaseError
from undertow.findings_store import dumps
from undertow.sources.base import ReadOptions
from undertow.storage import locked
from undertow.tracker import Rules, Watcher, update
from undertow.tracker.rules import FILE
from undertow.tracker.state import State, tracking


@pytest.mark.parametrize("alike", [2, 16])
def test_day_by_day_gives_what_one_run_gives(
    empty: Case, options: ReadOptions, tmp_path: Path, alike: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("undertow.merge.ALIKE", alike)
    feed = days(74, boosted=70)
    case = empty
    alerts = []
    for start, end in ((0, 70), (70, 71), (71, 74)):
        case, _ = case.add(write(tmp_path / f"{start}.csv", *feed[start:end]), options=options)
        done = update(case)
        case = done.case
        assert done.analysed == ("amplification",)
        alerts.append([alert["row"]["first"] for alert in done.alerts])
    assert alerts == [[], ["2020-03-11"], []], "told on its day, and once"
    assert len(case.parts("posts")) == (2 if alike == 2 else 3), "days of about as many posts are joined"
    (tmp_path / "whole").mkdir()
    whole, _ = Case.add_to(tmp_path / "whole" / "case", watchlist(tmp_path / "whole"))
    whole, _ = whole.add(write(tmp_path / "all.csv", *feed), options=options)
    full = undertow.analyse(whole, only=["amplification"], settings={"amplification.coordinated": False})
    assert dumps(case.findings()) == dumps(full)
    for kept, made in zip(case.findings(), full, strict=True):
        assert made.result is None or kept.result.equals(made.result), made.id
    assert undertow.verify(case).ok


def test_a_watchlist_alone_is_a_case_to_begin_with(empty: Case) -> None:
    done = update(empty)
    assert (done.analysed, done.alerts) == (("amplification",), ())
    assert all(finding.strength == "none" for finding in done.case.findings())


def test_what_changes_nothing_is_not_counted_again(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    case, _ = empty.add(write(tmp_path / "a.csv", *days(3)), options=options)
    rules = Rules(only=("amplification", "posting_hours"))
    case = update(case, rules=rules).case
    head = case.head
    again = update(case, rules=rules)
    assert (again.analysed, again.case.head) == ((), head)
    (tmp_path / "more.csv").write_text("account_id,platform,actor_class\na0-1,twitter,ordinary\n")
    case, _ = case.add(tmp_path / "more.csv")
    done = update(case, rules=rules)
    assert done.analysed == ("amplification",), "a watchlist does not touch posting hours"
    assert {f.id.partition(".")[0] for f in done.case.findings()} == {"amplification", "posting_hours"}


def test_what_was_analysed_by_hand_is_not_taken_for_the_tracker_s(
    empty: Case, options: ReadOptions, tmp_path: Path
) -> None:
    """Of another group of settings, and of a part of the posts: neither is carried over by the next update."""
    case, _ = empty.add(write(tmp_path / "a.csv", *days(3)), options=options)
    rules = Rules(only=("posting_hours", "amplification"))
    case = update(case, rules=rules).case
    own = case.findings()
    by_hand = undertow.analyse(case, only=["posting_hours"], settings={"posting_hours.offset": 345})
    narrow = undertow.analyse(case, only=["posting_hours"], where="account_id = 'a0-1'")
    case = case.record([*by_hand, *narrow], {})
    assert dumps(case.findings()[: len(by_hand)]) != dumps(own[: len(by_hand)]), "they differ"
    (tmp_path / "more.csv").write_text("account_id,platform,actor_class\na0-1,twitter,ordinary\n")
    case, _ = case.add(tmp_path / "more.csv")
    done = update(case, rules=rules)
    assert done.analysed == ("amplification",)
    full = undertow.analyse(done.case, only=rules.only, settings=rules.settings)
    assert dumps(done.case.findings()) == dumps(full)


def test_settings_of_what_is_read_of_others_are_obeyed(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    """Amplification leaves out coordinated groups: with other settings of theirs, they and it are made again."""
    case, _ = empty.add(write(tmp_path / "a.csv", *days(3)), options=options)
    strict, wide = (
        Rules(only=("amplification",), settings={"coordination.traces": "repost", "coordination.windows": seconds})
        for seconds in ("1", "60")
    )
    for rules, made in ((strict, 1), (wide, 2), (wide, 2)):
        done = update(case, rules=rules)
        assert len(list((case.path / "derived" / "coordination.groups").iterdir())) == made
        case = done.case
    assert done.analysed == ()


def test_alerts_that_a_crash_cut_off_come_with_the_next_update(
    empty: Case, options: ReadOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty.path / FILE).write_text('[[deliver]]\nto = "jsonl"\npath = "alerts.jsonl"\n')
    case, _ = empty.add(write(tmp_path / "a.csv", *days(72, boosted=70)), options=options)

    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    for where in ("undertow.tracker.updating.raised", "undertow.tracker.updating.deliver"):
        with monkeypatch.context() as patch:
            patch.setattr(where, killed)
            with pytest.raises(KeyboardInterrupt):
                update(case)
        case = case.refreshed()
    assert not (case.path / "alerts.jsonl").exists()
    update(case)
    update(case)
    assert len((case.path / "alerts.jsonl").read_text().splitlines()) == 1


def test_alerts_name_accounts_by_pseudonym_unless_asked(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    case, _ = empty.add(write(tmp_path / "a.csv", *days(72, boosted=70)), options=options)
    (alert,) = update(case).alerts
    assert alert["row"]["account"].startswith("acct-")
    (tmp_path / "other").mkdir()
    other, _ = Case.add_to(tmp_path / "other" / "case", watchlist(tmp_path / "other"))
    other, _ = other.add(tmp_path / "a.csv", options=options)
    (alert,) = update(other, rules=Rules(identifiable=True)).alerts
    assert alert["row"]["account"] == "t0"


def test_a_damaged_memory_is_said(empty: Case) -> None:
    (empty.path / "tracker").mkdir()
    (empty.path / "tracker" / "state.json").write_text("{")
    with pytest.raises(CaseError, match="memory"):
        State.load(empty.path)


def test_a_bad_file_in_the_folder_keeps_no_other_out(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    feed = days(3)
    for n, lines in enumerate(feed):
        write(inbox / f"{n}.csv", lines)
    (inbox / "1-bad.csv").write_bytes(b"%PDF-1.4")
    write(inbox / "late.csv.part", feed[0])
    write(inbox / ".hidden.csv", feed[0])
    sweep = Watcher(empty.path, inbox, options, settle=False).sweep()
    assert sweep.added == ("0.csv", "1.csv", "2.csv")
    assert [name for name, _ in sweep.refused] == ["1-bad.csv"]
    assert sweep.case.posts.count() == sum(map(len, feed))
    again = Watcher(empty.path, inbox, options, settle=False).sweep()
    assert (again.added, again.refused) == ((), ())


def test_a_file_that_is_still_written_is_left_alone(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    feed = days(2)
    watcher = Watcher(empty.path, inbox, options)
    write(inbox / "a.csv", feed[0][:10])
    assert watcher.sweep().unsettled == 1
    write(inbox / "a.csv", *feed)
    assert watcher.sweep().unsettled == 1
    assert watcher.sweep().added == ("a.csv",)
    assert watcher.case.is_dir()
    assert Case.open(watcher.case).posts.count() == sum(map(len, feed))


def test_what_another_command_holds_up_is_done_at_the_next_look(
    empty: Case, options: ReadOptions, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write(inbox / "a.csv", *days(2))
    told: list[tuple[str, ...]] = []
    watcher = Watcher(empty.path, inbox, options, settle=False)
    looks = iter((True, False))
    with ExitStack() as other:
        other.enter_context(locked(empty.path / ".lock"))

        def wait() -> bool:
            other.close()
            return next(looks)

        watcher.run(wait, lambda sweep: told.append(sweep.added))
    assert told == [("a.csv",)]
    write(inbox / "b.csv", *days(1))
    with locked(empty.path / ".lock"), pytest.raises(BusyError):
        watcher.run(lambda: False, lambda sweep: None)  # no look comes: it is said


def test_two_trackers_do_not_forget_for_each_other(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    """The state is loaded and saved under a lock: what one has delivered the other cannot write over."""
    case, _ = empty.add(write(tmp_path / "a.csv", *days(2)), options=options)
    with tracking(case.path):
        with pytest.raises(BusyError):
            update(case)
        with pytest.raises(BusyError):
            Watcher(case.path, tmp_path, options).sweep()
        assert not (case.path / "tracker" / "state.json").exists()
    assert update(case).analysed


class Archive:
    """A collector of two pages that goes on where it was."""

    name = "archive"

    def __init__(self) -> None:
        self.asked: list[object] = []

    def collect(self, cursor: object, inbox: Path) -> dict[str, int]:
        self.asked.append(cursor)
        page = 0 if cursor is None else cursor["page"]  # type: ignore[index]
        if page < 2:
            write(inbox / f"page-{page}.csv", days(2)[page])
        return {"page": min(page + 1, 2)}


def test_collectors_go_on_where_they_were(empty: Case, options: ReadOptions, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    archive = Archive()
    for _ in range(3):
        Watcher(empty.path, inbox, options, settle=False, collectors=(archive,)).sweep()
    assert archive.asked == [None, {"page": 1}, {"page": 2}]
    assert Case.open(empty.path).posts.count() == sum(map(len, days(2)))


def test_killed_and_restarted_nothing_is_lost_or_doubled(empty: Case, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    lines = [line for day in days(10) for line in day]
    for n in range(60):
        write(inbox / f"{n:03}.csv", lines[n::60])
    (empty.path / FILE).write_text('only = ["amplification.reach"]\n[[rule]]\nkind = "threshold"\n'
                                   'finding = "amplification.reach"\nabove = 1\n')  # fmt: skip
    mapping = [part for item in MAP.items() for part in ("--map", "=".join(item))]
    command = [sys.executable, "-m", "undertow", "track", "watch", str(empty.path), str(inbox), "--once",
               "--platform", "twitter", *mapping]  # fmt: skip
    for seconds in (1.5, 2.5, 3.5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, capture_output=True)
    case = Case.open(empty.path)
    assert case.posts.count() == len(lines)
    assert len({entry.sha256 for entry in case.inputs}) == len(case.inputs) == 61
    assert undertow.verify(case).ok
    status = subprocess.run(
        [sys.executable, "-m", "undertow", "track", "status", str(empty.path), "--json"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(status.stdout)["files"] == 60


def test_status_says_that_the_reach_without_groups_is_off(empty: Case) -> None:
    command = [sys.executable, "-m", "undertow", "track", "status", str(empty.path)]

    def said() -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "the reach without coordinated groups is off" in said()
    (empty.path / FILE).write_text('[settings]\n"amplification.coordinated" = true\n')
    assert "is off" not in said()
