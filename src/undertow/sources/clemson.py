"""The Internet Research Agency's posts in the layout of Clemson University and FiveThirtyEight (2018).

Minutes, no post ids in most copies, and account ids that a spreadsheet has rounded: accounts are keyed on their
handle (``author``). Without ``tweet_id`` a post's id is made of its content and, for exact repeats, of its
occurrence. Reposts carry no id of what they repost and no ``RT @``: equal texts (``text_key``) are their key.

Source: Linvill and Warren, "Troll Factories" (2018); https://github.com/fivethirtyeight/russian-troll-tweets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.expressions import id_milliseconds, not_whole_number, utc, whole_number
from undertow.sources.head import Head, Kind
from undertow.sources.links import domain_sql
from undertow.sources.stage import Layout, Problem, stage
from undertow.sources.tabular import TABULAR, open_table, places
from undertow.sources.text_entities import READABLE
from undertow.sql import literal

NEEDED = ("author", "content", "language", "publish_date", "post_type", "retweet", "account_category")
OPTIONAL = (
    "region", "following", "followers", "updates", "account_type", "tweet_id", "tco1_step1", "tco2_step1",
    "tco3_step1",
)  # fmt: skip
LABELS = ("account_category", "account_type", "region")
ASSERTED_BY = "Clemson University"
_COUNTERS: Mapping[str, str] = {"followers": "followers", "following": "following", "updates": "posts"}
_CONTENT = tuple(
    name
    for name in (*NEEDED, "region", "following", "followers", "updates", "account_type")
    if name != "publish_date"
)
_LINKS = ("tco1_step1", "tco2_step1", "tco3_step1")
_MONTH_FIRST = "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}"
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.]0+)?)?"


@dataclass(frozen=True)
class Clemson:
    """The reader of the layout, as CSV or Parquet."""

    format: str = "clemson"
    description: str = (
        "the Internet Research Agency's posts as Clemson University and FiveThirtyEight published them"
    )
    columns: tuple[str, ...] = NEEDED
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Whether the layout's columns are there, whatever their case."""
        have = {name.strip().lower() for name in head.columns}
        return 0.6 + 0.4 * len(have.intersection(OPTIONAL)) / len(OPTIONAL) if have.issuperset(NEEDED) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into posts, accounts, counters and labels."""
        records = open_table(source, staging, options)
        raw = places(records.columns, NEEDED, source.shown, OPTIONAL)
        linked = any(name.strip().lower() in _LINKS for name in records.columns)
        layout = _layout(raw, literal(options.platform or "twitter"), linked=linked)
        return stage(records, layout, source, staging, options)


def _layout(raw: Mapping[str, str], platform: str, *, linked: bool) -> Layout:
    links = ", ".join(f"r_{name}" for name in _LINKS)
    content = ", ".join(f"coalesce(r_{name}, chr(30))" for name in _CONTENT)
    return Layout(
        format="clemson",
        main="posts",
        raw=raw,
        working={
            "w_stated": _time("r_publish_date"),
            "w_id": "CASE WHEN regexp_full_match(r_tweet_id, '[0-9]+') THEN try_cast(r_tweet_id AS BIGINT) END",
            "w_ms": id_milliseconds("w_id"),
            "w_agrees": "coalesce(w_ms // 60000 = epoch_ms(w_stated) // 60000, false)",
            "w_links": f"list_filter([{links}], lambda u: u IS NOT NULL)",
        },
        problems=(
            Problem("r_author IS NULL", "author is missing"),
            Problem("w_stated IS NULL", "publish_date is missing or not a time (expected 9/7/2017 19:52)"),
            Problem("r_retweet IS NOT NULL AND r_retweet NOT IN ('0', '1')", "retweet is neither 0 nor 1"),
            *(Problem(not_whole_number(f"r_{name}"), f"{name} is not a whole number") for name in _COUNTERS),
        ),
        columns={
            "platform": platform,
            "post_id": "w_id::VARCHAR",
            "account_id": "r_author",
            "created_at": utc("CASE WHEN w_agrees THEN epoch_ms(w_ms) ELSE w_stated END"),
            "stated_at": utc("w_stated"),
            "time_source": "CASE WHEN w_agrees THEN 'id' ELSE 'stated' END",
            "time_precision": "CASE WHEN w_agrees THEN 'ms' ELSE 'min' END",
            "kind": (
                "CASE WHEN r_post_type IN ('R', 'RETWEET') THEN 'repost' "
                "WHEN r_post_type IN ('Q', 'QUOTE_TWEET') THEN 'quote' WHEN r_retweet = '1' THEN 'repost' "
                "ELSE 'original' END"
            ),
            "text": "r_content",
            "language": "language_by_name(r_language)",
            "id_quality": "CASE WHEN w_id IS NULL THEN 'derived' ELSE 'exact' END",
            "urls": (
                "CASE WHEN len(w_links) > 0 THEN list_transform(w_links, lambda u: {'raw': NULL::VARCHAR, "
                f"'expanded': u, 'unwound': NULL::VARCHAR, 'domain': {domain_sql('u')}}}) END"
            ),
        },
        states=("r_author", "r_publish_date", *(f"r_{name}" for name in (*LABELS, *_COUNTERS))),
        derived={
            "accounts": ({"platform": platform, "account_id": "r_author", "handle": "r_author"},),
            "account_counters": (
                {
                    "platform": platform,
                    "account_id": "r_author",
                    "observed_at": utc(_time("r_publish_date")),
                    **{column: whole_number(f"r_{name}") for name, column in _COUNTERS.items()},
                },
            ),
            "labels": tuple(
                {
                    "subject_type": "'account'",
                    "platform": platform,
                    "subject_id": "r_author",
                    "label": literal(label),
                    "value": f"r_{label}",
                    "asserted_by": literal(ASSERTED_BY),
                }
                for label in LABELS
            ),
        },
        needs={"account_counters": tuple(_COUNTERS.values()), "labels": ("value",)},
        from_text=("hashtags", "mentioned_handles") if linked else READABLE,
        key=f"md5(concat_ws(chr(31), {platform}, strftime(w_stated, '%Y-%m-%d %H:%M'), {content}))",
    )


def _time(text: str) -> str:
    """A time in UTC: month/day/year in the CSVs, ISO 8601 in Parquet; both know minutes only."""
    return (
        f"CASE WHEN regexp_full_match({text}, '{_MONTH_FIRST}') THEN try_strptime({text}, '%m/%d/%Y %H:%M') "
        f"WHEN regexp_full_match({text}, '{_ISO}') THEN try_cast({text} AS TIMESTAMP) END"
    )


CLEMSON = Clemson()
