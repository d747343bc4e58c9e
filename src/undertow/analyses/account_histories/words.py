"""First and last words: posts such as "test" or "new owner" around a change, from a list by language in a data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from undertow.languages.detect import words_of
from undertow.text import fold

NEAREST = 5
"""Posts on each side of a change that are compared with the list."""


@dataclass(frozen=True)
class Phrase:
    """A phrase, folded: its language, what it points to, and whether it must be the whole post."""

    text: str
    language: str
    kind: str
    whole: bool


@cache
def phrases() -> tuple[Phrase, ...]:
    """The list of ``data/first_words.toml``."""
    file = resources.files("undertow.analyses.account_histories").joinpath("data/first_words.toml")
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Phrase(fold(text), language, group["kind"], group["whole"])
        for group in document["phrases"]
        for language, texts in group.items()
        if isinstance(texts, list)
        for text in texts
    )


def telling(text: str) -> Phrase | None:
    """The phrase of the list that a post is or contains, None for none.

    >>> telling("Test!").kind, telling("@someone test") is None, telling("a test of time")
    ('a test', False, None)
    >>> telling("Hi, new owner of this account here").kind
    'a new owner'
    """
    folded = fold(words_of(text))
    bare = folded.strip(" .!?…,;:-–()\"'")
    padded = f" {folded} "
    for phrase in phrases():
        if phrase.whole:
            if bare == phrase.text:
                return phrase
        elif phrase.text in folded and (not phrase.text.isascii() or f" {phrase.text}" in padded):
            return phrase
    return None
