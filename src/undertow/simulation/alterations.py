"""How copied texts differ from each other: one function a kind of alteration.

Each takes a :class:`Copy` (what the family's text is made of) and returns the text of one post with the lists of
its hashtags and links. ``exact`` changes nothing but the link code; the others leave the meaning as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from undertow.simulation.texts import draws, emoji, fill, grammar, translate, variants


@dataclass(frozen=True)
class Copy:
    """The parts of a copied text: ``template`` is the unfilled clause that ``template`` alterations refill."""

    language: str
    body: str
    template: str
    tags: tuple[str, ...] = ()
    emoji: str = ""
    links: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text as posted, without its links."""
        parts = [self.body, self.emoji, *(f"#{tag}" for tag in self.tags)]
        return " ".join(part for part in parts if part)


Alteration = Callable[[np.random.Generator, Copy], Copy]


def exact(rng: np.random.Generator, copy: Copy) -> Copy:
    """The same text."""
    del rng
    return copy


def small_edit(rng: np.random.Generator, copy: Copy) -> Copy:
    """One or two characters doubled, dropped, or swapped with their neighbour."""
    letters = list(copy.body)
    for _ in range(int(rng.integers(1, 3))):
        place = int(rng.integers(1, max(2, len(letters) - 1)))
        kind = int(rng.integers(3))
        if kind == 0:
            letters.insert(place, letters[place - 1])
        elif kind == 1 and len(letters) > 12:
            del letters[place]
        elif place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return replace(copy, body="".join(letters))


def template(rng: np.random.Generator, copy: Copy) -> Copy:
    """The template's slots filled anew; the rest of the text unchanged."""
    return replace(copy, body=fill(draws(rng, 40), grammar(copy.language), copy.template))


def shuffled_tags(rng: np.random.Generator, copy: Copy) -> Copy:
    """The hashtags in another order."""
    return replace(copy, tags=tuple(copy.tags[index] for index in rng.permutation(len(copy.tags))))


def swapped_emoji(rng: np.random.Generator, copy: Copy) -> Copy:
    """Other emoji, one to three."""
    chosen = rng.choice(len(emoji()), int(rng.integers(1, 4)), replace=False)
    return replace(copy, emoji="".join(emoji()[index] for index in chosen))


def changed_link(rng: np.random.Generator, copy: Copy) -> Copy:
    """Another link."""
    return replace(copy, links=(f"https://synthetic-{rng.integers(1, 60)}.example/{rng.integers(10**6)}",))


def full_width(rng: np.random.Generator, copy: Copy) -> Copy:
    """Half of the ASCII letters, digits and marks in their full-width form; none there: the spaces."""
    letters = [
        chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" and rng.random() < 0.5 else letter for letter in copy.body
    ]
    body = "".join(letters)
    return replace(copy, body=body if body != copy.body else copy.body.replace(" ", "\u3000") + "！")


def lookalike(rng: np.random.Generator, copy: Copy) -> Copy:
    """A fifth of the letters that have a twin in another script replaced by it; at least the first such letter."""
    twins = variants()["lookalike"]
    where = [index for index, letter in enumerate(copy.body) if letter in twins]
    chosen = {index for index in where if rng.random() < 0.2} | set(where[:1])
    return replace(copy, body="".join(twins[c] if i in chosen else c for i, c in enumerate(copy.body)))


def zero_width(rng: np.random.Generator, copy: Copy) -> Copy:
    """One to six zero-width characters inside the text."""
    letters = list(copy.body)
    for _ in range(int(rng.integers(1, 7))):
        letters.insert(int(rng.integers(1, len(letters))), "\u200b\u200c\u200d\u2060\ufeff"[int(rng.integers(5))])
    return replace(copy, body="".join(letters))


def other_script(rng: np.random.Generator, copy: Copy) -> Copy:
    """Chinese in the other script (Simplified or Traditional)."""
    del rng
    table = "simplified" if copy.language == "zh-Hant" else "traditional"
    return replace(copy, body=translate(copy.body, table), tags=tuple(translate(tag, table) for tag in copy.tags))


ALTERATIONS: Mapping[str, Alteration] = MappingProxyType(
    {
        "exact": exact,
        "small_edit": small_edit,
        "template": template,
        "shuffled_tags": shuffled_tags,
        "swapped_emoji": swapped_emoji,
        "changed_link": changed_link,
        "full_width": full_width,
        "lookalike": lookalike,
        "zero_width": zero_width,
        "other_script": other_script,
    }
)
"""Kinds of alteration by name; ``truth.csv`` says which one each copy had."""


def alter(rng: np.random.Generator, kind: str, copy: Copy) -> tuple[str, Copy]:
    """``copy`` altered, and the kind applied: ``exact`` where the kind does not apply to the text's script.

    >>> import numpy as np
    >>> base = Copy("en", "the new bridge is open", "{good} is open", ("OneHarbour", "LanternBridge"))
    >>> alter(np.random.default_rng(1), "other_script", base)[0]
    'exact'
    """
    if kind == "other_script" and not copy.language.startswith("zh"):
        return "exact", copy
    altered = ALTERATIONS[kind](rng, copy)
    return ("exact" if altered == copy else kind), altered
