"""Posts of pages and groups as CrowdTangle's search and lists exported them (the service ended in August 2024).

Times carry the abbreviation of the dashboard's time zone ("2021-07-05 18:02:45 BRT"); ``data/time_zones.tsv`` says what
it means, and times with one that means several zones go to quarantine. A post's id is the number at the end of its
address; without one it is made of the row. The registration of a page ("Page Created") has no zone and is taken as UTC.
Texts of links and pictures are not kept, since they are not the post's own, and links to Facebook itself are not either:
they lead to the post's own picture. ``reposts`` are shares, ``replies`` comments; 0 views are none that were counted.

Source of the layout: CrowdTangle's own exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.expressions import exact_id, not_whole_number, time_value, utc, whole_number
from undertow.sources.head import Head, Kind
from undertow.sources.links import domain_sql
from undertow.sources.stage import Layout, Problem, stage
from undertow.sources.tabular import TABULAR, open_table, places
from undertow.sql import literal

NEEDED = ("facebook id", "page name", "post created", "type", "url", "message")
OPTIONAL = (
    "user name", "page category", "page admin top country", "page description", "page created",
    "followers at posting", "likes", "comments", "shares", "post views", "link", "final link",
)  # fmt: skip
_STATES = (
    "facebook id", "page name", "user name", "page description", "page created", "page category",
    "page admin top country", "followers at posting", "post created",
)  # fmt: skip
ASSERTED_BY = "CrowdTangle"
LABELS: Mapping[str, str] = {"page_category": "r_page_category", "admin_country": "r_page_admin_top_country"}
_COUNTS: Mapping[str, str] = {
    "likes": "r_likes",
    "reposts": "r_shares",
    "replies": "r_comments",
    "views": "r_post_views",
}
_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_POST = "/(?:posts|videos|photos|permalink)/(?:[^?#]*/)?([0-9]+)/?(?:[?#].*)?$"


@cache
def zones() -> Mapping[str, float]:
    """Abbreviation -> hours east of UTC.

    >>> zones()["BRT"], "CST" in zones()
    (-3.0, False)
    """
    text = resources.files("undertow.sources").joinpath("data/time_zones.tsv").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(hours) for name, hours in lines}


@dataclass(frozen=True)
class CrowdTangle:
    """The reader of the layout."""

    format: str = "crowdtangle"
    description: str = "posts of pages and groups as CrowdTangle exported them (CSV)"
    columns: tuple[str, ...] = NEEDED
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Whether the layout's columns are there, whatever their case."""
        have = {name.strip().lower() for name in head.columns}
        return 0.9 if have.issuperset(NEEDED) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into posts, accounts, counters and labels."""
        records = open_table(source, staging, options)
        raw = {
            name.replace(" ", "_"): column
            for name, column in places(records.columns, NEEDED, source.shown, OPTIONAL).items()
        }
        return stage(records, _layout(raw, literal(options.platform or "facebook")), source, staging, options)


def _layout(raw: Mapping[str, str], platform: str) -> Layout:
    cases = " ".join(f"WHEN {literal(name)} THEN {round(hours * 60)}" for name, hours in zones().items())
    zone = f"regexp_extract(r_post_created, '^{_TIME} ([A-Za-z]+)$', 1)"
    time = f"try_cast(r_post_created[:19] AS TIMESTAMP) - to_minutes(CASE upper({zone}) {cases} END)"
    account = {"platform": platform, "account_id": exact_id("r_facebook_id")}
    return Layout(
        format="crowdtangle",
        main="posts",
        raw=raw,
        working={
            "w_account": exact_id("r_facebook_id"),
            "w_zone": zone,
            "w_offset": f"CASE upper(w_zone) {cases} END",
            "w_time": time,
            "w_post": f"nullif(regexp_extract(r_url, '{_POST}', 1), '')",
            "w_domain": domain_sql("coalesce(r_final_link, r_link)"),
        },
        problems=(
            Problem("w_account IS NULL", "the page's id is missing, or a spreadsheet has rounded it"),
            Problem(
                "w_zone <> '' AND w_offset IS NULL",
                "the time zone's abbreviation is unknown or means several zones: convert the times to UTC first",
            ),
            Problem(
                "coalesce(w_zone, '') = '' OR (w_offset IS NOT NULL AND w_time IS NULL)",
                "Post Created is missing or not a time with its zone (expected 2021-07-05 18:02:45 EDT)",
            ),
            *(Problem(not_whole_number(name), f"{name[2:]} is not a whole number") for name in _COUNTS.values()),
        ),
        columns={
            "platform": platform,
            "post_id": "w_post",
            "account_id": "w_account",
            "created_at": utc("w_time"),
            "stated_at": utc("w_time"),
            "time_source": "'stated'",
            "time_precision": "'s'",
            "kind": "'original'",
            "text": "r_message",
            "id_quality": "CASE WHEN w_post IS NULL THEN 'derived' ELSE 'exact' END",
            "urls": (
                "CASE WHEN w_domain <> 'facebook.com' THEN [{'raw': r_link, 'expanded': NULL::VARCHAR, "
                "'unwound': r_final_link, 'domain': w_domain}] END"
            ),
            **{column: whole_number(name) for column, name in _COUNTS.items()},
            "views": f"nullif({whole_number(_COUNTS['views'])}, 0)",
        },
        states=tuple(f"r_{name.replace(' ', '_')}" for name in _STATES),
        derived={
            "accounts": (
                {
                    **account,
                    "handle": "r_user_name",
                    "display_name": "r_page_name",
                    "description": "r_page_description",
                    "created_at": utc(time_value("r_page_created")),
                },
            ),
            "account_counters": (
                {
                    **account,
                    "observed_at": utc(time),
                    "followers": whole_number("r_followers_at_posting"),
                },
            ),
            "labels": tuple(
                {
                    "subject_type": "'account'",
                    "platform": platform,
                    "subject_id": exact_id("r_facebook_id"),
                    "label": literal(label),
                    "value": column,
                    "asserted_by": literal(ASSERTED_BY),
                }
                for label, column in LABELS.items()
            ),
        },
        needs={"account_counters": ("followers",), "labels": ("value",)},
        from_text=("hashtags",),
        key=f"md5(concat_ws(chr(31), {platform}, r_facebook_id, r_post_created, coalesce(r_message, chr(30)), "
        "coalesce(r_url, chr(30))))",
    )


CROWDTANGLE = CrowdTangle()
