"""The default ratings of the evidence matrix: by finding id, from ``data/rules.toml``, never from content alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from undertow.attribution.hypotheses import default_hypotheses, read_data
from undertow.finding import Finding
from undertow.schema import TABLES

RATINGS: Mapping[str, str] = MappingProxyType(
    {
        "CC": "very consistent",
        "C": "consistent",
        "N": "neither",
        "I": "inconsistent",
        "II": "very inconsistent",
    }
)
"""The ratings of the analysis of competing hypotheses, from what supports one to what speaks against it."""

INCONSISTENCY: Mapping[str, int] = MappingProxyType({"CC": 0, "C": 0, "N": 0, "I": 1, "II": 2})
"""What a rating counts against a hypothesis: support never counts, because one fact supports many explanations."""

CONTENT = frozenset(
    {
        "posts.text",
        "posts.hashtags",
        "posts.urls",
        "posts.language",
        "posts.media",
        "ads.bodies",
        "accounts.description",
        "ads.titles",
    }
)
"""Columns that hold what is said; a rule from these alone may tell coincidence from the rest, and nothing else."""

_CHANCE = "coincidence"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One default: what ``findings``, computed from ``columns``, say of each hypothesis, and why."""

    findings: tuple[str, ...]
    columns: frozenset[str]
    found: Mapping[str, str]
    absent: Mapping[str, str]
    because: str
    groups: str | None = None
    """The finding whose groups these are about: not rated where each of those groups has a likely benign cause."""

    def __post_init__(self) -> None:
        where = ", ".join(self.findings)
        known = {f"{table.name}.{column}" for table in TABLES.values() for column in table.names}
        if strange := self.columns - known:
            raise ValueError(f"the rule for {where} names columns that do not exist: {', '.join(sorted(strange))}")
        if not self.columns:
            raise ValueError(f"the rule for {where} names no column: nothing could be independent of it")
        hypotheses = [each.id for each in default_hypotheses()]
        for side in (self.found, self.absent):
            if unknown := sorted({*side} - {*hypotheses} | {*side.values()} - {*RATINGS}):
                raise ValueError(f"the rule for {where} has unknown hypotheses or ratings: {', '.join(unknown)}")
            others = {side.get(each, "N") for each in hypotheses if each != _CHANCE}
            if self.columns <= CONTENT and len(others) > 1:
                raise ValueError(f"the rule for {where} tells hypotheses apart from content alone")
            if INCONSISTENCY[side.get("state", "N")] < INCONSISTENCY[side.get("proxy", "N")]:
                raise ValueError(f"the rule for {where} prefers a state to its contractor")

    def ratings(self, finding: Finding) -> Mapping[str, str]:
        """Hypothesis -> rating for what ``finding`` found; empty where there was too little to tell.

        What is weak speaks against coincidence, but not against an organic community: it rates nobody as covert.
        """
        if finding.strength == "weak":
            organic = {each.id for each in default_hypotheses() if each.organic and each.id != _CHANCE}
            return {
                name: "N" if name in organic and INCONSISTENCY[rating] else rating
                for name, rating in self.found.items()
            }
        if finding.strength != "none":
            return self.found
        return self.absent if finding.estimate.value is not None else {}


@dataclass(frozen=True)
class Rules:
    """All defaults: the rule of each finding id, and why some findings are rated for nobody."""

    by_finding: Mapping[str, Rule]
    neutral: Mapping[str, str]


def parsed(document: Mapping[str, Any]) -> Rules:
    """The rules in ``document``; ValueError for one that breaks what the file promises."""
    by_finding: dict[str, Rule] = {}
    for entry in document["rule"]:
        rule = Rule(
            findings=tuple(entry["findings"]),
            columns=frozenset(entry["columns"]),
            found=entry["found"],
            absent=entry.get("absent", {}),
            because=entry["because"],
            groups=entry.get("groups"),
        )
        for name in rule.findings:
            if name in by_finding or name in document["neutral"]:
                raise ValueError(f"{name} stands twice in the rules")
            by_finding[name] = rule
    return Rules(MappingProxyType(by_finding), MappingProxyType(dict(document["neutral"])))


@cache
def default_rules() -> Rules:
    """The rules of ``data/rules.toml``."""
    return parsed(read_data("rules.toml"))
