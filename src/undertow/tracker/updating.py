"""Bringing a tracked case up to date: what is new is counted, rules are held against the findings, alerts go out."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from undertow.analyses.base import Parameters
from undertow.analyses.derived import program
from undertow.analyses.reads import rests_on
from undertow.analyses.run import Request, prepare, run
from undertow.case import Case
from undertow.finding import Finding
from undertow.findings_store import load
from undertow.ledger import Line
from undertow.pseudonyms import Pseudonyms
from undertow.tracker.alerts import may_alert, raised
from undertow.tracker.delivery import deliver
from undertow.tracker.rules import FILE, Rules, read_rules
from undertow.tracker.state import State, tracking

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Update:
    """What an update did: which analyses were run again, the new alerts, and what waits for delivery by channel."""

    case: Case
    analysed: tuple[str, ...]
    alerts: tuple[Mapping[str, Any], ...]
    waiting: Mapping[str, int]


def update(case: Case, *, rules: Rules | None = None) -> Update:
    """Bring the findings of ``case`` up to date and deliver what is due; where nothing changed, only the latter.

    The findings are the same as a full run's with the same settings: of the tracker's last findings those are kept that
    rest on what has not changed, and all others are counted again. What was analysed by hand in between is not the
    tracker's, and is not kept. Raises :class:`undertow.errors.BusyError` while another command updates the case, and
    what reading the rules and the analyses raise.
    """
    with tracking(case.path):
        return updated(case, rules=rules)


def updated(case: Case, *, rules: Rules | None = None) -> Update:
    """:func:`update`, for who holds the tracker's lock."""
    rules = rules or read_rules(case.path / FILE)
    state = State.load(case.path)
    request = Request(only=rules.only, settings=rules.settings)
    wanted = {
        name: _fingerprint(case, name, parameters, rules) for name, parameters in prepare(case, request).items()
    }
    last = _last_own(case)
    made = {} if last is None else last.parameters["tracker"]["fingerprints"]
    due = tuple(name for name in wanted if made.get(name) != wanted[name])
    told = {name: mark for name, mark in state.fingerprints.items() if name in wanted}
    alerts: list[dict[str, Any]] = []
    if due or told != wanted:  # a case that was killed after it was analysed has its findings, and no alert of them
        findings = _findings(case, tuple(wanted), due, request, last)
        if due:
            note = {"tracker": {"analysed": list(due), "fingerprints": wanted}}
            case = case.record(findings, request.to_json() | note)
        watched = may_alert(findings, rules.rules)
        if (
            watched and not rules.identifiable
        ):  # the names of a large case take longer to gather than a day to count
            watched = Pseudonyms.of_case(case).findings(watched)
        alerts = raised(watched, rules.rules, state, now=case.clock(), head=case.head)
        state.fingerprints = wanted
        state.save(case.path)  # from here on the alerts are not lost
    waiting = deliver(case.path, state, rules.channels, title=f"Undertow: {case.title}")
    return Update(case, due, tuple(alerts), waiting)


def _last_own(case: Case) -> Line | None:
    """The ledger's line of the tracker's last findings that are still there."""
    for line in reversed(case.ledger.lines):
        if line.findings is not None and isinstance(line.parameters.get("tracker"), Mapping):
            return line if _folder(case, line).is_dir() else None
    return None


def _folder(case: Case, line: Line) -> Path:
    return case.path / "findings" / str(line.seq)


def _findings(
    case: Case, names: tuple[str, ...], due: tuple[str, ...], request: Request, last: Line | None
) -> list[Finding]:
    """The findings of the analyses ``names``, in their order: those due made again, the others as they were recorded."""
    kept = [] if last is None or set(due) == set(names) else load(_folder(case, last))
    found = [finding for finding in kept if _analysis(finding) not in due]
    if due:
        _log.info("analysing %s", ", ".join(due))
        only = tuple(item for item in request.only if item.partition(".")[0] in due)
        found += run(case, replace(request, only=only))
    return [finding for name in names for finding in found if _analysis(finding) == name]


def _analysis(finding: Finding) -> str:
    return finding.id.partition(".")[0]


def _fingerprint(case: Case, name: str, parameters: Parameters, rules: Rules) -> str:
    """The hash of everything that the findings of an analysis rest on, and of which of them are asked for."""
    document = {
        "rests on": rests_on(case, name, parameters),
        "only": sorted(item for item in rules.only if item.partition(".")[0] == name),
        "program": program(),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def rules_file(case: Path) -> Path:
    """Where the rules of a case lie."""
    return case / FILE
