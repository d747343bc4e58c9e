"""Groups that change: the called pairs in sliding periods, groups in each, matched from period to period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.groups import NO_GROUP, find_groups
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import CalledCoActions

_DAY = 86_400_000_000
PERIODS = 12
"""Periods into which the time of the co-actions is cut, where no length is stated; none is shorter than a day."""
SAME = 0.3
"""Groups of two neighbouring periods are the same when they share this much of their members (Jaccard)."""


@dataclass(frozen=True)
class Phase:
    """One group in one period.

    ``line`` names the group through time; ``event`` is ``born``, ``goes on``, ``grew`` or ``shrank`` (by a quarter or
    more), ``merged`` (several groups before) or ``split`` (from a group that another line carries on); ``ends`` whether
    no group of the next period continues it. ``group``: the whole-time group with most of its members, or -1.
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
    found: list[list[Int64]] = []
    for start in starts:
        active = np.unique(pair[(time >= start) & (time < start + length)])
        found.append(_groups(study, active, seed))
    return _matched(study, starts, length, found)


def _groups(study: Study, pairs: Int64, seed: int) -> list[Int64]:
    left, right = study.left[pairs].astype(np.int32), study.right[pairs].astype(np.int32)
    weight = study.pairs.occasions[study.called][pairs].astype(np.float64)
    groups = find_groups(left, right, weight, len(study.population), seed=seed, n_seeds=1)
    return [groups.members(number) for number in range(len(groups.sizes))]


def _matched(study: Study, starts: list[int], length: int, found: list[list[Int64]]) -> list[Phase]:
    out: list[Phase] = []
    lines: list[int] = []  # of the groups of the period before
    before: list[Int64] = []
    n_lines = 0
    for period, groups in enumerate(found):
        overlap = np.array([[_jaccard(one, other) for other in before] for one in groups]).reshape(
            len(groups), len(before)
        )
        line = [-1] * len(groups)
        event = ["born"] * len(groups)
        taken: set[int] = set()
        # the best matches first, ties by number: a line goes on in one group only
        for here, there in sorted(
            ((h, t) for h in range(len(groups)) for t in range(len(before)) if overlap[h, t] >= SAME),
            key=lambda match: (-overlap[match], match),
        ):
            if line[here] == -1 and there not in taken:
                line[here] = lines[there]
                taken.add(there)
                event[here] = _change(len(groups[here]), len(before[there]))
        for here, members in enumerate(groups):
            absorbed = [t for t, others in enumerate(before) if _inside(others, members) > 0.5]
            if line[here] != -1 and len(absorbed) > 1:
                event[here] = "merged"
            if line[here] == -1:
                if any(_inside(members, others) > 0.5 for others in before):
                    event[here] = "split"
                line[here] = n_lines
                n_lines += 1
        following = found[period + 1] if period + 1 < len(found) else None
        for here, members in enumerate(groups):
            goes_on = following is None or any(_inside(members, others) > SAME for others in following)
            out.append(
                Phase(
                    period=period + 1,
                    start=starts[period],
                    end=starts[period] + length,
                    line=line[here] + 1,
                    members=tuple(members.tolist()),
                    event=event[here],
                    ends=not goes_on,
                    group=_whole_time(study, members),
                )
            )
        before, lines = groups, line
    return out


def _change(now: int, then: int) -> str:
    if now >= 1.25 * then:
        return "grew"
    return "shrank" if now <= 0.75 * then else "goes on"


def _jaccard(one: Int64, other: Int64) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _inside(one: Int64, other: Int64) -> float:
    """Share of ``one`` that is in ``other``."""
    return len(np.intersect1d(one, other, assume_unique=True)) / len(one)


def _whole_time(study: Study, members: Int64) -> int:
    groups = study.groups.membership[members]
    groups = groups[groups != NO_GROUP]
    return int(np.bincount(groups).argmax()) if len(groups) else -1
