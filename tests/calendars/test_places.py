from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.calendars import (
    DaySpan,
    countries_at_offsets,
    countries_of_zones,
    offsets_at,
    representative_zones,
    zone_offsets,
    zone_table,
)

YEAR = DaySpan(date(2016, 1, 1), date(2016, 12, 31))


def codes(offset: int, span: DaySpan) -> dict[str, float]:
    return {match.code: match.share for match in countries_at_offsets([offset], span)}


def test_countries_at_an_offset() -> None:
    east = codes(480, YEAR)
    assert {"CN", "TW", "HK", "SG", "MY", "PH"} <= set(east)
    assert "AQ" not in east
    assert "DE" not in east
    assert east["CN"] == 1
    assert 0.4 < codes(60, YEAR)["DE"] < 0.6
    assert codes(60, DaySpan(date(2016, 1, 1), date(2016, 1, 31)))["DE"] == 1


def test_clocks_that_changed_for_good_are_followed() -> None:
    before, after = DaySpan(date(2014, 1, 1), date(2014, 9, 1)), DaySpan(date(2015, 1, 1), date(2015, 9, 1))
    assert zone_offsets("Europe/Moscow", before).tolist() == [240] * len(before)
    assert zone_offsets("Europe/Moscow", after).tolist() == [180] * len(after)
    assert "VE" in codes(-270, DaySpan(date(2015, 1, 1), date(2015, 12, 31)))


def test_zones_of_a_group_show_the_same_clocks() -> None:
    groups = representative_zones(YEAR)
    listed = sorted(zone for group in groups for zone in group)
    assert listed == sorted(row.zone for row in zone_table())
    for group in groups:
        shown = {zone_offsets(zone, YEAR).tobytes() for zone in group}
        assert len(shown) == 1, group
    assert {match.code for match in countries_of_zones(["Asia/Shanghai"])} == {"CN"}


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from([row.zone for row in zone_table()]),
    moments=st.lists(st.integers(1_136_073_600, 1_767_225_600), min_size=1, max_size=20),
)
def test_offsets_agree_with_the_zone_itself(zone: str, moments: list[int]) -> None:
    found = offsets_at(zone, np.array(moments, dtype=np.int64))
    for moment, minutes in zip(moments, found.tolist(), strict=True):
        expected = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).utcoffset()
        assert expected is not None
        assert abs(expected - timedelta(minutes=minutes)) < timedelta(minutes=1)


def test_every_change_of_every_zone_is_found() -> None:
    hours = np.arange(1_262_304_000, 1_609_459_200, 21_600, dtype=np.int64)
    for row in zone_table()[::9]:
        info = ZoneInfo(row.zone)
        expected = [
            round((datetime.fromtimestamp(moment, info).utcoffset() or timedelta()).total_seconds() / 60)
            for moment in hours.tolist()
        ]
        assert offsets_at(row.zone, hours).tolist() == expected, row.zone
