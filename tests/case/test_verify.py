"""``verify`` finds what was changed in a case after it was written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sessions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import detect_rows, post, write
from sessions import clock, input_files, session

from undertow.case import Case
from undertow.errors import CaseError, TamperedError, UsageError
from undertow.storage import Disk, sha256_of
from undertow.verify import verify


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case with tables, quarantine and findings. Not to be changed: see :func:`copied`."""
    folder = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("undertow.sources.detect.detect", detect_rows)
        return session(folder / "case", input_files(folder / "files"), Disk(), lambda head: None)


@pytest.fixture
def copied(original: Case, tmp_path: Path) -> Case:
    shutil.copytree(original.path, tmp_path / "copy")
    return Case.open(tmp_path / "copy", clock=clock)


def named_files(case: Case) -> list[Path]:
    """Every file that the ledger binds, and the ledger."""
    parts = [case.path / "tables" / part.table / part.file for part in case.ledger.parts()]
    others = [*(case.path / "quarantine").iterdir(), *(case.path / "findings").rglob("*.*")]
    return sorted([case.path / "ledger.jsonl", *parts, *others])


def problems(path: Path, head: str) -> list[str]:
    """What is found, however it is said."""
    try:
        result = verify(Case.open(path), head=head)
    except TamperedError as error:
        return [error.what]
    assert result.ok == (not result.problems)
    return [f"{check.what}: {check.problem}" for check in result.problems]


def test_a_case_as_it_was_written_verifies(original: Case) -> None:
    result = verify(original, head=original.head)
    assert (result.problems, result.changed, result.lines) == ((), (), 4)
    said = " ".join(check.what for check in result.checks)
    for word in ("ledger", "posts/", "accounts/", "quarantine/", "findings/", "evidence of", "records of", "head"):
        assert word in said
    kinds = {path.relative_to(original.path).parts[0] for path in named_files(original)}
    assert kinds == {"ledger.jsonl", "tables", "quarantine", "findings"}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_any_file_is_found(original: Case, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(named_files(original)))
    whole = path.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    flipped = data.draw(st.integers(1, 255))
    changed = bytearray(whole)
    changed[position] ^= flipped
    try:
        path.write_bytes(changed)
        found = problems(original.path, original.head)
    finally:
        path.write_bytes(whole)
    assert found
    if path.name != "ledger.jsonl":
        assert [problem for problem in found if path.name in problem and "changed" in problem]


def test_any_missing_or_shortened_file_is_found(copied: Case) -> None:
    for path in named_files(copied):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        assert problems(copied.path, copied.head), path
        path.unlink()
        if path.name == "ledger.jsonl":
            with pytest.raises(CaseError, match="no case here"):
                Case.open(copied.path)
        else:
            assert [text for text in problems(copied.path, copied.head) if "missing" in text], path
        path.write_bytes(whole)
    assert problems(copied.path, copied.head) == []


def test_a_tail_that_was_cut_off_is_found_by_the_head_alone(copied: Case) -> None:
    ledger = copied.path / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:-1]))
    shorter = Case.open(copied.path)
    assert verify(shorter).ok, "a chain cannot show it"
    found = verify(shorter, head=copied.head[:16])
    assert [check.what for check in found.problems] == [f"head {copied.head[:16]}"]
    assert "cut off" in found.problems[0].problem
    assert verify(copied, head=copied.ledger.lines[1].hash.upper()).ok, "an earlier report's head is in the ledger"


@pytest.mark.parametrize("head", ["", "abc", "not a hash", "0" * 7])
def test_a_head_that_is_none_is_a_usage_error(original: Case, head: str) -> None:
    with pytest.raises(UsageError, match="not a head's hash"):
        verify(original, head=head)


def test_case_toml_may_be_changed_and_that_is_said(copied: Case) -> None:
    settings_file = copied.path / "case.toml"
    settings_file.write_text('title = "Another"\n')
    result = verify(copied)
    assert result.ok
    assert result.changed == ("case.toml was edited since the last command: its content has been changed",)
    settings_file.unlink()
    assert "missing" in verify(copied).changed[0]
    with pytest.raises(CaseError, match=r"case\.toml"):
        _ = copied.title
    with pytest.raises(CaseError, match=r"case\.toml is missing"):
        copied.record([], {})


def test_a_finding_whose_count_is_wrong_is_found(original: Case, copied: Case) -> None:
    after = copied.record([sessions.finding(7)], {})
    assert [check.problem for check in verify(after).problems] == ["3 rows, the finding says 7"]
    broken = sessions.finding(3)
    object.__setattr__(broken.evidence, "sql", "SELECT * FROM nowhere")
    again = after.record([broken], {})
    assert "its query cannot be run" in verify(again).problems[0].problem


def test_rows_and_records_that_do_not_add_up_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case whose ledger and files agree, and were written by a program that miscounts or repeats posts."""
    import undertow.case

    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)
    honest = sha256_of
    case = Case.create(tmp_path / "case")
    case, _ = case.add(write(tmp_path / "a.rows", [post("1"), post("2")]))
    assert verify(case).ok
    (entry,) = (dict(entry) for entry in case.ledger.inputs())
    first = next(part for part in case.ledger.parts() if part.table == "posts")
    copy = case.path / "tables" / "posts" / "again.parquet"
    shutil.copy(case.path / "tables" / "posts" / first.file, copy)
    repeated = undertow.case.Part("posts", copy.name, honest(copy), first.rows + 1)
    case = case._commit("add", inputs=(entry | {"read": 3},), added=(repeated,))
    assert {check.problem for check in verify(case).problems} == {"it has 2 rows, the ledger says 3"}
    right = undertow.case.Part("posts", copy.name, honest(copy), first.rows)
    case = case._commit("add", removed=(repeated,), added=(right,))
    found = {check.what: check.problem for check in verify(case).problems}
    assert found == {
        "records of a.rows": "3 records read, 2 accounted for",
        "posts: one row a post": "2 rows too many",
    }


def test_a_torn_tail_is_said_though_it_is_no_damage(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case").note("test", {})
    path = case.path / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    result = verify(Case.open(case.path))
    assert result.ok
    assert "never finished" in result.changed[0]
