"""Tables that engines are likely to disagree about, and exact comparison of what engines make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.engines.engine import Engine
from undertow.engines.steps import Step, Value
from undertow.schema import POSTS, TABLES

UTC = dt.UTC
Rows = Sequence[Mapping[str, Any]]

TIMES = (
    dt.datetime(2021, 1, 3, 12, 0, tzinfo=UTC),  # a Sunday, in the last ISO week of 2020
    dt.datetime(2020, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    dt.datetime(2021, 1, 1, tzinfo=UTC),
    dt.datetime(2018, 12, 31, 0, 0, 1, tzinfo=UTC),  # ISO year 2019
    dt.datetime(1970, 1, 1, tzinfo=UTC),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),  # one microsecond before zero
    dt.datetime(1969, 12, 28, 3, 7, tzinfo=UTC),
    dt.datetime(1900, 2, 28, 23, 59, tzinfo=UTC),
    dt.datetime(1500, 3, 1, 1, 2, 3, tzinfo=UTC),  # before the Gregorian calendar
    dt.datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    None,
)
TEXTS = (
    None, "", " ", "straße", "STRASSE", "İstanbul", "istanbul", "ı", "👩‍👧", "e\u0301", "é", "it's", 'say "so"',
    "back\\slash", "\\n", "a\nb", "a\tb", "100%", "a_b", "$name", ":name", "日本語", "\u0000", "NULL", "٣", "ﬀ",
)  # fmt: skip
LISTS: tuple[list[str | None] | None, ...] = (
    None,
    [],
    [None],
    ["a"],
    ["a", "a"],
    ["", "ß", None, "👩‍👧"],
    ["b", "a"],
)
URLS = (
    None,
    [],
    [None],
    [{"raw": "https://t.co/x", "expanded": None, "unwound": "", "domain": "example.org"}],
    [
        {"raw": "r", "expanded": "e", "unwound": "u", "domain": "d"},
        {"raw": None, "expanded": None, "unwound": None, "domain": None},
    ],
)


def adversarial() -> dict[str, Rows]:
    """Every table, with the rows of the style page: nulls, ties, self-pairs, one object with half of all rows."""
    posts = []
    kinds = ("original", "repost", "reply", "quote")
    for number in range(120):
        account = f"a{number % 7}"
        created = TIMES[number % len(TIMES)]
        posts.append(
            {
                "platform": ("twitter", "youtube")[number % 5 == 0],
                "post_id": f"p{number // 2 if number % 5 == 0 else number}",  # one id on two platforms
                "account_id": account,
                "created_at": created,
                "observed_at": TIMES[(number * 3) % len(TIMES)],
                "time_precision": (None, "ms", "s", "min", "day")[number % 6 % 5],
                "kind": kinds[number % 4],
                "text": TEXTS[number % len(TEXTS)],
                "text_key": (None, "k1", "k2", "")[number % 4],
                "language": ("ru", "en", None, "", "zh-Hans")[number % 5],
                "client": TEXTS[(number * 7) % len(TEXTS)],
                "reposted_post_id": None if number % 4 != 1 else "big" if number % 8 == 1 else f"p{number % 9}",
                "reposted_account_id": (None, "a1", account)[number % 3],  # an account that reposts itself
                "reposted_handle": ("ß", "İ", None)[number % 3],
                "reposted_created_at": TIMES[(number * 5) % len(TIMES)],
                "replied_post_id": (None, "big")[number // 4 % 2],
                "replied_account_id": ("a0", None)[number % 2],
                "quoted_post_id": (None, f"p{number % 3}")[number % 4 == 3],
                "conversation_id": "big" if number % 2 else f"c{number}",
                "hashtags": LISTS[number % len(LISTS)],
                "urls": URLS[number % len(URLS)],
                "mentioned_ids": LISTS[(number * 3) % len(LISTS)],
                "mentioned_handles": LISTS[(number * 5) % len(LISTS)],
                "media": (None, [], [None], [{"key": "m", "type": None, "url": "ß"}])[number % 4],
                "likes": (None, 0, -1, 2**62, 7)[number % 5],
                "reposts": (0, 3, None)[number % 3],
                "views": number,
                "latitude": (None, 0.1, -0.0, 1e-300, float("nan"))[number % 5],
                "longitude": (0.1, 0.2, None)[number % 3],
                "id_quality": "exact",
                "source_id": "s1",
                "source_row": number + 1,
            }
        )
    accounts = [
        {
            "platform": "twitter",
            "account_id": f"a{number}",
            "observed_at": TIMES[number],
            "handle": TEXTS[number],
            "created_at": TIMES[-1 - number],
            "source_id": "s1",
        }
        for number in range(9)
    ]
    counters = [
        {"platform": "twitter", "account_id": "a1", "observed_at": TIMES[0], "followers": -5, "source_id": "s1"},
        {"platform": "twitter", "account_id": "a1", "observed_at": None, "posts": 2**40, "source_id": "s1"},
    ]
    labels = [
        {
            "subject_type": "account",
            "platform": "twitter",
            "subject_id": f"a{number}",
            "label": ("truth", "actor_class", "takedown")[number % 3],
            "value": TEXTS[number],
            "asserted_by": "x",
            "source_id": "s1",
        }
        for number in range(5)
    ]
    engagements = [
        {
            "platform": "twitter",
            "post_id": "p1",
            "observed_at": TIMES[0],
            "likes": 1,
            "content_key": "c",
            "source_id": "s",
            "source_row": 1,
        }
    ]
    ads = [
        {
            "platform": "facebook",
            "ad_id": "1",
            "bodies": ["a", None],
            "spend_low": 0,
            "started_at": TIMES[8],
            "source_id": "s",
        }
    ]
    return {
        "posts": posts,
        "post_versions": posts[:5],
        "engagements": engagements,
        "accounts": accounts,
        "account_counters": counters,
        "labels": labels,
        "ads": ads,
    }


def filled(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    """``row`` with something in every required column of ``table``."""
    defaults: dict[str, Any] = {"source_row": 1, "kind": "original", "id_quality": "exact", "platform": "twitter"}
    required = {column.name for column in TABLES[table].columns if column.required}
    return {**{name: defaults.get(name, "x") for name in required}, **row}


def write_parts(folder: Path, tables: Mapping[str, Rows], *, parts: int = 2) -> dict[str, list[Path]]:
    """The rows as Parquet files, split into ``parts``: some as Arrow writes them, some as DuckDB does."""
    written: dict[str, list[Path]] = {}
    for name, rows in tables.items():
        (folder / name).mkdir(parents=True)
        for number in range(parts):
            here = [filled(row, name) for row in rows[number::parts]]
            staged = pa.Table.from_pylist(here, schema=TABLES[name].arrow)
            path = folder / name / f"{number}.parquet"
            if number % 2:
                connection = duckdb.connect(config={"threads": 1})
                connection.execute("SET TimeZone = 'UTC'")
                connection.register("staged", staged)
                connection.execute(f"COPY (SELECT * FROM staged) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
                connection.close()
            else:
                pq.write_table(staged.append_column("record", pa.array(range(len(here)), pa.int64())), path)
            written.setdefault(name, []).append(path)
    return written


def comparable(table: pa.Table) -> tuple[pa.Schema, list[str]]:
    """The types and the sorted rows, each value exactly (``repr`` tells -0.0 from 0.0, and NaN equals NaN)."""
    return pa.schema([(field.name, field.type) for field in table.schema]), sorted(map(repr, table.to_pylist()))


def outcome(engine: Engine, step: Step, **parameters: Value) -> tuple[pa.Schema, list[str]]:
    """What ``step`` gives on ``engine``, ready to be compared."""
    return comparable(engine.run(step, **parameters))


def step(sql: str, *columns: tuple[str, pa.DataType], inputs: Sequence[str] = ("posts",), **types: Any) -> Step:
    """An unregistered step."""
    return Step(name="test.step", sql=sql, inputs=tuple(inputs), output=pa.schema(list(columns)), parameters=types)


POST_COLUMNS = POSTS.names
