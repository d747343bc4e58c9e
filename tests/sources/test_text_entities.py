"""Hashtags, links and mentions in texts, and in the tables of sources without columns of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from undertow.case import Case
from undertow.sources.base import ReadOptions
from undertow.sources.text_entities import hashtags, mentioned_handles, urls


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one #Two, (#three)", ["one", "Two", "three"]),
        ("#1 #2020 #_ #a1 #1a", ["a1", "1a"]),
        ("see https://example.org/#part and &#39;", []),
        ("#一帯一路 ＃日本", ["一帯一路", "日本"]),
        ("cut #of…", []),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert hashtags(text) == tags


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@a .@b (@c) @d: @e's", ["a", "b", "c", "d", "e"]),
        ("me@example.org https://medium.com/@who @cut…", []),
    ],
)
def test_mentions(text: str, handles: list[str]) -> None:
    assert mentioned_handles(text) == handles


def test_links_end_where_sentences_do() -> None:
    text = "(https://a.org/x). “https://b.org/y”, https://c.org/z?p=1&q=2! https://t.co/abc https://d.or…"
    assert [(link["raw"], link["domain"]) for link in urls(text)] == [
        ("https://a.org/x", "a.org"),
        ("https://b.org/y", "b.org"),
        ("https://c.org/z?p=1&q=2", "c.org"),
    ]


def test_tables_hold_them_only_where_the_file_has_no_column(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(
        "id,who,at,what,tags\n1,a,2020-01-01,#x @bob https://a.org/q&amp;r,y\n2,b,2020-01-01,nothing,\n"
    )
    mapping = {"post_id": "id", "account_id": "who", "created_at": "at", "text": "what"}
    columns = "SELECT hashtags, mentioned_handles, [u.raw FOR u IN urls] AS links FROM posts ORDER BY post_id"
    case, (entry,) = Case.create(tmp_path / "one").add(file, options=ReadOptions(mapping=mapping))
    assert case.query(columns).to_pylist() == [
        {"hashtags": ["x"], "mentioned_handles": ["bob"], "links": ["https://a.org/q&r"]},
        {"hashtags": [], "mentioned_handles": [], "links": []},
    ]
    assert entry.notes == ("hashtags, links and mentions are read from the texts: the file has no columns of them",)
    case, (entry,) = Case.create(tmp_path / "two").add(
        file, options=ReadOptions(mapping=mapping | {"hashtags": "tags"})
    )
    assert case.query(columns).column("hashtags").to_pylist() == [["y"], None]
    assert "hashtags" not in entry.notes[0]
