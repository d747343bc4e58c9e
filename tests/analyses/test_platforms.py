"""An account or post is its platform and its id: equal ids on two platforms are counted as two sets of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import undertow
from undertow.case import Case
from undertow.finding import Finding
from undertow.simulation import preset, simulate
from undertow.sources.base import ReadOptions

MAP = {
    "post_id": "tweetid", "account_id": "userid", "created_at": "tweet_time", "text": "tweet_text",
    "is_repost": "is_retweet", "reposted_post_id": "retweet_tweetid", "reposted_account_id": "retweet_userid",
    "replied_post_id": "in_reply_to_tweetid", "replied_account_id": "in_reply_to_userid",
    "quoted_post_id": "quoted_tweet_tweetid", "hashtags": "hashtags", "urls": "urls", "mentioned_ids": "user_mentions",
    "client": "tweet_client_name", "account_created_at": "account_creation_date", "language": "tweet_language",
}  # fmt: skip

JITTERED = {"automation.periodicity"}
"""Which accounts can be examined depends on where in its second each post is drawn."""
ACROSS = {
    "posting_hours.scheduler", "automation.same_sequences", "coordination.selection", "text_families.coverage",
    "text_families.families", "text_families.templates", "text_families.languages", "narratives.discovered",
    "targeting.hashtags",
}  # fmt: skip
"""What stands behind these is not twice as much: who acts alike on two platforms is found by them, evidence names 500
posts at most, and which words or posts stand out is tested."""


def case_of(folder: Path, posts: str, platforms: tuple[str, ...]) -> Case:
    case = Case.create(folder)
    for number, platform in enumerate(platforms):
        path = folder.parent / f"{folder.name}-{platform}.csv"
        path.write_text(posts + "\n" * number)  # another file: the same bytes are added once
        case, _ = case.add(path, options=ReadOptions(mapping=MAP, platform=platform))
    accounts = case.query("SELECT DISTINCT account_id FROM posts ORDER BY 1")["account_id"].to_pylist()
    classes = [("diplomat", accounts[:8]), ("fringe_outlet", accounts[8:16])]
    rows = [f"{who},{platform},{name}" for platform in platforms for name, whos in classes for who in whos]
    watch = folder.parent / f"{folder.name}-watch.csv"
    watch.write_text("\n".join(["account_id,platform,actor_class", *rows]) + "\n")
    return case.add(watch)[0]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Finding], dict[str, Finding]]:
    """All findings on some posts, and on the same posts on two platforms."""
    folder = tmp_path_factory.mktemp("platforms")
    simulate(folder / "export", scenario=preset("demo").sized(accounts=25, posts=700), seed=3)
    (path,) = (path for path in (folder / "export").glob("synthetic_takedown_posts*") if path.suffix == ".gz")
    posts = gzip.decompress(path.read_bytes()).decode()
    cases = (case_of(folder / "one", posts, ("p",)), case_of(folder / "two", posts, ("p", "q")))
    one, two = ({finding.id: finding for finding in undertow.analyse(case)} for case in cases)
    return one, two


def test_two_platforms_are_two_sets_of_posts_and_accounts(
    both: tuple[dict[str, Finding], dict[str, Finding]],
) -> None:
    one, two = both
    assert set(one) == set(two)
    for name in sorted(set(one) - JITTERED):
        alone, together = one[name].estimate, two[name].estimate
        if not name.startswith("propagation."):  # what is counted there are links, hashtags, texts: one on both
            assert together.n == 2 * alone.n, name
        if alone.value is not None:  # else there was too little to tell, and there may be enough in both
            assert (together.n_accounts or 0) == 2 * (alone.n_accounts or 0), name


def test_evidence_of_two_platforms_is_that_of_both(both: tuple[dict[str, Finding], dict[str, Finding]]) -> None:
    one, two = both
    for name in sorted(set(one) - JITTERED - ACROSS):
        assert two[name].evidence.rows == 2 * one[name].evidence.rows, name
