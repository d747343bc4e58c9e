"""The assessment of a case: the matrix with what people changed in it, its ranking, and what people judged.

The machine fills in defaults and counts; it attributes nothing. Where nobody has signed a judgement the assessment
is "not assessed", whatever the matrix says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from undertow.attribution import abcde, disarm
from undertow.attribution.confidence import Support, support
from undertow.attribution.evidence import matrix_of
from undertow.attribution.hypotheses import Hypothesis
from undertow.attribution.judgements import Judgement, all_judgements, in_force
from undertow.attribution.matrix import Matrix, Removal, Row, Standing
from undertow.attribution.words import (
    Confidence,
    Likelihood,
    confidence_sentence,
    likelihood,
    likelihood_sentence,
)
from undertow.finding import Finding
from undertow.wording import count, joined

if TYPE_CHECKING:
    from undertow.case import Case

NOT_ASSESSED = "Not assessed: no analyst has signed a judgement about who is behind this, and Undertow makes none."


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one person judged about one hypothesis.

    ``confidence`` is what holds now; ``stated`` what was written, which may have been more than the evidence
    carries since. ``against_ranking`` says that the matrix ranks another hypothesis first.
    """

    judgement: Judgement
    hypothesis: Hypothesis
    likelihood: Likelihood
    stated: Confidence
    confidence: Confidence
    support: Support
    against_ranking: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """Likelihood, confidence and reason, each a sentence of its own."""
        said = [
            likelihood_sentence(self.likelihood, self.hypothesis.that, self.judgement.by),
            confidence_sentence(self.confidence),
            f"Reason given: {self.judgement.because.rstrip('.')}.",
        ]
        if self.stated != self.confidence:
            said.append(f"It was written with {self.stated} confidence, which the evidence no longer carries.")
        if self.against_ranking:
            said.append("The evidence matrix has less against another hypothesis.")
        if self.judgement.stale:
            said.append("The case has changed since this was judged: judge again.")
        return tuple(said)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Everything that is known about who may be behind a case, and who said what about it."""

    matrix: Matrix
    ranking: tuple[Standing, ...]
    sensitivity: tuple[Removal, ...]
    verdicts: tuple[Verdict, ...]
    judgements: tuple[Judgement, ...]
    withdrawn: tuple[Judgement, ...]
    tags: tuple[disarm.Tag, ...]
    abcde: dict[str, str]
    best_support: Support | None

    @property
    def assessed(self) -> bool:
        """Whether anybody has signed a judgement."""
        return bool(self.verdicts)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The assessment in sentences; "not assessed" where nobody has judged."""
        if not self.verdicts:
            return (NOT_ASSESSED,)
        return tuple(sentence for verdict in self.verdicts for sentence in verdict.sentences)

    @property
    def ranking_sentence(self) -> str:
        """What the matrix says, in a sentence that judges nothing."""
        rated = sum(row.rated for row in self.matrix.rows)
        listed = count(rated, "rated piece of evidence", "rated pieces of evidence")
        first = self.matrix.first
        if first is None:
            return f"{listed[0].upper()}{listed[1:]}: the evidence tells no hypothesis from another."
        tied = [each.name for each in self.matrix.tied_with_first()]
        asks = "asks" if len(tied) == 1 else "ask"
        told = f" It does not tell it from {joined(tied)}, which {asks} one to believe more." if tied else ""
        return f"{listed[0].upper()}{listed[1:]} in the matrix: least speaks against “{first.name}”.{told}"

    @property
    def sensitivity_sentence(self) -> str:
        """Whether the ranking hangs on one row."""
        rows = [each for each in self.sensitivity if each.without]
        firsts = [each.without for each in rows if each.first_changes and each.first]
        lost = [each.without for each in rows if each.first_changes and not each.first]
        orders = [each.without for each in rows if each.order_changes and not each.first_changes]
        equal = next((each for each in self.sensitivity if not each.without), None)
        if not rows:
            return "Nothing is rated yet: there is no ranking that could change."
        said = " ".join(
            f"Without {'any one of ' if len(names) > 1 else ''}{joined(names)}, {then}."
            for names, then in (
                (firsts, "another hypothesis would stand first"),
                (lost, "the evidence would tell no hypothesis from another"),
            )
            if names
        )
        said = said or "No single piece of evidence, left out, changes which hypothesis stands first."
        if orders:
            said += f" The order of the others hangs on {joined(orders)}."
        if equal is not None and equal.first_changes:
            said += " With every piece of evidence weighing the same, another hypothesis would stand first."
        return said

    def published(
        self, shown: Callable[[Finding], Finding], sentence: Callable[[str], str], content: Callable[[str], str]
    ) -> Assessment:
        """The assessment for publication: ``shown`` makes a finding publishable, ``sentence`` words of the program,
        ``content`` what people wrote."""

        def row(one: Row) -> Row:
            written = content if one.judged or one.code_judged or one.finding is None else sentence
            one = replace(one, because=written(one.because))
            if one.finding is None:
                return replace(one, key=content(one.key), statement=content(one.statement))
            finding = shown(one.finding)
            return replace(one, key=finding.key, statement=finding.statement, finding=finding)

        rows = tuple(map(row, self.matrix.rows))
        keys = {before.key: after.key for before, after in zip(self.matrix.rows, rows, strict=True)}

        def supported(one: Support) -> Support:
            kept = tuple(rows[self.matrix.rows.index(each)] for each in one.rows)
            return Support(rows=kept, missing=tuple(map(sentence, one.missing)))

        def judgement(one: Judgement) -> Judgement:
            values = {k: keys.get(v, content(v)) if isinstance(v, str) else v for k, v in one.values.items()}
            return replace(one, because=content(one.because), values=values)

        def tag(one: disarm.Tag) -> disarm.Tag:
            return replace(one, finding=keys.get(one.finding or "", one.finding), because=content(one.because))

        return replace(
            self,
            matrix=replace(self.matrix, rows=rows),
            sensitivity=tuple(replace(one, without=keys.get(one.without, one.without)) for one in self.sensitivity),
            verdicts=tuple(
                replace(one, judgement=judgement(one.judgement), support=supported(one.support))
                for one in self.verdicts
            ),
            judgements=tuple(map(judgement, self.judgements)),
            withdrawn=tuple(map(judgement, self.withdrawn)),
            tags=tuple(map(tag, self.tags)),
            abcde={letter: sentence(words) for letter, words in self.abcde.items()},
            best_support=None if self.best_support is None else supported(self.best_support),
        )

    def to_json(self) -> dict[str, Any]:
        """The assessment as JSON-ready values."""
        hypotheses = self.matrix.hypotheses
        return {
            "assessed": self.assessed,
            "sentences": list(self.sentences),
            "ranking": [
                {
                    "hypothesis": one.hypothesis.id,
                    "name": one.hypothesis.name,
                    "place": one.place,
                    "inconsistency": one.inconsistency,
                    "organic": one.hypothesis.organic,
                    "unrated": list(one.unrated),
                }
                for one in self.ranking
            ],
            "first": None if self.matrix.first is None else self.matrix.first.id,
            "not_told_from_first": [each.id for each in self.matrix.tied_with_first()] if self.matrix.first else [],
            "matrix": [
                {
                    "key": row.key,
                    "statement": row.statement,
                    "aspect": row.aspect,
                    "strength": row.strength,
                    "code": str(row.code),
                    "columns": sorted(row.columns),
                    "ratings": dict(row.ratings),
                    "judged": sorted(row.judged),
                    "diagnosticity": round(row.diagnosticity(hypotheses), 4),
                    "because": row.because,
                }
                for row in self.matrix.rows
            ],
            "sensitivity": [asdict(one) for one in self.sensitivity],
            "verdicts": [
                {
                    "hypothesis": one.hypothesis.id,
                    "likelihood": one.likelihood.word,
                    "percent": [one.likelihood.low, one.likelihood.high],
                    "confidence": one.confidence,
                    "stated_confidence": one.stated,
                    "by": one.judgement.by,
                    "because": one.judgement.because,
                    "time": one.judgement.time,
                    "ledger_line": one.judgement.seq,
                    "stale": one.judgement.stale,
                    "missing_for_high": list(one.support.missing),
                }
                for one in self.verdicts
            ],
            "missing_for_high": [] if self.best_support is None else list(self.best_support.missing),
            "judgements": [
                {"ledger_line": one.seq, "time": one.time, "kind": one.kind, "by": one.by, "because": one.because}
                | dict(one.values)
                for one in self.judgements
            ],
            "disarm": [asdict(one) for one in self.tags],
            "abcde": dict(self.abcde),
        }


def assess(case: Case) -> Assessment:
    """The assessment of ``case`` as its ledger stands; it has no rows where there are no findings yet."""
    formats = [entry.format for entry in case.inputs]
    return assessment_of(case.findings(), all_judgements(case), formats=formats, size=abcde.degree(case))


def assessment_of(
    findings: Sequence[Finding], judgements: tuple[Judgement, ...], *, formats: Sequence[str], size: abcde.Degree
) -> Assessment:
    """The assessment of ``findings`` from files of these ``formats``, with all ``judgements`` that were ever made."""
    standing = in_force(judgements)
    matrix = matrix_of(findings, standing, formats)
    first = matrix.first
    verdicts = tuple(_verdicts(matrix, standing, first))
    actor = " ".join(s for verdict in verdicts for s in verdict.sentences[:2]) if verdicts else NOT_ASSESSED
    return Assessment(
        matrix=matrix,
        ranking=matrix.ranking(),
        sensitivity=matrix.sensitivity(),
        verdicts=verdicts,
        judgements=standing,
        withdrawn=tuple(each for each in judgements if each not in standing and each.kind != "withdraw"),
        tags=(*disarm.default_tags(findings), *_tags(standing)),
        abcde=abcde.summary(actor, findings, size),
        best_support=support(matrix, first) if first is not None else None,
    )


def _verdicts(matrix: Matrix, judgements: Sequence[Judgement], first: Hypothesis | None) -> Iterator[Verdict]:
    by_id = {each.id: each for each in matrix.hypotheses}
    for each in judgements:
        if each.kind != "assessment" or each.values["hypothesis"] not in by_id:
            continue
        hypothesis = by_id[each.values["hypothesis"]]
        step = likelihood(each.values["likelihood"])
        carried = support(matrix, hypothesis)
        stated: Confidence = each.values["confidence"]
        holds: Confidence = "moderate" if stated == "high" and not carried.high_allowed else stated
        yield Verdict(
            judgement=each,
            hypothesis=hypothesis,
            likelihood=step,
            stated=stated,
            confidence=holds,
            support=carried,
            against_ranking=step.low >= 50 and first is not None and first != hypothesis,
        )


def _tags(judgements: Sequence[Judgement]) -> Iterator[disarm.Tag]:
    for each in judgements:
        if each.kind == "tag":
            yield disarm.Tag(
                technique=each.values["technique"],
                name=each.values["name"],
                finding=each.values.get("finding"),
                by=each.by,
                because=each.because,
            )
