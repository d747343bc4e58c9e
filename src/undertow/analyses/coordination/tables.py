"""The tables behind the findings: edges, accounts, groups, traces."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.actions import Int64
from undertow.analyses.coordination.chance import PairTests
from undertow.analyses.coordination.counting import count_co_actions
from undertow.analyses.coordination.events import CoActionRows, co_actions
from undertow.analyses.coordination.groups import NO_GROUP
from undertow.analyses.coordination.study import Study, TraceStudy
from undertow.analyses.coordination.wording import ALONE

_TIME = pa.timestamp("us", tz="UTC")

PAIR = ("account_a", "account_b", "platform_a", "platform_b")
"""The columns that name a pair, in the order of which its rows stand."""

EDGES = pa.schema(
    [
        ("platform_a", pa.string()),
        ("account_a", pa.string()),
        ("platform_b", pa.string()),
        ("account_b", pa.string()),
        ("trace", pa.string()),
        ("window_s", pa.float64()),
        ("shared_objects", pa.int64()),
        ("objects", pa.int64()),
        ("occasions", pa.int64()),
        ("expected", pa.float64()),
        ("p_value", pa.float64()),
        ("pair_q_value", pa.float64()),
        ("first", _TIME),
        ("last", _TIME),
        ("symmetry", pa.float64()),
        ("group", pa.int64()),
        ("could_be", pa.string()),
    ]
)
"""One row for each called pair, trace and window with two objects co-acted on; ``pair_q_value`` is over all traces."""

ACCOUNTS = pa.schema(
    [
        ("platform", pa.string()),
        ("account", pa.string()),
        ("posts", pa.int64()),
        ("group", pa.int64()),
        ("partners", pa.int64()),
        ("q_value", pa.float64()),
        ("core", pa.int64()),
        ("traces", pa.string()),
    ]
)
"""One row for each account with a called pair, strongest evidence first."""

TRACES = pa.schema(
    [
        ("trace", pa.string()),
        ("window_s", pa.float64()),
        ("time_precision_s", pa.float64()),
        ("actions", pa.int64()),
        ("accounts", pa.int64()),
        ("objects", pa.int64()),
        ("pairs_of_actions", pa.int64()),
        ("pairs_tested", pa.int64()),
        ("pairs_with_two_occasions", pa.int64()),
        ("pairs_called", pa.int64()),
        ("accounts_called", pa.int64()),
        ("selection_called", pa.int64()),
        ("remark", pa.string()),
    ]
)
"""One row for each trace and window."""


@dataclass(frozen=True)
class CalledCoActions:
    """The co-actions of the called pairs, trace by trace, at each trace's widest window."""

    by_trace: tuple[tuple[TraceStudy, CoActionRows], ...]

    @classmethod
    def of(cls, study: Study) -> CalledCoActions:
        """All co-actions of the called pairs, in the traces that could be tested."""
        keys = study.keys
        return cls(
            tuple((each, co_actions(each.found.actions, round(each.widest_s * 1e6), keys)) for each in study.tested)
        )

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self.by_trace)


def group_number(study: Study, account: int) -> int | None:
    """The group of an account as people count: from 1; None for none."""
    group = int(study.groups.membership[account])
    return None if group == NO_GROUP else group + 1


def moment(microseconds: int) -> dt.datetime:
    """Microseconds UTC as a time.

    >>> moment(0)
    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(microseconds))


def called_tests(study: Study, tests: PairTests) -> tuple[PairTests, Int64]:
    """Those of ``tests`` whose pair is called over all traces, and each one's place among the called pairs."""
    keys = study.keys
    wanted = tests.left.astype(np.int64) * max(len(study.population), 1) + tests.right
    place = np.searchsorted(keys, wanted)
    hit = place < len(keys)
    hit[hit] = keys[place[hit]] == wanted[hit]
    return tests.take(hit), place[hit].astype(np.int64)


def edges(study: Study) -> pa.Table:
    """The called pairs with their counts at each trace and window, strongest first."""
    names = study.population
    size = max(len(names), 1)
    q_value = study.pairs.q_value[study.called]
    partners = study.indicator.partners
    rows: list[tuple[float, float, dict[str, object]]] = []
    for trace in study.tested:
        inside = np.isin(trace.found.actions.account, study.network)
        actions = trace.found.actions.take(inside)
        for each in trace.windows:
            tests, row = called_tests(study, each.test.tests)
            counted = count_co_actions(actions, [each.test.model.window], min_objects=2)[0]
            place = np.searchsorted(
                counted.left.astype(np.int64) * size + counted.right,
                tests.left.astype(np.int64) * size + tests.right,
            )
            symmetry = counted.symmetry
            for number in range(len(tests)):
                at = int(place[number])
                one, other = int(tests.left[number]), int(tests.right[number])
                group = group_number(study, one)
                rows.append(
                    (
                        float(q_value[row[number]]),
                        float(tests.p_value[number]),
                        {
                            **names.pair(one, other),
                            "trace": trace.name,
                            "window_s": each.window_s,
                            "shared_objects": int(tests.n_shared[number]),
                            "objects": int(tests.n_objects[number]),
                            "occasions": int(tests.n_occasions[number]),
                            "expected": float(tests.expected[number]),
                            "p_value": float(tests.p_value[number]),
                            "pair_q_value": float(q_value[row[number]]),
                            "first": int(counted.first[at]),
                            "last": int(counted.last[at]),
                            "symmetry": float(symmetry[at]),
                            "group": group if group == group_number(study, other) else None,
                            "could_be": ALONE if partners[one] == partners[other] == 1 else None,
                        },
                    )
                )
    rows.sort(key=lambda item: (item[0], *(str(item[2][name]) for name in PAIR), item[1]))
    return pa.Table.from_pylist([item[2] for item in rows], EDGES)


def accounts(study: Study) -> pa.Table:
    """The accounts of the network, most partners first."""
    spoken = trace_sets(study)
    indicator = study.indicator
    rows = []
    for account in study.network.tolist():
        said = [trace.name for trace, members in spoken if members[account]]
        rows.append(
            {
                "platform": study.population.platforms[account],
                "account": study.population.ids[account],
                "posts": int(study.population.posts[account]),
                "group": group_number(study, account),
                "partners": int(indicator.partners[account]),
                "q_value": float(indicator.q_value[account]),
                "core": int(study.groups.core[account]),
                "traces": ", ".join(said),
            }
        )
    rows.sort(
        key=lambda row: (
            -int(str(row["partners"])),
            float(str(row["q_value"])),
            str(row["account"]),
            str(row["platform"]),
        )
    )
    return pa.Table.from_pylist(rows, ACCOUNTS)


def trace_sets(study: Study) -> list[tuple[TraceStudy, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """For each tested trace, which accounts have a pair that this trace alone calls."""
    found = []
    for trace in study.tested:
        members = np.zeros(len(study.population), bool)
        members[trace.called.left] = True
        members[trace.called.right] = True
        found.append((trace, members))
    return found


def called_keys(study: Study, trace: TraceStudy) -> Int64:
    """The pairs that one trace calls, as numbers like :attr:`Study.keys`."""
    size = max(len(study.population), 1)
    return trace.called.left.astype(np.int64) * size + trace.called.right


def traces(study: Study) -> pa.Table:
    """What was looked at, trace by trace and window by window."""
    rows: list[dict[str, object]] = []
    for trace in study.traces:
        actions = trace.found.actions
        selection = trace.selection.test if trace.selection is not None else None
        common: dict[str, object] = {
            "trace": trace.name,
            "time_precision_s": trace.found.coarsest_s if len(actions) else None,
            "actions": len(actions),
            "accounts": len(np.unique(actions.account)),
            "objects": actions.n_objects,
            "selection_called": None if selection is None else int(selection.significant.sum()),
            "remark": trace.reason or trace.refusal,
        }
        if not trace.windows:
            rows.append({**common, "window_s": None, "pairs_of_actions": trace.looked_at or None})
        for each in trace.windows:
            significant = each.test.significant
            tests = each.test.tests
            ends = np.concatenate((tests.left[significant], tests.right[significant]))
            rows.append(
                {
                    **common,
                    "window_s": each.window_s,
                    "pairs_of_actions": each.looked_at,
                    "pairs_tested": each.test.n_tested,
                    "pairs_with_two_occasions": int((tests.n_occasions >= 2).sum()),
                    "pairs_called": int(significant.sum()),
                    "accounts_called": len(np.unique(ends)),
                }
            )
    return pa.Table.from_pylist(rows, TRACES)
