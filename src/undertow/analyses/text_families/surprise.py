"""How surprising is each word of a text after the words before it, going by the other texts?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Bool, Float32, Float64, Int8, Int64, UInt64
from undertow.analyses.text_families.phrases import DISCOUNT, END, numbered

RUNS = (2, 3, 5)
"""Lengths of the runs of words that are counted, besides single words."""

LEVEL: Int8 = np.array([0, 1, 2, 2, 3], np.int8)
"""Which of the levels (0: a word alone, 1, ...: the end of a run of :data:`RUNS`) holds for the first, second, ... word of
a passage; the last for all that follow."""


@dataclass(frozen=True)
class Surprise:
    """Of texts, in words as :func:`phrases.numbered` gives them: ``words``, ``starts``, and for each word ``levels``
    (levels, words), -log P after none, one, two and four words before it, as far as the text holds so many; ``unheard``:
    it occurs at most twice. ``rarity`` (kinds of words): -log P alone, 0 of a word that occurs once, which no two share."""

    words: Int64
    starts: Int64
    levels: Float32
    unheard: Bool
    rarity: Float64

    @classmethod
    def of(cls, texts: Sequence[str], *, apart: int = 2) -> Surprise:
        """The surprise of the words of distinct ``texts``, ``apart`` occurrences of each word and run left out: those of
        the two texts that share it.

        P as in :meth:`phrases.Phrases.hardest`: absolute discounting over runs, but no word is rarer than one text in all
        of them.
        """
        from undertow.analyses.text_families.kernel_chance import runs

        words, starts, kinds = numbered(texts)
        count = np.bincount(words, minlength=kinds)
        elsewhere = np.maximum(count - apart, 0)
        alone = np.maximum((elsewhere + 1.0) / (len(words) + kinds + 1.0), 1.0 / (len(texts) + 1.0))
        alone[elsewhere == 0] = 1.0 / (len(texts) + 1.0)
        alone[: END + 1] = 1.0
        rarity = np.where(count > 1, -np.log(alone), 0.0)
        probability = alone[words]
        levels = np.empty((len(RUNS) + 1, len(words)), np.float32)
        levels[0] = -np.log(probability)
        for place, length in enumerate(RUNS, start=1):
            whole = runs(words, starts, length)
            before = np.roll(runs(words, starts, length - 1), 1)
            before[whole == 0] = 0
            run, seen = _counted(whole)
            context, followed = _counted(before)
            first = np.zeros(len(seen), np.int64)
            first[run] = np.arange(len(words))  # one place of each run
            follows = np.bincount(context[first], minlength=len(followed))[context]  # kinds of words after it
            others = np.maximum(followed[context] - apart, 0)
            over = np.maximum(others, 1.0)
            longer = (
                np.maximum(seen[run] - apart - DISCOUNT, 0.0) / over
                + np.minimum(1.0, DISCOUNT * follows / over) * probability
            )
            use = (whole != 0) & (others > 0)
            probability = np.where(use, np.minimum(longer, 1.0), probability)
            levels[place] = -np.log(probability)
        return cls(words, starts, levels, elsewhere[words] == 0, rarity)

    def kinds(self) -> tuple[Int64, Int64]:
        """The distinct words of each text, ascending, one text after another; and where each text starts."""
        text = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        size = len(self.rarity)
        codes = np.sort(text * size + self.words)
        codes = codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes
        starts = np.searchsorted(codes, np.arange(len(self.starts)) * size).astype(np.int64)
        return codes % size, starts


def _counted(keys: UInt64) -> tuple[Int64, Int64]:
    """Of each key its number, and of each number how many keys have it."""
    _, number, count = np.unique(keys, return_inverse=True, return_counts=True)
    return number, count
