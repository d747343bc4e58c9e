"""What a report says: the plain values that every form of it (HTML, terminal) is made from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from undertow.attribution.assessment import Assessment
from undertow.finding import Finding, Strength
from undertow.reports.neutral import one_line
from undertow.statistics.strength import MODERATE_ACCOUNTS, STRONG_ACCOUNTS, STRONG_P

STRENGTH_WORDS: Mapping[Strength, str] = MappingProxyType(
    {
        "none": "Chance alone would do it, the interval includes no effect, or it could not be tested.",
        "weak": "Beyond chance, but the interval reaches what is not noticeable, a condition of the method was not "
        f"met, or there are fewer than {MODERATE_ACCOUNTS} accounts.",
        "moderate": "Beyond chance, the whole interval is noticeable, every condition of the method was met, and "
        f"there are at least {MODERATE_ACCOUNTS} accounts.",
        "strong": f"Far beyond chance (where tested, p at most {STRONG_P} after correction), the whole interval is "
        f"substantial, every condition of the method was met, and there are at least {STRONG_ACCOUNTS} accounts.",
    }
)
"""What each strength means by the rule of :mod:`undertow.statistics.strength`; why one finding is no stronger
stands in its method."""

UNTESTED_WORDS: Mapping[Strength, str] = MappingProxyType(
    {
        "none": "Not held against chance: the interval includes no effect.",
        "weak": "Not held against chance. The interval excludes no effect, but reaches what is not noticeable, a condition "
        f"of the method was not met, or there are fewer than {MODERATE_ACCOUNTS} accounts.",
        "moderate": "Not held against chance. The whole interval is noticeable, every condition of the method was met, and "
        f"there are at least {MODERATE_ACCOUNTS} accounts.",
        "strong": "Not held against chance. The whole interval is substantial, every condition of the method was met, and "
        f"there are at least {STRONG_ACCOUNTS} accounts.",
    }
)
"""What each strength means for a finding without a test."""

TOO_LITTLE = "Too little data to tell. This is not evidence for anything, nor against it."

NOT_RATED = "A description or a list: it is not held against chance by itself, so that it has no strength."

LIMITS: tuple[str, ...] = (
    "Undertow describes how accounts behave. It does not say who runs them: no finding here names a person or "
    "attributes an account to one.",
    "A platform's archive holds what the platform chose to publish. What it left out, and why, cannot be seen.",
    "A finding is evidence, not a verdict. Each card names what else could explain it; weigh those first, and "
    "look at the posts themselves.",
    "Findings that found nothing are printed like the others. Reporting only the rest of them would mislead.",
    "Behind the accounts are people, some of them caught up in this by accident. Do not publish account names or "
    "posts of private persons from this report.",
)
"""The limits and the ethics that stand at the end of every report, unless the report brings its own."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One input file and what became of its records, which must add up."""

    name: str
    format: str
    sha256: str
    size_bytes: int
    records_read: int
    records_kept: int
    records_duplicate: int
    records_quarantined: int

    def __post_init__(self) -> None:
        if self.records_read != self.records_kept + self.records_duplicate + self.records_quarantined:
            raise ValueError(
                f"{self.name}: {self.records_read} records read, but {self.records_kept} kept + "
                f"{self.records_duplicate} duplicate + {self.records_quarantined} quarantined do not add up to that"
            )


@dataclass(frozen=True, kw_only=True)
class TableCount:
    """One table of the case: how many rows it has, and what a row is."""

    name: str
    rows: int
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a report prints; the same report gives the same bytes.

    ``case`` is the case's name as typed on the command line (it stands in the commands that the report shows),
    ``version`` Undertow's, ``ledger_head`` the hash of the case's last ledger line, ``made_at`` the time of the
    run (aware), ``parameters`` the names and values that the run was given, filters among them.
    """

    title: str
    question: str
    case: str
    version: str
    ledger_head: str
    made_at: datetime
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    tables: tuple[TableCount, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = LIMITS
    assessment: Assessment | None = None
    strength_words: Mapping[Strength, str] = field(default_factory=lambda: STRENGTH_WORDS)

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None:
            raise ValueError("Report.made_at needs a time zone")


def found_too_little(finding: Finding) -> bool:
    """Whether the finding says that there is too little to tell: it has no number, and no strength."""
    return finding.strength == "none" and finding.estimate.value is None


def describes(finding: Finding) -> bool:
    """Whether the finding counts something and tests nothing: it has a number, and no chance model to hold it against."""
    return (
        finding.strength == "none" and bool(finding.estimate.value) and not (finding.p_value or finding.null_model)
    )


def strength_label(finding: Finding) -> str:
    """The finding's strength in one or two words, as shown beside it.

    ``too little to tell``, ``nothing found`` and ``not rated`` are different results and read differently.
    """
    if found_too_little(finding):
        return "Too little to tell"
    if describes(finding):
        return "Not rated"
    return "Nothing found" if finding.strength == "none" else finding.strength.capitalize()


def strength_explained(finding: Finding, words: Mapping[Strength, str] = STRENGTH_WORDS) -> str:
    """What the finding's strength means, in a sentence."""
    if describes(finding):
        return NOT_RATED
    if found_too_little(finding):
        return TOO_LITTLE
    return (words if finding.p_value is not None else UNTESTED_WORDS)[finding.strength]


def by_question(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    """Findings under their questions, both in the order of their first appearance.

    Under a question, findings about all posts come first, then those of each filter together.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.question, []).append(finding)
    for question, group in groups.items():
        filters: list[str | None] = [None]
        filters += [finding.filter for finding in group if finding.filter is not None]
        groups[question] = sorted(group, key=lambda finding: filters.index(finding.filter))
    return groups


def shell_word(text: str) -> str:
    """``text`` as one word of a command line, in the quotes that read best.

    >>> print(shell_word("case"), shell_word("my case"), shell_word("id [language = 'ru']"))
    case 'my case' "id [language = 'ru']"
    """
    line = one_line(text)
    if "'" in line and not any(character in line for character in '"$`\\!'):
        return f'"{line}"'
    return shlex.quote(line)
