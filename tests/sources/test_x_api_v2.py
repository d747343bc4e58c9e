"""X API v2: pages, streams, flattened posts, errors, compliance lines; every record accounted for."""

from __future__ import annotations

import base64
import copy
import json
import tempfile
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
from undertow.sources.x_api_v2 import READER

FOLDER = "format_samples/twitter_api_v2_twarc"
OTHER_KINDS = {"counts.jsonl": "a count of posts", "lists.jsonl": "a list of accounts", "empty.json": "no record"}


@dataclass
class Read:
    extraction: Extraction
    tables: dict[str, list[dict[str, Any]]]
    quarantine: list[dict[str, Any]]

    def __getitem__(self, table: str) -> list[dict[str, Any]]:
        return self.tables.get(table, [])

    def post(self, post_id: str) -> dict[str, Any]:
        (row,) = [row for row in self["posts"] if row["post_id"] == post_id]
        return row


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
    check_accounts(result, path.read_bytes())
    return result


def check_accounts(result: Read, data: bytes) -> None:
    """What must hold for every file: each record gave a counted row or is in quarantine, with its bytes."""
    extraction = result.extraction
    staged = {row["source_row"] for row in result["posts"]}
    staged |= {row["record"] for table in ("accounts", "labels") for row in result[table]}
    refused = [entry["record"] for entry in result.quarantine]
    assert len(refused) == len(set(refused)) == extraction.records_quarantined
    assert not staged & set(refused)
    assert staged | set(refused) == set(range(1, extraction.records_read + 1))
    for entry in result.quarantine:
        raw = base64.b64decode(entry["raw"])
        included = entry["reasons"][0].startswith("includ")  # a part of its line, written anew
        assert included or data[entry["byte_offset"] :].startswith(raw)
        assert data[: entry["byte_offset"]].count(b"\n") + 1 == entry["line"]


def read(*values: object) -> Read:
    lines = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return read_file(path)


def objects(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        yield value


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def nested_posts(post: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield post
    for referenced in post.get("referenced_tweets", []):
        if "author_id" in referenced:
            yield from nested_posts(referenced)


def test_every_sample_is_accounted_for(shared_data: Path) -> None:
    files = sorted((shared_data / FOLDER).glob("*.json*"))
    assert len(files) == 28
    for path in files:
        if path.name in OTHER_KINDS:
            with pytest.raises(InputError, match=OTHER_KINDS[path.name]):
                read_file(path)
            continue
        result = read_file(path)
        pages = list(objects(path))
        lines = sum(1 for line in path.read_bytes().splitlines() if line.strip())
        inside = sum(len(as_list(page.get("data"))) + len(page.get("errors", [])) for page in pages)
        flat = sum(1 for page in pages if "data" not in page and "errors" not in page)
        assert result.extraction.records_read == inside + flat + lines - len(pages), path.name
        assert len(result.quarantine) == lines - len(pages), path.name
        posts, accounts = set(), set()
        for page in pages:
            for thing in as_list(page.get("data", page)) + page.get("includes", {}).get("tweets", []):
                posts |= {post["id"] for post in nested_posts(thing) if "author_id" in post}
                accounts |= {thing["id"]} if "username" in thing else set()
            accounts |= {account["id"] for account in page.get("includes", {}).get("users", [])}
        assert {row["post_id"] for row in result["posts"]} == posts, path.name
        assert {row["account_id"] for row in result["accounts"]} >= accounts, path.name


def test_detection_finds_the_reader(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / FOLDER).glob("*.jsonl")):
        ((_, reader),) = detect(path, tmp_path)
        assert reader.format == "x-api-v2", path.name


def test_the_cut_line_of_the_stream_is_in_quarantine(shared_data: Path) -> None:
    result = read_file(shared_data / FOLDER / "streaming_output_with_error.jsonl")
    assert [(entry["record"], entry["line"]) for entry in result.quarantine] == [(8, 8)]
    assert "not JSON" in result.quarantine[0]["reasons"][0]


def test_flattened_posts_say_the_same_as_their_pages(shared_data: Path) -> None:
    """twarc's flatten drops nothing but the errors, so both files hold the same posts and accounts."""

    def content(rows: list[dict[str, Any]]) -> set[str]:
        return {json.dumps({**row, "source_id": "", "source_row": 0, "record": 0}, default=str) for row in rows}

    flat = read_file(shared_data / FOLDER / "flat.jsonl")
    page = read_file(shared_data / FOLDER / "noflat.jsonl")
    assert content(flat["posts"]) == content(page["posts"])
    assert content(flat["accounts"]) == content(page["accounts"])
    assert content(flat["account_counters"]) == content(page["account_counters"])


def test_edited_posts_know_their_first_version(shared_data: Path) -> None:
    for name in ("edited.jsonl", "edited_after.jsonl"):
        roots = {row["post_id"]: row["edit_root_id"] for row in read_file(shared_data / FOLDER / name)["posts"]}
        assert len(roots) == 2
        assert set(roots.values()) == {min(roots)}


def test_compliance_lines_become_labels_of_the_right_subjects(shared_data: Path) -> None:
    posts = read_file(shared_data / FOLDER / "tweets_compliance.jsonl")["labels"]
    assert [(row["subject_type"], row["label"], row["value"]) for row in posts] == [
        ("post", "compliance", "protected"),
        ("post", "compliance", "deactivated"),
    ]
    accounts = read_file(shared_data / FOLDER / "users_compliance.jsonl")["labels"]
    assert [row["subject_type"] for row in accounts] == ["account", "account"]


def test_times_come_from_the_ids_where_these_agree(shared_data: Path) -> None:
    rows = read_file(shared_data / FOLDER / "brexit.jsonl")["posts"]
    assert {(row["time_source"], row["time_precision"]) for row in rows} == {("id", "ms")}
    assert all(row["created_at"].replace(microsecond=0) == row["stated_at"] for row in rows)


def test_texts_that_the_platform_replaced_are_labelled(shared_data: Path) -> None:
    replaced = [
        {
            row["subject_id"]
            for row in read_file(shared_data / FOLDER / name)["labels"]
            if row["label"] == "text-replaced"
        }
        for name in ("media_policy_violation_on.jsonl", "media_policy_violation_off.jsonl")
    ]
    assert sorted(map(len, replaced)) == [0, 100]


def post(**changes: object) -> dict[str, Any]:
    return {
        "id": "1377650090978992134",
        "author_id": "7",
        "created_at": "2021-04-01T15:52:31.000Z",
        "text": "hello",
        "lang": "in",
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 4},
    } | changes


RETRIEVED = {"__twarc": {"retrieved_at": "2021-04-02T00:00:00+00:00"}}


def test_a_post_with_everything() -> None:
    whole = post(
        text="RT @Some_One: so",
        entities={
            "hashtags": [{"tag": "Ä"}],
            "mentions": [{"username": "Some_One"}, {"username": "other"}],
            "urls": [
                {"url": "https://t.co/1", "expanded_url": "http://bit.ly/x", "unwound_url": "https://www.a.org/y"},
                {
                    "url": "https://t.co/2",
                    "expanded_url": "https://twitter.com/a/status/1/photo/1",
                    "media_key": "3_1",
                },
            ],
        },
        attachments={"media_keys": ["3_1", "3_2"]},
        geo={"coordinates": {"type": "Point", "coordinates": [-79.5, 36.1]}},
        referenced_tweets=[{"type": "retweeted", "id": "1377649968710914048"}, {"type": "quoted", "id": "5"}],
        conversation_id="12",
        source="Web",
        edit_history_tweet_ids=["1377650090978992134"],
        withheld={"copyright": False, "country_codes": ["IN", "DE"]},
        public_metrics={"retweet_count": 0, "impression_count": 9},
    )
    page = RETRIEVED | {
        "data": [whole],
        "includes": {
            "media": [{"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/1.jpg"}],
            "users": [{"id": "9", "username": "some_one", "name": "S", "verified": True, "verified_type": "blue"}],
            "tweets": [post(id="1377649968710914048", author_id="9", created_at="2021-04-01T15:52:02.000Z")],
        },
    }
    result = read(page)
    row = result.post("1377650090978992134")
    assert row["kind"] == "repost"
    assert (row["reposted_post_id"], row["reposted_account_id"], row["reposted_handle"]) == (
        "1377649968710914048",
        "9",
        "some_one",
    )
    assert row["reposted_created_at"].isoformat() == "2021-04-01T15:52:02.696000+00:00"
    assert row["quoted_post_id"] == "5"
    assert row["hashtags"] == ["Ä"]
    assert row["urls"] == [
        {
            "raw": "https://t.co/1",
            "expanded": "http://bit.ly/x",
            "unwound": "https://www.a.org/y",
            "domain": "a.org",
        }
    ]
    assert row["media"] == [
        {"key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/1.jpg"},
        {"key": "3_2", "type": None, "url": None},
    ]
    assert (row["mentioned_ids"], row["mentioned_handles"]) == (["9", None], ["Some_One", "other"])
    assert (row["longitude"], row["latitude"]) == (-79.5, 36.1)
    assert (row["likes"], row["reposts"], row["views"]) == (None, 0, 9)
    assert (row["language"], row["client"], row["conversation_id"], row["edit_root_id"]) == (
        "id",
        "Web",
        "12",
        None,
    )
    assert row["observed_at"].isoformat() == "2021-04-02T00:00:00+00:00"
    assert result.post("1377649968710914048")["source_row"] == row["source_row"] == 1
    assert [(label["subject_type"], label["label"], label["value"]) for label in result["labels"]] == [
        ("post", "withheld", "IN"),
        ("post", "withheld", "DE"),
        ("account", "verified", "blue"),
    ]


@pytest.mark.parametrize(
    ("references", "reply_to", "kind"),
    [
        ([], None, "original"),
        (["quoted"], None, "quote"),
        (["quoted", "replied_to"], "3", "reply"),
        ([], "3", "reply"),
        (["replied_to", "quoted", "retweeted"], "3", "repost"),
    ],
)
def test_kinds(references, reply_to, kind) -> None:
    referenced = [{"type": type_, "id": str(number)} for number, type_ in enumerate(references, 1)]
    assert read(post(referenced_tweets=referenced, in_reply_to_user_id=reply_to))["posts"][0]["kind"] == kind


def test_long_posts_are_whole() -> None:
    row = read(post(text="cut…", note_tweet={"text": "not cut", "entities": {"hashtags": [{"tag": "x"}]}}))[
        "posts"
    ][0]
    assert (row["text"], row["hashtags"]) == ("not cut", ["x"])


def test_an_id_that_contradicts_the_stated_time_is_not_trusted() -> None:
    row = read(post(created_at="2021-05-01T15:52:31.000Z"))["posts"][0]
    assert (row["time_source"], row["time_precision"]) == ("stated", "s")
    assert row["created_at"] == row["stated_at"]


def test_errors_become_labels() -> None:
    errors = [
        {
            "resource_type": "tweet",
            "resource_id": "1",
            "type": "https://x/problems/resource-not-found",
            "title": "N",
        },
        {
            "resource_type": "user",
            "resource_id": "2",
            "title": "Forbidden",
            "detail": "User has been suspended: [2].",
        },
        {
            "resource_type": "user",
            "value": "Handle",
            "parameter": "entities.mentions.username",
            "title": "Not Found",
        },
        {"title": "operational-disconnect", "detail": "This stream has been disconnected"},
    ]
    page = RETRIEVED | {"errors": errors, "includes": {"users": [{"id": "5", "username": "handle", "name": "H"}]}}
    result = read(page)
    assert [(row["subject_type"], row["subject_id"], row["value"]) for row in result["labels"]] == [
        ("post", "1", "resource-not-found"),
        ("account", "2", "suspended"),
        ("account", "5", "Not Found"),
    ]
    assert "operational-disconnect" in result.quarantine[0]["reasons"][0]
    assert json.loads(base64.b64decode(result.quarantine[0]["raw"])) == errors[3]


def test_a_page_that_found_nothing_is_noted_and_is_no_record() -> None:
    result = read({"meta": {"result_count": 0}} | RETRIEVED, {"data": [post()]})
    assert result.extraction.records_read == 1
    assert result.extraction.notes == ("1 pages said that nothing was found",)


def test_included_objects_that_cannot_be_read_cost_nothing_else() -> None:
    page = {"data": [post()], "includes": {"users": [{"id": "7", "username": 5, "name": "x"}]}}
    result = read(page)
    assert [row["post_id"] for row in result["posts"]] == ["1377650090978992134"]
    assert result.extraction.records_read == 2
    assert "username is 5" in result.quarantine[0]["reasons"][0]


def test_what_a_broken_post_brought_goes_to_a_sound_one() -> None:
    broken = post(author_id=None)
    page = {"data": [broken, post()], "includes": {"users": [{"id": "8", "username": "u", "name": "U"}]}}
    result = read(page)
    assert [(row["account_id"], row["record"]) for row in result["accounts"]] == [("8", 2)]
    assert [entry["record"] for entry in result.quarantine] == [1]


@pytest.mark.parametrize(
    "number",
    [1.5, 1e30, 2**64, True, [], {}, "x"],
    ids=["fraction", "float", "above 64 bits", "true", "list", "{}", "text"],
)
def test_a_count_that_is_none_breaks_its_record(number) -> None:
    result = read(post(), post(id="2", public_metrics={"like_count": number}))
    assert "like_count" in result.quarantine[0]["reasons"][0]


IDS = st.integers(1, 2**62).map(str)
HANDLES = st.sampled_from(["A", "bc", "User_9", "éa", ""])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
COUNTS = st.integers(0, 2**40)
ACCOUNTS = st.fixed_dictionaries(
    {"id": IDS, "username": HANDLES, "name": TEXTS},
    optional={
        "description": TEXTS,
        "verified": st.booleans(),
        "created_at": st.just("2011-07-17T13:48:53.000Z"),
        "public_metrics": st.fixed_dictionaries({"followers_count": COUNTS, "tweet_count": COUNTS}),
    },
)
POSTS = st.fixed_dictionaries(
    {"id": IDS, "author_id": IDS, "text": TEXTS},
    optional={
        "created_at": st.just("2021-04-01T15:52:31.000Z"),
        "lang": st.sampled_from(["en", "und", "qme", "zh-cn"]),
        "referenced_tweets": st.lists(
            st.fixed_dictionaries({"type": st.sampled_from(["retweeted", "quoted", "replied_to"]), "id": IDS}),
            max_size=2,
        ),
        "entities": st.fixed_dictionaries(
            {},
            optional={
                "hashtags": st.lists(st.fixed_dictionaries({"tag": TEXTS}), max_size=2),
                "mentions": st.lists(
                    st.fixed_dictionaries({"username": HANDLES}, optional={"id": IDS}), max_size=2
                ),
                "urls": st.lists(
                    st.fixed_dictionaries({"url": TEXTS}, optional={"expanded_url": TEXTS}), max_size=2
                ),
            },
        ),
        "public_metrics": st.fixed_dictionaries({"like_count": COUNTS}, optional={"impression_count": COUNTS}),
        "edit_history_tweet_ids": st.lists(IDS, max_size=2),
    },
)
ERRORS = st.fixed_dictionaries(
    {"title": TEXTS}, optional={"resource_type": st.sampled_from(["tweet", "user", "list"]), "resource_id": IDS}
)
PAGES = st.fixed_dictionaries(
    {"data": st.lists(POSTS | ACCOUNTS, min_size=1, max_size=3)},
    optional={
        "errors": st.lists(ERRORS, max_size=2),
        "includes": st.fixed_dictionaries(
            {}, optional={"tweets": st.lists(POSTS, max_size=2), "users": st.lists(ACCOUNTS, max_size=2)}
        ),
        "__twarc": st.just({"retrieved_at": "2022-10-03T18:00:12+00:00"}),
    },
)
JUNK = st.sampled_from(
    [b'{"data": [', b"5", b"null", b'["x"]', b"\xff\xfe{", b'{"data": [5]}', b'{"data": "\\ud800"}']
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(
    pages=st.lists(PAGES, min_size=1, max_size=2),
    junk=st.lists(JUNK, max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_generated_pages_between_broken_lines_add_up(pages, junk, order) -> None:
    pages = [*pages, {"data": [post(text="ä")]}]
    lines = [json.dumps(page, ensure_ascii=False).encode() for page in pages]
    whole = read(*lines)
    mixed = lines + junk
    order.shuffle(mixed)
    among = read(*mixed)  # read checks that every record is in a table or in quarantine
    assert among.extraction.records_read == whole.extraction.records_read + len(junk)
    for table, key in (("posts", "post_id"), ("accounts", "account_id"), ("labels", "subject_id")):
        assert {row[key] for row in among[table]} == {row[key] for row in whole[table]}
    expected = {item["id"] for page in pages for item in page["data"] if "author_id" in item}
    expected |= {item["id"] for page in pages for item in page.get("includes", {}).get("tweets", [])}
    assert {row["post_id"] for row in whole["posts"]} == expected


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, child in children:
        yield from leaves(child, (*path, key))


@QUICK
@given(
    page=PAGES,
    pick=st.randoms(use_true_random=False),
    odd=st.sampled_from([None, 5, -1, 1.5, 2**63, True, "", "x", [], {}, [1], {"a": 1}, [None], "9" * 40]),
)
def test_a_field_of_any_other_type_never_crashes_and_never_loses_a_record(page, pick, odd) -> None:
    changed = copy.deepcopy(page)
    path = pick.choice([path for path in leaves(page) if path])
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = odd
    read(post(), changed)


@QUICK
@given(page=PAGES)
def test_one_page_split_into_pages_of_one_gives_the_same_posts(page) -> None:
    rest = {key: value for key, value in page.items() if key not in ("data", "errors")}
    parts = [rest | {"data": [item]} for item in page["data"]] + [
        rest | {"errors": [item]} for item in page.get("errors", [])
    ]

    def content(result: Read) -> set[str]:
        names = (
            "post_id",
            "text_key",
            "kind",
            "reposted_post_id",
            "likes",
            "language",
            "created_at",
            "observed_at",
        )
        return {repr([row[name] for name in names]) for row in result["posts"]}

    assert content(read(post(), page)) == content(read(post(), *parts))
