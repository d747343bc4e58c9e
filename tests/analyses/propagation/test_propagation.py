"""Findings on propagation: a planted chain in a case, and what is said without classes, without others, without data."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from undertow.analyses.base import Scope
from undertow.analyses.propagation import FINDINGS, Parameters, analyse
from undertow.analyses.propagation.classes import Classes
from undertow.analyses.propagation.evidence import shown
from undertow.analyses.propagation.pairs import Lag
from undertow.analyses.propagation.stance import Stances
from undertow.analyses.propagation.wording import lag_words, span
from undertow.case import Case
from undertow.errors import UsageError
from undertow.finding import Finding
from undertow.simulation.propagation import Actor, Lead, World, simulate_acts
from undertow.sources.base import ReadOptions
from undertow.statistics.lead_lag import item_acts
from undertow.verify import verify

PLANTED = World(
    actors=(
        Actor(name="fringe_outlet", accounts=20),
        Actor(name="covert", accounts=30, interest=0.5),
        Actor(name="diplomat", accounts=30, interest=0.3),
        Actor(name="nobody", accounts=200, interest=3),
    ),
    leads=(Lead(leader=0, follower=1, share=0.7), Lead(leader=1, follower=2, share=0.7)),
    events=200,
)
MAP = {"account_id": "who", "created_at": "when", "text": "what", "urls": "links"}


def write_case(folder: Path, world: World, *, watchlist: bool = True) -> Case:
    """A case of a simulated world: each item is a link; the accounts of the last actor are on no list."""
    acts = simulate_acts(world, 3)
    with (folder / "posts.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["who", "when", "what", "links"])
        for item, time, account in zip(acts.item.tolist(), acts.time.tolist(), acts.account.tolist(), strict=True):
            when = dt.datetime.fromtimestamp(time / 1e6, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
            out.writerow(
                [
                    f"account{account}",
                    when,
                    f"post on {item}",
                    f"https://site{item % 7}.example/{item}?utm_x={account}",
                ]
            )
    case, _ = Case.add_to(
        folder / "case", folder / "posts.csv", options=ReadOptions(mapping=MAP, platform="twitter")
    )
    if not watchlist:
        return case
    with (folder / "watchlist.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["account_id", "platform", "actor_class"])
        number = 0
        for actor in world.actors[:-1]:
            for _ in range(actor.accounts):
                out.writerow([f"account{number}", "twitter", actor.name])
                number += 1
    case, _ = case.add(folder / "watchlist.csv")
    return case


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return write_case(tmp_path_factory.mktemp("planted"), PLANTED)


def findings(case: Case, **settings: object) -> dict[str, Finding]:
    parameters = Parameters(draws=50, **{"objects": ("link", "hashtag"), **settings})  # type: ignore[arg-type]
    return {finding.id: finding for finding in analyse(case, parameters)}


def test_the_planted_chain_is_found_step_by_step(planted: Case) -> None:
    found = findings(planted)
    assert set(found) == set(FINDINGS)
    following = found["propagation.following"]
    assert following.result is not None
    called = {(r["leader"], r["follower"]) for r in following.result.to_pylist() if r["result"] == "beyond chance"}
    assert {("fringe_outlet", "covert"), ("covert", "diplomat")} <= called
    assert not called & {("covert", "fringe_outlet"), ("diplomat", "covert"), ("diplomat", "fringe_outlet")}
    assert following.strength in ("weak", "moderate", "strong")
    chains = found["propagation.chains"]
    assert "from fringe outlet to covert to diplomat" in chains.statement
    assert chains.p_value is not None
    assert chains.p_value <= 0.05
    assert chains.estimate.low is not None
    assert 0 < chains.estimate.low < chains.estimate.value < chains.estimate.high < 1
    assert chains.figure is not None
    rows = chains.result.to_pylist() if chains.result is not None else []
    assert all(row["first"] < row["second"] < row["third"] for row in rows)
    assert rows[0]["object"].startswith("site")
    assert "utm" not in rows[0]["object"]
    synchrony = found["propagation.synchrony"]
    assert synchrony.p_value is not None
    assert synchrony.p_value <= 0.05


def test_every_finding_has_its_posts_and_they_are_counted_again(planted: Case) -> None:
    found = list(findings(planted).values())
    assert all(finding.evidence.rows > 0 for finding in found)
    recorded = planted.record(found, {})
    assert verify(recorded).ok


def test_first_is_held_against_what_activity_alone_allows(planted: Case) -> None:
    finding = findings(planted)["propagation.first"]
    rows = finding.result.to_pylist() if finding.result is not None else []
    assert rows
    for row in rows:
        assert 0 <= row["activity_from"] <= row["activity_to"] <= 1
        assert row["lag_quarter"] <= row["median_lag_hours"] <= row["lag_three_quarters"]
    pairs = {(row["leader"], row["follower"]): row for row in rows}
    one, other = pairs["covert", "diplomat"], pairs["diplomat", "covert"]
    assert one["first"] + other["first"] == pytest.approx(1)
    assert one["median_lag_hours"] == pytest.approx(-other["median_lag_hours"])
    assert one["first"] > other["first"]


def test_posts_are_read_on_their_platform_and_codebooks_seen_from_the_case(tmp_path: Path) -> None:
    case = Case.create(tmp_path / "case")
    for platform, text in (("p", "zeta of p"), ("q", "alpha of q")):
        path = tmp_path / f"{platform}.csv"
        path.write_text(f"id,who,when,what\n1,a,2020-01-01 10:00:00,{text}\n")
        case, _ = case.add(
            path,
            options=ReadOptions(
                mapping={"post_id": "id", "account_id": "who", "created_at": "when", "text": "what"},
                platform=platform,
            ),
        )
    (case.path / "book.yaml").write_text(CODEBOOK, encoding="utf-8")
    stances = Stances.named(case, "book.yaml", (), ("denied",))
    assert stances.of(case, [("p", "1"), ("q", "1")]).read == 2
    assert stances.of(case, [("p", "1"), ("p", "1"), ("p", "2")]).read == 1
    acts, _ = item_acts(*(np.array(column, np.int64) for column in ([0, 0], [1, 2], [0, 1], [0, 1])), n_actors=2)
    items = SimpleNamespace(kind="repost", objects=("1",), acts=acts, post_of=lambda _: ("p", "1"))
    assert shown(case, items, [0]) == {0: "zeta of p"}  # type: ignore[arg-type]  # what it needs of Items


def test_coverage_describes_and_a_codebook_tells_rebuttals(planted: Case, tmp_path: Path) -> None:
    plain = findings(planted, objects=("link",))["propagation.coverage"]
    rows = plain.result.to_pylist() if plain.result is not None else []
    assert rows
    for row in rows:
        assert 0 < row["mirrored"] <= row["items"]
        assert row["low"] <= row["share"] == pytest.approx(row["mirrored"] / row["items"])
        assert row["rebutting"] is None
    (tmp_path / "book.yaml").write_text(CODEBOOK, encoding="utf-8")
    book = {"codebook": str(tmp_path / "book.yaml"), "rebuttals": ("denied",)}
    read = findings(planted, objects=("link",), **book)["propagation.coverage"]
    told = read.result.to_pylist() if read.result is not None else []
    assert all(row["repeating"] == row["posts_read"] > 0 == row["rebutting"] for row in told)  # "post on 17"
    assert "repeat the claims and 0 rebut them" in read.statement
    assert "book" in read.method
    for wrong in (
        {"rebuttals": ("nothing",)},
        {"rebuttals": ()},
        {"codebook": "no such", "rebuttals": ("denied",)},
    ):
        with pytest.raises(UsageError):
            findings(planted, **{**book, **wrong})


CODEBOOK = """
codebook: book
version: "1.0"
title: A claim and its denial
about: For a test.
terms:
  said: [{term: "post on", language: en, why: "what every post says"}]
  not_so: [{term: "not so", language: en, why: "a denial"}]
themes:
  - id: said
    title: Said
    about: The post says it.
    rule: said
    examples: [{text: "A post on 3", match: true}, {text: "Nothing", match: false}]
  - id: denied
    title: Denied
    about: The post denies it.
    rule: not_so
    examples: [{text: "That is not so", match: true}, {text: "That is so", match: false}]
"""


def test_without_a_watchlist_one_finding_says_what_to_do(tmp_path: Path) -> None:
    small = World(actors=PLANTED.actors, events=5)
    case = write_case(tmp_path, small, watchlist=False)
    (finding,) = analyse(case, Parameters())
    assert "no watchlist says" in finding.statement
    assert "undertow add CASE watchlist.csv" in finding.statement
    assert finding.strength == "none"
    (finding,) = analyse(case, Parameters(classes="account_category"))
    assert "no account has the label 'account_category'" in finding.statement


def test_without_anybody_else_being_in_step_cannot_be_told_from_news(tmp_path: Path) -> None:
    two = World(actors=(*PLANTED.actors[:2], Actor(name="nobody", interest=0.0)), events=60)
    case = write_case(tmp_path, two)
    found = findings(case)
    for name in ("following", "synchrony"):
        assert "anybody else posted" in found[f"propagation.{name}"].statement
    assert "a chain takes three classes" in found["propagation.chains"].statement
    assert found["propagation.first"].estimate.n > 20


def test_a_part_without_posts_is_too_little(planted: Case) -> None:
    found = findings(planted, scope=Scope(where="account_id = 'nobody at all'"))
    assert all(finding.strength == "none" for finding in found.values())
    assert all("Too little" in finding.statement for finding in found.values())


def test_classes_hold_in_their_time_and_two_at_once_are_left_out() -> None:
    import numpy as np

    classes = Classes(("a", "b"), {("p", "x"): ((0, 0, 10), (1, 5, 20)), ("p", "y"): ((1, -(2**62), 2**62),)})
    account = np.array([0, 0, 0, 1, 2])
    at = classes.at(account, [("p", "x"), ("p", "y"), ("p", "z")], np.array([4, 7, 12, 7, 7]))
    assert at.tolist() == [0, -1, 1, 1, 2]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"objects": ("links",)}, "link"),
        ({"objects": ()}, "nothing is looked at"),
        ({"window_minutes": 0}, "above 0"),
        ({"level": 2.0}, "level"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Parameters(**setting)  # type: ignore[arg-type]
    assert said in f"{refused.value}"


def test_durations_in_words() -> None:
    assert span(-0.5) == "30 minutes"
    assert lag_words(Lag(2.0, 1.5, 2.5, 0, 3)) == "median lag 2 hours (95% interval 1.5 to 2.5 hours)"


def test_the_agency_by_the_categories_of_its_accounts(shared_data: Path, tmp_path: Path) -> None:
    """Runs on real data: reposts without ids, minutes, ids made of handles."""
    table = pa.parquet.read_table(shared_data / "ira_troll_tweets" / "tweets.parquet").slice(0, 20_000)
    pa.parquet.write_table(table, tmp_path / "part.parquet")
    case, _ = Case.add_to(tmp_path / "case", tmp_path / "part.parquet")
    found = findings(case, classes="account_category", objects=("repost",))
    assert set(found) == set(FINDINGS)
    assert "Left out: 1 object" in found["propagation.first"].method
