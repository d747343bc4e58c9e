"""The Internet Research Agency's posts: what the defaults say, and what people may and may not say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import undertow
from undertow.attribution import NOT_ASSESSED, assess, decide
from undertow.case import Case

SIGNED = {"by": "A. Analyst", "because": "a scripted judgement of a test"}


@pytest.mark.slow
def test_from_defaults_to_a_refused_overclaim(shared_data: Path, tmp_path: Path) -> None:
    case, _ = Case.create(tmp_path / "case").add(shared_data / "ira_troll_tweets" / "tweets.parquet")
    case = case.record(undertow.analyse(case, only=["posting_hours", "coordination"]), {})

    found = assess(case)
    rated = {row.key: row for row in found.matrix.rows if row.rated}
    assert {"posting_hours.office_hours", "posting_hours.working_calendar", "coordination.selection"} <= set(rated)
    assert all(not row.judged for row in rated.values())
    assert found.sentences == (NOT_ASSESSED,)
    assert found.matrix.first is not None
    assert found.matrix.first.organic, "posts alone do not tell an operation from a community"
    assert {each.id for each in found.matrix.tied_with_first()} >= {"proxy", "state"}

    calendar, chosen = "posting_hours.working_calendar", "coordination.selection"
    case = decide.rate(case, calendar, {"fans": "I", "coincidence": "I"}, **SIGNED)
    case = decide.rate(case, chosen, {"patriots": "I"}, **SIGNED)
    case = decide.bring(case, "indictment", "A public indictment.", aspect="intent", admiralty="B2", **SIGNED)
    ruled_out = {"fans": "II", "patriots": "II", "coincidence": "II", "domestic": "II", "spam": "I"}
    case = decide.rate(case, "indictment", ruled_out, **SIGNED)
    with pytest.raises(decide.OverclaimError, match="the strongest finding"):
        decide.judge(case, "state", "almost certain", confident="high", **SIGNED)
    case = decide.judge(case, "proxy", "very likely", confident="moderate", **SIGNED)

    found = assess(case)
    assert found.matrix.first.id == "proxy"
    assert [each.id for each in found.matrix.tied_with_first()] == ["state"]
    assert [each.without for each in found.sensitivity if each.first_changes] == ["indictment"]
    [verdict] = found.verdicts
    assert (verdict.likelihood.word, verdict.confidence) == ("very likely", "moderate")
    assert not verdict.against_ranking
    assert any("narrative framing" in line for line in verdict.support.missing)


def test_a_conference_is_not_called_state_directed(shared_data: Path, tmp_path: Path) -> None:
    """``elgl19``: professionals who post in office hours and act together openly."""
    from undertow.sources.base import ReadOptions

    columns = {"post_id": "tweet_id", "account_id": "user_id", "reposted_post_id": "retweet_status_id"}
    columns |= {name: name for name in ("created_at", "text", "hashtags")}
    file = shared_data / "organic_controls" / "elgl19_localgov_conf_2019.parquet"
    case, _ = Case.create(tmp_path / "case").add(file, options=ReadOptions(mapping=columns, platform="twitter"))
    only = ["posting_hours", "coordination.network", "coordination.groups", "coordination.selection"]
    case = case.record(undertow.analyse(case, only=only, settings={"posting_hours.draws": 200}), {})
    found = assess(case)
    hours = next(row for row in found.matrix.rows if row.key == "posting_hours.office_hours")
    assert hours.strength == "weak", "ten days of a conference are no rhythm of work, however clear they are"
    assert found.matrix.first is None or found.matrix.first.organic
    assert all(each.first in (None, "coincidence", "fans", "patriots") for each in found.sensitivity)
