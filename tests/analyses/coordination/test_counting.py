"""Counting against an obvious oracle, the kernel against NumPy, both against the SQL."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.coordination import counting
from undertow.analyses.coordination.actions import Actions, encode
from undertow.analyses.coordination.count_in_sql import count_in_sql
from undertow.analyses.coordination.counting import CoActions, count_co_actions, pair_counts
from undertow.engines.duckdb_engine import DuckDBEngine
from undertow.errors import EngineError, UndertowError
from undertow.schema import POSTS

Row = tuple[int, int, int]  # account, object, time
rows_of_actions = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(-30, 30)), min_size=0, max_size=60
)


def actions_of(rows: list[Row]) -> Actions:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Actions.of(columns[0], columns[1], columns[2])


def oracle(rows: list[Row], window: int, min_objects: int = 1) -> list[tuple[int, ...]]:
    """Every pair of rows looked at, nothing clever."""
    found: dict[tuple[int, int], list[tuple[int, int, int, int, int]]] = defaultdict(list)
    for (i, one), (j, other) in combinations(enumerate(rows), 2):
        if one[1] == other[1] and one[0] != other[0] and abs(one[2] - other[2]) <= window:
            (x, left), (y, right) = sorted([(i, one), (j, other)], key=lambda item: item[1][0])
            found[left[0], right[0]].append((left[1], x, y, min(one[2], other[2]), max(one[2], other[2])))
    edges = []
    for (a, b), pairs in sorted(found.items()):
        objects, left_rows, right_rows = ({pair[k] for pair in pairs} for k in range(3))
        if len(objects) >= min_objects:
            first, last = min(pair[3] for pair in pairs), max(pair[4] for pair in pairs)
            edges.append((a, b, len(objects), len(pairs), first, last, len(left_rows), len(right_rows)))
    return edges


def listed(edges: CoActions) -> list[tuple[int, ...]]:
    columns = (
        edges.left,
        edges.right,
        edges.n_objects,
        edges.n_pairs,
        edges.first,
        edges.last,
        edges.left_actions,
        edges.right_actions,
    )
    return [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]


def posts_of(rows: list[Row], file: Path) -> dict[str, list[Path]]:
    """The rows as reposts, a post each."""
    columns = {
        "platform": ["twitter"] * len(rows),
        "post_id": [f"p{number}" for number in range(len(rows))],
        "account_id": [f"{account:02d}" for account, _, _ in rows],
        "created_at": [time for _, _, time in rows],
        "time_precision": ["ms"] * len(rows),
        "kind": ["repost"] * len(rows),
        "reposted_post_id": [f"x{thing}" for _, thing, _ in rows],
    }
    table = pa.table({name: pa.array(values, POSTS.column(name).type) for name, values in columns.items()})
    for name in POSTS.names:
        if name not in columns:
            table = table.append_column(name, pa.nulls(len(rows), POSTS.column(name).type))
    pq.write_table(table.select(POSTS.names), file)
    return {"posts": [file]}


def by_sql(rows: list[Row], window: int, min_objects: int = 1) -> tuple[list[tuple[int, ...]], int]:
    with (
        tempfile.TemporaryDirectory() as folder,
        DuckDBEngine(posts_of(rows, Path(folder) / "posts.parquet")) as engine,
    ):
        edges, looked_at = count_in_sql(engine, "repost", window, min_objects=min_objects)
    listed = [
        (int(row["account_a"][-2:]), int(row["account_b"][-2:]), *list(row.values())[2:])
        for row in edges.to_pylist()
    ]
    return sorted(listed), looked_at


def test_sql_refuses_what_it_cannot_fold() -> None:
    with DuckDBEngine({}) as engine, pytest.raises(EngineError, match="folded in Python") as caught:
        count_in_sql(engine, "link", 60)
    assert "repost" in str(caught.value.todo)


@pytest.fixture(params=["numpy", "compiled"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of counting, whatever the size; the compiled one in batches of a few pairs."""
    if request.param == "compiled":
        monkeypatch.setattr(counting, "_SMALL", -1)
        monkeypatch.setattr(counting, "_BATCH", 7)
    return str(request.param)


@given(rows=rows_of_actions, windows=st.lists(st.integers(0, 40), min_size=1, max_size=3), least=st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_numpy_counts_like_the_oracle(rows: list[Row], windows: list[int], least: int) -> None:
    found = count_co_actions(actions_of(rows), windows, min_objects=least)
    assert [listed(edges) for edges in found] == [oracle(rows, window, least) for window in windows]


@given(rows=rows_of_actions, windows=st.lists(st.integers(0, 40), min_size=1, max_size=3), least=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_kernel_counts_like_the_oracle(rows: list[Row], windows: list[int], least: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_SMALL", -1)
        patch.setattr(counting, "_BATCH", 7)
        found = count_co_actions(actions_of(rows), windows, min_objects=least)
    assert [listed(edges) for edges in found] == [oracle(rows, window, least) for window in windows]


@given(rows=rows_of_actions, window=st.integers(0, 40), least=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_sql_counts_like_the_oracle(rows: list[Row], window: int, least: int) -> None:
    assert by_sql(rows, window, least)[0] == oracle(rows, window, least)


@given(
    rows=rows_of_actions, window=st.integers(0, 40), shift=st.integers(-(10**15), 10**15), seed=st.integers(0, 99)
)
@settings(max_examples=30, deadline=None)
def test_order_of_rows_and_a_shift_in_time_change_nothing(
    rows: list[Row], window: int, shift: int, seed: int
) -> None:
    shuffled = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    moved = [(account, thing, time + shift) for account, thing, time in shuffled]
    expected = [(*edge[:4], edge[4] + shift, edge[5] + shift, *edge[6:]) for edge in oracle(rows, window)]
    assert listed(count_co_actions(actions_of(moved), [window])[0]) == expected


def heavy() -> list[Row]:
    """One object with half of all actions, ties, repeats, gaps, negative times."""
    rng = np.random.default_rng(5)
    things = np.where(rng.random(600) < 0.5, 0, rng.integers(1, 40, 600))
    times = rng.integers(-5_000, 5_000, 600) // 7 * 7
    return list(zip(rng.integers(0, 25, 600).tolist(), things.tolist(), times.tolist(), strict=True))


@pytest.mark.parametrize("window", [0, 7, 60, 1_000, 20_000])
def test_all_three_agree_on_adversarial_data(path: str, window: int) -> None:
    rows = heavy()
    expected = oracle(rows, window)
    assert expected
    assert listed(count_co_actions(actions_of(rows), [window])[0]) == expected
    assert by_sql(rows, window)[0] == expected


def test_pairs_to_look_at_is_said_beforehand() -> None:
    rows = heavy()
    exact = sum(one[1] == other[1] and abs(one[2] - other[2]) <= 60 for one, other in combinations(rows, 2))
    assert int(pair_counts(actions_of(rows), 60).sum()) == exact
    # the SQL looks at whole buckets: more, but at most those within two windows
    twice = by_sql(rows, 60)[1]
    wider = sum(one[1] == other[1] and abs(one[2] - other[2]) < 120 for one, other in combinations(rows, 2))
    assert exact <= twice / 2 <= wider


def test_too_many_pairs_are_refused_not_cut() -> None:
    with pytest.raises(UndertowError, match="more than the 10 allowed"):
        count_co_actions(actions_of(heavy()), [60], max_pairs=10)


def test_object_pairs_counts_pairs_of_accounts_once(path: str) -> None:
    rows = heavy()
    actions = actions_of(rows)
    counted = np.zeros((1, actions.n_objects), np.int64)
    list(counting.co_action_batches(actions, [60], object_pairs=counted))
    expected = np.zeros(actions.n_objects, np.int64)
    for thing in range(actions.n_objects):
        expected[thing] = len(oracle([row for row in rows if row[1] == thing], 60))
    assert counted[0].tolist() == expected.tolist()


def test_windows_far_beyond_the_span_and_huge_times(path: str) -> None:
    rows = [(0, 0, -(2**61)), (1, 0, 2**61), (2, 1, 0), (3, 1, 1)]
    assert listed(count_co_actions(actions_of(rows), [2**62])[0]) == oracle(rows, 2**62)
    assert listed(count_co_actions(actions_of(rows), [1])[0]) == oracle(rows, 1)


def test_symmetry_is_the_smaller_over_the_larger_side() -> None:
    edges = count_co_actions(actions_of([(0, 0, 0), (1, 0, 1), (1, 0, 2), (1, 0, 3)]), [5])[0]
    assert edges.symmetry.tolist() == pytest.approx([1 / 3])


def test_encode_numbers_in_order_of_appearance_and_refuses_nulls() -> None:
    actions, names = encode(
        pa.chunked_array([["b", "a"], ["b"]]),
        pa.chunked_array([["x", "x"], ["y"]]),
        pa.chunked_array([pa.array([3, 1]), pa.array([2])]),
    )
    assert names.accounts.to_pylist() == ["b", "a"]
    assert (actions.account.tolist(), actions.object.tolist(), actions.time.tolist()) == (
        [1, 0, 0],
        [0, 0, 1],
        [1, 3, 2],
    )
    with pytest.raises(ValueError, match="1 nulls"):
        encode(pa.chunked_array([["b", None]]), pa.chunked_array([["x", "y"]]), pa.chunked_array([[1, 2]]))


@pytest.mark.parametrize("bad", [{"n_accounts": 1}, {"n_objects": 0}])
def test_numbers_beyond_what_is_stated_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="above the largest"):
        Actions.of(np.array([0, 1]), np.array([0, 0]), np.array([0, 0]), **bad)
