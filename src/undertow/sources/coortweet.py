"""The four columns of CooRTweet (and CooRnet): who shared what when.

``object_id`` is what was shared, ``account_id`` who shared it, ``content_id`` the post that shares it and
``timestamp_share`` when, in whole seconds since 1970. The object becomes the reposted post: an object key that
stands for whatever the file's author shared (a repost, a link, an image).

Source: Righetti and Balluff, CooRTweet, "prep_data" (https://CRAN.R-project.org/package=CooRTweet).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.expressions import utc
from undertow.sources.head import Head, Kind
from undertow.sources.stage import Layout, Problem, stage
from undertow.sources.tabular import TABULAR, open_table, places
from undertow.sql import literal

COLUMNS = ("object_id", "account_id", "content_id", "timestamp_share")
_SECONDS = "r_timestamp_share"
_MICROSECONDS = f"try_cast({_SECONDS} AS BIGINT) * 1000000"
_WHOLE_SECONDS = f"regexp_full_match({_SECONDS}, '[0-9]{{1,11}}([.]0+)?')"


@dataclass(frozen=True)
class CooRTweet:
    """The reader of the four columns."""

    format: str = "coortweet"
    description: str = "CooRTweet's four columns (CSV, Parquet): object_id, account_id, content_id, timestamp_share"
    columns: tuple[str, ...] = COLUMNS
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Whether the four columns are there."""
        return 0.9 if {name.strip().lower() for name in head.columns}.issuperset(COLUMNS) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into posts."""
        records = open_table(source, staging, options)
        layout = Layout(
            format=self.format,
            main="posts",
            raw=places(records.columns, COLUMNS, source.shown),
            working={"w_at": f"CASE WHEN {_WHOLE_SECONDS} THEN make_timestamp({_MICROSECONDS}) END"},
            problems=(
                *(Problem(f"r_{name} IS NULL", f"{name} is missing") for name in COLUMNS[:3]),
                Problem("w_at IS NULL", "timestamp_share is not a whole number of seconds since 1970"),
            ),
            columns={
                "platform": literal(options.platform or "twitter"),
                "post_id": "r_content_id",
                "account_id": "r_account_id",
                "created_at": utc("w_at"),
                "stated_at": utc("w_at"),
                "time_source": "'stated'",
                "time_precision": "'s'",
                "kind": "'repost'",
                "reposted_post_id": "r_object_id",
                "id_quality": "'exact'",
            },
        )
        return stage(records, layout, source, staging, options)


COORTWEET = CooRTweet()
