"""Words and small parts that the findings on advertisements share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from undertow.analyses.advertising.ads import Ad
from undertow.analyses.advertising.ranges import Total, by_currency
from undertow.sql import one_of
from undertow.wording import count, joined

QUESTION = "Which political ads ran undeclared?"

ALTERNATIVES = (
    "Advertisers forget the disclaimer, or do not know that their subject counts as political, as shops and clubs do",
    "The platform decides what is political and finds out late: ads that it never found are in no export",
    "Rules and their enforcement differ between countries and years",
)
SINGLE = "ads"
"""What tables call the exports of single ads, in contrast to the file of a report."""

UNCLASSED = "no class"
"""What is neither in a watchlist by its page nor by the domain that it shows."""

EVIDENCE_ADS = 500
"""Ads that a finding's evidence names; a query cannot list a hundred thousand of them."""


def spend_words(totals: Mapping[str, Total], most: int = 3) -> str:
    """Sums of spend by currency: ``300 to 897 EUR and at least 100 USD``; never added together."""
    listed = [f"{total.words} {currency}" for currency, total in totals.items()]
    return joined(listed, most) if listed else "unknown spend"


def spends(ads: Sequence[Ad]) -> dict[str, Total]:
    """The sums of what ``ads`` cost, by currency."""
    return by_currency((ad.currency, *ad.spend) for ad in ads)


def day(time: dt.datetime | None) -> str | None:
    """The day of a time, UTC."""
    return None if time is None else time.date().isoformat()


def ads_sql(ads: Sequence[Ad]) -> tuple[str, str]:
    """A query for the rows of the first :data:`EVIDENCE_ADS` of ``ads``, and in words which those are."""
    chosen = ads[:EVIDENCE_ADS]
    listed = one_of(((ad.platform, ad.ad_id) for ad in chosen), "ad_id")
    words = (
        "The rows behind it are those of all these ads, each as often as exports hold it."
        if len(chosen) == len(ads)
        else f"The rows behind it are those of {len(chosen):,} of these {count(len(ads), 'ad')}."
    )
    return f"SELECT * FROM ads WHERE {listed}", words
