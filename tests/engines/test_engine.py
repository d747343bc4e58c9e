"""What engines promise besides their rows: parameters, kept steps, errors in one shape, sessions apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from worlds import comparable, step, write_parts

from undertow.analyses.base import Parameters, Scope, open_engine
from undertow.case import Case
from undertow.engines import steps as registry
from undertow.engines.dialects import Dialect, DuckDBDialect, SparkDialect
from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.engines.engine import Engine
from undertow.engines.steps import Step
from undertow.errors import EngineError

BIG, TEXT = pa.int64(), pa.string()
COUNT = step("SELECT COUNT(*) AS n FROM posts", ("n", BIG))
NAMED = step("SELECT $t AS t, $n AS n, $x AS x, '$t' AS s FROM posts", ("t", TEXT), t=str, n=int, x=float)


# --- parameters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"t": "a", "n": 1},
        {"t": "a", "n": 1, "x": 0.5, "y": 1},
        {"t": 1, "n": 1, "x": 0.5},
        {"t": "a", "n": 1.0, "x": 0.5},
        {"t": "a", "n": True, "x": 0.5},
        {"t": "a", "n": 1, "x": 1},
        {"t": "a", "n": 1, "x": float("nan")},
        {"t": "a", "n": 1, "x": float("inf")},
        {"t": "a", "n": 2**63, "x": 0.5},
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        NAMED.bound(given)


def test_parameters_become_literals_and_text_stays_text() -> None:
    bound = NAMED.bound({"t": "it's $n", "n": -3, "x": 1e-9})
    assert bound.sql(dialect="duckdb") == (
        "SELECT 'it''s $n' AS t, CAST(-3 AS BIGINT) AS n, CAST('1e-09' AS DOUBLE) AS x, '$t' AS s FROM posts"
    )
    assert "$n" in NAMED.tree.sql(dialect="duckdb"), "the step itself is not changed"


# --- the registry ------------------------------------------------------------------------------------------


@pytest.fixture
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_STEPS", {})


@pytest.mark.usefixtures("empty_registry")
def test_a_step_says_what_it_reads_and_takes() -> None:
    output = pa.schema([("n", BIG)])
    sql = "WITH few AS (SELECT likes FROM posts) SELECT COUNT(*) AS n FROM few WHERE likes > $least"
    good = Step(name="a.b", sql=sql, inputs=("posts",), output=output, parameters={"least": int})
    assert registry.register(good) is good
    later = Step(name="a.c", sql="SELECT n FROM a_b", inputs=("a_b",), output=output)
    assert registry.register(later).table == "a_c"
    for wrong in (
        good,
        Step(name="a.d", sql=sql, inputs=("posts",), output=output),
        Step(name="a.d", sql=sql, inputs=("posts", "accounts"), output=output, parameters={"least": int}),
        Step(name="a.d", sql=sql, inputs=(), output=output, parameters={"least": int}),
        Step(name="a.d", sql="SELECT n FROM a_z", inputs=("a_z",), output=output),
    ):
        with pytest.raises(ValueError, match=r"a\.[bd]"):
            registry.register(wrong)


# --- dialects ----------------------------------------------------------------------------------------------


def test_the_default_dialect_refuses() -> None:
    class Other(Dialect):
        name = "other"

    for call in (
        lambda: Other().floor_div("a", 2),
        lambda: Other().microseconds("a"),
        lambda: Other().exploded("posts", "hashtags", {"hashtag": ""}),
        lambda: Other().type_name(pa.binary()),
    ):
        with pytest.raises(EngineError, match="the engine other cannot do"):
            call()


@pytest.mark.parametrize("dialect", [DuckDBDialect(), SparkDialect()])
@pytest.mark.parametrize("divisor", ["0", "-5", "1.5", "'7'", "likes", "NULL"])
def test_floors_take_positive_integers_only(dialect: Dialect, divisor: str) -> None:
    for function in ("FLOOR_DIV", "floor_mod"):
        with pytest.raises(EngineError, match="a positive integer"):
            dialect.translate(sqlglot.parse_one(f"SELECT {function}(likes, {divisor})", read="duckdb"))
    with pytest.raises(EngineError, match="a positive integer"):
        dialect.translate(sqlglot.parse_one("SELECT floor_div(likes)", read="duckdb"))


EXTREMES = (-(2**63), -(2**63) + 1, -8, -7, -1, 0, 1, 6, 7, 8, 2**63 - 1)


@pytest.mark.spark
@pytest.mark.parametrize("divisor", [1, 7, 2**40])
def test_floors_are_pythons(divisor: int, both: Any, tmp_path: Path) -> None:
    parts = write_parts(tmp_path, {"posts": [{"likes": likes, "reposts": 3} for likes in (*EXTREMES, None)]})
    floors = step(
        "SELECT likes, FLOOR_DIV(likes, $d) AS q, FLOOR_MOD(likes, $d) AS r, "
        f"FLOOR_MOD(FLOOR_DIV(likes, {divisor}), 5) AS nested FROM posts",
        *((name, BIG) for name in ("likes", "q", "r", "nested")),
        d=int,
    )
    for engine in both(parts):
        found = {tuple(row.values()) for row in engine.run(floors, d=divisor).to_pylist()}
        expected = {(n, *divmod(n, divisor), n // divisor % 5) for n in EXTREMES}
        assert found == expected | {(None, None, None, None)}


@pytest.mark.spark
@pytest.mark.parametrize(
    ("type_", "literal"), [(pa.int64(), "1"), (pa.int32(), "1"), (pa.float64(), "1.5"), (pa.string(), "'a'")]
)
def test_type_names_are_the_engines_own(type_: pa.DataType, literal: str, pair: tuple[Engine, Engine]) -> None:
    for engine in pair:
        sql = f"SELECT CAST({literal} AS {engine.dialect.type_name(type_)}) AS v"
        assert engine._fetch(sql).schema.field("v").type == type_


# --- keeping, refusing -------------------------------------------------------------------------------------

BY_ACCOUNT = Step(
    name="test.by_account",
    sql="SELECT account_id, COUNT(*) AS n FROM posts WHERE views >= $least GROUP BY account_id",
    inputs=("posts",),
    output=pa.schema([("account_id", TEXT), ("n", BIG)]),
    parameters={"least": int},
)
ABOVE = Step(
    name="test.above",
    sql="SELECT account_id FROM test_by_account WHERE n > 3",
    inputs=("test_by_account",),
    output=pa.schema([("account_id", TEXT)]),
)
UNCAST = Step(
    name="test.uncast", sql="SELECT SUM(views) AS n, views FROM posts GROUP BY views", inputs=("posts",),
    output=pa.schema([("n", TEXT), ("views", BIG)]),
)  # fmt: skip


@pytest.mark.spark
def test_a_kept_step_is_read_by_later_ones_and_can_be_made_anew(both: Any, adversarial_parts: Any) -> None:
    results = []
    for engine in both(adversarial_parts):
        with pytest.raises(EngineError, match="test_by_account, which was not kept before"):
            engine.run(ABOVE)
        engine.keep(BY_ACCOUNT, least=0)
        first = comparable(engine.run(ABOVE))
        engine.keep(BY_ACCOUNT, least=110)
        results.append((first, comparable(engine.run(ABOVE))))
    assert results[0] == results[1]
    assert len(results[0][0][1]) == 7
    assert results[0][1][1] == []


@pytest.mark.spark
def test_two_cases_in_one_spark_do_not_meet(spark: type[Engine], tmp_path: Path, adversarial_parts: Any) -> None:
    other = write_parts(tmp_path, {"posts": [{"post_id": "only"}]})
    with spark(adversarial_parts) as first:
        first.keep(BY_ACCOUNT, least=0)
        before = comparable(first.run(ABOVE))
        with spark(other) as second:
            assert second.run(COUNT)["n"].to_pylist() == [1]
            with pytest.raises(EngineError, match="not kept"):
                second.run(ABOVE)
            second.keep(BY_ACCOUNT, least=0)
        assert comparable(first.run(ABOVE)) == before
        assert first.run(COUNT)["n"].to_pylist() == [120]


@pytest.mark.spark
def test_errors_have_one_shape(both: Any, adversarial_parts: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 this is not Parquet PAR1")
    unknown = Step(name="test.unknown", sql="SELECT nope FROM posts", inputs=("posts",), output=COUNT.output)
    other_names = Step(name="test.names", sql="SELECT 1 AS m FROM posts", inputs=("posts",), output=COUNT.output)
    for engine in both(adversarial_parts):
        for run, says in (
            (lambda engine=engine: engine.run(unknown), "refused it: "),
            (lambda engine=engine: engine.keep(unknown), "refused it: "),
            (lambda engine=engine: engine.run(other_names), "it gave (m "),
            (lambda engine=engine: engine.keep(UNCAST), "it gave (n "),
        ):
            with pytest.raises(EngineError) as caught:
                run()
            assert says in caught.value.what
            assert engine.dialect.name in caught.value.what
            assert caught.value.where in ("test.unknown", "test.names", "test.uncast")
            assert "\n" not in caught.value.what
            assert set(caught.value.to_json()) == {"error", "what", "where", "todo"}
    for engine in both({"posts": [broken]}):
        with pytest.raises(EngineError, match="refused it: "):
            engine.run(COUNT)
    for engine in both({"posts": [tmp_path / "missing.parquet"]}):
        with pytest.raises(EngineError, match="refused it: "):
            engine.run(COUNT)


def test_a_refused_condition_is_said_when_the_engine_opens() -> None:
    with pytest.raises(EngineError, match="the condition") as caught:
        DuckDBEngine({}, sqlglot.parse_one("nope = 1", read="duckdb"))
    assert caught.value.where == "the condition"


def test_inexact_results_are_refused_not_rounded(adversarial_parts: Any) -> None:
    half = step("SELECT longitude AS n FROM posts", ("n", BIG))
    with DuckDBEngine(adversarial_parts) as engine, pytest.raises(EngineError, match="states"):
        engine.run(half)


def test_the_extra_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from undertow.engines.spark_engine import SparkEngine

    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineError, match="not installed") as caught:
        SparkEngine({})
    assert "undertow[spark]" in caught.value.todo


QUIET = """
import warnings
warnings.simplefilter("error")
from undertow.engines.spark_engine import SparkEngine
from undertow.engines.steps import Step
from undertow.errors import EngineError
import pyarrow as pa
with SparkEngine({}) as engine:
    output = pa.schema([("n", pa.int64())])
    count = Step(name="a.b", sql="SELECT COUNT(*) AS n FROM posts", inputs=("posts",), output=output)
    print(engine.run(count)["n"].to_pylist())
    try:
        engine.run(Step(name="a.b", sql="SELECT m FROM posts", inputs=("posts",), output=output))
    except EngineError as error:
        print(error.where)
"""


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_spark_starts_and_fails_quietly() -> None:
    environment = os.environ | {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, env=environment, timeout=180, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[0]\na.b\n", "")


def test_spark_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    script = "from undertow.engines.spark_engine import SparkEngine\nSparkEngine({})"
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'this Java is too old' >&2\nexit 1\n")
    java.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"JAVA_HOME": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert "EngineError: --engine spark: Spark did not start: " in done.stderr
    assert "this Java is too old" in done.stderr


def test_a_condition_that_is_not_proved_is_refused_before_spark_starts(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    for text, kind in (
        ("text LIKE 'a%'", "Like"),
        ("lower(language) = 'ru'", "Lower"),
        ("len(hashtags) > 1", "Length"),
    ):
        with pytest.raises(EngineError, match=f"the condition uses .*{kind}") as caught:
            open_engine(case, Parameters(scope=Scope(where=text), engine="spark"))
        assert caught.value.where == text
        assert "--engine duckdb" in caught.value.todo
        with open_engine(case, Parameters(scope=Scope(where=text))) as engine:
            assert engine.run(COUNT)["n"].to_pylist() == [0]
