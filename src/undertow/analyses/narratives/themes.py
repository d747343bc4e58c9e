"""Which posts are in which theme: by codebooks, or by discovery where none was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from undertow.analyses.own_posts import OwnPosts
from undertow.case import Case
from undertow.codebooks import Codebook, Matcher, find
from undertow.errors import UsageError
from undertow.text.words import Words

Bool = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Story:
    """A theme or frame, with the posts that are in it: ``name`` for tables, ``title`` for sentences."""

    name: str
    title: str
    posts: Bool
    source: str


@dataclass(frozen=True)
class Coded:
    """What the codebooks say of the posts: ``term_posts``: of each codebook, posts by number of the term."""

    books: tuple[Codebook, ...]
    themes: tuple[Story, ...]
    frames: tuple[Story, ...]
    term_posts: tuple[dict[int, int], ...]


def codebooks_of(case: Case, given: Sequence[str]) -> tuple[Codebook, ...]:
    """The codebooks that settings name, else those of ``case.toml``; file names are seen from the case's folder.

    Raises :class:`UsageError` for names that do not exist, and what reading them raises.
    """
    return tuple(find(name, Path(case.path)) for name in codebook_names(case, given))


def codebook_names(case: Case, given: Sequence[str]) -> tuple[str, ...]:
    """Their names, each once; :class:`UsageError` where ``case.toml`` does not list names."""
    names: object = list(given) or case.settings.get("codebooks", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(
            "codebooks is not a list of names", where="case.toml", todo='write: codebooks = ["NAME", "FILE.yaml"]'
        )
    return tuple(dict.fromkeys(names))


def coded(books: Sequence[Codebook], posts: OwnPosts, words: Sequence[Words]) -> Coded:
    """The posts in each theme and frame of ``books``."""
    themes: list[Story] = []
    frames: list[Story] = []
    counts: list[dict[int, int]] = []
    for book in books:
        matcher = Matcher(book)
        in_theme = np.zeros((len(book.themes), len(posts)), bool)
        in_frame = np.zeros((len(book.frames), len(posts)), bool)
        terms: dict[int, int] = {}
        for post, (found_words, language) in enumerate(zip(words, posts.tags, strict=True)):
            found = matcher.find_in(found_words, language)
            if not found.hits:
                continue
            in_theme[list(matcher.themes(found)), post] = True
            in_frame[list(matcher.frames(found)), post] = True
            for number in {number for listed in found.hits.values() for _, number in listed}:
                terms[number] = terms.get(number, 0) + 1
        source = f"{book.name} {book.version}"
        themes += [
            Story(f"{book.name}.{part.id}", part.title, in_theme[n], source) for n, part in enumerate(book.themes)
        ]
        frames += [
            Story(f"{book.name}.{part.id}", part.title, in_frame[n], source) for n, part in enumerate(book.frames)
        ]
        counts.append(terms)
    return Coded(tuple(books), tuple(themes), tuple(frames), tuple(counts))
