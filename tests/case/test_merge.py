"""Overlapping files: what a case holds does not depend on the order in which they were added."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import account, detect_rows, post, write

from undertow.case import Case
from undertow.merge import ALIKE
from undertow.schema import COUNTER_NAMES, POST_CONTENT, TABLES
from undertow.verify import verify


@pytest.fixture(autouse=True)
def _test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.sources.detect.detect", detect_rows)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


posts = st.builds(
    lambda number, observed, text, likes, tags: post(
        f"p{number}", observed_at=observed, text=text, likes=likes, hashtags=tags
    ),
    st.integers(0, 3),
    st.sampled_from([None, 0, 60, 86_400 * 2]),
    st.sampled_from([None, "one", "two", "1:-"]),
    st.sampled_from([None, 0, 7]),
    st.sampled_from([None, [], ["a", None], ["a"], [""]]),
)
accounts = st.builds(
    lambda number, observed, name: account(f"a{number}", observed_at=observed, display_name=name),
    st.integers(0, 2),
    st.sampled_from([None, 0, 60, 86_400, 86_400 * 3]),
    st.sampled_from([None, "", "x", "y"]),
)
files = st.lists(st.lists(st.one_of(posts, accounts), min_size=1, max_size=7), min_size=1, max_size=4)


def contents(case: Case) -> dict[str, list[Any]]:
    """All tables, row by row, in an order of their own."""
    return {name: sorted(map(repr, case.table(name).to_arrow().to_pylist())) for name in TABLES}


def add_all(folder: Path, named: Sequence[tuple[str, Any]], *, together: bool = False) -> tuple[Case, list[Any]]:
    case = Case.create(folder)
    inputs: list[Any] = []
    paths = [write(folder.parent / name, rows) for name, rows in named]
    for batch in [paths] if together else [[path] for path in paths]:
        case, added = case.add(*batch)
        inputs.extend(added)
    return case, inputs


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=files, order=st.randoms(use_true_random=False), together=st.booleans(), alike=st.sampled_from([2, 16]))
def test_order_of_adding_does_not_matter(rows: list[Any], order: Any, together: bool, alike: int) -> None:
    with tempfile.TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        patch.setattr("undertow.merge.ALIKE", alike)
        root = Path(temporary)
        named = [(f"f{number}.rows", file) for number, file in enumerate(rows)]
        shuffled = list(named)
        order.shuffle(shuffled)
        (root / "1").mkdir()
        (root / "2").mkdir()
        first, inputs = add_all(root / "1" / "case", named)
        second, _ = add_all(root / "2" / "case", shuffled, together=together)
        assert contents(first) == contents(second)
        for entry in inputs:
            if not entry.known:
                assert entry.read == entry.kept + entry.duplicate + entry.quarantined
        for case in (first, second):
            assert not verify(case).problems
        expected = oracle(rows)
        found = contents_by_rule(first)
        assert found == expected


def oracle(rows: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The design's rule, one row at a time: which contents and observations each post has."""
    content_names = [c.name for c in POST_CONTENT]
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in rows:
        for row in file:
            if row["table"] == "posts":
                content = repr([row.get(name) for name in content_names])
                seen[row["post_id"]][content].add(repr([row.get("observed_at"), *map(row.get, COUNTER_NAMES)]))
    return {
        key: (len(by_content), sum(len(observations) for observations in by_content.values()))
        for key, by_content in seen.items()
    }


def contents_by_rule(case: Case) -> dict[str, Any]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, distinct in (("posts", 1), ("post_versions", 1), ("engagements", 0)):
        for key in case.table(name).to_arrow(["post_id"])["post_id"].to_pylist():
            counts[key][0] += distinct
            counts[key][1] += 1
    return {key: (contents, rows) for key, (contents, rows) in counts.items()}


def test_canonical_is_the_earliest_observed(folder: Path) -> None:
    late = ("late.rows", [post("p", observed_at=100, text="edited"), post("q", text="only")])
    early = ("early.rows", [post("p", observed_at=10, text="first", likes=1)])
    again = ("again.rows", [post("p", observed_at=50, text="first", likes=9)])
    case, inputs = add_all(folder / "case", [late, early, again])
    texts = case.posts.to_arrow(["post_id", "text"], where="post_id = 'p'")["text"].to_pylist()
    assert texts == ["first"]
    assert case.table("post_versions").to_arrow(["text"])["text"].to_pylist() == ["edited"]
    assert case.table("engagements").to_arrow(["likes"])["likes"].to_pylist() == [9]
    assert [entry.kept for entry in inputs] == [2, 1, 1]


def test_a_part_without_overlap_is_adopted_not_rewritten(folder: Path) -> None:
    case, _ = add_all(folder / "case", [("a.rows", [post("1")]), ("b.rows", [post("2")])])
    line = case.ledger.lines[-1]
    assert len(case.parts("posts")) == 2
    assert line.removed == ()


def test_many_small_files_make_few_parts_and_every_row_names_its_file(folder: Path) -> None:
    named = [(f"{n}.rows", [post(f"{n}-{k}") for k in range(1 + n % 3)]) for n in range(2 * ALIKE + 3)]
    case, inputs = add_all(folder / "case", named)
    assert len(case.parts("posts")) == 2 + 3, "two joined, and three that wait for others"
    rows = case.posts.to_arrow(["post_id", "source_id", "source_row"]).to_pylist()
    expected = [
        {"post_id": row["post_id"], "source_id": entry.sha256[:16], "source_row": number}
        for entry, (_, posts) in zip(inputs, named, strict=True)
        for number, row in enumerate(posts, start=1)
    ]
    assert rows == expected, "in the order in which they were added"
    joining = [line for line in case.ledger.lines if line.removed]
    assert [len(line.removed) for line in joining] == [ALIKE - 1] * 2
    for line in joining:  # what a line takes away and what it brings are the same rows but for its own file's
        own = sum(entry["kept"] for entry in line.inputs)
        assert sum(part.rows for part in line.added) - sum(part.rows for part in line.removed) == own
        for part in line.removed:
            assert (case.path / "tables" / part.table / part.file).exists(), (
                "for readers that opened the case before"
            )
    assert verify(case).ok


def test_a_table_that_is_not_touched_keeps_its_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, _ = add_all(folder / "case", [(f"{n}.rows", [post(f"{n}")]) for n in range(3)])
    parts = case.parts("posts")
    monkeypatch.setattr("undertow.merge.ALIKE", 2)
    case, _ = case.add(write(folder / "accounts.rows", [account("a")]))
    assert case.parts("posts") == parts, "what reads posts alone has nothing new to read"


def test_large_parts_are_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.merge.ALIKE", 2)
    monkeypatch.setattr("undertow.merge.SMALL_ROWS", 3)
    case, _ = add_all(folder / "case", [(f"{n}.rows", [post(f"{n}-{k}") for k in range(3)]) for n in range(3)])
    assert len(case.parts("posts")) == 3


def test_the_same_file_twice_changes_nothing(folder: Path) -> None:
    case, _ = add_all(folder / "case", [("a.rows", [post("1"), account("a")])])
    again, inputs = case.add(folder / "a.rows")
    assert again.head == case.head
    assert [entry.known for entry in inputs] == [True]


def test_a_profile_that_changes_back_is_three_states(folder: Path) -> None:
    day = 86_400
    names = [account("a", observed_at=number * day, display_name=name) for number, name in enumerate("xyx")]
    case, _ = add_all(folder / "case", [("a.rows", names)])
    table = case.accounts.to_arrow(["observed_at", "display_name"]).sort_by("observed_at")
    assert isinstance(table, pa.Table)
    assert table["display_name"].to_pylist() == ["x", "y", "x"]


def test_two_small_files_with_posts_and_accounts_go_into_a_new_case(folder: Path) -> None:
    """Joining the small files leaves the connection free for the tables that come after the posts."""
    files = [
        write(folder / f"{number}.jsonl", [post(f"p{number}"), account(f"a{number}", display_name="x")])
        for number in range(2)
    ]
    case, _ = Case.create(folder / "case").add(*files)
    assert case.posts.count() == 2
    assert case.accounts.count() == 2
