"""Themes without a codebook: words that stand together more often than chance, and the texts that use them.

1. Two words are joined where they stand in the same text more often than independence gives (log-likelihood ratio,
   Dunning 1993), weighted by normalised pointwise mutual information (Bouma 2009): function words, which stand with
   everything, are joined to little.
2. Groups of the network by the Leiden method (Traag, Waltman and van Eck 2019) seed the themes.
3. The network's leading eigenvectors place each word among those that keep the same company, whether or not they ever
   stand together; a text's place is the sum of its words', each by its rarity (the log of the inverse share of texts).
4. Each text goes to the theme whose mean it is nearest to by angle, and means are taken again until few texts move
   (spherical k-means, Dhillon and Modha 2001); a text whose words together say too little for its theme is in none.

Every step is linear in the number of texts. Measured in ``docs/explanation/narratives.md``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

SIGNIFICANT = 10.83
"""Log-likelihood ratio from which two words are joined: p = 0.001 for one pair (chi-squared, 1 degree)."""

TOGETHER_AT_LEAST = 3
"""Texts in which two words stand together before anything is inferred from it."""

DIMENSIONS = 150
"""Eigenvectors of the network that words are placed by."""

TOLERANCE = 0.1
"""To which eigenvectors are worked out (relative): measured, agreement with hand-set themes does not change with less."""

LEIDEN_ROUNDS = 10
"""Rounds of the Leiden method; agreement with hand-set themes is the same with 3."""

ROUNDS = 10
"""Rounds of assigning and taking means; texts that move become few after three or four."""

EVIDENCE = 4.0
"""What the words of a text must say for its theme together: the sum, over its words, of rarity times how far the word's
place points to the theme's mean. By angle alone a text of three everyday words lies as near as one that names the matter
twice. Chosen on the first of three labelled sets (see ``docs/explanation/narratives.md``), confirmed on the others."""

NEAR = 0.35
"""Cosine to the mean of its theme from which a text is in it, where places are of another embedding, without lengths."""

LEARNT_FROM = 60_000
"""Texts, drawn at random, that the means are learnt from; every text is then assigned."""

_ROWS_AT_ONCE = 50_000


class Edges(NamedTuple):
    """Pairs of words (numbers) and the weight that joins them."""

    first: Int64
    second: Int64
    weight: Floats


@dataclass(frozen=True)
class WordThemes:
    """``theme`` of each text (-1: none), and by ``nearness`` (cosine) how central it is there.

    ``number`` of themes, of which some may have no text in the end.
    """

    theme: Int64
    nearness: Floats
    number: int


def co_occurrence(texts: csr_matrix) -> Edges:
    """The words that stand together beyond chance; ``texts`` (texts, words) holds 1 where a text has a word."""
    from scipy.sparse import triu

    number = texts.shape[0]
    frequency = np.asarray(texts.sum(axis=0), dtype=np.float64).ravel()
    together = triu(texts.T @ texts, k=1).tocoo()
    seen = together.data.astype(np.float64)
    expected = frequency[together.row] * frequency[together.col] / max(1, number)
    with np.errstate(divide="ignore", invalid="ignore"):
        mutual = np.log(seen / expected)
        likelihood = 2 * (seen * mutual - (seen - expected))
        weight = mutual / -np.log(seen / number)
    keep = (seen >= TOGETHER_AT_LEAST) & (mutual > 0) & (likelihood > SIGNIFICANT) & np.isfinite(weight)
    return Edges(together.row[keep].astype(np.int64), together.col[keep].astype(np.int64), weight[keep])


def word_groups(edges: Edges, words: int, *, seed: int, resolution: float = 1.0, at_least: int = 3) -> Int64:
    """The group of each word, the one with most words first; -1 in groups of fewer than ``at_least``."""
    import igraph

    graph = igraph.Graph(n=words, edges=np.column_stack([edges.first, edges.second]))
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 (a seed, not a secret)
    try:
        partition = graph.community_leiden(
            "modularity", weights=edges.weight.tolist(), resolution=resolution, n_iterations=LEIDEN_ROUNDS
        )
    finally:
        igraph.set_random_number_generator(random)
    groups = np.asarray(partition.membership, dtype=np.int64)
    sizes = np.bincount(groups, minlength=1)
    order = [group for group in np.argsort(-sizes, kind="stable") if sizes[group] >= at_least]
    place = np.full(len(sizes), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[groups] if words else np.empty(0, np.int64)


def word_vectors(edges: Edges, words: int) -> Floats:
    """The place of each word by the company it keeps, shape (words, at most :data:`DIMENSIONS`)."""
    from scipy.sparse import csr_matrix as sparse
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    network = sparse((edges.weight, (edges.first, edges.second)), shape=(words, words))
    network = network + network.T
    dimensions = min(DIMENSIONS, words - 2)
    if dimensions < 1 or not len(edges.weight):
        return np.zeros((words, 1))
    try:
        values, vectors = eigsh(network, k=dimensions, which="LA", v0=np.ones(words), tol=TOLERANCE)
    except ArpackNoConvergence as error:  # those that did converge place the words as well
        values, vectors = np.real(error.eigenvalues), np.real(error.eigenvectors)
        if not len(values):
            return np.zeros((words, 1))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def text_vectors(texts: csr_matrix, vectors: Floats) -> tuple[Floats, Floats]:
    """(places, lengths): of each text the sum of its words' places by rarity, as a direction and how long it is.

    Places have shape (texts, dimensions), float32, length 1 (0 for a text whose words have none).
    """
    frequency = np.asarray(texts.sum(axis=0), dtype=np.float64).ravel()
    rarity = np.log(max(1, texts.shape[0]) / np.maximum(frequency, 1))
    places = np.asarray(texts.astype(np.float32) @ (vectors * rarity[:, None]).astype(np.float32))
    lengths = np.sqrt(np.einsum("ij,ij->i", places, places)).astype(np.float64)
    return _unit(places), lengths


def find_themes(
    texts: csr_matrix,
    places: Floats,
    edges: Edges,
    *,
    seed: int,
    lengths: Floats | None = None,
    resolution: float = 2.0,
    at_least: int = 3,
) -> WordThemes:
    """The themes of ``texts`` (texts, words), which lie at ``places``, and whose words are joined by ``edges``.

    ``places`` and ``lengths`` are those of :func:`text_vectors`; those of any other embedding have no lengths. A
    larger ``resolution`` gives more and smaller themes; a theme is seeded by ``at_least`` words.
    """
    from scipy.sparse import csr_matrix as sparse

    words = texts.shape[1]
    word_theme = word_groups(edges, words, seed=seed, resolution=resolution, at_least=at_least)
    number = int(word_theme.max(initial=-1)) + 1
    if number == 0:
        return WordThemes(np.full(texts.shape[0], -1, np.int64), np.zeros(texts.shape[0]), 0)
    frequency = np.asarray(texts.sum(axis=0), dtype=np.float64).ravel()
    known = np.flatnonzero(word_theme >= 0)
    rarity = np.log(texts.shape[0] / np.maximum(frequency[known], 1))
    speaks = sparse((rarity, (known, word_theme[known])), shape=(words, number))
    theme = _most_spoken_of(texts, speaks)
    rng = np.random.default_rng(seed)
    many = len(theme) > LEARNT_FROM
    learnt = np.sort(rng.choice(len(theme), LEARNT_FROM, replace=False)) if many else np.arange(len(theme))
    sample, own = places[learnt], theme[learnt]
    for _ in range(ROUNDS):
        before = own
        means = _means(sample, own, number)
        own, _ = _nearest(sample, means)
        if (own != before).mean() < 0.001:
            break
    theme, nearness = _nearest(places, _means(sample, own, number))
    enough = nearness >= NEAR if lengths is None else nearness * lengths >= EVIDENCE
    return WordThemes(np.where(enough, theme, -1), nearness, number)


def _most_spoken_of(texts: csr_matrix, speaks: csr_matrix) -> Int64:
    """The theme that the words of each text speak for most; -1 where they speak for none."""
    theme = np.empty(texts.shape[0], dtype=np.int64)
    for low in range(0, len(theme), _ROWS_AT_ONCE):
        scores = (texts[low : low + _ROWS_AT_ONCE] @ speaks).toarray()
        theme[low : low + len(scores)] = np.where((scores > 0).any(axis=1), scores.argmax(axis=1), -1)
    return theme


def _means(places: Floats, theme: Int64, number: int) -> Floats:
    """The direction in which the texts of each theme lie."""
    from scipy.sparse import csr_matrix as sparse

    inside = np.flatnonzero(theme >= 0)
    members = sparse((np.ones(len(inside), places.dtype), (theme[inside], inside)), shape=(number, len(theme)))
    return _unit(np.asarray(members @ places))


def _unit(rows: Floats) -> Floats:
    """``rows``, made of length 1 in place (a million texts take half a gigabyte); those of length 0 stay so."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.where(length > 1e-12, length, 1.0)[:, None].astype(rows.dtype)
    return rows


def _nearest(places: Floats, means: Floats) -> tuple[Int64, Floats]:
    """For each place the mean that is nearest by angle, and the cosine to it; -1 for a place of length 0."""
    theme = np.empty(len(places), dtype=np.int64)
    nearness = np.empty(len(places))
    for low in range(0, len(places), _ROWS_AT_ONCE):
        cosines = places[low : low + _ROWS_AT_ONCE] @ means.T
        best = cosines.argmax(axis=1)
        value = cosines[np.arange(len(best)), best]
        theme[low : low + len(best)] = np.where(value > 0, best, -1)
        nearness[low : low + len(best)] = np.maximum(value, 0)
    return theme, nearness
