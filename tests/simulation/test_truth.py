"""The truth agrees with the data: batches, calendars, second lives, copies, coordinated reposts, organic kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from undertow.simulation import Operation, Scenario, preset, simulate
from undertow.simulation.scenario import ORGANIC_KINDS
from undertow.simulation.workdays import HOLIDAY, MAKE_UP, WEEKEND, WORKDAY, day_kinds

from .conftest import Simulated, read_folder

if TYPE_CHECKING:
    Posts = list[dict[str, str]]


def when(post: dict[str, str]) -> float:
    return ((int(post["tweetid"]) >> 22) + 1_288_834_974_657) / 1000


def by_account(posts: Posts) -> dict[str, Posts]:
    grouped: dict[str, Posts] = defaultdict(list)
    for post in posts:
        grouped[post["userid"]].append(post)
    return grouped


def details(row: dict[str, str]) -> dict[str, str]:
    return dict(part.split("=", 1) for part in row["detail"].split(";"))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("lives") / "out"
    return read_folder(simulate(folder, scenario=preset("second_lives"), seed=4, accounts=150, posts=15_000))


def test_every_subject_is_in_the_data(demo: Simulated) -> None:
    accounts = {row["userid"] for row in demo.takedown_users + demo.control_users}
    posts = {post["tweetid"] for post in demo.takedown + demo.control}
    for row in demo.truth:
        if row["population"] != "outside":
            assert row["subject_id"] in (accounts if row["subject_type"] == "account" else posts)
    assert set(demo.labelled("account", "population")) == accounts


def test_batch_days_are_the_registration_days(demo: Simulated) -> None:
    created = {row["userid"]: row["account_creation_date"] for row in demo.takedown_users}
    batch = demo.labelled("account", "batch_day")
    assert len(batch) > 60
    assert len({row["value"] for row in batch.values()}) <= 3
    # Nine to twelve in the morning at the office, which is the same day in UTC for China.
    assert all(created[account] == row["value"] for account, row in batch.items())


def daily(posts: Posts, zone: str, first: date, last: date) -> Iterator[tuple[int, int]]:
    here = ZoneInfo(zone)
    days = [0] * ((last - first).days + 1)
    for post in posts:
        day = (datetime.fromtimestamp(when(post), UTC).astimezone(here).date() - first).days
        if 0 <= day < len(days):
            days[day] += 1
    kinds = day_kinds("CN", first, last)
    return iter(zip(kinds.tolist(), days, strict=True))


def test_holidays_are_kept_and_make_up_days_worked(demo: Simulated) -> None:
    settings = preset("demo")
    later = {post["tweetid"] for post in demo.takedown} - set(demo.labelled("post", "previous_life"))
    posts = [post for post in demo.takedown if post["tweetid"] in later]
    counts = defaultdict(list)
    for kind, number in daily(posts, "Asia/Shanghai", settings.first, settings.last):
        counts[kind].append(number)
    mean = {kind: float(np.mean(numbers)) for kind, numbers in counts.items()}
    assert mean[HOLIDAY] < 0.35 * mean[WORKDAY]
    assert mean[WEEKEND] < 0.35 * mean[WORKDAY]
    assert mean[MAKE_UP] > 0.6 * mean[WORKDAY]


def test_second_lives_change_language_client_and_place_after_a_dormancy(lives: Simulated) -> None:
    grouped = by_account(lives.takedown)
    previous = set(lives.labelled("post", "previous_life"))
    repurposed = lives.labelled("account", "repurposed")
    assert 15 <= len(repurposed) <= 45
    for account, row in repurposed.items():
        said = details(row)
        before = [post for post in grouped[account] if post["tweetid"] in previous]
        after = [post for post in grouped[account] if post["tweetid"] not in previous]
        assert {post["tweet_language"] for post in before} == {said["previous_language"]}
        assert said["previous_language"] not in {post["tweet_language"] for post in after}
        assert {post["tweet_client_name"] for post in before} == {said["previous_client"]}
        assert max(map(when, before)) < min(map(when, after))
        start = datetime.fromtimestamp(min(map(when, after)), UTC)
        assert start.strftime("%Y-%m-%dT%H:%M:%SZ") == row["value"]
        assert int(said["dormancy_days"]) >= 55
        assert len(before) == int(said["previous_posts"])
    others = set(grouped) - set(repurposed) - set(lives.labelled("account", "repurposed_unseen"))
    assert not {post["userid"] for post in lives.takedown if post["tweetid"] in previous} & others


def test_schedulers_post_on_the_half_hour(demo: Simulated) -> None:
    grouped = by_account(demo.takedown)
    scheduled = [account for account in demo.labelled("account", "scheduler") if account in grouped]
    assert scheduled
    for account in scheduled:
        mine = [post for post in grouped[account] if post["tweet_client_name"] == "IFTTT"]
        assert {post["tweet_time"][-2:] for post in mine} <= {"00", "30"}


def test_groups_repost_one_post_within_their_window(demo: Simulated) -> None:
    window = {
        row["value"]: float(details(row)["window_seconds"])
        for row in demo.truth
        if row["label"] == "co_repost_group"
    }
    members = defaultdict(set)
    for row in demo.truth:
        if row["label"] == "co_repost_group":
            members[row["value"]].add(row["subject_id"])
    posts = {post["tweetid"]: post for post in demo.takedown}
    events: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in demo.truth:
        if row["label"] == "co_repost":
            post = posts[row["subject_id"]]
            assert post["userid"] in members[row["value"]]
            events[row["value"], post["retweet_tweetid"]].append(when(post))
    assert len(events) >= 6
    for (group, _), times in events.items():
        assert max(times) - min(times) <= window[group]
    assert np.mean([len(times) for times in events.values()]) > 3


def test_amplifiers_mostly_repost_officials_quickly(demo: Simulated) -> None:
    officials = {row["subject_id"] for row in demo.truth if row["value"] == "official"}
    amplifiers = {row["subject_id"] for row in demo.truth if row["label"] == "role" and row["value"] == "amplifier"}
    posts = [post for post in demo.takedown if post["userid"] in amplifiers]
    boosts = [post for post in posts if post["retweet_userid"] in officials]
    assert len(boosts) > 0.6 * len(posts) > 100
    delay = [((int(post["tweetid"]) >> 22) - (int(post["retweet_tweetid"]) >> 22)) / 1000 for post in boosts]
    assert 20 < np.median(delay) < 120


def test_organic_kinds_and_no_operation_s_labels_in_the_control(demo: Simulated) -> None:
    control = {row["userid"] for row in demo.control_users}
    labels = {row["label"] for row in demo.truth if row["population"] == "control"}
    assert labels <= {"population", "role", "kind", "time_zone", "moved", "wire_story"}
    assert {row["value"] for row in demo.labelled("account", "kind").values()} <= set(ORGANIC_KINDS)
    assert set(demo.labelled("account", "kind")) == control


def test_bilingual_accounts_mix_their_languages(tmp_path: Path) -> None:
    made = read_folder(
        simulate(tmp_path / "x", scenario=preset("second_lives"), seed=9, accounts=150, posts=15_000)
    )
    kinds = made.labelled("account", "kind")
    share = defaultdict(list)
    for account, posts in by_account(made.control).items():
        if len(posts) >= 30:
            languages = [post["tweet_language"] for post in posts]
            commonest = max(languages.count(name) for name in set(languages))
            share[kinds[account]["value"]].append(1 - commonest / len(languages))
    assert np.mean(share["bilingual"]) > 0.15
    assert np.mean(share["ordinary"]) < 0.08


def test_nothing_is_planted_in_a_plain_operation(tmp_path: Path) -> None:
    quiet = Scenario(
        name="quiet",
        description="an office and nothing else",
        first=date(2018, 1, 1),
        last=date(2018, 6, 30),
        operation=Operation(
            accounts=60,
            posts=3000,
            batch_share=0,
            repurposed_share=0,
            scheduler_share=0,
            amplifier_share=0,
            group_share=0,
            copy_share=0,
        ),
    )
    made = simulate(tmp_path / "quiet", scenario=quiet, seed=1)
    assert set(made.files) == {"synthetic_takedown_posts.csv.gz", "synthetic_takedown_users.csv.gz", "truth.csv"}
    text = (tmp_path / "quiet" / "truth.csv").read_text(encoding="utf-8")
    assert {line.split('","')[2] for line in text.splitlines()[1:]} == {
        "population",
        "role",
        "calendar",
        "time_zone",
        "shift",
    }
    assert quiet.last - quiet.first > timedelta(30)
