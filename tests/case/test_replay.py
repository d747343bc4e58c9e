"""The power lost after every disk operation: the case is as it was before the command or after it, never between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sessions
from power_loss import File, Model, Operation, RecordingDisk, Tree, fates, read_tree, write_tree
from rows import detect_rows
from sessions import clock, input_files, session

from undertow.case import Case
from undertow.errors import UndertowError
from undertow.ledger import GENESIS, Ledger
from undertow.verify import verify


@pytest.fixture(autouse=True)
def _test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)


class Recorded:
    """A recorded session: its operations, what was there before them, and the heads that it reported."""

    def __init__(self, folder: Path, run: Callable[[RecordingDisk], object], first: str = GENESIS) -> None:
        disk = RecordingDisk(folder.parent)
        self.start = read_tree(folder.parent)
        run(disk)
        self.log = disk.log
        self.case = folder.name
        self.heads = [first, *(extra for name, _, extra in self.log if name == "told")]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return input_files(tmp_path_factory.mktemp("inputs"))


@pytest.fixture
def whole(tmp_path: Path, files: list[Path]) -> Recorded:
    """Create, add, add, record."""
    folder = tmp_path / "whole" / "case"
    folder.parent.mkdir()
    return Recorded(folder, lambda disk: session(folder, files, disk, disk.told))


@pytest.fixture
def mending(tmp_path: Path, files: list[Path]) -> Recorded:
    """Findings are recorded in a case that a command was torn in before: half a line, and findings without one."""
    folder = tmp_path / "mending" / "case"
    folder.parent.mkdir()
    case = session(folder, files, sessions.Disk(), lambda head: None)
    with (folder / "ledger.jsonl").open("ab") as ledger:
        ledger.write((folder / "ledger.jsonl").read_bytes()[:50])
    orphan = folder / "findings" / str(case.ledger.next_seq)
    orphan.mkdir()
    (orphan / "findings.json").write_bytes(b"half of")

    def run(disk: RecordingDisk) -> None:
        now = Case.open(folder, clock=clock, disk=disk)
        disk.told(now.record([sessions.finding(3)], {"seed": 1}).head)

    return Recorded(folder, run, case.head)


def problem_of(tree: Tree, case: str, allowed: Sequence[str], folder: Path) -> str:
    """What is wrong with the case that is left, when one of ``allowed`` is to be its head; empty when nothing is."""
    write_tree(tree, folder)
    ledger = folder / case / "ledger.jsonl"
    try:
        if not Ledger.read(ledger).lines:
            return "" if GENESIS in allowed else "a command that was reported as done is lost"
        now = Case.open(folder / case, clock=clock)
        if now.head not in allowed:
            return f"its head is {now.head[:8]}, not one of {[head[:8] for head in allowed]}"
        return "; ".join(f"{check.what}: {check.problem}" for check in verify(now).problems)
    except UndertowError as error:
        return str(error)


def losses(recorded: Recorded, log: Sequence[Operation], folder: Path) -> Iterator[tuple[str, str]]:
    """Every way of losing power during ``log``, and what is wrong afterwards: moment and fate, and the problem."""
    model = Model(recorded.start)
    known: dict[Any, str] = {}
    reported = 0
    for moment, operation in enumerate([("told", ".", None), *log]):
        model.do(operation)
        reported += operation[0] == "told" and operation[2] is not None
        allowed = recorded.heads[reported : reported + 2]
        for name, fate in fates(moment).items():
            tree = {path: data for path, data in model.survivors(fate).items() if "/staging/" not in path}
            key = (frozenset(tree.items()), tuple(allowed))
            if key not in known:
                known[key] = problem_of(tree, recorded.case, allowed, folder / str(len(known)))
                shutil.rmtree(folder / str(len(known) - 1))
            yield f"{moment} {operation[0]} {operation[1]}: {name}", known[key]
    assert len(known) > len(log) / 2, "the model lost next to nothing"


def wrong(problems: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return (found for found in problems if found[1])


def test_power_lost_during_a_session(whole: Recorded, tmp_path: Path) -> None:
    problems = list(losses(whole, whole.log, tmp_path))
    assert len(problems) > 400
    assert list(wrong(problems)) == []


def test_power_lost_while_a_torn_case_is_mended(mending: Recorded, tmp_path: Path) -> None:
    assert any(name == "truncate" for name, _, _ in mending.log)
    assert list(wrong(losses(mending, mending.log, tmp_path))) == []


def test_a_case_that_lost_power_can_be_written(whole: Recorded, files: list[Path], tmp_path: Path) -> None:
    """After every eighth operation and one fate: the session goes on, and ends where it would have ended."""
    model, tried = Model(), 0
    for moment, operation in enumerate(whole.log):
        model.do(operation)
        if moment % 8:
            continue
        tried += 1
        name = list(fates(0))[tried % len(fates(0))]
        folder = tmp_path / str(moment)
        write_tree(model.survivors(fates(moment)[name]), folder)
        path = folder / whole.case
        ledger = Ledger.read(path / "ledger.jsonl")
        case = Case.open(path, clock=clock) if ledger.lines else Case.create(path, title="A case", clock=clock)
        for file in files:
            case, _ = case.add(file)
        if len(case.ledger.lines) < 4:
            case = case.record([sessions.finding(case.posts.count())], {"seed": 0})
        assert case.head == whole.heads[-1], f"after {operation[:2]} and {name}"
        assert verify(case).problems == ()
    assert tried >= 6


@pytest.mark.parametrize(
    "forgotten",
    [
        lambda name, path: name == "sync" and path.endswith(".parquet") and "findings" not in path,
        lambda name, path: name == "sync" and "quarantine" in path,
        lambda name, path: name == "sync" and "findings" in path,
        lambda name, path: name == "sync" and path.endswith("ledger.jsonl"),
        lambda name, path: name == "sync_folder" and path.endswith("tables/posts"),
        lambda name, path: name == "sync_folder" and path.endswith("tables"),
        lambda name, path: name == "sync_folder" and path.endswith("quarantine"),
        lambda name, path: name == "sync_folder" and path.endswith("findings") and "staging" not in path,
        lambda name, path: name == "sync_folder" and path.endswith("staging/findings"),
        lambda name, path: name == "sync_folder" and path.endswith("case"),
        lambda name, path: name == "sync_folder" and path == ".",
    ],
    ids=[
        *("parts", "quarantine", "findings", "ledger"),
        *("folder of a table", "folder of tables", "folder of quarantine", "folder of generations"),
        *("folder of findings", "folder of the case", "folder above the case"),
    ],
)
def test_the_model_finds_each_forgotten_sync(forgotten: Any, whole: Recorded, tmp_path: Path) -> None:
    """Of the operations that were recorded, one kind is left out: some loss must show it."""
    kept = [
        operation
        for operation in whole.log
        if not forgotten(operation[0], operation[1].replace(command_of(operation[1]), "staging/"))
    ]
    assert len(kept) < len(whole.log)
    assert next(wrong(losses(whole, kept, tmp_path)), None) is not None


def command_of(path: str) -> str:
    """The staging folder of a command in ``path``, whose name is made anew each time."""
    parts = path.split("/")
    here = next((number for number, part in enumerate(parts) if part.startswith("command-")), None)
    return "staging/" if here is None else f"staging/{parts[here]}/"


def test_the_model_keeps_what_is_synced_and_may_lose_the_rest() -> None:
    model = Model()
    for operation in (
        ("make_folder", "a", None),
        ("sync_folder", ".", None),
        ("write", "a/x", b"one"),
        ("sync", "a/x", b"one"),
        ("append", "a/x", b"two"),
    ):
        model.do(operation)
    lost = {name: model.survivors(fate) for name, fate in fates(1).items()}
    assert lost["everything lost"] == {"a/": b""}
    assert lost["nothing lost"] == {"a/x": b"onetwo"}
    assert lost["names without bytes"] == {"a/x": b"one"}
    assert lost["NULs"] == {"a/x": b"one\0\0\0"}
    model.do(("sync_folder", "a", None))
    assert model.survivors(fates(1)["everything lost"]) == {"a/x": b"one"}
    model.do(("rename", "a/x", ("y", {"": b"onetwo"})))
    assert model.survivors(fates(1)["everything lost"]) == {"a/x": b"one"}
    model.do(("sync_folder", ".", None))
    assert model.survivors(fates(1)["everything lost"]) == {"a/x": b"one", "y": b"one"}
    model.do(("sync_folder", "a", None))
    assert model.survivors(fates(1)["everything lost"]) == {"a/": b"", "y": b"one"}
    assert File(b"abc", [0, b"xy", 1]).current() == b"x"
