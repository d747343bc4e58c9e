"""CrowdTangle's exports: times with the abbreviation of their zone, ids from addresses, pages as accounts."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from undertow.case import Case
from undertow.errors import InputError
from undertow.sources.crowdtangle import NEEDED, zones
from undertow.sources.detect import detect

ROW: dict[str, str] = {
    "Page Name": "Harbour News",
    "User Name": "harbournews",
    "Facebook Id": "10001",
    "Page Category": "MEDIA",
    "Page Admin Top Country": "XX",
    "Page Description": "All about it",
    "Page Created": "2010-09-20 19:02:58",
    "Followers at Posting": "5000",
    "Post Created": "2021-07-05 18:02:45 EDT",
    "Type": "Link",
    "Likes": "12",
    "Comments": "3",
    "Shares": "4",
    "Post Views": "0",
    "URL": "https://www.facebook.com/10001/posts/345428873810280",
    "Message": "The harbour, again",
    "Link": "http://short.example/x",
    "Final Link": "https://www.Site.example/a?b=1",
}


def add(folder: Path, *rows: dict[str, str]) -> Case:
    path = folder / "export.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        out = csv.DictWriter(file, list(ROW))
        out.writeheader()
        out.writerows(rows)
    case, (entry,) = Case.add_to(folder / "case", path)
    assert entry.format == "crowdtangle"
    assert entry.read == entry.kept + entry.duplicate + entry.quarantined == len(rows)
    return case


def reasons(case: Case) -> list[str]:
    (file,) = (case.path / "quarantine").iterdir()
    return [json.loads(line)["reasons"][0] for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_post_with_its_page(tmp_path: Path) -> None:
    case = add(tmp_path, ROW)
    (post,) = case.query("SELECT * FROM posts").to_pylist()
    assert (post["platform"], post["post_id"], post["account_id"]) == ("facebook", "345428873810280", "10001")
    assert post["created_at"].isoformat() == "2021-07-05T22:02:45+00:00"
    assert (post["likes"], post["replies"], post["reposts"], post["views"]) == (12, 3, 4, None)
    assert post["text"] == "The harbour, again"
    assert [(url["raw"], url["domain"]) for url in post["urls"]] == [("http://short.example/x", "site.example")]
    (page,) = case.query("SELECT * FROM accounts").to_pylist()
    assert (page["handle"], page["display_name"]) == ("harbournews", "Harbour News")
    assert case.query("SELECT followers FROM account_counters").to_pylist() == [{"followers": 5000}]
    labels = {row["label"]: row["value"] for row in case.query("SELECT * FROM labels").to_pylist()}
    assert labels == {"page_category": "MEDIA", "admin_country": "XX"}


@pytest.mark.parametrize(
    ("address", "post"),
    [
        ("https://www.facebook.com/10001/posts/123", "123"),
        ("https://www.facebook.com/some.page/videos/456/", "456"),
        ("https://www.facebook.com/groups/99/permalink/789?x=1", "789"),
        ("https://www.facebook.com/page/photos/a.1/2/333", "333"),
        ("https://www.facebook.com/page/posts/title-of-it", None),
    ],
)
def test_ids_come_from_addresses(tmp_path: Path, address: str, post: str | None) -> None:
    (row,) = add(tmp_path, ROW | {"URL": address}).query("SELECT post_id, id_quality FROM posts").to_pylist()
    assert row["id_quality"] == ("derived" if post is None else "exact")
    if post is not None:
        assert row["post_id"] == post


def test_times_that_cannot_be_placed_go_to_quarantine(tmp_path: Path) -> None:
    bad: list[Any] = [
        "2021-07-05 18:02:45 CST",
        "2021-07-05 18:02:45 QQQ",
        "2021-07-05 18:02:45",
        "",
        "2021-13-05 18:02:45 UTC",
    ]
    rows = [
        ROW | {"Post Created": time, "URL": f"https://www.facebook.com/1/posts/{number}"}
        for number, time in enumerate(bad)
    ]
    case = add(tmp_path, ROW, *rows)
    assert case.posts.count() == 1
    found = reasons(case)
    assert ["zone" in reason for reason in found] == [True, True, True, True, True]
    assert ["several zones" in reason for reason in found] == [True, True, False, False, False]
    with pytest.raises(InputError):
        add(tmp_path, *rows[:1])


def test_links_to_the_posts_own_picture_are_no_links(tmp_path: Path) -> None:
    own = {"Link": "https://www.facebook.com/photo.php?fbid=1", "Final Link": ""}
    (row,) = add(tmp_path, ROW | own).query("SELECT urls FROM posts").to_pylist()
    assert row["urls"] is None


def test_ambiguous_zones_are_not_guessed() -> None:
    assert not {"CST", "BST", "IST", "AST", "AMT"} & set(zones())
    assert all(-12 <= hours <= 14 for hours in zones().values())
    assert len(NEEDED) == 6


def test_the_sample_of_a_real_export(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "format_samples" / "crowdtangle" / "crowdtangle_search_export_2021-07-05.csv"
    assert [reader.format for _, reader in detect(path, tmp_path)] == ["crowdtangle"]
    case, (entry,) = Case.add_to(tmp_path / "case", path)
    assert (entry.read, entry.kept) == (10, 10)
    assert case.query("SELECT count(*) AS n FROM posts WHERE id_quality = 'exact'").to_pylist() == [{"n": 10}]
