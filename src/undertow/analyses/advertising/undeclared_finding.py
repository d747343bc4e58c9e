"""Ads that ran without a disclaimer: how many, on which pages, of which class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.advertising.ads import Ad, Ads, pages
from undertow.analyses.advertising.classes import Classes
from undertow.analyses.advertising.ranges import total
from undertow.analyses.advertising.shares import INTERVAL, share_of_ads
from undertow.analyses.advertising.wording import (
    ALTERNATIVES,
    QUESTION,
    SINGLE,
    UNCLASSED,
    ads_sql,
    day,
    spend_words,
    spends,
)
from undertow.analyses.base import evidence
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import UNDECLARED_ADS, rate
from undertow.wording import count, joined, share, strength_words

ID = "advertising.undeclared"

PAGES = pa.schema(
    [
        ("export", pa.string()),
        ("account_id", pa.string()),
        ("display_name", pa.string()),
        ("outlet_class", pa.string()),
        ("ads", pa.int64()),
        ("without_disclaimer", pa.int64()),
        ("not_told", pa.int64()),
        ("spend_without", pa.string()),
        ("impressions_low", pa.int64()),
        ("impressions_high", pa.int64()),
        ("first_day", pa.string()),
        ("last_day", pa.string()),
    ]
)
"""A row for each page: its political ads, those without a disclaimer, and those of which no export tells; spend,
impressions and days are of the ads without a disclaimer. ``export``: the report's file, or ``ads`` for single ads."""


def finding(case: Case, ads: Ads, classes: Classes, *, draws: int, seed: int) -> Finding:
    """The share of political ads that ran without a disclaimer: of the single ads, else of the largest report."""
    which, counted = _counted(ads)
    n_pages = len(pages(counted))
    undeclared = [ad for ad in counted if ad.disclosure == "none"]
    found = share_of_ads(
        counted, lambda ad: ad.disclosure == "none", draws=draws, rng=np.random.default_rng([seed, 21])
    )
    value, low, high = found or (None, None, None)
    rating = rate(low=low, high=high, scale=UNDECLARED_ADS, n_accounts=n_pages, tested=False)
    sql, rows_words = ads_sql(undeclared)
    untold = sum(ad.disclosure is None for ad in ads.single)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(
            ads, which, counted, undeclared, classes, None if value is None else share(value, low, high)
        ),
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="not estimated" if value is None else "share of political ads",
            n=sum(ad.ads for ad in counted),
            n_accounts=n_pages,
        ),
        p_value=None,
        null_model=None,
        method=(
            "Counted are ads that the library treats as political (it gives their spend or impressions) in exports that "
            "have the field for who paid; each ad once, as its latest export shows it. Totals of reports stand apart, "
            "for reports overlap with each other and with single ads. "
            f"{INTERVAL} "
            + (f"Of {count(untold, 'ad')} no export tells who paid: they are not counted. " if untold else "")
            + f"{rows_words if undeclared else ''} {strength_words(rating)}"
        ),
        assumptions=("The export is complete for the pages in it",),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="undeclared_ads.parquet",
        evidence=evidence(case, sql),
        result=pa.Table.from_pylist(_rows(ads, classes), PAGES),
    )


def _counted(ads: Ads) -> tuple[str, Sequence[Ad]]:
    """What the headline is about, in words (empty: single ads), and its rows."""
    if ads.political or not ads.reports:
        return "", ads.political
    name = max(sorted(ads.reports), key=lambda report: sum(ad.ads for ad in ads.reports[report]))
    return name, ads.reports[name]


def _statement(
    ads: Ads,
    which: str,
    counted: Sequence[Ad],
    undeclared: Sequence[Ad],
    classes: Classes,
    share_words: str | None,
) -> str:
    if share_words is None:
        return (
            f"Too little to tell: of {count(len(ads.single), 'ad')} no export says who paid. Export them again with the "
            "field bylines; or, if you know that it was asked for, set advertising.silent_means_none to true."
        )
    source = f"In the report {which} " if which else ""
    number, of = sum(ad.ads for ad in undeclared), sum(ad.ads for ad in counted)
    others = (
        f" (of {len(ads.reports)} reports, which overlap, the largest)" if which and len(ads.reports) > 1 else ""
    )
    if not number:
        text = f"none of {count(of, 'political ad')} ran without a disclaimer{others}."
        return source + text if source else text[0].upper() + text[1:]
    by_class = _classes(undeclared, classes)
    seen = total(ad.impressions for ad in undeclared)
    impressions = f" and {seen.words} impressions" if seen.stated else ""
    return (
        f"{source}{number:,} of {count(of, 'political ad')} ({share_words}) ran without a disclaimer{others}, on "
        f"{count(len(pages(undeclared)), 'page')}{by_class}, with {spend_words(spends(undeclared))} spent{impressions}."
    )


def _classes(undeclared: Sequence[Ad], classes: Classes) -> str:
    """The classes of the pages of a watchlist, largest first; nothing where none is on it."""
    if classes.empty:
        return ""
    counts: dict[str, int] = {}
    for ad in undeclared:
        name = classes.of_ad(ad)
        if name is not None:
            counts[name] = counts.get(name, 0) + ad.ads
    if not counts:
        return ", none of them on a watchlist"
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{number:,} by {name.replace('_', ' ')}" for name, number in listed]
    return f" ({joined(words)})"


def _rows(ads: Ads, classes: Classes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for export, listed in ((SINGLE, ads.single), *ads.reports.items()):
        mine = [_row(export, page, rows_, classes) for (_, page), rows_ in pages(listed).items()]
        rows += sorted(mine, key=lambda row: -int(str(row["without_disclaimer"])))
    return rows


def _row(export: str, page: str, listed: Sequence[Ad], classes: Classes) -> dict[str, object]:
    without = [ad for ad in listed if ad.disclosure == "none"]
    seen = total(ad.impressions for ad in without)
    times = sorted(time for ad in without for time in (ad.started, ad.stopped) if time is not None)
    named = {name for ad in listed if (name := classes.of_ad(ad)) is not None}
    return {
        "export": export,
        "account_id": page,
        "display_name": next((ad.page_name for ad in listed if ad.page_name), page),
        "outlet_class": None if classes.empty else ", ".join(sorted(named)) or UNCLASSED,
        "ads": sum(ad.ads for ad in listed if ad.disclosure in ("declared", "none")),
        "without_disclaimer": sum(ad.ads for ad in without),
        "not_told": sum(ad.ads for ad in listed if ad.disclosure is None),
        "spend_without": spend_words(spends(without), most=10) if without else None,
        "impressions_low": seen.low if seen.stated else None,
        "impressions_high": seen.high if seen.stated else None,
        "first_day": day(times[0]) if times else None,
        "last_day": day(times[-1]) if times else None,
    }
