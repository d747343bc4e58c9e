"""Texts as sets of words for discovery: which words count, and equal texts once."""

from __future__ import annotations

import re
from array import array
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

    ids: dict[str, int] = {}
    numbers: dict[object, int] = {}
    texts: list[bytes] = []  # the ids of a text's words, sorted: a tenth of the memory of a set of them
    language_of: list[str] = []
    text_of_post = np.full(len(words), -1, dtype=np.int64)
    for post, found in enumerate(words):
        kept = words_for_themes(found)
        if not kept:
            continue
        text = array("i", sorted(ids.setdefault(word, len(ids)) for word in kept)).tobytes()
        group = -1 if groups is None else int(groups[post])
        number = numbers.setdefault(text if group < 0 else group, len(texts))
        if number == len(texts):
            texts.append(text)
            language_of.append((languages[post] or "").partition("-")[0])
        text_of_post[post] = number
    word_of = np.frombuffer(b"".join(texts), dtype=np.intc)
    lengths = np.fromiter((len(text) // word_of.itemsize for text in texts), np.int64, len(texts))
    chosen, left_out = _vocabulary(word_of, lengths, list(ids), language_of)
    place = np.full(len(ids), -1, dtype=np.int64)
    place[[ids[word] for word in chosen]] = np.arange(len(chosen))
    columns = place[word_of]
    rows = np.repeat(np.arange(len(texts)), lengths)[columns >= 0]
    columns = columns[columns >= 0]
    matrix = sparse((np.ones(len(columns), np.float32), (rows, columns)), shape=(len(texts), len(chosen)))
    return Features(matrix, chosen, text_of_post, left_out)


def _vocabulary(
    word_of: npt.NDArray[np.intc], lengths: Int64, words: Sequence[str], language_of: Sequence[str]
) -> tuple[tuple[str, ...], int]:
    """The words to look at, sorted, and how many more were frequent enough; ``word_of``: word ids, text after text."""
    total = np.bincount(word_of, minlength=len(words))
    common = np.zeros(len(words), dtype=bool)
    sizes = Counter(language_of)
    numbers = {language: number for number, language in enumerate(sizes)}
    language = np.repeat(np.fromiter((numbers[each] for each in language_of), np.int64, len(lengths)), lengths)
    for each, size in sizes.items():
        own = np.bincount(word_of[language == numbers[each]], minlength=len(words))
        common |= own > max(COMMONEST * size, 2 * AT_LEAST)
    least = max(AT_LEAST, len(lengths) // 20_000)
    frequent = np.flatnonzero(total >= least).tolist()
    ranked = sorted(
        (-int(total[number]), words[number]) for number in frequent if not common[number] or words[number][0] == "#"
    )
    return tuple(sorted(word for _, word in ranked[:MOST_WORDS])), max(0, len(ranked) - MOST_WORDS)
