"""Which stories are told: themes by codebooks or found without, over time, compared, and praise against blame.

How themes are found, and how often that goes wrong: ``docs/explanation/narratives.md``. Reposts are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from undertow.analyses import base
from undertow.analyses.derived import derived
from undertow.analyses.narratives import (
    comparison,
    discovered_finding,
    events_finding,
    pivots_finding,
    themes_finding,
    too_little,
)
from undertow.analyses.narratives.discovery import discover
from undertow.analyses.narratives.embeddings import PACKAGE, embedded
from undertow.analyses.narratives.keyness import against_control
from undertow.analyses.narratives.periods import find_pivots
from undertow.analyses.narratives.themes import codebook_names, codebooks_of, coded
from undertow.analyses.narratives.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.own_posts import Int64, OwnPosts, all_words
from undertow.analyses.reads import Reads, named
from undertow.case import Case
from undertow.codebooks import files_of
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.wording import count

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        themes_finding.THEMES: "share of own posts in each theme of the codebooks",
        discovered_finding.ID: "themes found without a codebook, with their words, central posts and stability",
        pivots_finding.ID: "when a theme takes over from another: changes of shares over time, with dates",
        themes_finding.FRAMING: "posts that praise one actor and disparage another, by the codebooks' rules",
        comparison.ID: "themes and words of two groups of posts against each other (with group_a and group_b)",
        events_finding.ID: "changes beside dated events of a file (with events)",
    }
)


def _files(case: Case, parameters: Parameters) -> list[Path]:
    """The codebooks, the events and the word vectors that the settings name."""
    folder = Path(case.path)
    events = [] if parameters.events is None else [folder / parameters.events]
    vectors = named(None if parameters.embedding == PACKAGE else parameters.embedding)
    return [*files_of(codebook_names(case, parameters.codebooks), folder), *events, *vectors]


READS = Reads(
    tables=frozenset({"posts"}),
    derived=("text_families.members",),
    files=_files,
)


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    codebooks: tuple[str, ...] = field(
        default=(), metadata={"help": "codebooks, by name or file; else those of case.toml (codebooks = [...])"}
    )
    resolution: float = field(default=2.0, metadata={"help": "larger: more and smaller themes are discovered"})
    families: bool = field(
        default=False, metadata={"help": "in discovery, count the posts of one text family once (takes longer)"}
    )
    embedding: str | None = field(
        default=None,
        metadata={"help": "place posts by a model: package (the extra embeddings), or a folder with *.vec files"},
    )
    level: float = field(default=0.05, metadata={"help": "level at which a change over time counts"})
    events: str | None = field(
        default=None,
        metadata={"help": "CSV file of dated events (columns date, event), seen from the case's folder"},
    )
    event_window: int = field(default=7, metadata={"help": "days after an event in which a change lies near it"})
    group_a: str | None = field(
        default=None, metadata={"help": "condition on posts: the first group to compare", "condition": True}
    )
    group_b: str | None = field(
        default=None, metadata={"help": "condition on posts: the second group", "condition": True}
    )
    draws: int = field(default=1000, metadata={"help": "bootstrap draws over accounts"})

    def __post_init__(self) -> None:
        if (self.group_a is None) != (self.group_b is None):
            raise UsageError(
                "one group is missing", where="narratives.group_a", todo="give both group_a and group_b, or neither"
            )
        if not 0 < self.level < 0.5:
            raise UsageError(
                f"{self.level:g} is not a level", where="narratives.level", todo="give a share, for example 0.05"
            )
        if not 0 < self.resolution <= 100:
            raise UsageError(
                f"{self.resolution:g} is no resolution",
                where="narratives.resolution",
                todo="give a number, 1 to 10",
            )
        for name in ("draws", "event_window"):
            if getattr(self, name) < 1:
                raise UsageError("it must be 1 or more", where=f"narratives.{name}", todo="give 1 or more")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the stories that the posts in scope tell."""
    scope, seed, draws = parameters.scope, parameters.seed, parameters.draws
    books = codebooks_of(case, parameters.codebooks)
    events = None if parameters.events is None else events_finding.read_events(Path(case.path) / parameters.events)
    posts = OwnPosts.of(case, parameters)
    if not len(posts):
        why = "there are no posts" if not posts.reposts else f"all of {count(posts.reposts, 'post')} are reposts"
        names = [name for name in FINDINGS if name not in (comparison.ID, events_finding.ID)]
        return [too_little.finding(case, scope, name, f"Too little to tell: {why}.") for name in names]
    words = all_words(posts)
    said = coded(books, posts, words)
    found = discover(
        posts,
        words,
        seed=seed,
        resolution=parameters.resolution,
        groups=_families(case, parameters, posts) if parameters.families else None,
        places=None if parameters.embedding is None else embedded(parameters.embedding, posts.texts, words),
    )
    matched = any(story.posts.any() for story in said.themes)
    stories = said.themes if matched or found is None else discovered_finding.stories(found)
    by = "themes of the codebooks" if stories is said.themes else "themes found without a codebook"
    pivots = find_pivots(posts, stories, level=parameters.level, seed=seed)
    findings = [
        themes_finding.themes(case, scope, posts, said, draws=draws, seed=seed),
        discovered_finding.finding(
            case,
            scope,
            posts,
            found,
            control=against_control(case, parameters, found),
            codebooks=bool(books),
            draws=draws,
            seed=seed,
        ),
        pivots_finding.finding(case, scope, posts, pivots, level=parameters.level, by=by),
        themes_finding.framing(case, scope, posts, said, draws=draws, seed=seed),
    ]
    if parameters.group_a is not None and parameters.group_b is not None:
        findings.append(
            comparison.finding(
                case,
                parameters,
                posts,
                stories,
                found.features if found is not None else None,
                group_a=parameters.group_a,
                group_b=parameters.group_b,
                by=by,
            )
        )
    if events is not None:
        findings.append(
            events_finding.finding(case, scope, posts, pivots, events, window=parameters.event_window, seed=seed)
        )
    return findings


def _families(case: Case, parameters: Parameters, posts: OwnPosts) -> Int64:
    """The text family of each post, -1 for none."""
    table = derived(case, "text_families.members", parameters)
    keys = zip(table["platform"].to_pylist(), table["post_id"].to_pylist(), strict=True)
    family = dict(zip(keys, table["family"].to_pylist(), strict=True))
    return np.array([family.get(key, -1) for key in zip(posts.platforms, posts.ids, strict=True)], dtype=np.int64)
