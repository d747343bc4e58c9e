"""Times that cannot be: their records go to quarantine, in every layout, and nothing falls over."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from undertow.calendars.model import DaySpan
from undertow.calendars.national import national_calendars
from undertow.calendars.places import offsets_at, representative_zones
from undertow.case import Case
from undertow.errors import InputError
from undertow.sources.base import ReadOptions

NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
MAP = {"post_id": "id", "account_id": "who", "created_at": "at", "text": "what", "account_created_at": "since"}
GOOD = ("2024-04-30T10:00:00", "2010-01-01")


def _case(folder: Path) -> Case:
    return Case.create(folder / "case", clock=lambda: NOW)


@pytest.mark.parametrize(
    ("at", "since", "platform", "put_aside"),
    [
        ("0001-01-01T00:00:00", "2010-01-01", None, "created_at"),
        ("1989-12-31T23:59:59", "2010-01-01", None, "created_at"),
        ("1990-01-01T00:00:00", "2010-01-01", None, None),
        ("2006-03-01T00:00:00", "2010-01-01", "twitter", "created_at"),
        ("2006-03-21T20:50:14", "2006-03-21", "twitter", None),
        ("2024-05-02T11:59:59", "2010-01-01", None, None),  # a local time read as UTC
        ("2024-05-02T12:00:01", "2010-01-01", None, "created_at"),
        ("2999-01-01T00:00:00", "2010-01-01", None, "created_at"),
        ("2024-04-30T10:00:00", "1970-01-01", None, "the account's created_at"),
    ],
)
def test_a_table_puts_times_aside_that_cannot_be(
    tmp_path: Path, at: str, since: str, platform: str | None, put_aside: str | None
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"id,who,at,what,since\n1,a,{GOOD[0]},one,{GOOD[1]}\n2,b,{at},two,{since}\n")
    case, (entry,) = _case(tmp_path).add(file, format="mapped", options=ReadOptions(mapping=MAP, platform=platform))
    assert (entry.kept, entry.quarantined) == ((2, 0) if put_aside is None else (1, 1))
    if put_aside is not None:
        (line,) = (case.path / "quarantine" / str(entry.quarantine)).read_text().splitlines()
        (reason,) = json.loads(line)["reasons"]
        assert reason.startswith(f"{put_aside} cannot be: before 1990, on Twitter before 2006-03-20, or later")


def test_objects_put_them_aside_too(tmp_path: Path) -> None:
    posts = [
        {"id": "1", "author_id": "7", "text": "fine", "created_at": "2024-04-30T10:00:00.000Z"},
        {"id": "2", "author_id": "7", "text": "not", "created_at": "0001-01-01T00:00:00.000Z"},
        {"id": "3", "author_id": "7", "text": "yet", "created_at": "2999-01-01T00:00:00.000Z"},
    ]
    page = {"data": posts, "includes": {"users": [{"id": "7", "name": "n", "username": "u"}]}}
    file = tmp_path / "page.json"
    file.write_text(json.dumps(page))
    _, (entry,) = _case(tmp_path).add(file)
    assert (entry.read, entry.kept, entry.quarantined) == (3, 1, 2)


def test_a_file_without_one_believable_time_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,who,at,what,since\n1,a,0001-01-01,one,2010-01-01\n")
    with pytest.raises(InputError, match="created_at cannot be"):
        _case(tmp_path).add(file, format="mapped", options=ReadOptions(mapping=MAP))


def test_calendars_of_cases_from_before_the_bounds_do_not_fall_over() -> None:
    for first, last in ((dt.date(1, 1, 1), dt.date(1, 12, 31)), (dt.date(9999, 1, 1), dt.date(9999, 12, 31))):
        span = DaySpan(first, last)
        assert len(national_calendars(["CN", "IR", "US"], span)) == 3
        assert representative_zones(span)


def test_offsets_at_the_calendars_ends() -> None:
    moments = np.array([-62_135_596_800, 253_402_300_799], dtype=np.int64)
    assert offsets_at("Asia/Shanghai", moments).shape == (2,)
