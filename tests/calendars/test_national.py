from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.calendars import (
    DEFAULT_COUNTRIES,
    DaySpan,
    coverage,
    national_calendar,
    national_calendars,
    read_override,
    weekend_rules,
)
from undertow.calendars.model import weekdays_of
from undertow.errors import InputError, UsageError

LONG = DaySpan(date(2012, 1, 1), date(2021, 12, 31))


def test_the_countries_that_the_project_promises_are_there() -> None:
    promised = [
        "CN",
        "TW",
        "HK",
        "SG",
        "MY",
        "PH",
        "RU",
        "BY",
        "UA",
        "KZ",
        "IR",
        "IN",
        "DE",
        "GB",
        "US",
        "SA",
        "AE",
        "TR",
        "VE",
    ]
    assert set(promised) <= set(DEFAULT_COUNTRIES)
    for calendar in national_calendars(DEFAULT_COUNTRIES, LONG):
        assert len(calendar.blocks) >= 2 * 10, calendar.code


@pytest.mark.parametrize("year", range(2006, 2027))
def test_chinas_working_days_agree_with_an_independent_table(year: int) -> None:
    import chinese_calendar

    span = DaySpan(date(year, 1, 1), date(year, 12, 31))
    calendar = national_calendar("CN", span)
    for day, working in zip(span.days.astype(object), calendar.working, strict=True):
        assert working == chinese_calendar.is_workday(day), day


def test_make_up_days_that_are_on_record() -> None:
    span = DaySpan(date(2015, 1, 1), date(2020, 4, 30))
    china = national_calendar("CN", span).make_up_days()
    assert sum(day.year <= 2017 for day in china) == 16
    assert date(2016, 2, 6) in china
    assert date(2020, 1, 19) in china
    assert date(2017, 9, 30) in national_calendar("TW", span).make_up_days()
    assert date(2016, 2, 20) in national_calendar("RU", span).make_up_days()
    assert national_calendar("DE", span).make_up_days() == ()


def test_weekends_change_when_countries_change_them() -> None:
    def resting(country: str, first: date) -> set[int]:
        calendar = national_calendar(country, DaySpan(first, first + timedelta(days=6)))
        return set(weekdays_of(calendar.days[calendar.weekend]).tolist())

    assert resting("SA", date(2013, 1, 7)) == {3, 4}
    assert resting("SA", date(2014, 1, 6)) == {4, 5}
    assert resting("AE", date(2005, 6, 6)) == {3, 4}
    assert resting("AE", date(2021, 6, 7)) == {4, 5}
    assert resting("AE", date(2022, 6, 6)) == {5, 6}
    assert resting("IR", date(2016, 6, 6)) == {3, 4}
    assert resting("RU", date(2016, 6, 6)) == {5, 6}
    assert resting("IL", date(2016, 6, 6)) == {4, 5}, "from the library, not from the file"
    assert [rule.start for rule in weekend_rules("SA")] == sorted(rule.start for rule in weekend_rules("SA"))


def test_blocks_are_the_breaks_people_know() -> None:
    blocks = national_calendar("CN", DaySpan(date(2016, 1, 1), date(2016, 12, 31))).blocks
    found = {block.label: block for block in blocks}
    assert found["Lunar New Year"].first == date(2016, 2, 8)
    assert found["Lunar New Year"].last == date(2016, 2, 12)
    assert found["National Day Golden Week"].length == 7
    assert len(found["National Day Golden Week"].free_weekdays) == 5
    russian = national_calendar("RU", DaySpan(date(2015, 12, 1), date(2016, 2, 1))).blocks
    assert [block.label for block in russian] == ["January holidays"]


@settings(max_examples=40, deadline=None)
@given(
    country=st.sampled_from(DEFAULT_COUNTRIES),
    start=st.dates(date(2010, 1, 1), date(2023, 12, 31)),
    length=st.integers(1, 700),
)
def test_blocks_partition_the_free_weekdays(country: str, start: date, length: int) -> None:
    calendar = national_calendar(country, DaySpan(start, start + timedelta(days=length)))
    free = [day for block in calendar.blocks for day in block.free_weekdays]
    assert free == calendar.days[calendar.free_weekday].astype(object).tolist()
    assert not (calendar.make_up & ~calendar.weekend).any()
    assert not (calendar.working & calendar.holiday).any()
    for block in calendar.blocks:
        assert block.first <= min(block.free_weekdays)
        assert max(block.free_weekdays) <= block.last
        inside = DaySpan(block.first, block.last).days
        assert not calendar.working[np.isin(calendar.days, inside)].any()


@settings(max_examples=20, deadline=None)
@given(country=st.sampled_from(DEFAULT_COUNTRIES), cut=st.integers(40, 700))
def test_a_longer_span_says_the_same_of_the_same_days(country: str, cut: int) -> None:
    whole = national_calendar(country, DaySpan(date(2015, 1, 1), date(2017, 1, 31)))
    part = national_calendar(country, DaySpan(date(2015, 1, 1), date(2015, 1, 1) + timedelta(days=cut)))
    for name in ("weekend", "holiday", "make_up"):
        assert np.array_equal(getattr(whole, name)[: cut + 1], getattr(part, name)), name


def test_coverage_is_said() -> None:
    assert coverage("CN").moved_days is not None
    assert coverage("US").moved_days is None
    late = national_calendar("CN", DaySpan(date(2026, 6, 1), date(2029, 1, 1)))
    assert any("make-up days are known up to" in limit for limit in late.limits)
    assert any("calculated dates" in limit for limit in national_calendar("AE", LONG).limits)


def test_an_unknown_country_gets_a_clear_error() -> None:
    with pytest.raises(UsageError, match="no calendar for country 'XX'"):
        national_calendar("XX", LONG)


def test_a_users_file_is_laid_over_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,kind,name\n2016-03-09,holiday,Town day\n2016-05-09,workday,\n2016-03-12,workday,\n")
    span = DaySpan(date(2016, 1, 1), date(2016, 12, 31))
    plain = national_calendar("RU", span)
    mine = national_calendar("RU", span, read_override(path))
    changed = plain.days[plain.working != mine.working].astype(object).tolist()
    assert changed == [date(2016, 3, 9), date(2016, 3, 12), date(2016, 5, 9)]
    assert any("days.csv" in limit for limit in mine.limits)
    alone = national_calendar("RU", span, read_override(path, replace=True))
    assert [block.label for block in alone.blocks] == ["Town day"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,kind\n", "lacks the column name"),
        ("date,kind,name\n2016-13-01,holiday,x\n", "is not a date"),
        ("date,kind,name\n2016-01-01,feast,x\n", "neither holiday nor workday"),
        ("date,kind,name\n2016-01-01,holiday,x\n2016-01-01,workday,\n", "given twice"),
    ],
)
def test_a_bad_file_gets_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_override(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_override(tmp_path / "absent.csv")
