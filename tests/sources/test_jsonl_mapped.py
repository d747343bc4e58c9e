"""JSON by a column map: the same rows as CSV by the same map, and every record accounted for."""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from undertow.errors import InputError, UsageError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.detect import detect
from undertow.sources.mapped import MAPPED
from undertow.sources.mapped_jsonl import MAPPED_JSONL

MAP = {
    "account_id": "author.id",
    "created_at": "time",
    "text": "text",
    "likes": "stats.likes",
    "hashtags": "tags.name",
}


def read(
    data: bytes, mapping: dict[str, str], reader: Any = MAPPED_JSONL
) -> tuple[Extraction, list[dict], list[dict]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input"
        path.write_bytes(data)
        staging = Path(folder) / "staging"
        staging.mkdir()
        extraction = reader.read(SourceFile.of(path), staging, ReadOptions(mapping=mapping, platform="forum"))
        posts = pq.read_table(extraction.staged["posts"]).to_pylist()
        refused = []
        if extraction.quarantine is not None:
            refused = [json.loads(line) for line in extraction.quarantine.read_bytes().splitlines()]
        return extraction, posts, refused


def post(number: int, **changes: object) -> dict[str, Any]:
    return {
        "author": {"id": number},
        "time": "2021-04-01T15:52:31Z",
        "text": f"é {number}",
        "stats": {"likes": number},
        "tags": [{"name": "a"}, {"name": "b'c"}],
    } | changes


def test_minimal_schema_of_the_real_set(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "organic_controls/minimal_schema_2019.jsonl"
    mapping = {"account_id": "node_id", "post_id": "message_id", "created_at": "message_time", "text": "text"}
    options = ReadOptions(mapping=mapping, platform="twitter")
    ((source, reader),) = detect(path, tmp_path, options)
    assert reader.format == "mapped-jsonl"
    extraction = reader.read(source, tmp_path, options)
    posts = pq.read_table(extraction.staged["posts"]).to_pylist()
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]
    assert extraction.records_read == len(lines) == len(posts) == 8156
    assert len({row["account_id"] for row in posts}) == 4048
    for row, line in zip(posts, lines, strict=True):
        assert (row["post_id"], row["account_id"]) == (line["message_id"], line["node_id"])
        assert row["text"] == (line["text"] or None)
        assert row["stated_at"].strftime("%a %b %d %H:%M:%S +0000 %Y") == line["message_time"]


def test_paths_lists_and_numbers() -> None:
    extraction, posts, refused = read(b"\n".join(json.dumps(post(n)).encode() for n in (1, 2)), MAP)
    assert (extraction.records_read, refused) == (2, [])
    assert [row["account_id"] for row in posts] == ["1", "2"]
    assert [row["likes"] for row in posts] == [1, 2]
    assert posts[0]["hashtags"] == ["a", "b'c"]
    assert posts[0]["created_at"].isoformat() == "2021-04-01T15:52:31+00:00"
    assert {row["platform"] for row in posts} == {"forum"}
    assert len({row["post_id"] for row in posts}) == 2


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kinds=st.lists(st.sampled_from(["good", "no author", "bad time", "bad count", "cut", "number"]), max_size=6),
    order=st.randoms(use_true_random=False),
    as_array=st.booleans(),
)
def test_any_interleaving_adds_up_and_quarantine_is_in_order(kinds, order, as_array) -> None:
    made = {
        "good": post(1),
        "no author": post(1, author=None),
        "bad time": post(1, time="yesterday"),
        "bad count": post(1, stats={"likes": "many"}),
    }
    kinds = [kind for kind in kinds if not (as_array and kind == "cut")] + ["good", "good"]
    order.shuffle(kinds)
    lines = [
        b'{"a": ' if kind == "cut" else b"5" if kind == "number" else json.dumps(made[kind]).encode()
        for kind in kinds
    ]
    data = b"[" + b", ".join(lines) + b"]" if as_array else b"\n".join(lines)
    extraction, posts, refused = read(data, MAP)
    bad = [number for number, kind in enumerate(kinds, start=1) if kind != "good"]
    assert extraction.records_read == len(kinds) == len(posts) + len(refused)
    assert [entry["record"] for entry in refused] == bad
    assert extraction.records_quarantined == len(bad)
    assert [row["source_row"] for row in posts] == [n for n in range(1, len(kinds) + 1) if n not in bad]
    for entry in refused:
        raw = base64.b64decode(entry["raw"])
        assert raw == lines[entry["record"] - 1]
        assert data[entry["byte_offset"] :].startswith(raw)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(TEXT, st.integers(1, 10**18), st.integers(0, 10**9)), min_size=1, max_size=5))
def test_json_and_csv_by_the_same_map_give_the_same_posts(rows) -> None:
    names = ("text", "author", "likes")
    mapping = {"text": "text", "account_id": "author", "likes": "likes"}
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    lines = "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)
    _, from_csv, _ = read(table.getvalue().encode(), mapping, MAPPED)
    _, from_json, _ = read(lines.encode(), mapping)

    def content(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in row.items() if key != "source_id"} for row in posts]

    assert content(from_json) == content(from_csv)


def test_a_map_is_needed_and_its_paths_must_exist() -> None:
    data = json.dumps(post(1)).encode()
    with pytest.raises(UsageError, match="a column map is needed"):
        read(data, {})
    with pytest.raises(InputError, match=r"(?s)author\.ids.*did you mean 'author\.id'"):
        read(data, MAP | {"account_id": "author.ids"})
    with pytest.raises(UsageError, match="no canonical column"):
        read(data, MAP | {"acount": "author.id"})
