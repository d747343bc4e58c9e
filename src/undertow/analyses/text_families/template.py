"""The template of a family: what its texts share, and the slots where they differ."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from undertow.analyses.text_families.guards import tokens

FIXED_SHARE = 0.8
"""Share of a family's posts that must have a word of the medoid for it to be part of the template."""


@dataclass(frozen=True)
class Segment:
    """A passage of a template: fixed words, or a slot with what stands in it and in how many posts, commonest first.

    ``words`` are the medoid's; a slot may be empty there. ``fillers`` is empty for fixed words.
    """

    words: tuple[str, ...]
    slot: bool
    fillers: tuple[tuple[tuple[str, ...], int], ...] = ()


@dataclass(frozen=True)
class Template:
    """Fixed passages and slots in turn. ``slots`` counts the slots, ``fixed`` is the share of the medoid's words
    that are fixed."""

    segments: tuple[Segment, ...]
    slots: int
    fixed: float

    def __str__(self) -> str:
        """The template as words, each slot as ``[...]`` with its two commonest fillers."""
        return " ".join(_shown(segment) for segment in self.segments)


def template(texts: Sequence[str], posts: Sequence[int], *, fixed_share: float = FIXED_SHARE) -> Template:
    """The template of normalised ``texts``, the medoid first, each with its number of posts.

    Each text is aligned with the medoid word by word (character by character where no spaces are written) with the
    fewest insertions, deletions and replacements. Words that at least ``fixed_share`` of the posts keep are fixed;
    between two fixed words is a slot where any post has something other than the medoid.

    Raises ValueError without texts.

    >>> str(template(["thanks to the new bridge", "thanks to the old ferry", "thanks to the new ferry"], [5, 1, 2],
    ...     fixed_share=0.9))
    'thanks to the [new bridge | new ferry | ...]'
    """
    if not texts:
        raise ValueError("a template needs at least one text")
    split = [tokens(text) for text in texts]
    medoid = split[0]
    weights = np.asarray(posts, np.float64)
    places = np.full((len(split), len(medoid)), -1, np.int64)
    for row, words in enumerate(split):
        for block in Levenshtein.opcodes(medoid, words):
            if block.tag == "equal":
                places[row, block.src_start : block.src_end] = np.arange(block.dest_start, block.dest_end)
    kept = weights @ (places >= 0) / weights.sum()
    anchors = [-1, *np.flatnonzero(kept >= fixed_share).tolist(), len(medoid)]
    segments: list[Segment] = []
    run: list[str] = []
    for left, right in itertools.pairwise(anchors):
        if left >= 0:
            run.append(medoid[left])
        fillers = _fillers(split, places, posts, left, right)
        inside = tuple(medoid[left + 1 : right])
        if set(fillers) == {inside}:
            run.extend(inside)
            continue
        if run:
            segments.append(Segment(tuple(run), slot=False))
            run = []
        ranked = tuple(sorted(fillers.items(), key=lambda item: (-item[1], item[0])))
        segments.append(Segment(inside, slot=True, fillers=ranked))
    if run:
        segments.append(Segment(tuple(run), slot=False))
    fixed = sum(len(segment.words) for segment in segments if not segment.slot)
    return Template(tuple(segments), sum(segment.slot for segment in segments), fixed / max(1, len(medoid)))


def _fillers(
    split: Sequence[Sequence[str]], places: np.ndarray, posts: Sequence[int], left: int, right: int
) -> Counter[tuple[str, ...]]:
    """What stands between two fixed words, in how many posts; texts that lack either word say nothing of it."""
    found: Counter[tuple[str, ...]] = Counter()
    last = places.shape[1]
    for row, words in enumerate(split):
        start = 0 if left < 0 else int(places[row, left]) + 1
        end = len(words) if right == last else int(places[row, right])
        if (left >= 0 and start == 0) or end < start:
            continue
        found[tuple(words[start:end])] += int(posts[row])
    return found


def _shown(segment: Segment) -> str:
    if not segment.slot:
        return " ".join(segment.words)
    shown = [" ".join(words) for words, _ in segment.fillers[:2]]
    return "[" + " | ".join([*shown, *(["..."] if len(segment.fillers) > 2 else [])]) + "]"
