"""When high confidence may be claimed, and what is missing for it.

The rule: at least three aspects, the behavioural or the technical one among them, each carry a strong finding that
speaks against a rival and not against the hypothesis, and these findings are computed from disjoint columns, so that
one error or one artefact of one column cannot have made two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from undertow.attribution.hypotheses import Hypothesis
from undertow.attribution.matrix import Matrix, Row
from undertow.finding import ASPECTS, STRENGTHS, Aspect

NEEDED = 3
"""Aspects that must carry independent strong findings."""
ONE_OF: tuple[Aspect, ...] = ("behaviour", "technical")
"""Aspects of which one must be among them."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """What carries a hypothesis: one row an aspect, computed from disjoint columns; and what is missing for more."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...]

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """The aspects that are carried."""
        return tuple(row.aspect for row in self.rows)

    @property
    def high_allowed(self) -> bool:
        """Whether high confidence may be claimed."""
        return len(self.rows) >= NEEDED and any(aspect in self.aspects for aspect in ONE_OF)


def support(matrix: Matrix, hypothesis: Hypothesis) -> Support:
    """The best support of ``hypothesis``: as many aspects as independent rows allow.

    What an analyst brought from outside does not count: nothing here can check it.
    """
    heaviest: dict[object, Row] = {}  # of the same aspect and columns one is enough
    for row in sorted(matrix.rows, key=lambda row: row.code.weight):
        if row.finding is None or row.strength != "strong" or not row.columns:
            continue
        if row.discriminates_for(hypothesis.id, matrix.hypotheses):
            heaviest[row.aspect, row.columns] = row
    usable = list(heaviest.values())
    rows = max(_choices(usable, ASPECTS), key=_worth)
    made = Support(rows=rows, missing=())
    if made.high_allowed:
        return made
    return Support(rows=rows, missing=tuple(_missing(matrix, hypothesis, usable, rows)))


def _choices(usable: Sequence[Row], aspects: Sequence[Aspect]) -> Iterator[tuple[Row, ...]]:
    """Every way to take at most one row of each aspect such that no two share a column."""
    if not aspects:
        yield ()
        return
    for rest in _choices(usable, aspects[1:]):
        yield rest
        taken = frozenset[str]().union(*(row.columns for row in rest))
        for row in usable:
            if row.aspect == aspects[0] and not row.columns & taken:
                yield (row, *rest)


def _worth(rows: tuple[Row, ...]) -> tuple[int, bool, float]:
    return len(rows), any(row.aspect in ONE_OF for row in rows), sum(row.code.weight for row in rows)


def _missing(matrix: Matrix, hypothesis: Hypothesis, usable: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    carried = {row.aspect: row for row in rows}
    yield (
        f"{len(carried)} of {NEEDED} aspects carry an independent strong finding that speaks against a rival of "
        f"“{hypothesis.name}” and not against it" + (f" ({', '.join(carried)})" if carried else "")
    )
    if not any(aspect in carried for aspect in ONE_OF):
        yield f"none of them is {' or '.join(ONE_OF)}"
    for aspect in ASPECTS:
        if aspect in carried:
            continue
        here = [row for row in matrix.rows if row.aspect == aspect and row.finding is not None]
        shared = [
            (row, other) for row in usable if row.aspect == aspect for other in rows if row.columns & other.columns
        ]
        strong = [row for row in here if row.strength == "strong"]
        if shared:
            row, other = shared[0]
            common = ", ".join(sorted(row.columns & other.columns))
            yield f"{aspect}: {row.key} shares {common} with {other.key}, and counts once with it"
        elif any(row.rated and row.against(hypothesis.id) for row in strong):
            against = next(row for row in strong if row.rated and row.against(hypothesis.id))
            yield f"{aspect}: {against.key} is strong, and speaks against this hypothesis"
        elif strong:
            yield f"{aspect}: {strong[0].key} is strong, and does not tell this hypothesis from any other"
        elif any(row.strength != "none" for row in here):
            best = max(here, key=lambda row: STRENGTHS.index(row.strength))
            yield f"{aspect}: the strongest finding ({best.key}) is {best.strength}"
        elif here:
            yield f"{aspect}: nothing was found, or there was too little to tell"
        else:
            yield f"{aspect}: no analysis has looked at it"
