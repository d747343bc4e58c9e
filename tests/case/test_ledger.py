"""The ledger: a chain in which every changed byte shows, torn tails that readers ignore, snapshots that agree."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from undertow.errors import TamperedError
from undertow.ledger import GENESIS, SNAPSHOT_EVERY, Ledger, Line, Part, recover
from undertow.storage import Disk


def part(number: int, table: str = "posts") -> Part:
    return Part(table, f"{number:032x}.parquet", hashlib.sha256(str(number).encode()).hexdigest(), number)


def grown(path: Path, lines: int) -> Ledger:
    """A ledger of ``lines`` lines, each adding a part, every third removing the one before."""
    path.write_bytes(b"")
    ledger = Ledger((), 0)
    for number in range(lines):
        removed = (part(number - 1),) if number % 3 == 2 else ()
        ledger = ledger.append(path, line(ledger, added=(part(number),), removed=removed), Disk())
    return ledger


def line(ledger: Ledger, *, added: tuple[Part, ...] = (), removed: tuple[Part, ...] = ()) -> Line:
    return Line(
        seq=ledger.next_seq,
        prev=ledger.head,
        time="2026-01-01T00:00:00+00:00",
        version="0",
        command="add",
        parameters={"é": "ß\0\n"},
        added=added,
        removed=removed,
    )


def test_what_is_read_is_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = grown(path, 5)
    assert Ledger.read(path) == ledger
    assert ledger.valid_bytes == path.stat().st_size
    assert ledger.next_seq == 6
    assert [entry.prev for entry in ledger.lines] == [GENESIS, *(entry.hash for entry in ledger.lines[:-1])]


def test_the_hash_is_of_the_other_fields(tmp_path: Path) -> None:
    """The recipe of the docs, done by hand."""
    path = tmp_path / "ledger.jsonl"
    ledger = grown(path, 3)
    for raw, entry in zip(path.read_bytes().splitlines(), ledger.lines, strict=True):
        document = json.loads(raw)
        claimed = document.pop("hash")
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        assert claimed == entry.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, Ledger]:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    ledger = grown(path, 5)
    return path, path.read_bytes(), ledger


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_shows(five: tuple[Path, bytes, Ledger], data: st.DataObject) -> None:
    path, whole, ledger = five
    position = data.draw(st.integers(0, len(whole) - 1))
    value = data.draw(st.sampled_from([0, 10, 13, 32]) | st.integers(0, 255))
    changed = bytearray(whole)
    changed[position] = value
    if bytes(changed) == whole:
        return
    path.write_bytes(changed)
    tail = ledger.valid_bytes - len(ledger.lines[-1].encode())
    if position >= tail and (position == len(whole) - 1 or value == 0):
        # as after a crash: the last line is torn, which only the head's hash in a report shows
        found = Ledger.read(path)
        assert found.lines == ledger.lines[:-1]
        assert found.head != ledger.head
    else:
        with pytest.raises(TamperedError) as caught:
            Ledger.read(path)
        assert (caught.value.exit_code, caught.value.where) == (1, str(path))


def test_a_newline_before_the_last_line_that_became_a_nul_is_no_torn_tail(five: tuple[Path, bytes, Ledger]) -> None:
    path, whole, ledger = five
    tail = ledger.valid_bytes - len(ledger.lines[-1].encode())
    path.write_bytes(whole[: tail - 1] + b"\0" + whole[tail:])
    with pytest.raises(TamperedError):
        Ledger.read(path)


@pytest.mark.parametrize("number", [0, 2, 3])
def test_lines_taken_out_put_in_or_exchanged_show(five: tuple[Path, bytes, Ledger], number: int) -> None:
    path, whole, _ = five
    lines = whole.splitlines(keepends=True)
    out = [*lines[:number], *lines[number + 1 :]]
    doubled = [*lines[: number + 1], *lines[number:]]
    exchanged = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
    empty = [*lines[:number], b"\n", *lines[number:]]
    for tampered in (out, doubled, exchanged, empty):
        path.write_bytes(b"".join(tampered))
        with pytest.raises(TamperedError):
            Ledger.read(path)


def test_a_line_forged_with_its_own_hash_breaks_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    grown(path, 4)
    lines = path.read_bytes().splitlines()
    document = json.loads(lines[1])
    document["time"] = "2020-01-01T00:00:00+00:00"
    del document["hash"]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    document["hash"] = hashlib.sha256(text.encode()).hexdigest()
    lines[1] = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(TamperedError, match="line 3 of the ledger does not follow line 2"):
        Ledger.read(path)


def torn(whole: bytes, last: bytes) -> list[bytes]:
    """What a crash can leave of the append of ``last``."""
    cut = [last[:size] for size in (1, len(last) // 2, len(last) - 1)]
    nulls = [b"\0" * size for size in (1, 100, len(last))]
    late = [b"\0" * size + last[size:] for size in (1, len(last) // 2, len(last) - 1)]
    return [whole + tail for tail in (*cut, *nulls, *late, last[:9] + b"\0" * 50)]


def test_torn_tails_are_ignored_by_readers_and_cut_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    before = grown(path, 4)
    whole = path.read_bytes()
    after = grown(path, 5)
    last = path.read_bytes()[len(whole) :]
    for content in torn(whole, last):
        path.write_bytes(content)
        assert Ledger.read(path) == before
        assert path.read_bytes() == content, "readers change nothing"
        assert recover(path, Disk()) == before
        assert path.read_bytes() == whole
    path.write_bytes(whole + last)
    assert recover(path, Disk()) == after
    assert path.read_bytes() == whole + last


def test_a_whole_line_that_is_wrong_is_no_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    grown(path, 3)
    with path.open("ab") as file:
        file.write(b'{"seq":4}\n')
    content = path.read_bytes()
    with pytest.raises(TamperedError):
        recover(path, Disk())
    assert path.read_bytes() == content, "evidence is not cut off"


def full_fold(ledger: Ledger) -> list[Part]:
    """The oracle: every line from the first, snapshots ignored."""
    parts: list[Part] = []
    for entry in ledger.lines:
        parts = [held for held in parts if held not in entry.removed] + list(entry.added)
    return parts


def test_a_snapshot_every_hundred_lines_agrees_with_the_whole_fold(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = grown(path, 2 * SNAPSHOT_EVERY + 7)
    snapshots = [entry.seq for entry in ledger.lines if entry.snapshot is not None]
    assert SNAPSHOT_EVERY == 100
    assert snapshots == [100, 200]
    for length in (1, 99, 100, 101, 150, 199, 200, 201, 207):
        now = Ledger(ledger.lines[:length], 0)
        assert list(now.parts()) == full_fold(now), length
    assert Ledger.read(path).parts() == ledger.parts()


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert Ledger.read(tmp_path / "none") == Ledger((), 0)
    assert Ledger((), 0).head == GENESIS
    assert recover(tmp_path / "none", Disk()) == Ledger((), 0)
