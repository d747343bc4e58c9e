"""The tables as portable steps see them: scalars only, times as BIGINT microseconds, lists as tables of their own.

``posts.created_at`` is ``created_us`` here; the hashtags of a post are rows of ``post_hashtags``, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa

from undertow.engines.dialects import Dialect
from undertow.schema import TABLES, Table


@dataclass(frozen=True)
class ListTable:
    """A portable table with one row for each element of a list column of ``posts``."""

    name: str
    column: str
    fields: Mapping[str, str]

    @property
    def arrow(self) -> pa.Schema:
        """Its schema; ``position`` counts from 0 within the post."""
        keys = [("platform", pa.string()), ("post_id", pa.string()), ("position", pa.int64())]
        return pa.schema([*keys, *((name, pa.string()) for name in self.fields)])


LIST_TABLES = (
    ListTable("post_hashtags", "hashtags", {"hashtag": ""}),
    ListTable("post_urls", "urls", {f: f for f in ("raw", "expanded", "unwound", "domain")}),
    ListTable("post_mentioned_ids", "mentioned_ids", {"account_id": ""}),
    ListTable("post_mentioned_handles", "mentioned_handles", {"handle": ""}),
    ListTable("post_media", "media", {"media_key": "key", "type": "type", "url": "url"}),
)


def micros(column: str) -> str:
    """The portable name of a time column.

    >>> micros("created_at")
    'created_us'
    """
    return column.removesuffix("_at") + "_us"


def scalar_schema(table: Table) -> pa.Schema:
    """The portable schema of a canonical table."""
    fields = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            fields.append((micros(column.name), pa.int64()))
        elif not pa.types.is_list(column.type):
            fields.append((column.name, column.type))
    return pa.schema(fields)


def scalar_sql(table: Table, source: str, dialect: Dialect, where: str | None = None) -> str:
    """SQL for the portable form of ``table`` out of the relation ``source``."""
    picked = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            picked.append(f"{dialect.microseconds(column.name)} AS {micros(column.name)}")
        elif not pa.types.is_list(column.type):
            picked.append(column.name)
    return f"SELECT {', '.join(picked)} FROM {source} AS {table.name}" + (f" WHERE {where}" if where else "")


PORTABLE_TABLES: Mapping[str, pa.Schema] = MappingProxyType(
    {table.name: scalar_schema(table) for table in TABLES.values()}
    | {table.name: table.arrow for table in LIST_TABLES}
)
"""Every table that a portable step may read, with its schema."""
