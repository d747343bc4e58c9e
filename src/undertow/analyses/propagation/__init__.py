"""Who says it first: diplomats, state media, fringe sites, covert accounts? And who follows?

Accounts belong to classes by the case's watchlists, or by any label. Links, domains, hashtags, reposted posts and
texts are the objects that classes take up one after another. Methods, limits and error rates:
``docs/explanation/propagation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from undertow.analyses import base
from undertow.analyses.propagation import (
    chains_finding,
    coverage_finding,
    first_finding,
    following_finding,
    steps,
    synchrony_finding,
)
from undertow.analyses.propagation.classes import WATCHLISTS, Classes
from undertow.analyses.propagation.items import read_items
from undertow.analyses.propagation.stance import Stances
from undertow.analyses.propagation.study import Study
from undertow.analyses.propagation.wording import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.codebooks import files_of
from undertow.errors import UsageError, did_you_mean
from undertow.finding import Estimate, Finding
from undertow.wording import count

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        first_finding.ID: "which class came first, lags, and what activity alone would explain",
        following_finding.ID: "which class follows which within an hour, beyond the news cycle: the lead-lag matrix",
        synchrony_finding.ID: "which classes are in step beyond the news cycle",
        coverage_finding.ID: "how much of what one class takes up another takes up after it, agreeing or rebutting",
        chains_finding.ID: "paths through three classes, such as outlet, covert accounts, diplomats",
    }
)

READS = Reads(
    tables=frozenset({"accounts", "labels", "posts"}),
    derived=("text_families.members",),
    files=lambda case, parameters: (
        [] if parameters.codebook is None else files_of([parameters.codebook], case.path)
    ),
)


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Parameters):
    """The settings of this analysis."""

    classes: str = field(
        default=WATCHLISTS,
        metadata={"help": "the label on accounts whose values are the classes; watchlists give actor_class"},
    )
    objects: tuple[str, ...] = field(
        default=tuple(steps.OBJECTS), metadata={"help": "what is passed on: link, domain, hashtag, repost, text"}
    )
    window_minutes: float = field(default=60.0, metadata={"help": "within which a post follows another"})
    spell_days: float = field(default=7.0, metadata={"help": "an object that rested for so long begins anew"})
    most_acts: int = field(
        default=20_000, metadata={"help": "objects with more posts are left out: everybody's, and slow to count"}
    )
    codebook: str | None = field(
        default=None,
        metadata={
            "help": "a codebook (name, or file seen from the case's folder): its themes tell repeating from rebutting"
        },
    )
    rebuttals: tuple[str, ...] = field(default=(), metadata={"help": "ids of its themes that rebut"})
    claims: tuple[str, ...] = field(
        default=(), metadata={"help": "ids of its themes that state the claims; all others by default"}
    )
    level: float = field(default=0.05, metadata={"help": "corrected p-value up to which something is called"})
    draws: int = field(default=200, metadata={"help": "bootstrap draws over days, for the lags"})

    def __post_init__(self) -> None:
        for name in self.objects:
            if name not in steps.OBJECTS:
                raise UsageError(
                    f"{name!r} is nothing that is passed on",
                    where="propagation.objects",
                    todo=did_you_mean(name, steps.OBJECTS),
                )
        if not self.objects:
            raise UsageError("nothing is looked at", where="propagation.objects", todo="name one: link")
        for name in ("window_minutes", "spell_days", "most_acts", "draws"):
            if getattr(self, name) <= 0:
                raise UsageError("it must be above 0", where=f"propagation.{name}", todo="give a number above 0")
        if self.codebook is None and (self.claims or self.rebuttals):
            raise UsageError(
                "themes are those of a codebook", where="propagation.codebook", todo="name the codebook"
            )
        if not 0 < self.level < 1:
            raise UsageError(f"{self.level:g} is no level", where="propagation.level", todo="give 0.05")


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on who comes first among the classes of accounts; one that says so where there are none."""
    stances = None
    if parameters.codebook is not None:
        stances = Stances.named(case, parameters.codebook, parameters.claims, parameters.rebuttals)
    with base.open_engine(case, parameters) as engine:
        classes = Classes.of(engine, parameters.classes)
        if len(classes.names) < 2:
            return [_no_classes(case, parameters, classes)]
        items = tuple(
            read_items(
                engine,
                case,
                parameters,
                kind,
                classes,
                spell_days=parameters.spell_days,
                most_acts=parameters.most_acts,
            )
            for kind in parameters.objects
        )
        untimed = int(engine.run(steps.UNTIMED)["untimed"][0].as_py() or 0)
    study = Study.of(
        parameters.scope,
        classes.names,
        items,
        window=round(parameters.window_minutes * 60_000_000),
        level=parameters.level,
        untimed=untimed,
        draws=parameters.draws,
        seed=parameters.seed,
    )
    return [
        first_finding.finding(case, study),
        following_finding.finding(case, study),
        synchrony_finding.finding(case, study),
        coverage_finding.finding(case, study, stances, draws=parameters.draws, seed=parameters.seed),
        chains_finding.finding(case, study),
    ]


def _no_classes(case: Case, parameters: Parameters, classes: Classes) -> Finding:
    """The one finding of a case in which nobody has a class, or all have the same."""
    if classes.names:
        why = (
            f"all {count(len(classes.members), 'account')} that have a class have the same one ({classes.names[0]})"
        )
    elif parameters.classes == WATCHLISTS:
        why = "no watchlist says which accounts of the case are diplomats, state media or others"
    else:
        why = f"no account has the label {parameters.classes!r}"
    return Finding(
        id=first_finding.ID,
        question=QUESTION,
        statement=(
            f"Too little to tell: {why}. Add a watchlist with two classes or more (undertow add CASE "
            "watchlist.csv), or name another label on accounts in the setting propagation.classes."
        ),
        estimate=Estimate(value=None, unit="not estimated", n=0, n_accounts=0),
        p_value=None,
        null_model=None,
        method="Who is first is a question about classes of accounts; a watchlist says who is in which.",
        assumptions=(),
        alternatives=("The accounts may belong to classes that nobody has listed",),
        strength="none",
        aspect="behaviour",
        evidence=base.evidence(case, parameters.scope.posts("FALSE")),
    )
