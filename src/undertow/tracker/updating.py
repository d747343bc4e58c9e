"""Bringing a tracked case up to date: what is new is counted, rules are held against the findings, alerts go out."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from undertow.analyses.derived import program
from undertow.analyses.run import Request, run
from undertow.case import Case
from undertow.finding import Finding
from undertow.pseudonyms import Pseudonyms, case_key
from undertow.schema import TABLES
from undertow.tracker.alerts import raised
from undertow.tracker.delivery import deliver
from undertow.tracker.rules import FILE, Rules, read_rules
from undertow.tracker.state import State

_log = logging.getLogger(__name__)

READS: Mapping[str, frozenset[str]] = MappingProxyType({"posting_hours": frozenset({"posts"})})
"""The tables that an analysis reads, where these are not all: what else changes leaves its findings as they are."""


@dataclass(frozen=True)
class Update:
    """What an update did: which analyses were run again, the new alerts, and what waits for delivery by channel."""

    case: Case
    analysed: tuple[str, ...]
    alerts: tuple[Mapping[str, Any], ...]
    waiting: Mapping[str, int]


def update(case: Case, *, rules: Rules | None = None) -> Update:
    """Bring the findings of ``case`` up to date and deliver what is due; where nothing changed, only the latter.

    The findings are the same as a full run's with the same settings: what is kept from before was counted from parts
    that have not changed. Raises what reading the rules and the analyses raise.
    """
    rules = rules or read_rules(case.path / FILE)
    state = State.load(case.path)
    names = tuple(dict.fromkeys(item.partition(".")[0] for item in rules.only))
    wanted = {name: _fingerprint(case, name, rules) for name in names}
    current = {name: mark for name, mark in state.fingerprints.items() if name in wanted}
    due = tuple(name for name in names if current.get(name) != wanted[name])
    alerts: list[dict[str, Any]] = []
    if due:
        # a case that was analysed and then killed has its findings already, and no alert of them yet
        findings = _findings(case, names, due, rules)
        case = case.record(findings, _request(rules, names).to_json() | {"tracker": list(due)})
        shown = findings if rules.identifiable else Pseudonyms(case_key(case.path)).findings(findings)
        alerts = raised(shown, rules.rules, state, now=case.clock(), head=case.head)
        state.fingerprints = wanted
        state.save(case.path)  # from here on the alerts are not lost
    waiting = deliver(case.path, state, rules.channels, title=f"Undertow: {case.title}")
    return Update(case, due, tuple(alerts), waiting)


def _request(rules: Rules, names: tuple[str, ...]) -> Request:
    only = tuple(item for item in rules.only if item.partition(".")[0] in names)
    settings = {key: value for key, value in rules.settings.items() if key.partition(".")[0] in names}
    return Request(only=only, settings=settings)


def _findings(case: Case, names: tuple[str, ...], due: tuple[str, ...], rules: Rules) -> list[Finding]:
    """The findings of all tracked analyses: those that are due run again, the others as they were recorded."""
    kept = [f for f in case.findings() if f.id.partition(".")[0] in names and f.id.partition(".")[0] not in due]
    missing = set(names) - set(due) - {f.id.partition(".")[0] for f in kept}
    again = tuple(name for name in names if name in due or name in missing)
    _log.info("analysing %s", ", ".join(again))
    made = list(run(case, _request(rules, again)))
    order = {name: place for place, name in enumerate(names)}
    return sorted([*kept, *made], key=lambda finding: order[finding.id.partition(".")[0]])


def _fingerprint(case: Case, name: str, rules: Rules) -> str:
    """The hash of what the findings of an analysis rest on: parts, settings, program."""
    tables = READS.get(name, frozenset(TABLES))
    document = {
        "parts": {table: sorted(part.name for part in case.parts(table)) for table in sorted(tables)},
        "only": sorted(item for item in rules.only if item.partition(".")[0] == name),
        "settings": {k: repr(v) for k, v in sorted(rules.settings.items()) if k.partition(".")[0] == name},
        "stored": repr(case.settings.get("parameters", {})),
        "program": program(),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def rules_file(case: Path) -> Path:
    """Where the rules of a case lie."""
    return case / FILE
