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
    """Where the reader of a format lives: a module, and the name in it of the reader (an instance).

    ``posts``: whether files of the format can hold posts.
    """

    module: str
    attribute: str
    posts: bool = True


READERS: Mapping[str, Entry] = MappingProxyType(
    {
        "twitter-archive-posts": Entry("undertow.sources.twitter_archive", "POSTS"),
        "twitter-archive-users": Entry("undertow.sources.twitter_archive", "USERS", posts=False),
        "clemson": Entry("undertow.sources.clemson", "CLEMSON"),
        "coortweet": Entry("undertow.sources.coortweet", "COORTWEET"),
        "meta-ads": Entry("undertow.sources.meta_ads", "READER", posts=False),
        "meta-ads-table": Entry("undertow.sources.meta_ads_tables", "ADS", posts=False),
        "meta-ads-report": Entry("undertow.sources.meta_ads_tables", "REPORT", posts=False),
        "crowdtangle": Entry("undertow.sources.crowdtangle", "CROWDTANGLE"),
        "mapped": Entry("undertow.sources.mapped", "MAPPED"),
        "x-api-v2": Entry("undertow.sources.x_api_v2", "READER"),
        "x-api-v1": Entry("undertow.sources.x_api_v1", "READER"),
        "mapped-jsonl": Entry("undertow.sources.mapped_jsonl", "MAPPED_JSONL"),
        "watchlist": Entry("undertow.sources.watchlist", "WATCHLIST", posts=False),
        "handles": Entry("undertow.sources.watchlist", "HANDLES", posts=False),
        "state-media-matrix": Entry("undertow.sources.watchlist", "STATE_MEDIA_MATRIX", posts=False),
        "domain-quality": Entry("undertow.sources.watchlist", "DOMAIN_QUALITY", posts=False),
        "domain-types": Entry("undertow.sources.watchlist", "DOMAIN_TYPES", posts=False),
        "domain-labels": Entry("undertow.sources.watchlist", "DOMAIN_LABELS", posts=False),
        "takedown-indicators": Entry("undertow.sources.watchlist", "TAKEDOWN_INDICATORS", posts=False),
        "takedown-values": Entry("undertow.sources.watchlist", "TAKEDOWN_VALUES", posts=False),
    }
)
"""Format name -> where its reader is."""


def holds_posts(name: str) -> bool:
    """Whether files of the format ``name`` can hold posts; of a format that is not known any more they may."""
    return name not in READERS or READERS[name].posts


def reader(name: str) -> Format:
    """The reader of the format ``name``; :class:`undertow.errors.UsageError` when there is none."""
    entry = READERS.get(name)
    if entry is None:
        raise UsageError(f"there is no format {name!r}", where="--format", todo=did_you_mean(name, READERS))
    return cast("Format", getattr(importlib.import_module(entry.module), entry.attribute))
