"""Derived tables: made once, made again when anything they depend on changes, never believed when changed by hand."""

from __future__ import annotations

import datetime as dt
import types
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import undertow.analyses
from undertow.analyses import base
from undertow.analyses.derived import TABLE_FILE, Derived, derived
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.sources.base import ReadOptions

SCHEMA = pa.schema([("account_id", pa.string()), ("posts", pa.int64())])
MAPPING = ReadOptions(mapping={"created_at": "when", "account_id": "who", "text": "what"})


class Counting:
    """An analysis that counts how often its table is made."""

    def __init__(self) -> None:
        self.made = 0
        self.module = types.ModuleType("counting")
        self.module.Parameters = base.Parameters  # type: ignore[attr-defined]
        self.module.READS = Reads(tables=frozenset({"posts"}))  # type: ignore[attr-defined]
        self.module.DERIVED = {"counting.posts": Derived("posts an account", SCHEMA, self.make)}  # type: ignore[attr-defined]

    def make(self, case: Case, parameters: base.Parameters) -> pa.Table:
        self.made += 1
        sql = f"SELECT account_id, count(*) AS posts FROM ({parameters.scope.posts()}) GROUP BY 1 ORDER BY 1"
        return case.query(sql).cast(SCHEMA)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(undertow.analyses.derived, "ANALYSES", {"counting": "counting"})
    monkeypatch.setattr(undertow.analyses.derived, "load", lambda _: made.module)
    monkeypatch.setattr(undertow.analyses, "load", lambda _: made.module)
    return made


@pytest.fixture
def case(tmp_path: Path) -> Case:
    rows = [f"2020-01-0{1 + n % 5} 10:00:00,a{n % 3},text {n}" for n in range(30)]
    (tmp_path / "posts.csv").write_text("\n".join(["when,who,what", *rows]) + "\n")
    return Case.add_to(tmp_path / "case", tmp_path / "posts.csv", options=MAPPING)[0]


def test_it_is_made_once(case: Case, counting: Counting) -> None:
    first = derived(case, "counting.posts", base.Parameters())
    again = derived(Case.open(case.path), "counting.posts", base.Parameters(engine="spark"))
    assert first.equals(again)
    assert first["posts"].to_pylist() == [10, 10, 10]
    assert counting.made == 1
    assert [path.name for path in (case.path / "derived" / "counting.posts").iterdir()] != []


def test_another_scope_seed_or_state_of_the_case_is_another_table(case: Case, counting: Counting) -> None:
    derived(case, "counting.posts", base.Parameters())
    part = derived(case, "counting.posts", base.Parameters(scope=base.Scope(until=dt.date(2020, 1, 2))))
    assert sum(part["posts"].to_pylist()) == 6
    derived(case, "counting.posts", base.Parameters(seed=1))
    more = case.path.parent / "more.csv"
    more.write_text("when,who,what\n2020-02-01 10:00:00,a9,new\n")
    grown, _ = case.add(more, options=MAPPING)
    assert derived(grown, "counting.posts", base.Parameters()).num_rows == 4
    assert counting.made == 4


def test_what_was_changed_by_hand_is_made_again(case: Case, counting: Counting) -> None:
    first = derived(case, "counting.posts", base.Parameters())
    file = next((case.path / "derived").glob(f"*/*/{TABLE_FILE}"))
    pq.write_table(first.slice(0, 1), file)
    assert derived(case, "counting.posts", base.Parameters()).equals(first)
    file.write_bytes(b"torn")
    assert derived(case, "counting.posts", base.Parameters()).equals(first)
    file.unlink()
    assert derived(case, "counting.posts", base.Parameters()).equals(first)
    assert counting.made == 4


def test_a_name_that_nobody_publishes_is_a_mistake_of_the_program(case: Case, counting: Counting) -> None:
    with pytest.raises(KeyError, match=r"counting\.post"):
        derived(case, "counting.post", base.Parameters())
    assert counting.made == 0


def test_another_control_is_another_table(case: Case, counting: Counting, tmp_path: Path) -> None:
    """A control is passed on, and what is in it counts, not where it lies."""
    counting.module.Parameters = base.Controlled  # type: ignore[attr-defined]
    (tmp_path / "other.csv").write_text("when,who,what\n2020-01-01 10:00:00,b1,other\n")
    control = Case.add_to(tmp_path / "control", tmp_path / "other.csv", options=MAPPING)[0]
    derived(case, "counting.posts", base.Parameters())
    derived(case, "counting.posts", base.Controlled(control=str(control.path)))
    assert counting.made == 2
    moved = control.path.rename(tmp_path / "moved")
    derived(case, "counting.posts", base.Controlled(control=str(moved)))
    assert counting.made == 2
    (tmp_path / "more.csv").write_text("when,who,what\n2020-01-01 11:00:00,b2,other\n")
    Case.open(moved).add(tmp_path / "more.csv", options=MAPPING)
    derived(case, "counting.posts", base.Controlled(control=str(moved)))
    assert counting.made == 3
