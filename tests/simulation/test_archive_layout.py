"""The files that `simulate` writes: layout, ids, synthetic marks, the same bytes for the same seed."""

from __future__ import annotations

import csv
import gzip
from ast import literal_eval
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.errors import UsageError
from undertow.simulation import PRESETS, preset, simulate
from undertow.simulation.archive import ACCOUNT_COLUMNS, POST_COLUMNS, TRUTH_COLUMNS
from undertow.simulation.blocks import snowflakes

if TYPE_CHECKING:
    from .conftest import Simulated


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_columns_are_the_archive_s(demo: Simulated, shared_data: Path) -> None:
    real_posts = shared_data / "twitter_io_archive" / "sampled_250_TEST_ISOLATE.csv"
    with real_posts.open(newline="", encoding="utf-8") as file:
        real = next(csv.reader(file))
    assert tuple(real[:-1]) == POST_COLUMNS  # the real sample adds a column `apm` of its own
    real_users = shared_data / "twitter_io_archive" / "china_082019_1_users_csv_hashed.csv"
    with real_users.open(newline="", encoding="utf-8") as file:
        assert tuple(next(csv.reader(file))) == ACCOUNT_COLUMNS


def test_rows_have_the_layout_s_columns(demo: Simulated) -> None:
    assert tuple(demo.takedown[0]) == POST_COLUMNS == tuple(demo.control[0])
    assert tuple(demo.takedown_users[0]) == ACCOUNT_COLUMNS == tuple(demo.control_users[0])
    assert tuple(demo.truth[0]) == TRUTH_COLUMNS


def test_every_value_is_quoted(demo: Simulated) -> None:
    path = demo.manifest.folder / "synthetic_takedown_users.csv.gz"
    for line in gzip.decompress(path.read_bytes()).decode().splitlines()[:20]:
        assert line.startswith('"')
        assert line.endswith('"')
        assert len(line.split('","')) == len(ACCOUNT_COLUMNS)


def test_manifest_counts_the_rows(demo: Simulated) -> None:
    assert demo.manifest.files == {
        "synthetic_takedown_posts.csv.gz": len(demo.takedown),
        "synthetic_takedown_users.csv.gz": len(demo.takedown_users),
        "synthetic_control_posts.csv.gz": len(demo.control),
        "synthetic_control_users.csv.gz": len(demo.control_users),
        "truth.csv": len(demo.truth),
    }
    assert demo.manifest.posts == len(demo.takedown) + len(demo.control)
    assert abs(len(demo.takedown) / 20_000 - 1) < 0.15


def test_ids_are_unique_and_tell_the_stated_minute(demo: Simulated) -> None:
    posts = demo.takedown + demo.control
    assert len({post["tweetid"] for post in posts}) == len(posts)
    for post in posts:
        ms = (int(post["tweetid"]) >> 22) + 1_288_834_974_657
        assert datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M") == post["tweet_time"]


def test_accounts_are_the_same_in_both_files(demo: Simulated) -> None:
    users = {row["userid"]: row for row in demo.takedown_users + demo.control_users}
    assert len(users) == len(demo.takedown_users) + len(demo.control_users)
    for post in demo.takedown + demo.control:
        user = users[post["userid"]]
        assert all(post[name] == user[name] for name in ACCOUNT_COLUMNS)
        assert user["account_creation_date"] <= post["tweet_time"][:10]


def test_few_followers_are_hashed(demo: Simulated) -> None:
    limit = preset("demo").operation
    assert limit is not None
    kinds = set()
    for user in demo.takedown_users:
        is_hashed = int(user["follower_count"]) < limit.hash_below
        kinds.add(is_hashed)
        assert is_hashed == (len(user["userid"]) == 44)
        assert is_hashed == (user["userid"] == user["user_display_name"] == user["user_screen_name"])
    assert kinds == {True, False}


def test_lists_and_reposts_are_consistent(demo: Simulated) -> None:
    by_id = {post["tweetid"]: post for post in demo.takedown}
    inside = 0
    for post in demo.takedown:
        lists = {name: literal_eval(post[name]) for name in ("hashtags", "urls", "user_mentions")}
        if post["is_retweet"] == "True":
            assert post["tweet_text"].startswith("RT @")
            assert lists["user_mentions"] == [post["retweet_userid"]]
            assert int(post["retweet_tweetid"]) < int(post["tweetid"])
            original = by_id.get(post["retweet_tweetid"])
            if original is not None:
                inside += 1
                assert original["userid"] == post["retweet_userid"] != post["userid"]
                assert original["is_retweet"] == "False"
                assert lists["hashtags"] == literal_eval(original["hashtags"])
        else:
            assert post["retweet_tweetid"] == post["retweet_userid"] == ""
            assert all(f"#{tag}" in post["tweet_text"] for tag in lists["hashtags"])
        if post["in_reply_to_tweetid"]:
            assert int(post["in_reply_to_tweetid"]) < int(post["tweetid"])
    assert inside > 100


def test_an_account_reposts_a_post_once(demo: Simulated) -> None:
    for posts in (demo.takedown, demo.control):
        pairs = [(post["userid"], post["retweet_tweetid"]) for post in posts if post["is_retweet"] == "True"]
        assert len(set(pairs)) == len(pairs) > 1000


def test_everything_says_it_is_synthetic(demo: Simulated) -> None:
    folder = demo.manifest.folder
    assert "SYNTHETIC DATA" in (folder / "README.txt").read_text(encoding="utf-8")
    assert all(
        "synthetic" in path.name for path in folder.iterdir() if path.name not in ("truth.csv", "README.txt")
    )
    assert all("synthetic" in row["user_reported_location"] for row in demo.takedown + demo.control)
    assert any(row["label"] == "population" and row["detail"] == "synthetic" for row in demo.truth)


def test_same_seed_same_bytes(demo: Simulated, tmp_path: Path) -> None:
    simulate(tmp_path / "again", scenario=preset("demo"), seed=1)
    assert digests(tmp_path / "again") == digests(demo.manifest.folder)


def test_other_seed_other_data(demo: Simulated, tmp_path: Path) -> None:
    other = simulate(tmp_path / "other", scenario=preset("demo"), seed=2, accounts=50, posts=1000)
    mine, theirs = digests(demo.manifest.folder), digests(other.folder)
    assert all(mine[name] != theirs[name] for name in mine)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_runs_small_and_plain(name: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = simulate(
        tmp_path / name,
        scenario=preset(name),
        seed=3,
        accounts=60,
        posts=3000,
        compress=False,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1][0] == made.posts > 1000
    for file, rows in made.files.items():
        assert file.endswith(".csv")
        with (made.folder / file).open(newline="", encoding="utf-8") as opened:
            assert sum(1 for _ in csv.reader(opened)) == rows + 1


def test_blocks_join_without_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertow.simulation.run.BLOCK_POSTS", 2000)
    made = simulate(tmp_path / "blocks", scenario=preset("takedown"), seed=5, accounts=400, posts=9000)
    ids: list[str] = []
    users: list[str] = []
    for name in ("takedown", "control"):
        with gzip.open(made.folder / f"synthetic_{name}_posts.csv.gz", "rt", encoding="utf-8", newline="") as file:
            ids += [row["tweetid"] for row in csv.DictReader(file)]
        with gzip.open(made.folder / f"synthetic_{name}_users.csv.gz", "rt", encoding="utf-8", newline="") as file:
            users += [row["userid"] for row in csv.DictReader(file)]
    assert len(set(ids)) == len(ids) == made.posts
    assert len(set(users)) == len(users) == made.accounts == 500


@given(st.lists(st.integers(1_400_000_000_000_000, 1_400_000_000_020_000), max_size=60), st.integers(0, 1023))
def test_snowflakes_are_unique_and_keep_the_millisecond(times: list[int], worker: int) -> None:
    micro = np.array(times, dtype=np.int64)
    ids = snowflakes(micro, worker)
    assert len(set(ids.tolist())) == len(times)
    assert ((ids >> 22) + 1_288_834_974_657).tolist() == (micro // 1000).tolist()
    assert (((ids >> 12) & 1023) == worker).all()


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("kept")
    with pytest.raises(UsageError, match="not empty"):
        simulate(tmp_path / "full", scenario=preset("demo"), seed=1)
    assert (tmp_path / "full" / "x").read_text() == "kept"
    with pytest.raises(UsageError, match="too many"):
        simulate(tmp_path / "a", scenario=preset("demo"), seed=1, accounts=3_000_000)
    assert not (tmp_path / "a").exists()
    with pytest.raises(UsageError, match="demo"):
        preset("demoo")
    with pytest.raises(UsageError, match="calendar 'XX'"):
        preset("demo").on_calendar("XX")
    with pytest.raises(UsageError, match="at least 1"):
        preset("demo").sized(accounts=0)
    with pytest.raises(UsageError, match="no operation"):
        preset("organic").on_calendar("CN")


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize(("accounts", "posts"), [(1, 1), (2, 150)])
def test_tiny_simulations(name: str, accounts: int, posts: int, tmp_path: Path) -> None:
    made = simulate(tmp_path / "tiny", scenario=preset(name), seed=accounts, accounts=accounts, posts=posts)
    written = [rows for file, rows in made.files.items() if file.endswith("posts.csv.gz")]
    assert sum(written) == made.posts
    assert (tmp_path / "tiny" / "README.txt").exists()


@pytest.mark.parametrize("share", [field for field in vars(preset("demo").operation) if field.endswith("_share")])
def test_a_share_may_be_all(share: str, tmp_path: Path) -> None:
    demo = preset("demo").sized(accounts=25, posts=500)
    assert demo.operation is not None
    others = {"repost_share": 0.0, "reply_share": 0.0, "quote_share": 0.0} | {share: 1.0}
    scenario = replace(demo, organic=None, operation=replace(demo.operation, **others))
    made = simulate(tmp_path / "all", scenario=scenario, seed=8)
    assert made.posts > 100
