"""Fusion over traces: valid under dependence, in particular when every trace is the same posts again."""

from __future__ import annotations

import numpy as np
import pytest

from undertow.analyses.coordination.chance import PairTests
from undertow.analyses.coordination.fusion import account_indicator, bonferroni_minimum, e_average, fuse


def pairs_tested(pairs: list[tuple[int, int]], p: list[float], occasions: list[int]) -> PairTests:
    left, right = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    counts = np.array(occasions, dtype=np.int64)
    p_value = np.array(p)
    return PairTests(left, right, counts, counts, counts, p_value, p_value, p_value, p_value)


@pytest.mark.parametrize("combine", [bonferroni_minimum, e_average])
@pytest.mark.parametrize("dependence", ["independent", "identical", "opposite"])
def test_combined_p_values_are_valid(combine, dependence: str) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(4)
    first = rng.random(200_000)
    others = {"independent": rng.random((2, 200_000)), "identical": np.stack([first] * 2), "opposite": None}[
        dependence
    ]
    rows = np.stack([first, 1 - first]) if others is None else np.concatenate([first[None], others])
    p = combine(rows)
    for level in (0.001, 0.01, 0.05):
        # three standard errors of a share of 200,000 draws
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / 200_000)


def test_a_pair_untested_in_a_trace_cannot_gain_by_it() -> None:
    with_gap = np.array([[0.01], [np.nan], [np.nan]])
    without = np.array([[0.01], [1.0], [1.0]])
    assert bonferroni_minimum(with_gap) == bonferroni_minimum(without) == pytest.approx([0.03])
    assert (e_average(with_gap) >= e_average(without)).all()


def test_fuse_lines_pairs_up_and_never_adds_occasions() -> None:
    one = pairs_tested([(0, 1), (0, 2)], [1e-8, 0.2], [3, 2])
    other = pairs_tested([(0, 1), (1, 2)], [1e-3, 1e-6], [4, 1])
    found = fuse([one, other], [100, 50], 3)
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert found.p_value == pytest.approx([2e-8, 0.4, 2e-6])
    assert found.q_value == pytest.approx([2e-8 * 150, 1.0, 2e-6 * 150 / 2])
    assert found.occasions.tolist() == [4, 2, 1]
    assert found.n_traces.tolist() == [2, 0, 1]
    indicator = account_indicator(found, 4)
    # the pair (1, 2) met once only: it gives account 2 nothing
    assert indicator.partners.tolist() == [1, 1, 0, 0]
    assert indicator.q_value[2] == 1.0
    assert indicator.score[3] == 0.0


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="minimum or e-values"):
        fuse([pairs_tested([(0, 1)], [0.1], [2])], [1], 2, method="fisher")
    with pytest.raises(ValueError, match="at least one trace"):
        fuse([], [], 2)
