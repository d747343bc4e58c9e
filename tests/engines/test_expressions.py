"""Conditions and queries that people write: what is refused, and what it is told."""

from __future__ import annotations

import duckdb
import pytest

from undertow.engines.expressions import CHANGING, checked_condition, checked_query
from undertow.errors import UsageError

HARMLESS = {"error", "stats", "vector_type"}
"""Scalar functions that DuckDB calls volatile, whose answer depends on their arguments alone."""


@pytest.mark.parametrize(
    "text",
    [
        "random() < 0.5",
        "created_at < now()",
        "created_at::DATE < current_date",
        "created_at::DATE = today()",
        "created_at < CURRENT_TIMESTAMP",
        "age(created_at) > INTERVAL 1 YEAR",
        "uuid() = post_id",
        "current_setting('memory_limit') = text",
        "text IN (SELECT text FROM posts WHERE random() < 0.5)",
        "text IN (SELECT text FROM posts USING SAMPLE 10%)",
    ],
)
def test_what_changes_between_runs_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="another answer at another time"):
        checked_condition(text)


def test_age_between_two_columns_is_allowed() -> None:
    assert "AGE(" in checked_condition("age(created_at, reposted_created_at) > INTERVAL 1 DAY")


def test_every_function_that_duckdb_calls_changing_is_known() -> None:
    listed = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE function_type = 'scalar' AND stability <> 'CONSISTENT'"
    ).fetchall()
    assert {name for (name,) in listed} - HARMLESS <= CHANGING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the condition is empty"),
        ("  ", "the condition is empty"),
        ("row_number() OVER () < 10", "window"),
        ("count(*) > 10", "aggregate"),
        ("(WITH posts AS (SELECT 1 AS a) SELECT count(*) FROM posts) > 0", "hides the case's own table"),
        ('language = "ru"', "single quotes: 'ru'"),
        ("language = ru", "single quotes: 'ru'"),
        ("langage = 'ru'", "did you mean 'language'"),
        ("(SELECT count(*) FROM read_csv('/etc/passwd')) > 0", "cannot be read from here"),
        ("(SELECT count(*) FROM '/etc/passwd') > 0", "there is no table"),
        ("true; DROP TABLE posts", "one expression"),
    ],
)
def test_what_cannot_be_a_condition_is_told_what_to_do(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        checked_condition(text)
    assert caught.value.todo


def test_a_query_may_not_change_between_runs_either() -> None:
    with pytest.raises(UsageError, match="another answer"):
        checked_query("SELECT * FROM posts WHERE created_at < now()")
    assert checked_query("SELECT post_id FROM posts") == "SELECT post_id FROM posts"
