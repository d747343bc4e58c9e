"""The tables that other analyses read: every member of every family, every own post's language."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from undertow.analyses import base
from undertow.analyses.derived import derived
from undertow.analyses.text_families import DERIVED, Parameters, analyse
from undertow.case import Case
from undertow.sources.base import ReadOptions

MAPPING = {"post_id": "id", "account_id": "who", "created_at": "when", "text": "text"}
SENTENCE = "The harbour lights of Eastvale were renewed last night by the crew of the old ferry"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    rows = [(f"c{n}", f"copier{n % 4}", f"2020-02-01 10:{n:02d}:00", f"{SENTENCE}{'!' * n}") for n in range(8)]
    rows += [
        ("n1", "other", "2020-02-01 11:00:00", SENTENCE.replace("were", "were not")),
        ("z1", "copier0", "2020-02-02 11:00:00", "燈籠大橋給我們帶來光明"),
        ("q1", "copier1", "2020-02-02 12:00:00", "?!"),
    ]
    path = tmp_path / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "who", "when", "text"), *rows])
    return Case.create(tmp_path / "case").add(path, options=ReadOptions(mapping=MAPPING, platform="board"))[0]


def test_members_are_the_posts_of_families_and_no_near_misses(case: Case) -> None:
    table = derived(case, "text_families.members", base.Parameters())
    assert table.schema == DERIVED["text_families.members"].schema
    assert table["post_id"].to_pylist() == [f"c{n}" for n in range(8)]
    assert table["account_id"].to_pylist() == [f"copier{n % 4}" for n in range(8)]
    assert set(table["family"].to_pylist()) == {0}
    assert min(table["similarity"].to_pylist()) == 1.0  # punctuation is no difference


def test_languages_have_a_row_for_each_own_post(case: Case) -> None:
    rows = {row["post_id"]: row for row in derived(case, "text_families.languages", base.Parameters()).to_pylist()}
    assert len(rows) == 11
    assert (rows["c0"]["language"], rows["c0"]["source"]) == ("en", "text")
    assert (rows["z1"]["language"], rows["z1"]["script"]) == ("zh-Hant", "Hant")
    assert (rows["q1"]["language"], rows["q1"]["source"]) == (None, "unknown")


def test_the_analysis_keeps_what_it_has_made(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers find the same tables, without the work being done again."""
    fresh = {name: made.make(case, Parameters()) for name, made in DERIVED.items()}
    analyse(case, Parameters())
    monkeypatch.setattr("undertow.analyses.text_families.sought", lambda *_, **__: pytest.fail("made again"))
    monkeypatch.setattr("undertow.analyses.text_families.spoken_all", lambda *_: pytest.fail("made again"))
    for name, table in fresh.items():
        assert derived(case, name, base.Parameters()).equals(table)


def test_a_case_without_own_posts_has_empty_tables(tmp_path: Path) -> None:
    for name, made in DERIVED.items():
        table = derived(Case.create(tmp_path / name), name, base.Parameters())
        assert (table.num_rows, table.schema) == (0, made.schema)
