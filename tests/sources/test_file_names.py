"""What a file or its folder is called changes nothing of what is read: engines see patterns and columns in names."""

from __future__ import annotations

import errno
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from undertow.case import Case
from undertow.errors import InputError
from undertow.sources.base import ReadOptions
from undertow.sources.head import broken_stream

MAPPING = {"created_at": "when", "account_id": "who", "text": "what"}
OPTIONS = ReadOptions(mapping=MAPPING)
DECOY = "when,who,what\n2020-01-01 10:00:00,decoy,decoy\n"
WANTED = "when,who,what\n2020-01-01 10:00:00,anna,one\n2020-01-02 10:00:00,ben,two\n"


def accounts(case: Case) -> list[object]:
    return sorted(case.query("SELECT account_id FROM posts")["account_id"].to_pylist())


@pytest.mark.parametrize(
    ("name", "decoys"),
    [
        ("export[1].csv", ["export1.csv"]),
        ("a*b.csv", ["axb.csv", "ab.csv"]),
        ("what?.csv", ["whats.csv"]),
        ("~posts.csv", []),
        ("it's {here},there.csv", []),
        ("not_packed.csv.gz", []),
        ("platform=youtube/account_id=zz/posts.csv", []),
        ("c0=zz/posts.csv", []),
        ("data[12]/posts.csv", ["data1/posts.csv"]),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_a_file_is_read_whatever_it_is_called(
    name: str, decoys: list[str], relative: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, content in [(name, WANTED), *((decoy, DECOY) for decoy in decoys)]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content)
    monkeypatch.chdir(tmp_path)
    case, (entry,) = Case.add_to(tmp_path / "case", Path(name) if relative else tmp_path / name, options=OPTIONS)
    assert (entry.read, entry.kept) == (2, 2)
    assert accounts(case) == ["anna", "ben"]
    assert set(case.query("SELECT platform FROM posts")["platform"].to_pylist()) == {"unknown"}


def test_parquet_keeps_its_own_columns_in_a_folder_named_like_one(tmp_path: Path) -> None:
    folder = tmp_path / "who=zz" / "what=[1]"
    folder.mkdir(parents=True)
    table = pa.table({"when": ["2020-01-01 10:00:00"], "who": ["anna"], "what": ["one"]})
    pq.write_table(table, folder / "part[0].parquet")
    pq.write_table(table.slice(0, 0), folder / "part0.parquet")
    case, (entry,) = Case.add_to(tmp_path / "case", folder / "part[0].parquet", options=OPTIONS)
    assert entry.kept == 1
    assert accounts(case) == ["anna"]


def test_a_case_in_a_folder_named_like_a_column_or_a_pattern_keeps_its_rows(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(WANTED)
    (tmp_path / "two.csv").write_text(DECOY)
    (tmp_path / "account_id=zz [1]").mkdir()
    (tmp_path / "account_id=zz 1").mkdir()
    Case.add_to(tmp_path / "account_id=zz 1" / "case", tmp_path / "two.csv", options=OPTIONS)
    case, _ = Case.add_to(tmp_path / "account_id=zz [1]" / "case", tmp_path / "one.csv", options=OPTIONS)
    assert accounts(case) == ["anna", "ben"]
    case, (entry,) = case.add(tmp_path / "two.csv", options=OPTIONS)
    assert entry.kept == 1
    assert accounts(case) == ["anna", "ben", "decoy"]


def test_a_pipe_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pipe or a device"):
        Case.add_to(tmp_path / "case", "/dev/null", options=OPTIONS)
    assert not (tmp_path / "case").exists()


def test_a_full_disk_is_not_called_a_damaged_file() -> None:
    error = broken_stream("x.csv.gz", "gzip", OSError(errno.ENOSPC, "No space left on device"))
    assert "No space left" in error.what
    assert "Make room" in error.todo
    assert "damaged" in broken_stream("x.csv.gz", "gzip", OSError("Invalid data stream")).what
