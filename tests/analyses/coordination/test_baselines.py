"""The baselines beyond what the peers' outputs show: disparity filter, hypergeometric, fused network, percentile."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from undertow.analyses.coordination.baselines import coortweet, pair_tests, similarity, toolkit


def network(*edges: tuple[int, int, float]) -> similarity.SimilarityNetwork:
    left, right, weight = zip(*edges, strict=True)
    return similarity.SimilarityNetwork(np.array(left, np.int32), np.array(right, np.int32), np.array(weight))


def test_disparity_filter_by_hand() -> None:
    # account 0 has strength 10 over three edges, its partners one or two edges
    p = pair_tests.disparity_filter(network((0, 1, 8.0), (0, 2, 1.0), (0, 3, 1.0), (2, 3, 3.0)))
    assert p == pytest.approx([(1 - 0.8) ** 2, (1 - 0.25) ** 1, (1 - 0.25) ** 1, (1 - 0.75) ** 1])
    p = pair_tests.disparity_filter(network((0, 1, 5.0)))
    assert p.tolist() == [1.0]
    with pytest.raises(ValueError, match="self-loops"):
        pair_tests.disparity_filter(network((1, 1, 1.0)))


def test_hypergeometric_by_counting() -> None:
    found = pair_tests.hypergeometric(np.array([3]), np.array([4]), np.array([5]), 12)
    expected = sum(comb(4, k) * comb(8, 5 - k) for k in range(3, 5)) / comb(12, 5)
    assert found == pytest.approx([expected])


def test_cosine_is_the_cosine() -> None:
    account = np.repeat([0, 1, 2], [4, 3, 2])
    thing = np.array([0, 1, 2, 3, 1, 2, 9, 3, 0])
    found = similarity.tfidf_cosine(account, thing, min_rows=2, self_loops=False)
    frequency = {0: 2, 1: 2, 2: 2, 3: 2}
    idf = {each: 1 + np.log((1 + 3) / (1 + n)) for each, n in frequency.items()}
    vectors = [[idf[t] if t in held else 0.0 for t in idf] for held in ({0, 1, 2, 3}, {1, 2}, {0, 3})]
    for left, right, weight in zip(found.left, found.right, found.weight, strict=True):
        a, b = np.array(vectors[left]), np.array(vectors[right])
        assert weight == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)))
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 1), (0, 2)]


def test_percentile_fusion_and_centrality() -> None:
    one, other = network((0, 1, 0.9), (1, 2, 0.1)), network((0, 1, 0.2), (2, 3, 0.5), (3, 3, 1.0))
    assert similarity.above_percentile(one, 50.0).weight.tolist() == [0.9]
    assert len(similarity.above_percentile(other.take(other.left == other.right)).weight) == 0
    fused = similarity.fused([one, other])
    assert fused.weight.tolist() == [0.9, 0.1, 0.5, 1.0]
    centrality = similarity.eigenvector_centrality(fused, 5)
    matrix = np.zeros((5, 5))
    for left, right, weight in zip(fused.left[:3], fused.right[:3], fused.weight[:3], strict=True):
        matrix[left, right] = matrix[right, left] = weight
    leading = np.abs(np.linalg.eigh(matrix)[1][:, -1])
    assert centrality == pytest.approx(leading / leading.max(), abs=1e-6)
    assert (similarity.eigenvector_centrality(fused, 5) == centrality).all()


def test_toolkit_weights_are_directed_and_the_first_row_of_a_message_counts() -> None:
    # account 0 acts three times near one action of account 1; message 2 comes again elsewhere
    found = toolkit.toolkit_network(
        np.array([0, 0, 0, 1, 0]),
        np.array([7, 7, 7, 7, 8]),
        np.array([0, 1, 2, 3, 2]),
        np.array([0, 1, 2, 3, 500]),
        window=5,
    )
    assert list(zip(found.source.tolist(), found.target.tolist(), found.weight.tolist(), strict=True)) == [
        (0, 1, 3),
        (1, 0, 1),
    ]


def test_coortweet_needs_participation_and_skips_shares_of_the_object_itself() -> None:
    account, content = np.array([0, 0, 1, 1, 2]), np.array([10, 11, 12, 13, 14])
    thing, time = np.array([1, 2, 1, 2, 1]), np.array([0, 0, 4, 5, 1])
    pairs = coortweet.detect_groups(account, thing, content, time, window=5)
    assert list(zip(pairs.content.tolist(), pairs.later_content.tolist(), strict=True)) == [(10, 12), (11, 13)]
    same = coortweet.detect_groups(account, thing, np.array([1, 11, 12, 13, 14]), time, window=5)
    assert len(same) == 0  # without the first pair, neither account has two rows left
    network_ = coortweet.coordinated_network(pairs)
    assert (network_.weight.tolist(), network_.mean_apart.tolist()) == ([2], [4.5])


def test_nothing_in_nothing_out() -> None:
    none = np.zeros(0, np.int64)
    assert len(coortweet.detect_groups(none, none, none, none, window=5)) == 0
    assert len(similarity.tfidf_cosine(none, none).weight) == 0
    assert len(pair_tests.degree_matched_null(none, none).left) == 0
    assert len(toolkit.toolkit_network(none, none, none, none, window=5).weight) == 0
