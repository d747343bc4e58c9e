"""What ``undertow add`` says of losses and of files that it has read another way."""

from __future__ import annotations

from pathlib import Path

from processes import undertow

from undertow.sources.detect import lost_ids
from undertow.sources.guessing import guessed_map
from undertow.sources.head import look

LINES = [f"{n},ann,2020-01-{n % 27 + 1:02d}T10:00:00,text {n}" for n in range(1, 30)]


def _file(folder: Path, *more: str) -> Path:
    path = folder / "posts.csv"
    path.write_text("\n".join(["id,who,at,what", *LINES, *more]) + "\n")
    return path


def _add(*arguments: str, expect: int = 0) -> str:
    done = undertow("add", *arguments, expect=expect)
    return done.stdout + done.stderr


MAP = ["--map", "post_id=id", "--map", "account_id=who", "--map", "created_at=at", "--map", "text=what"]


def test_another_map_for_a_file_that_was_read_is_an_error(tmp_path: Path) -> None:
    file, case = str(_file(tmp_path)), str(tmp_path / "case")
    _add(case, file, "--map", "account_id=what", "--map", "text=who")
    said = _add(case, file, *MAP, expect=3)
    assert "read with another map (--map); nothing was read" in said
    assert "Make a new case" in said
    said = _add(case, file, "--map", "account_id=what", "--map", "text=who", "--encoding", "latin-1", expect=3)
    assert "another encoding (--encoding)" in said
    said = _add(case, file, "--map", "account_id=what", "--map", "text=who")
    assert "in the case already" in said


def test_why_records_were_put_aside_is_said(tmp_path: Path) -> None:
    bad = ["90,bob,yesterday,x", "91,bob,today,x", "92,,2020-01-01,x"]
    said = _add(str(tmp_path / "case"), str(_file(tmp_path, *bad)), *MAP)
    assert "2 x created_at is not a time that can be read" in said
    assert "(first: record 30, line 31)" in said
    assert "1 x the account's id is missing" in said


def test_ids_in_float_notation_are_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("tweet_id,user_id,screen_name,created_at,text\n1.2e+18,7.84e+17,ann,2020-01-01,x\n")
    head = look(path, "x.csv")
    assert lost_ids(head) == ("tweet_id", "user_id")
    assert guessed_map(head.columns, lost_ids(head)) == {
        "handle": "screen_name",
        "created_at": "created_at",
        "text": "text",
    }
    said = _add(str(tmp_path / "case"), str(path), expect=3)
    assert "not offered for ids: tweet_id, user_id" in said
