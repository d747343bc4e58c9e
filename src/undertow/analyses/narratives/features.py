"""Texts as sets of words for discovery: which words count, and equal texts once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from undertow.text.normalise import NO_SPACES
from undertow.text.words import Words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Int64 = npt.NDArray[np.int64]

COMMONEST = 0.1
"""Share of the texts of one language above which a word says nothing of a theme."""

AT_LEAST = 5
"""Texts that a word must be in; from 100,000 texts on, one in 20,000."""

MOST_WORDS = 10_000
"""Words that are looked at, the commonest ones; findings say when there were more."""

_NO_SPACE = re.compile(f"[{NO_SPACES}]")


@dataclass(frozen=True)
class Features:
    """``texts`` (distinct texts, words): 1 where a text has a word; ``text_of_post``: the number of each post's text,
    -1 without words; ``left_out``: words that were frequent enough but beyond :data:`MOST_WORDS`."""

    texts: csr_matrix
    words: tuple[str, ...]
    text_of_post: Int64
    left_out: int


def words_for_themes(found: Words) -> frozenset[str]:
    """The words of a text that may speak for a theme: no mentions, numbers or single letters; pairs of letters in
    scripts without spaces; hashtags of several words as ``#tag`` too.

    >>> from undertow.text.words import words_of
    >>> sorted(words_for_themes(words_of("@a 3 ports in 香港島 #SaveThePort")))
    ['#savetheport', 'in', 'port', 'ports', 'save', 'the', '港岛', '香港']
    """
    kept = set()
    before = ""
    for word in found.words:
        if len(word) > 1:
            before = ""
            if word[0] != "@" and not word.isdecimal():
                kept.add(word)
        elif _NO_SPACE.match(word):
            if before:
                kept.add(before + word)
            before = word
        else:
            before = ""
    kept.update(f"#{tag}" for low, high, tag in found.tags if high - low > 1)
    return frozenset(kept)


def features(
    words: Sequence[Words], languages: Sequence[str | None], *, groups: npt.NDArray[np.int64] | None = None
) -> Features:
    """The posts as texts of words; a text that several posts share counts once.

    ``languages``: each post's, for telling common words of a language apart from themes; ``groups``: posts with the
    same number (>= 0) count as one text, the first of them.
    """
    from scipy.sparse import csr_matrix as sparse

    numbers: dict[object, int] = {}
    texts: list[frozenset[str]] = []
    language_of: list[str] = []
    text_of_post = np.full(len(words), -1, dtype=np.int64)
    for post, found in enumerate(words):
        kept = words_for_themes(found)
        if not kept:
            continue
        group = -1 if groups is None else int(groups[post])
        key: object = kept if group < 0 else group
        number = numbers.setdefault(key, len(texts))
        if number == len(texts):
            texts.append(kept)
            language_of.append((languages[post] or "").partition("-")[0])
        text_of_post[post] = number
    chosen, left_out = _vocabulary(texts, language_of)
    place = {word: number for number, word in enumerate(chosen)}
    rows, columns = [], []
    for kept in texts:
        inside = sorted(place[word] for word in kept if word in place)
        columns.extend(inside)
        rows.append(len(inside))
    starts = np.concatenate([[0], np.cumsum(rows)]) if rows else np.zeros(1, np.int64)
    matrix = sparse(
        (np.ones(len(columns), np.float32), np.array(columns, np.int64), starts), shape=(len(texts), len(chosen))
    )
    return Features(matrix, chosen, text_of_post, left_out)


def _vocabulary(texts: Sequence[frozenset[str]], languages: Sequence[str]) -> tuple[tuple[str, ...], int]:
    sizes = Counter(languages)
    counts: dict[str, Counter[str]] = {language: Counter() for language in sizes}
    for kept, language in zip(texts, languages, strict=True):
        counts[language].update(kept)
    total: Counter[str] = Counter()
    common: set[str] = set()
    for language, own in counts.items():
        total.update(own)
        limit = max(COMMONEST * sizes[language], 2 * AT_LEAST)
        common.update(word for word, number in own.items() if number > limit and word[0] != "#")
    least = max(AT_LEAST, len(texts) // 20_000)
    kept_words = [word for word, number in total.items() if number >= least and word not in common]
    ranked = sorted(kept_words, key=lambda word: (-total[word], word))
    return tuple(sorted(ranked[:MOST_WORDS])), max(0, len(ranked) - MOST_WORDS)
