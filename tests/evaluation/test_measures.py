"""Measures against slow definitions, and the shortcuts against the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.evaluation.measures import Ranked, cluster_weights, collapsed, measured


def plain(
    score: np.ndarray, true: np.ndarray, called: np.ndarray, rest: tuple[float, float] = (0.0, 0.0)
) -> Ranked:
    return Ranked(score, true, called, *rest, np.ones((1, len(score))), np.array([rest]))


def slow_auc(score: np.ndarray, true: np.ndarray) -> float:
    """The chance that a true thing outranks a false one, ties a half."""
    wins = [(a > b) + 0.5 * (a == b) for a in score[true] for b in score[~true]]
    return float(np.mean(wins))


def slow_average_precision(score: np.ndarray, true: np.ndarray) -> float:
    total = 0.0
    for one in score[true]:
        total += true[score >= one].sum() / (score >= one).sum()
    return float(total / true.sum())


things = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({row[1] for row in rows}) == 2
)


@given(things)
def test_measures_are_their_definitions(rows: list[tuple[int, bool, bool]]) -> None:
    score = np.array([row[0] for row in rows], dtype=float)
    true, called = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    found = measured(plain(score, true, called))
    assert found.auc.value == pytest.approx(slow_auc(score, true))
    assert found.average_precision.value == pytest.approx(slow_average_precision(score, true))
    assert found.recall.value == pytest.approx((true & called).sum() / true.sum())
    if called.any():
        assert found.precision.value == pytest.approx((true & called).sum() / called.sum())
    else:
        assert found.precision.value is None
    assert (found.n, found.n_true, found.n_called) == (len(rows), true.sum(), called.sum())


@given(things, st.integers(0, 4), st.integers(0, 9))
def test_things_without_a_score_rank_last(
    rows: list[tuple[int, bool, bool]], more_true: int, more_false: int
) -> None:
    score = np.array([row[0] for row in rows], dtype=float)
    true, called = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    short = measured(plain(score, true, called, (float(more_true), float(more_false))))
    whole = measured(
        plain(
            np.append(score, np.full(more_true + more_false, -1.0)),
            np.append(true, np.arange(more_true + more_false) < more_true),
            np.append(called, np.zeros(more_true + more_false, bool)),
        )
    )
    assert short.auc.value == pytest.approx(whole.auc.value)
    assert short.average_precision.value == pytest.approx(whole.average_precision.value)
    assert short.recall.value == pytest.approx(whole.recall.value)
    assert short.n == whole.n


@given(things)
def test_collapsing_the_false_changes_nothing(rows: list[tuple[int, bool, bool]]) -> None:
    score = np.array([row[0] for row in rows], dtype=float)
    true, called = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    kept = true | called
    scores, counts = collapsed(score, kept)
    none = np.zeros(len(scores), bool)
    short = Ranked(
        np.append(score[kept], scores),
        np.append(true[kept], none),
        np.append(called[kept], none),
        0.0,
        0.0,
        np.append(np.ones(kept.sum()), counts)[None, :],
        np.zeros((1, 2)),
    )
    one, other = measured(short), measured(plain(score, true, called))
    assert one.auc.value == pytest.approx(other.auc.value)
    assert one.average_precision.value == pytest.approx(other.average_precision.value)
    assert one.n == other.n


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_intervals_cover_the_value_of_a_large_sample(seed: int) -> None:
    generator = np.random.default_rng(seed)
    true = generator.random(300) < 0.3
    score = true + generator.normal(0, 1, 300)
    weights = cluster_weights(np.arange(300), seed=seed)
    found = measured(Ranked(score, true, score > 0.8, 0.0, 0.0, weights, np.zeros((len(weights), 2))))
    assert found.auc.low is not None
    assert found.auc.high is not None
    assert found.auc.low < float(found.auc.value or 0) < found.auc.high
    assert 0.02 < found.auc.high - found.auc.low < 0.25
    # the area between two normal distributions one standard deviation apart is .76
    assert found.auc.low - 0.05 < 0.76 < found.auc.high + 0.05


def test_the_curve_ends_where_everything_is_called() -> None:
    found = measured(plain(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]), np.zeros(3, bool)))
    assert found.curve[0] == (0.5, 1.0, 0.0)
    assert found.curve[-1] == (1.0, pytest.approx(2 / 3), 1.0)
