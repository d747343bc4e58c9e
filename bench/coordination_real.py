"""Coordination on real accounts: an operation mixed with ordinary communities, and those communities by themselves.

    UNDERTOW_SHARED=../shared python bench/coordination_real.py mix --month 2016-10
    UNDERTOW_SHARED=../shared python bench/coordination_real.py mix --control     # chance from the ordinary accounts
    UNDERTOW_SHARED=../shared python bench/coordination_real.py organic

*mix*: all posts of one month of the Internet Research Agency's accounts, together with ordinary accounts (two
conferences, teachers, German politicians). No ordinary set of that month and language is at hand, so theirs are shifted
by whole weeks into it (weekday and hour stay), times are cut to the minute as the operation's are, and reposts go by
their text on both sides, ids being known on one side only. Account-level AUC and average precision of the test, over
all traces and by each, beside the published rules on the same actions; and beside what an account's *language and dates*
alone separate, which is not coordination: the share of the operation's among the 25 accounts nearest in main language
and middle day. Once over all accounts, once over those that write English mainly.

*organic*: each ordinary set by itself, as it is: pairs called, and the cause named for each group.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

import duckdb
import numpy as np

from undertow.analyses.coordination import Parameters, analyse
from undertow.case import Case
from undertow.evaluation import evaluate_coordination
from undertow.evaluation.measures import Ranked, cluster_weights, measured
from undertow.evaluation.truth import Truth
from undertow.sources.base import ReadOptions

DATA = Path(os.environ.get("UNDERTOW_SHARED", "../shared")) / "data"
ORGANIC = {
    "elgl19": "organic_controls/elgl19_localgov_conf_2019.parquet",
    "esa2019": "organic_controls/esa2019_ecology_conf.parquet",
    "aprendeencasa": "organic_controls/aprendeencasa_mexico_2020.parquet",
}
POLITICIANS = "organic_controls/german_politicians_2018.parquet"
NEIGHBOURS = 25
COMMON = """
    strftime(date_trunc('minute', moment), '%Y-%m-%d %H:%M') AS created_at, account AS account_id, repost AS is_repost,
    language, regexp_replace(text, '^RT @\\w+: ', '') AS text,
    '[' || array_to_string(list_transform(regexp_extract_all(text, '#(\\w+)', 1), lambda t: '''' || t || ''''), ', ')
        || ']' AS hashtags
"""
SETS = f"""
    SELECT 1 AS operation, {COMMON} FROM (
        SELECT author AS account, content AS text, publish_date AS moment, retweet = 1 AS repost,
            CASE language WHEN 'English' THEN 'en' WHEN 'Russian' THEN 'ru' WHEN 'German' THEN 'de' ELSE 'other' END
                AS language
        FROM '{{data}}/ira_troll_tweets/tweets.parquet' WHERE strftime(publish_date, '%Y-%m') = '{{month}}'
    )
    UNION ALL
    SELECT 0, {COMMON} FROM (
        SELECT account, text, repost, language,
            moment + to_days(
                (7 * round(date_diff('day', median(moment) OVER (PARTITION BY name), DATE '{{month}}-15') / 7))::INT
            ) AS moment
        FROM (
            {{organic}}
            UNION ALL
            SELECT 'politicians', screen_name, text, created_at::TIMESTAMP, text LIKE 'RT @%', 'de'
            FROM '{{data}}/{POLITICIANS}' WHERE screen_name IS NOT NULL
        ) AS listed(name, account, text, moment, repost, language)
    )
"""
MAP = {name: name for name in ("created_at", "account_id", "is_repost", "language", "text", "hashtags")}
FULL_MAP = {
    "post_id": "tweet_id",
    "created_at": "created_at",
    "account_id": "user_id",
    "text": "text",
    "client": "source",
    "language": "lang",
    "is_repost": "is_retweet",
    "reposted_post_id": "retweet_status_id",
    "reposted_account_id": "retweet_user_id",
    "replied_post_id": "reply_to_status_id",
    "hashtags": "hashtags",
    "urls": "urls_expanded",
    "mentioned_ids": "mentions_user_id",
}


def mixed(folder: Path, month: str) -> tuple[Case, dict[str, bool], dict[str, tuple[str, float]]]:
    """The case, which accounts are the operation's, and each account's main language and middle day."""
    organic = " UNION ALL ".join(
        f"SELECT '{name}', user_id, text, created_at::TIMESTAMP, is_retweet, lang FROM '{DATA / path}'"
        for name, path in ORGANIC.items()
    )
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"CREATE TABLE posts AS {SETS.format(data=DATA, month=month, organic=organic)}",
    )
    connection.execute(f"COPY (SELECT * EXCLUDE operation FROM posts) TO '{folder / 'mix.csv'}' (HEADER)")
    rows = connection.execute(
        "SELECT account_id, max(operation) = 1, mode(coalesce(language, '')), "
        "median(epoch(created_at::TIMESTAMP)) / 86400 FROM posts GROUP BY 1 ORDER BY 1"
    ).fetchall()
    connection.execute(
        f"COPY (SELECT * EXCLUDE operation FROM posts WHERE operation = 0) TO '{folder / 'ordinary.csv'}' (HEADER)"
    )
    options = ReadOptions(mapping=MAP, platform="twitter")
    Case.create(folder / "control").add(folder / "ordinary.csv", options=options)
    case = Case.create(folder / "case").add(folder / "mix.csv", options=options)[0]
    return case, {row[0]: row[1] for row in rows}, {row[0]: (row[2], row[3]) for row in rows}


def language_and_date(truth: dict[str, bool], known: dict[str, tuple[str, float]], seed: int) -> dict[str, float]:
    """AUC and average precision of the share of the operation's among an account's nearest."""
    names = sorted(truth)
    codes = {language: code for code, language in enumerate(sorted({known[name][0] for name in names}))}
    language = np.array([codes[known[name][0]] for name in names])
    day = np.array([known[name][1] for name in names])
    true = np.array([truth[name] for name in names])
    distance = np.abs(day[:, None] - day[None, :]) + 1e6 * (language[:, None] != language[None, :])
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    score = true[nearest].mean(axis=1)
    weights = cluster_weights(np.arange(len(names)), seed=seed)
    found = measured(Ranked(score, true, score > 0.5, 0.0, 0.0, weights, np.zeros((len(weights), 2))))
    return {name: round(float(getattr(found, name).value or 0.0), 3) for name in ("auc", "average_precision")}


def mix(month: str, seed: int, *, controlled: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        case, truth, known = mixed(Path(folder), month)
        print(json.dumps({"posts": case.posts.count(), "accounts": len(truth), "operation": sum(truth.values())}))
        parameters = Parameters(control=str(Path(folder) / "control") if controlled else None)
        for part in ("all", "en"):
            chosen = {name: true for name, true in truth.items() if part == "all" or known[name][0] == part}
            found = evaluate_coordination(case, Truth(chosen), parameters, seed=seed)
            base = {"part": part, "accounts": len(chosen), "operation": sum(chosen.values())}
            print(json.dumps(base | {"method": "language and date"} | language_and_date(chosen, known, seed)))
            for row in found.rows:
                measures = row.to_json()
                del measures["curve"]
                print(json.dumps({"part": part} | measures), flush=True)
            print(json.dumps({"part": part, "not tested": dict(found.refused)}))


def organic() -> None:
    for name, path in ORGANIC.items():
        with tempfile.TemporaryDirectory() as folder:
            options = ReadOptions(mapping=FULL_MAP, platform="twitter")
            case = Case.create(Path(folder) / "case").add(DATA / path, options=options)[0]
            findings = {finding.id: finding for finding in analyse(case, Parameters())}
            for key in ("coordination.network", "coordination.groups"):
                print(json.dumps({"set": name, key: findings[key].statement}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["mix", "organic"])
    parser.add_argument("--month", default="2016-10")
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.what == "mix":
        mix(options.month, options.seed, controlled=options.control)
    else:
        organic()


if __name__ == "__main__":
    main()
