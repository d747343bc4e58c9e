"""The parts between the core and the findings: plans, windows combined, traces combined, co-actions one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.coordination.actions import Actions
from undertow.analyses.coordination.chance import PairTests
from undertow.analyses.coordination.combine import account_indicator, combined
from undertow.analyses.coordination.events import co_actions
from undertow.analyses.coordination.network_layout import placed
from undertow.analyses.coordination.over_time import _inside, _jaccard
from undertow.analyses.coordination.plan import planned, raised
from undertow.analyses.coordination.study import across_windows
from undertow.analyses.coordination.traces import TRACES
from undertow.errors import UsageError
from undertow.statistics.multiple_testing import benjamini_hochberg


def pair_tests(pairs: list[tuple[int, int]], p: list[float], occasions: list[int], n_tested: int) -> PairTests:
    left, right = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    count, p_value = np.array(occasions, dtype=np.int64), np.array(p)
    q_value = benjamini_hochberg(p_value, tests=n_tested)
    expected = np.full(len(p), 0.1)
    return PairTests(left, right, count + 2, count, count, expected, p_value, p_value / 2, q_value)


def test_every_timed_trace_has_a_window() -> None:
    assert [item.trace.name for item in planned([], [])] == list(TRACES)
    assert all(item.windows_s for item in planned([], []) if item.trace.timed)


@pytest.mark.parametrize(
    ("traces", "windows", "said"),
    [
        (["reposts"], [], "did you mean 'repost'"),
        ([], ["lnk=10"], "did you mean 'link'"),
        ([], ["soon"], "is not a window"),
        ([], ["-1"], "is not a window"),
        ([], ["3000000"], "at most 30 days"),
        ([], ["nan"], "is not a window"),
    ],
)
def test_what_cannot_be_planned_is_refused(traces: list[str], windows: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        planned(traces, windows)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=5), st.sampled_from([0.001, 1.0, 60.0]))
def test_no_window_is_below_the_precision(windows: list[float], precision: float) -> None:
    found = raised(windows, precision)
    assert all(window >= precision or precision < 1 for window in found)
    assert all(window in found for window in windows if window >= precision)


def test_pairs_of_one_occasion_are_never_combined() -> None:
    """One viral object, however improbable the meeting: no pair."""
    one = pair_tests([(0, 1), (2, 3)], [1e-12, 1e-6], [1, 2], 10)
    together = across_windows([one], 10)
    assert (together.left.tolist(), together.right.tolist()) == ([2], [3])


def test_two_windows_cost_a_factor_of_two() -> None:
    narrow = pair_tests([(0, 1), (0, 2)], [1e-6, 0.5], [3, 2], 10)
    wide = pair_tests([(0, 1), (1, 2)], [1e-3, 1e-4], [5, 4], 10)
    together = across_windows([narrow, wide], 10)
    assert together.p_value.tolist() == pytest.approx([2e-6, 1.0, 2e-4])
    assert together.n_occasions.tolist() == [3, 2, 4]
    assert across_windows([narrow], 10).q_value.tolist() == narrow.q_value.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(4, 7), st.floats(1e-9, 1)), max_size=12), st.integers(1, 4)
)
def test_the_traces_combined(rows: list[tuple[int, int, float]], copies: int) -> None:
    """q is the number of traces times the smallest q, and as no two accounts here have a common partner, at least Benjamini
    and Hochberg's among the called pairs; the order of the traces does not matter; a pair is there once."""
    pairs = sorted({(a, b): p for a, b, p in rows}.items())
    one = pair_tests([pair for pair, _ in pairs], [p for _, p in pairs], [2] * len(pairs), 50)
    other = pair_tests([(0, 9)], [1e-5], [3], 7)
    found = combined([one] * copies + [other], [50] * copies + [7], 10, 0.01)
    turned = combined([other] + [one] * copies, [7] + [50] * copies, 10, 0.01)
    assert len(found.pairs.left) == len(pairs) + 1
    assert found.pairs.q_value.tolist() == turned.pairs.q_value.tolist()
    assert (found.p_value, found.false) == pytest.approx((turned.p_value, turned.false))
    traces = copies + 1
    least = {pair: min(1.0, traces * q) for (pair, _), q in zip(pairs, one.q_value, strict=True)} | {
        (0, 9): min(1.0, traces * 7e-5)
    }
    false = {pair: traces * 50 * p for pair, p in pairs} | {(0, 9): traces * 7e-5}
    called = [key for key in least if least[key] <= 0.01]
    keys = zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True)
    for key, q in zip(keys, found.pairs.q_value.tolist(), strict=True):
        rates = [
            false[other] / sum(false[each] <= false[other] for each in called)
            for other in called
            if false[other] >= false[key]
        ]
        assert q == pytest.approx(max(least[key], min(1.0, *rates)) if key in called else least[key])


def test_occasions_of_several_traces_are_never_added() -> None:
    """The same posts may stand behind each trace; and a pair that met once gives its accounts nothing."""
    one = pair_tests([(0, 1), (0, 2)], [1e-8, 0.2], [3, 2], 100)
    other = pair_tests([(0, 1), (1, 2)], [1e-3, 1e-6], [4, 1], 50)
    found = combined([one, other], [100, 50], 4, 0.01).pairs
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert found.p_value == pytest.approx([2e-8, 0.4, 2e-6])
    assert found.q_value == pytest.approx([2e-6, 1.0, 1e-4])
    assert found.occasions.tolist() == [4, 2, 1]
    assert found.n_traces.tolist() == [2, 0, 1]
    indicator = account_indicator(found, 4)
    assert indicator.partners.tolist() == [1, 1, 0, 0]
    assert indicator.q_value[2] == 1.0
    assert indicator.score[3] == 0.0


def test_a_trace_without_tests_does_not_make_certainty() -> None:
    empty = pair_tests([], [], [], 1)
    assert combined([empty], [0], 5, 0.01).p_value == 1.0


actions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 30)), max_size=40)


@given(actions, st.integers(0, 12), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_co_actions_are_all_of_them(
    rows: list[tuple[int, int, int]], window: int, asked: set[tuple[int, int]]
) -> None:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    given_ = Actions.of(table[:, 0], table[:, 1], table[:, 2], n_accounts=6, n_objects=4)
    keys = np.array(sorted(a * 6 + b for a, b in asked if a < b), dtype=np.int64)
    found = co_actions(given_, window, keys)
    slow = set()
    for post, (account, object_, time) in enumerate(rows):
        for post2, (account2, object2, time2) in enumerate(rows):
            key = account * 6 + account2
            if account < account2 and object_ == object2 and abs(time - time2) <= window and key in keys:
                slow.add((int(np.searchsorted(keys, key)), object_, post, post2, time, time2))
    columns = (found.pair, found.object, found.left_post, found.right_post, found.left_time, found.right_time)
    listed = list(zip(*(column.tolist() for column in columns), strict=True))
    assert set(listed) == slow
    assert len(listed) == len(slow)
    assert found.pair.tolist() == sorted(found.pair.tolist())


@given(st.integers(2, 30), st.integers(0, 3))
def test_the_layout_is_fixed_and_within_the_square(n: int, seed: int) -> None:
    generator = np.random.default_rng(n)
    ends = generator.integers(0, n, (2 * n, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    place = placed(n, ends[:, 0], ends[:, 1], seed=seed)
    assert place.shape == (n, 2)
    assert np.isfinite(place).all()
    assert place.min() >= 0
    assert place.max() <= 1
    assert (place == placed(n, ends[:, 0], ends[:, 1], seed=seed)).all()


@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 9), min_size=1))
def test_overlaps(one: set[int], other: set[int]) -> None:
    a, b = frozenset(one), frozenset(other)
    assert _jaccard(a, b) == len(one & other) / len(one | other)
    assert _inside(a, b) == len(one & other) / len(one)
