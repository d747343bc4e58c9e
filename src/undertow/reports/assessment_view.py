"""The assessment as the report shows it: one page, the ranking, the matrix, the judgements, the methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from undertow.attribution.abcde import LETTERS
from undertow.attribution.assessment import Assessment
from undertow.attribution.disarm import framework
from undertow.attribution.judgements import Judgement
from undertow.attribution.rules import RATINGS
from undertow.finding import STRENGTHS, Aspect, Finding
from undertow.reports.figures import estimate_words
from undertow.reports.model import by_question, strength_label
from undertow.wording import count, p_words

ONE_PAGE = 6
"""Findings that the one-page summary names; more do not fit on the page."""

_ASPECTS: Mapping[str, tuple[Aspect, ...]] = {
    "Behaviour": ("behaviour", "technical"),
    "Content": ("narrative framing", "targeting", "intent"),
}


@dataclass(frozen=True)
class Told:
    """A finding on the one page: its statement, its strength, and what else it could be."""

    finding: Finding
    label: str
    pips: int
    otherwise: str


@dataclass(frozen=True)
class Letter:
    """One letter of the ABCDE summary: what it asks, a sentence, and the findings that speak to it."""

    name: str
    asks: str
    sentence: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Bar:
    """A hypothesis in the ranking, with the length of its bar in percent of the longest."""

    place: str
    name: str
    means: str
    organic: bool
    score: str
    length: float
    note: str


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: the rating, its words, and whether a person gave it."""

    rating: str
    words: str
    judged: bool


@dataclass(frozen=True)
class MatrixRow:
    """A rated row of the matrix."""

    key: str
    statement: str
    strength: str
    code: str
    code_words: str
    cells: tuple[Cell, ...]
    diagnosticity: str
    because: str


@dataclass(frozen=True)
class Signed:
    """A judgement in words."""

    what: str
    by: str
    because: str
    when: str
    line: int
    holds: bool


@dataclass(frozen=True)
class View:
    """Everything that the templates print about an assessment."""

    assessment: Assessment
    letters: tuple[Letter, ...]
    left_out: str
    ranking: tuple[Bar, ...]
    hypotheses: tuple[str, ...]
    matrix: tuple[tuple[str, tuple[MatrixRow, ...]], ...]
    not_rated: tuple[tuple[str, str], ...]
    signed: tuple[Signed, ...]
    framework: str
    ratings: Mapping[str, str]


@dataclass(frozen=True)
class Method:
    """A finding's line in the methods appendix."""

    key: str
    columns: str
    against: str
    behind: str


def view(assessment: Assessment, findings: Sequence[Finding]) -> View:
    """``assessment`` in the pieces that the report prints."""
    told = list(_told(findings))
    named = told[:ONE_PAGE]
    rest = sum(finding.strength != "none" for finding in findings) - len(named)
    quiet = sum(finding.strength == "none" for finding in findings)
    left = [f"{count(rest, 'further finding')} found something"] if rest else []
    left += [f"{count(quiet, 'finding')} found nothing, or too little to tell"] if quiet else []
    hypotheses = assessment.matrix.hypotheses
    return View(
        assessment=assessment,
        letters=tuple(_letters(assessment, named)),
        left_out="; ".join(left),
        ranking=tuple(_bars(assessment)),
        hypotheses=tuple(each.name for each in hypotheses),
        matrix=tuple(_matrix(assessment)),
        not_rated=tuple((row.key, row.because) for row in assessment.matrix.rows if not row.rated),
        signed=tuple(_signed(assessment)),
        framework=framework(),
        ratings=RATINGS,
    )


def methods(
    findings: Sequence[Finding], assessment: Assessment | None
) -> dict[str, tuple[list[Method], list[Finding]]]:
    """Question -> a line for each finding, and the findings whose methods are printed in full."""
    columns = {} if assessment is None else {row.key: row.columns for row in assessment.matrix.rows}
    made = {}
    for question, group in by_question(tuple(findings)).items():
        lines = [
            Method(
                key=finding.key,
                columns=", ".join(sorted(columns.get(finding.key, ()))),
                against=_against(finding),
                behind=_behind(finding),
            )
            for finding in group
        ]
        made[question] = (lines, list(group))
    return made


def _against(finding: Finding) -> str:
    if finding.p_value is None:
        return f"not tested; compared with: {finding.null_model}" if finding.null_model else "not tested"
    return f"{p_words(finding.p_value)}; chance means: {finding.null_model}"


def _behind(finding: Finding) -> str:
    words = estimate_words(finding.estimate)
    posts = count(finding.estimate.n, "post")
    accounts = finding.estimate.n_accounts
    behind = posts if accounts is None else f"{posts}, {count(accounts, 'account')}"
    return f"{behind}; {words.interval}" if words.interval else behind


def _told(findings: Sequence[Finding]) -> Iterator[Told]:
    """What was found: the strongest of each question first, then others that are more than weak."""
    found = [finding for finding in findings if finding.strength != "none"]
    found.sort(key=lambda finding: -STRENGTHS.index(finding.strength))
    firsts = list({finding.question: finding for finding in reversed(found)}.values())
    firsts.sort(key=found.index)
    others = [finding for finding in found if finding not in firsts and finding.strength != "weak"]
    for finding in [*firsts, *others]:
        yield Told(finding, strength_label(finding), STRENGTHS.index(finding.strength), finding.alternatives[0])


def _letters(assessment: Assessment, told: Sequence[Told]) -> Iterator[Letter]:
    for name, asks in LETTERS.items():
        here = tuple(one for one in told if one.finding.aspect in _ASPECTS.get(name, ()))
        yield Letter(name, asks, "" if here else assessment.abcde[name], here)


def _bars(assessment: Assessment) -> Iterator[Bar]:
    longest = max((one.inconsistency for one in assessment.ranking), default=0.0) or 1.0
    above = None
    for one in assessment.ranking:
        place = "–" if one.place is None else "=" if one.inconsistency == above else str(one.place)
        above = one.inconsistency
        note = f"not ranked: {count(len(one.unrated), 'row')} not rated on it" if one.unrated else ""
        yield Bar(
            place,
            one.hypothesis.name,
            one.hypothesis.means,
            one.hypothesis.organic,
            f"{one.inconsistency:.2f}",
            round(100 * one.inconsistency / longest, 1),
            note,
        )


def _matrix(assessment: Assessment) -> Iterator[tuple[str, tuple[MatrixRow, ...]]]:
    """Aspect -> its rated rows, in the order in which aspects first appear."""
    hypotheses = assessment.matrix.hypotheses
    rated = [row for row in assessment.matrix.rows if row.rated]
    for aspect in dict.fromkeys(row.aspect for row in rated):
        rows = []
        for row in rated:
            if row.aspect != aspect:
                continue
            cells = tuple(
                Cell(
                    row.ratings.get(each.id, "–"),
                    RATINGS.get(row.ratings.get(each.id, ""), "not rated"),
                    each.id in row.judged,
                )
                for each in hypotheses
            )
            rows.append(
                MatrixRow(
                    row.key,
                    row.statement,
                    "Outside the case" if row.finding is None else strength_label(row.finding),
                    f"{row.code}{'*' if row.code_judged else ''}",
                    row.code.words,
                    cells,
                    f"{row.diagnosticity(hypotheses):.2f}",
                    row.because,
                )
            )
        yield aspect, tuple(rows)


def _signed(assessment: Assessment) -> Iterator[Signed]:
    for one in sorted((*assessment.judgements, *assessment.withdrawn), key=lambda each: each.seq):
        yield Signed(described(one), one.by, one.because, one.time[:10], one.seq, one in assessment.judgements)


def described(judgement: Judgement) -> str:
    """What was judged, in words."""
    value = judgement.values
    if judgement.kind == "rating":
        return (
            f"{value['finding']} against “{value['hypothesis']}”: {RATINGS.get(value['rating'], value['rating'])}"
        )
    if judgement.kind == "code":
        return f"{value['finding']}: Admiralty code {value['code']}"
    if judgement.kind == "assessment":
        return f"“{value['hypothesis']}”: {value['likelihood']}, {value['confidence']} confidence"
    if judgement.kind == "hypothesis":
        return f"hypothesis “{value['hypothesis']}” worded"
    if judgement.kind == "remove":
        return f"hypothesis “{value['hypothesis']}” left out"
    if judgement.kind == "evidence":
        return f"evidence from outside, {value['id']}: {value['statement']}"
    return f"DISARM {value['technique']} {value['name']}: {value.get('finding') or 'the case'}"
