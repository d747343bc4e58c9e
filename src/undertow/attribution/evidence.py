"""Filling in the evidence matrix: defaults by rule, then what people changed, then what they brought from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from undertow.attribution.admiralty import code, default_code
from undertow.attribution.hypotheses import Hypothesis, default_hypotheses
from undertow.attribution.judgements import Judgement, all_judgements, in_force
from undertow.attribution.matrix import Matrix, Row
from undertow.attribution.rules import default_rules
from undertow.finding import Finding

if TYPE_CHECKING:
    from undertow.case import Case


def evidence_matrix(case: Case) -> Matrix:
    """Every finding of ``case`` against every hypothesis: the defaults, with what people changed in them."""
    return matrix_of(case.findings(), in_force(all_judgements(case)), [entry.format for entry in case.inputs])


def matrix_of(findings: Sequence[Finding], standing: Sequence[Judgement], formats: Sequence[str]) -> Matrix:
    """The same of ``findings`` from files of these ``formats``, with the judgements that hold."""
    rows = (*_rows(findings, standing, formats), *_outside(standing))
    return Matrix(hypotheses=tuple(_hypotheses(standing)), rows=rows)


def _hypotheses(judgements: Sequence[Judgement]) -> Iterator[Hypothesis]:
    """The defaults and those that analysts added, as refined, without those removed."""
    decided = {each.values["hypothesis"]: each for each in judgements if each.kind in ("hypothesis", "remove")}
    defaults = {each.id: each for each in default_hypotheses()}
    for name, hypothesis in defaults.items():
        judged = decided.get(name)
        if judged is None:
            yield hypothesis
        elif judged.kind == "hypothesis":
            given = {k: judged.values[k] for k in ("name", "that", "means") if judged.values.get(k)}
            yield replace(hypothesis, **given)
    for name, judged in decided.items():
        if name not in defaults and judged.kind == "hypothesis":
            value = judged.values
            yield Hypothesis(
                id=name,
                name=value["name"],
                that=value["that"],
                means=value.get("means") or value["name"],
                assumes=max(each.assumes for each in defaults.values()),
                organic=bool(value.get("organic")),
                added=True,
            )


def _rows(findings: Sequence[Finding], judgements: Sequence[Judgement], formats: Sequence[str]) -> Iterator[Row]:
    rules = default_rules()
    for finding in findings:
        rule = rules.by_finding.get(finding.id)
        ratings = dict(rule.ratings(finding)) if rule is not None else {}
        benign = rule is not None and rule.groups is not None and _benign(findings, rule.groups, finding.filter)
        if benign:
            ratings = {}
        if rule is not None and ratings:
            ratings = {each.id: ratings.get(each.id, "N") for each in default_hypotheses()}
            because = rule.because
        elif rule is not None and benign:
            because = f"Not rated: each group that it is about has a likely benign cause ({rule.groups})."
        elif rule is not None and finding.estimate.value is None:
            because = "Too little data to tell: not rated."
        elif rule is not None:
            because = f"Nothing was found, and its absence is rated for nobody. {rule.because}"
        elif finding.id in rules.neutral:
            because = f"Not rated: {rules.neutral[finding.id]}."
        else:
            because = "Not rated: no rule knows this finding."
        yield _judged(
            Row(
                key=finding.key,
                statement=finding.statement,
                aspect=finding.aspect,
                strength=finding.strength,
                code=default_code(formats, finding.strength),
                columns=frozenset() if rule is None else rule.columns,
                ratings=ratings,
                because=because,
                finding=finding,
            ),
            judgements,
        )


def _benign(findings: Sequence[Finding], groups: str, filter_: str | None) -> bool:
    """Whether each group of the finding ``groups`` has a likely benign cause (``could_be`` in its table)."""
    found = next((each for each in findings if each.id == groups and each.filter == filter_), None)
    if found is None or found.result is None or "could_be" not in found.result.column_names:
        return False
    causes = found.result["could_be"].to_pylist()
    return bool(causes) and all(causes)


def _outside(judgements: Sequence[Judgement]) -> Iterator[Row]:
    """What analysts brought from outside, as rows without a finding."""
    for each in judgements:
        if each.kind == "evidence":
            yield _judged(
                Row(
                    key=each.values["id"],
                    statement=each.values["statement"],
                    aspect=each.values["aspect"],
                    strength="none",
                    code=code(each.values["code"]),
                    columns=frozenset(),
                    ratings={},
                    because=f"Brought from outside by {each.by}: {each.because}",
                ),
                judgements,
            )


def _judged(row: Row, judgements: Sequence[Judgement]) -> Row:
    """``row`` with what people changed in it."""
    for each in judgements:
        if each.values.get("finding") != row.key:
            continue
        if each.kind == "rating":
            ratings = {**row.ratings, each.values["hypothesis"]: each.values["rating"]}
            because = f"{row.because} {each.by} on {each.values['hypothesis']}: {each.because}"
            judged = row.judged | {each.values["hypothesis"]}
            row = replace(row, ratings=ratings, judged=judged, because=because)
        elif each.kind == "code":
            because = f"{row.because} {each.by} on the code: {each.because}"
            row = replace(row, code=code(each.values["code"]), code_judged=True, because=because)
    return row
