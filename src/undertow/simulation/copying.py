"""Copied texts: the families of a block, and who copies which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from undertow.simulation.alterations import Copy
from undertow.simulation.blocks import Ints
from undertow.simulation.texts import CAMPAIGN, LANGUAGES, NEWS, TOPICS, draws, emoji, fill, grammar


def make_copy(rng: np.random.Generator, language: str) -> Copy:
    """The text of a new family: one or two campaign clauses, hashtags, an emoji, and a link in six of ten."""
    rules = grammar(language)
    clauses = rules.topics[TOPICS[CAMPAIGN]]
    chosen = rng.choice(len(clauses), int(rng.integers(1, 3)), replace=False)
    template = (rules.stop + rules.space).join(clauses[index] for index in chosen)
    tags = rng.choice(len(rules.campaign_tags), int(rng.integers(2, 4)), replace=False)
    link = f"https://synthetic-{rng.integers(1, 60)}.example/{rng.integers(10**6)}"
    return Copy(
        language=language,
        body=fill(draws(rng, 40), rules, template),
        template=template,
        tags=tuple(rules.campaign_tags[index] for index in tags),
        emoji=emoji()[int(rng.integers(len(emoji())))],
        links=(link,) if rng.random() < 0.6 else (),
    )


def assign_families(
    rng: np.random.Generator, times: Ints, language: NDArray[np.int8], family_size: float
) -> tuple[list[Copy], Ints]:
    """Families and, for each copying post, its family.

    Families start at the times of randomly chosen posts of their language; a post copies one of those that
    started last (geometric, mean three back), so that a family spreads over days and then dies.
    """
    copies: list[Copy] = []
    family = np.full(len(times), -1, dtype=np.int64)
    for number in np.unique(language):
        rows = np.flatnonzero(language == number)
        count = max(1, round(len(rows) / family_size))
        starts = np.sort(rng.choice(times[rows], count, replace=False))
        newest = np.searchsorted(starts, times[rows], side="right") - 1
        back = np.minimum(rng.geometric(0.35, len(rows)) - 1, np.maximum(newest, 0))
        family[rows] = np.where(newest >= 0, len(copies) + newest - back, -1)
        copies.extend(make_copy(rng, LANGUAGES[int(number)]) for _ in range(count))
    return copies, family


def make_story(rng: np.random.Generator, language: str) -> Copy:
    """A wire story as publishers carry it: one news clause and a link."""
    rules = grammar(language)
    clauses = rules.topics[TOPICS[NEWS]]
    template = clauses[int(rng.integers(len(clauses)))]
    link = f"https://synthetic-wire.example/{rng.integers(10**8)}"
    return Copy(language=language, body=fill(draws(rng, 40), rules, template), template=template, links=(link,))
