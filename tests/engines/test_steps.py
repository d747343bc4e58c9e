"""Every registered step gives the same rows on every engine, whatever the posts look like."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import LISTS, TEXTS, TIMES, URLS, adversarial, comparable, write_parts

from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.engines.engine import Engine
from undertow.engines.portable import PORTABLE_TABLES
from undertow.engines.steps import Step, Value, steps

DAY = 86_400_000_000
PARAMETERS: Mapping[str, Mapping[str, Value]] = {
    "coordination.buckets": {"width": DAY},
    "coordination.pairs_to_look_at": {"width": DAY},
    "coordination.pairs": {"width": DAY, "window": DAY},
    "coordination.edges": {"min_objects": 1},
    "propagation.labelled": {"label": "truth"},
}
"""Step -> its parameters, where those by type (:func:`sample`) would select nothing."""

BY_TYPE: Mapping[type, Value] = {int: 2, float: 0.5, str: "repost"}


def sample(step: Step) -> Mapping[str, Value]:
    """Parameters to run ``step`` with."""
    return PARAMETERS.get(step.name) or {name: BY_TYPE[type_] for name, type_ in step.parameters.items()}


def all_results(engine: Engine) -> dict[str, tuple[pa.Schema, list[str]]]:
    """What every registered step gives; those that others read are kept first."""
    registered = steps()
    read = {name for step in registered.values() for name in step.inputs} - set(PORTABLE_TABLES)
    results = {}
    for step in registered.values():
        if step.table in read:
            engine.keep(step, **sample(step))
        results[step.name] = comparable(engine.run(step, **sample(step)))
    return results


def test_there_are_steps() -> None:
    assert {"posting_hours.quarter_hours", "posting_hours.minutes"} <= set(steps())


@pytest.mark.spark
def test_on_the_adversarial_tables(both: Any, adversarial_parts: Any) -> None:
    duck, spark = both(adversarial_parts)
    expected = all_results(duck)
    assert all_results(spark) == expected
    assert [name for name, (_, rows) in expected.items() if not rows] == [], "these steps were not tried"


@pytest.mark.spark
@pytest.mark.parametrize("world", ["no parts", "empty parts"])
def test_without_rows(world: str, both: Any, tmp_path: Path) -> None:
    parts = {} if world == "no parts" else write_parts(tmp_path, {name: [] for name in adversarial()}, parts=1)
    duck, spark = both(parts)
    assert all_results(spark) == all_results(duck)


@pytest.mark.spark
def test_every_portable_table_is_the_same(both: Any, adversarial_parts: Any) -> None:
    duck, spark = both(adversarial_parts)
    for name, schema in PORTABLE_TABLES.items():
        whole = Step(
            name="test.whole", sql=f"SELECT {', '.join(schema.names)} FROM {name}", inputs=(name,), output=schema
        )
        expected = comparable(duck.run(whole))
        assert comparable(spark.run(whole)) == expected
        assert expected[1], name


def test_portable_times_are_microseconds(adversarial_parts: Any) -> None:
    """The oracle: Python's own arithmetic on the rows that were written."""
    epoch, tick = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
    with DuckDBEngine(adversarial_parts) as engine:
        step = Step(
            name="test.times",
            sql="SELECT source_row, created_us, FLOOR_DIV(created_us, 900000000) AS q, "
            "FLOOR_MOD(created_us, 900000000) AS r FROM posts",
            inputs=("posts",),
            output=pa.schema([(n, pa.int64()) for n in ("source_row", "created_us", "q", "r")]),
        )
        found = sorted(engine.run(step).to_pylist(), key=lambda row: row["source_row"])
    for row, post in zip(found, adversarial()["posts"], strict=True):
        created = post["created_at"]
        us = None if created is None else (created - epoch) // tick
        assert row["created_us"] == us
        assert (row["q"], row["r"]) == ((None, None) if us is None else divmod(us, 900_000_000))


def test_list_tables_have_a_row_for_each_element(adversarial_parts: Any) -> None:
    """The oracle: a loop over the lists that were written."""
    with DuckDBEngine(adversarial_parts) as engine:
        names = ("platform", "post_id", "position", "hashtag")
        step = Step(
            name="test.hashtags",
            sql=f"SELECT {', '.join(names)} FROM post_hashtags",
            inputs=("post_hashtags",),
            output=PORTABLE_TABLES["post_hashtags"],
        )
        found = sorted(repr(tuple(row.values())) for row in engine.run(step).to_pylist())
    assert found == sorted(
        repr((post["platform"], post["post_id"], position, tag))
        for post in adversarial()["posts"]
        for position, tag in enumerate(post["hashtags"] or ())
    )


EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

posts = st.lists(
    st.fixed_dictionaries(
        {
            "platform": st.sampled_from(["twitter", "youtube"]),
            "post_id": st.sampled_from(["p1", "p2", "p3", "", "ß"]),
            "account_id": st.sampled_from(["a", "b", "A", "ß"]),
            "created_at": st.sampled_from(TIMES)
            | st.integers(-(10**16), 10**16).map(lambda us: EPOCH + dt.timedelta(microseconds=us)),
            "time_precision": st.sampled_from(["ms", "s", "min", "day", None]),
            "kind": st.sampled_from(["original", "repost", "reply", "quote"]),
            "text": st.sampled_from(TEXTS),
            "text_key": st.sampled_from([None, "k", "l"]),
            "language": st.sampled_from([None, "", "ru"]),
            "reposted_post_id": st.sampled_from([None, "p1", "big"]),
            "reposted_account_id": st.sampled_from([None, "a", "b"]),
            "replied_post_id": st.sampled_from([None, "p1"]),
            "quoted_post_id": st.sampled_from([None, "p1"]),
            "conversation_id": st.sampled_from([None, "c"]),
            "hashtags": st.sampled_from(LISTS),
            "urls": st.sampled_from(URLS),
            "mentioned_ids": st.sampled_from(LISTS),
            "likes": st.sampled_from([None, 0, -1, 5]),
        }
    ),
    max_size=25,
)


@pytest.mark.spark
@settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(rows=posts)
def test_on_generated_posts(spark: type[Engine], rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts = write_parts(Path(folder), {"posts": rows})
        with DuckDBEngine(parts) as duck, spark(parts) as other:
            assert all_results(other) == all_results(duck)


@settings(max_examples=15, deadline=None)
@given(rows=posts, cut=st.integers(1, 4), random=st.randoms(use_true_random=False))
def test_order_and_parts_change_nothing(rows: list[dict[str, Any]], cut: int, random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one = write_parts(Path(folder) / "1", {"posts": rows}, parts=1)
        many = write_parts(Path(folder) / "2", {"posts": shuffled}, parts=cut)
        with DuckDBEngine(one) as first, DuckDBEngine(many) as second:
            assert all_results(first) == all_results(second)
