"""The findings on reach: boosting found, parts make no difference, what is missing is said, nobody is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from undertow.analyses.amplification import FINDINGS, Parameters, analyse
from undertow.case import Case
from undertow.finding import Finding
from undertow.sources.base import ReadOptions

MAP = {
    "post_id": "id", "account_id": "who", "created_at": "at", "text": "text", "kind": "kind",
    "reposted_post_id": "of", "reposted_account_id": "whom", "account_created_at": "born",
}  # fmt: skip
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def lines(*, boosted: int = 0, days: int = 130) -> list[str]:
    """Reposts of five accounts, four posts a day each; on day 100 ``boosted`` young accounts repost the first one's."""
    rng = np.random.default_rng(1)
    made, number = [], 0

    def repost(who: str, target: int, day: int, post: int, second: int, born: str) -> None:
        nonlocal number
        number += 1
        at = START + dt.timedelta(days=day, hours=8, seconds=second)
        made.append(f"r{number},{who},{at:%Y-%m-%d %H:%M:%S},a text,repost,p{target}-{day}-{post},t{target},{born}")

    for day in range(days):
        for target in range(5):
            for post in range(4):
                for who in np.unique(rng.integers(0, 300, rng.poisson(7))):
                    repost(
                        f"a{target}-{who}",
                        target,
                        day,
                        post,
                        int(rng.integers(20, 40_000)),
                        f"20{10 + who % 9}-01-01",
                    )
    for n in range(boosted):
        for post in (n % 4, (n + 1) % 4):
            repost(f"b{n}", 0, 100, post, 10_000 + n, "2020-03-20")
    return made


def case_of(folder: Path, rows: list[str], *, files: int = 1) -> Case:
    folder.mkdir()
    paths = []
    for n in range(files):
        path = folder / f"posts-{n}.csv"
        path.write_text("\n".join(["id,who,at,text,kind,of,whom,born", *rows[n::files]]) + "\n")
        paths.append(path)
    watch = folder / "watch.csv"
    watch.write_text("account_id,platform,actor_class\n" + "".join(f"t{n},twitter,diplomat\n" for n in range(5)))
    case = Case.create(folder / "case")
    for path in paths:
        case, _ = case.add(path, options=ReadOptions(mapping=MAP, platform="twitter"))
    case, _ = case.add(watch)
    return case


def found(case: Case) -> dict[str, Finding]:
    return {finding.id: finding for finding in analyse(case, Parameters(coordinated=False))}


@pytest.fixture(scope="module")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case_of(tmp_path_factory.mktemp("boosted") / "one", lines(boosted=60))


def test_boosting_is_found_on_its_day_with_what_it_is_made_of(boosted: Case) -> None:
    findings = found(boosted)
    assert set(findings) == set(FINDINGS)
    rise = findings["amplification.anomalies"]
    (row,) = rise.result.to_pylist()
    assert (row["account"], row["first"], row["last"]) == ("t0", "2020-04-10", "2020-04-10")
    assert "had not amplified it before" in row["made_of"]
    assert row["times_low"] > 1.5
    assert row["q_value"] <= 0.01
    assert rise.strength in ("moderate", "strong")
    assert rise.evidence.rows >= 120, "the reposts of that day"
    assert "t0" not in rise.statement
    assert findings["amplification.newness"].estimate.value > 0


def test_nothing_is_found_where_nothing_was_planted(tmp_path: Path) -> None:
    rise = found(case_of(tmp_path / "plain", lines()))["amplification.anomalies"]
    assert rise.result.num_rows == 0
    assert rise.strength == "none"
    assert rise.statement.startswith("No rise beyond chance")


def test_the_number_of_files_makes_no_difference(boosted: Case, tmp_path: Path) -> None:
    split = found(case_of(tmp_path / "split", lines(boosted=60), files=7))
    for name, finding in found(boosted).items():
        assert finding.to_json() == split[name].to_json(), name
        assert (finding.result is None) == (split[name].result is None)
        if finding.result is not None:
            assert finding.result.equals(split[name].result), name


def test_what_is_remembered_gives_the_same(boosted: Case) -> None:
    first = found(boosted)
    assert {name: f.to_json() for name, f in found(boosted).items()} == {n: f.to_json() for n, f in first.items()}


def test_counts_that_were_cut_off_are_made_again(boosted: Case) -> None:
    """As after a power cut: the names are there, the content is not."""
    first = found(boosted)
    kept = list((boosted.path / "derived" / "partials").rglob("*.parquet"))
    assert kept
    for number, path in enumerate(kept):
        path.write_bytes(path.read_bytes()[:100] if number % 2 else b"")
    assert {name: f.to_json() for name, f in found(boosted).items()} == {n: f.to_json() for n, f in first.items()}


def test_without_a_watchlist_the_most_amplified_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("\n".join(["id,who,at,text,kind,of,whom,born", *lines(days=20)]) + "\n")
    case, _ = Case.add_to(tmp_path / "case", path, options=ReadOptions(mapping=MAP, platform="twitter"))
    findings = found(case)
    assert "amplified the 5 most amplified accounts" in findings["amplification.reach"].statement
    assert set(findings["amplification.reach"].result["account"].to_pylist()) == {f"t{n}" for n in range(5)}
    assert findings["amplification.anomalies"].statement.startswith("Too little to tell")


def test_sources_are_known_by_text_and_mention_where_ids_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    rows = ["s,2020-01-01 10:00:00,the first of its kind,original"]
    rows += [f"a{n},2020-01-01 1{n}:30:00,the first of its kind,repost" for n in range(4)]
    rows += [f"a{n},2020-01-02 1{n}:30:00,as @Somebody says so well,repost" for n in range(3)]
    rows += ["a9,2020-01-01 09:00:00,the first of its kind,repost"]  # before it was posted here
    path.write_text("\n".join(["who,at,text,kind", *rows]) + "\n")
    mapping = {"account_id": "who", "created_at": "at", "text": "text", "kind": "kind"}
    case, _ = Case.add_to(tmp_path / "case", path, options=ReadOptions(mapping=mapping, platform="twitter"))
    reach = found(case)["amplification.reach"]
    by_account = {row["account"]: row["amplifiers"] for row in reach.result.to_pylist()}
    assert by_account == {"s": 4, "somebody": 3}
    assert "not by id" in reach.method


def test_an_empty_case_says_so(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("who,at,text\na,2020-01-01 10:00:00,hello\n")
    mapping = {"account_id": "who", "created_at": "at", "text": "text"}
    case, _ = Case.add_to(tmp_path / "case", path, options=ReadOptions(mapping=mapping, platform="twitter"))
    findings = found(case)
    assert set(findings) == set(FINDINGS)
    assert all(finding.strength == "none" for finding in findings.values())


def test_the_organic_control_is_not_called_inflated(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "organic_controls" / "elgl19_localgov_conf_2019.parquet"
    mapping = {
        "post_id": "tweet_id", "created_at": "created_at", "account_id": "user_id", "text": "text",
        "is_repost": "is_retweet", "reposted_post_id": "retweet_status_id", "reposted_account_id": "retweet_user_id",
        "replied_post_id": "reply_to_status_id", "quoted_post_id": "quoted_status_id",
        "account_created_at": "user_account_created_at",
    }  # fmt: skip
    case, _ = Case.add_to(tmp_path / "case", path, options=ReadOptions(mapping=mapping, platform="twitter"))
    assert {finding.strength for finding in found(case).values()} == {"none"}
