"""What the queries of the traces take out of posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from undertow.analyses.coordination.traces import TRACES, Settings
from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.schema import TABLES


def actions(folder: Path, trace: str, posts: Sequence[Mapping[str, object]]) -> list[tuple[str, str]]:
    """(post, object) of the actions of ``trace``, sorted."""
    whole = [
        {
            "platform": "p",
            "post_id": f"{number}",
            "account_id": f"a{number}",
            "created_at": number * 1_000_000,
            "time_precision": "s",
            "kind": "original",
            "id_quality": "exact",
            "source_id": "s",
            "source_row": number,
            **post,
        }
        for number, post in enumerate(posts)
    ]
    schema = pa.schema([field.with_nullable(True) for field in TABLES["posts"].arrow])
    file = folder / "posts.parquet"
    pq.write_table(pa.Table.from_pylist(whole, schema), file)
    with DuckDBEngine({"posts": [file]}) as engine:
        rows = TRACES[trace].build(engine, Settings())
    return sorted(zip(rows["post_id"].to_pylist(), rows["object"].to_pylist(), strict=True))


def test_mentions_by_handle_are_kept_beside_mentions_by_id(tmp_path: Path) -> None:
    found = actions(
        tmp_path,
        "mention",
        [
            {"mentioned_ids": ["7", "8"], "mentioned_handles": ["Ann", "bob"]},
            {"mentioned_ids": ["7", None], "mentioned_handles": ["ann", "Cay"]},
            {"mentioned_handles": ["ANN", "cay"]},  # ann is 7, by the first post; nobody says who cay is
            {"mentioned_ids": ["9"]},
            {"kind": "repost", "mentioned_handles": ["ann"]},
        ],
    )
    assert found == [("0", "7"), ("0", "8"), ("1", "7"), ("1", "@cay"), ("2", "7"), ("2", "@cay"), ("3", "9")]


def test_a_handle_that_two_accounts_have_had_stays_a_handle(tmp_path: Path) -> None:
    posts = [{"mentioned_ids": [account], "mentioned_handles": ["ann"]} for account in ("7", "8")]
    found = actions(tmp_path, "mention", [*posts, {"mentioned_handles": ["ann"]}])
    assert found == [("0", "7"), ("1", "8"), ("2", "@ann")]


def test_mentions_by_handle_alone(tmp_path: Path) -> None:
    assert actions(tmp_path, "mention", [{"mentioned_handles": ["Ann"]}, {}]) == [("0", "@ann")]
