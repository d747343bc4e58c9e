"""Findings on ads: ranges stay ranges, currencies apart, reports apart, and missing fields are said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.advertising import FINDINGS, Parameters, analyse
from undertow.analyses.advertising.ranges import Total, by_currency, share_bounds, total
from undertow.analyses.base import Scope
from undertow.case import Case
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

TEXT = "Everyone says that the new harbour will ruin the fishermen of the old town."
REPORT = """Page ID,Page name,Disclaimer,Amount spent (USD),Number of ads in Library
{page},Friends,Harbour Fund,1234,5
{page},Friends,These ads ran without a disclaimer,≤100,2
"""


def ad(number: int, page: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "page_id": str(page),
        "page_name": f"Page {page}",
        "ad_delivery_start_time": f"2020-10-{10 + number % 10}",
        "ad_creative_bodies": [f"Number {number} of our many and varied messages to the voters of the country."],
        "currency": "EUR",
        "spend": {"lower_bound": "100", "upper_bound": "199"},
        "impressions": {"lower_bound": "1000", "upper_bound": "1999"},
        "delivery_by_region": [{"percentage": "1", "region": "North"}],
    } | fields


def some_ads() -> list[dict[str, Any]]:
    """40 ads on 10 pages; those of pages 0 and 1 ran without a disclaimer, one of them in dollars without bound."""
    ads = [ad(number, number % 10, **({} if number % 10 < 2 else {"bylines": "A Fund"})) for number in range(40)]
    ads[1] |= {"currency": "USD", "spend": {"lower_bound": "500"}, "ad_creative_bodies": [TEXT + " Share this."]}
    ads[0] |= {"ad_creative_link_captions": ["fr.outlet.example"]}
    return ads


def case_of(folder: Path, *ads: dict[str, Any], posts: str = "", **files: str) -> Case:
    case = Case.create(folder / "case")
    if ads:
        (folder / "ads.jsonl").write_text("".join(json.dumps(one) + "\n" for one in ads))
        case, _ = case.add(folder / "ads.jsonl")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        case, _ = case.add(folder / f"{name}.csv")
    if posts:
        (folder / "posts.csv").write_text(posts, encoding="utf-8")
        mapping = {"account_id": "who", "created_at": "when", "text": "what"}
        case, _ = case.add(folder / "posts.csv", options=ReadOptions(mapping=mapping, platform="twitter"))
    return case


def findings(case: Case, **settings: Any) -> dict[str, Finding]:
    return {finding.id: finding for finding in analyse(case, Parameters(draws=200, **settings))}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Case:
    posts = (
        f"who,when,what\na,2020-10-05,{TEXT.upper()} https://t.co/x\nb,2020-10-06,{TEXT}\nc,2020-10-07,Nothing\n"
    )
    watchlist = "domain,actor_class\noutlet.example,fringe_outlet\n"
    return case_of(tmp_path_factory.mktemp("ads"), *some_ads(), posts=posts, watchlist=watchlist)


def test_undeclared_ads_are_counted_by_page_and_class(full: Case) -> None:
    found = findings(full)
    assert set(found) == set(FINDINGS)
    finding = found["advertising.undeclared"]
    assert finding.estimate.value == pytest.approx(8 / 40)
    assert finding.estimate.n == 40
    assert finding.estimate.n_accounts == 10
    assert finding.evidence.rows == 8
    assert "8 of 40 political ads" in finding.statement
    assert "1 by fringe outlet" in finding.statement
    assert "at least 500 USD" in finding.statement
    assert "700 to 1,393 EUR" in finding.statement  # seven ads of 100 to 199: sums of the ends
    assert finding.result is not None
    rows = finding.result.to_pylist()
    assert sum(row["without_disclaimer"] for row in rows) == 8
    assert {row["outlet_class"] for row in rows} == {"fringe_outlet", "no class"}


def test_spend_is_bounded_and_currencies_stay_apart(full: Case) -> None:
    finding = findings(full)["advertising.spend"]
    assert finding.estimate.level == 1.0
    assert finding.estimate.low == finding.estimate.value == pytest.approx(700 / (700 + 32 * 199))
    assert finding.estimate.high == pytest.approx(7 * 199 / (7 * 199 + 3200))
    assert "3,900 to 7,761 EUR and at least 500 USD" in finding.statement
    assert finding.result is not None
    assert {(row["currency"], row["spend_high"] is None) for row in finding.result.to_pylist()} == {
        ("EUR", False),
        ("USD", True),
    }


def test_days_and_regions(full: Case) -> None:
    finding = findings(full)["advertising.delivery"]
    assert "2020-10-10 to 2020-10-11" in finding.statement
    assert "North (8,000 to 15,992 impressions)" in finding.statement
    assert finding.figure is not None


def test_regions_with_the_same_share_are_no_target(tmp_path: Path) -> None:
    even = [{"percentage": "0.5", "region": "North"}, {"percentage": "0.5", "region": "South"}]
    case = case_of(tmp_path, *[ad(number, number, delivery_by_region=even) for number in range(3)])
    finding = findings(case, silent_means_none=True)["advertising.delivery"]
    assert "no ad was shown in one region more than in any other" in finding.statement
    assert finding.estimate.value is None


def test_the_picture_of_spend_shows_no_report_beside_single_ads(tmp_path: Path) -> None:
    case = case_of(tmp_path, *some_ads(), report=REPORT.format(page=99).replace("USD", "EUR"))
    figure = findings(case)["advertising.spend"].figure
    assert figure is not None
    assert {row["export"] for row in figure["data"]["values"]} == {"ads"}


def test_a_spend_without_bound_is_drawn_without_end(tmp_path: Path) -> None:
    case = case_of(
        tmp_path,
        ad(1, 1, page_name="Big", spend={"lower_bound": "1000000"}),
        ad(2, 2, page_name="Small", spend={"lower_bound": "0", "upper_bound": "99"}),
    )
    figure = findings(case, silent_means_none=True)["advertising.spend"].figure
    assert figure is not None
    ends = {row["display_name"]: (row["spend_low"], row["spend_high"]) for row in figure["data"]["values"]}
    assert ends == {"Big": (1_000_000, None), "Small": (0, 99)}
    assert "The spend of 1 has no upper bound" in figure["description"]
    drawn = [layer["transform"][0]["filter"] for layer in figure["layer"] if "transform" in layer]
    assert drawn == ["isValid(datum.spend_high)", "!isValid(datum.spend_high)"]


def test_texts_shared_with_posts(full: Case) -> None:
    finding = findings(full)["advertising.shared_texts"]
    assert "1 of 40 ads with a text" in finding.statement
    assert "2 posts of 2 accounts" in finding.statement
    assert finding.evidence.rows == 2
    assert finding.result is not None
    (row,) = finding.result.to_pylist()
    assert (row["ads"], row["without_disclaimer"], row["posts"], row["first_post"]) == (1, 1, 2, "2020-10-05")


def test_a_part_of_the_posts_says_only_what_is_shared_with_it(full: Case) -> None:
    found = findings(full, scope=Scope(where="account_id = 'a'"))
    assert set(found) == {"advertising.shared_texts"}
    assert "1 post of 1 account" in found["advertising.shared_texts"].statement


def test_the_same_ad_in_two_exports_counts_once_as_it_stood_last(tmp_path: Path) -> None:
    early = ad(1, 1, impressions={"lower_bound": "0", "upper_bound": "999"}, bylines="A Fund")
    late = ad(1, 1, spend={"lower_bound": "900", "upper_bound": "999"})  # an export that did not ask for bylines
    case = case_of(tmp_path, early)
    (tmp_path / "late.jsonl").write_text(json.dumps(late))
    case, _ = case.add(tmp_path / "late.jsonl")
    found = findings(case)
    assert "none of 1 political ad ran" in found["advertising.undeclared"].statement.lower()
    assert "900 to 999 EUR" in found["advertising.spend"].statement


def test_reports_are_never_added_together(tmp_path: Path) -> None:
    case = case_of(tmp_path, week=REPORT.format(page=1), month=REPORT.format(page=1) + "2,More,x,7,9\n")
    finding = findings(case)["advertising.undeclared"]
    assert "In the report month.csv 2 of 16 political ads" in finding.statement
    assert "of 2 reports, which overlap" in finding.statement
    spend = findings(case)["advertising.spend"]
    assert "1,241 to 1,341 USD" in spend.statement
    assert "only reports are in the case" in findings(case)["advertising.delivery"].statement
    assert "Reports have none" in findings(case)["advertising.shared_texts"].statement


def test_missing_fields_are_said_and_accuse_nobody(tmp_path: Path) -> None:
    silent = [{k: v for k, v in ad(n, n).items() if k not in ("delivery_by_region",)} for n in range(3)]
    case = case_of(tmp_path, *silent)
    found = findings(case)
    assert "no export says who paid" in found["advertising.undeclared"].statement
    assert "silent_means_none" in found["advertising.undeclared"].statement
    assert "no export says which of them ran without" in found["advertising.spend"].statement
    assert "delivery_by_region" in found["advertising.delivery"].statement
    assert found["advertising.undeclared"].strength == "none"
    told = findings(case, silent_means_none=True)["advertising.undeclared"]
    assert told.estimate.value == 1.0


def test_a_case_without_ads_says_so_once_and_a_part_of_it_not_at_all(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    (finding,) = analyse(case, Parameters())
    assert "no ads in the case" in finding.statement
    assert analyse(case, Parameters(scope=Scope(where="kind = 'original'"))) == []


RANGES = st.tuples(st.integers(0, 1000), st.none() | st.integers(1000, 2000)) | st.just((None, None))


@given(st.lists(RANGES, max_size=6), st.randoms(use_true_random=False))
def test_a_sum_holds_every_sum_of_what_may_have_been_spent(ranges: list[Any], random: Any) -> None:
    found = total(ranges)
    assert (found.stated, found.unstated) == (
        sum(r[0] is not None for r in ranges),
        sum(r[0] is None for r in ranges),
    )
    chosen = sum(random.randint(low, high or low + 10**6) for low, high in ranges if low is not None)
    assert found.low <= chosen
    assert found.high is None or chosen <= found.high
    assert (found.high is None) == any(low is not None and high is None for low, high in ranges)


@given(st.lists(RANGES, min_size=1, max_size=4), st.lists(RANGES, max_size=4), st.randoms(use_true_random=False))
def test_the_bounds_of_a_share_hold_every_share(part: list[Any], rest: list[Any], random: Any) -> None:
    low, high = share_bounds(total(part), total(rest))
    spent, others = (
        sum(random.randint(a, b or a + 10**6) for a, b in ranges if a is not None) for ranges in (part, rest)
    )
    assert 0 <= low <= high <= 1
    if spent + others:
        assert low - 1e-12 <= spent / (spent + others) <= high + 1e-12


def test_currencies_are_kept_apart() -> None:
    sums = by_currency([("EUR", 1, 2), ("USD", 5, None), ("EUR", 3, 4), (None, 0, 9), ("USD", None, None)])
    assert sums == {
        "EUR": Total(4, 6, 2, 0),
        "USD": Total(5, None, 1, 0),
        "(currency not stated)": Total(0, 9, 1, 0),
    }
