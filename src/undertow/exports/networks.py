"""Networks of accounts in findings' result tables, ready to be written for graph programs.

A network is a result table with the columns ``account_a`` and ``account_b`` (with ``platform_a`` and ``platform_b`` where
accounts of several platforms can meet); the accounts' own columns are taken from the table of the same analysis that has
one row an ``account`` (with its ``platform``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from undertow.errors import UsageError, did_you_mean
from undertow.finding import Finding
from undertow.graph_layout import placed

DEFAULT = "coordination.network"
WEIGHTS = ("occasions", "objects", "weight", "shared_objects")
"""Columns that count how often a pair met, the first that a table has; without one every row counts one."""
_EXTENT = 1000.0
"""Length of the drawing's sides, in the units of graph programs."""

Value = str | int | float | bool
Account = tuple[str, str]
"""Platform (empty where the table has none) and id."""


@dataclass(frozen=True)
class Node:
    """An account: its name, where it stands, its group (from 1, None for none), and its other columns."""

    name: str
    x: float
    y: float
    group: int | None
    attributes: Mapping[str, Value]


@dataclass(frozen=True)
class Link:
    """A pair: numbers of its two nodes, how often they met, the first and the last time, and its other columns."""

    one: int
    other: int
    weight: float
    first: dt.datetime | None
    last: dt.datetime | None
    attributes: Mapping[str, Value]


@dataclass(frozen=True)
class Network:
    """A network with the finding that it belongs to."""

    finding: Finding
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def networks(findings: Sequence[Finding]) -> dict[str, tuple[Finding, pa.Table]]:
    """Key -> finding and table, for those whose table is a network."""
    return {
        finding.key: (finding, finding.result)
        for finding in findings
        if finding.result is not None and {"account_a", "account_b"} <= set(finding.result.column_names)
    }


def network(findings: Sequence[Finding], key: str | None = None, *, seed: int = 0) -> Network:
    """The network of the finding ``key`` (of ``coordination.network``, or the first there is, by default).

    Raises :class:`UsageError` when there is none.
    """
    known = networks(findings)
    if key is None:
        key = DEFAULT if DEFAULT in known else next(iter(known), None)
    if key is None or key not in known:
        todo = did_you_mean(key or "", known) if known else "run: undertow analyse CASE --only coordination"
        raise UsageError(
            f"there is no network {key!r}" if key else "no finding of this case has a network",
            where="--network",
            todo=todo,
        )
    finding, table = known[key]
    pairs = _pairs(table)
    names = sorted({name for pair in pairs for name in pair}, key=lambda account: account[::-1])
    place = {name: number for number, name in enumerate(names)}
    own = _accounts(finding, findings)
    one = np.array([place[pair[0]] for pair in pairs], np.int64)
    other = np.array([place[pair[1]] for pair in pairs], np.int64)
    at = placed(len(names), one, other, seed=seed) * _EXTENT
    nodes = tuple(
        Node(
            name[1],
            float(round(at[number, 0], 2)),
            float(round(at[number, 1], 2)),
            _group(own.get(name, {})),
            {key: value for key, value in own.get(name, {}).items() if key != "group"},
        )
        for name, number in place.items()
    )
    links = tuple(_link(place, pair, rows) for pair, rows in pairs.items())
    return Network(finding, nodes, links)


def _pairs(table: pa.Table) -> dict[tuple[Account, Account], list[dict[str, Any]]]:
    """The rows of each pair, whichever of the two is named first, in the order of the table."""
    pairs: dict[tuple[Account, Account], list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        one, other = sorted(
            (str(row.pop(f"platform_{end}", "")), str(row.pop(f"account_{end}"))) for end in ("a", "b")
        )
        pairs.setdefault((one, other), []).append(row)
    return pairs


def _link(place: Mapping[Account, int], pair: tuple[Account, Account], rows: list[dict[str, Any]]) -> Link:
    counted = next((name for name in WEIGHTS if name in rows[0]), None)
    # one pair of posts may count in several rows (traces, windows): the largest count is not too large
    weight = float(len(rows)) if counted is None else max(float(row[counted] or 0) for row in rows)
    firsts = [row["first"] for row in rows if isinstance(row.get("first"), dt.datetime)]
    lasts = [row["last"] for row in rows if isinstance(row.get("last"), dt.datetime)]
    columns = [name for name in rows[0] if name not in (counted, "first", "last")]
    attributes = {
        name: merged for name in columns if (merged := _merged(name, [row[name] for row in rows])) is not None
    }
    return Link(
        place[pair[0]],
        place[pair[1]],
        weight,
        min(firsts, default=None),
        max(lasts, default=None),
        attributes,
    )


def _merged(name: str, values: Iterable[Any]) -> Value | None:
    """What several rows of a pair say, as one value: the smallest p and q, the largest other number, all words."""
    kept = [value for value in values if value is not None]
    if not kept:
        return None
    if all(isinstance(value, bool) for value in kept):
        return any(kept)
    if all(isinstance(value, (int, float)) for value in kept):
        number: Value = min(kept) if name in ("p_value", "q_value", "pair_q_value") else max(kept)
        return number
    return ", ".join(dict.fromkeys(str(value) for value in kept))


def _accounts(finding: Finding, findings: Sequence[Finding]) -> dict[Account, dict[str, Value]]:
    """Account -> its columns, from the same analysis's table of accounts (for the same filter)."""
    analysis = finding.id.partition(".")[0]
    for each in findings:
        table = each.result
        if table is None or each.filter != finding.filter or each.id.partition(".")[0] != analysis:
            continue
        if "account" in table.column_names:
            return {
                (str(row.get("platform", "")), str(row.pop("account"))): {
                    k: v for k, v in row.items() if isinstance(v, (str, int, float, bool))
                }
                for row in table.to_pylist()
            }
    return {}


def _group(columns: Mapping[str, Value]) -> int | None:
    group = columns.get("group")
    return group if isinstance(group, int) else None
