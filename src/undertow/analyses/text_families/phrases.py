"""How probable is it that a post holds a passage, put together from the phrases that the other posts use?

The null of the test of wording (see :mod:`chance`): accounts string together words and phrases as the posts outside the
family do. A phrase that other posts hold costs no more than its share of posts, however long it is; words that only the
family puts in this order cost a probability each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.text_families.arrays import Bool, Int64, UInt64
from undertow.analyses.text_families.guards import tokens

RUNS = (2, 3, 5, 8, 13)
"""Lengths of the runs of words that are counted, besides single words; a word's probability is looked up in the longest
whose beginning occurs elsewhere, and discounted into the shorter ones."""

BEGIN, END = 0, 1
"""The numbers of what every text begins and ends with; those of words are greater."""

CARRIED = 3
"""Words after one that only the family uses which may belong to it, like the rest of a name."""

DISCOUNT = 0.75  # Ney, Essen and Kneser 1994 find optima of 0.6 to 0.8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Core:
    """What the posts of a family share: ``text`` is the index of its medoid, ``fixed`` says which of the medoid's words
    (beginning and end among them) most of the posts keep, ``left_out`` are the texts that the family explains itself
    (members and near misses)."""

    text: int
    fixed: Bool
    left_out: Int64


@dataclass(frozen=True)
class Passages:
    """Of each core the passage that is hardest to hit on: its first and last word among the medoid's (the last not
    included; both 0 where nothing is fixed), and the natural logarithm of a bound on the probability that a post holds
    it."""

    first: Int64
    last: Int64
    log_probability: Floats


class Phrases:
    """Counts of words and runs of words in a set of texts.

    ``texts``: distinct normalised texts; ``weights``: how many accounts posted each (an account that repeats itself is
    one); texts of weight 0 count for nothing, but may be asked for.
    """

    def __init__(self, texts: Sequence[str], weights: Int64) -> None:
        self.words, self.starts, self.vocabulary = numbered(texts)
        self.weights = np.asarray(weights, np.float64)
        self._weight_of_word = np.repeat(self.weights, np.diff(self.starts))
        self._alone = np.bincount(self.words, self._weight_of_word, self.vocabulary)
        self._total = float(self._alone.sum())
        self._posts = float(self.weights.sum())

    def of_text(self, text: int) -> Int64:
        """The words of one text."""
        return self.words[self.starts[text] : self.starts[text + 1]]

    def hardest(self, cores: Sequence[Core]) -> Passages:
        """The passage of each core that is hardest to hit on: words that follow each other and are all fixed.

        A medoid of n words holds n - l + 1 runs of l words that could have been the one shared, and a post as long has as
        many places for it: the probability that a post holds the passage is at most (n - l + 1)^2 P(w_1) P(w_2 | w_1)
        P(w_3 | w_1 w_2) ..., each by absolute discounting from the counts outside of the family: P_k(w | v) =
        max(c(vw) - d, 0) / c(v) + min(1, d t(v) / c(v)) P_(k-1)(w), with t(v) the kinds of words after v, and
        P_1(w) = (c(w) + 1) / (N + V + 1). Every post begins and ends once: these two have P_1 = 1. A word that nobody
        outside the family uses may be rare and not new: it is given one post in all, and the next :data:`CARRIED`
        words cost nothing, because who takes up a rare word may take its phrase along.
        """
        from undertow.analyses.text_families.kernel_chance import carried

        asked = _Asked.of(self, cores)
        if not len(asked.word):
            nothing = np.zeros(len(cores), np.int64)
            return Passages(nothing, nothing, np.zeros(len(cores)))
        alone = self._alone[asked.word] - self._own(self.words.astype(np.uint64) + np.uint64(1), asked)
        unheard = alone < 0.5
        probability = (alone + 1.0) / (self._total - asked.own_total[asked.core] + self.vocabulary + 1.0)
        probability[unheard] = 1.0 / (self._posts + 1.0)
        probability[carried(unheard, asked.depth, CARRIED)] = 1.0
        probability[asked.word <= END] = 1.0
        for length in RUNS:
            probability = self._longer(length, asked, probability)
        found = np.bincount(asked.passage, np.log(probability))
        length_of = np.bincount(asked.passage)
        n = np.array([len(core.fixed) for core in cores])[asked.core_of_passage]
        found = np.minimum(found + 2 * np.log(n - length_of + 1), 0.0)
        return asked.least(found, length_of, len(cores))

    def _longer(self, length: int, asked: _Asked, shorter: Floats) -> Floats:
        """The probabilities with runs of ``length`` words, where a core's passage holds so many."""
        from undertow.analyses.text_families.kernel_chance import runs, tally

        whole = runs(self.words, self.starts, length)
        before = np.roll(runs(self.words, self.starts, length - 1), 1)
        before[whole == 0] = 0
        known = asked.depth >= length
        if not known.any():
            return shorter
        contexts, of = np.unique(before[asked.place[known]], return_inverse=True)
        seen, followed, kinds = tally(whole, before, self._weight_of_word, contexts, asked.place[known])
        seen -= self._own(whole, asked)[known]
        followed = followed[of] - self._own(before, asked)[known]
        over = np.maximum(followed, 1.0)
        longer = (
            np.maximum(seen - DISCOUNT, 0.0) / over + np.minimum(1.0, DISCOUNT * kinds[of] / over) * shorter[known]
        )
        found = shorter.copy()
        found[known] = np.where(followed > 0.5, np.minimum(longer, 1.0), shorter[known])
        return found

    def _own(self, keys: UInt64, asked: _Asked) -> Floats:
        """How much weight the key of each asked word has among ``keys`` of the texts that its core leaves out."""
        from undertow.analyses.text_families.kernel_chance import occurrences

        wanted = keys[asked.place]
        order = np.lexsort((wanted, asked.core))
        starts = np.searchsorted(asked.core, np.arange(len(asked.text_starts))).astype(np.int64)
        found = np.empty(len(wanted))
        found[order] = occurrences(
            keys, self.starts, self.weights, asked.texts, asked.text_starts, wanted[order], starts
        )
        return found


@dataclass(frozen=True)
class _Asked:
    """The fixed words of all cores, one after another: ``core`` its number, ``place`` in the words of the texts, ``word``,
    ``passage`` its number, ``depth`` how many words of its passage it ends (itself too). ``core_of_passage``, and
    ``first``, its first word in the medoid. Of each core ``own_total``, the weight of all words of the texts left
    out, which are ``texts`` from its ``text_starts`` on."""

    core: Int64
    place: Int64
    word: Int64
    passage: Int64
    depth: Int64
    core_of_passage: Int64
    first: Int64
    own_total: Floats
    texts: Int64
    text_starts: Int64

    @classmethod
    def of(cls, phrases: Phrases, cores: Sequence[Core]) -> _Asked:
        starts = phrases.starts
        nothing = [np.zeros(0, np.int64)]
        inside = np.concatenate([*(np.flatnonzero(core.fixed) for core in cores), *nothing]).astype(np.int64)
        core = np.repeat(np.arange(len(cores)), [int(core.fixed.sum()) for core in cores])
        begins = np.ones(len(inside), bool)
        begins[1:] = (np.diff(inside) != 1) | (np.diff(core) != 0)
        run = np.flatnonzero(begins)
        passage = np.cumsum(begins) - 1
        texts = np.concatenate([*(core.left_out for core in cores), *nothing]).astype(np.int64)
        text_starts = np.concatenate([[0], np.cumsum([len(core.left_out) for core in cores])]).astype(np.int64)
        owner = np.repeat(np.arange(len(cores)), np.diff(text_starts))
        place = inside + np.array([starts[core.text] for core in cores], np.int64)[core]
        return cls(
            core=core,
            place=place,
            word=phrases.words[place],
            passage=passage,
            depth=np.arange(len(inside)) - run[passage] + 1,
            core_of_passage=core[run],
            first=inside[run],
            own_total=np.bincount(owner, phrases.weights[texts] * np.diff(starts)[texts], len(cores)).astype(
                np.float64
            ),
            texts=texts,
            text_starts=text_starts,
        )

    def least(self, log_probability: Floats, length: Int64, cores: int) -> Passages:
        """The least probable passage of each core, the first of equals."""
        first, last, found = np.zeros(cores, np.int64), np.zeros(cores, np.int64), np.zeros(cores)
        order = np.lexsort((self.first, log_probability, self.core_of_passage))
        chosen = order[np.concatenate([[True], np.diff(self.core_of_passage[order]) != 0])]
        where = self.core_of_passage[chosen]
        first[where], found[where] = self.first[chosen], log_probability[chosen]
        last[where] = self.first[chosen] + length[chosen]
        return Passages(first, last, found)


def numbered(texts: Sequence[str]) -> tuple[Int64, Int64, int]:
    """The words of ``texts`` as numbers, one text after another, where each text starts, and how many kinds there are;
    every text begins with :data:`BEGIN` and ends with :data:`END`.

    >>> words, starts, kinds = numbered(["grey cats", "cats"])
    >>> words.tolist(), starts.tolist(), kinds
    ([0, 2, 3, 1, 0, 3, 1], [0, 4, 7], 4)
    """
    known: dict[str, int] = {}
    parts: list[Int64] = []
    lengths = np.empty(len(texts), np.int64)
    for number, text in enumerate(texts):
        found = [BEGIN, *[known.setdefault(word, len(known) + END + 1) for word in tokens(text)], END]
        lengths[number] = len(found)
        parts.append(np.array(found, np.int64))
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return (np.concatenate(parts) if parts else np.zeros(0, np.int64)), starts, len(known) + END + 1
