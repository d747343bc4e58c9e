"""The reproduction bundle: bit by bit on another copy, and what exactly changes where a post is missing."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

import undertow
from undertow.case import Case
from undertow.errors import CaseError, InputError
from undertow.exports.bundle import read_bundle, write_bundle
from undertow.exports.reproduce import reproduce
from undertow.published import published

ONLY = ("posting_hours", "coordination.network", "coordination.accounts")
SETTINGS = {"posting_hours.draws": "100", "coordination.traces": "repost"}


@pytest.fixture(scope="module")
def original(takedown: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    from undertow.analyses.run import Request, run

    case, _ = Case.create(tmp_path_factory.mktemp("original") / "case", title="An original").add(
        *sorted(takedown.glob("synthetic_takedown_*"))
    )
    for request in (
        Request(only=ONLY, settings=SETTINGS),
        Request(only=("posting_hours.office_hours",), where="kind = 'original'", settings=SETTINGS, seed=4),
    ):
        case = case.record(list(run(case, request)), request.to_json())
    return case


@pytest.fixture(scope="module")
def packed(original: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "case.undertow.zip"
    write_bundle(published(original), path)
    return path


def test_it_holds_no_post_and_no_account(original: Case, packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        everything = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    rows = original.query(
        "SELECT text, account_id, post_id FROM posts WHERE length(text) > 20 LIMIT 500"
    ).to_pylist()
    assert len(rows) == 500
    for row in rows:
        assert row["text"] not in everything
        assert row["account_id"] not in everything
        assert row["post_id"] not in everything
    assert len(read_bundle(packed).posts) == original.posts.count()


def test_the_same_case_gives_the_same_bytes(original: Case, packed: Path, tmp_path: Path) -> None:
    write_bundle(published(Case.open(original.path)), tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_another_copy_gives_the_same_bit_by_bit(packed: Path, takedown: Path, tmp_path: Path) -> None:
    files = sorted(takedown.glob("synthetic_takedown_*"), reverse=True)
    result = reproduce(packed, files, tmp_path / "mine")
    assert result.differences == ()
    assert result.notes == ()
    assert result.same
    assert result.findings == len(Case.open(tmp_path / "mine").findings()) > 8
    write_bundle(published(result.case), tmp_path / "mine.zip")
    mine, theirs = read_bundle(tmp_path / "mine.zip"), read_bundle(packed)
    assert (mine.findings, mine.tables, mine.posts) == (theirs.findings, theirs.tables, theirs.posts)
    with pytest.raises(CaseError, match="already"):
        reproduce(packed, files, tmp_path / "mine")


def test_one_post_less_is_told_with_every_figure_that_changes(packed: Path, takedown: Path, tmp_path: Path) -> None:
    posts, users = (next(takedown.glob(f"synthetic_takedown_{name}*")) for name in ("posts", "users"))
    import csv

    with gzip.open(posts, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    gone = rows[40]
    cut = tmp_path / posts.name
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([*rows[:40], *rows[41:]])
    cut.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    result = reproduce(packed, [cut, users], tmp_path / "mine")
    assert not result.same
    told = {(each.what, each.part): (each.there, each.here) for each in result.differences}
    assert told["posts", "only in the bundle"] == (1, 0)
    assert ("posts", "only in these files") not in told
    whole = len(rows) - 1
    assert told["posting_hours.office_hours", "estimate.n"] == (whole, whole - 1)
    # exactly the figures that differ: what is told is what an independent comparison of the findings finds
    mine = {finding.key: finding.to_json() for finding in Case.open(tmp_path / "mine").findings()}
    for finding in read_bundle(packed).findings:
        other = mine[finding["key"]]
        for name in ("p_value", "strength", "statement"):
            assert ((finding["key"], name) in told) == (finding[name] != other[name]), (finding["key"], name)
        for name in finding["estimate"]:
            differs = finding["estimate"][name] != other["estimate"][name]
            assert ((finding["key"], f"estimate.{name}") in told) == differs
    assert gone[1] not in json.dumps(result.to_json()["differences"])


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip"])
def test_what_is_no_bundle_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(InputError, match="not a reproduction bundle"):
        read_bundle(tmp_path / "x.zip")


def test_a_bundle_of_another_layout_says_so(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | {"layout": 99}).encode()
            new.writestr(name, content)
    with pytest.raises(InputError, match="layout 99"):
        read_bundle(tmp_path / "new.zip")


def test_a_run_of_unknown_parameters_cannot_be_repeated(original: Case, takedown: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(original.path, tmp_path / "copy")
    case = Case.open(tmp_path / "copy").record(original.findings(), {"mood": "good"})
    write_bundle(published(case), tmp_path / "b.zip")
    with pytest.raises(undertow.UndertowError, match="mood"):
        reproduce(tmp_path / "b.zip", sorted(takedown.glob("synthetic_takedown_*")), tmp_path / "mine")
