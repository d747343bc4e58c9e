"""Which political ads ran undeclared, what did they cost, when and where did they run, and who else says what they
say?

Ads come from exports of the Meta Ad Library. The library states spend and impressions as ranges, and so do the
findings. Methods and limits: ``docs/explanation/advertising.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from undertow.analyses import base
from undertow.analyses.advertising import (
    delivery_finding,
    shared_texts_finding,
    spend_finding,
    undeclared_finding,
)
from undertow.analyses.advertising.ads import read_ads
from undertow.analyses.advertising.classes import Classes
from undertow.analyses.advertising.shared_texts_finding import Posts
from undertow.analyses.advertising.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Estimate, Finding

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        undeclared_finding.ID: "political ads that ran without a disclaimer, by page and outlet class",
        spend_finding.ID: "what political ads cost, as ranges by currency, and the share without a disclaimer",
        delivery_finding.ID: "when the ads without a disclaimer ran, and in which regions",
        shared_texts_finding.ID: "ads whose text posts of the case share",
    }
)

READS = Reads(tables=frozenset({"accounts", "ads", "labels", "posts"}), derived=("text_families.members",))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Parameters):
    """The settings of this analysis."""

    silent_means_none: bool = field(
        default=False,
        metadata={
            "help": "count political ads of exports in which no ad names who paid as without a disclaimer; only "
            "where you know that the field was asked for"
        },
    )
    draws: int = field(default=1000, metadata={"help": "bootstrap draws over pages"})

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise UsageError("it must be 1 or more", where="advertising.draws", todo="give 1 or more")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the ads of the case; on a part of the posts, only what the ads share with it."""
    ads = read_ads(case, silent_means_none=parameters.silent_means_none)
    narrowed = parameters.scope != base.Scope()
    if not ads:
        return [] if narrowed else [_no_ads(case)]
    draws, seed = parameters.draws, parameters.seed
    with base.open_engine(case, parameters) as engine:
        posts = Posts.of(engine) if any(ad.bodies for ad in ads.single) else Posts([], [], [], [], [])
        classes = Classes.of(engine)
    shared = shared_texts_finding.finding(case, parameters, ads, posts, draws=draws)
    if narrowed:  # a condition on posts says nothing about ads
        return [shared]
    return [
        undeclared_finding.finding(case, ads, classes, draws=draws, seed=seed),
        spend_finding.finding(case, ads, classes),
        delivery_finding.finding(case, ads, draws=draws, seed=seed),
        shared,
    ]


def _no_ads(case: Case) -> Finding:
    return Finding(
        id=undeclared_finding.ID,
        question=QUESTION,
        statement=(
            "Too little to tell: there are no ads in the case. Add an export of the Meta Ad Library (the interface's "
            "JSON, the search's CSV, or a report) beside the posts."
        ),
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0),
        p_value=None,
        null_model=None,
        method="Ads are read from exports of the Meta Ad Library only.",
        assumptions=(),
        alternatives=("Ads may have run that nobody exported",),
        strength="none",
        aspect="behaviour",
        evidence=base.evidence(case, "SELECT * FROM ads"),
    )
