"""Writing judgements: each checked against the case, signed, and refused where it claims too much."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from undertow.attribution import disarm
from undertow.attribution.admiralty import code
from undertow.attribution.confidence import support
from undertow.attribution.evidence import evidence_matrix
from undertow.attribution.hypotheses import Hypothesis, default_hypotheses
from undertow.attribution.judgements import all_judgements, in_force, record
from undertow.attribution.matrix import Matrix, Row
from undertow.attribution.rules import RATINGS
from undertow.attribution.words import confidence, likelihood
from undertow.errors import UndertowError, UsageError, did_you_mean
from undertow.finding import ASPECTS

if TYPE_CHECKING:
    from undertow.case import Case


class OverclaimError(UndertowError):
    """A judgement that claims more confidence than the evidence carries (exit code 1); nothing was recorded."""

    exit_code = 1


def judge(case: Case, hypothesis: str, likely: str, *, confident: str, by: str, because: str) -> Case:
    """Record how likely ``by`` holds a hypothesis, and with what analytic confidence.

    Raises :class:`OverclaimError` for high confidence that the rule of :mod:`undertow.attribution.confidence` does
    not allow, and says what is missing; :class:`UsageError` for words that are on neither scale.
    """
    step, level = likelihood(likely), confidence(confident)
    matrix = evidence_matrix(case)
    chosen = _hypothesis(matrix, hypothesis)
    carried = support(matrix, chosen)
    if level == "high" and not carried.high_allowed:
        raise OverclaimError(
            f"high confidence in “{chosen.name}” is refused: " + "; ".join(carried.missing),
            where=str(case.path),
            todo="state moderate or low confidence, or find what is missing",
        )
    return record(
        case,
        "assessment",
        by=by,
        because=because,
        hypothesis=chosen.id,
        likelihood=step.word,
        confidence=level,
    )


def rate(case: Case, finding: str, ratings: Mapping[str, str], *, by: str, because: str) -> Case:
    """Record ratings (hypothesis -> CC, C, N, I, II) of one row of the matrix."""
    matrix = evidence_matrix(case)
    row = _row(matrix, finding)
    checked = []
    for hypothesis, rating in ratings.items():
        chosen = _hypothesis(matrix, hypothesis)
        if rating.upper() not in RATINGS:
            listed = ", ".join(f"{name} ({words})" for name, words in RATINGS.items())
            raise UsageError(f"{rating!r} is no rating", where=hypothesis, todo=f"there are: {listed}")
        checked.append((chosen.id, rating.upper()))
    for name, rating in checked:
        case = record(case, "rating", by=by, because=because, finding=row.key, hypothesis=name, rating=rating)
    return case


def weigh(case: Case, finding: str, admiralty: str, *, by: str, because: str) -> Case:
    """Record another Admiralty code of one row of the matrix."""
    row = _row(evidence_matrix(case), finding)
    return record(case, "code", by=by, because=because, finding=row.key, code=str(code(admiralty)))


def bring(case: Case, name: str, statement: str, *, aspect: str, admiralty: str, by: str, because: str) -> Case:
    """Record evidence from outside the case as a row of the matrix, to be rated like the others."""
    if aspect not in ASPECTS:
        raise UsageError(f"{aspect!r} is no aspect", where="--aspect", todo=did_you_mean(aspect, ASPECTS))
    if any(row.key == name and row.finding is not None for row in evidence_matrix(case).rows):
        raise UsageError(f"{name!r} is a finding of this case", where="evidence", todo="choose another name")
    checked = str(code(admiralty))
    return record(
        case, "evidence", by=by, because=because, id=name, statement=statement, aspect=aspect, code=checked
    )


def suppose(
    case: Case,
    hypothesis: str,
    *,
    by: str,
    because: str,
    name: str | None = None,
    that: str | None = None,
    means: str | None = None,
    organic: bool = False,
) -> Case:
    """Record a new hypothesis, or other words for one that is there.

    A new one needs ``name`` and ``that`` (which completes "it is likely that ...").
    """
    known = {each.id for each in default_hypotheses()} | {each.id for each in evidence_matrix(case).hypotheses}
    if hypothesis not in known and not (name and that):
        raise UsageError(
            f"a new hypothesis {hypothesis!r} needs words",
            where="hypothesis",
            todo='give --name "As a heading" and --that "completes: it is likely that ..."',
        )
    return record(
        case,
        "hypothesis",
        by=by,
        because=because,
        hypothesis=hypothesis,
        name=name,
        that=that,
        means=means,
        organic=organic,
    )


def rule_out(case: Case, hypothesis: str, *, by: str, because: str) -> Case:
    """Record that a hypothesis is left out of this case's matrix."""
    matrix = evidence_matrix(case)
    chosen = _hypothesis(matrix, hypothesis)
    if len(matrix.hypotheses) <= 2:
        raise UsageError(
            "a matrix of one hypothesis compares nothing", where=hypothesis, todo="add another before removing this"
        )
    return record(case, "remove", by=by, because=because, hypothesis=chosen.id)


def tag(
    case: Case, technique: str, *, by: str, because: str, finding: str | None = None, framework: Path | None = None
) -> Case:
    """Record a DISARM technique of the case, or of one finding; its id is checked against DISARM's file or the
    techniques that come with Undertow."""
    known = None if framework is None else disarm.read_framework(framework)
    name = disarm.name_of(technique, known)
    key = None if finding is None else _row(evidence_matrix(case), finding).key
    return record(case, "tag", by=by, because=because, technique=technique, name=name, finding=key)


def withdraw(case: Case, seq: int, *, by: str, because: str) -> Case:
    """Record that the judgement of ledger line ``seq`` no longer holds; the line stays."""
    standing = {each.seq for each in in_force(all_judgements(case))}
    if seq not in standing:
        listed = ", ".join(map(str, sorted(standing))) or "none"
        raise UsageError(
            f"ledger line {seq} is no judgement that holds",
            where="withdraw",
            todo=f"judgements that hold: {listed}",
        )
    return record(case, "withdraw", by=by, because=because, seq=seq)


def _hypothesis(matrix: Matrix, name: str) -> Hypothesis:
    for each in matrix.hypotheses:
        if each.id == name:
            return each
    known = [each.id for each in matrix.hypotheses]
    raise UsageError(f"there is no hypothesis {name!r}", where="assess", todo=did_you_mean(name, known))


def _row(matrix: Matrix, key: str) -> Row:
    for row in matrix.rows:
        if row.key == key:
            return row
    known = [row.key for row in matrix.rows]
    todo = did_you_mean(key, known) if known else "run: undertow analyse CASE"
    raise UsageError(f"there is no finding {key!r}", where="assess", todo=todo)
