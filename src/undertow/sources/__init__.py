"""Raw files to canonical rows: one module a format, chosen by content in :mod:`undertow.sources.detect`.

``READERS`` names every format that can be given to ``--format``; a reader is imported when it is first needed.
To add one, write a module with an object that satisfies :class:`undertow.sources.detect.Format` and add its line.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from undertow.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from undertow.sources.detect import Format


@dataclass(frozen=True)
class Entry:
    """Where the reader of a format lives: a module, and the name in it of the reader (an instance)."""

    module: str
    attribute: str


READERS: Mapping[str, Entry] = MappingProxyType(
    {
        "twitter-archive-posts": Entry("undertow.sources.twitter_archive", "POSTS"),
        "twitter-archive-users": Entry("undertow.sources.twitter_archive", "USERS"),
        "clemson": Entry("undertow.sources.clemson", "CLEMSON"),
        "coortweet": Entry("undertow.sources.coortweet", "COORTWEET"),
        "meta-ads": Entry("undertow.sources.meta_ads", "READER"),
        "meta-ads-table": Entry("undertow.sources.meta_ads_tables", "ADS"),
        "meta-ads-report": Entry("undertow.sources.meta_ads_tables", "REPORT"),
        "crowdtangle": Entry("undertow.sources.crowdtangle", "CROWDTANGLE"),
        "mapped": Entry("undertow.sources.mapped", "MAPPED"),
        "x-api-v2": Entry("undertow.sources.x_api_v2", "READER"),
        "x-api-v1": Entry("undertow.sources.x_api_v1", "READER"),
        "mapped-jsonl": Entry("undertow.sources.mapped_jsonl", "MAPPED_JSONL"),
        "watchlist": Entry("undertow.sources.watchlist", "WATCHLIST"),
        "handles": Entry("undertow.sources.watchlist", "HANDLES"),
        "state-media-matrix": Entry("undertow.sources.watchlist", "STATE_MEDIA_MATRIX"),
        "domain-quality": Entry("undertow.sources.watchlist", "DOMAIN_QUALITY"),
        "domain-types": Entry("undertow.sources.watchlist", "DOMAIN_TYPES"),
        "domain-labels": Entry("undertow.sources.watchlist", "DOMAIN_LABELS"),
        "takedown-indicators": Entry("undertow.sources.watchlist", "TAKEDOWN_INDICATORS"),
        "takedown-values": Entry("undertow.sources.watchlist", "TAKEDOWN_VALUES"),
    }
)
"""Format name -> where its reader is."""


def reader(name: str) -> Format:
    """The reader of the format ``name``; :class:`undertow.errors.UsageError` when there is none."""
    entry = READERS.get(name)
    if entry is None:
        raise UsageError(f"there is no format {name!r}", where="--format", todo=did_you_mean(name, READERS))
    return cast("Format", getattr(importlib.import_module(entry.module), entry.attribute))
