"""The default ratings: complete, documented, never from content alone, never for a state before its contractor."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses import load_all
from undertow.attribution.admiralty import Code
from undertow.attribution.evidence import matrix_of
from undertow.attribution.hypotheses import default_hypotheses
from undertow.attribution.matrix import Matrix, Row
from undertow.attribution.rules import CONTENT, RATINGS, default_rules, parsed

RULES = default_rules()
DISTINCT = list({id(rule): rule for rule in RULES.by_finding.values()}.values())


def test_every_finding_of_the_registry_is_rated_or_listed_as_neutral() -> None:
    known = {finding for analysis in load_all().values() for finding in analysis.FINDINGS}
    missing = sorted(known - set(RULES.by_finding) - set(RULES.neutral))
    assert not missing, f"add them to src/undertow/attribution/data/rules.toml: {missing}"


def test_reasons_are_sentences() -> None:
    for rule in DISTINCT:
        assert rule.because.endswith(".")
        assert rule.because[0].isupper()
    assert all(RULES.neutral.values())


def test_content_alone_tells_no_hypothesis_from_another_but_coincidence() -> None:
    for rule in DISTINCT:
        if rule.columns <= CONTENT:
            for side in (rule.found, rule.absent):
                rest = {side.get(each.id, "N") for each in default_hypotheses() if each.id != "coincidence"}
                assert len(rest) == 1


BROKEN: dict[str, dict[str, Any]] = {
    "content alone": {"columns": ["posts.text"], "found": {"fans": "I"}},
    "prefers a state": {"columns": ["posts.created_at"], "found": {"proxy": "I"}},
    "do not exist": {"columns": ["posts.mood"], "found": {}},
    "unknown hypotheses": {"columns": ["posts.created_at"], "found": {"aliens": "C"}},
    "unknown hypotheses or ratings": {"columns": ["posts.created_at"], "found": {"fans": "III"}},
    "no column": {"columns": [], "found": {}},
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_rule_that_breaks_the_promises_is_refused(said: str) -> None:
    rule = {"findings": ["x.y"], "because": "So.", **BROKEN[said]}
    with pytest.raises(ValueError, match=said):
        parsed({"rule": [rule], "neutral": {}})


def test_a_finding_cannot_stand_twice() -> None:
    rule = {"findings": ["x.y"], "columns": ["posts.created_at"], "found": {}, "because": "So."}
    with pytest.raises(ValueError, match="twice"):
        parsed({"rule": [rule], "neutral": {"x.y": "no"}})


def rows_of(choices: tuple[str | None, ...], weights: tuple[str, ...]) -> list[Row]:
    rows = []
    for number, (rule, choice, weight) in enumerate(zip(DISTINCT, choices, weights, strict=True)):
        if choice is None:
            continue
        side = rule.found if choice == "found" else rule.absent
        ratings = {each.id: side.get(each.id, "N") for each in default_hypotheses()} if side else {}
        rows.append(
            Row(
                key=str(number),
                statement="",
                aspect="behaviour",
                strength="strong",
                code=Code(*weight),
                columns=rule.columns,
                ratings=ratings,
                because="",
            )
        )
    return rows


@given(
    st.tuples(*(st.sampled_from([None, "found", "absent"]) for _ in DISTINCT)),
    st.tuples(*(st.sampled_from(["A1", "B2", "C3", "F6", "E5"]) for _ in DISTINCT)),
)
def test_no_combination_of_defaults_puts_state_direction_first(
    choices: tuple[str | None, ...], weights: tuple[str, ...]
) -> None:
    """Whatever is found, whatever it weighs: the machine's ranking never begins with a state."""
    matrix = Matrix(hypotheses=default_hypotheses(), rows=tuple(rows_of(choices, weights)))
    assert matrix.first is None or matrix.first.id != "state"
    against = {one.hypothesis.id: one.inconsistency for one in matrix.ranking()}
    assert against["state"] >= against["proxy"]


def test_an_analyst_can_put_it_first(make: Callable[..., Any], case_of: Callable[..., Any]) -> None:
    """The property above is about defaults: with ratings that people sign, any hypothesis can lead."""
    from undertow.attribution import assess, decide

    case = case_of(make("posting_hours.office_hours"))
    ratings = dict.fromkeys(["coincidence", "fans", "patriots", "domestic", "spam", "proxy"], "I")
    case = decide.rate(case, "posting_hours.office_hours", ratings, by="A", because="because")
    first = assess(case).matrix.first
    assert first is not None
    assert first.id == "state"


def test_ratings_cover_the_scale() -> None:
    used = set(itertools.chain.from_iterable(rule.found.values() for rule in DISTINCT))
    assert used <= set(RATINGS)
    assert "II" in used


def test_groups_with_a_benign_cause_are_not_rated_again(make: Callable[..., Any]) -> None:
    """What derives from groups that each have a likely benign cause rates nobody; one group without is enough."""
    together = make("account_origins.registered_together")
    for causes, rated in (([], True), (["could be: one tool"], False), (["could be: one tool", ""], True)):
        groups = make("coordination.groups", result=pa.table({"could_be": pa.array(causes, pa.string())}))
        matrix = matrix_of([groups, together], [], [])
        assert next(row.rated for row in matrix.rows if row.key == together.id) is rated
    elsewhere = replace(groups, filter="since 2020-01-01", result=pa.table({"could_be": ["could be: one tool"]}))
    assert all(row.rated for row in matrix_of([elsewhere, together], [], []).rows)
