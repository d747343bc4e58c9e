"""When and where the ads without a disclaimer were shown."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.advertising import charts
from undertow.analyses.advertising.ads import Ad, Ads, pages
from undertow.analyses.advertising.shares import INTERVAL, share_of_ads
from undertow.analyses.advertising.wording import ALTERNATIVES, QUESTION, ads_sql, day
from undertow.analyses.base import evidence
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import AD_REGION, rate
from undertow.wording import count, share, strength_words

ID = "advertising.delivery"

DRAWN = 200
"""Ads in the chart, those that started first."""

REGIONS = pa.schema(
    [
        ("region", pa.string()),
        ("ads", pa.int64()),
        ("without_disclaimer", pa.int64()),
        ("impressions_low", pa.int64()),
        ("impressions_high", pa.int64()),
        ("impressions_low_without", pa.int64()),
        ("impressions_high_without", pa.int64()),
    ]
)
"""A row for each region: ads shown there and their impressions there, of all political ads and of those without a
disclaimer. Bounds: the ad's range times the region's share of it, summed; a null upper end has no bound."""


def finding(case: Case, ads: Ads, *, draws: int, seed: int) -> Finding:
    """The days on which, and the regions in which, ads without a disclaimer ran (all ads where none did)."""
    shown = ads.undeclared or tuple(ad for ad in ads.single if ad.disclosure != "not required")
    dated = [ad for ad in shown if ad.started is not None]
    rows = _rows(ads)
    most, (value, low, high), n_pages = _concentrated(shown, draws=draws, seed=seed)
    rating = rate(low=low, high=high, scale=AD_REGION, n_accounts=n_pages, tested=False)
    sql, rows_words = ads_sql(shown)
    end = max((time for ad in dated for time in (ad.started, ad.stopped) if time is not None), default=None)
    drawn = [_drawn(ad, end) for ad in sorted(dated, key=lambda ad: (str(ad.started), ad.ad_id))[:DRAWN]]
    if most is not None and value is not None:
        where = (
            f"{share(value, low, high)} of those with regions were shown mostly in {most}{_seen(rows, most, ads)}"
        )
    elif rows:
        where = "no ad was shown in one region more than in any other"
    else:
        where = "no export says where (ask for delivery_by_region)"
    return Finding(
        id=ID,
        question=QUESTION,
        statement=f"{_when(ads, shown, dated)}; {where}." if shown else _nothing(ads),
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="not estimated" if value is None else "share of ads with their largest part in one region",
            n=sum(bool(ad.regions) for ad in shown),
            n_accounts=n_pages,
        ),
        p_value=None,
        null_model=None,
        method=(
            "An ad's impressions in a region lie between its range's ends times the region's share, which the library "
            "rounds. An ad without an end is drawn to the last day in the exports; whether it still ran, they do not say. "
            f"{INTERVAL} Reports have neither days nor regions. {rows_words} "
            f"{strength_words(rating)}"
        ),
        assumptions=("The library's dates and regions are those of delivery",),
        alternatives=(
            "Regions follow where people are: compare with the population before reading a target into them",
            "Exports are made for one country: its regions are the only ones that can come up",
            *ALTERNATIVES,
        ),
        strength=rating.strength,
        aspect="targeting",
        table="ad_regions.parquet",
        chart="ad_delivery.vl.json" if drawn else None,
        evidence=evidence(case, sql),
        result=pa.Table.from_pylist(rows, REGIONS),
        figure=charts.delivery(drawn, f"The days of delivery of {count(len(drawn), 'ad')}, by page.")
        if drawn
        else None,
    )


def _nothing(ads: Ads) -> str:
    if ads.reports:
        return (
            "Too little to tell: only reports are in the case, and they have neither days nor regions. Add an export of "
            "the ads themselves."
        )
    return "Too little to tell: no ad in the case counts as political."


def _when(ads: Ads, shown: Sequence[Ad], dated: Sequence[Ad]) -> str:
    what = "political ads without a disclaimer" if ads.undeclared else "political ads"
    first = min((ad.started for ad in dated if ad.started is not None), default=None)
    last = max((ad.stopped or ad.started for ad in dated if ad.started is not None), default=None)
    ran = "have no days in the exports" if first is None else f"ran from {day(first)} to {day(last)}"
    return f"The {len(shown):,} {what} {ran}"


def _concentrated(
    shown: Sequence[Ad], *, draws: int, seed: int
) -> tuple[str | None, tuple[float | None, float | None, float | None], int]:
    """The region that is the largest of most ads, (share of the ads with regions, low, high), and their pages."""
    largest = {ad.ad_id: _largest(ad) for ad in shown if ad.regions}
    if not any(largest.values()):
        return None, (None, None, None), 0
    counts = Counter(region for region in largest.values() if region is not None)
    most = min(counts, key=lambda region: (-counts[region], region))
    located = [ad for ad in shown if ad.regions]
    rng = np.random.default_rng([seed, 22])
    found = share_of_ads(located, lambda ad: largest[ad.ad_id] == most, draws=draws, rng=rng)
    return most, found or (None, None, None), len(pages(located))


def _largest(ad: Ad) -> str | None:
    """The region with more of the ad's impressions than any other; None where two have as many."""
    ordered = sorted(ad.regions, key=lambda part: -(part[1] or 0.0))
    tied = len(ordered) > 1 and (ordered[0][1] or 0.0) == (ordered[1][1] or 0.0)
    return None if tied else ordered[0][0]


def _seen(rows: Sequence[dict[str, object]], region: str, ads: Ads) -> str:
    """How often they were seen there, in brackets."""
    end = "_without" if ads.undeclared else ""
    row = next(row for row in rows if row["region"] == region)
    low, high = row[f"impressions_low{end}"], row[f"impressions_high{end}"]
    return f" (at least {low:,} impressions)" if high is None else f" ({low:,} to {high:,} impressions)"


def _rows(ads: Ads) -> list[dict[str, object]]:
    """Regions, those of most ads first."""
    listed: dict[str, list[tuple[Ad, float | None]]] = defaultdict(list)
    for ad in ads.single:
        if ad.disclosure != "not required":
            for region, share in ad.regions:
                listed[region].append((ad, share))
    rows: list[dict[str, object]] = []
    for region, inside in sorted(listed.items(), key=lambda item: (-len(item[1]), item[0])):
        without = [(ad, share) for ad, share in inside if ad.disclosure == "none"]
        (low, high), (low_without, high_without) = _bounds(inside), _bounds(without)
        rows.append(
            {
                "region": region,
                "ads": len(inside),
                "without_disclaimer": len(without),
                "impressions_low": low,
                "impressions_high": high,
                "impressions_low_without": low_without,
                "impressions_high_without": high_without,
            }
        )
    return rows


def _bounds(inside: Sequence[tuple[Ad, float | None]]) -> tuple[int, int | None]:
    """Impressions in a region; an ad without a stated range or share has from none to no bound."""
    low, high = 0.0, 0.0
    for ad, part in inside:
        least, most = ad.impressions
        low += 0.0 if least is None or part is None else least * part
        high += math.inf if most is None or part is None else most * part
    return math.floor(low), None if math.isinf(high) else math.ceil(high)


def _drawn(ad: Ad, end: dt.datetime | None) -> dict[str, object]:
    last = ad.stopped or end or ad.started
    finish = None if last is None else (last + dt.timedelta(days=1)).date().isoformat()
    words = {"none": "without a disclaimer", "declared": "with a disclaimer"}
    return {
        "display_name": ad.page_name or ad.page,
        "started": day(ad.started),
        "stopped": finish,
        "declared": words.get(ad.disclosure or "", "not told"),
    }
