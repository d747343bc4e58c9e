"""Themes found without a codebook, with their words, central posts and stability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.analyses.narratives.features import Features, features
from undertow.analyses.narratives.phrases import phrases
from undertow.analyses.own_posts import Bool, Int64, OwnPosts
from undertow.statistics.everyday_words import everyday_words
from undertow.statistics.keyness import class_tfidf
from undertow.statistics.word_themes import Edges, co_occurrence, find_themes, text_vectors, word_vectors
from undertow.text.words import Words

Floats = npt.NDArray[np.float64]

SEEDS = 3
"""Runs with different seeds that stability is measured over."""

KEY_WORDS = 10
PHRASE_TEXTS = 2000
"""Texts of a theme that pairs of letters are grown to phrases in, the first ones."""
CENTRAL_POSTS = 3

LEAST_TEXTS = 200
"""Distinct texts with words from which discovery says anything."""


@dataclass(frozen=True)
class Discovered:
    """Themes of the posts, the one with most posts first.

    ``theme`` of each post (-1: none); ``words`` of each theme (those that mark it, best first), and the same for
    reading (``phrases``: everyday words last); ``central``: posts near the mean of each; ``stability`` of each: mean
    over other seeds of the share of posts (Jaccard) that its best match there shares; ``overall``: mean adjusted Rand
    index between seeds, over the posts.
    """

    theme: Int64
    words: tuple[tuple[str, ...], ...]
    phrases: tuple[tuple[str, ...], ...]
    central: tuple[tuple[int, ...], ...]
    stability: tuple[float, ...]
    overall: float
    features: Features
    edges: Edges

    @property
    def number(self) -> int:
        """How many themes there are."""
        return len(self.words)

    def posts(self, theme: int) -> Bool:
        """For each post whether it is in the theme."""
        inside: Bool = self.theme == theme
        return inside


def discover(
    posts: OwnPosts,
    words: Sequence[Words],
    *,
    seed: int,
    resolution: float,
    groups: Int64 | None = None,
    places: Floats | None = None,
) -> Discovered | None:
    """The themes of ``posts``, whose ``words`` are given; None where there are too few texts.

    ``groups``: posts of one text family count once. ``places``: an embedding of the posts, shape (posts, dimensions),
    in the place of that by the words' company.
    """
    found = features(words, posts.tags, groups=groups)
    if found.texts.shape[0] < LEAST_TEXTS or found.texts.shape[1] < 10:
        return None
    edges = co_occurrence(found.texts)
    first = np.full(found.texts.shape[0], -1, dtype=np.int64)
    known = np.flatnonzero(found.text_of_post >= 0)
    first[found.text_of_post[known[::-1]]] = known[::-1]
    located, lengths = (
        (places[first], None)
        if places is not None
        else text_vectors(found.texts, word_vectors(edges, found.texts.shape[1]))
    )
    runs = []
    nearness = np.zeros(len(first))
    for number in range(SEEDS):
        run = find_themes(found.texts, located, edges, seed=seed + number, lengths=lengths, resolution=resolution)
        runs.append(run.theme)
        if number == 0:
            nearness = run.nearness
    theme = _by_size(np.where(found.text_of_post >= 0, runs[0][found.text_of_post], -1))
    others = [np.where(found.text_of_post >= 0, run[found.text_of_post], -1) for run in runs[1:]]
    number_of = int(theme.max(initial=-1)) + 1
    if number_of == 0:
        return None
    post_nearness = np.where(found.text_of_post >= 0, nearness[found.text_of_post], 0.0)
    marking = _key_words(found, theme, number_of, 3 * KEY_WORDS)
    everyday = {found.words[word] for word in np.flatnonzero(everyday_words(found.texts))}
    names = [sorted(each, key=lambda word: word[0] != "#" and word in everyday) for each in marking]
    return Discovered(
        theme=theme,
        words=tuple(each[:KEY_WORDS] for each in marking),
        phrases=tuple(
            phrases(each, [words[post].words for post in first[_texts_of(found, theme, number)]], KEY_WORDS)
            for number, each in enumerate(names)
        ),
        central=tuple(_central(posts, theme, post_nearness, number) for number in range(number_of)),
        stability=tuple(
            float(np.mean([_best_jaccard(theme == number, other) for other in others]))
            for number in range(number_of)
        ),
        overall=float(np.mean([adjusted_rand(theme, other) for other in others])),
        features=found,
        edges=edges,
    )


def _by_size(theme: Int64) -> Int64:
    """The themes numbered anew, the one with most posts first, without empty ones."""
    sizes = np.bincount(theme[theme >= 0], minlength=1)
    order = [number for number in np.argsort(-sizes, kind="stable") if sizes[number]]
    place = np.full(len(sizes), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return np.where(theme >= 0, place[theme], -1)


def _texts_of(found: Features, theme: Int64, number: int) -> Int64:
    """Some texts of the theme."""
    texts = np.unique(found.text_of_post[(theme == number) & (found.text_of_post >= 0)])
    return texts[:PHRASE_TEXTS]


def _key_words(found: Features, theme: Int64, number: int, most: int) -> tuple[tuple[str, ...], ...]:
    from scipy.sparse import csr_matrix

    inside = np.flatnonzero((theme >= 0) & (found.text_of_post >= 0))
    texts, places = np.unique(found.text_of_post[inside], return_index=True)
    members = csr_matrix(
        (np.ones(len(texts)), (theme[inside][places], texts)), shape=(number, found.texts.shape[0])
    )
    weights = class_tfidf(csr_matrix(members @ found.texts))
    listed = []
    for row in range(number):
        part = weights[[row]].tocoo()
        order = np.lexsort((part.col, -part.data))[:most]
        listed.append(tuple(found.words[column] for column in part.col[order]))
    return tuple(listed)


def _central(posts: OwnPosts, theme: Int64, nearness: Floats, number: int) -> tuple[int, ...]:
    """The posts nearest to the mean, of different accounts and texts."""
    mine = np.flatnonzero(theme == number)
    chosen: list[int] = []
    for post in mine[np.argsort(-nearness[mine], kind="stable")][:200].tolist():
        fresh = all(
            posts.texts[post] != posts.texts[other] and posts.account[post] != posts.account[other]
            for other in chosen
        )
        if fresh:
            chosen.append(post)
        if len(chosen) == CENTRAL_POSTS:
            break
    return tuple(chosen)


def _best_jaccard(mine: Bool, other: Int64) -> float:
    there = other[mine]
    sizes = np.bincount(other[other >= 0], minlength=1)
    shared = np.bincount(there[there >= 0], minlength=len(sizes))
    with np.errstate(divide="ignore", invalid="ignore"):
        jaccard = shared / (mine.sum() + sizes - shared)
    return float(np.nan_to_num(jaccard).max(initial=0.0))


def adjusted_rand(one: Int64, two: Int64) -> float:
    """How far two partitions agree beyond chance (Hubert and Arabie 1985): 1 the same, 0 as chance.

    >>> import numpy as np
    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2]))
    1.0
    """
    first, second = (np.unique(part, return_inverse=True)[1] for part in (one, two))
    width = int(second.max(initial=0)) + 1

    def pairs(sizes: Int64) -> float:
        counts = sizes.astype(np.float64)
        return float((counts * (counts - 1) / 2).sum())

    both = pairs(np.unique(first * width + second, return_counts=True)[1])
    rows, columns = pairs(np.bincount(first)), pairs(np.bincount(second))
    whole = len(one) * (len(one) - 1) / 2
    expected = rows * columns / whole if whole else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))
