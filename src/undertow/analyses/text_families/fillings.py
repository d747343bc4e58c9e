"""Fillings of one template: texts too far apart for a family that share several passages in the same order.

Each family stands for one text here (its medoid), beside the texts that are in none. Two texts are *linked* when what they
share is more than any two would by chance: the surprise of the shared passages (:mod:`surprise`: the other texts' phrases)
less the logarithm of the ways to choose them. Linked texts are gathered round a hub; the words that most of a group keep
must be beyond chance themselves, without their strongest passage too (a name, a title, a quotation). Three different
fillings make a template. A group says nothing of what the posts mean: negations and numbers may stand in its slots.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Bool, Float64, Int64
from undertow.analyses.text_families.candidates import distinct
from undertow.analyses.text_families.commonness import testable
from undertow.analyses.text_families.families import Families
from undertow.analyses.text_families.phrases import CARRIED
from undertow.analyses.text_families.surprise import LEVEL, Surprise
from undertow.analyses.text_families.template import FIXED_SHARE

LEVEL_OF_CHANCE = 0.01
"""Expected number of other texts that hold a template by chance, at most. Two texts are linked where one pair in all is
expected to share so much by chance; with the third text that a template needs, so many templates are expected by chance."""

SHARED = 0.3
"""Share of the longer text's words that two fillings have in common at least, and of the hub's that a template fixes."""

BESIDE = 5.0
"""Evidence (natural logarithm) that must be left without the strongest passage."""

FEWEST = 3
"""Different fillings of a template."""

ANOTHER = 0.9
"""Edit similarity with its medoid up to which a family's text counts as another filling."""

LONGEST = 400
"""Words of a text that are looked at, from its beginning."""

AT_MOST = 50
"""Pairs aligned a text, at most, while templates are gathered. Texts of one grammar are all connected, and each hub would
be held against all of them; what is left over is counted."""

_GAP = 5.0  # what a further passage must be worth; the evidence takes off what it really costs
_PLACES = 8.0  # what choosing and placing the two passages costs that evidence beside the strongest takes at least
_WINDOW, _MOST_KEYS, _NEIGHBOURS, _ROUNDS = 16, 64, 8, 16  # rounds: the first four bits of a key
_HUBS, _SAMPLE, _TOGETHER = 8, 64, 500


@dataclass(frozen=True)
class Group:
    """Fillings of one template. ``heads``: indices of :attr:`Families.texts`, the hub first; a medoid stands for its
    family. ``fixed``: which of the hub's words the template keeps; ``evidence``: -log of the chance that another text
    holds them."""

    heads: tuple[int, ...]
    fixed: tuple[bool, ...]
    evidence: float


@dataclass(frozen=True)
class Fillings:
    """The templates of a set of posts, the most heads first. ``texts``: heads among which they were sought; ``looked_at``:
    pairs that met under a key; ``compared``: pairs aligned; ``left``: linked texts that were not looked at to the end,
    since that would have taken more than :data:`AT_MOST` pairs a text."""

    groups: tuple[Group, ...]
    texts: int
    looked_at: int
    compared: int
    left: int = 0


def find_fillings(found: Families, *, level: float = LEVEL_OF_CHANCE) -> Fillings:
    """The templates among ``found``'s texts; hashtags that had to stand in for a text and texts under about 20 letters are
    left out."""
    medoids = {family.medoid for family in found.families if family.posts >= 2}
    heads = [
        number
        for number, text in enumerate(found.texts)
        if (found.family_of_text[number] < 0 or number in medoids) and "#" not in text and testable(text)
    ]
    if len(heads) < FEWEST:
        return Fillings((), len(heads), 0, 0)
    search = _Search(Surprise.of([found.texts[head] for head in heads]), level)
    search.link()
    different = np.array([_different(found, head) for head in heads])
    groups = [
        Group(tuple(heads[member] for member in members), tuple(fixed.tolist()), evidence)
        for members, fixed, evidence in search.gather()
        if different[members].sum() >= FEWEST
        and (len(members) > 2 or evidence >= search.pair_needs - math.log(level))
    ]
    groups.sort(key=lambda group: (-len(group.heads), group.heads))
    return Fillings(tuple(groups), len(heads), search.looked_at, search.compared, search.left)


def _different(found: Families, head: int) -> int:
    """How many different fillings a head stands for."""
    family = found.family_of_text[head]
    if family < 0:
        return 1
    return 1 + sum(1 for variant in found.families[family].members[1:] if variant.edit <= ANOTHER)


@dataclass(frozen=True)
class _Pairs:
    left: Int64
    right: Int64
    evidence: Float64


class _Search:
    """Links texts and gathers them; texts are numbered as in ``surprise``."""

    def __init__(self, surprise: Surprise, level: float) -> None:
        self.surprise = surprise
        self.count = len(surprise.starts) - 1
        self.pair_needs = math.log(self.count * (self.count - 1) / 2)
        self.text_needs = math.log(self.count) - math.log(level)
        self.parent = np.arange(self.count, dtype=np.int64)
        self.strong: list[_Pairs] = []
        self.weak: list[_Pairs] = []
        self.looked_at = self.compared = self.left = 0

    def link(self) -> None:
        """Finds the linked pairs, round by round of keys, and unites them at once, so that texts already connected are not
        compared again."""
        from undertow.analyses.text_families.kernel import unite
        from undertow.analyses.text_families.kernel_fillings import keys_of, meeting

        surprise = self.surprise
        keys, owner = keys_of(
            surprise.words, surprise.starts, surprise.rarity, math.log(self.count) + 1.0, _WINDOW, _MOST_KEYS
        )
        order = np.argsort(keys, kind="stable")
        keys, owner = keys[order], owner[order]
        kinds, kind_starts = surprise.kinds()
        edges = np.searchsorted(keys, np.arange(1, _ROUNDS, dtype=np.uint64) << np.uint64(60))
        seen = np.zeros(0, np.int64)
        room = np.empty((2, max(1024, 4 * self.count)), np.int64)
        for low, high in zip([0, *edges.tolist()], [*edges.tolist(), len(keys)], strict=True):
            while True:
                written, looked = meeting(
                    keys[low:high],
                    owner[low:high],
                    _NEIGHBOURS,
                    self.parent,
                    kinds,
                    kind_starts,
                    surprise.rarity,
                    self.text_needs + _PLACES,
                    SHARED,
                    room,
                )
                if written <= room.shape[1]:
                    break
                room = np.empty((2, written), np.int64)
            codes = distinct(room[0, :written] * self.count + room[1, :written])
            if len(seen):
                codes = codes[seen[np.minimum(np.searchsorted(seen, codes), len(seen) - 1)] != codes]
            left, right = codes // self.count, codes % self.count
            evidence, near, linked = self._compare(left, right)
            for chosen, kept in ((linked, self.strong), (near & ~linked, self.weak)):
                kept.append(_Pairs(left[chosen], right[chosen], evidence[chosen]))
            unite(self.parent, left[linked], right[linked])
            self.looked_at += looked
            seen = distinct(np.concatenate([seen, codes]))

    def _compare(self, left: Int64, right: Int64) -> tuple[Float64, Bool, Bool]:
        """The evidence of each pair; whether it is near enough for one group, and whether it links."""
        from undertow.analyses.text_families.kernel_fillings import compare

        s = self.surprise
        out = np.empty((len(left), 4))
        compare(s.words, s.starts, s.levels, s.unheard, LEVEL, CARRIED, _GAP, LONGEST, left, right, out)
        self.compared += len(left)
        near = (out[:, 0] >= self.text_needs) & (out[:, 1] >= SHARED) & (out[:, 2] >= BESIDE)
        return out[:, 0], near, near & (out[:, 0] >= self.pair_needs)

    def gather(self) -> Iterator[tuple[Int64, Bool, float]]:
        """Members (the hub first), fixed words of the hub, and evidence of each group."""
        strong, weak = _joined(self.strong), _joined(self.weak)
        ends = np.concatenate([strong.left, strong.right])
        weight = np.bincount(ends, np.tile(strong.evidence, 2), self.count).astype(np.float64)
        waiting = [group for group in self._components(weak, weight) if len(group) > 1]
        enough = self.compared + AT_MOST * self.count
        while waiting:
            left_over: list[Int64] = []
            for group in sorted(waiting, key=len):
                if self.compared > enough:
                    self.left += len(group)
                    continue
                hub = self._hub(group, weight)
                rest = group[group != hub]
                _, near, _ = self._compare(np.full(len(rest), hub), rest)
                members, fixed, evidence = self._template(np.concatenate([[hub], rest[near]]))
                if evidence >= self.text_needs:
                    yield members, fixed, evidence
                    rest = group[~np.isin(group, members)]
                if len(rest) > 1:
                    left_over += [rest] if len(rest) <= _TOGETHER else self._split(rest, strong)
            waiting = left_over

    def _components(self, weak: _Pairs, weight: Float64) -> list[Int64]:
        """Texts connected by links; a text with none goes to the one it has most in common with."""
        from undertow.analyses.text_families.kernel import root

        label = np.fromiter((root(self.parent, text) for text in range(self.count)), np.int64, self.count)
        linked = weight > 0
        order = np.argsort(weak.evidence, kind="stable")
        for a, b in ((weak.left, weak.right), (weak.right, weak.left)):
            use = order[linked[a[order]] & ~linked[b[order]]]
            label[b[use]] = label[a[use]]  # the last assignment, the strongest, holds
        order = np.argsort(label, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)

    def _split(self, texts: Int64, strong: _Pairs) -> list[Int64]:
        """Groups of ``texts`` connected by links among them."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        inside = np.isin(strong.left, texts) & np.isin(strong.right, texts)
        left, right = np.searchsorted(texts, strong.left[inside]), np.searchsorted(texts, strong.right[inside])
        graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(len(texts), len(texts)))
        _, label = connected_components(graph, directed=False)
        order = np.argsort(label, kind="stable")
        groups = np.split(texts[order], np.flatnonzero(np.diff(label[order])) + 1)
        return [group for group in groups if len(group) > 1]

    def _hub(self, group: Int64, weight: Float64) -> int:
        """Of the texts with the most links the one with the most evidence in common with the others."""
        ranked = group[np.lexsort((group, -weight[group]))]
        few, many = ranked[:_HUBS], ranked[:_SAMPLE]
        left, right = np.repeat(few, len(many)), np.tile(many, len(few))
        evidence, near, _ = self._compare(left, right)
        table = np.where(near & (left != right), evidence, 0.0).reshape(len(few), len(many)).sum(axis=1)
        return int(few[np.argmax(table)])

    def _template(self, members: Int64) -> tuple[Int64, Bool, float]:
        """The members that keep the words which most of them keep, these words, and their evidence (0 for no template)."""
        from undertow.analyses.text_families.kernel_fillings import log_choices, passages

        s, hub = self.surprise, int(members[0])
        start = int(s.starts[hub]) + 1
        length = min(LONGEST, int(s.starts[hub + 1]) - 1 - start)
        kept = np.ones((len(members), length), bool)
        for row, other in enumerate(members[1:].tolist(), start=1):
            passages(s.words, s.starts, s.levels, s.unheard, LEVEL, CARRIED, _GAP, LONGEST, hub, other, kept[row])
        most = kept.mean(axis=0) > 0.5
        alike = kept[:, most].mean(axis=1) >= 0.5 if most.any() else kept.any(axis=1)
        members, kept = (
            members[alike],
            kept[alike],
        )  # one that met the hub in other words must not break the template
        fixed = kept.mean(axis=0) >= FIXED_SHARE
        if len(members) < 2 or fixed.sum() < SHARED * length:
            return members, fixed, 0.0
        stay = kept[:, fixed].mean(axis=1) >= FIXED_SHARE
        of_passage = self._surprise_of(start, fixed)
        evidence = sum(of_passage) - log_choices(length, len(of_passage))
        if stay.sum() < 2 or evidence - max(of_passage) < BESIDE:
            return members, fixed, 0.0
        return members[stay], fixed, evidence

    def _surprise_of(self, start: int, fixed: Bool) -> list[float]:
        """The surprise of each passage of fixed words of a text that starts at ``start``."""
        s = self.surprise
        found: list[float] = []
        depth = free = 0
        for place in range(len(fixed)):
            if not fixed[place]:
                depth = free = 0
                continue
            if depth == 0:
                found.append(0.0)
            if free == 0:
                found[-1] += float(s.levels[LEVEL[min(depth, len(LEVEL) - 1)], start + place])
            free = max(free - 1, CARRIED if s.unheard[start + place] else 0)
            depth += 1
        return found


def _joined(parts: list[_Pairs]) -> _Pairs:
    return _Pairs(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.evidence for part in parts]),
    )
