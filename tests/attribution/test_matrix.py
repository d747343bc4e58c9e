"""The matrix: scores against a slow oracle, lines of evidence, ties, removals, added hypotheses."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.attribution.admiralty import CREDIBILITY, RELIABILITY, Code, code, default_code
from undertow.attribution.confidence import support
from undertow.attribution.hypotheses import Hypothesis, default_hypotheses
from undertow.attribution.matrix import Matrix, Row
from undertow.attribution.rules import INCONSISTENCY, RATINGS
from undertow.errors import UsageError
from undertow.finding import ASPECTS, Aspect, Estimate, Evidence, Finding, Strength

HYPOTHESES = default_hypotheses()
IDS = [each.id for each in HYPOTHESES]


def row(
    key: str,
    ratings: dict[str, str],
    *columns: str,
    weight: str = "A1",
    aspect: Aspect = "behaviour",
    strength: Strength = "strong",
    outside: bool = False,
) -> Row:
    finding = Finding(
        id=key,
        question="?",
        statement="",
        estimate=Estimate(value=1.0, unit="", n=1),
        p_value=None,
        null_model=None,
        method="",
        assumptions=(),
        alternatives=("x",),
        strength=strength,
        aspect=aspect,
        evidence=Evidence(sql="", rows=0),
    )
    return Row(
        key=key,
        statement="",
        aspect=aspect,
        strength=strength,
        code=code(weight),
        columns=frozenset(columns),
        ratings=ratings,
        because="",
        finding=None if outside else finding,
    )


RATED = st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(RATINGS)), min_size=1)
CODES = st.builds(lambda a, b: a + b, st.sampled_from(list(RELIABILITY)), st.sampled_from(list(CREDIBILITY)))


@given(st.lists(st.tuples(RATED, st.sampled_from(["p", "q", "r"]), CODES), max_size=6))
def test_scores_are_those_of_the_definition(given_rows: list[tuple[dict[str, str], str, str]]) -> None:
    """Sum over column sets of the largest weight times inconsistency, by an obvious loop."""
    rows = tuple(row(str(n), r, column, weight=w) for n, (r, column, w) in enumerate(given_rows))
    ranking = Matrix(hypotheses=HYPOTHESES, rows=rows).ranking()
    for one in ranking:
        expected = 0.0
        for column in ("p", "q", "r"):
            most = 0.0
            for r, c, w in given_rows:
                if c == column:
                    most = max(most, INCONSISTENCY[r.get(one.hypothesis.id, "N")] * Code(*w).weight)
            expected += most
        assert one.inconsistency == pytest.approx(expected)
    for one, other in pairwise(ranking):
        assert (one.inconsistency, one.hypothesis.assumes) < (other.inconsistency, other.hypothesis.assumes)
    assert [one.place for one in ranking] == list(range(1, 8))


@given(st.permutations(range(5)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    rows = [row(str(n), {IDS[n]: "I", IDS[n + 1]: "II"}, f"c{n % 3}") for n in range(5)]
    matrix = Matrix(hypotheses=HYPOTHESES, rows=tuple(rows[n] for n in order))
    assert matrix.ranking() == Matrix(hypotheses=HYPOTHESES, rows=tuple(rows)).ranking()


def test_rows_from_the_same_columns_count_once() -> None:
    once = row("hours", {"fans": "I"}, "posts.created_at")
    again = row("calendar", {"fans": "I"}, "posts.created_at")
    other = row("names", {"fans": "I"}, "accounts.handle")

    def against(*rows: Row) -> float:
        ranking = Matrix(hypotheses=HYPOTHESES, rows=rows).ranking()
        return next(one.inconsistency for one in ranking if one.hypothesis.id == "fans")

    assert against(once) == against(once, again) == 1.0
    assert against(once, again, other) == 2.0


def test_evidence_that_tells_nothing_apart_ranks_nothing() -> None:
    same = Matrix(hypotheses=HYPOTHESES, rows=(row("a", dict.fromkeys(IDS, "I"), "c"),))
    assert same.first is None
    assert row("a", dict.fromkeys(IDS, "I"), "c").diagnosticity(HYPOTHESES) == 0
    assert row("a", {"fans": "I"}, "c").diagnosticity(HYPOTHESES) == pytest.approx(6 / 21)


def test_sensitivity_names_the_row_that_the_ranking_hangs_on() -> None:
    rows = (
        row("against fans", {"fans": "II", "coincidence": "II"}, "a"),
        row("against coincidence", {"coincidence": "I"}, "b"),
    )
    found = {one.without: one for one in Matrix(hypotheses=HYPOTHESES, rows=rows).sensitivity()}
    assert found["against fans"].first == "fans"
    assert found["against fans"].first_changes
    assert not found["against coincidence"].first_changes
    assert not found[""].first_changes


def test_equal_weights_are_tried() -> None:
    light = row("light", {each: "I" for each in IDS if each != "spam"}, "a", weight="E5")
    heavy = row("heavy", {"spam": "I", "coincidence": "II"}, "b")
    matrix = Matrix(hypotheses=HYPOTHESES, rows=(light, heavy))
    assert matrix.first is not None
    assert matrix.first.id == "fans"
    equal = matrix.sensitivity()[-1]
    assert (equal.without, equal.first, equal.first_changes) == ("", "fans", False)


def test_an_added_hypothesis_is_ranked_only_when_rated() -> None:
    new = Hypothesis(id="cult", name="Cult", that="x", means="x", assumes=6, organic=False, added=True)
    rows = (row("a", dict.fromkeys(IDS, "I"), "c"), row("b", {"fans": "I"}, "d"))
    last = Matrix(hypotheses=(*HYPOTHESES, new), rows=rows).ranking()[-1]
    assert (last.hypothesis, last.place, last.unrated) == (new, None, ("a", "b"))
    rated = tuple(row(one.key, {**one.ratings, "cult": "N"}, *one.columns) for one in rows)
    first = Matrix(hypotheses=(*HYPOTHESES, new), rows=rated).ranking()[0]
    assert (first.hypothesis, first.place) == (new, 1)


# --- high confidence --------------------------------------------------------------------------------------------

FOR_PROXY = {"fans": "I"}
PROXY = next(each for each in HYPOTHESES if each.id == "proxy")


def allowed(*rows: Row) -> bool:
    return support(Matrix(hypotheses=HYPOTHESES, rows=rows), PROXY).high_allowed


def test_three_independent_aspects_allow_high_confidence() -> None:
    rows = [
        row("hours", FOR_PROXY, "posts.created_at", aspect="behaviour"),
        row("names", FOR_PROXY, "accounts.handle", aspect="technical"),
        row("stories", FOR_PROXY, "posts.text", aspect="narrative framing"),
    ]
    assert allowed(*rows)
    for number in range(3):
        assert not allowed(*rows[:number], *rows[number + 1 :]), "each of the three is needed"
    moderate = row("names", FOR_PROXY, "accounts.handle", aspect="technical", strength="moderate")
    assert not allowed(rows[0], moderate, rows[2])
    outside = row("names", FOR_PROXY, "accounts.handle", aspect="technical", outside=True)
    assert not allowed(rows[0], outside, rows[2]), "what nothing here can check does not count"
    silent = row("names", {"proxy": "C"}, "accounts.handle", aspect="technical")
    assert not allowed(rows[0], silent, rows[2]), "it tells no rival apart"
    contrary = row("names", {"proxy": "I", "fans": "II"}, "accounts.handle", aspect="technical")
    assert not allowed(rows[0], contrary, rows[2]), "it speaks against the hypothesis itself"


def test_shared_columns_count_once() -> None:
    hours = row("hours", FOR_PROXY, "posts.created_at", aspect="behaviour")
    calendar = row("calendar", FOR_PROXY, "posts.created_at", aspect="targeting")
    stories = row("stories", FOR_PROXY, "posts.text", aspect="narrative framing")
    assert not allowed(hours, calendar, stories)
    missing = support(Matrix(hypotheses=HYPOTHESES, rows=(hours, calendar, stories)), PROXY).missing
    assert any("shares posts.created_at" in line for line in missing)


def test_three_aspects_without_behaviour_or_technical_are_not_enough() -> None:
    aspects: tuple[Aspect, ...] = ("narrative framing", "targeting", "intent")
    rows = [row(aspect, FOR_PROXY, f"c{n}", aspect=aspect) for n, aspect in enumerate(aspects)]
    assert not allowed(*rows)
    missing = support(Matrix(hypotheses=HYPOTHESES, rows=tuple(rows)), PROXY).missing
    assert "none of them is behaviour or technical" in missing


@given(st.lists(st.tuples(st.sampled_from(ASPECTS), st.sets(st.sampled_from("abcd"), min_size=1)), max_size=6))
def test_the_best_choice_is_found(given_rows: list[tuple[Aspect, set[str]]]) -> None:
    """As many aspects as an exhaustive search over all subsets of rows finds."""
    from itertools import combinations

    rows = [row(str(n), FOR_PROXY, *columns, aspect=aspect) for n, (aspect, columns) in enumerate(given_rows)]
    best = 0
    for size in range(len(rows) + 1):
        for chosen in combinations(rows, size):
            columns = [column for one in chosen for column in one.columns]
            if len({one.aspect for one in chosen}) == size and len(set(columns)) == len(columns):
                best = max(best, size)
    assert len(support(Matrix(hypotheses=HYPOTHESES, rows=tuple(rows)), PROXY).rows) == best


# --- the Admiralty code -----------------------------------------------------------------------------------------


def test_codes_weigh_in_order() -> None:
    assert code("A1").weight > code("B1").weight > code("C1").weight > code("D1").weight > code("E1").weight
    assert code("A1").weight > code("A2").weight > code("A3").weight > code("A4").weight > code("A5").weight
    assert code("F6").weight == code("D4").weight


@pytest.mark.parametrize("text", ["", "B", "G2", "B7", "22", "B2x"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        code(text)


def test_the_least_reliable_layout_decides() -> None:
    assert str(default_code(["twitter-archive-posts", "clemson"], "strong")) == "C2"
    assert str(default_code(["mapped", "clemson"], "weak")) == "F4"
    assert str(default_code([], "moderate")) == "F3"
