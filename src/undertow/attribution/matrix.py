"""The evidence matrix: every finding against every hypothesis, in the manner of the analysis of competing hypotheses.

Hypotheses are ranked by how little speaks against them (Heuer, *Psychology of Intelligence Analysis*, 1999, chapter
8): support does not count, because the same fact supports many explanations. Formulas: ``docs/explanation/attribution.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from undertow.attribution.admiralty import Code
from undertow.attribution.hypotheses import Hypothesis
from undertow.attribution.rules import INCONSISTENCY
from undertow.finding import Aspect, Finding, Strength


@dataclass(frozen=True, kw_only=True)
class Row:
    """One piece of evidence: a finding, or what an analyst brought from outside (then ``finding`` is None).

    ``ratings`` maps hypotheses to ratings; a hypothesis that is missing was not rated. ``columns`` is empty where
    nobody stated what it is computed from. ``judged`` names the hypotheses that a person rated. ``because`` says why
    it is rated as it is, or why it is not rated at all.
    """

    key: str
    statement: str
    aspect: Aspect
    strength: Strength
    code: Code
    columns: frozenset[str]
    ratings: Mapping[str, str]
    because: str
    finding: Finding | None = None
    judged: frozenset[str] = frozenset()
    code_judged: bool = False

    @property
    def rated(self) -> bool:
        """Whether anything is rated."""
        return bool(self.ratings)

    def against(self, hypothesis: str) -> float:
        """What this row counts against a hypothesis: its inconsistency times the row's weight."""
        return INCONSISTENCY[self.ratings.get(hypothesis, "N")] * self.code.weight

    def diagnosticity(self, hypotheses: Sequence[Hypothesis]) -> float:
        """The share of pairs of hypotheses that the row rates differently: 0 tells nothing apart."""
        pairs = list(combinations([self.ratings.get(each.id, "N") for each in hypotheses], 2))
        return sum(one != other for one, other in pairs) / len(pairs) if pairs else 0.0

    def discriminates_for(self, hypothesis: str, hypotheses: Sequence[Hypothesis]) -> bool:
        """Whether it speaks against some hypothesis and not against this one."""
        rivals = [each.id for each in hypotheses if each.id != hypothesis]
        return not self.against(hypothesis) and any(self.against(rival) for rival in rivals)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A hypothesis in the ranking: its place from 1 (None where people have yet to rate it), what speaks against it,
    and the rows that nobody has rated it on."""

    hypothesis: Hypothesis
    place: int | None
    inconsistency: float
    unrated: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What the ranking would be without one row, or with every row weighing the same (``without`` is empty)."""

    without: str
    first: str | None
    first_changes: bool
    order_changes: bool


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All rows against all hypotheses."""

    hypotheses: tuple[Hypothesis, ...]
    rows: tuple[Row, ...]

    def ranking(self, weight: Callable[[Row], float] = lambda row: row.code.weight) -> tuple[Standing, ...]:
        """The hypotheses, least inconsistent first.

        Rows computed from the same columns are one line of evidence: of them only the one that says most against a
        hypothesis counts. Equal ones stand in the order of what they assume. A hypothesis that an analyst added is
        ranked when every rated row rates it.
        """
        rated = [row for row in self.rows if row.rated]
        lines: dict[object, list[Row]] = {}
        for row in rated:
            lines.setdefault(row.columns or row.key, []).append(row)
        found = []
        for each in self.hypotheses:
            total = sum(
                max(INCONSISTENCY[row.ratings.get(each.id, "N")] * weight(row) for row in line)
                for line in lines.values()
            )
            unrated = tuple(row.key for row in rated if each.added and each.id not in row.ratings)
            found.append(Standing(hypothesis=each, place=None, inconsistency=round(total, 9), unrated=unrated))
        found.sort(
            key=lambda one: (bool(one.unrated), one.inconsistency, one.hypothesis.assumes, one.hypothesis.id)
        )
        return tuple(one if one.unrated else replace(one, place=place) for place, one in enumerate(found, start=1))

    @property
    def first(self) -> Hypothesis | None:
        """The hypothesis with the least against it; None where the evidence tells none apart."""
        return _first(self)

    def tied_with_first(self) -> tuple[Hypothesis, ...]:
        """The others that have as little against them: the evidence does not tell them from the first."""
        ranking = [one for one in self.ranking() if one.place]
        return tuple(one.hypothesis for one in ranking[1:] if one.inconsistency == ranking[0].inconsistency)

    def sensitivity(self) -> tuple[Removal, ...]:
        """For each rated row: does the ranking change without it? Last, with all rows weighing the same."""
        before, order = _first(self), [one.hypothesis.id for one in self.ranking()]

        def removal(without: str, matrix: Matrix, ranking: Sequence[Standing]) -> Removal:
            first = _first(matrix, ranking)
            return Removal(
                without=without,
                first=None if first is None else first.id,
                first_changes=first != before,
                order_changes=[one.hypothesis.id for one in ranking] != order,
            )

        found = []
        for row in self.rows:
            if row.rated:
                rest = replace(self, rows=tuple(other for other in self.rows if other is not row))
                found.append(removal(row.key, rest, rest.ranking()))
        found.append(removal("", self, self.ranking(lambda _: 1.0)))
        return tuple(found)


def _first(matrix: Matrix, ranking: Sequence[Standing] | None = None) -> Hypothesis | None:
    placed = [one for one in (matrix.ranking() if ranking is None else ranking) if one.place]
    if len({one.inconsistency for one in placed}) < 2:
        return None
    return placed[0].hypothesis
