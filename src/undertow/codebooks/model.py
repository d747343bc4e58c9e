"""What a codebook holds, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.codebooks.rules import Rule


@dataclass(frozen=True)
class Term:
    """A word or phrase, the ``language`` it comes from (BCP 47), and ``why`` it is there.

    ``only``: it counts in posts of that language only (for words that mean something else in another one).
    """

    term: str
    language: str
    why: str
    group: str
    line: int
    only: bool = False


@dataclass(frozen=True)
class Example:
    """A text that a theme or frame must (``match``) or must not match."""

    text: str
    match: bool
    line: int
    language: str | None = None


@dataclass(frozen=True)
class Theme:
    """A theme: a post is in it when ``rule`` holds, not counting words inside phrases of the groups in ``exclude``."""

    id: str
    title: str
    about: str
    rule: Rule
    exclude: tuple[str, ...]
    examples: tuple[Example, ...]
    line: int


@dataclass(frozen=True)
class Frame:
    """Praise and contrast: in one post, a word of ``praise`` belongs to an actor of ``praised`` and one of ``blame``
    to an actor of ``disparaged``.

    A word belongs to the nearest actor within ``within`` words (one that comes after it counts as two words farther
    away). After a word of ``negation`` (three words at most) praise is blame, and blame is nothing. Terms of
    ``endorses`` praise the one, and those of ``rejects`` disparage the other, by themselves (slogans). All but
    ``within`` are names of groups of terms.
    """

    id: str
    title: str
    about: str
    praised: tuple[str, ...]
    disparaged: tuple[str, ...]
    praise: tuple[str, ...]
    blame: tuple[str, ...]
    negation: tuple[str, ...]
    endorses: tuple[str, ...]
    rejects: tuple[str, ...]
    within: int
    examples: tuple[Example, ...]
    line: int


@dataclass(frozen=True)
class Codebook:
    """A codebook as read: ``sha256`` is the hash of its file, ``source`` the name that messages use for it."""

    name: str
    version: str
    title: str
    about: str
    terms: Mapping[str, tuple[Term, ...]]
    themes: tuple[Theme, ...]
    frames: tuple[Frame, ...]
    sha256: str
    source: str

    @property
    def label(self) -> str:
        """Name, version and hash, as findings state them."""
        return f"{self.name} {self.version} (SHA-256 {self.sha256[:12]})"

    @property
    def parts(self) -> tuple[Theme | Frame, ...]:
        """Themes, then frames."""
        return (*self.themes, *self.frames)

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """The terms of all groups, in the order of the file."""
        return tuple(term for group in self.terms.values() for term in group)
