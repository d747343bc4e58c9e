"""What chance means for a shared text: two tests of each family, of its wording and of its times.

Null of both: accounts choose their words by themselves, out of the phrases that the posts outside the family use, and
whenever they post. *Wording* (:mod:`phrases`): too many accounts hold the family's hardest passage for that. *Times*
(:mod:`timing`): too many posted it within one window. A family is beyond chance when either test says so; p is twice the
smaller one (Bonferroni), because either would do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from undertow.analyses.text_families.arrays import Bool, Int64
from undertow.analyses.text_families.commonness import log_at_least
from undertow.analyses.text_families.families import Families, Family
from undertow.analyses.text_families.phrases import Core, Phrases
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.template import FIXED_SHARE
from undertow.analyses.text_families.timing import Together, together

ALIGNED = 200
"""Texts of a family, the commonest, from which its core is taken; accounts that only use others are not counted."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chance:
    """The tests of some families, in their order: natural logarithms of the p-values of ``wording``, of ``times`` and of
    ``both`` together; ``together``: the window that the times name."""

    wording: Floats
    times: Floats
    both: Floats
    together: Together


def against_set(
    found: Families,
    posts: OwnPosts,
    languages: Sequence[str | None],
    numbers: Sequence[int],
    families: Sequence[Int64],
    *,
    users: Int64,
    others: Int64,
) -> Chance:
    """The tests of the families ``numbers``, whose posts in the set are ``families`` (indices).

    ``languages``: of each own post; ``users``: accounts of the set that posted each text; ``others``: those of a control,
    whose phrases count as well.
    """
    phrases = Phrases(found.texts, users + others)
    aligned = [_aligned(phrases, found.families[number], users, found.weights) for number in numbers]
    accounts = _accounts_of(found, posts, {text for _, texts, _ in aligned for text in texts})
    hardest = phrases.hardest([core for core, _, _ in aligned])
    holders = [
        len(
            set().union(*(accounts[text] for text, kept in zip(texts, rows, strict=True) if kept[first:last].all()))
        )
        for (_, texts, rows), first, last in zip(
            aligned, hardest.first.tolist(), hardest.last.tolist(), strict=True
        )
    ]
    wording = log_at_least(np.array(holders, np.int64) - 1, hardest.log_probability, posts.by_account())
    times = together(posts.account, posts.times, languages, families)
    both = np.minimum(np.log(2.0) + np.minimum(wording, times.log_p), 0.0)
    return Chance(wording, times.log_p, both, times)


def _aligned(phrases: Phrases, family: Family, users: Int64, weights: Int64) -> tuple[Core, list[int], Bool]:
    """The words of the medoid that most of the family's posts keep; the commonest of its texts; which of the medoid's words
    each of these keeps (texts, words)."""
    texts = [variant.text for variant in family.members if users[variant.text]][:ALIGNED]
    medoid = phrases.of_text(family.medoid).tolist()
    kept = np.ones((len(texts), len(medoid)), bool)
    for row, text in enumerate(texts):
        if text == family.medoid:
            continue
        kept[row] = False
        for block in Levenshtein.opcodes(medoid, phrases.of_text(text).tolist()):
            if block.tag == "equal":
                kept[row, block.src_start : block.src_end] = True
    fixed = weights[texts] @ kept / weights[texts].sum() >= FIXED_SHARE
    left_out = np.array([variant.text for variant in (*family.members, *family.near_misses)], np.int64)
    return Core(family.medoid, fixed, left_out), texts, kept


def _accounts_of(found: Families, posts: OwnPosts, texts: set[int]) -> dict[int, set[int]]:
    """The accounts that posted each of ``texts``."""
    accounts: dict[int, set[int]] = {text: set() for text in texts}
    for text, account in zip(found.text_of_post.tolist(), posts.account.tolist(), strict=True):
        if text in accounts:
            accounts[text].add(account)
    return accounts
