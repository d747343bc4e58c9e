"""Which account belongs to which class, and when: from the case's watchlists, or from any label on accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.analyses.propagation import steps
from undertow.engines.engine import Engine
from undertow.schema import TIMESTAMP
from undertow.watchlists import resolve

Int64 = npt.NDArray[np.int64]

WATCHLISTS = "actor_class"
"""The label that watchlists give."""

_OPEN = (-(2**62), 2**62)


@dataclass(frozen=True)
class Classes:
    """(platform, account) -> its classes with from when (inclusive) to when (exclusive), in microseconds UTC.

    ``names``: the classes, sorted. Classes are numbered in that order; ``len(names)`` stands for everyone else.
    """

    names: tuple[str, ...]
    members: Mapping[tuple[str, str], Sequence[tuple[int, int, int]]]

    @classmethod
    def of(cls, engine: Engine, label: str) -> Classes:
        """The classes that ``label`` gives to accounts; for :data:`WATCHLISTS` those of the watchlists."""
        found: dict[tuple[str, str], set[tuple[str, int, int]]] = defaultdict(set)
        if label == WATCHLISTS:
            accounts = resolve(engine).accounts
            times = {
                name: accounts[name].cast(TIMESTAMP).cast("int64").to_pylist()
                for name in ("valid_from", "valid_to")
            }
            for row, first, last in zip(accounts.to_pylist(), times["valid_from"], times["valid_to"], strict=True):
                if row["account_id"] is not None and row["actor_class"] is not None and not row["ambiguous"]:
                    found[row["platform"], row["account_id"]].add((row["actor_class"], *_period(first, last)))
        else:
            for row in engine.run(steps.LABELLED, label=label).to_pylist():
                period = _period(row["valid_from_us"], row["valid_to_us"])
                found[row["platform"], row["account_id"]].add((row["value"], *period))
        names = tuple(sorted({name for listed in found.values() for name, _, _ in listed}))
        numbers = {name: number for number, name in enumerate(names)}
        return cls(
            names,
            {key: tuple(sorted((numbers[name], a, b) for name, a, b in listed)) for key, listed in found.items()},
        )

    def at(self, account: Int64, names: Sequence[tuple[str, str]], time: Int64) -> Int64:
        """The class of each act; ``account`` numbers ``names``. -1 where an account is in two classes at once."""
        result = np.full(len(account), len(self.names), np.int64)
        order = np.argsort(account, kind="stable")
        bounds = np.searchsorted(account[order], np.arange(len(names) + 1))
        for number, name in enumerate(names):
            listed = self.members.get(name)
            if listed is None:
                continue
            rows = order[bounds[number] : bounds[number + 1]]
            for class_, first, last in listed:
                inside = rows[(time[rows] >= first) & (time[rows] < last)]
                clash = (result[inside] != len(self.names)) & (result[inside] != class_)
                result[inside] = np.where(clash, -1, class_)
        return result


def _period(first: int | None, last: int | None) -> tuple[int, int]:
    return _OPEN[0] if first is None else first, _OPEN[1] if last is None else last
