"""Which reader fits, by content; and one clear error for what is no data."""

from __future__ import annotations

import bz2
import gzip
import shlex
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from undertow.errors import InputError, UsageError
from undertow.sources import READERS, reader
from undertow.sources.base import ReadOptions
from undertow.sources.detect import detect
from undertow.sources.guessing import _names
from undertow.sources.head import look
from undertow.sources.mapping import NAMES, check_names

COORTWEET = b"object_id,account_id,content_id,timestamp_share\no,a,c,1623881091\n"


def formats(path: Path, staging: Path, **options: object) -> list[tuple[str, str]]:
    found = detect(path, staging, ReadOptions(**options))  # type: ignore[arg-type]
    return [(source.shown, found_reader.format) for source, found_reader in found]


def refused(tmp_path: Path, data: bytes, name: str = "x.csv") -> InputError:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        detect(path, tmp_path)
    assert error.value.where == name
    assert error.value.todo
    return error.value


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_registered_format_keeps_the_interface(name: str) -> None:
    found = reader(name)
    assert found.format == name
    assert found.description
    assert found.kinds <= {"csv", "json", "parquet"}


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'coortweet'"):
        reader("cortweet")


@pytest.mark.parametrize("name", ["takedown.csv", "takedown.json", "takedown.parquet", "takedown"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_names_do_not_matter(tmp_path: Path, name: str, pack: type[bytes]) -> None:
    path = tmp_path / name
    path.write_bytes(pack(COORTWEET))
    assert formats(path, tmp_path) == [(name, "coortweet")]


def test_parquet_is_known_by_its_columns(tmp_path: Path) -> None:
    columns = ("object_id", "account_id", "content_id", "timestamp_share")
    pq.write_table(pa.table({name: ["1"] for name in columns}), tmp_path / "x.csv")
    assert formats(tmp_path / "x.csv", tmp_path) == [("x.csv", "coortweet")]


def test_real_files_are_known(shared_data: Path, tmp_path: Path) -> None:
    expected = {
        "twitter_io_archive/sampled_250_TEST.csv": "twitter-archive-posts",
        "twitter_io_archive/china_082019_1_users_csv_hashed.csv": "twitter-archive-users",
        "ira_troll_tweets/tweets.parquet": "clemson",
        "coortweet/russian_coord_tweets.csv.gz": "coortweet",
        "coortweet/russian_coord_tweets.parquet": "coortweet",
    }
    for name, format_ in expected.items():
        path = shared_data / name
        assert formats(path, tmp_path) == [(path.name, format_)]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty after decompression"),
        (b"\n \n", "white space"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"\x28\xb5\x2f\xfd....", "zstd"),
        (gzip.compress(COORTWEET * 1000, mtime=0)[:60], "cut off or damaged"),
        (b"\x1f\x8bnot gzip at all", "cut off or damaged"),
        (b"PAR1 and nothing more", "Parquet file is cut off or damaged"),
        (COORTWEET.decode().encode("utf-16"), "UTF-16"),
        (COORTWEET.decode().encode("utf-16-le"), "UTF-16"),
        (b"a,b\n" + "é,ü\n".encode("latin-1") * 5, "not in UTF-8"),
        (bytes(range(256)) * 40, "binary data"),
        (b"PK\x03\x04 and nothing more", "zip archive is cut off or damaged"),
        (b"one column\nvalue\n", "no known layout"),
        (b"a,b,c\n1,2,3\n", "no known layout; its columns are: a, b, c"),
        (b"1036811331943448578,2019-01-01,https://x.org,5\n", "looks like data"),
        (
            b"object_id,account_id,content_id,time\n1,2,3,4\n",
            "Nearest is coortweet, which also needs: timestamp_share",
        ),
    ],
)
def test_what_is_no_data_is_refused_in_one_sentence(tmp_path: Path, data: bytes, what: str) -> None:
    error = refused(tmp_path, data)
    assert what in error.what
    assert "Traceback" not in str(error)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        detect(tmp_path, tmp_path)
    with pytest.raises(InputError, match="no such file"):
        detect(tmp_path / "nothing.csv", tmp_path)


def test_a_near_column_name_is_suggested(tmp_path: Path) -> None:
    error = refused(tmp_path, b"object_id,account_id,content_id,timestamp_shared\n1,2,3,4\n")
    assert "for timestamp_share: did you mean 'timestamp_shared'?" in error.what
    assert "--map" in error.todo
    assert "--format" in error.todo


def test_a_wrong_format_for_the_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"a": 1}\n')
    with pytest.raises(InputError, match="json file, and the format coortweet"):
        detect(tmp_path / "x.json", tmp_path, layout="coortweet")


def test_a_map_chooses_the_mapped_reader(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"who,when\na,2020-01-01\n")
    mapping = {"account_id": "who", "created_at": "when"}
    assert formats(tmp_path / "x.csv", tmp_path, mapping=mapping) == [("x.csv", "mapped")]


# --- zip -----------------------------------------------------------------------------------------------------------


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_members_of_a_zip_are_files_of_their_own(tmp_path: Path) -> None:
    members = {
        "README.txt": b"about",
        "__MACOSX/._part-1.csv": b"\x00\x05",
        "a/part-1.csv": COORTWEET,
        "a/part-2.csv.gz": gzip.compress(COORTWEET),
    }
    path = zipped(tmp_path / "x.zip", members)
    staging = tmp_path / "staging"
    staging.mkdir()
    found = detect(path, staging)
    assert [source.shown for source, _ in found] == ["x.zip!a/part-1.csv", "x.zip!a/part-2.csv.gz"]
    assert [source.path.read_bytes() for source, _ in found] == [
        members["a/part-1.csv"],
        members["a/part-2.csv.gz"],
    ]
    for number, (source, found_reader) in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert found_reader.read(source, folder, ReadOptions()).records_read == 1


def test_names_in_a_zip_choose_no_path(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"../../evil.csv": COORTWEET, "/absolute.csv": COORTWEET})
    staging = tmp_path / "deep" / "staging"
    staging.mkdir(parents=True)
    before = {p for p in tmp_path.rglob("*") if staging not in p.parents}
    found = detect(path, staging)
    assert all(staging in source.path.parents for source, _ in found)
    assert {p for p in tmp_path.rglob("*") if staging not in p.parents} == before


def test_zips_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="holds no data file"):
        detect(zipped(tmp_path / "empty.zip", {"README.md": b"x"}), tmp_path)
    with pytest.raises(InputError, match="Office document"):
        detect(zipped(tmp_path / "x.xlsx", {"[Content_Types].xml": b"x", "xl/sheet.xml": b"x"}), tmp_path)
    whole = zipped(tmp_path / "x.zip", {"a.csv": COORTWEET * 100}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off or damaged"):
        detect(tmp_path / "cut.zip", tmp_path)
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    with pytest.raises(InputError, match="cut off or damaged"):
        detect(tmp_path / "damaged.zip", tmp_path)
    encrypted = bytearray(whole)
    encrypted[6] |= 1  # the flag in the local header ...
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1  # ... and in the directory
    (tmp_path / "encrypted.zip").write_bytes(encrypted)
    with pytest.raises(InputError, match="encrypted"):
        detect(tmp_path / "encrypted.zip", tmp_path)
    with pytest.raises(InputError, match="a zip archive inside"):
        detect(zipped(tmp_path / "nested.zip", {"x.zip": whole}), tmp_path)
    monkeypatch.setattr("undertow.sources.unpack.BOMB_BYTES", 1000)
    with pytest.raises(InputError, match="which data do not"):
        detect(zipped(tmp_path / "bomb.zip", {"a.csv": b"a" * 10_000_000}), tmp_path)


def test_the_head_of_json_shows_its_first_values(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b'{"a": 1, "b": {"c": 2}}\nbroken\n{"a": 2}\n')
    head = look(path, "x")
    assert (head.kind, head.columns) == ("json", ("a", "b"))
    assert head.values == ({"a": 1, "b": {"c": 2}}, {"a": 2})
    path.write_bytes(b'[\n {"a": 1},\n {"a": 2}\n]')
    assert look(path, "x").values == ([{"a": 1}, {"a": 2}],)
    path.write_bytes(b"[" + b",".join(b'{"a": %d}' % i for i in range(100_000)) + b"]")
    assert look(path, "x").values == ([{"a": i} for i in range(50)],)


def test_columns_with_usual_names_are_offered_as_a_map_that_reads_them(tmp_path: Path) -> None:
    todo = refused(tmp_path, b"Tweet ID,user_id,created at,text,score\n1,7,2020-01-01 10:00:00,grey cats,3\n").todo
    offered = shlex.split(todo[todo.index("--map", todo.index("check it")) :])
    assert offered[1::2] == ["post_id=Tweet ID", "account_id=user_id", "created_at=created at", "text=text"]
    mapping = dict(option.split("=", 1) for option in offered[1::2])
    check_names(mapping)


def test_every_name_offered_is_one_that_a_map_takes() -> None:
    assert set(_names()) <= set(NAMES)
    names = [name for several in _names().values() for name in several]
    assert len(names) == len(set(names))
