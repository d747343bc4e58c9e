"""Twitter's archive: the real files' facts, and each writing of each field."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.schema import TABLES
from undertow.sources import reader
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.detect import detect
from undertow.sources.expressions import EPOCH_MS
from undertow.sources.twitter_archive import POST_COLUMNS, USER_COLUMNS
from undertow.text import text_key

Rows = list[dict[str, object]]
UTC = dt.UTC


def read(path: Path, staging: Path, **options: str) -> Extraction:
    staging.mkdir(exist_ok=True)
    opts = ReadOptions(**options)  # type: ignore[arg-type]
    ((source, found),) = detect(path, staging, opts)
    return found.read(source, staging, opts)


def rows(extraction: Extraction, table: str) -> Rows:
    found = pq.read_table(extraction.staged[table])
    names = list(TABLES[table].names)
    assert found.column_names == names + ([] if "source_row" in names else ["record"])
    for column in TABLES[table].columns:
        assert found.schema.field(column.name).type.equals(column.type), column.name
        if column.required:
            assert found.column(column.name).null_count == 0, column.name
    return found.to_pylist()


def post(**fields: str) -> dict[str, str]:
    at = dt.datetime(2019, 9, 23, 16, 58, 7, 152_000, UTC)
    number = ((int(at.timestamp() * 1000) - EPOCH_MS) << 22) + 77
    base = {
        "tweetid": str(number),
        "userid": "1121701880",
        "user_screen_name": "somebody",
        "tweet_text": "a text",
        "tweet_time": "2019-09-23 16:58",
        "is_retweet": "False",
        "account_creation_date": "2013-01-26",
        "follower_count": "10",
        "following_count": "20",
    }
    return base | fields


def write(path: Path, records: list[dict[str, str]], columns: tuple[str, ...] = POST_COLUMNS) -> Path:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    path.write_bytes(file.getvalue().encode())
    return path


def one(tmp_path: Path, **fields: str) -> dict[str, object]:
    """The row that one post becomes."""
    (row,) = rows(read(write(tmp_path / "x.csv", [post(**fields)]), tmp_path / "staging"), "posts")
    return row


def listed(text: str) -> list[str] | None:
    """A list of the archive, slowly: as Python prints it, else without quotes."""
    if text in ("", "nan"):
        return None
    try:
        return [str(element) for element in ast.literal_eval(text)]
    except (ValueError, SyntaxError):
        return [part.strip() for part in text.removeprefix("[").removesuffix("]").split(",")]


# --- the real files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "accounts", "reposts", "rounded"),
    [
        ("archive_sampled_250_TEST.csv", 174, 103, 103),
        ("sampled_250_TEST.csv", 171, 93, 93),
        ("sampled_250_TEST_ISOLATE.csv", 171, 93, None),
    ],
)
def test_real_posts(
    shared_data: Path, tmp_path: Path, name: str, accounts: int, reposts: int, rounded: int | None
) -> None:
    path = shared_data / "twitter_io_archive" / name
    extraction = read(path, tmp_path)
    assert (extraction.format, extraction.records_read, extraction.records_quarantined) == (
        "twitter-archive-posts",
        250,
        0,
    )
    posts = rows(extraction, "posts")
    with path.open(encoding="utf-8", newline="") as file:
        raw = list(csv.DictReader(file))
    assert [row["post_id"] for row in posts] == [row["tweetid"] for row in raw]
    assert [row["text"] for row in posts] == [row["tweet_text"] for row in raw]
    assert [row["source_row"] for row in posts] == list(range(1, 251))
    assert Counter(row["kind"] for row in posts)["repost"] == reposts
    ids = [row["retweet_tweetid"] for row in raw if row["retweet_tweetid"] not in ("", "nan")]
    assert [row["reposted_post_id"] for row in posts if row["reposted_post_id"] is not None] == ids
    floats = sum("e+" in id_ for id_ in ids)
    assert sum(row["id_quality"] == "rounded" for row in posts) == floats
    assert rounded is None or floats == rounded
    assert len(rows(extraction, "accounts")) == len(rows(extraction, "account_counters")) == accounts
    for row, source in zip(posts, raw, strict=True):
        assert row["text_key"] == text_key(source["tweet_text"])
        for field, column in (("hashtags", "hashtags"), ("mentioned_ids", "user_mentions")):
            assert row[field] == (listed(source[column]))
        stated = dt.datetime.strptime(source["tweet_time"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        assert row["stated_at"] == stated
        created = row["created_at"]
        assert isinstance(created, dt.datetime)
        assert created.replace(second=0, microsecond=0) == stated
        if row["time_precision"] == "ms":
            assert (int(str(row["post_id"])) >> 22) + EPOCH_MS == round(created.timestamp() * 1000)
        for field, column in (("likes", "like_count"), ("reposts", "retweet_count")):
            assert row[field] == int(float(source[column]))
        if row["reposted_created_at"] is not None:
            assert row["reposted_created_at"] <= created


def test_ids_code_milliseconds_wherever_they_can(shared_data: Path, tmp_path: Path) -> None:
    posts = rows(read(shared_data / "twitter_io_archive" / "archive_sampled_250_TEST.csv", tmp_path), "posts")
    late = [row for row in posts if int(str(row["post_id"])) > 29_700_859_247]
    assert late
    assert all(row["time_source"] == "id" for row in late)
    assert all((row["time_source"], row["time_precision"]) == ("stated", "min") for row in posts if row not in late)


def test_the_same_posts_from_two_writings_are_the_same_rows(shared_data: Path, tmp_path: Path) -> None:
    """One file writes nan and quotes all, the other leaves empty and adds an index: contents agree."""
    folder = shared_data / "twitter_io_archive"
    left = {r["post_id"]: r for r in rows(read(folder / "sampled_250_TEST.csv", tmp_path / "a"), "posts")}
    right = {r["post_id"]: r for r in rows(read(folder / "sampled_250_TEST_ISOLATE.csv", tmp_path / "b"), "posts")}
    shared = left.keys() & right.keys()
    assert len(shared) > 100
    for id_ in shared:
        for name in (
            "account_id",
            "created_at",
            "language",
            "kind",
            "hashtags",
            "urls",
            "mentioned_ids",
            "likes",
            "client",
        ):
            assert left[id_][name] == right[id_][name], (id_, name)


def test_real_accounts_and_their_batches(shared_data: Path, tmp_path: Path) -> None:
    extraction = read(shared_data / "twitter_io_archive" / "china_082019_1_users_csv_hashed.csv", tmp_path)
    assert (extraction.format, extraction.records_read, extraction.counted) == (
        "twitter-archive-users",
        744,
        ("accounts",),
    )
    accounts = rows(extraction, "accounts")
    days = Counter(row["created_at"] for row in accounts)
    assert days[dt.datetime(2017, 8, 30, tzinfo=UTC)] == 119
    assert days[dt.datetime(2017, 8, 18, tzinfo=UTC)] == 97
    hashed = [row for row in accounts if str(row["account_id"]).endswith("=")]
    assert hashed
    assert all(row["handle"] is None and row["display_name"] is None for row in hashed)
    assert {row["language"] for row in accounts} >= {"zh-CN", "zh-TW", "en-GB"}
    assert len(rows(extraction, "account_counters")) == 744


def test_a_table_of_actors_is_no_known_layout(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"actor, nation, tweet_docs, motive, apm") as error:
        detect(shared_data / "twitter_io_archive" / "actors_and_motives.csv", tmp_path)
    assert "--map" in error.value.todo


# --- each field --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("", None),
        ("[]", []),
        ("['a', 'b']", ["a", "b"]),
        ("['a']", ["a"]),
        ("[123, 456]", ["123", "456"]),
        ("[a,b]", ["a", "b"]),
        ("""["l'air", 'b']""", ["l'air", "b"]),
        (r"['a\u200cb', 'c\'d']", ["a\u200cb", "c'd"]),
        ('["a", "b"]', ["a", "b"]),
        ("bare", ["bare"]),
        ("one, two", ["one", "two"]),
        ("['中文', 'тег']", ["中文", "тег"]),
    ],
)
def test_lists(tmp_path: Path, written: str, read_as: list[str] | None) -> None:
    assert one(tmp_path, hashtags=written)["hashtags"] == read_as


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), max_size=4), min_size=1, max_size=20
    )
)
def test_lists_as_python_prints_them_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    path = write(folder / "x.csv", [post(hashtags=str(tags)) for tags in lists])
    assert [row["hashtags"] for row in rows(read(path, folder / "s"), "posts")] == lists


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=20))
def test_text_keys_are_those_of_the_text_module(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("texts")
    path = write(folder / "x.csv", [post(tweet_text=text) for text in texts])
    staged = rows(read(path, folder / "s"), "posts")
    assert [row["text"] for row in staged] == [text or None for text in texts]
    assert [row["text_key"] for row in staged] == [text_key(text) for text in texts]


def test_times_come_from_the_id_only_where_it_agrees(tmp_path: Path) -> None:
    row = one(tmp_path)
    assert row["created_at"] == dt.datetime(2019, 9, 23, 16, 58, 7, 152_000, UTC)
    assert (row["time_source"], row["time_precision"]) == ("id", "ms")
    assert row["stated_at"] == dt.datetime(2019, 9, 23, 16, 58, tzinfo=UTC)
    row = one(tmp_path, tweet_time="2019-09-23 16:59")
    assert (row["created_at"], row["time_source"], row["time_precision"]) == (row["stated_at"], "stated", "min")
    row = one(tmp_path, tweetid="29700859247", tweet_time="2010-11-04 21:40")
    assert (row["time_source"], row["time_precision"]) == ("stated", "min")
    assert one(tmp_path, tweet_time="2019-09-23")["time_precision"] == "ms"
    assert one(tmp_path, tweet_time="2019-09-24")["time_precision"] == "day"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "original"),
        ({"quoted_tweet_tweetid": "5"}, "quote"),
        ({"quoted_tweet_tweetid": "5", "in_reply_to_tweetid": "6"}, "reply"),
        ({"in_reply_to_userid": "6"}, "reply"),
        ({"in_reply_to_userid": "6", "is_retweet": "true"}, "repost"),
        ({"retweet_tweetid": "7", "quoted_tweet_tweetid": "5"}, "repost"),
    ],
)
def test_kinds_in_their_order(tmp_path: Path, fields: dict[str, str], kind: str) -> None:
    assert one(tmp_path, **fields)["kind"] == kind


def test_ids_in_float_notation(tmp_path: Path) -> None:
    row = one(
        tmp_path,
        is_retweet="True",
        retweet_tweetid="1.1482114530334065e+18",
        retweet_userid="8.012001391552143e+17",
    )
    assert row["reposted_post_id"] == "1.1482114530334065e+18"
    assert row["id_quality"] == "rounded"
    assert row["reposted_account_id"] is None
    milliseconds = (int(float("1.1482114530334065e+18")) >> 22) + EPOCH_MS
    assert row["reposted_created_at"] == dt.datetime.fromtimestamp(milliseconds // 1000, UTC).replace(
        microsecond=797_000
    )
    assert one(tmp_path, is_retweet="True", retweet_tweetid="1.148e+18")["reposted_created_at"] is None
    row = one(tmp_path, in_reply_to_userid="3562471.0", in_reply_to_tweetid="5.093224894327808e+17")
    assert (row["replied_account_id"], row["replied_post_id"]) == ("3562471", None)
    assert row["id_quality"] == "exact"


def test_languages_links_and_handles(tmp_path: Path) -> None:
    for written, tag in (
        ("in", "id"),
        ("iw", "he"),
        ("und", None),
        ("qme", None),
        ("zh", "zh"),
        ("zh-tw", "zh-TW"),
        ("", None),
    ):
        assert one(tmp_path, tweet_language=written)["language"] == tag
    urls = one(tmp_path, urls="['http://WWW.Example.org:80/A?b#c', 'https://youtu.be/x']")["urls"]
    assert [(url["raw"], url["domain"]) for url in urls] == [  # type: ignore[attr-defined]
        ("http://WWW.Example.org:80/A?b#c", "example.org"),
        ("https://youtu.be/x", "youtu.be"),
    ]
    assert one(tmp_path, tweet_text="RT @Some_One: hi", is_retweet="True")["reposted_handle"] == "Some_One"
    assert one(tmp_path, tweet_text="RT @Some_One: hi")["reposted_handle"] is None
    hashed = "fn+sikqEMitJ2XyxkDgeGLL2l/z9jyztakrDkv0XIab="
    assert one(tmp_path, tweet_text=f"RT @{hashed}: hi", is_retweet="True")["reposted_handle"] == hashed
    row = one(tmp_path, latitude="absent", longitude="12.5", like_count="4.0", reply_count="")
    assert (row["latitude"], row["longitude"], row["likes"], row["replies"]) == (None, 12.5, 4, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tweetid": ""}, "tweetid is missing"),
        ({"tweetid": "a text that slipped"}, "tweetid is not a number"),
        ({"tweetid": "9" * 30}, "tweetid is too large"),
        ({"userid": ""}, "userid is missing"),
        ({"tweet_time": "yesterday"}, "tweet_time is missing or not a time (expected 2019-09-23 16:58)"),
        ({"tweet_time": "2019-02-30 10:00"}, "tweet_time is missing or not a time (expected 2019-09-23 16:58)"),
        ({"is_retweet": "maybe"}, "is_retweet is neither true nor false"),
        ({"like_count": "4.5"}, "like_count is not a whole number"),
        ({"follower_count": "many"}, "follower_count is not a whole number"),
        ({"hashtags": "['a', 'b'"}, "hashtags is a list that does not end"),
        ({"latitude": "north"}, "latitude is not a number"),
        ({"account_creation_date": "long ago"}, "account_creation_date is not a date (expected 2017-08-30)"),
    ],
)
def test_a_record_with_a_field_that_cannot_be_read_is_put_aside(
    tmp_path: Path, fields: dict[str, str], reason: str
) -> None:
    path = write(
        tmp_path / "x.csv",
        [post(), post(userid="2", **fields) if "userid" not in fields else post(**fields), post()],
    )
    extraction = read(path, tmp_path / "s")
    assert extraction.quarantine is not None
    assert f'"reasons": ["{reason}"]' in extraction.quarantine.read_text("utf-8")
    assert [row["source_row"] for row in rows(extraction, "posts")] == [1, 3]
    assert [row["account_id"] for row in rows(extraction, "accounts")] == ["1121701880"]
    assert (extraction.records_read, extraction.records_quarantined) == (3, 1)


def test_states_of_an_account_are_kept_once_each_with_their_first_record(tmp_path: Path) -> None:
    records = [
        post(),
        post(follower_count="11"),
        post(),
        post(user_screen_name="renamed"),
        post(userid="h=", user_screen_name="h="),
    ]
    extraction = read(write(tmp_path / "x.csv", records), tmp_path / "s")
    accounts = sorted(rows(extraction, "accounts"), key=lambda row: int(str(row["record"])))
    assert [(row["handle"], row["record"]) for row in accounts] == [("somebody", 1), ("renamed", 4), (None, 5)]
    counters = sorted(rows(extraction, "account_counters"), key=lambda row: int(str(row["record"])))
    assert [(row["followers"], row["record"]) for row in counters] == [(10, 1), (11, 2), (10, 5)]


def test_nan_is_unknown_where_the_file_writes_it_so_and_a_name_elsewhere(tmp_path: Path) -> None:
    unknown = {"in_reply_to_tweetid": "nan", "user_reported_location": "nan", "tweet_text": "nan"}
    extraction = read(write(tmp_path / "x.csv", [post(**unknown)]), tmp_path / "s")
    assert rows(extraction, "accounts")[0]["location"] is None
    assert rows(extraction, "posts")[0]["text"] == "nan"
    extraction = read(write(tmp_path / "y.csv", [post(user_reported_location="nan")]), tmp_path / "t")
    assert rows(extraction, "accounts")[0]["location"] == "nan"


def test_two_readings_are_the_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [post(tweetid=str(10**18 + i), userid=str(i % 7)) for i in range(500)])
    first, second = read(path, tmp_path / "a"), read(path, tmp_path / "b")
    for table in first.staged:
        assert first.staged[table].read_bytes() == second.staged[table].read_bytes(), table


def test_a_forced_format_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [{"userid": "1"}], USER_COLUMNS)
    with pytest.raises(InputError, match="tweetid, tweet_text, tweet_time, is_retweet"):
        reader("twitter-archive-posts").read(SourceFile.of(path), tmp_path, ReadOptions())


def test_where_a_spreadsheet_lost_the_post_ids_they_are_made_of_the_records(tmp_path: Path) -> None:
    damaged = post(tweetid="1.176178943570919e+18")
    extraction = read(write(tmp_path / "x.csv", [damaged, post(), damaged]), tmp_path / "s")
    first, exact, second = rows(extraction, "posts")
    assert extraction.records_quarantined == 0
    assert second["post_id"] == f"{first['post_id']}.2"
    assert [row["id_quality"] for row in (first, exact, second)] == ["derived", "exact", "derived"]
    assert (first["time_source"], exact["time_source"]) == ("stated", "id")


def test_a_broken_field_is_found_in_whichever_column_it_is(tmp_path: Path) -> None:
    """Also in those that nothing is made of: a column that is not looked at is not checked by the parser."""
    columns = (*POST_COLUMNS, "poll_choices")
    for column in columns:
        folder = tmp_path / column
        folder.mkdir()
        broken = {"tweetid": "1176180934208401409", column: "BROKEN"}
        path = write(folder / "x.csv", [post(), post(**broken), post(tweetid="1176180934208401410")], columns)
        path.write_bytes(path.read_bytes().replace(b"BROKEN", b"\xff"))
        extraction = read(path, folder / "staging")
        assert (extraction.records_read, extraction.records_quarantined) == (3, 1), column
        assert extraction.quarantine is not None
        assert '"reasons": ["bytes that are not UTF-8"]' in extraction.quarantine.read_text("utf-8"), column
