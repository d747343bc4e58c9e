"""What political ads cost, and how much of it went into ads without a disclaimer: ranges, by currency."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from undertow.analyses.advertising import charts
from undertow.analyses.advertising.ads import Ad, Ads, pages
from undertow.analyses.advertising.classes import Classes
from undertow.analyses.advertising.ranges import UNSTATED, Total, share_bounds, total
from undertow.analyses.advertising.wording import (
    ALTERNATIVES,
    QUESTION,
    SINGLE,
    UNCLASSED,
    ads_sql,
    spend_words,
    spends,
)
from undertow.analyses.base import evidence
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import UNDECLARED_ADS, rate
from undertow.wording import count, strength_words

ID = "advertising.spend"

DRAWN = 20
"""Pages in the chart."""

DECLARED = {"declared": "with a disclaimer", "none": "without", None: "not told"}

SPEND = pa.schema(
    [
        ("export", pa.string()),
        ("account_id", pa.string()),
        ("display_name", pa.string()),
        ("outlet_class", pa.string()),
        ("declared", pa.string()),
        ("currency", pa.string()),
        ("ads", pa.int64()),
        ("spend_low", pa.int64()),
        ("spend_high", pa.int64()),
        ("ads_without_spend", pa.int64()),
        ("impressions_low", pa.int64()),
        ("impressions_high", pa.int64()),
    ]
)
"""A row for each page, disclosure and currency; a null upper end has no bound."""


def finding(case: Case, ads: Ads, classes: Classes) -> Finding:
    """What the ads cost, and the bounds of the share that went into ads without a disclaimer."""
    which, counted = _counted(ads)
    without = [ad for ad in counted if ad.disclosure == "none"]
    declared = [ad for ad in counted if ad.disclosure == "declared"]
    whole = spends(counted)
    currency = next(iter(whole), None)
    rows = _rows(ads, classes)
    low = high = None
    value: float | None = None
    if currency is not None and (without or declared):
        mine, rest = (spends(listed).get(currency, Total(0, 0, 0, 0)) for listed in (without, declared))
        low, high = share_bounds(mine, rest)
        value = low
    told = len({(ad.platform, ad.page) for ad in (*without, *declared)})
    rating = rate(low=low, high=high, scale=UNDECLARED_ADS, n_accounts=told, tested=False)
    unpriced = sum(ad.ads for ad in counted if ad.spend[0] is None)
    sql, rows_words = ads_sql([ad for ad in counted if ad.spend[0] is not None])
    shown = (which or SINGLE, DECLARED["none"], currency)  # a report's totals do not belong beside single ads
    drawn = [row for row in rows if (row["export"], row["declared"], row["currency"]) == shown][:DRAWN]
    open_ends = sum(row["spend_high"] is None for row in drawn)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(which, counted, whole, currency, (low, high)),
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            level=1.0,
            unit="share of the spend, at least" if value is not None else "not estimated",
            n=sum(ad.ads for ad in counted),
            n_accounts=len(pages(counted)),
        ),
        p_value=None,
        null_model=None,
        method=(
            "The library states ranges. Their sum goes from the sum of the lower ends to the sum of the upper ones; it "
            "has no upper end where one ad has none; nothing is put in the middle, and currencies are not added together. "
            "The share of ads without a disclaimer lies between its least (their lower ends, the others' upper ones) and "
            "its largest: these are bounds, not a confidence interval. "
            + (f"{count(unpriced, 'ad')} without a stated spend are not in the sums. " if unpriced else "")
            + f"{rows_words} {strength_words(rating)}"
        ),
        assumptions=("The library's ranges are right",),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="ad_spend.parquet",
        chart="ad_spend.vl.json" if drawn and currency else None,
        evidence=evidence(case, sql),
        result=pa.Table.from_pylist(rows, SPEND),
        figure=charts.spend(
            drawn,
            currency,
            f"Least and most that {count(len(drawn), 'page')} can have spent without a disclaimer."
            + (f" The spend of {open_ends} has no upper bound." if open_ends else ""),
        )
        if drawn and currency
        else None,
    )


def _counted(ads: Ads) -> tuple[str, Sequence[Ad]]:
    """Single ads where one has a spend; else the report with the most ads, by its file's name."""
    priced = [ad for ad in ads.single if ad.disclosure != "not required"]
    if not ads.reports or any(ad.spend[0] is not None for ad in priced):
        return "", priced
    name = max(sorted(ads.reports), key=lambda report: sum(ad.ads for ad in ads.reports[report]))
    return name, ads.reports[name]


def _statement(
    which: str,
    counted: Sequence[Ad],
    whole: dict[str, Total],
    currency: str | None,
    bounds: tuple[float | None, float | None],
) -> str:
    if currency is None:
        return (
            f"Too little to tell: none of {count(len(counted), 'ad')} has a stated spend. The library gives it for "
            "political ads only; ask for the fields spend, impressions and currency when you export."
        )
    source = f" in the report {which}" if which else ""
    low, high = bounds
    text = f"{count(sum(ad.ads for ad in counted), 'political ad')}{source} cost {spend_words(whole)}"
    seen = total(ad.impressions for ad in counted)
    text += f" and were shown {seen.words} times" if seen.stated else ""
    if low is None or high is None:
        return f"{text}; no export says which of them ran without a disclaimer."
    name = "the spend" if currency == UNSTATED else f"the spend in {currency}"
    part = f"between {low:.0%} and {high:.0%}" if round(low, 2) != round(high, 2) else f"{low:.0%}"
    return f"{text}; {part} of {name} went into ads without a disclaimer."


def _rows(ads: Ads, classes: Classes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for export, listed in ((SINGLE, ads.single), *ads.reports.items()):
        for (_, page), mine in pages([ad for ad in listed if ad.disclosure != "not required"]).items():
            named = {name for ad in mine if (name := classes.of_ad(ad)) is not None}
            for disclosure in ("none", "declared", None):
                part = [ad for ad in mine if ad.disclosure == disclosure]
                for currency in sorted({ad.currency or UNSTATED for ad in part}):
                    inside = [ad for ad in part if (ad.currency or UNSTATED) == currency]
                    spent, seen = total(ad.spend for ad in inside), total(ad.impressions for ad in inside)
                    rows.append(
                        {
                            "export": export,
                            "account_id": page,
                            "display_name": next((ad.page_name for ad in inside if ad.page_name), page),
                            "outlet_class": None if classes.empty else ", ".join(sorted(named)) or UNCLASSED,
                            "declared": DECLARED[disclosure],
                            "currency": currency,
                            "ads": sum(ad.ads for ad in inside),
                            "spend_low": spent.low if spent.stated else None,
                            "spend_high": spent.high if spent.stated else None,
                            "ads_without_spend": spent.unstated,
                            "impressions_low": seen.low if seen.stated else None,
                            "impressions_high": seen.high if seen.stated else None,
                        }
                    )
    return sorted(rows, key=lambda row: (row["export"] != SINGLE, -int(str(row["spend_low"] or 0))))
