"""Commands that are killed at every moment: the case is as it was before the command or after it, never between."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sessions
from rows import account, detect_rows, post, write
from sessions import clock, input_files, session

from undertow.case import Case
from undertow.errors import CaseError
from undertow.ledger import Ledger
from undertow.storage import Disk
from undertow.verify import verify

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are of POSIX systems")

Kill = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    """A function that runs a session in another process and kills it there."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", sessions.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        stdin, stdout = server.stdin, server.stdout

        def ask(folder: Path, files: list[Path], **how: Any) -> dict[str, Any]:
            stdin.write(json.dumps({"folder": str(folder), "files": [str(f) for f in files], **how}) + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer

        yield ask
        stdin.close()


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[str], int, float]:
    """The input files, the heads of a session that nobody kills, its disk operations, and its seconds."""
    folder = tmp_path_factory.mktemp("truth")
    files = input_files(folder / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("undertow.sources.detect.detect", detect_rows)
        disk = sessions.KillingDisk(-1, torn=False)
        heads: list[str] = []
        session(folder / "case", files, disk, heads.append)
        started = time.monotonic()
        again: list[str] = []
        session(folder / "again", files, Disk(), again.append)
    assert heads == again, "two runs, one result"
    return files, heads, disk.count, time.monotonic() - started


def judge(folder: Path, files: list[Path], heads: list[str], reported: list[str], *, go_on: bool = True) -> int:
    """Check the case of a killed session, and with ``go_on`` end the session; returns how many commands it held."""
    assert reported == heads[: len(reported)]
    ledger = folder / "ledger.jsonl"
    if not ledger.exists() or not Ledger.read(ledger).lines:
        with pytest.raises(CaseError, match="there is no case here"):
            Case.open(folder)
        assert not reported
        held = 0
        case = Case.create(folder, title="A case", clock=clock)  # it can be made anew in the remains
    else:
        case = Case.open(folder, clock=clock)
        assert case.head in heads
        held = heads.index(case.head) + 1
        assert held - len(reported) in (0, 1), "what was reported is there, and at most the one command more"
    assert verify(case).problems == ()
    if not go_on:
        return held
    # a following command works, and ends where a session that nobody killed ends
    for file in files[max(held - 1, 0) :]:
        case, _ = case.add(file)
    if held < len(heads):
        case = case.record([sessions.finding(case.posts.count())], {"seed": 0})
    assert case.head == heads[-1]
    assert verify(case).problems == ()
    return held


def test_killed_at_each_disk_operation(kill: Kill, truth: Any, tmp_path: Path) -> None:
    files, heads, count, _ = truth
    held = set()
    for at in range(count):
        folder = tmp_path / f"before-{at}"
        answer = kill(folder, files, before=at, torn=False)
        assert answer["killed"], answer
        held.add(judge(folder, files, heads, answer["heads"], go_on=at % 6 == 0))
    assert held == {0, 1, 2, 3, 4}
    unharmed = kill(tmp_path / "unharmed", files, before=count, torn=False)
    assert (unharmed["killed"], unharmed["heads"]) == (False, heads), "there is no operation after the last"


def test_killed_while_small_parts_are_joined(kill: Kill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.merge.ALIKE", 2)
    files = [
        write(tmp_path / f"{n}.rows", [post(f"{n}-{k}", text=f"text {n}") for k in range(3)] + [account(f"a{n}")])
        for n in range(2)
    ]
    heads: list[str] = []
    disk = sessions.KillingDisk(-1, torn=False)
    whole = session(tmp_path / "whole", files, disk, heads.append)
    assert [len(whole.parts(name)) for name in ("posts", "accounts")] == [1, 1]
    assert [len(line.removed) for line in whole.ledger.lines] == [0, 0, 2, 0]
    held = set()
    for at in range(disk.count):
        folder = tmp_path / f"before-{at}"
        answer = kill(folder, files, before=at, torn=False, alike=2)
        assert answer["killed"], answer
        held.add(judge(folder, files, heads, answer["heads"], go_on=at % 4 == 0))
        if at % 4 == 0:
            assert Case.open(folder).posts.to_arrow().equals(whole.posts.to_arrow())
    assert held == {0, 1, 2, 3, 4}


def test_killed_in_the_middle_of_each_write(kill: Kill, truth: Any, tmp_path: Path) -> None:
    files, heads, _, _ = truth
    calls: list[str] = []

    class Named(Disk):
        def __getattribute__(self, name: str) -> Any:
            calls.append(name)
            return super().__getattribute__(name)

    session(tmp_path / "counted", files, Named(), calls.append)
    names = [name for name in calls if name in sessions.OPERATIONS]
    writes = [number for number, name in enumerate(names) if name in ("write", "append")]
    assert len(writes) == 6, "case.toml, the ledger, and a line for each of four commands"
    for at in writes:
        folder = tmp_path / f"torn-{at}"
        answer = kill(folder, files, before=at, torn=True)
        assert answer["killed"]
        judge(folder, files, heads, answer["heads"])


def test_killed_after_any_time(kill: Kill, truth: Any, tmp_path: Path) -> None:
    files, heads, _, seconds = truth
    killed = 0
    for number in range(30):
        folder = tmp_path / str(number)
        answer = kill(folder, files, after=seconds * 1.2 * number / 30)
        killed += answer["killed"]
        judge(folder, files, heads, answer["heads"], go_on=number % 5 == 0)
    assert killed >= 5, "the kills came too late to show anything"


# --- two at a time -----------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from undertow.storage import locked
with locked(Path(sys.argv[1]) / ".lock"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_and_readers_are_not(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    case, _ = case.add(write(tmp_path / "one.rows", [post("1")]))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(case.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        for command in (
            lambda: case.add(write(tmp_path / "two.rows", [post("2")])),
            lambda: case.record([], {}),
            lambda: Case.create(tmp_path / "case"),
        ):
            with pytest.raises(CaseError) as caught:
                command()
            assert "another undertow command" in caught.value.what or "there is a case here" in caught.value.what
            assert caught.value.todo
        assert verify(Case.open(case.path)).problems == ()
        assert Case.open(case.path).posts.count() == 1
        other.kill()
        other.wait()
    after, _ = case.add(tmp_path / "two.rows")  # the lock went with its process
    assert after.posts.count() == 2


def test_readers_see_whole_commands_while_one_writes(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    names = [write(tmp_path / f"{n}.rows", [post(str(n)), post("same", likes=n)]) for n in range(12)]

    def add_all() -> None:
        for name in names:
            Case.open(case.path).add(name)

    seen = []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(add_all)
        while not writing.done() or not seen:
            seen.append(looked_at(case.path))
        writing.result()
    assert seen == sorted(seen)
    assert Case.open(case.path).posts.count() == 13


def looked_at(folder: Path) -> int:
    """How many files the case has now, after a look at all of it."""
    now = Case.open(folder)
    assert verify(now).problems == ()
    added = len(now.ledger.lines) - 1
    assert now.posts.count() == len(now.posts.to_arrow(["post_id"])) == (added + 1 if added else 0)
    return added


def test_a_case_opened_before_stays_as_it_was(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    case, _ = case.add(write(tmp_path / "one.rows", [post("1", likes=1)]))
    after, _ = case.add(write(tmp_path / "two.rows", [post("1", likes=2, observed_at=-5), post("2")]))
    assert after.posts.count() == 2
    assert case.posts.to_arrow(["post_id", "likes"]).to_pylist() == [{"post_id": "1", "likes": 1}]
    with pytest.raises(CaseError, match="has changed while"):
        case.record([], {})


def test_a_case_made_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Two commands that both found no case: the second must not begin again over the first's."""

    class Overtaken(Disk):
        def make_folder(self, path: Path) -> None:
            super().make_folder(path)
            if path == tmp_path / "case" and not (path / "ledger.jsonl").exists():
                made.append(Case.create(path, title="first"))

    made: list[Case] = []
    with pytest.raises(CaseError, match="there is a case here already"):
        Case.create(tmp_path / "case", title="second", disk=Overtaken())
    assert Case.open(tmp_path / "case").head == made[0].head


def undertow_add(case: Path, file: Path) -> subprocess.Popen[bytes]:
    """``undertow add CASE FILE``, started."""
    program = "import sys; from undertow.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "add", str(case), str(file), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def test_the_command_line_killed_after_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real command with a real reader: a file of 3,000 posts and one broken record into a new case."""
    monkeypatch.undo()
    file = tmp_path / "posts.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(3_000):
            number_of_account = str(number % 50)
            post_id = str(29_700_859_248 + number * 2**22)
            entry = {"id": post_id, "text": f"post {number}", "author_id": number_of_account}
            lines.write(json.dumps(entry | {"created_at": "2020-01-01T00:00:00.000Z"}) + "\n")
        lines.write("{broken\n")
    started = time.monotonic()
    with undertow_add(tmp_path / "whole", file) as whole:
        assert whole.wait(120) == 0
    seconds = time.monotonic() - started
    held = []
    for number in range(10):
        folder = tmp_path / str(number)
        with undertow_add(folder, file) as command:
            time.sleep(seconds * (0.3 + 0.07 * number))  # before that Python starts
            command.kill()
        if not (folder / "ledger.jsonl").exists() or not Ledger.read(folder / "ledger.jsonl").lines:
            held.append(-1)
        else:
            case = Case.open(folder)
            assert verify(case).problems == ()
            held.append(case.posts.count())
        with undertow_add(folder, file) as again:
            assert again.wait(120) == 0
        after = Case.open(folder)
        assert verify(after).problems == ()
        (entry_of_file,) = after.inputs
        assert (entry_of_file.kept, entry_of_file.quarantined, after.posts.count()) == (3_000, 1, 3_000)
    assert set(held) <= {-1, 0, 3_000}, "all or nothing"
