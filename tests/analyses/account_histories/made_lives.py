"""Small accounts with known lives, as the tables that an engine reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from undertow.analyses.account_histories.changes import Rule
from undertow.analyses.account_histories.study import Study, study
from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.schema import TABLES

DAY = 86_400_000_000
TEXTS = {
    "en": "a quiet evening by the river with the old friends again",
    "ru": "сегодня утром поезд опять опоздал на полчаса",
    "es": "el mercado abre muy temprano los domingos por la mañana",
}


@dataclass(frozen=True)
class Habit:
    """How an account posts: one post on each active day, about every ``every`` days."""

    language: str | None = "en"
    client: str | None = "Phone"
    hour: float = 18.0
    topics: str = "a"
    partners: str = "p"
    every: float = 3.0
    text: str | None = None


@dataclass(frozen=True)
class Stretch:
    """A habit for ``posts`` posts from a day on."""

    habit: Habit
    first: float
    posts: int


Accounts = Mapping[str, Sequence[Stretch]]


def rows(accounts: Accounts, seed: int = 0) -> list[dict[str, object]]:
    """The posts of these accounts."""
    made: list[dict[str, object]] = []
    for number, (name, stretches) in enumerate(accounts.items()):
        rng = np.random.default_rng([seed, number])
        for stretch in stretches:
            habit, day = stretch.habit, stretch.first
            for _ in range(stretch.posts):
                hour = (habit.hour + rng.normal(0, 2)) % 24
                made.append(
                    {
                        "platform": "synthetic",
                        "post_id": f"{len(made):06d}",
                        "account_id": name,
                        "created_at": int((int(day) * 24 + hour) * 3_600_000_000),
                        "time_precision": "s",
                        "kind": "original",
                        "text": habit.text or TEXTS[habit.language or "en"],
                        "language": habit.language,
                        "client": habit.client,
                        "hashtags": [f"{habit.topics}{rng.integers(4)}"],
                        "mentioned_handles": [f"{habit.partners}{rng.integers(5)}"],
                        "id_quality": "exact",
                        "source_id": "s",
                        "source_row": len(made) + 1,
                    }
                )
                day += max(1.0, rng.exponential(habit.every))
    return made


def parts(folder: Path, **tables: Sequence[Mapping[str, object]]) -> dict[str, list[Path]]:
    """Rows of tables as files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, listed in tables.items():
        schema = pa.schema([part.with_nullable(True) for part in TABLES[name].arrow])
        files[name] = [folder / f"{name}.parquet"]
        pq.write_table(pa.Table.from_pylist(list(listed), schema), files[name][0])
    return files


def studied(
    folder: Path, accounts: Accounts, rule: Rule | None = None, **tables: Sequence[Mapping[str, object]]
) -> Study:
    """The study of these accounts."""
    with DuckDBEngine(parts(folder, posts=rows(accounts), **tables)) as engine:
        return study(engine, rule or Rule())


def called(result: Study) -> set[str]:
    """The names of the called accounts."""
    return {str(result.found.account_id[int(account)].as_py()) for account in result.accounts}


ONE = Habit()
OTHER = Habit(language="ru", client="Desk", hour=6.0, topics="b", partners="q")


def twice(first: Habit, second: Habit, *, pause: float = 200, posts: int = 40) -> tuple[Stretch, Stretch]:
    """Two stretches of ``posts`` posts with a pause between (about)."""
    length = posts * max(first.every, 1.6) * 1.3
    return Stretch(first, 0, posts), Stretch(second, length + pause, posts)


def crowd(number: int = 25) -> dict[str, tuple[Stretch, ...]]:
    """Ordinary accounts, so that a study has others to compare with."""
    return {f"other{place:02d}": (Stretch(replace(ONE, hour=float(place % 24)), 0, 90),) for place in range(number)}
