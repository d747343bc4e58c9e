"""Clemson's layout, CooRTweet's four columns, and any table by a column map."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import InputError, UsageError
from undertow.sources.base import Extraction, ReadOptions
from undertow.sources.detect import detect
from undertow.sources.languages import bcp47, by_name
from undertow.sources.links import domain, domain_sql
from undertow.sources.mapping import read_map

Rows = list[dict[str, object]]
UTC = dt.UTC


def read(path: Path, staging: Path, **options: object) -> Extraction:
    staging.mkdir(exist_ok=True, parents=True)
    opts = ReadOptions(**options)  # type: ignore[arg-type]
    ((source, found),) = detect(path, staging, opts)
    extraction = found.read(source, staging, opts)
    staged = pq.read_metadata(extraction.staged["posts"]).num_rows
    assert extraction.records_read == staged + extraction.records_quarantined
    return extraction


def rows(extraction: Extraction, table: str = "posts") -> Rows:
    found: Rows = pq.read_table(extraction.staged[table]).to_pylist()
    return found


# --- Clemson -------------------------------------------------------------------------------------------------------

HEADER = (
    "external_author_id,author,content,region,language,publish_date,following,followers,updates,post_type,"
    "account_type,retweet,account_category"
)
LINE = "9.06E+17,10_GOP,{text},Unknown,English,10/1/2017 19:58,1052,9636,253,{type},Right,{retweet},RightTroll"


def test_clemson_as_csv_and_as_parquet_give_the_same_posts(tmp_path: Path) -> None:
    lines = [LINE.format(text="a", type="", retweet=0)] * 3 + [LINE.format(text="b", type="RETWEET", retweet=1)]
    (tmp_path / "x.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    extraction = read(tmp_path / "x.csv", tmp_path / "a")
    assert extraction.format == "clemson"
    posts = rows(extraction)
    first = str(posts[0]["post_id"])
    assert [row["post_id"] for row in posts[:3]] == [first, f"{first}.2", f"{first}.3"]
    assert [row["kind"] for row in posts] == ["original"] * 3 + ["repost"]
    assert {row["id_quality"] for row in posts} == {"derived"}
    assert posts[0]["created_at"] == dt.datetime(2017, 10, 1, 19, 58, tzinfo=UTC)
    assert (posts[0]["time_precision"], posts[0]["language"], posts[0]["account_id"]) == ("min", "en", "10_GOP")
    labels = {(row["label"], row["value"]) for row in rows(extraction, "labels")}
    assert labels == {("account_category", "RightTroll"), ("account_type", "Right"), ("region", "Unknown")}
    (counters,) = rows(extraction, "account_counters")
    assert (counters["followers"], counters["following"], counters["posts"]) == (9636, 1052, 253)

    values = [line.split(",") for line in lines]
    table = {name: [value[i] or None for value in values] for i, name in enumerate(HEADER.split(","))}
    times = [dt.datetime(2017, 10, 1, 19, 58)] * 4  # noqa: DTZ001 - the published Parquet has no zone
    numbers = {
        name: [int(str(v)) for v in table[name]] for name in ("following", "followers", "updates", "retweet")
    }
    pq.write_table(pa.table({**table, **numbers, "publish_date": times}), tmp_path / "x.parquet")
    again = rows(read(tmp_path / "x.parquet", tmp_path / "b"))
    for row, other in zip(posts, again, strict=True):
        assert {k: v for k, v in row.items() if k != "source_id"} == {
            k: v for k, v in other.items() if k != "source_id"
        }


def test_clemson_with_post_ids_has_milliseconds_and_links(tmp_path: Path) -> None:
    header = HEADER + ",tweet_id,tco1_step1,tco2_step1"
    line = LINE.format(text="a", type="", retweet=0) + ",914580356430536707,https://twitter.com/x/status/1/video/1,"
    (tmp_path / "x.csv").write_text(f"{header}\n{line}\n")
    (row,) = rows(read(tmp_path / "x.csv", tmp_path / "a"))
    assert (row["post_id"], row["id_quality"], row["time_precision"]) == ("914580356430536707", "exact", "ms")
    assert [url["domain"] for url in row["urls"]] == ["twitter.com"]  # type: ignore[attr-defined]


def test_the_real_ira_set(shared_data: Path, tmp_path: Path) -> None:
    extraction = read(shared_data / "ira_troll_tweets" / "tweets.parquet", tmp_path)
    assert (extraction.records_read, extraction.records_quarantined) == (611_419, 0)
    posts = str(extraction.staged["posts"])

    def counted(query: str) -> int:
        (row,) = duckdb.sql(query).fetchall()
        return int(row[0])

    assert counted(f"SELECT count(DISTINCT post_id) FROM '{posts}'") == 611_419
    assert counted(f"SELECT count(*) FROM '{posts}' WHERE contains(post_id, '.')") == 5_137
    assert counted(f"SELECT count(*) FROM '{posts}' WHERE language = 'ru'") == 149_578
    assert counted(f"SELECT count(*) FROM '{posts}' WHERE language IS NULL") == 550
    assert counted(f"SELECT count(*) FROM '{posts}' WHERE kind = 'repost'") == 305_053
    assert counted(f"SELECT count(*) FROM '{posts}' WHERE kind = 'quote'") == 8_700
    assert counted(f"SELECT count(DISTINCT account_id) FROM '{posts}'") == len(rows(extraction, "accounts"))


# --- CooRTweet -----------------------------------------------------------------------------------------------------


def test_coortweet(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "coortweet"
    packed = rows(read(folder / "russian_coord_tweets.csv.gz", tmp_path / "a"))
    stored = rows(read(folder / "russian_coord_tweets.parquet", tmp_path / "b"))
    assert len(packed) == 35_125
    assert len({row["account_id"] for row in packed}) == 9_509
    names = ("post_id", "account_id", "reposted_post_id", "created_at", "kind", "time_precision")
    assert sorted([str(row[n]) for n in names] for row in packed) == sorted(
        [str(row[n]) for n in names] for row in stored
    )
    assert packed[0]["created_at"] == dt.datetime.fromtimestamp(1623881091, UTC)
    assert packed[0]["kind"] == "repost"


def test_coortweet_puts_aside_what_has_no_whole_second(tmp_path: Path) -> None:
    head = "object_id,account_id,content_id,timestamp_share\n"
    (tmp_path / "x.csv").write_text(
        head + "o,a,c,1623881091\no,a,c,2021-06-16\n,a,c,1\no,a,c,1.5\no,a,c,1623881092.0\n"
    )
    extraction = read(tmp_path / "x.csv", tmp_path / "a")
    assert [row["source_row"] for row in rows(extraction)] == [1, 5]
    assert extraction.records_quarantined == 3


# --- by map --------------------------------------------------------------------------------------------------------


def mapped(tmp_path: Path, header: str, *lines: str, platform: str | None = None, **mapping: str) -> Rows:
    (tmp_path / "x.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return rows(read(tmp_path / "x.csv", tmp_path / "s", mapping=mapping, platform=platform))


@pytest.mark.parametrize(
    ("written", "microseconds", "precision"),
    [
        ("2019-04-11", 1554940800_000_000, "day"),
        ("2019-04-11 04:06", 1554955560_000_000, "min"),
        ("2019-04-11T04:06:23", 1554955583_000_000, "s"),
        ("2019-04-11T04:06:23Z", 1554955583_000_000, "s"),
        ("2019-04-11 04:06:23 UTC", 1554955583_000_000, "s"),
        ("2019-04-11T04:06:23.250Z", 1554955583_250_000, "ms"),
        ("2019-04-11T06:06:23+02:00", 1554955583_000_000, "s"),
        ("2019-04-11T06:06:23+0200", 1554955583_000_000, "s"),
        ("2019-04-10 22:36:23-05:30", 1554955583_000_000, "s"),
        ("2019-04-11 04:06:23+00", 1554955583_000_000, "s"),
        ("1554955583", 1554955583_000_000, "s"),
        ("1554955583.5", 1554955583_500_000, "ms"),
        ("1554955583250", 1554955583_250_000, "ms"),
        ("Thu Apr 11 04:06:23 +0000 2019", 1554955583_000_000, "s"),
        ("Thu Apr 11 06:06:23 +0200 2019", 1554955583_000_000, "s"),
    ],
)
def test_times(tmp_path: Path, written: str, microseconds: int, precision: str) -> None:
    (row,) = mapped(tmp_path, "who,when", f"a,{written}", account_id="who", created_at="when")
    expected = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(microseconds=microseconds)
    assert (row["created_at"], row["time_precision"], row["time_source"]) == (expected, precision, "stated")


@pytest.mark.parametrize(
    "written", ["yesterday", "11/04/2019", "2019-13-01", "2019-02-30 10:00", "12", "19:55 EDT"]
)
def test_times_that_cannot_be_read_are_put_aside(tmp_path: Path, written: str) -> None:
    (row,) = mapped(tmp_path, "who,when", "a,2019-01-01", f"b,{written}", account_id="who", created_at="when")
    assert row["account_id"] == "a"
    with pytest.raises(InputError, match="none of its 1 records can be used; 1 times: created_at is not a time"):
        mapped(tmp_path, "who,when", f"b,{written}", account_id="who", created_at="when")


def test_a_missing_time_is_unknown(tmp_path: Path) -> None:
    _, row = mapped(
        tmp_path, "who,when,what", "a,2019-01-01,x", "b,,y", account_id="who", created_at="when", text="what"
    )
    assert (row["created_at"], row["time_source"], row["time_precision"]) == (None, None, None)


def test_every_canonical_column_that_a_map_can_give(tmp_path: Path) -> None:
    mapping = {
        "handle": "h", "created_at": "t", "post_id": "id", "is_repost": "rt", "hashtags": "tags", "urls": "links",
        "likes": "n", "latitude": "lat", "account_created_at": "born", "followers": "f", "label.truth": "bot",
    }  # fmt: skip
    path = tmp_path / "x.tsv"
    path.write_text(
        "h\tt\tid\trt\ttags\tlinks\tn\tlat\tborn\tf\tbot\n"
        "@ann\t2020-01-01 10:00\tp1\tTRUE\t['a']\thttps://www.x.org/1\t4.0\t1.5\t2010-01-01\t7\t1\n"
        "@ann\t2020-01-02 10:00\tp2\t0\t[]\t\t\t\t2010-01-01\t8\t1\n"
    )
    extraction = read(path, tmp_path / "s", mapping=mapping, platform="Telegram")
    first, second = rows(extraction)
    assert (first["platform"], first["account_id"], first["kind"], second["kind"]) == (
        "Telegram",
        "ann",
        "repost",
        "original",
    )
    assert (first["hashtags"], first["likes"], first["latitude"]) == (["a"], 4, 1.5)
    assert first["urls"] == [{"raw": "https://www.x.org/1", "expanded": None, "unwound": None, "domain": "x.org"}]
    (account,) = rows(extraction, "accounts")
    assert (account["handle"], account["created_at"]) == ("ann", dt.datetime(2010, 1, 1, tzinfo=UTC))
    assert [row["followers"] for row in rows(extraction, "account_counters")] == [7, 8]
    ((label),) = rows(extraction, "labels")
    assert (label["subject_id"], label["label"], label["value"]) == ("ann", "truth", "1")


def test_ids_are_derived_where_there_are_none_and_repeats_are_told_apart(tmp_path: Path) -> None:
    posts = mapped(tmp_path, "who,what", "a,x", "a,y", "a,x", account_id="who", text="what")
    ids = [str(row["post_id"]) for row in posts]
    assert ids[2] == f"{ids[0]}.2"
    assert len(set(ids)) == 3
    again = mapped(tmp_path, "what,who", "y,a", "x,a", account_id="who", text="what")
    assert [row["post_id"] for row in again] == [ids[1], ids[0]], "the same post in another file has the same id"
    assert Counter(row["id_quality"] for row in posts) == {"derived": 3}


def test_wrong_maps_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'created_at'"):
        mapped(tmp_path, "a,b", "1,2", account_id="a", creatd_at="b")
    with pytest.raises(InputError, match="did you mean 'when'"):
        mapped(tmp_path, "who,when", "1,2", account_id="who", created_at="whn")
    with pytest.raises(UsageError, match="whose posts"):
        mapped(tmp_path, "a,b", "1,2", created_at="b")
    with pytest.raises(UsageError, match="neither the time nor the text"):
        mapped(tmp_path, "a,b", "1,2", account_id="b")


def test_a_map_of_profiles_alone_reads_accounts(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(
        "id,name,born,fans,kind\n1,@ann,2020-01-02 03:04:05,7,a\n2,bob,yesterday,1,b\n,eve,2020-01-02,1,a\n3,,,,\n"
    )
    mapping = {
        "account_id": "id", "handle": "name", "account_created_at": "born", "followers": "fans", "label.kind": "kind",
    }  # fmt: skip
    options = ReadOptions(mapping=mapping, platform="forum")
    ((source, found),) = detect(path, tmp_path, options)
    extraction = found.read(source, tmp_path, options)
    assert (extraction.records_read, extraction.records_quarantined, extraction.counted) == (4, 2, ("accounts",))
    accounts = rows(extraction, "accounts")
    assert [(row["account_id"], row["handle"], row["created_at"]) for row in accounts] == [
        ("1", "ann", dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("3", None, None),
    ]
    assert [(row["account_id"], row["followers"]) for row in rows(extraction, "account_counters")] == [("1", 7)]
    assert [(row["subject_id"], row["value"]) for row in rows(extraction, "labels")] == [("1", "a")]


def test_a_map_of_labels_alone_reads_accounts_in_json_too(tmp_path: Path) -> None:
    path = tmp_path / "users.jsonl"
    path.write_text('{"user": {"id": "1"}, "kind": "a"}\n{"user": {"id": "2"}, "kind": null}\n')
    options = ReadOptions(mapping={"account_id": "user.id", "label.kind": "kind"}, platform="forum")
    ((source, found),) = detect(path, tmp_path, options)
    extraction = found.read(source, tmp_path, options)
    assert [row["account_id"] for row in rows(extraction, "accounts")] == ["1", "2"]
    assert [row["value"] for row in rows(extraction, "labels")] == ["a"]


def test_a_map_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[columns]\naccount_id = "Page"\ncreated_at = "Post Created"\nlabel.kind = "Type"\n')
    assert read_map(path) == {"account_id": "Page", "created_at": "Post Created", "label.kind": "Type"}
    path.write_text('acount_id = "Page"\n')
    with pytest.raises(UsageError, match="did you mean 'account_id'"):
        read_map(path)
    path.write_text("not toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_map(path)


def test_real_tables_by_map(shared_data: Path, tmp_path: Path) -> None:
    mapping = {
        "account_id": "user_id", "created_at": "created_at", "text": "text", "post_id": "tweet_id",
        "is_repost": "is_retweet", "reposted_post_id": "retweet_status_id", "hashtags": "hashtags", "urls": "urls_expanded",
    }  # fmt: skip
    path = shared_data / "organic_controls" / "elgl19_localgov_conf_2019.parquet"
    posts = rows(read(path, tmp_path, mapping=mapping, platform="twitter"))
    original = pq.read_table(path).to_pylist()
    assert [row["hashtags"] for row in posts] == [row["hashtags"] for row in original]
    assert [[u["raw"] for u in row["urls"]] for row in posts] == [row["urls_expanded"] for row in original]  # type: ignore[attr-defined]
    assert [row["kind"] == "repost" for row in posts] == [row["is_retweet"] for row in original]


# --- small pieces --------------------------------------------------------------------------------------------------

hosts = st.from_regex(
    r"\A(https?://|ftp://|)(\w+@|)([wW]{3}\.|)[a-zA-Z0-9é中.-]{1,12}(:\d{1,4}|)([/?#][ -~]{0,6}|)\Z"
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(hosts, st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)), min_size=1
    )
)
def test_domains_are_the_same_in_sql_and_python(urls: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.register("urls", pa.table({"url": pa.array(urls, pa.string())}))
        found = [row[0] for row in connection.execute(f"SELECT {domain_sql('url')} FROM urls").fetchall()]
    assert found == [domain(url) for url in urls]


def test_all_languages_of_the_real_set_are_known(shared_data: Path) -> None:
    path = shared_data / "ira_troll_tweets" / "tweets.parquet"
    names = {row[0] for row in duckdb.sql(f"SELECT DISTINCT language FROM '{path}'").fetchall()}
    unknown = {name for name in names if name is not None and by_name(name) is None}
    assert unknown <= {"LANGUAGE UNDEFINED"}
    assert all(bcp47(by_name(name)) == by_name(name) for name in names - unknown if name is not None)


def test_equal_records_without_an_id_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("who,at,what\n" + "a,2020-01-01T10:00:00,twice\n" * 3 + "b,2020-01-01,once\n")
    mapping = {"account_id": "who", "created_at": "at", "text": "what"}
    extraction = read(tmp_path / "x.csv", tmp_path / "s", mapping=mapping)
    assert len(rows(extraction)) == 4
    assert any(note.startswith("2 records without an id are equal to another") for note in extraction.notes)
