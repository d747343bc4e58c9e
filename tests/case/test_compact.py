"""``compact`` deletes what no line has named for 24 hours, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from power_loss import read_tree
from rows import detect_rows, post, write

from undertow.case import Case
from undertow.compact import GRACE, compact
from undertow.verify import verify

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)


def at(case: Case, time: dt.datetime) -> Case:
    """The case, opened at ``time``."""
    return Case.open(case.path, clock=lambda: time)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A case one of whose parts was replaced at :data:`START`."""
    made = Case.create(tmp_path / "case", clock=lambda: START - 9 * GRACE)
    made, _ = made.add(write(tmp_path / "a.rows", [post("1", likes=1), post("2")]))
    made, _ = at(made, START).add(write(tmp_path / "b.rows", [post("1", likes=2, observed_at=-9)]))
    assert made.ledger.lines[-1].removed
    return made


def removed_file(case: Case) -> Path:
    (part,) = case.ledger.lines[-1].removed
    return case.path / "tables" / part.table / part.file


def test_what_was_removed_stays_for_a_day(case: Case) -> None:
    old = removed_file(case)
    size = old.stat().st_size
    for early in (START, START + GRACE - SECOND, START + GRACE):
        assert compact(at(case, early)).deleted == ()
        assert old.exists()
    result = compact(at(case, START + GRACE + SECOND))
    assert (result.deleted, result.bytes) == ((old,), size)
    assert not old.exists()
    assert verify(at(case, START)).ok
    assert compact(at(case, START + 2 * GRACE)).deleted == ()


def test_nothing_that_is_named_is_deleted_however_old(case: Case) -> None:
    before = read_tree(case.path)
    gone = {path.relative_to(case.path).as_posix() for path in compact(at(case, START + 999 * GRACE)).deleted}
    assert gone == {removed_file(case).relative_to(case.path).as_posix()}
    after = read_tree(case.path)
    assert {name: data for name, data in before.items() if name not in gone} == after


def test_what_no_line_ever_named_is_judged_by_its_age(case: Case) -> None:
    folder = case.path / "tables" / "posts"
    young, old = folder / "young.parquet", folder / "old.parquet"
    for path, age in ((young, GRACE - SECOND), (old, GRACE + SECOND)):
        path.write_bytes(b"orphan")
        os.utime(path, ((START - age).timestamp(),) * 2)
    (folder / "notes.txt").write_bytes(b"not ours")
    assert compact(at(case, START)).deleted == (old,)
    assert young.exists()
    assert (folder / "notes.txt").exists()


def test_a_part_that_came_back_stays(case: Case) -> None:
    """Removed long ago and added again since: it is named."""
    (part,) = case.ledger.lines[-1].removed
    case = at(case, START)._commit("add", added=(part,))
    assert compact(at(case, START + 99 * GRACE)).deleted == ()


def test_what_was_derived_goes_with_what_it_was_derived_of(case: Case) -> None:
    def made(name: str, time: dt.datetime) -> Path:
        path = case.path / "derived" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"derived")
        os.utime(path, (time.timestamp(),) * 2)
        return path

    gone, here = removed_file(case).stem, case.parts("posts")[0].stem
    stale = made("coordination.edges/a/table.parquet", START - GRACE - SECOND)
    fresh = made("coordination.edges/b/table.parquet", START - GRACE + SECOND)
    memory = made("amplification.tested/a.npz", START - 9 * GRACE)
    of_gone, of_here = (made(f"partials/step/{stem}-1.parquet", START) for stem in (gone, here))
    merged = made("partials/step/merged-1.parquet", START - 9 * GRACE)
    assert compact(at(case, START + SECOND)).deleted == (stale,), (
        "a reader may still count the part that was removed"
    )
    assert not stale.parent.exists()
    assert set(compact(at(case, START + GRACE + SECOND)).deleted) == {removed_file(case), of_gone}
    assert all(path.exists() for path in (fresh, memory, of_here, merged))
