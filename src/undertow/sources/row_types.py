"""Rows of the canonical tables as typed objects, for readers that make them one by one in Python.

Fields are the table's columns (see :mod:`undertow.schema`) without ``source_id`` and ``source_row``, which the
writer adds; times are int microseconds since 1970 UTC. ``values`` gives them in the schema's order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter

from undertow.schema import TABLES

Url = dict[str, str | None]
"""raw, expanded, unwound, domain."""
Medium = dict[str, str | None]
"""key, type, url."""
Region = dict[str, str | float | None]
"""region, share."""


@dataclass(slots=True, kw_only=True)
class PostRow:
    """A row of ``posts``."""

    platform: str
    post_id: str
    account_id: str
    created_at: int | None = None
    stated_at: int | None = None
    time_source: str | None = None
    time_precision: str | None = None
    observed_at: int | None = None
    deleted_at: int | None = None
    kind: str
    text: str | None = None
    text_key: str | None = None
    language: str | None = None
    client: str | None = None
    conversation_id: str | None = None
    edit_root_id: str | None = None
    reposted_post_id: str | None = None
    reposted_account_id: str | None = None
    reposted_handle: str | None = None
    reposted_created_at: int | None = None
    replied_post_id: str | None = None
    replied_account_id: str | None = None
    quoted_post_id: str | None = None
    hashtags: list[str] = field(default_factory=list)
    urls: list[Url] = field(default_factory=list)
    mentioned_ids: list[str | None] = field(default_factory=list)
    mentioned_handles: list[str | None] = field(default_factory=list)
    media: list[Medium] = field(default_factory=list)
    latitude: float | None = None
    longitude: float | None = None
    id_quality: str = "exact"
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


@dataclass(slots=True, kw_only=True)
class AccountRow:
    """A row of ``accounts``."""

    platform: str
    account_id: str
    observed_at: int | None = None
    handle: str | None = None
    display_name: str | None = None
    description: str | None = None
    location: str | None = None
    profile_url: str | None = None
    created_at: int | None = None
    language: str | None = None


@dataclass(slots=True, kw_only=True)
class CounterRow:
    """A row of ``account_counters``."""

    platform: str
    account_id: str
    observed_at: int | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None


@dataclass(slots=True, kw_only=True)
class LabelRow:
    """A row of ``labels``."""

    subject_type: str
    platform: str
    subject_id: str
    label: str
    value: str | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    asserted_by: str


@dataclass(slots=True, kw_only=True)
class AdRow:
    """A row of ``ads``."""

    platform: str
    ad_id: str
    level: str = "ad"
    ads: int | None = 1
    page_id: str | None = None
    page_name: str | None = None
    created_at: int | None = None
    started_at: int | None = None
    stopped_at: int | None = None
    bodies: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    link_captions: list[str] = field(default_factory=list)
    disclaimer: str | None = None
    disclosure: str | None = None
    currency: str | None = None
    spend_low: int | None = None
    spend_high: int | None = None
    impressions_low: int | None = None
    impressions_high: int | None = None
    regions: list[Region] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    surfaces: list[str] = field(default_factory=list)


Row = PostRow | AccountRow | CounterRow | LabelRow | AdRow

TABLE_OF: dict[type[Row], str] = {
    PostRow: "posts",
    AccountRow: "accounts",
    CounterRow: "account_counters",
    LabelRow: "labels",
    AdRow: "ads",
}

_VALUES = {kind: attrgetter(*(part.name for part in fields(kind))) for kind in TABLE_OF}


def values(row: Row) -> tuple[object, ...]:
    """The row's values in the order of its table's columns, without those that the writer adds."""
    result: tuple[object, ...] = _VALUES[type(row)](row)
    return result


def _check_order() -> None:
    for kind, table in TABLE_OF.items():
        own = tuple(part.name for part in fields(kind))
        expected = tuple(name for name in TABLES[table].names if name not in ("source_id", "source_row"))
        if own != expected:
            raise TypeError(f"{kind.__name__} has other fields, or another order, than the table {table}")


_check_order()
