"""The ABCDE summary of a case: actor, behaviour, content, degree, effect (Pamment, Carnegie Endowment, 2020).

Made of what the findings and the tables say, and of judgements that people signed; what was not looked at says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from undertow.finding import STRENGTHS, Aspect, Finding
from undertow.wording import count

if TYPE_CHECKING:
    from undertow.case import Case

LETTERS: Mapping[str, str] = {
    "Actor": "who is behind it",
    "Behaviour": "what they do",
    "Content": "what they say",
    "Degree": "how much of it there is",
    "Effect": "what it brought about",
}
_BEHAVIOUR: tuple[Aspect, ...] = ("behaviour", "technical")
_CONTENT: tuple[Aspect, ...] = ("narrative framing", "targeting")


NAMED = 3
"""Findings that one letter states, of different questions; the others are counted."""


@dataclass(frozen=True)
class Degree:
    """How much there is: posts, accounts, platforms, languages, and the days from the first to the last post."""

    posts: int
    accounts: int
    platforms: tuple[str, ...]
    languages: int
    first: str | None
    last: str | None
    reactions: int | None
    views: int | None

    @property
    def words(self) -> str:
        """The degree in a sentence."""
        span = f", {self.first} to {self.last}" if self.first else ""
        spoken = f"; {count(self.languages, 'language')} as the platform states them" if self.languages else ""
        size = f"{count(self.posts, 'post')} by {count(self.accounts, 'account')}"
        return f"{size} on {', '.join(self.platforms)}{span}{spoken}."

    @property
    def effect(self) -> str:
        """What can be said about the effect: counters, which are not effect."""
        counted = [f"{self.reactions:,} likes, reposts, replies and quotes"] if self.reactions is not None else []
        counted += [f"{self.views:,} views"] if self.views is not None else []
        listed = f"The platform counted {' and '.join(counted)} of these posts. " if counted else ""
        return f"{listed}Not assessed: counters are reach, and reach is not effect."


def degree(case: Case) -> Degree:
    """The size of the case, counted."""
    row = case.query(
        "SELECT count(*) AS posts, count(DISTINCT (platform, account_id)) AS accounts, "
        "list_sort(list(DISTINCT platform)) AS platforms, count(DISTINCT language) AS languages, "
        "min(created_at)::DATE::VARCHAR AS first, max(created_at)::DATE::VARCHAR AS last, "
        "CAST(sum(coalesce(likes, 0) + coalesce(reposts, 0) + coalesce(replies, 0) + coalesce(quotes, 0)) "
        "FILTER (WHERE coalesce(likes, reposts, replies, quotes) IS NOT NULL) AS BIGINT) AS reactions, "
        "CAST(sum(views) AS BIGINT) AS views FROM posts"
    ).to_pylist()[0]
    return Degree(**{**row, "platforms": tuple(row["platforms"] or ("no platform",))})


def summary(actor: str, findings: Sequence[Finding], size: Degree) -> dict[str, str]:
    """Letter -> its sentence."""
    return {
        "Actor": actor,
        "Behaviour": _of(findings, _BEHAVIOUR),
        "Content": _of(findings, _CONTENT),
        "Degree": size.words + _looked_at(findings),
        "Effect": size.effect,
    }


def _looked_at(findings: Sequence[Finding]) -> str:
    """What the findings look at, where it is not the whole case."""
    filters = {finding.filter for finding in findings}
    if not filters or filters == {None}:
        return ""
    if None in filters or len(filters) > 1:
        return " Some findings look at a part of it only, as they say."
    (only,) = filters
    return f" The findings look at a part of it only: {only}."


def _of(findings: Sequence[Finding], aspects: Sequence[Aspect]) -> str:
    here = [finding for finding in findings if finding.aspect in aspects]
    if not here:
        return "Not looked at: no analysis of this case is about it."
    told = sorted((f for f in here if f.strength != "none"), key=lambda f: -STRENGTHS.index(f.strength))
    if not told:
        return f"Nothing found beyond chance, or too little to tell ({count(len(here), 'finding')})."
    strongest = {finding.question: finding for finding in reversed(told)}  # the first of each question stays
    named = [finding for finding in told if strongest[finding.question] is finding][:NAMED]
    rest = len(told) - len(named)
    more = f" {count(rest, 'more finding')} about it found something." if rest else ""
    return " ".join(finding.statement for finding in named) + more
