"""Tables of the Meta Ad Library: its ads (the search's export, or the interface's fields in columns), and its reports.

A *report* has one row a page and disclaimer: the amount spent and the number of ads over a period that only the
file's name tells. It has no texts, no dates and no impressions. Amounts of 100 or less are written ``≤100``. Its rows
are totals; those of two reports overlap and are never added together, so each carries its file in its id.

Source of the layouts: https://www.facebook.com/ads/library/report and the export of the library's search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from undertow.errors import InputError
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.expressions import TIMES_READ, elements, exact_id, time_value, utc
from undertow.sources.head import Head, Kind
from undertow.sources.meta_ads import PAYER_FIELDS, PLATFORM, POLITICAL_FIELDS
from undertow.sources.stage import Layout, Problem, stage
from undertow.sources.tabular import TABULAR, open_table, places
from undertow.sql import literal

_IDS = ("ad_archive_id", "id", "ad_id")
_TIMES = {
    "created_at": "ad_creation_time",
    "started_at": "ad_delivery_start_time",
    "stopped_at": "ad_delivery_stop_time",
}
_TEXTS = {
    "bodies": ("ad_creative_bodies", "ad_creative_body"),
    "titles": ("ad_creative_link_titles", "ad_creative_link_title"),
    "link_captions": ("ad_creative_link_captions", "ad_creative_link_caption"),
}
_REGIONS = ("delivery_by_region", "region_distribution")
NEEDED = ("page_id", "ad_delivery_start_time")
OPTIONAL = (
    *_IDS, "page_name", "ad_creation_time", "ad_delivery_stop_time", "currency", *PAYER_FIELDS, *POLITICAL_FIELDS,
    "languages", "publisher_platforms", *_REGIONS, *(name for names in _TEXTS.values() for name in names),
)  # fmt: skip
_AMOUNT = re.compile(r"amount spent(?: \(([a-z]{3})\))?")
_COUNTS = ("number of ads in library", "number of ads in archive")


@dataclass(frozen=True)
class AdsTable:
    """The reader of a table with one ad a row."""

    format: str = "meta-ads-table"
    description: str = "ads of the Meta Ad Library as a table: the search's export, or the interface's fields"
    columns: tuple[str, ...] = ("ad_archive_id", *NEEDED)
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Whether the layout's columns are there, whatever their case."""
        have = _folded(head.columns)
        return 0.9 if have.issuperset(NEEDED) and have.intersection(_IDS) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into ads."""
        records = open_table(source, staging, options)
        raw = places(records.columns, NEEDED, source.shown, OPTIONAL)
        have = _folded(records.columns)
        if not have.intersection(_IDS):
            raise InputError(
                "there is no column with the ads' ids", where=source.shown, todo=f"name it {', '.join(_IDS)}"
            )
        return stage(records, _ads_layout(raw, have, options.platform or PLATFORM), source, staging, options)


def _folded(columns: tuple[str, ...]) -> set[str]:
    return {name.strip().lower() for name in columns}


def _first(names: tuple[str, ...]) -> str:
    return f"coalesce({', '.join(f'r_{name}' for name in names)})"


def _low_high(name: str) -> Iterator[tuple[str, str]]:
    for place, end in ((1, "low"), (2, "high")):
        yield f"{name}_{end}", f"try_cast(nullif(split_part(w_{name}, '..', {place}), '') AS BIGINT)"


def _ads_layout(raw: Mapping[str, str], have: set[str], platform: str) -> Layout:
    asked, classed = bool(have.intersection(PAYER_FIELDS)), bool(have.intersection(POLITICAL_FIELDS))
    unknown = "'not required'" if classed else "NULL"
    times = {f"w_{column}": time_value(f"r_{name}") for column, name in _TIMES.items()}
    return Layout(
        format="meta-ads-table",
        main="ads",
        raw=raw,
        working={
            "w_id": exact_id(_first(_IDS)),
            "w_page": exact_id("r_page_id"),
            **{f"w_{name}": f"ad_bounds(r_{name})" for name in POLITICAL_FIELDS},
            "w_disclaimer": f"ad_disclaimer({_first(PAYER_FIELDS)})",
            "w_stated_regions": _first(_REGIONS),
            "w_regions": "ad_regions(w_stated_regions)",
            **times,
        },
        problems=(
            Problem("w_id IS NULL", "the ad's id is missing, or a spreadsheet has rounded it"),
            Problem(
                "r_page_id IS NOT NULL AND w_page IS NULL", "page_id is in float notation: digits of it are lost"
            ),
            *(
                Problem(f"coalesce(w_{name}, '') = '?'", f"{name} is no range (100-199)")
                for name in POLITICAL_FIELDS
            ),
            *(
                Problem(f"r_{name} IS NOT NULL AND w_{column} IS NULL", f"{name} is not a time ({TIMES_READ})")
                for column, name in _TIMES.items()
            ),
            Problem("w_stated_regions IS NOT NULL AND w_regions IS NULL", "the regions cannot be read"),
        ),
        columns={
            "platform": literal(platform),
            "ad_id": "w_id",
            "level": "'ad'",
            "ads": "1",
            "page_id": "w_page",
            "page_name": "r_page_name",
            **{column: utc(f"w_{column}") for column in _TIMES},
            **{column: f"coalesce(ad_texts({_first(names)}), [])" for column, names in _TEXTS.items()},
            "languages": (
                f"list_filter(list_transform(coalesce({elements('r_languages')}, []), lambda x: bcp47(x)), "
                "lambda x: x IS NOT NULL)"
            ),
            "surfaces": f"list_transform(coalesce({elements('r_publisher_platforms')}, []), lambda x: lower(x))",
            "disclaimer": "w_disclaimer",
            "disclosure": (
                "CASE WHEN w_disclaimer IS NOT NULL THEN 'declared' "
                + (
                    f"WHEN coalesce(w_spend, w_impressions) IS NOT NULL THEN 'none' ELSE {unknown} END"
                    if asked
                    else "END"
                )
            ),
            "currency": "upper(r_currency)",
            **dict(_low_high("spend")),
            **dict(_low_high("impressions")),
            "regions": "coalesce(w_regions, [])",
        },
    )


@dataclass(frozen=True)
class ReportTable:
    """The reader of a report's totals by page and disclaimer."""

    format: str = "meta-ads-report"
    description: str = "the Meta Ad Library's report: amount spent and number of ads by page and disclaimer"
    columns: tuple[str, ...] = ("page id", "page name", "disclaimer", "amount spent (usd)", _COUNTS[0])
    kinds: frozenset[Kind] = TABULAR

    def recognise(self, head: Head) -> float:
        """Whether there are pages, disclaimers and an amount spent."""
        have = _folded(head.columns)
        amounts = [name for name in have if _AMOUNT.fullmatch(name)]
        return 0.95 if amounts and have.issuperset(("page id", "disclaimer")) else 0.0

    def read(self, source: SourceFile, staging: Path, options: ReadOptions) -> Extraction:
        """Read ``source`` into totals."""
        records = open_table(source, staging, options)
        amounts = [name for name in sorted(_folded(records.columns)) if _AMOUNT.fullmatch(name)]
        if len(amounts) != 1:
            raise InputError(
                f"{len(amounts)} columns with an amount spent, and one was expected",
                where=source.shown,
                todo="give the report as the library publishes it",
            )
        needed = ("page id", "page name", "disclaimer", amounts[0])
        raw = places(records.columns, needed, source.shown, _COUNTS)
        short = ("r_page", "r_name", "r_disclaimer", "r_amount", "r_number", "r_older")
        match = _AMOUNT.fullmatch(amounts[0])
        layout = _report_layout(
            dict(zip(short, raw.values(), strict=True)),
            currency=None if match is None or match[1] is None else match[1].upper(),
            platform=options.platform or PLATFORM,
            report=source.source_id,
        )
        return stage(records, layout, source, staging, options)


def _report_layout(raw: Mapping[str, str], *, currency: str | None, platform: str, report: str) -> Layout:
    known = ", ".join(f"coalesce({name}, chr(30))" for name in raw)
    return Layout(
        format="meta-ads-report",
        main="ads",
        raw=raw,
        working={
            "w_page": exact_id("r_page"),
            "w_spend": "ad_bounds(r_amount)",
            "w_ads": "ad_bounds(coalesce(r_number, r_older))",
            "w_disclaimer": "ad_disclaimer(r_disclaimer)",
        },
        problems=(
            Problem("w_page IS NULL", "the page's id is missing, or a spreadsheet has rounded it"),
            Problem("coalesce(w_spend, '?') = '?'", "the amount spent is missing or no amount"),
            Problem("coalesce(w_ads, '') = '?'", "the number of ads is no number"),
        ),
        columns={
            "platform": literal(platform),
            "ad_id": f"md5(concat_ws(chr(31), {literal(report)}, {known}))",
            "level": "'total'",
            "ads": "try_cast(split_part(w_ads, '..', 1) AS BIGINT)",
            "page_id": "w_page",
            "page_name": "r_name",
            "bodies": "[]",
            "titles": "[]",
            "link_captions": "[]",
            "regions": "[]",
            "languages": "[]",
            "surfaces": "[]",
            "disclaimer": "w_disclaimer",
            "disclosure": "CASE WHEN w_disclaimer IS NULL THEN 'none' ELSE 'declared' END",
            "currency": "NULL" if currency is None else literal(currency),
            **dict(_low_high("spend")),
        },
    )


ADS = AdsTable()
REPORT = ReportTable()
