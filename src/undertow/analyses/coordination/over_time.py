"""Groups that change: the called pairs in sliding periods, groups in each, matched from period to period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.groups import NO_GROUP, find_groups
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import CalledCoActions

_DAY = 86_400_000_000
PERIODS = 12
"""Periods into which the time of the co-actions is cut, where no length is stated; none is shorter than a day."""
SAME = 0.3
"""A group is the one that a line last was when they share this much of their members (Jaccard)."""


@dataclass(frozen=True)
class Phase:
    """One group in one period.

    ``line`` names the group through time; ``event`` is ``born``, ``goes on``, ``grew`` or ``shrank`` (by a quarter or
    more), ``returned`` (after periods without it), ``merged`` (several groups before) or ``split`` (from a group that
    another line carries on); ``ends`` whether no later period has it. ``group``: the whole-time group with most of its
    members, or -1.
    """

    period: int
    start: int
    end: int
    line: int
    members: tuple[int, ...]
    event: str
    ends: bool
    group: int


def phases(study: Study, called: CalledCoActions, *, period_days: int | None = None, seed: int = 0) -> list[Phase]:
    """The groups in each period, matched over time; overlapping periods, each stepping on by half its length.

    Only called pairs count, in the periods in which they co-act.
    """
    time = np.concatenate([rows.time for _, rows in called.by_trace] or [np.zeros(0, np.int64)])
    pair = np.concatenate([rows.pair for _, rows in called.by_trace] or [np.zeros(0, np.int64)])
    if not len(time):
        return []
    first, last = int(time.min()), int(time.max())
    length = _DAY * period_days if period_days is not None else max((last - first) // PERIODS + 1, _DAY)
    starts = list(range(first, max(last - length // 2, first) + 1, max(length // 2, 1)))
    found: list[list[frozenset[int]]] = []
    for start in starts:
        active = np.unique(pair[(time >= start) & (time < start + length)])
        found.append(_groups(study, active, seed))
    return _matched(study, starts, length, found)


def _groups(study: Study, pairs: Int64, seed: int) -> list[frozenset[int]]:
    left, right = study.left[pairs].astype(np.int32), study.right[pairs].astype(np.int32)
    weight = study.pairs.occasions[study.called][pairs].astype(np.float64)
    groups = find_groups(left, right, weight, len(study.population), seed=seed, n_seeds=1)
    return [frozenset(groups.members(number).tolist()) for number in range(len(groups.sizes))]


def _matched(study: Study, starts: list[int], length: int, found: list[list[frozenset[int]]]) -> list[Phase]:
    out: list[Phase] = []
    latest: list[frozenset[int]] = []  # each line's members when it was last seen
    seen: list[int] = []  # and in which period that was
    for period, groups in enumerate(found):
        known = len(latest)
        matches = sorted(
            (-alike, here, line)
            for here, members in enumerate(groups)
            for line in range(known)
            if (alike := _jaccard(members, latest[line])) >= SAME
        )
        line_of: dict[int, int] = {}
        for _, here, line in matches:  # the best first, ties by number: a line goes on in one group only
            if here not in line_of and line not in line_of.values():
                line_of[here] = line
        now = {line: groups[here] for here, line in line_of.items()}
        for here, members in enumerate(groups):
            absorbed = [
                line for line in range(known) if seen[line] == period - 1 and _inside(latest[line], members) > 0.5
            ]
            if here in line_of:
                line = line_of[here]
                if len(absorbed) > 1:
                    event = "merged"
                elif seen[line] < period - 1:
                    event = "returned"
                else:
                    event = _change(len(members), len(latest[line]))
            else:
                parents = [line for line in range(known) if _inside(members, latest[line]) > 0.5]
                event = "split" if any(line in now for line in parents) else "born"
                line = len(latest)
                latest.append(members)
                seen.append(period)
            out.append(
                Phase(
                    period=period + 1,
                    start=starts[period],
                    end=starts[period] + length,
                    line=line + 1,
                    members=tuple(sorted(members)),
                    event=event,
                    ends=False,
                    group=_whole_time(study, members),
                )
            )
        for line, members in now.items():
            latest[line], seen[line] = members, period
    return [replace(phase, ends=seen[phase.line - 1] == phase.period - 1 < len(found) - 1) for phase in out]


def _change(now: int, then: int) -> str:
    if now >= 1.25 * then:
        return "grew"
    return "shrank" if now <= 0.75 * then else "goes on"


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _inside(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of ``one`` that is in ``other``."""
    return len(one & other) / len(one)


def _whole_time(study: Study, members: frozenset[int]) -> int:
    groups = study.groups.membership[sorted(members)]
    groups = groups[groups != NO_GROUP]
    return int(np.bincount(groups).argmax()) if len(groups) else -1
