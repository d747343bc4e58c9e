"""Truth files in their three forms, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from undertow.errors import InputError
from undertow.evaluation import read_truth


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "truth.csv"
    file.write_text(text, "utf-8")
    return file


def test_accounts_with_labels_and_groups(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path, "subject_id,label,group\na,1,x\nb,yes,x\nc,0,\nd,true,y\n"))
    assert truth.accounts == {"a": True, "b": True, "c": False, "d": True}
    assert truth.pairs == {("a", "b")}
    assert truth.n_true == 3


def test_groups_alone_say_who_is_coordinated(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path, "subject_id,group\nb,1\na,1\nc,\n"))
    assert truth.accounts == {"b": True, "a": True, "c": False}
    assert truth.pairs == {("a", "b")}


def test_pairs(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path, "account_a,account_b,label\nb,a,1\nc,d,0\n"))
    assert truth.pairs == {("a", "b")}
    assert truth.accounts == {"a": True, "b": True, "c": False, "d": False}


def test_the_simulators_truth(takedown: Path) -> None:
    truth = read_truth(takedown / "truth.csv")
    assert truth.groups
    assert all(truth.accounts[name] for name in truth.groups)
    amplifiers = read_truth(takedown / "truth.csv", ["role=amplifier"])
    assert amplifiers.n_true
    assert not amplifiers.groups


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "its columns are a, b"),
        ("subject_id,label\na,perhaps\nb,1\n", "neither true nor false"),
        ("subject_id,label\na,0\nb,0\n", "nothing to tell apart"),
        ("subject_id,label\na,1\nb,1\n", "nothing to tell apart"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_truth(write(tmp_path, text))


def test_a_missing_file_is_an_error_people_can_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a CSV file"):
        read_truth(tmp_path / "none.csv")
