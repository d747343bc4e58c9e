"""The disk's operations, the lock, and failed commands that leave no trace."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from power_loss import read_tree
from rows import RowsReader, detect_rows, post, write

import undertow.storage
from undertow.case import Case
from undertow.errors import CaseError, InputError
from undertow.sources.base import SourceFile
from undertow.storage import Disk, locked
from undertow.verify import verify


def test_operations_do_what_they_say(tmp_path: Path) -> None:
    disk, file = Disk(), tmp_path / "folder" / "file"
    disk.make_folder(file.parent)
    disk.make_folder(file.parent)  # again: its name is made durable again
    disk.write(file, b"one")
    disk.append(file, b"two")
    disk.sync(file)
    assert file.read_bytes() == b"onetwo"
    disk.truncate(file, 4)
    disk.append(tmp_path / "new", b"x")
    disk.rename(file, tmp_path / "new")
    disk.sync_folder(tmp_path)
    assert read_tree(tmp_path) == {"folder/": b"", "new": b"onet"}
    disk.remove(tmp_path / "new")
    assert read_tree(tmp_path) == {"folder/": b""}


def test_a_folder_that_is_there_is_made_durable_all_the_same(tmp_path: Path) -> None:
    """It may be of a command that was killed before it made the name durable."""
    synced = []

    class Noting(Disk):
        def sync_folder(self, path: Path) -> None:
            synced.append(path)
            super().sync_folder(path)

    (tmp_path / "there").mkdir()
    Noting().make_folder(tmp_path / "there")
    assert synced == [tmp_path]


def test_the_lock_is_held_once_and_let_go(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with locked(lock):
        with pytest.raises(CaseError, match="another undertow command") as caught, locked(lock):
            pass
        assert caught.value.todo
    with locked(lock):
        pass
    with pytest.raises(KeyError), locked(lock):
        raise KeyError
    with locked(lock):
        pass


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undertow.storage, "_try_lock", lambda file: True)
    with pytest.raises(CaseError, match="does not keep locks"), locked(tmp_path / ".lock"):
        pass


def test_a_folder_that_is_missing_or_closed_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be written"), locked(tmp_path / "none" / ".lock"):
        pass
    (tmp_path / ".lock").mkdir()
    with pytest.raises(CaseError, match="cannot be written"), locked(tmp_path / ".lock"):
        pass


class BadReader(RowsReader):
    """Stages half of its rows, and then cannot go on."""

    def read(self, source: SourceFile, staging: Path, options: Any) -> Any:
        super().read(source, staging, options)
        raise InputError("cut off", where=source.shown, todo="get it again")


class FailingDisk(Disk):
    """Cannot do its ``n``-th operation, as when the disk is full."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or name == "left":
            return found
        self.left -= 1
        if self.left < 0:
            raise OSError(28, os.strerror(28))
        return found


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)
    made, _ = Case.create(tmp_path / "case").add(write(tmp_path / "a.rows", [post("1"), post("2")]))
    return made


def test_a_failed_add_leaves_no_trace(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = write(tmp_path / "b.rows", [post("1", likes=3)]), write(tmp_path / "c.rows", [post("4")])

    def detect(path: Path, *arguments: Any, **more: Any) -> Any:
        return [(SourceFile.of(path), BadReader() if path == bad else RowsReader())]

    monkeypatch.setattr("undertow.sources.detect.detect", detect)
    before = read_tree(case.path)
    with pytest.raises(InputError):
        case.add(good, bad)
    with pytest.raises(InputError, match="no files were given"):
        case.add()
    assert read_tree(case.path) == before


def test_a_disk_that_is_full_at_any_operation(case: Case, tmp_path: Path) -> None:
    """The case is as it was, or (the last operation: the line is written and not synced) as after the command."""
    file = write(tmp_path / "b.rows", [post("1", likes=3), post("5")])
    heads = set()
    for number in range(100):
        disk = FailingDisk(number)
        try:
            after, _ = Case.open(case.path, disk=disk).add(file)
        except OSError:
            now = Case.open(case.path)
            assert verify(now).ok
            assert not list((case.path / "staging").iterdir())
            heads.add(now.head)
            if now.head != case.head:
                break
        else:
            pytest.fail(f"{after.head} was written without operation {number}")
    assert number > 4
    assert len(heads) == 2
    again, inputs = Case.open(case.path).add(file)
    assert inputs[0].known
    assert again.posts.count() == 3


@pytest.mark.parametrize("content", ["stranger.txt", "posts.csv"])
def test_a_case_is_not_made_among_strangers(tmp_path: Path, content: str) -> None:
    (tmp_path / content).write_text("x")
    with pytest.raises(CaseError, match="not empty"):
        Case.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [content]
    with pytest.raises(CaseError, match="a file, not a folder"):
        Case.create(tmp_path / content)


def test_a_failed_add_takes_away_only_what_it_made(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(InputError):
        Case.add_to(tmp_path / "new", bad)
    assert not (tmp_path / "new").exists()
    case = Case.create(tmp_path / "case", title="Mine", question="Who?")
    (case.path / "case.toml").write_text('title = "Mine"\n[parameters.posting_hours]\n')
    before = read_tree(case.path)
    with pytest.raises(InputError):
        Case.add_to(case.path, bad)
    assert read_tree(case.path) == before, "a case that was prepared stays"
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    (prepared / "case.toml").write_text('title = "Mine"\n')
    with pytest.raises(InputError):
        Case.add_to(prepared, bad)
    assert read_tree(prepared) == {"case.toml": b'title = "Mine"\n'}, "settings that were there stay"
    assert Case.create(prepared).title == "Mine"


def test_a_lock_that_was_taken_away_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening the file and locking it, its holder may have removed the case."""
    lock, tried = tmp_path / ".lock", undertow.storage._try_lock

    def removed_meanwhile(file: Any) -> bool:
        lock.unlink()
        return tried(file)

    monkeypatch.setattr("undertow.storage._try_lock", removed_meanwhile)
    with pytest.raises(CaseError, match="another undertow command"), locked(lock):
        pass
    assert not lock.exists()
