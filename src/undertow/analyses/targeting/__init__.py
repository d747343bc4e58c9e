"""Whom the posts are aimed at: accounts, hashtags, languages, places, hours, and accounts with one target only.

How it is counted, and what it cannot tell: ``docs/explanation/targeting.md``. Reposts are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from undertow.analyses import base
from undertow.analyses.derived import derived
from undertow.analyses.own_posts import OwnPosts, all_words
from undertow.analyses.reads import Reads, named
from undertow.analyses.targeting import (
    addressed_finding,
    audience_finding,
    hashtags_finding,
    single_target_finding,
    time_zones_finding,
)
from undertow.analyses.targeting.addresses import addresses
from undertow.analyses.targeting.places import places
from undertow.analyses.targeting.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.targeting.wording import too_little
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.wording import count

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        addressed_finding.ID: "who is mentioned, replied to and quoted, and how far posts gather on a few",
        single_target_finding.ID: "accounts that only ever address one other account",
        hashtags_finding.ID: "hashtags joined, and, against a control, those used for something else",
        audience_finding.ID: "languages of the posts and places that they name",
        time_zones_finding.ID: "whether posts in one language keep other hours than those in another",
    }
)

READS = Reads(
    tables=frozenset({"posts"}),
    derived=("text_families.languages",),
    files=lambda _, parameters: named(parameters.places),
)


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    places: str | None = field(
        default=None,
        metadata={"help": "CSV file of places (columns place, language, name) instead of the shipped one"},
    )
    targets_shown: int = field(default=100, metadata={"help": "targets, and hashtags, in the tables"})
    draws: int = field(default=1000, metadata={"help": "bootstrap draws over accounts"})

    def __post_init__(self) -> None:
        for name in ("targets_shown", "draws"):
            if getattr(self, name) < 1:
                raise UsageError("it must be 1 or more", where=f"targeting.{name}", todo="give 1 or more")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on whom the posts in scope are aimed at."""
    scope, seed, draws, shown = parameters.scope, parameters.seed, parameters.draws, parameters.targets_shown
    matcher = places(parameters.places)
    posts = OwnPosts.of(case, parameters)
    if not len(posts):
        why = "there are no posts" if not posts.reposts else f"all of {count(posts.reposts, 'post')} are reposts"
        return [
            too_little(case, scope, name, f"Too little to tell: {why}.", n=0, n_accounts=0) for name in FINDINGS
        ]
    words = all_words(posts)
    with base.open_engine(case, parameters) as engine:
        found = addresses(engine, posts, words)
    languages = _languages(case, parameters, posts)
    return [
        addressed_finding.finding(case, scope, posts, found, shown=shown, draws=draws, seed=seed),
        single_target_finding.finding(case, scope, posts, found),
        hashtags_finding.finding(
            case,
            scope,
            hashtags_finding.Tagged.of(posts, words),
            _control(case, parameters),
            shown=shown,
            draws=draws,
            seed=seed,
        ),
        audience_finding.finding(
            case,
            scope,
            posts,
            languages,
            audience_finding.named_places(words, matcher),
            draws=draws,
            seed=seed,
        ),
        time_zones_finding.finding(case, scope, posts, languages, draws=draws, seed=seed),
    ]


def _languages(case: Case, parameters: Parameters, posts: OwnPosts) -> list[str | None]:
    """The language of each post, as text families publish it."""
    table = derived(case, "text_families.languages", parameters)
    keys = zip(table["platform"].to_pylist(), table["post_id"].to_pylist(), strict=True)
    language = dict(zip(keys, table["language"].to_pylist(), strict=True))
    return [language.get(key) for key in zip(posts.platforms, posts.ids, strict=True)]


def _control(case: Case, parameters: Parameters) -> hashtags_finding.Tagged | None:
    control = base.control_case(case, parameters)
    if control is None:
        return None
    posts = OwnPosts.of(control, base.Parameters(engine=parameters.engine))
    return hashtags_finding.Tagged.of(posts, all_words(posts))
