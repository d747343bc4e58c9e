"""Text families: groups of posts that say nearly the same thing, held together by a medoid.

Linked texts form components; a chain of small edits can lead a component far from where it started. Each component
is therefore gathered round its medoid (the text most similar to the others, weighed by posts): what is too far from
it (see :data:`DRIFT`) forms families of its own, and what differs from it by a negation or a number is a near miss.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Float64, Int64
from undertow.analyses.text_families.candidates import DEFAULT_BANDING, Banding, distinct
from undertow.analyses.text_families.guards import Difference, differences
from undertow.analyses.text_families.linking import Links, link
from undertow.analyses.text_families.verify import (
    DEFAULT_SIMILARITY,
    NEAR_MISS,
    SAME,
    Similarity,
    Verified,
    Verifier,
)
from undertow.text.normalise import normalise_all

DRIFT = Similarity(edit=0.55, jaccard=0.5, short_edit=0.8, floor=0.25)
"""How similar every member is at least to its family's medoid."""

_MEDOID_CANDIDATES = 8
_MEDOID_SAMPLE = 64
_MEDOID_BATCH = 500_000  # pairs of texts compared in one go
_TOGETHER = 500


@dataclass(frozen=True)
class Variant:
    """One text of a family and how it compares with the medoid.

    ``text`` is an index of :attr:`Families.texts`; ``edit`` and ``jaccard`` are its similarities with the medoid.
    """

    text: int
    edit: float
    jaccard: float


@dataclass(frozen=True)
class Family:
    """A family: its medoid, its members (the medoid first, then by posts) and its near misses.

    ``posts`` counts the posts of the members, ``near_miss_posts`` those of the near misses. A near miss may be a
    member of another family as well.
    """

    medoid: int
    members: tuple[Variant, ...]
    near_misses: tuple[Variant, ...]
    posts: int
    near_miss_posts: int


@dataclass(frozen=True)
class Families:
    """The families of a set of posts, largest first.

    ``texts``: the distinct normalised texts, sorted. ``text_of_post``: for each post its index in ``texts``, -1 where
    nothing is left to compare. ``family_of_text``: for each text its family's index, -1 for none (near misses
    alone do not count). ``weights``: posts of each text. ``links``: what linked them, with the work done.
    """

    texts: tuple[str, ...]
    text_of_post: Int64
    weights: Int64
    family_of_text: Int64
    families: tuple[Family, ...]
    links: Links
    verifier: Verifier

    @property
    def family_of_post(self) -> Int64:
        """For each post the index of its family, -1 for none."""
        found = np.full(len(self.text_of_post), -1, np.int64)
        known = self.text_of_post >= 0
        found[known] = self.family_of_text[self.text_of_post[known]]
        return found

    def differences(self, family: Family, variant: Variant) -> tuple[Difference, ...]:
        """How a variant or near miss differs from its family's medoid, word by word."""
        return differences(self.texts[family.medoid], self.texts[variant.text], self.verifier.rules)


def find_families(
    texts: Iterable[str | None],
    *,
    similarity: Similarity = DEFAULT_SIMILARITY,
    drift: Similarity = DRIFT,
    banding: Banding = DEFAULT_BANDING,
    seed: int = 0,
    workers: int = 2,
) -> Families:
    """The families of posts with these raw ``texts`` (leave reposts out before); a family has two posts or more.

    The same texts and ``seed`` give the same families, in whatever order the posts come.

    >>> found = find_families(["Cats are grey today, all of them in the old town of Eastvale!"] * 2
    ...     + ["cats are grey today, all of them in the old  town of Eastvale"]
    ...     + ["Cats are not grey today, all of them in the old town of Eastvale"])
    >>> [(family.posts, family.near_miss_posts) for family in found.families]
    [(3, 1)]
    """
    keys = [normalised.key for normalised in normalise_all(texts)]
    distinct = tuple(sorted({key for key in keys if key}))  # sorted: the order of the posts decides nothing
    numbers = {key: number for number, key in enumerate(distinct)}
    text_of_post = np.fromiter((numbers.get(key, -1) for key in keys), np.int64, len(keys))
    weights = np.bincount(text_of_post[text_of_post >= 0], minlength=len(distinct)).astype(np.int64)
    links, verifier = link(distinct, weights, similarity=similarity, banding=banding, seed=seed, workers=workers)
    groups = gather(links, verifier, weights, drift)
    near = near_misses(links, verifier, weights, groups, similarity)
    families, family_of_text = _families(groups, near, weights)
    return Families(distinct, text_of_post, weights, family_of_text, families, links, verifier)


def gather(links: Links, verifier: Verifier, weights: Int64, drift: Similarity) -> dict[int, list[Variant]]:
    """Medoid -> its members (itself among them): components split until every member is within ``drift``; a text
    of two posts or more that nothing resembles is a group by itself.

    Round by round: each group finds its medoid, keeps what is near enough, and the rest goes on, together when it
    is small (at most 500 texts), else by the pairs that linked it.
    """
    groups: dict[int, list[Variant]] = {}
    waiting = _split(links.component, np.arange(len(links.component)))
    known = _Compared.nothing()
    while waiting:
        medoids, known = _medoids(waiting, verifier, weights, known)
        left = np.concatenate(
            [np.full(len(group) - 1, medoid) for group, medoid in zip(waiting, medoids, strict=True)]
        ).astype(np.int64)
        right = np.concatenate([group[group != medoid] for group, medoid in zip(waiting, medoids, strict=True)])
        found = verifier.verify(left, right, drift)
        kept = found.only(SAME)
        for medoid in medoids:
            groups[medoid] = [Variant(medoid, 1.0, 1.0)]
        for medoid, variant in _variants(kept):
            groups[medoid].append(variant)
        ahead = found.relation != SAME
        rests = _split(found.left[ahead], found.right[ahead], single=True)
        waiting = [rest for rest in rests if len(rest) <= _TOGETHER]
        waiting += _by_links([rest for rest in rests if len(rest) > _TOGETHER], links.same, len(weights))
    gathered = {variant.text for members in groups.values() for variant in members}
    for text in np.flatnonzero(weights >= 2).tolist():  # exact copies that nothing else resembles
        if text not in gathered:
            groups[text] = [Variant(text, 1.0, 1.0)]
    return groups


def near_misses(
    links: Links, verifier: Verifier, weights: Int64, groups: dict[int, list[Variant]], similarity: Similarity
) -> dict[int, list[Variant]]:
    """Medoid -> its near misses: texts that meet a member as one, and the medoid as one.

    A group of texts that are only near misses of each other ("12 injured", "14 injured", ...) is listed under its
    heaviest text.
    """
    medoid_of = np.full(len(weights), -1, np.int64)
    for medoid, members in groups.items():
        medoid_of[[variant.text for variant in members]] = medoid
    joined = {variant.text for members in groups.values() if len(members) > 1 for variant in members}
    alone = {text for text in np.flatnonzero(weights == 1).tolist() if text not in joined}
    a = np.concatenate([links.near.left, links.near.right])
    b = np.concatenate([links.near.right, links.near.left])
    head = np.where(medoid_of[a] >= 0, medoid_of[a], a)
    other = medoid_of[b] != head
    pairs = {(int(h), int(t)) for h, t in zip(head[other], b[other], strict=True)}
    pairs |= {(h, int(medoid_of[t])) for h, t in pairs if medoid_of[t] >= 0 and medoid_of[t] != h}
    ordered = sorted(pairs)
    left = np.array([h for h, _ in ordered], np.int64)
    right = np.array([t for _, t in ordered], np.int64)
    found = verifier.verify(left, right, similarity).only(NEAR_MISS)
    listed: dict[int, list[Variant]] = {}
    taken: set[int] = set()
    near = sorted(_variants(found), key=lambda item: (item[0] in alone, -weights[item[0]], item[0], item[1].text))
    for medoid, variant in near:
        if medoid in alone and (medoid in taken or variant.text in taken or variant.text not in alone):
            continue  # two single posts: each is listed once, under the first of them
        listed.setdefault(medoid, []).append(variant)
        if variant.text in alone:
            taken.add(variant.text)
    return {medoid: variants for medoid, variants in listed.items() if medoid not in taken or medoid not in alone}


def _families(
    groups: dict[int, list[Variant]], near: dict[int, list[Variant]], weights: Int64
) -> tuple[tuple[Family, ...], Int64]:
    families: list[Family] = []
    for medoid in sorted({*groups, *near}):
        members = groups.get(medoid, [Variant(medoid, 1.0, 1.0)])
        members.sort(key=lambda variant: (variant.text != medoid, -weights[variant.text], variant.text))
        misses = sorted(near.get(medoid, ()), key=lambda variant: (-weights[variant.text], variant.text))
        posts = int(sum(weights[variant.text] for variant in members))
        missed = int(sum(weights[variant.text] for variant in misses))
        if posts >= 2 or missed:
            families.append(Family(medoid, tuple(members), tuple(misses), posts, missed))
    families.sort(key=lambda family: (-family.posts, -family.near_miss_posts, family.medoid))
    family_of_text = np.full(len(weights), -1, np.int64)
    for number, family in enumerate(families):
        if family.posts >= 2:
            family_of_text[[variant.text for variant in family.members]] = number
    return tuple(families), family_of_text


def _variants(pairs: Verified) -> Iterable[tuple[int, Variant]]:
    """(medoid, variant) of each pair, the medoid on the left."""
    return [
        (medoid, Variant(text, round(edit, 4), round(jaccard, 4)))
        for medoid, text, edit, jaccard in zip(
            pairs.left.tolist(), pairs.right.tolist(), pairs.edit.tolist(), pairs.jaccard.tolist(), strict=True
        )
    ]


def _split(labels: Int64, texts: Int64, *, single: bool = False) -> list[Int64]:
    """``texts`` by their labels, each group ascending; groups of one only when ``single`` asks for them."""
    order = np.lexsort((texts, labels))
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    return [group for group in np.split(texts[order], cuts) if len(group) > (0 if single else 1)]


def _by_links(parts: Sequence[Int64], same: Verified, count: int) -> list[Int64]:
    """Groups of texts, of ``count`` in all, connected by pairs that lie wholly within one of ``parts``."""
    from undertow.analyses.text_families.kernel import roots, unite

    if not parts:
        return []
    part = np.full(count, -1, np.int64)
    for number, texts in enumerate(parts):
        part[texts] = number
    inside = (part[same.left] >= 0) & (part[same.left] == part[same.right])
    parent = np.arange(count)
    unite(parent, same.left[inside], same.right[inside])
    texts = np.concatenate(parts)
    return _split(roots(parent)[texts], texts, single=True)


@dataclass(frozen=True)
class _Compared:
    """Pairs of texts, each once, as ascending ``codes`` (smaller * number of texts + larger), and how ``similar``."""

    codes: Int64
    similar: Float64

    @classmethod
    def nothing(cls) -> _Compared:
        return cls(np.zeros(0, np.int64), np.zeros(0))

    @classmethod
    def of(cls, codes: Int64, verifier: Verifier, known: _Compared) -> _Compared:
        """The edit similarity of these pairs, those ``known`` taken from there."""
        similar = np.empty(len(codes))
        place = np.searchsorted(known.codes, codes)
        new = place == len(known.codes)
        new[~new] = known.codes[place[~new]] != codes[~new]
        similar[~new] = known.similar[place[~new]]
        similar[new] = verifier.whole(*np.divmod(codes[new], len(verifier.texts)))
        return cls(codes, similar)


def _medoids(
    groups: Sequence[Int64], verifier: Verifier, weights: Int64, known: _Compared
) -> tuple[list[int], _Compared]:
    """For each group the text with the greatest edit similarity to the others, weighed by posts.

    Looked for among the eight heaviest, against the 64 heaviest; ties go to the heavier, then the smaller index. Returns
    the pairs compared, too: what is left of a group has most of its heaviest texts in the next round, as ``known``.
    """
    ordered = [group[np.lexsort((group, -weights[group]))] for group in groups]
    medoids = [int(group[0]) for group in ordered]
    asked = [number for number, group in enumerate(ordered) if len(group) > 2]
    compared = [_Compared.nothing()]
    for part in _batches(asked, [_pairs_of(ordered[number]) for number in asked]):
        candidates = [ordered[number][:_MEDOID_CANDIDATES] for number in part]
        samples = [ordered[number][:_MEDOID_SAMPLE] for number in part]
        few = np.concatenate([np.repeat(few, len(many)) for few, many in zip(candidates, samples, strict=True)])
        many = np.concatenate([np.tile(many, len(few)) for few, many in zip(candidates, samples, strict=True)])
        codes = np.minimum(few, many) * len(verifier.texts) + np.maximum(few, many)
        compared.append(_Compared.of(distinct(codes), verifier, known))
        similar = compared[-1].similar[np.searchsorted(compared[-1].codes, codes)]
        start = 0
        for number, candidate, sample in zip(part, candidates, samples, strict=True):
            table = similar[start : start + len(candidate) * len(sample)].reshape(len(candidate), len(sample))
            start += table.size
            medoids[number] = int(candidate[np.argmax(np.round(table @ weights[sample], 9))])
    codes = np.concatenate([each.codes for each in compared])
    order = np.argsort(codes, kind="stable")
    return medoids, _Compared(codes[order], np.concatenate([each.similar for each in compared])[order])


def _pairs_of(group: Int64) -> int:
    """How many pairs of texts :func:`_medoids` compares for a group."""
    return min(len(group), _MEDOID_CANDIDATES) * min(len(group), _MEDOID_SAMPLE)


def _batches(items: Sequence[int], costs: Sequence[int]) -> Iterator[list[int]]:
    """``items`` in turn, in lists whose ``costs`` come to about :data:`_MEDOID_BATCH`."""
    number = np.cumsum(np.asarray(costs, np.int64)) // _MEDOID_BATCH
    for _, part in itertools.groupby(zip(items, number.tolist(), strict=True), key=lambda pair: pair[1]):
        yield [item for item, _ in part]
