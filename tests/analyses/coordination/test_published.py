"""What coordination publishes for other analyses, and what it reads of theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.analyses.coordination import planted_cases

from undertow.analyses import base, coordination
from undertow.analyses.coordination import Parameters, analyse, families
from undertow.analyses.coordination.explain import Choice, explain_pair
from undertow.analyses.derived import derived, keep
from undertow.case import Case
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

MEMBERS = {f"g{member}" for member in range(6)}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    acts = planted_cases.organic(1) + planted_cases.planted(1)
    return planted_cases.make_case(tmp_path_factory.mktemp("published"), acts)


@pytest.fixture(scope="module")
def found(case: Case) -> dict[str, Finding]:
    return {finding.id: finding for finding in analyse(case, Parameters(traces=("repost", "hashtag")))}


def test_the_tables_are_what_the_findings_say(case: Case, found: dict[str, Finding]) -> None:
    settings = {"coordination.traces": "repost,hashtag"}
    edges = derived(case, "coordination.edges", base.Parameters(), settings=settings)
    groups = derived(case, "coordination.groups", base.Parameters(), settings=settings)
    assert {*groups["account_id"].to_pylist()} == MEMBERS
    assert set(zip(groups["group"].to_pylist(), groups["partners"].to_pylist(), strict=True)) == {(1, 5)}
    told = found["coordination.network"].result
    assert told is not None
    shown = ["account_a", "account_b", "trace", "objects", "occasions", "p_value", "pair_q_value"]
    by_pair = [("account_a", "ascending"), ("account_b", "ascending"), ("trace", "ascending")]
    assert edges.select(shown).sort_by(by_pair).equals(told.select(shown).sort_by(by_pair))
    assert set(edges["platform"].to_pylist()) == set(edges["platform_b"].to_pylist()) == {"somewhere"}


def test_what_the_analysis_has_made_is_not_made_again(
    case: Case, found: dict[str, Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordination, "studied", lambda *_: pytest.fail("counted again"))
    settings = {"coordination.traces": "repost,hashtag"}
    for name in coordination.DERIVED:
        assert derived(case, name, base.Parameters(), settings=settings).num_rows
    with pytest.raises(pytest.fail.Exception, match="counted again"):
        derived(case, "coordination.edges", base.Parameters(seed=1), settings=settings)


def test_a_table_unlike_its_statement_is_not_kept(case: Case) -> None:
    with pytest.raises(TypeError, match="states"):
        keep(case, "coordination.edges", Parameters(), pa.table({"platform": ["x"]}))


def test_nothing_called_is_an_empty_table(tmp_path: Path) -> None:
    alone = planted_cases.make_case(tmp_path, planted_cases.planted(1, members=1))
    for name, table in coordination.DERIVED.items():
        assert derived(alone, name, base.Parameters()).equals(table.schema.empty_table())


def wordings(folder: Path) -> Case:
    """Six accounts post variants of a text a day within a minute, among sixty who write what they like."""
    lines = []
    at = np.random.default_rng(3).integers(0, 24 * 60, (13, 60))
    for day in range(1, 13):
        lines += [
            f"g{n},2021-03-{day:02d} {7 * day % 24:02d}:00:{n:02d},day {day} in variant {n}" for n in range(6)
        ]
        minutes = enumerate(at[day].tolist())
        lines += [f"o{n},2021-03-{day:02d} {m // 60:02d}:{m % 60:02d}:05,day {day} as all" for n, m in minutes]
    (folder / "posts.csv").write_text("\n".join(["who,when,what", *lines]) + "\n")
    mapping = {"created_at": "when", "account_id": "who", "text": "what"}
    return Case.add_to(folder / "case", folder / "posts.csv", options=ReadOptions(mapping=mapping))[0]


def test_texts_go_by_families_where_they_are_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = wordings(tmp_path)
    choice = Choice(traces=("text",))
    parameters = Parameters(traces=("text",))
    monkeypatch.setattr(families, "is_published", lambda name: False)
    exact = {finding.id: finding for finding in analyse(case, parameters)}
    assert exact["coordination.network"].estimate.value == 0
    assert "of equal texts" in exact["coordination.trace_text"].method
    assert explain_pair(case, "g0", "g1", choice).n_meetings == 0
    posts = case.query("SELECT platform, post_id, account_id, created_at FROM posts ORDER BY post_id")
    days = [moment.day for moment in posts["created_at"].to_pylist()]
    members = posts.drop_columns("created_at").append_column("family", pa.array(days, pa.int64()))
    monkeypatch.setattr(families, "is_published", lambda name: name == "text_families.members")
    monkeypatch.setattr(families, "derived", lambda case, name, parameters: members)
    by_family = {finding.id: finding for finding in analyse(case, parameters)}
    edges = by_family["coordination.network"].result
    assert edges is not None
    assert {*edges["account_a"].to_pylist(), *edges["account_b"].to_pylist()} == MEMBERS
    assert "nearly the same text" in by_family["coordination.trace_text"].statement
    assert explain_pair(case, "g0", "g1", choice).n_meetings == 12
