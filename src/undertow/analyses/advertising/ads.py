"""The ads of a case as this analysis looks at them: one row an ad, and the reports beside them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from undertow.case import Case


@dataclass(frozen=True, kw_only=True)
class Ad:
    """One ad, or one total of a report (``ads`` of them); columns as in the table ``ads``.

    ``disclosure`` is None where the export does not tell; ``page`` is the page's id, or its name where there is none.
    """

    platform: str
    ad_id: str
    ads: int
    page: str
    page_name: str | None
    started: dt.datetime | None
    stopped: dt.datetime | None
    bodies: tuple[str, ...]
    captions: tuple[str, ...]
    disclosure: str | None
    currency: str | None
    spend: tuple[int | None, int | None]
    impressions: tuple[int | None, int | None]
    regions: tuple[tuple[str, float | None], ...]
    source: str


@dataclass(frozen=True)
class Ads:
    """Every ad once, and the totals of each report by the file it came in."""

    single: tuple[Ad, ...]
    reports: Mapping[str, tuple[Ad, ...]]

    def __bool__(self) -> bool:
        return bool(self.single or self.reports)

    @property
    def political(self) -> tuple[Ad, ...]:
        """The ads that had to say who paid, and of which it is known whether they did."""
        return tuple(ad for ad in self.single if ad.disclosure in ("declared", "none"))

    @property
    def undeclared(self) -> tuple[Ad, ...]:
        """The ads that ran without a disclaimer."""
        return tuple(ad for ad in self.single if ad.disclosure == "none")


def read_ads(case: Case, *, silent_means_none: bool = False) -> Ads:
    """The ads of ``case``, by platform and id.

    An ad may be in several exports, each as it stood then: its largest count of impressions is the latest, and that
    row counts; it is completed by what another says about the disclaimer. With ``silent_means_none``, political ads
    of exports in which nobody is named as payer count as without a disclaimer.
    """
    table = case.table("ads").to_arrow()
    names = {entry.sha256[:16]: entry.name for entry in case.inputs}
    versions: dict[tuple[str, str], list[Ad]] = defaultdict(list)
    reports: dict[str, list[Ad]] = defaultdict(list)
    for row in table.to_pylist():
        ad = _ad(row)
        if row["level"] == "total":
            reports[names.get(ad.source, ad.source)].append(ad)
        else:
            if silent_means_none and ad.disclosure is None and (ad.spend[0], ad.impressions[0]) != (None, None):
                ad = replace(ad, disclosure="none")
            versions[ad.platform, ad.ad_id].append(ad)
    return Ads(
        tuple(_latest(versions[key]) for key in sorted(versions)),
        {name: tuple(sorted(rows, key=lambda ad: ad.ad_id)) for name, rows in sorted(reports.items())},
    )


def _ad(row: Mapping[str, object]) -> Ad:
    def texts(column: str) -> tuple[str, ...]:
        listed = row[column]
        return tuple(str(text) for text in listed if text) if isinstance(listed, list) else ()

    def whole(column: str) -> int | None:
        value = row[column]
        return value if isinstance(value, int) else None

    def time(column: str) -> dt.datetime | None:
        value = row[column]
        return value if isinstance(value, dt.datetime) else None

    def text(column: str) -> str | None:
        return None if row[column] is None else str(row[column])

    regions = row["regions"]
    return Ad(
        platform=str(row["platform"]),
        ad_id=str(row["ad_id"]),
        ads=whole("ads") or 0,
        page=text("page_id") or text("page_name") or "",
        page_name=text("page_name"),
        started=time("started_at") or time("created_at"),
        stopped=time("stopped_at"),
        bodies=texts("bodies"),
        captions=texts("link_captions"),
        disclosure=text("disclosure"),
        currency=text("currency"),
        spend=(whole("spend_low"), whole("spend_high")),
        impressions=(whole("impressions_low"), whole("impressions_high")),
        regions=tuple((part["region"], part["share"]) for part in regions) if isinstance(regions, list) else (),
        source=str(row["source_id"]),
    )


def _latest(versions: Sequence[Ad]) -> Ad:
    def key(ad: Ad) -> tuple[int, int, bool, str]:
        return (
            -1 if ad.impressions[0] is None else ad.impressions[0],
            -1 if ad.spend[0] is None else ad.spend[0],
            ad.disclosure is not None,
            ad.source,
        )

    latest = max(versions, key=key)
    if latest.disclosure in (None, "not required"):
        told = {ad.disclosure for ad in versions}
        for known in ("none", "declared"):
            if known in told:
                return replace(latest, disclosure=known)
    return latest


def pages(ads: Sequence[Ad]) -> dict[tuple[str, str], list[Ad]]:
    """The ads of each (platform, page), those of most ads first."""
    found: dict[tuple[str, str], list[Ad]] = defaultdict(list)
    for ad in ads:
        found[ad.platform, ad.page].append(ad)
    return dict(sorted(found.items(), key=lambda item: (-sum(ad.ads for ad in item[1]), item[0])))
