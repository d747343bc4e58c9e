"""Who says the same words: families of posts that say nearly the same thing, and the languages they are in.

How families are found, and how often that goes wrong: ``docs/explanation/text_families.md``; languages:
``docs/explanation/languages.md``. Reposts are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.derived import Derived, keep
from undertow.analyses.reads import Reads
from undertow.analyses.text_families import (
    coverage_finding,
    families_finding,
    fillings_finding,
    languages_finding,
    published,
    single_finding,
    too_little,
)
from undertow.analyses.text_families.posts import OwnPosts
from undertow.analyses.text_families.study import Sought, sought, study
from undertow.analyses.text_families.verify import DEFAULT_SIMILARITY, Similarity
from undertow.analyses.text_families.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.languages import spoken_all

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        coverage_finding.ID: "how much of the own output repeats other accounts' words beyond chance, and by how many",
        families_finding.ID: "the largest families: template with slots, variants, near misses, first post, speed",
        fillings_finding.ID: "templates that several accounts fill with other words, beside the copies",
        single_finding.ID: "accounts that repeat their own posts",
        languages_finding.ID: "languages and scripts of the posts and of each account, tag against detector",
    }
)

READS = Reads(tables=frozenset({"posts"}))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Controlled):
    """The settings of this analysis."""

    edit: float = field(
        default=DEFAULT_SIMILARITY.edit, metadata={"help": "edit similarity from which two texts are joined"}
    )
    jaccard: float = field(
        default=DEFAULT_SIMILARITY.jaccard,
        metadata={"help": "shingle similarity from which two texts are joined (passages in another order)"},
    )
    short_edit: float = field(
        default=DEFAULT_SIMILARITY.short_edit,
        metadata={"help": "edit similarity from which texts under 40 letters are joined"},
    )
    level: float = field(
        default=0.01, metadata={"help": "false discovery rate at which families are beyond chance"}
    )
    control: str | None = field(
        default=None,
        metadata={"help": "folder of another case, of organic accounts, whose common phrases are discounted"},
    )
    families_shown: int = field(
        default=200, metadata={"help": "families, and templates, in the tables, those that count first"}
    )
    variants_shown: int = field(
        default=10, metadata={"help": "variants, near misses, and fillings of a template, in the tables"}
    )
    accounts_shown: int = field(default=200, metadata={"help": "accounts in the tables of accounts"})
    draws: int = field(default=1000, metadata={"help": "bootstrap draws over accounts"})

    def __post_init__(self) -> None:
        for name in ("edit", "jaccard", "short_edit"):
            if not 0 < getattr(self, name) <= 1:
                raise UsageError(
                    f"{getattr(self, name):g} is not a similarity",
                    where=f"text_families.{name}",
                    todo="give a number above 0, at most 1",
                )
        if not 0 < self.level < 0.5:
            raise UsageError(
                f"{self.level:g} is not a false discovery rate",
                where="text_families.level",
                todo="give a share, for example 0.01",
            )
        for name in ("families_shown", "variants_shown", "accounts_shown", "draws"):
            if getattr(self, name) < 1:
                raise UsageError("it must be 1 or more", where=f"text_families.{name}", todo="give 1 or more")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the wording and the languages of the posts in scope."""
    scope, seed = parameters.scope, parameters.seed
    posts = _own_posts(case, parameters)
    if not len(posts):
        return [too_little.finding(case, scope, posts.reposts, name) for name in FINDINGS]
    families = _sought(case, posts, parameters)
    keep(case, published.MEMBERS, parameters, published.members(posts, families.of_set))
    spoken = spoken_all(posts.texts, posts.tags)
    keep(case, published.LANGUAGES, parameters, published.languages(posts, spoken))
    languages = [post.language for post in spoken]
    found = study(families, languages=languages, control_languages=_codes(families.control), level=parameters.level)
    draws, accounts = parameters.draws, parameters.accounts_shown
    return [
        coverage_finding.finding(case, scope, found, draws=draws, seed=seed),
        families_finding.finding(
            case, scope, found, languages, families=parameters.families_shown, variants=parameters.variants_shown
        ),
        fillings_finding.finding(
            case,
            scope,
            found,
            templates=parameters.families_shown,
            variants=parameters.variants_shown,
            draws=draws,
            seed=seed,
        ),
        single_finding.finding(case, scope, found, draws=draws, seed=seed, accounts=accounts),
        languages_finding.finding(case, scope, posts, spoken, draws=draws, seed=seed, accounts=accounts),
    ]


def _codes(posts: OwnPosts | None) -> list[str | None]:
    """The language of each post."""
    return [] if posts is None else [post.language for post in spoken_all(posts.texts, posts.tags)]


def _members(case: Case, parameters: Parameters) -> pa.Table:
    with base.open_engine(case, parameters) as engine:
        posts = OwnPosts.of(engine, with_text=True)  # others are in no family
    if not len(posts):
        return published.MEMBERS_SCHEMA.empty_table()
    return published.members(posts, _sought(case, posts, parameters).of_set)


def _languages(case: Case, parameters: Parameters) -> pa.Table:
    posts = _own_posts(case, parameters)
    return published.languages(posts, spoken_all(posts.texts, posts.tags))


DERIVED: Mapping[str, Derived] = MappingProxyType(
    {
        published.MEMBERS: Derived(
            "own posts in families: family number (0 the largest) and similarity with its medoid",
            published.MEMBERS_SCHEMA,
            _members,
        ),
        published.LANGUAGES: Derived(
            "the language and script of each own post, and whether the tag or the text says so",
            published.LANGUAGES_SCHEMA,
            _languages,
        ),
    }
)
"""What other analyses may read. Reposts are in neither table."""


def _own_posts(case: Case, parameters: base.Parameters) -> OwnPosts:
    with base.open_engine(case, parameters) as engine:
        return OwnPosts.of(engine)


def _sought(case: Case, posts: OwnPosts, parameters: Parameters) -> Sought:
    """The families of ``posts``, looked for together with those of the control case."""
    other = base.control_case(case, parameters)
    control = _own_posts(other, base.Parameters(engine=parameters.engine)) if other is not None else None
    similarity = Similarity(edit=parameters.edit, jaccard=parameters.jaccard, short_edit=parameters.short_edit)
    return sought(posts, control, similarity=similarity, seed=parameters.seed)
