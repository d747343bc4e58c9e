"""Ads as the Meta Ad Library's interface (``ads_archive``) gives them: JSON, or JSON Lines.

What a *record* is: an ad; in a page (an object with ``data``), each element of ``data``. Pages without ads, and lines
of nothing but ``paging``, are no records. A record without an id (``id``, ``ad_archive_id``, or the one in
``ad_snapshot_url``), or with a field of another type than documented, goes to quarantine. Fields that later versions
renamed are read under both names. Access tokens in snapshot addresses are not taken over.

The interface leaves out fields that are empty and those that nobody asked for alike. So the file is looked through
first: a field that occurs in no ad was not asked for, and its absence says nothing.

Source of the layout: the reference of the Meta Ad Library API, https://www.facebook.com/ads/library/api.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from undertow.sources.ad_values import Bounds, bounds, declared, disclosure, regions
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.head import Head, Kind
from undertow.sources.json_fields import TOO_DEEP, BrokenRecordError, JsonObject, id_at, iso_at, text_at, texts_at
from undertow.sources.json_heads import marks, objects
from undertow.sources.jsonl_records import JsonRecord, JsonValue, element_records, json_records
from undertow.sources.languages import bcp47
from undertow.sources.record_rows import RecordRows
from undertow.sources.row_types import AdRow, Region

PLATFORM = "facebook"
PAYER_FIELDS = ("bylines", "byline", "funding_entity", "disclaimer")
POLITICAL_FIELDS = ("spend", "impressions")
_MARKS = ("ad_snapshot_url", "ad_delivery_start_time", "ad_creative_bodies", "ad_creative_body", "ad_archive_id")
_ID_IN_ADDRESS = re.compile(r"[?&]id=(\d+)")


@dataclass(frozen=True)
class MetaAds:
    """Reads the layout described in this module's documentation."""

    format: str = "meta-ads"
    description: str = "ads of the Meta Ad Library's interface, JSON or JSON Lines: pages or one ad a line"
    columns: tuple[str, ...] = ("id", "page_id", "ad_delivery_start_time")
    kinds: frozenset[Kind] = frozenset({"json"})

    def recognise(self, head: Head) -> float:
        """By the keys of the first values, or of the first part of a page too large to be looked at whole."""
        scores = [_score(value) for value in objects(head)]
        if scores and max(scores) > 0:
            return max(scores)
        return 0.9 if len(marks(head, _MARKS)) >= 2 else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read one file; :class:`undertow.errors.InputError` when it holds no ad."""
        asked = frozenset[str]()
        for record in _ads(source, options):
            if isinstance(record.value, dict):
                asked |= record.value.keys()
        with RecordRows(source, staging, self.format, options.read_at) as rows:
            for record in _ads(source, options):
                try:
                    row = ad_row(record, asked, options.platform or PLATFORM)
                    rows.check([row])
                except BrokenRecordError as error:
                    rows.refuse(str(error), record.raw, offset=record.offset, line=record.line)
                else:
                    rows.keep([row])
            return rows.finish(expected="ads of the Meta Ad Library", notes=_notes(asked))


def _score(value: JsonObject) -> float:
    data = value.get("data")
    if isinstance(data, list):
        first = next((element for element in data if isinstance(element, dict)), None)
        return 0.0 if first is None else _score(first)
    found = len(
        value.keys() & {*_MARKS, "page_name", "page_id", *PAYER_FIELDS, "spend", "demographic_distribution"}
    )
    return 0.95 if value.keys() & set(_MARKS) and found >= 3 else 0.0


def _ads(source: SourceFile, options: ReadOptions) -> Iterator[JsonRecord]:
    """The ads, numbered from 1; broken records among them."""
    number = 0
    for record in json_records(source, options):
        value = record.value
        if isinstance(value, dict) and isinstance(value.get("data"), list):
            inside: Iterator[JsonRecord] = element_records(record, b"data")
        elif isinstance(value, dict) and value and value.keys() <= {"paging", "data"}:
            continue
        else:
            inside = iter((record,))
        for ad in inside:
            number += 1
            yield ad._replace(number=number)


def _notes(asked: frozenset[str]) -> tuple[str, ...]:
    """What the export lacks, for people."""
    lacks = []
    if not asked.intersection(PAYER_FIELDS):
        lacks.append("who paid (bylines), so nobody can tell which ads ran without a disclaimer")
    if not asked.intersection(POLITICAL_FIELDS):
        lacks.append("spend and impressions")
    if not asked.intersection(("ad_creative_bodies", "ad_creative_body")):
        lacks.append("the ads' texts (ad_creative_bodies)")
    if not asked.intersection(("delivery_by_region", "region_distribution")):
        lacks.append("regions (delivery_by_region)")
    return tuple(f"no ad in the file says {what}; ask for the field when you export it" for what in lacks)


def ad_row(record: JsonRecord, asked: frozenset[str], platform: str) -> AdRow:
    """The row of one ad; ``asked`` are the fields that occur in the file. Raises BrokenRecordError."""
    value = record.value
    if record.broken is not None:
        raise BrokenRecordError(record.broken)
    if not isinstance(value, dict):
        raise BrokenRecordError("not an object: an ad was expected")
    error = value.get("error")
    if isinstance(error, dict):
        raise BrokenRecordError(f"an error of the interface, not an ad: {str(error.get('message'))[:200]}")
    try:
        return _row(value, asked, platform)
    except RecursionError as deep:
        raise BrokenRecordError(TOO_DEEP) from deep


def _row(value: JsonObject, asked: frozenset[str], platform: str) -> AdRow:
    spend, impressions = _range(value, "spend"), _range(value, "impressions")
    payer = declared(_payer(value))
    return AdRow(
        platform=platform,
        ad_id=_id(value),
        page_id=id_at(value, "page_id"),
        page_name=text_at(value, "page_name"),
        created_at=iso_at(value, "ad_creation_time"),
        started_at=iso_at(value, "ad_delivery_start_time"),
        stopped_at=iso_at(value, "ad_delivery_stop_time"),
        bodies=_several(value, "ad_creative_bodies", "ad_creative_body"),
        titles=_several(value, "ad_creative_link_titles", "ad_creative_link_title"),
        link_captions=_several(value, "ad_creative_link_captions", "ad_creative_link_caption"),
        disclaimer=payer,
        disclosure=disclosure(
            payer,
            asked=bool(asked.intersection(PAYER_FIELDS)),
            political=spend is not None or impressions is not None,
            classed=bool(asked.intersection(POLITICAL_FIELDS)),
        ),
        currency=text_at(value, "currency"),
        spend_low=None if spend is None else spend.low,
        spend_high=None if spend is None else spend.high,
        impressions_low=None if impressions is None else impressions.low,
        impressions_high=None if impressions is None else impressions.high,
        regions=_regions(value),
        languages=[tag for code in texts_at(value, "languages") if (tag := bcp47(code))],
        surfaces=[name.lower() for name in texts_at(value, "publisher_platforms")],
    )


def _id(value: JsonObject) -> str:
    for key in ("id", "ad_archive_id"):
        if (found := id_at(value, key)) is not None:
            return found
    address = _ID_IN_ADDRESS.search(text_at(value, "ad_snapshot_url") or "")
    if address is None:
        raise BrokenRecordError("no id of the ad (id, ad_archive_id, or id= in ad_snapshot_url)")
    return address[1]


def _payer(value: JsonObject) -> str | None:
    for key in PAYER_FIELDS:
        stated = value.get(key)
        if isinstance(stated, list):
            return ", ".join(texts_at(value, key)) or None
        if stated:
            return text_at(value, key)
    return None


def _range(value: JsonObject, key: str) -> Bounds | None:
    try:
        return bounds(value.get(key))
    except ValueError as error:
        raise BrokenRecordError(f"{key} cannot be read: {error}") from error


def _several(value: JsonObject, key: str, older: str) -> list[str]:
    """The texts under ``key``; older versions of the interface give one under ``older``."""
    if key in value:
        return [text for text in texts_at(value, key) if text]
    one = text_at(value, older)
    return [] if one is None else [one]


def _regions(value: JsonObject) -> list[Region]:
    stated: JsonValue = value.get("delivery_by_region", value.get("region_distribution"))
    try:
        return regions(stated)
    except ValueError as error:
        raise BrokenRecordError(f"delivery_by_region cannot be read: {error}") from error


READER = MetaAds()
