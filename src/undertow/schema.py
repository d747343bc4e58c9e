"""The canonical tables: every column with its Arrow type, meaning and unit.

Readers in :mod:`undertow.sources` produce rows of these tables and nothing else; analyses read nothing else.
Times are UTC in microseconds, text is stored as received, ids are strings, and what is unknown is null
(never an empty string or zero).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
COUNT = pa.int64()
LIST_OF_TEXT = pa.list_(pa.field("element", TEXT))
URLS = pa.list_(
    pa.field(
        "element",
        pa.struct([("raw", TEXT), ("expanded", TEXT), ("unwound", TEXT), ("domain", TEXT)]),
    )
)
REGIONS = pa.list_(pa.field("element", pa.struct([("region", TEXT), ("share", pa.float64())])))
MEDIA = pa.list_(pa.field("element", pa.struct([("key", TEXT), ("type", TEXT), ("url", TEXT)])))

KINDS = ("original", "repost", "reply", "quote")
"""What a post is. A post that is several things at once is the first of: repost, reply, quote, original."""

ID_QUALITIES = ("exact", "derived", "rounded")
"""``exact``: the platform's id; ``derived``: no id in the source, made from the row; ``rounded``: the source's
repost id is in float notation, usable as an object key within that source only."""


DISCLOSURES = ("declared", "none", "not required")
"""Whether an ad says who paid. ``none``: it ran as a political ad (the library gives its spend or impressions) and
names nobody; ``not required``: the library gives neither, so it does not count it as political; null: the export
does not tell, because nobody asked for that field."""


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns, and the columns that identify a row."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, in the order of the columns."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name!r}; it has {', '.join(self.names)}")


def _column(
    name: str, type_: pa.DataType, meaning: str, unit: str | None = None, *, required: bool = False
) -> Column:
    return Column(name, type_, meaning, unit, required)


PLATFORM = _column("platform", TEXT, "the platform, lower case: twitter, youtube, facebook, ...", required=True)
SOURCE_ID = _column("source_id", TEXT, "the input file: the first 16 hex digits of its SHA-256", required=True)
SOURCE_ROW = _column("source_row", COUNT, "record number in the input file, from 1", "record", required=True)

COUNTERS = (
    _column("likes", COUNT, "likes when observed", "likes"),
    _column("reposts", COUNT, "reposts when observed", "reposts"),
    _column("replies", COUNT, "replies when observed", "replies"),
    _column("quotes", COUNT, "quotes when observed", "quotes"),
    _column("views", COUNT, "views or impressions when observed", "views"),
)
COUNTER_NAMES = tuple(column.name for column in COUNTERS)

POST_CONTENT = (
    _column("account_id", TEXT, "the author's id; the handle where the source has no id", required=True),
    _column("created_at", TIMESTAMP, "when it was posted, as finely as known", "UTC"),
    _column("stated_at", TIMESTAMP, "when the source says it was posted", "UTC"),
    _column("time_source", TEXT, "what created_at was taken from: stated or id"),
    _column("time_precision", TEXT, "how finely created_at is known: ms, s, min or day"),
    _column("deleted_at", TIMESTAMP, "when it was deleted, where the source says so", "UTC"),
    _column("kind", TEXT, "original, repost, reply or quote", required=True),
    _column("text", TEXT, "the text as received"),
    _column("text_key", TEXT, "hash of the folded text (see undertow.text.fold); equal texts share it"),
    _column("language", TEXT, "language of the text as the platform states it", "BCP 47"),
    _column("client", TEXT, "the application it was posted with"),
    _column("conversation_id", TEXT, "id of the conversation's first post"),
    _column("edit_root_id", TEXT, "id of the first version of an edited post"),
    _column("reposted_post_id", TEXT, "id of the reposted post"),
    _column("reposted_account_id", TEXT, "id of the reposted account"),
    _column("reposted_handle", TEXT, "handle of the reposted account, without @, as received"),
    _column("reposted_created_at", TIMESTAMP, "when the reposted post was posted", "UTC"),
    _column("replied_post_id", TEXT, "id of the post replied to"),
    _column("replied_account_id", TEXT, "id of the account replied to"),
    _column("quoted_post_id", TEXT, "id of the quoted post"),
    _column(
        "hashtags",
        LIST_OF_TEXT,
        "hashtags in order, without #, as received; out of the text where the source has none",
    ),
    _column("urls", URLS, "links in order: raw as in the text, expanded, unwound, its domain; or out of the text"),
    _column("mentioned_ids", LIST_OF_TEXT, "ids of the accounts mentioned"),
    _column("mentioned_handles", LIST_OF_TEXT, "handles of the accounts mentioned, without @; or out of the text"),
    _column("media", MEDIA, "attached media: the platform's media key or a hash, the type, the address"),
    _column("latitude", pa.float64(), "where it was posted", "degrees north"),
    _column("longitude", pa.float64(), "where it was posted", "degrees east"),
    _column("id_quality", TEXT, "exact, derived or rounded (see ID_QUALITIES)", required=True),
)
"""What a post says, in contrast to how often it was liked and who observed it when."""

POST_ID = _column("post_id", TEXT, "the post's id on the platform; a hash where there is none", required=True)
OBSERVED_AT = _column("observed_at", TIMESTAMP, "when the source saw it", "UTC")

POSTS = Table(
    "posts",
    "one row a post: the earliest observed version of each",
    ("platform", "post_id"),
    (PLATFORM, POST_ID, *POST_CONTENT[:5], OBSERVED_AT, *POST_CONTENT[5:], *COUNTERS, SOURCE_ID, SOURCE_ROW),
)

POST_VERSIONS = Table(
    "post_versions",
    "other contents seen under the same post id (edits, other exports)",
    ("platform", "post_id"),
    POSTS.columns,
)

ENGAGEMENTS = Table(
    "engagements",
    "counters of a post at other times, or from other exports, where its content was the same",
    ("platform", "post_id", "observed_at"),
    (
        PLATFORM,
        POST_ID,
        OBSERVED_AT,
        *COUNTERS,
        _column("content_key", TEXT, "hash of the content that the counters belong to", required=True),
        SOURCE_ID,
        SOURCE_ROW,
    ),
)

ACCOUNTS = Table(
    "accounts",
    "one row for each state of an account's profile that was seen",
    ("platform", "account_id"),
    (
        PLATFORM,
        _column("account_id", TEXT, "the account's id; the handle where the source has no id", required=True),
        OBSERVED_AT,
        _column("handle", TEXT, "the account's handle, without @"),
        _column("display_name", TEXT, "the display name as received"),
        _column("description", TEXT, "the profile's description as received"),
        _column("location", TEXT, "the location the profile states"),
        _column("profile_url", TEXT, "the link in the profile"),
        _column("created_at", TIMESTAMP, "when the account was registered", "UTC"),
        _column("language", TEXT, "the account's interface language", "BCP 47"),
        SOURCE_ID,
    ),
)

ACCOUNT_COUNTERS = Table(
    "account_counters",
    "an account's counters at each time they were seen",
    ("platform", "account_id", "observed_at"),
    (
        PLATFORM,
        _column("account_id", TEXT, "the account's id", required=True),
        OBSERVED_AT,
        _column("followers", COUNT, "accounts that follow it", "accounts"),
        _column("following", COUNT, "accounts it follows", "accounts"),
        _column("posts", COUNT, "posts the platform counts", "posts"),
        SOURCE_ID,
    ),
)

LABELS = Table(
    "labels",
    "what somebody asserts of an account, handle, post or domain",
    ("subject_type", "platform", "subject_id", "label", "value"),
    (
        _column("subject_type", TEXT, "account, handle, post or domain", required=True),
        PLATFORM,
        _column("subject_id", TEXT, "id of the subject", required=True),
        _column("label", TEXT, "what kind of label: takedown, actor_class, truth, category, ...", required=True),
        _column("value", TEXT, "the label's value"),
        _column("valid_from", TIMESTAMP, "from when it holds", "UTC"),
        _column("valid_to", TIMESTAMP, "until before when it holds", "UTC"),
        _column("asserted_by", TEXT, "who says so", required=True),
        SOURCE_ID,
    ),
)

ADS = Table(
    "ads",
    "political advertisements as an export of the Meta Ad Library shows them, and the totals of its reports",
    ("platform", "ad_id"),
    (
        PLATFORM,
        _column("ad_id", TEXT, "the library's id of the ad; a hash for a total of a report", required=True),
        _column("level", TEXT, "ad, or total: all ads of a page under one disclaimer", required=True),
        _column("ads", COUNT, "how many ads the row stands for: 1 for an ad", "ads"),
        _column("page_id", TEXT, "id of the page that ran it"),
        _column("page_name", TEXT, "name of the page"),
        _column("created_at", TIMESTAMP, "when it was made", "UTC"),
        _column("started_at", TIMESTAMP, "first delivery", "UTC"),
        _column("stopped_at", TIMESTAMP, "last delivery; null while it runs, or where unknown", "UTC"),
        _column("bodies", LIST_OF_TEXT, "texts of the ad's versions"),
        _column("titles", LIST_OF_TEXT, "titles of its links"),
        _column("link_captions", LIST_OF_TEXT, "what it shows as the address of its links, mostly a domain"),
        _column("disclaimer", TEXT, "who paid, as declared"),
        _column("disclosure", TEXT, "declared, none, not required, or null: unknown (see DISCLOSURES)"),
        _column("currency", TEXT, "currency of the spend", "ISO 4217"),
        _column("spend_low", COUNT, "least spend", "currency"),
        _column("spend_high", COUNT, "most spend; null with spend_low: without upper bound", "currency"),
        _column("impressions_low", COUNT, "fewest impressions", "impressions"),
        _column("impressions_high", COUNT, "most impressions; null with impressions_low: no bound", "impressions"),
        _column("regions", REGIONS, "where it was shown, and which share of its impressions"),
        _column("languages", LIST_OF_TEXT, "languages of the ad", "BCP 47"),
        _column("surfaces", LIST_OF_TEXT, "where on the platform it ran, lower case: facebook, instagram, ..."),
        SOURCE_ID,
    ),
)

TABLES: Mapping[str, Table] = {
    table.name: table for table in (POSTS, POST_VERSIONS, ENGAGEMENTS, ACCOUNTS, ACCOUNT_COUNTERS, LABELS, ADS)
}


def data_dictionary() -> Iterator[tuple[str, Column]]:
    """Every (table name, column) of the canonical tables, for the reference page and the exports."""
    for table in TABLES.values():
        for column in table.columns:
            yield table.name, column
