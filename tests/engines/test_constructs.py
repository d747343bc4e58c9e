"""Each portable construct by itself: the same rows on every engine, or it is not in the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from worlds import comparable, step

from undertow.engines.expressions import condition
from undertow.engines.steps import Step, kind, portable_constructs, steps, unproved

BIG, TEXT, REAL = pa.int64(), pa.string(), pa.float64()
KEY = "platform, post_id"
KEYS = (("platform", TEXT), ("post_id", TEXT))


def per_post(expression: str, type_: pa.DataType = BIG, **types: Any) -> Step:
    """One value for each post."""
    return step(f"SELECT {KEY}, {expression} AS v FROM posts", *KEYS, ("v", type_), **types)


def truth(expression: str) -> Step:
    """A condition's three values, told apart."""
    return per_post(f"CASE WHEN {expression} THEN 1 WHEN NOT ({expression}) THEN 0 ELSE -1 END")


PROOFS: dict[str, tuple[Step, dict[str, Any]]] = {
    name: entry if isinstance(entry, tuple) else (entry, {})
    for name, entry in {
        "column": per_post("text", TEXT),
        "double column": per_post("latitude", REAL),
        "paren": per_post("(likes)"),
        "strings with special characters": step(
            "SELECT DISTINCT 'it''s \\n \\ \" ß İ 👩‍👧 ''$name'' :x' AS a, '' AS b FROM posts",
            ("a", TEXT),
            ("b", TEXT),
        ),
        "equal": truth("text = reposted_handle"),
        "equal to a literal": truth("text = 'back\\slash'"),
        "not equal": truth("client <> text"),
        "less, strings by code point": truth("text < client"),
        "less or equal": truth("likes <= reposts"),
        "greater": truth("created_us > observed_us"),
        "greater or equal": truth("latitude >= longitude"),
        "NaN": truth("latitude > 1e308"),
        "and": truth("likes > 0 AND language = 'ru'"),
        "or": truth("likes > 0 OR language = 'ru'"),
        "not": truth("NOT (likes > 0)"),
        "is null": truth("language IS NULL"),
        "is not null": truth("language IS NOT NULL"),
        "null": per_post("COALESCE(NULL, likes)"),
        "boolean": truth("(likes > 0) = TRUE"),
        "in": truth("language IN ('ru', 'en', '')"),
        "not in with null": truth("language NOT IN ('ru', NULL)"),
        "between": truth("likes BETWEEN -1 AND 7"),
        "null-safe equal": truth("language IS NOT DISTINCT FROM text"),
        "null-safe not equal": truth("language IS DISTINCT FROM text"),
        "case": per_post("CASE kind WHEN 'reply' THEN 1 WHEN 'quote' THEN 2 END"),
        "case without else": per_post("CASE WHEN kind = 'reply' THEN 'ß' WHEN kind = 'quote' THEN '' END", TEXT),
        "coalesce": per_post("COALESCE(text, client, '-')", TEXT),
        "nullif": per_post("NULLIF(text, '')", TEXT),
        "add": per_post("reposts + 1"),
        "subtract": per_post("created_us - observed_us"),
        "multiply": per_post("views * reposts * -3"),
        "multiply doubles": per_post("latitude * longitude", REAL),
        "remainder has the dividend's sign": (per_post("created_us % $width", width=int), {"width": 7_000_001}),
        "negate": per_post("-views"),
        "absolute": per_post("ABS(created_us - observed_us)"),
        "greatest skips nulls": per_post("GREATEST(likes, reposts)"),
        "least skips nulls": per_post("LEAST(likes, reposts)"),
        "concatenate": per_post("platform || '/' || text", TEXT),
        "integer to double": per_post("CAST(views AS DOUBLE)", REAL),
        "floor_div": per_post("FLOOR_DIV(created_us, 86400000000)"),
        "floor_mod": per_post("FLOOR_MOD(FLOOR_DIV(created_us, 60000000), 60)"),
        "count": step("SELECT COUNT(*) AS n, COUNT(likes) AS l FROM posts", ("n", BIG), ("l", BIG)),
        "count distinct": step(
            "SELECT kind, COUNT(DISTINCT text) AS n FROM posts GROUP BY kind", ("kind", TEXT), ("n", BIG)
        ),
        "group": step(
            "SELECT text, language, COUNT(*) AS n FROM posts GROUP BY text, language",
            ("text", TEXT),
            ("language", TEXT),
            ("n", BIG),
        ),
        "group by an expression": step(
            "SELECT FLOOR_DIV(created_us, 60) AS t, COUNT(*) AS n FROM posts GROUP BY FLOOR_DIV(created_us, 60)",
            ("t", BIG),
            ("n", BIG),
        ),
        "sum": step(
            "SELECT kind, CAST(SUM(views) AS BIGINT) AS n FROM posts GROUP BY kind", ("kind", TEXT), ("n", BIG)
        ),
        "sum of nothing": step("SELECT CAST(SUM(views) AS BIGINT) AS n FROM posts WHERE views < 0", ("n", BIG)),
        "min and max": step(
            "SELECT kind, MIN(text) AS a, MAX(text) AS b, MIN(created_us) AS c, MAX(latitude) AS d "
            "FROM posts GROUP BY kind",
            ("kind", TEXT),
            ("a", TEXT),
            ("b", TEXT),
            ("c", BIG),
            ("d", REAL),
        ),
        "filtered aggregate": step(
            "SELECT kind, COUNT(*) FILTER (WHERE likes > 0) AS n FROM posts GROUP BY kind",
            ("kind", TEXT),
            ("n", BIG),
        ),
        "having": (
            step(
                "SELECT account_id, COUNT(*) AS n FROM posts GROUP BY account_id HAVING COUNT(*) >= $least",
                ("account_id", TEXT),
                ("n", BIG),
                least=int,
            ),
            {"least": 17},
        ),
        "distinct": step("SELECT DISTINCT kind, text FROM posts", ("kind", TEXT), ("text", TEXT)),
        "with": step(
            "WITH few AS (SELECT platform, text AS t FROM posts WHERE likes = 7) SELECT f.t FROM few AS f",
            ("t", TEXT),
        ),
        "sub-query": step("SELECT s.t FROM (SELECT text AS t FROM posts) AS s WHERE s.t IS NOT NULL", ("t", TEXT)),
        "in a sub-query": step(
            "SELECT post_id FROM posts WHERE account_id IN (SELECT account_id FROM accounts)",
            ("post_id", TEXT),
            inputs=("posts", "accounts"),
        ),
        "union all": step(
            "SELECT text AS t FROM posts UNION ALL SELECT client AS t FROM posts "
            "UNION ALL SELECT NULL AS t FROM posts",
            ("t", TEXT),
        ),
        "union": step("SELECT text AS t FROM posts UNION SELECT client AS t FROM posts", ("t", TEXT)),
        "join": step(
            "SELECT a.post_id, b.account_id FROM posts AS a JOIN accounts AS b "
            "ON a.platform = b.platform AND a.text = b.handle",
            ("post_id", TEXT),
            ("account_id", TEXT),
            inputs=("posts", "accounts"),
        ),
        "inner join using": step(
            "SELECT platform, account_id, p.post_id, a.handle FROM posts AS p INNER JOIN accounts AS a "
            "USING (platform, account_id)",
            ("platform", TEXT),
            ("account_id", TEXT),
            ("post_id", TEXT),
            ("handle", TEXT),
            inputs=("posts", "accounts"),
        ),
        "left join": step(
            "SELECT p.post_id, h.position, h.hashtag FROM posts AS p LEFT JOIN post_hashtags AS h "
            "ON p.platform = h.platform AND p.post_id = h.post_id",
            ("post_id", TEXT),
            ("position", BIG),
            ("hashtag", TEXT),
            inputs=("posts", "post_hashtags"),
        ),
        "semi join": step(
            "SELECT p.post_id FROM posts AS p SEMI JOIN accounts AS a ON p.account_id = a.account_id",
            ("post_id", TEXT),
            inputs=("posts", "accounts"),
        ),
        "anti join": step(
            "SELECT p.post_id FROM posts AS p ANTI JOIN accounts AS a ON p.text = a.handle",
            ("post_id", TEXT),
            inputs=("posts", "accounts"),
        ),
        "cross join": step(
            "SELECT p.post_id, l.value FROM posts AS p CROSS JOIN labels AS l",
            ("post_id", TEXT),
            ("value", TEXT),
            inputs=("posts", "labels"),
        ),
        "self-join, pairs with themselves and ties": step(
            "SELECT a.account_id AS l, b.account_id AS r, COUNT(*) AS n FROM posts AS a JOIN posts AS b "
            "ON a.conversation_id = b.conversation_id AND ABS(a.created_us - b.created_us) <= 0 "
            "AND a.account_id <= b.account_id GROUP BY a.account_id, b.account_id",
            ("l", TEXT),
            ("r", TEXT),
            ("n", BIG),
        ),
        "row number": per_post(
            "ROW_NUMBER() OVER (PARTITION BY kind ORDER BY likes, text DESC, platform, post_id, source_row)"
        ),
        "rank": per_post("RANK() OVER (PARTITION BY account_id ORDER BY created_us)"),
        "dense rank": per_post("DENSE_RANK() OVER (ORDER BY text)"),
        "lag": per_post("LAG(created_us) OVER (PARTITION BY account_id ORDER BY created_us, source_row)"),
        "lead": per_post("LEAD(created_us) OVER (PARTITION BY account_id ORDER BY created_us DESC, source_row)"),
        "windowed aggregate": per_post("CAST(SUM(views) OVER (PARTITION BY kind) AS BIGINT)"),
        "windowed count": per_post("COUNT(*) OVER (PARTITION BY conversation_id)"),
        "list table": step(
            "SELECT platform, post_id, position, raw, domain FROM post_urls",
            *KEYS,
            ("position", BIG),
            ("raw", TEXT),
            ("domain", TEXT),
            inputs=("post_urls",),
        ),
        "parameter, text": (per_post("$t || kind", TEXT, t=str), {"t": 'it\'s \\ "$t" :t ß 👩‍👧\n'}),
        "parameter, whole": (per_post("views * $n", n=int), {"n": -(2**40)}),
        "parameter, real": (per_post("longitude * $x", REAL, x=float), {"x": 0.1}),
        "parameter, small real": (
            per_post("CASE WHEN latitude >= $x THEN 1 ELSE 0 END", x=float),
            {"x": 1e-300},
        ),
    }.items()
}

CONDITIONS = (
    "language = 'ru'",
    "posts.language = 'ru'",
    "language IN ('ru', 'en') AND NOT (likes > 0)",
    "text = 'straße' OR text = 'İstanbul' OR text = '👩‍👧' OR text = ''",
    "text <> 'back\\slash' AND text >= 'a'",
    "created_at < TIMESTAMPTZ '1970-01-01 00:00:00+00'",
    "created_at >= TIMESTAMPTZ '2021-01-01 00:00:00+00' AND created_at < TIMESTAMPTZ '2021-01-04 00:00:00+00'",
    "created_at IS NULL OR likes BETWEEN 0 AND 7",
    "created_at > observed_at",
    "latitude > 0.05",
    "likes + reposts > 2 * 3",
    "hashtags IS NULL",
    "account_id IN (SELECT account_id FROM accounts WHERE created_at >= TIMESTAMPTZ '1970-01-01 00:00:00+00')",
    "account_id IN (SELECT p.account_id FROM posts AS p WHERE p.likes > 0)",
    "COALESCE(language, '-') = '-'",
    "FALSE",
)


@pytest.mark.spark
@pytest.mark.parametrize("name", PROOFS)
def test_a_construct_means_the_same_everywhere(name: str, pair: tuple[Any, Any]) -> None:
    proof, parameters = PROOFS[name]
    duck, spark = (comparable(engine.run(proof, **parameters)) for engine in pair)
    assert duck == spark
    assert duck[1], "a proof over no rows proves nothing"


@pytest.mark.spark
@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_means_the_same_everywhere(
    text: str, both: Any, adversarial_parts: dict[str, list[Path]]
) -> None:
    tree = condition(text)
    assert unproved(tree) == []
    duck, spark = both(adversarial_parts, tree)
    columns = step(
        "SELECT p.platform, p.post_id, p.source_row, h.hashtag FROM posts AS p LEFT JOIN post_hashtags AS h "
        "ON p.platform = h.platform AND p.post_id = h.post_id",
        *KEYS,
        ("source_row", BIG),
        ("hashtag", TEXT),
        inputs=("posts", "post_hashtags"),
    )
    expected = comparable(duck.run(columns))
    assert comparable(spark.run(columns)) == expected
    assert len(expected[1]) < 400, "the condition leaves some posts out"
    assert bool(expected[1]) == (text != "FALSE")


def test_the_list_is_what_was_proved_and_nothing_else() -> None:
    proved = {kind(node) for proof, _ in PROOFS.values() for node in proof.tree.walk()}
    proved |= {kind(node) for text in CONDITIONS for node in condition(text).walk()}
    assert portable_constructs() == proved


def test_every_registered_step_uses_only_what_was_proved() -> None:
    assert {name: unproved(registered.tree) for name, registered in steps().items()} == {
        name: [] for name in steps()
    }


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT lower(text) FROM posts", ["Lower"]),
        ("SELECT dayofweek(text) FROM posts", ["DayOfWeek"]),
        ("SELECT my_function(text) FROM posts", ["Anonymous:my_function"]),
        ("SELECT CAST(latitude AS BIGINT) FROM posts", ["Cast:Column:BIGINT"]),
        ("SELECT likes / 2 FROM posts", ["Div"]),
        ("SELECT text FROM posts WHERE text LIKE 'a%'", ["Like"]),
        ("SELECT a.text FROM posts a ASOF JOIN posts b ON a.likes >= b.likes", ["Join:ASOF"]),
    ],
)
def test_what_was_not_proved_is_named(sql: str, expected: list[str]) -> None:
    assert unproved(step(sql).tree) == expected
