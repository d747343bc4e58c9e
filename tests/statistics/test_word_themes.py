"""Themes out of words that stand together: planted ones are found, and chance gives none."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from undertow.analyses.narratives.discovery import adjusted_rand
from undertow.statistics.word_themes import co_occurrence, find_themes, text_vectors, word_vectors


def planted(rng: np.random.Generator, texts: int, themes: int) -> tuple[csr_matrix, np.ndarray]:
    """Texts of 5 words of their theme (30 of its own) and 5 of 60 words that all themes use."""
    theme = rng.integers(themes, size=texts)
    matrix = np.zeros((texts, 30 * themes + 60), dtype=np.float32)
    for number in range(texts):
        matrix[number, 30 * theme[number] + rng.choice(30, 5, replace=False)] = 1
        matrix[number, 30 * themes + rng.choice(60, 5, replace=False)] = 1
    return csr_matrix(matrix), theme


def test_planted_themes_are_found_and_common_words_join_nothing() -> None:
    texts, theme = planted(np.random.default_rng(1), 1500, 6)
    edges = co_occurrence(texts)
    common = (edges.first >= 180) | (edges.second >= 180)
    assert common.mean() < 0.05
    places, lengths = text_vectors(texts, word_vectors(edges, texts.shape[1]))
    found = find_themes(texts, places, edges, seed=0, lengths=lengths, resolution=1.0)
    assert adjusted_rand(found.theme, theme) > 0.95
    again = find_themes(texts, places, edges, seed=0, lengths=lengths, resolution=1.0)
    np.testing.assert_array_equal(found.theme, again.theme)


def test_words_at_random_are_hardly_joined() -> None:
    rng = np.random.default_rng(2)
    texts = csr_matrix((rng.random((2000, 100)) < 0.08).astype(np.float32))
    pairs = 100 * 99 / 2
    assert len(co_occurrence(texts).weight) / pairs < 0.002  # one side of p = 0.001, with 3.3 standard errors


def test_texts_without_words_have_no_theme() -> None:
    texts, _ = planted(np.random.default_rng(3), 600, 3)
    texts = csr_matrix(np.vstack([texts.toarray(), np.zeros((2, texts.shape[1]), np.float32)]))
    edges = co_occurrence(texts)
    places, lengths = text_vectors(texts, word_vectors(edges, texts.shape[1]))
    found = find_themes(texts, places, edges, seed=0, lengths=lengths)
    assert (found.theme[-2:] == -1).all()


def test_texts_of_everyday_words_have_no_theme() -> None:
    texts, _ = planted(np.random.default_rng(5), 1500, 6)
    rng = np.random.default_rng(6)
    everyday = np.zeros((200, texts.shape[1]), np.float32)
    for row in everyday:
        row[180 + rng.choice(60, 5, replace=False)] = 1
    texts = csr_matrix(np.vstack([texts.toarray(), everyday]))
    edges = co_occurrence(texts)
    places, lengths = text_vectors(texts, word_vectors(edges, texts.shape[1]))
    found = find_themes(texts, places, edges, seed=0, lengths=lengths, resolution=1.0)
    assert (found.theme[-200:] == -1).mean() > 0.9
    assert (found.theme[:-200] >= 0).mean() > 0.99


def test_the_rand_index_is_that_of_the_library() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        one, two = rng.integers(-1, 4, size=(2, 50))
        assert abs(adjusted_rand(one, two) - adjusted_rand_score(one, two)) < 1e-12


def test_small_and_broken_networks_place_words_too() -> None:
    for words in (3, 5, 12, 40):
        texts = csr_matrix((np.random.default_rng(words).random((300, words)) < 0.3).astype(np.float32))
        edges = co_occurrence(texts)
        places, lengths = text_vectors(texts, word_vectors(edges, words))
        assert np.isfinite(places).all()
        assert find_themes(texts, places, edges, seed=0, lengths=lengths).theme.shape == (300,)
    pairs = csr_matrix(
        np.kron(np.eye(20), np.ones((10, 2))).astype(np.float32)
    )  # twenty pairs apart from each other
    edges = co_occurrence(pairs)
    assert np.isfinite(word_vectors(edges, 40)).all()
