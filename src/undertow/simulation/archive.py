"""Writing in the layout of Twitter's information-operations archive: every value quoted, lists as Python does.

Files are compressed without a time stamp, so that the same data give the same bytes.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from types import TracebackType
from typing import IO

import pyarrow as pa
import pyarrow.csv as pa_csv

ACCOUNT_COLUMNS = (
    "userid",
    "user_display_name",
    "user_screen_name",
    "user_reported_location",
    "user_profile_description",
    "user_profile_url",
    "follower_count",
    "following_count",
    "account_creation_date",
    "account_language",
)
"""The columns of the archive's file of accounts; its file of posts repeats them in every row."""

POST_COLUMNS = (
    "tweetid",
    *ACCOUNT_COLUMNS,
    "tweet_language",
    "tweet_text",
    "tweet_time",
    "tweet_client_name",
    "in_reply_to_userid",
    "in_reply_to_tweetid",
    "quoted_tweet_tweetid",
    "is_retweet",
    "retweet_userid",
    "retweet_tweetid",
    "latitude",
    "longitude",
    "quote_count",
    "reply_count",
    "like_count",
    "retweet_count",
    "hashtags",
    "urls",
    "user_mentions",
    "poll_choices",
)

TRUTH_COLUMNS = (
    "subject_type",
    "subject_id",
    "label",
    "value",
    "detail",
    "valid_from",
    "valid_to",
    "population",
)


def schema(columns: tuple[str, ...]) -> pa.Schema:
    """All columns as text."""
    return pa.schema([pa.field(name, pa.string()) for name in columns])


class CsvFile:
    """A CSV file written batch by batch; compressed when its name ends in ``.gz``. Counts its rows."""

    def __init__(self, path: Path, columns: tuple[str, ...], *, quote: bool = True) -> None:
        self.path = path
        self.rows = 0
        self._schema = schema(columns)
        self._raw: IO[bytes] = path.open("wb")
        self._packed: gzip.GzipFile | None = None
        target: io.BufferedIOBase | gzip.GzipFile | IO[bytes] = self._raw
        if path.name.endswith(".gz"):
            self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=self._raw, mtime=0)
            target = io.BufferedWriter(self._packed, 1 << 20)
        self._target = target
        options = pa_csv.WriteOptions(quoting_style="all_valid" if quote else "needed")
        self._sink = pa.PythonFile(target, mode="w")
        self._writer = pa_csv.CSVWriter(self._sink, self._schema, write_options=options)

    def write(self, columns: dict[str, pa.Array]) -> None:
        """Append rows; ``columns`` holds every column of the file."""
        batch = pa.table([columns[name] for name in self._schema.names], schema=self._schema)
        self._writer.write_table(batch)
        self.rows += batch.num_rows

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if self._packed is not None:
            self._target.flush()
            self._packed.close()
        self._raw.close()
