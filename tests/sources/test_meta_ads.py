"""Ads of the Meta Ad Library: the interface's JSON, tables of ads, reports; every record accounted for."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import InputError
from undertow.schema import ADS
from undertow.sources.ad_values import Bounds, bounds, declared, disclosure, regions, texts
from undertow.sources.base import Extraction, ReadOptions, SourceFile
from undertow.sources.detect import detect

AD: dict[str, Any] = {
    "id": "101",
    "page_id": "10",
    "page_name": "Friends of the Harbour",
    "ad_creation_time": "2020-10-28",
    "ad_delivery_start_time": "2020-10-29T18:00:56+0000",
    "ad_delivery_stop_time": "2020-11-01",
    "ad_creative_bodies": ["Save the harbour, now!", "Second version"],
    "ad_creative_link_captions": ["harbour.example"],
    "bylines": "Harbour Fund",
    "currency": "EUR",
    "spend": {"lower_bound": "100", "upper_bound": "199"},
    "impressions": {"lower_bound": "1000000"},
    "delivery_by_region": [{"percentage": "0.4", "region": "North"}, {"percentage": "0.6", "region": "South"}],
    "languages": ["de", "xx-nonsense-"],
    "publisher_platforms": ["FACEBOOK", "instagram"],
    "ad_snapshot_url": "https://www.facebook.com/ads/archive/render_ad/?id=101&access_token=SECRET",
}


def read(path: Path) -> tuple[Extraction, list[dict[str, Any]], list[str]]:
    """What the detected reader makes of the file: the extraction, its rows, the reasons of quarantine."""
    with tempfile.TemporaryDirectory() as folder:
        ((source, reader),) = detect(path, Path(folder))
        extraction = reader.read(source, Path(folder), ReadOptions())
        rows = pq.read_table(extraction.staged["ads"]).to_pylist()
        assert pq.read_schema(extraction.staged["ads"]).names == [*ADS.names, "record"]
        reasons = []
        if extraction.quarantine is not None:
            reasons = [
                json.loads(line)["reasons"][0]
                for line in extraction.quarantine.read_text(encoding="utf-8").splitlines()
            ]
    assert len({row["record"] for row in rows}) == len(rows)
    assert extraction.records_read == len(rows) + len(reasons)
    return extraction, rows, reasons


def as_json(folder: Path, *ads: object) -> Path:
    path = folder / "page.json"
    path.write_text(json.dumps({"data": ads, "paging": {"next": "https://graph/…&access_token=SECRET"}}))
    return path


def as_lines(folder: Path, *ads: object) -> Path:
    path = folder / "ads.jsonl"
    path.write_text("".join(json.dumps(ad) + "\n" for ad in ads))
    return path


def as_table(folder: Path, *ads: dict[str, Any]) -> Path:
    """The same ads as the search's export writes them."""
    path = folder / "ads.csv"
    names = [*dict.fromkeys(name for ad in ads for name in ad if name != "ad_snapshot_url")]
    text = io.StringIO()
    out = csv.DictWriter(text, names)
    out.writeheader()
    for ad in ads:
        out.writerow({name: _cell(ad.get(name)) for name in names})
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ",".join(json.dumps(part) for part in value)
    return json.dumps(value) if isinstance(value, list) else value


@pytest.mark.parametrize("write", [as_json, as_lines, as_table])
def test_every_writing_gives_the_same_ad(tmp_path: Path, write: Any) -> None:
    _, rows, reasons = read(write(tmp_path, AD, {**AD, "id": "102", "bylines": None}))
    assert not reasons
    row = rows[0]
    assert (row["platform"], row["ad_id"], row["level"], row["ads"]) == ("facebook", "101", "ad", 1)
    assert (row["page_id"], row["page_name"]) == ("10", "Friends of the Harbour")
    assert row["started_at"].isoformat() == "2020-10-29T18:00:56+00:00"
    assert row["created_at"].date().isoformat() == "2020-10-28"
    assert row["bodies"] == ["Save the harbour, now!", "Second version"]
    assert row["link_captions"] == ["harbour.example"]
    assert (row["currency"], row["spend_low"], row["spend_high"]) == ("EUR", 100, 199)
    assert (row["impressions_low"], row["impressions_high"]) == (1_000_000, None)
    assert row["regions"] == [{"region": "North", "share": 0.4}, {"region": "South", "share": 0.6}]
    assert row["languages"] == ["de"]
    assert row["surfaces"] == ["facebook", "instagram"]
    assert [r["disclosure"] for r in rows] == ["declared", "none"]
    assert "SECRET" not in repr(rows)


def test_a_field_that_nobody_asked_for_says_nothing(tmp_path: Path) -> None:
    silent = {name: value for name, value in AD.items() if name != "bylines"}
    extraction, rows, _ = read(as_json(tmp_path, silent))
    assert rows[0]["disclosure"] is None
    assert any("bylines" in note for note in extraction.notes)
    commercial = {name: value for name, value in silent.items() if name not in ("spend", "impressions")}
    _, rows, _ = read(as_json(tmp_path, AD, {**silent, "id": "2"}, {**commercial, "id": "3"}))
    assert [row["disclosure"] for row in rows] == ["declared", "none", "not required"]


def test_what_is_no_ad_goes_to_quarantine_with_its_reason_and_place(tmp_path: Path) -> None:
    strange: list[Any] = [
        5,
        {"page_id": "1"},
        {**AD, "spend": {"lower_bound": "x"}},
        {**AD, "spend": {"lower_bound": "5", "upper_bound": "1"}},
        {**AD, "delivery_by_region": [{"percentage": "7", "region": "North"}]},
        {**AD, "page_id": 1e30},
        {"error": {"message": "(#100) no permission"}},
    ]
    _, rows, reasons = read(as_json(tmp_path, AD, *strange))
    assert len(rows) == 1
    for reason, said in zip(
        reasons, ("not an object", "no id", "spend", "spend", "delivery_by_region", "page_id", "no permission"),
        strict=True,
    ):  # fmt: skip
        assert said in reason
    with pytest.raises(InputError, match="ads of the Meta Ad Library"):
        read(as_json(tmp_path, {"ad_archive_id": "", "page_name": "x", "ad_snapshot_url": "y", "spend": "1"}))


def test_ids_of_old_exports_come_from_the_address(tmp_path: Path) -> None:
    old = {name: value for name, value in AD.items() if name not in ("id", "bylines", "ad_creative_bodies")}
    old |= {"funding_entity": "Harbour Fund", "ad_creative_body": "One text"}
    _, rows, _ = read(as_lines(tmp_path, old))
    assert (rows[0]["ad_id"], rows[0]["disclaimer"], rows[0]["bodies"]) == ("101", "Harbour Fund", ["One text"])


def test_a_table_without_a_column_for_the_payer_does_not_accuse(tmp_path: Path) -> None:
    silent = {name: value for name, value in AD.items() if name != "bylines"}
    _, rows, _ = read(as_table(tmp_path, silent))
    assert rows[0]["disclosure"] is None
    bad = {**AD, "id": "1.148E+18"}
    _, rows, reasons = read(as_table(tmp_path, AD, bad, {**AD, "id": "3", "ad_delivery_start_time": "soon"}))
    assert len(rows) == 1
    assert "spreadsheet" in reasons[0]
    assert "ad_delivery_start_time" in reasons[1]


REPORT = """Page ID,Page name,Disclaimer,Amount spent (USD),Number of ads in Library
10,Friends,Harbour Fund,"1,234",5
11,Others,These ads ran without a disclaimer,≤100,2
,Nobody,x,7,1
12,More,x,a lot,1
"""


def test_a_report_gives_totals_that_carry_their_file(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(REPORT, encoding="utf-8")
    extraction, rows, reasons = read(tmp_path / "report.csv")
    assert extraction.format == "meta-ads-report"
    assert [
        (r["level"], r["ads"], r["spend_low"], r["spend_high"], r["currency"], r["disclosure"]) for r in rows
    ] == [
        ("total", 5, 1234, 1234, "USD", "declared"),
        ("total", 2, 0, 100, "USD", "none"),
    ]
    assert rows[1]["disclaimer"] is None
    assert len(reasons) == 2
    (tmp_path / "later.csv").write_text(REPORT + "13,New,x,9,1\n", encoding="utf-8")
    _, later, _ = read(tmp_path / "later.csv")
    assert not {r["ad_id"] for r in rows} & {r["ad_id"] for r in later}  # two reports overlap and are kept apart


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_ranges_come_back_from_every_writing(a: int, b: int) -> None:
    low, high = sorted((a, b))
    for written in (
        {"lower_bound": low, "upper_bound": high},
        {"lower_bound": str(low), "upper_bound": str(high)},
        json.dumps({"lower_bound": str(low), "upper_bound": str(high)}),
        f"lower_bound: {low}, upper_bound: {high}",
        f"{low}-{high}",
        f"{low:,} – {high:,}",
    ):
        assert bounds(written) == Bounds(low, high)
    assert bounds({"lower_bound": str(low)}) == bounds(f">{low}") == bounds(f"{low}+") == Bounds(low, None)
    assert bounds({"upper_bound": str(high)}) == bounds(f"≤{high}") == Bounds(0, high)
    assert bounds(f"{low}") == bounds(float(low)) == Bounds(low, low)


@settings(deadline=None)
@given(st.text(max_size=12) | st.none() | st.booleans() | st.floats() | st.lists(st.integers(), max_size=2))
def test_strange_values_are_a_reason_never_a_crash(value: Any) -> None:
    for read_value in (bounds, regions):
        with contextlib.suppress(ValueError):
            read_value(value)
    if isinstance(value, str):
        assert all(isinstance(text, str) for text in texts(value))


def test_the_words_that_stand_for_no_disclaimer() -> None:
    assert declared("these ads ran without a DISCLAIMER ") is None
    assert declared(" ") is None
    assert declared("Fund") == "Fund"
    assert disclosure(None, asked=False, political=True, classed=True) is None
    assert disclosure(None, asked=True, political=False, classed=False) is None


def test_a_source_file_of_ads_adds_up_in_a_case(tmp_path: Path) -> None:
    from undertow.case import Case
    from undertow.verify import verify

    path = as_lines(tmp_path, AD, {**AD, "id": "102"}, 5)
    case, (entry,) = Case.add_to(tmp_path / "case", path)
    assert (entry.read, entry.kept, entry.duplicate, entry.quarantined) == (3, 2, 0, 1)
    assert SourceFile.of(path).source_id == case.query("SELECT DISTINCT source_id FROM ads")[0][0].as_py()
    assert verify(case).ok
