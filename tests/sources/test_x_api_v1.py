"""Twitter API v1.1: streams, notices, whole texts; every record accounted for."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.schema import TABLES
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.detect import detect
from undertow.sources.x_api_v1 import READER
from undertow.sources.x_api_v1_rows import stated_time

FOLDER = "format_samples/twitter_api_v1_1"


@dataclass
class Read:
    extraction: Extraction
    tables: dict[str, list[dict[str, Any]]]
    quarantine: list[dict[str, Any]]

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        return self.tables.get(table, [])


def read_file(path: Path) -> Read:
    with tempfile.TemporaryDirectory() as staging:
        extraction = READER.read(SourceFile.of(path), Path(staging), ReadOptions())
        for table, file in extraction.staged.items():
            names = [*TABLES[table].names]
            assert pq.read_schema(file).names == (names if "source_row" in names else [*names, "record"])
        tables = {table: pq.read_table(file).to_pylist() for table, file in extraction.staged.items()}
        quarantine = []
        if extraction.quarantine is not None:
            quarantine = [json.loads(line) for line in extraction.quarantine.read_bytes().splitlines()]
    result = Read(extraction, tables, quarantine)
    staged = {row["source_row"] for row in result["posts"]}
    staged |= {row["record"] for table in ("accounts", "labels") for row in result[table]}
    refused = [entry["record"] for entry in quarantine]
    assert len(refused) == len(set(refused)) == extraction.records_quarantined
    assert not staged & set(refused)
    assert staged | set(refused) == set(range(1, extraction.records_read + 1))
    if path.suffix != ".gz":
        data = path.read_bytes()
        for entry in quarantine:
            assert data[entry["byte_offset"] :].startswith(base64.b64decode(entry["raw"]))
            assert data[: entry["byte_offset"]].count(b"\n") + 1 == entry["line"]
    return result


def read(*values: object) -> Read:
    lines = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return read_file(path)


def inside(post: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield post
    for key in ("retweeted_status", "quoted_status"):
        if post.get(key):
            yield from inside(post[key])


@pytest.mark.parametrize("name", ["barbera_tweets_geo_2018-01-23.jsonl", "tweetio_stream_2019-09-28.jsonl.gz"])
def test_the_streams_are_accounted_for(shared_data: Path, name: str) -> None:
    path = shared_data / FOLDER / name
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    posts = [post for line in lines if "id" in line for post in inside(line)]
    result = read_file(path)
    assert result.extraction.records_read == len(lines)
    assert {row["post_id"] for row in result["posts"]} == {post["id_str"] for post in posts}
    assert {row["account_id"] for row in result["accounts"]} == {post["user"]["id_str"] for post in posts}
    wholes = {post["id_str"]: post.get("extended_tweet", {}).get("full_text") or post["text"] for post in posts}
    assert {row["post_id"]: row["text"] for row in result["posts"]} == wholes
    own = {row["source_row"]: row for row in reversed(result["posts"])}
    for number, line in enumerate(lines, start=1):
        if "id" in line:
            assert own[number]["post_id"] == line["id_str"]
            millisecond = int(own[number]["created_at"].timestamp() * 1000 + 0.5)
            assert (
                millisecond == int(line["timestamp_ms"]) == int(own[number]["observed_at"].timestamp() * 1000 + 0.5)
            )
    kinds = Counter(
        "repost"
        if "retweeted_status" in line
        else "reply"
        if line["in_reply_to_user_id"]
        else "quote"
        if line.get("quoted_status_id")
        else "original"
        for line in lines
        if "id" in line
    )
    assert Counter(row["kind"] for row in own.values()) == kinds


def test_the_two_broken_lines_of_the_geo_file_are_in_quarantine(shared_data: Path) -> None:
    result = read_file(shared_data / FOLDER / "barbera_tweets_geo_2018-01-23.jsonl")
    assert [entry["line"] for entry in result.quarantine] == [38, 314]
    assert all("limit notice" in entry["reasons"][0] for entry in result.quarantine)
    assert sum(row["latitude"] is not None for row in result["posts"]) >= 97


def test_an_array_of_posts(shared_data: Path) -> None:
    result = read_file(shared_data / FOLDER / "bloc_one_account_1200_tweets_2023.json.gz")
    assert (result.extraction.records_read, result.extraction.records_quarantined) == (1200, 0)
    assert len({row["post_id"] for row in result["posts"]}) == 1200
    assert {row["observed_at"] for row in result["posts"]} == {None}
    assert len(result["accounts"]) == 1  # 1,200 times the same profile
    assert all(url["unwound"] for row in result["posts"] for url in row["urls"])


def test_detection_finds_the_reader(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / FOLDER).iterdir()):
        ((_, reader),) = detect(path, tmp_path)
        assert reader.format == "x-api-v1", path.name


def post(**changes: object) -> dict[str, Any]:
    return {
        "id": 955913071565848576,
        "id_str": "955913071565848576",
        "created_at": "Tue Jan 23 21:20:10 +0000 2018",
        "text": "hello",
        "lang": "und",
        "source": '<a href="http://x.org" rel="nofollow">Client & Co</a>',
        "user": {
            "id_str": "7",
            "screen_name": "Seven",
            "followers_count": 3,
            "created_at": "Tue Jun 30 02:23:15 +0000 2009",
        },
        "favorite_count": 1,
        "retweet_count": 2,
    } | changes


def test_a_repost_of_a_quote_is_three_posts() -> None:
    quoted = post(id=5, id_str="5", user={"id_str": "3", "screen_name": "three"})
    original = post(
        id=6,
        id_str="6",
        quoted_status=quoted,
        quoted_status_id_str="5",
        user={"id_str": "4", "screen_name": "Four"},
    )
    result = read(
        post(text="RT @Four: hel…", retweeted_status=original, quoted_status=quoted, quoted_status_id_str="5")
    )
    rows = {row["post_id"]: row for row in result["posts"]}
    assert len(result["posts"]) == len(rows) == 3
    repost = rows["955913071565848576"]
    assert (repost["kind"], repost["reposted_post_id"]) == ("repost", "6")
    assert (repost["reposted_account_id"], repost["reposted_handle"]) == ("4", "Four")
    assert repost["quoted_post_id"] is None
    assert (rows["6"]["kind"], rows["6"]["quoted_post_id"]) == ("quote", "5")
    assert {row["source_row"] for row in result["posts"]} == {1}
    assert (repost["client"], repost["language"]) == ("Client & Co", None)


def test_whole_texts_and_their_entities() -> None:
    extended = {
        "full_text": "not cut",
        "entities": {
            "hashtags": [{"text": "x"}],
            "urls": [
                {"url": "https://t.co/1", "expanded_url": "https://www.a.org/", "unwound": {"url": "https://b.org"}}
            ],
            "user_mentions": [{"id_str": "9", "screen_name": "Nine"}],
        },
        "extended_entities": {
            "media": [{"id_str": "1", "type": "video", "media_url_https": "https://p/amplify_video_thumb/1"}]
        },
    }
    row = read(post(text="cut…", extended_tweet=extended))["posts"][0]
    assert (row["text"], row["hashtags"], row["mentioned_ids"], row["mentioned_handles"]) == (
        "not cut",
        ["x"],
        ["9"],
        ["Nine"],
    )
    assert row["urls"][0]["domain"] == "b.org"
    assert row["media"][0]["key"] == "13_1"
    assert read(post(full_text="whole"))["posts"][0]["text"] == "whole"


def test_places_have_longitude_first_in_one_field_and_last_in_the_other() -> None:
    point = {"type": "Point", "coordinates": [-73.9, 40.7]}
    first = read(post(coordinates=point, geo={"coordinates": [40.7, -73.9]}))["posts"][0]
    second = read(post(geo={"coordinates": [40.7, -73.9]}))["posts"][0]
    assert (first["longitude"], first["latitude"]) == (second["longitude"], second["latitude"]) == (-73.9, 40.7)


def test_notices() -> None:
    result = read(
        {"delete": {"status": {"id": 1, "id_str": "1", "user_id_str": "2"}, "timestamp_ms": "1516742412968"}},
        {"status_withheld": {"id": 3, "withheld_in_countries": ["DE", "FR"], "timestamp_ms": "1516742412968"}},
        {"user_withheld": {"id": 4, "withheld_in_countries": ["TR"]}},
        {"scrub_geo": {"user_id_str": "5", "up_to_status_id_str": "6"}},
        {"limit": {"track": 12, "timestamp_ms": "1516742412968"}},
        {"warning": {"code": "FALLING_BEHIND"}},
        {"errors": [{"code": 32, "message": "Could not authenticate you."}]},
    )
    assert [(row["subject_type"], row["subject_id"], row["label"], row["value"]) for row in result["labels"]] == [
        ("post", "1", "deleted", None),
        ("post", "3", "withheld", "DE"),
        ("post", "3", "withheld", "FR"),
        ("account", "4", "withheld", "TR"),
        ("account", "5", "geo-deleted", "up to post 6"),
    ]
    assert result["labels"][0]["valid_from"].isoformat() == "2018-01-23T21:20:12.968000+00:00"
    assert [entry["record"] for entry in result.quarantine] == [5, 6, 7]
    assert "Could not authenticate" in result.quarantine[2]["reasons"][0]


def test_search_results_hold_one_record_a_post() -> None:
    result = read(
        {"statuses": [post(), {"id_str": "1", "text": "no author"}, post(id_str="2")], "search_metadata": {}},
        post(id_str="3"),
    )
    assert [row["source_row"] for row in result["posts"]] == [1, 3, 4]
    assert json.loads(base64.b64decode(result.quarantine[0]["raw"])) == {"id_str": "1", "text": "no author"}


def test_account_lines() -> None:
    result = read({"id_str": "7", "screen_name": "s", "status": {"id_str": "8", "text": "newest"}})
    assert [row["account_id"] for row in result["accounts"]] == ["7"]
    assert [(row["post_id"], row["account_id"]) for row in result["posts"]] == [("8", "7")]


def test_a_file_of_notices_only_is_refused_with_what_they_say() -> None:
    with pytest.raises(InputError, match="limit notice"):
        read({"limit": {"track": 12}})


def test_posts_nested_in_posts_without_end_do_not_crash() -> None:
    deep = b'{"id_str": "1", "text": "x", "user": {"id_str": "7"}, "retweeted_status": '
    result = read(
        post(), deep * 1000 + b"null" + b"}" * 1000, b'{"id_str": "2", "x": ' + b"[" * 900 + b"]" * 900 + b"}"
    )
    assert [entry["record"] for entry in result.quarantine] == [2, 3]


def test_ids_rounded_to_floats_are_not_taken_for_exact() -> None:
    result = read(post(), post(id_str=None, id=9.559130715658486e17))
    assert "id is 9.55" in result.quarantine[0]["reasons"][0]


@settings(deadline=None)
@given(st.datetimes(), st.integers(-12 * 60, 14 * 60))
def test_stated_times(time, minutes) -> None:
    time = time.replace(microsecond=0, year=max(time.year, 2))
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    written = f"{time:%a %b %d %H:%M:%S} {zone} {time.year:04}"
    seconds = (time - type(time)(1970, 1, 1)).total_seconds() - minutes * 60
    assert stated_time({"t": written}, "t") == seconds * 1_000_000


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, child in children:
        yield from leaves(child, (*path, key))


WHOLE = post(
    retweeted_status=post(
        id_str="6", quoted_status=post(id_str="5"), quoted_status_id=5, quoted_status_id_str=None
    ),
    coordinates={"coordinates": [1.5, 2]},
    entities={
        "hashtags": [{"text": "x"}],
        "urls": [{"url": "u", "expanded_url": "e"}],
        "user_mentions": [{"id": 1, "screen_name": "m"}],
        "media": [{"id": 1, "type": "photo", "media_url": "p"}],
    },
    timestamp_ms="1516742412968",
    withheld_in_countries=["DE"],
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from([path for path in leaves(WHOLE) if path]),
    odd=st.sampled_from(
        [None, 5, -1, 1.5, 2**63, 10**30, True, "", "x", [], {}, [1], {"a": 1}, [None], "9" * 40, "²"]
    ),
    junk=st.lists(
        st.sampled_from([b"{", b"5", b"null", b"\x00\x00", b'{"delete": 5}', b'{"text": "x"}']), max_size=3
    ),
)
def test_a_field_of_any_other_type_never_crashes_and_never_loses_a_record(path, odd, junk) -> None:
    changed = copy.deepcopy(WHOLE)
    parent: Any = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = odd
    result = read(post(), *junk, changed, post(id_str="2"))
    assert result.extraction.records_read == 3 + len(junk)
    assert result.extraction.records_quarantined in (len(junk), len(junk) + 1)
