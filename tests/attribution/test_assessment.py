"""Judgements: signed, recorded, replaced, withdrawn, refused where they claim too much."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from undertow.attribution import NOT_ASSESSED, assess, decide
from undertow.attribution.words import CONFIDENCES, LIKELIHOODS, likelihood
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.verify import verify

HOURS, NETWORK = "posting_hours.office_hours", "coordination.network"
SIGNED = {"by": "A. Analyst", "because": "read the posts"}

CaseOf = Callable[..., Case]
Make = Callable[..., Finding]


@pytest.fixture
def case(case_of: CaseOf, make: Make) -> Case:
    return case_of(make(HOURS), make(NETWORK, "weak"), make("posting_hours.utc_offset"))


def test_without_a_judgement_it_is_not_assessed(case: Case, case_of: CaseOf) -> None:
    found = assess(case)
    assert not found.assessed
    assert found.sentences == (NOT_ASSESSED,)
    assert found.abcde["Actor"] == NOT_ASSESSED
    empty = assess(case_of(name="empty"))
    assert empty.sentences == (NOT_ASSESSED,)
    assert empty.matrix.rows == ()
    assert "tells no hypothesis from another" in empty.ranking_sentence


def test_rating_a_row_alone_assesses_nothing(case: Case) -> None:
    case = decide.rate(case, HOURS, {"fans": "II"}, **SIGNED)
    found = assess(case)
    assert not found.assessed
    row = next(row for row in found.matrix.rows if row.key == HOURS)
    assert row.ratings["fans"] == "II"
    assert row.judged == {"fans"}
    assert "A. Analyst on fans: read the posts" in row.because


def test_likelihood_and_confidence_stand_in_separate_sentences(case: Case) -> None:
    case = decide.judge(case, "proxy", "probable", confident="moderate", **SIGNED)
    [verdict] = assess(case).verdicts
    likely, confident, reason, *more = verdict.sentences
    assert likely == (
        "A. Analyst judges it likely (55 to 80%) that a company or go-between ran the accounts for a client."
    )
    assert "confidence" not in likely
    assert confident.startswith("Analytic confidence in this judgement is moderate")
    for step in LIKELIHOODS:
        assert f" {step.word} (" not in confident
    assert reason == "Reason given: read the posts."
    assert more == ["The evidence matrix has less against another hypothesis."]
    assert assess(case).abcde["Actor"].startswith("A. Analyst judges it likely")


def test_every_judgement_is_a_line_of_the_ledger(case: Case) -> None:
    before = len(case.ledger.lines)
    case = decide.rate(case, HOURS, {"fans": "I", "patriots": "I"}, **SIGNED)
    case = decide.weigh(case, HOURS, "a1", **SIGNED)
    case = decide.judge(case, "state", "unlikely", confident="low", **SIGNED)
    lines = case.ledger.lines[before:]
    assert [line.command for line in lines] == ["assess"] * 4
    assert all(line.parameters["by"] == "A. Analyst" and line.parameters["because"] for line in lines)
    assert verify(case).ok
    assert assess(Case.open(case.path)).to_json() == assess(case).to_json()
    json.dumps(assess(case).to_json())


@pytest.mark.parametrize("empty", ["by", "because"])
def test_nobody_judges_without_name_and_reason(case: Case, empty: str) -> None:
    with pytest.raises(UsageError, match="a judgement needs"):
        decide.weigh(case, HOURS, "B2", **{**SIGNED, empty: "  "})
    assert len(Case.open(case.path).ledger.lines) == len(case.ledger.lines)


def test_high_confidence_is_refused_and_says_what_is_missing(case: Case) -> None:
    with pytest.raises(decide.OverclaimError) as refused:
        decide.judge(case, "proxy", "almost certain", confident="high", **SIGNED)
    assert refused.value.exit_code == 1
    assert "0 of 3 aspects carry an independent strong finding" in refused.value.what
    assert "technical: no analysis has looked at it" in refused.value.what
    assert "intent: no analysis has looked at it" in refused.value.what
    assert Case.open(case.path).head == case.head, "a refused judgement is not recorded"


def test_high_confidence_falls_when_the_evidence_does(
    monkeypatch: pytest.MonkeyPatch, case_of: CaseOf, make: Make
) -> None:
    from undertow.attribution import evidence
    from undertow.attribution.rules import parsed

    def rule(name: str, column: str) -> dict[str, Any]:
        return {"findings": [name], "columns": [column], "found": {"fans": "I"}, "because": "So."}

    rules = parsed(
        {
            "rule": [rule("a.a", "posts.created_at"), rule("b.b", "accounts.handle"), rule("c.c", "posts.client")],
            "neutral": {},
        }
    )
    monkeypatch.setattr(evidence, "default_rules", lambda: rules)
    strong = [make("a.a"), make("b.b", aspect="technical"), make("c.c", aspect="targeting")]
    case = decide.judge(case_of(*strong), "proxy", "likely", confident="high", **SIGNED)
    [verdict] = assess(case).verdicts
    assert verdict.confidence == "high"
    case = case.record([make("c.c", "weak", "targeting")], {})
    [verdict] = assess(case).verdicts
    assert (verdict.stated, verdict.confidence) == ("high", "moderate")
    assert "It was written with high confidence, which the evidence no longer carries." in verdict.sentences
    assert verdict.judgement.stale
    assert "The case has changed since this was judged: judge again." in verdict.sentences


def test_the_last_word_of_each_person_holds_and_can_be_withdrawn(case: Case) -> None:
    case = decide.judge(case, "fans", "likely", confident="low", **SIGNED)
    case = decide.judge(case, "fans", "unlikely", confident="low", **SIGNED)
    case = decide.judge(case, "fans", "very likely", confident="low", by="B", because="else")
    found = assess(case)
    assert [(v.judgement.by, v.likelihood.word) for v in found.verdicts] == [
        ("A. Analyst", "unlikely"),
        ("B", "very likely"),
    ]
    seq = found.verdicts[1].judgement.seq
    case = decide.withdraw(case, seq, **SIGNED)
    found = assess(case)
    assert [verdict.judgement.by for verdict in found.verdicts] == ["A. Analyst"]
    assert {each.seq for each in found.withdrawn} == {seq, found.verdicts[0].judgement.seq - 1}
    with pytest.raises(UsageError, match="no judgement that holds"):
        decide.withdraw(case, seq, **SIGNED)


def test_hypotheses_can_be_added_refined_and_removed(case: Case) -> None:
    case = decide.suppose(case, "cult", name="Cult", that="a cult did it", **SIGNED)
    case = decide.suppose(case, "fans", means="Followers of one star.", **SIGNED)
    case = decide.rule_out(case, "spam", **SIGNED)
    found = assess(case)
    by_id = {each.id: each for each in found.matrix.hypotheses}
    assert list(by_id) == ["coincidence", "fans", "patriots", "domestic", "proxy", "state", "cult"]
    assert by_id["fans"].means == "Followers of one star."
    assert found.ranking[-1].place is None
    case = decide.rate(case, HOURS, {"cult": "N"}, **SIGNED)
    case = decide.rate(case, NETWORK, {"cult": "C"}, **SIGNED)
    assert {one.hypothesis.id: one.place for one in assess(case).ranking}["cult"] is not None
    with pytest.raises(UsageError, match="needs words"):
        decide.suppose(case, "aliens", **SIGNED)
    with pytest.raises(UsageError, match="no hypothesis 'spam'"):
        decide.rate(case, HOURS, {"spam": "I"}, **SIGNED)


def test_evidence_from_outside_is_ranked_but_never_carries_confidence(case: Case) -> None:
    case = decide.bring(
        case, "memo", "A leaked contract names a company.", aspect="intent", admiralty="B2", **SIGNED
    )
    case = decide.rate(case, "memo", {"fans": "II", "coincidence": "II", "patriots": "II"}, **SIGNED)
    found = assess(case)
    assert found.matrix.rows[-1].key == "memo"
    assert found.matrix.first is not None
    assert found.matrix.first.id == "domestic"
    with pytest.raises(decide.OverclaimError):
        decide.judge(case, "proxy", "likely", confident="high", **SIGNED)
    with pytest.raises(UsageError, match="is a finding"):
        decide.bring(case, HOURS, "x", aspect="intent", admiralty="B2", **SIGNED)
    with pytest.raises(UsageError, match="no aspect"):
        decide.bring(case, "more", "x", aspect="mood", admiralty="B2", **SIGNED)


def test_too_little_is_not_rated_and_nothing_found_weighs_little(case_of: CaseOf, make: Make) -> None:
    found = assess(case_of(make(HOURS, "none", value=None), make("posting_hours.weekend", "none", value=1.0)))
    little, nothing = found.matrix.rows
    assert (little.rated, nothing.rated) == (False, True)
    assert little.because == "Too little data to tell: not rated."
    assert nothing.ratings["state"] == "I"
    assert str(nothing.code) == "F4"


def test_a_finding_that_no_rule_knows_is_not_rated(case_of: CaseOf, make: Make) -> None:
    [row] = assess(case_of(make("made_up.finding"))).matrix.rows
    assert not row.rated
    assert "no rule knows" in row.because


def test_words_of_likelihood() -> None:
    assert likelihood("  Highly   Probable ").word == "very likely"
    with pytest.raises(UsageError, match="no word of likelihood"):
        likelihood("maybe")
    assert [step.low for step in LIKELIHOODS[1:]] == [step.high for step in LIKELIHOODS[:-1]]
    assert CONFIDENCES == ("low", "moderate", "high")


# --- what the defaults say of real and simulated communities ------------------------------------------------------


@pytest.mark.parametrize("scenario", ["fans", "patriots"])
def test_organic_communities_are_not_called_state_directed(scenario: str, tmp_path: Path) -> None:
    import undertow
    from undertow.simulation import preset, simulate

    simulate(tmp_path / "files", scenario=preset(scenario).sized(accounts=150, posts=8_000), seed=5)
    files = sorted((tmp_path / "files").glob("*.csv.gz"))
    case, _ = Case.create(tmp_path / "case").add(*files)
    settings = {"posting_hours.draws": 200}
    only = ["posting_hours", "coordination.network", "coordination.groups", "coordination.selection"]
    case = case.record(undertow.analyse(case, only=only, settings=settings), {})
    found = assess(case)
    assert any(row.rated for row in found.matrix.rows)
    assert not found.assessed
    assert found.matrix.first is None or found.matrix.first.organic
    for removal in found.sensitivity:
        assert removal.first in (None, "coincidence", "fans", "patriots")
