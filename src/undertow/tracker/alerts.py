"""Which findings alert: thresholds that are crossed, rows that were not there before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from undertow.errors import InputError, did_you_mean
from undertow.finding import STRENGTHS, Finding
from undertow.tracker.rules import Rule
from undertow.tracker.state import State

SHARE_OF_NEW_MEMBERS = 0.5
"""A group is new when more than this share of its members was in no group that was alerted."""


def may_alert(findings: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    """Those of ``findings`` that could raise an alert: a rule watches their number, or they have rows that it watches."""
    thresholds = {rule.finding for rule in rules if rule.kind == "threshold"}
    others = {rule.finding for rule in rules if rule.kind != "threshold"}
    return [
        finding
        for finding in findings
        if finding.id in thresholds
        or (finding.id in others and finding.result is not None and finding.result.num_rows > 0)
    ]


def raised(
    findings: Sequence[Finding], rules: Sequence[Rule], state: State, *, now: dt.datetime, head: str
) -> list[dict[str, Any]]:
    """The alerts that ``rules`` raise on ``findings``, which ``state`` remembers from now on; each with its finding.

    Raises :class:`InputError` for a rule whose keys are no columns of its finding's table.
    """
    made = []
    for rule in rules:
        for finding in findings:
            if finding.id != rule.finding:
                continue
            for subject, row in _hits(rule, finding, state):
                told = json.dumps([rule.name, finding.key, subject])
                made.append(
                    {
                        "id": hashlib.sha256(told.encode()).hexdigest()[:24],
                        "time": now.isoformat(timespec="seconds"),
                        "rule": rule.name,
                        "kind": rule.kind,
                        "head": head,
                        "row": row,
                        "finding": finding.to_json(),
                    }
                )
    state.alerts.extend(made)
    return made


def _hits(rule: Rule, finding: Finding, state: State) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    strong_enough = STRENGTHS.index(finding.strength) >= STRENGTHS.index(rule.strength)
    if rule.kind == "threshold":
        yield from _crossing(rule, finding, state, strong_enough=strong_enough)
        return
    if finding.result is None or not finding.result.num_rows:
        return
    for column in rule.keys:
        if column not in finding.result.column_names:
            raise InputError(
                f"the table of {finding.id} has no column {column!r}",
                where=f"rule {rule.name!r}, keys",
                todo=did_you_mean(column, finding.result.column_names),
            )
    if not strong_enough:
        return
    seen = state.seen.setdefault(rule.name, [])
    known = set(seen)
    for row in finding.result.to_pylist():
        if rule.kind == "new_group":
            names, platforms = row.get("members") or (), row.get("platforms")
            # one id on two platforms is two accounts
            whole = names if platforms is None else ("\0".join(each) for each in zip(platforms, names, strict=True))
            members = sorted(map(str, whole))
            if sum(member not in known for member in members) <= SHARE_OF_NEW_MEMBERS * len(members):
                continue
            seen.extend(member for member in members if member not in known)
            known.update(members)
            subject = json.dumps(members)
        else:
            subject = json.dumps([_plain(row.get(key)) for key in rule.keys])
            if subject in known:
                continue
            seen.append(subject)
            known.add(subject)
        yield subject, {name: _plain(value) for name, value in row.items()}


def _crossing(
    rule: Rule, finding: Finding, state: State, *, strong_enough: bool
) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Once each time that the whole interval comes to lie beyond the bound."""
    low, high = finding.estimate.low, finding.estimate.high
    beyond = strong_enough and (
        (rule.above is not None and low is not None and low > rule.above)
        or (rule.below is not None and high is not None and high < rule.below)
    )
    mark = f"{rule.name}\0{finding.key}"
    if beyond and mark not in state.crossed:
        state.crossed.append(mark)
        times = state.seen.setdefault(rule.name, [])
        times.append(f"{finding.key} {len(times) + 1}")
        yield times[-1], None
    elif not beyond and mark in state.crossed:
        state.crossed.remove(mark)


def _plain(value: object) -> object:
    """A cell as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
