"""Words that mark a group: the formulas against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from undertow.statistics.keyness import class_tfidf, log_odds

COUNTS = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=2, max_size=4)


@given(COUNTS)
def test_class_tfidf_is_its_formula(rows: list[list[int]]) -> None:
    weights = class_tfidf(csr_matrix(rows, dtype=float)).toarray()
    mean = sum(map(sum, rows)) / len(rows)
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            frequency = max(1, sum(other[j] for other in rows))
            expected = number / max(1, sum(row)) * math.log(1 + mean / frequency)
            assert weights[i, j] == pytest.approx(expected)


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3), st.lists(st.integers(0, 50), min_size=3, max_size=3))
def test_log_odds_turn_round_with_the_groups_and_follow_the_formula(one: list[int], two: list[int]) -> None:
    prior = [1.0, 2.0, 3.0]
    delta, z_scores = log_odds(one, two, prior)
    back, _ = log_odds(two, one, prior)
    np.testing.assert_allclose(delta, -back)
    for j in range(3):
        odds = [
            math.log((part[j] + prior[j]) / (sum(part) + sum(prior) - part[j] - prior[j])) for part in (one, two)
        ]
        assert delta[j] == pytest.approx(odds[0] - odds[1])
        assert z_scores[j] == pytest.approx(delta[j] / math.sqrt(1 / (one[j] + prior[j]) + 1 / (two[j] + prior[j])))


def test_a_prior_without_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        log_odds([1], [1], [0])
