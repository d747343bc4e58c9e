"""Whether posts repeat a claim or rebut it, by the themes of a codebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from undertow.case import Case
from undertow.codebooks import Codebook, Matcher, find
from undertow.errors import UsageError, did_you_mean
from undertow.sql import one_of

_AT_ONCE = 5_000
"""Posts asked for in one query."""


@dataclass(frozen=True)
class Stance:
    """How many posts were read, and how many match a claim without a rebuttal, and a rebuttal."""

    read: int
    repeating: int
    rebutting: int


@dataclass(frozen=True)
class Stances:
    """A codebook, and which of its themes (by number) state the claims and which rebut them."""

    codebook: Codebook
    matcher: Matcher
    claims: frozenset[int]
    rebuttals: frozenset[int]

    @classmethod
    def named(cls, case: Case, codebook: str, claims: Sequence[str], rebuttals: Sequence[str]) -> Stances:
        """The codebook called ``codebook`` (shipped, or a file seen from the case's folder) with the ids of its themes.

        Raises :class:`UsageError` for a codebook or theme that does not exist, or without rebuttals.
        """
        read = find(codebook, case.path)
        ids = {theme.id: number for number, theme in enumerate(read.themes)}
        if not rebuttals:
            raise UsageError(
                "which themes rebut is not said",
                where="propagation.rebuttals",
                todo=f"name some of: {', '.join(ids)}",
            )
        for name in (*claims, *rebuttals):
            if name not in ids:
                raise UsageError(
                    f"the codebook {read.name} has no theme {name!r}",
                    where="propagation.claims" if name in claims else "propagation.rebuttals",
                    todo=did_you_mean(name, ids),
                )
        chosen = frozenset(ids[name] for name in claims) or frozenset(ids.values())
        against = frozenset(ids[name] for name in rebuttals)
        return cls(read, Matcher(read), chosen - against, against)

    @property
    def words(self) -> str:
        """Which codebook and themes, for the method."""
        themes = self.codebook.themes
        claims, rebuttals = (
            ", ".join(themes[number].id for number in sorted(numbers)) for numbers in (self.claims, self.rebuttals)
        )
        return (
            f"By the codebook {self.codebook.name} {self.codebook.version} (SHA-256 {self.codebook.sha256[:16]}) "
            f"a first post rebuts when it is in a theme of: {rebuttals}; else it repeats when it is in one of: "
            f"{claims}."
        )

    def of(self, case: Case, posts: Iterable[tuple[str, str]]) -> Stance:
        """The stance of these posts (platform, id); those without a text are not read."""
        read = repeating = rebutting = 0
        names = sorted(set(posts))
        for start in range(0, len(names), _AT_ONCE):
            listed = one_of(names[start : start + _AT_ONCE], "post_id")
            rows = case.query(
                f"SELECT text, language FROM posts WHERE ({listed}) AND text IS NOT NULL ORDER BY platform, post_id"
            )
            for text, language in zip(rows["text"].to_pylist(), rows["language"].to_pylist(), strict=True):
                themes = set(self.matcher.themes(self.matcher.find(text, language)))
                read += 1
                rebutting += bool(themes & self.rebuttals)
                repeating += bool(themes & self.claims and not themes & self.rebuttals)
        return Stance(read, repeating, rebutting)
