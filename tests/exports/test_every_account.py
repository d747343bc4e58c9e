"""No account of a case is named by the findings of any analysis: not its authors, and not those whom they address."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from outputs import everything, folded

import undertow
from undertow.case import Case
from undertow.sources.base import ReadOptions
from undertow.tracker import Rules, update
from undertow.tracker.rules import Rule

STAR, STAR_HANDLE = "25073877", "thestarofall"
"""Only ever reposted; its handle is a word without anything odd."""
ASKED, NAMED, NAMED_HANDLE = "31415926", "27182818", "only_mentioned_9"
COLUMNS = (
    "post_id", "account_id", "created_at", "text", "kind", "client", "language", "reposted_post_id", "reposted_account_id",
    "reposted_handle", "replied_account_id", "mentioned_ids", "mentioned_handles", "hashtags", "urls",
)  # fmt: skip
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
WORDS = (
    "harbour",
    "lights",
    "old",
    "town",
    "river",
    "bridge",
    "market",
    "square",
    "morning",
    "paper",
    "tea",
    "train",
)


def posts() -> list[dict[str, str]]:
    """Sixty accounts repost at leisure, six within a minute of each other; all reply, mention, and write."""
    rng = random.Random(7)
    made: list[dict[str, str]] = []

    def post(account: str, at: dt.datetime, kind: str, **more: str) -> None:
        base = dict.fromkeys(COLUMNS, "") | {"language": "en", "client": f"client {rng.randrange(3)}"}
        number = f"{7_000_000_000_000 + len(made)}"
        made.append(base | {"post_id": number, "account_id": account, "created_at": f"{at:%Y-%m-%d %H:%M:%S}"}
                    | {"kind": kind} | more)  # fmt: skip

    for number in range(200):
        at = START + dt.timedelta(minutes=rng.randrange(60 * 24 * 90))
        of = {"reposted_post_id": f"{6_000_000_000_000 + number}", "reposted_account_id": STAR,
              "reposted_handle": STAR_HANDLE, "text": f"RT @{STAR_HANDLE}: {' '.join(rng.sample(WORDS, 6))}"}  # fmt: skip
        for _ in range(rng.randrange(4, 12)):
            late = at + dt.timedelta(seconds=60 * rng.expovariate(1 / 400))
            post(f"8005550{rng.randrange(60):03d}", late, "repost", **of)
        if number % 4 == 0:
            for member in range(6):
                close = at + dt.timedelta(seconds=1800 + rng.randrange(50))
                post(f"80066600{member:02d}", close, "repost", **of)
                said = {"text": f"@{NAMED_HANDLE} {' '.join(rng.sample(WORDS, 8))}", "hashtags": "#harbour"}
                named = {"mentioned_ids": NAMED, "mentioned_handles": NAMED_HANDLE, "replied_account_id": ASKED}
                post(f"80066600{member:02d}", close, "reply", **said, **named)
    return made


def written(path: Path, rows: list[dict[str, str]]) -> tuple[Path, ReadOptions]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path, ReadOptions(mapping={name: name for name in rows[0]}, platform="twitter")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Every analysis's findings on :func:`posts`."""
    folder = tmp_path_factory.mktemp("every")
    rows = posts()
    ids = sorted({row["account_id"] for row in rows})
    accounts = [
        {
            "account_id": name,
            "handle": f"handle_{n}x",
            "display_name": f"Somebody Number{n}",
            "description": WORDS[n % 9],
        }
        for n, name in enumerate(ids)
    ]
    case = Case.create(folder / "case")
    for name, listed in (("posts", rows), ("accounts", accounts)):
        path, options = written(folder / f"{name}.csv", listed)
        case, _ = case.add(path, options=options)
    settings = {"narratives.codebooks": "taiwan", "posting_hours.draws": 200}
    return case.record(undertow.analyse(case, settings=settings), {})


def names(case: Case) -> list[str]:
    """Every id, handle and display name in the case."""
    rows = case.query(
        "SELECT account_id AS name FROM posts UNION SELECT account_id FROM accounts UNION SELECT handle FROM accounts "
        "UNION SELECT display_name FROM accounts UNION SELECT reposted_account_id FROM posts "
        "UNION SELECT reposted_handle FROM posts UNION SELECT replied_account_id FROM posts "
        "UNION SELECT unnest(mentioned_ids) FROM posts UNION SELECT unnest(mentioned_handles) FROM posts"
    )
    return [name for name in rows["name"].to_pylist() if name]


def named(text: str, case: Case) -> list[str]:
    """The names that are in ``text``, as words of their own."""
    searched = folded(text)
    words = set(re.findall(r"\w+", searched))
    return [
        name
        for name in names(case)
        if folded(name) in (words if name.isidentifier() or name.isdigit() else searched)
    ]


def test_no_output_of_any_analysis_names_an_account(case: Case, tmp_path: Path) -> None:
    said = [(output, name) for output, text in everything(case, tmp_path).items() for name in named(text, case)]
    assert said == []


def test_the_search_would_find_them(case: Case, tmp_path: Path) -> None:
    groups = case.finding("coordination.groups")
    assert "all of the co-acting reposts repost one account" in groups.statement
    assert groups.result is not None
    assert groups.result["account_reposted"].to_pylist() == [STAR]
    shown = everything(case, tmp_path, identifiable=True)
    for name in (STAR, ASKED, NAMED_HANDLE):
        assert any(name in named(text, case) for text in shown.values()), name


def test_no_alert_names_an_account(case: Case, tmp_path: Path) -> None:
    """Alerts hide what reports hide, in their sentences and cells too."""
    watched = {"coordination.groups": "members", "targeting.addressed": "handle"}
    rules = Rules(
        only=tuple(watched),
        settings={},
        rules=tuple(
            Rule(name=name, kind="rows", finding=name, keys=(key,), strength="none")
            for name, key in watched.items()
        ),
    )
    for identifiable in (False, True):
        copy = tmp_path / str(identifiable)
        shutil.copytree(case.path, copy)
        done = update(Case.open(copy), rules=replace(rules, identifiable=identifiable))
        assert {alert["finding"]["id"] for alert in done.alerts} == set(watched)
        said = named(json.dumps(done.alerts, ensure_ascii=False), case)
        assert bool(said) == identifiable, said
