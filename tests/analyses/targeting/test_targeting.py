"""The findings on targeting: on posts whose targets, hashtags, places and hours were planted."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import undertow
from undertow.analyses.targeting.hashtags_finding import compare_use
from undertow.analyses.targeting.places import places
from undertow.analyses.targeting.time_zones_finding import quiet_from, shift
from undertow.errors import InputError
from undertow.finding import Finding
from undertow.pseudonyms import Pseudonyms
from undertow.sources.base import ReadOptions

START = dt.datetime(2020, 1, 6, tzinfo=dt.UTC)
MAPPING = {"account_id": "who", "created_at": "when", "text": "what", "post_id": "id", "language": "tongue"}
Row = tuple[str, dt.datetime, str, str]


def make_case(folder: Path, rows: list[Row]) -> undertow.Case:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "posts.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["who", "when", "what", "id", "tongue"])
        for number, (who, when, what, tongue) in enumerate(rows):
            writer.writerow([who, when.isoformat(), what, number, tongue])
    options = ReadOptions(mapping=MAPPING, platform="board")
    return undertow.Case.create(folder / "case").add(file, options=options)[0]


def found(case: undertow.Case, **settings: object) -> dict[str, Finding]:
    given_ = {f"targeting.{name}": value for name, value in settings.items()}
    return {finding.id: finding for finding in undertow.analyse(case, only=["targeting"], settings=given_)}


def rows_of(finding: Finding) -> list[dict[str, object]]:
    return [] if finding.result is None else finding.result.to_pylist()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> undertow.Case:
    """Forty ordinary accounts that address whom they like; four that write to @victim only."""
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for account in range(40):
        for number in range(30):
            russian = number % 2 == 0
            hour = (6 if russian else 14) + rng.integers(12)
            when = START + dt.timedelta(days=number, hours=int(hour))
            who = f"@friend{rng.integers(30)} " if number % 3 == 0 else ""
            text = "Порт в Китае зимой закрыт" if russian else "the harbour in Hong Kong is closed #port"
            rows.append((f"account{account}", when, f"{who}{text} {number}", "ru" if russian else "en"))
    for account in range(4):
        rows += [
            (f"single{account}", START + dt.timedelta(hours=number), f"@Victim you again {number}", "en")
            for number in range(20)
        ]
    return make_case(tmp_path_factory.mktemp("planted"), rows)


def test_who_is_addressed_is_counted(planted: undertow.Case) -> None:
    finding = found(planted)["targeting.addressed"]
    assert finding.estimate.value == pytest.approx((40 * 10 + 80) / (40 * 30 + 80))
    top = rows_of(finding)[0]
    assert (top["handle"], top["posts"], top["accounts"]) == ("victim", 80, 4)
    assert "victim" not in finding.statement
    hidden = Pseudonyms(b"key").finding(finding)
    assert all(str(row["handle"]).startswith("acct-") for row in rows_of(hidden))
    assert "victim" not in str(hidden.figure)


def test_replies_are_resolved_by_the_post_replied_to(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    lines = [f"{n},a{n},2020-01-06T10:{n:02d}:00,hello,," for n in range(10)]
    lines += [f"{n},b,2020-01-06T11:{n:02d}:00,yes,3," for n in range(10, 14)]  # post 3 is of a3
    lines += [f"{n},c,2020-01-06T12:{n:02d}:00,no,999," for n in range(14, 20)]  # 999 is not in the case
    lines += [f"{n},d,2020-01-06T13:{n:02d}:00,look,,998" for n in range(20, 23)]
    file.write_text("\n".join(["id,who,when,what,to,of", *lines]) + "\n")
    mapping = MAPPING | {"replied_post_id": "to", "quoted_post_id": "of"}
    del mapping["language"]
    case = undertow.Case.create(tmp_path / "case").add(
        file, options=ReadOptions(mapping=mapping, platform="board")
    )[0]
    finding = found(case)["targeting.addressed"]
    assert "4 replies, 0 quotes, to 1 account." in finding.statement
    assert "6 replies and 3 quotes more answer posts that are not in the case" in finding.statement
    assert [(row["handle"], row["reply_posts"]) for row in rows_of(finding)] == [("a3", 4)]


def test_accounts_with_one_target_are_found_and_others_are_not(planted: undertow.Case) -> None:
    finding = found(planted)["targeting.single_target"]
    assert {row["account"] for row in rows_of(finding)} == {f"single{number}" for number in range(4)}
    assert {row["accounts_on_target"] for row in rows_of(finding)} == {4}
    assert finding.evidence.rows == 80
    assert "4 accounts of 44" in finding.statement


def test_an_account_with_two_targets_has_no_single_one(tmp_path: Path) -> None:
    both = [("pair", START + dt.timedelta(hours=n), f"@ann @bob you {n}", "en") for n in range(12)]
    one = [("single", START + dt.timedelta(hours=n), f"@ann {'@bob ' * (n < 6)}you {n}", "en") for n in range(12)]
    finding = found(make_case(tmp_path, [*both, *one]))["targeting.single_target"]
    assert [(row["account"], row["handle"]) for row in rows_of(finding)] == [("single", "ann")]
    assert "1 account of 2" in finding.statement


def test_places_are_found_in_every_language(planted: undertow.Case) -> None:
    rows = {row["name"]: row["posts"] for row in rows_of(found(planted)["targeting.audience"])}
    assert rows["CN"] == 600
    assert rows["HK"] == 600
    assert rows["ru"] == 600


def test_languages_that_keep_other_hours_are_told_apart(planted: undertow.Case) -> None:
    finding = found(planted)["targeting.time_zones"]
    assert finding.estimate.value is not None
    assert abs(finding.estimate.value) == pytest.approx(8, abs=1)
    assert finding.estimate.low is not None
    assert finding.estimate.high is not None
    assert abs(finding.estimate.low - finding.estimate.high) <= 3


def test_a_hashtag_that_is_used_for_something_else_is_called_and_another_is_not(tmp_path: Path) -> None:
    words = {
        "port": ["ships", "cranes", "cargo", "docks", "tide"],
        "sale": ["shoes", "bags", "watches", "offer", "price"],
    }
    rng = np.random.default_rng(4)

    def posts(prefix: str, use: str) -> list[Row]:
        return [
            (f"{prefix}{account}", START, f"{' '.join(rng.permutation(words[topic])[:4])} #{tag}", "en")
            for account in range(15)
            for tag, topic in (("harbourday", use), ("openport", "port"))
            for _ in range(4)
        ]

    control = make_case(tmp_path / "control", posts("usual", "port"))
    case = make_case(tmp_path / "own", posts("own", "sale"))
    finding = found(case, control=str(control.path))["targeting.hashtags"]
    p_values = {row["hashtag"]: row["p_value"] for row in rows_of(finding)}
    assert p_values["#harbourday"] <= 0.01  # type: ignore[operator]
    assert p_values["#openport"] > 0.05  # type: ignore[operator]
    assert "#harbourday" in finding.statement
    assert "needs a control" in found(case)["targeting.hashtags"].statement


def test_without_another_use_false_alarms_stay_at_their_rate() -> None:
    rng = np.random.default_rng(5)
    vocabulary = [f"word{number}" for number in range(40)]
    runs, level, alarms = 200, 0.05, 0
    for _ in range(runs):
        accounts = [Counter(rng.choice(vocabulary, 12).tolist()) for _ in range(24)]
        alarms += compare_use(accounts[:9], accounts[9:], rng=rng, draws=199)[1] <= level
    assert alarms / runs <= level + 3.3 * (level * (1 - level) / runs) ** 0.5


@given(st.integers(-11, 11), st.integers(0, 23))
def test_a_shift_of_the_day_is_measured(hours: int, start: int) -> None:
    day = np.roll(np.array([[1.0] * 8 + [9.0] * 5 + [4.0] * 11]), start, axis=1)
    assert shift(day, np.roll(day, hours, axis=1))[0] == hours
    assert quiet_from(np.roll(np.array([0.0] * 7 + [5.0] * 17), start)) == start


def test_an_empty_case_says_so(tmp_path: Path) -> None:
    findings = found(undertow.Case.create(tmp_path / "case"))
    assert len(findings) == 5
    assert all("there are no posts" in finding.statement for finding in findings.values())


def test_posts_that_address_nobody_are_said_to(tmp_path: Path) -> None:
    findings = found(make_case(tmp_path, [("a", START, "the harbour is open", "en")]))
    assert (
        findings["targeting.addressed"].statement
        == "None of 1 own post mentions, replies to or quotes another account."
    )
    assert findings["targeting.single_target"].estimate.value is None


@pytest.mark.parametrize(
    ("content", "said"), [("a,b\n", "not these three"), ("place,language,name\nXX,en,\n", "cannot be looked for")]
)
def test_places_that_cannot_be_read_say_why(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "places.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        places(str(file))
    with pytest.raises(InputError, match="no such file"):
        places(str(tmp_path / "nowhere.csv"))
