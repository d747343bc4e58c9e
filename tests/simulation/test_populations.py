"""Posting times as arrays: calendars kept, clocks and daylight saving, nothing where nothing is planted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.errors import UsageError
from undertow.simulation.populations import (
    DAY,
    MICRO,
    OfficeHabits,
    OrganicHabits,
    account_days,
    operator_posts,
    organic_posts,
)
from undertow.simulation.workdays import (
    HOLIDAY,
    MAKE_UP,
    WEEKEND,
    WORKDAY,
    day_kinds,
    day_number,
    office_zone,
    utc_offsets,
)

FIRST, LAST = date(2016, 1, 1), date(2018, 12, 31)


def rates(calendar: str, time: np.ndarray, zone: str) -> dict[int, float]:
    """Posts a day on each kind of day of ``calendar``, at the local clock."""
    offsets = utc_offsets(zone, FIRST, LAST)
    rough = np.clip(time // (DAY * MICRO) - day_number(FIRST), 0, len(offsets) - 1)
    day = (time + offsets[rough] * MICRO) // (DAY * MICRO) - day_number(FIRST)
    kinds = day_kinds(calendar, FIRST, LAST)
    counts = np.bincount(day[(day >= 0) & (day < len(kinds))], minlength=len(kinds))
    return {kind: float(counts[kinds == kind].mean()) for kind in np.unique(kinds).tolist()}


@pytest.mark.parametrize("calendar", ["CN", "TW", "RU"])
def test_operators_keep_their_own_calendar(calendar: str) -> None:
    posts = operator_posts(seed=7, calendar=calendar, first=FIRST, last=LAST)
    mean = rates(calendar, posts.time, office_zone(calendar))
    off = 1 - OfficeHabits().compliance
    # A rest day is worked with probability 0.08 at half rate, and takes the late posts of the day before.
    assert mean[HOLIDAY] < (off + 0.06) * mean[WORKDAY]
    assert mean[WEEKEND] < (off + 0.06) * mean[WORKDAY]
    if MAKE_UP in mean:
        assert mean[MAKE_UP] > 0.75 * mean[WORKDAY]


def test_operators_without_a_calendar_work_on_holidays() -> None:
    posts = operator_posts(seed=7, calendar=None, zone="Asia/Shanghai", first=FIRST, last=LAST)
    mean = rates("CN", posts.time, "Asia/Shanghai")
    assert mean[HOLIDAY] > 0.8 * mean[WORKDAY]
    assert mean[MAKE_UP] < 0.25 * mean[WORKDAY]


def test_holidays_mean_nothing_to_organic_accounts_unless_asked() -> None:
    only_us = {"US": "America/New_York"}
    plain = organic_posts(seed=3, places=only_us, posts_per_account=800, spread=0.5)
    moved = organic_posts(
        seed=3, places=only_us, posts_per_account=800, spread=0.5, habits=OrganicHabits(holiday_response=-1.5)
    )
    ratio = [
        mean[HOLIDAY] / mean[WORKDAY]
        for mean in (rates("US", posts.time, "America/New_York") for posts in (plain, moved))
    ]
    assert 0.8 < ratio[0] < 1.25
    assert ratio[1] < 0.6


def test_office_hours_follow_daylight_saving() -> None:
    habits = OfficeHabits(night_share=0, self_excitation=0)
    posts = operator_posts(
        seed=2, calendar="US", first=FIRST, last=LAST, habits=habits, posts_per_account=900, spread=0.2
    )
    hour = (posts.time / (3600 * MICRO)) % 24
    month = posts.time.astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12 + 1
    # The office's morning: eight o'clock in New York is 13:00 UTC in winter, 12:00 in summer.
    early = [np.quantile(hour[np.isin(month, months) & (hour > 9)], 0.05) for months in ([12, 1, 2], [6, 7, 8])]
    assert 0.9 < early[0] - early[1] < 1.1


def test_utc_offsets_agree_with_zoneinfo() -> None:
    offsets = utc_offsets("Europe/Berlin", FIRST, LAST)
    for number in range(0, len(offsets), 17):
        noon = datetime.combine(FIRST + timedelta(number), datetime.min.time()).replace(
            hour=12, tzinfo=ZoneInfo("Europe/Berlin")
        )
        assert timedelta(seconds=int(offsets[number])) == noon.utcoffset()


def test_make_up_days_agree_with_an_independent_calendar() -> None:
    chinese_calendar = pytest.importorskip("chinese_calendar")
    first, last = date(2015, 1, 1), date(2020, 12, 31)
    kinds = day_kinds("CN", first, last)
    working = np.isin(kinds, [WORKDAY, MAKE_UP])
    expected = np.array([chinese_calendar.is_workday(first + timedelta(n)) for n in range(len(kinds))])
    assert (working != expected).sum() <= 3  # what the two libraries disagree about, in six years


def test_unknown_calendar_is_refused() -> None:
    with pytest.raises(UsageError, match="'XX'"):
        operator_posts(seed=1, calendar="XX")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), accounts=st.integers(1, 40), operators=st.booleans())
def test_shape_order_and_reproduction(seed: int, accounts: int, operators: bool) -> None:
    def draw() -> tuple[np.ndarray, np.ndarray]:
        settings_ = {"seed": seed, "accounts": accounts, "posts_per_account": 30.0}
        posts = operator_posts(calendar="TW", **settings_) if operators else organic_posts(**settings_)
        return posts.account, posts.time

    account, time = draw()
    again_account, again_time = draw()
    assert np.array_equal(account, again_account)
    assert np.array_equal(time, again_time)
    assert account.dtype == np.int32
    assert time.dtype == np.int64
    assert len(account) == len(time)
    if len(account):
        assert account.min() >= 0
        assert account.max() < accounts
        same = account[1:] == account[:-1]
        assert (account[1:] >= account[:-1]).all()
        assert (time[1:] >= time[:-1])[same].all()
        low = datetime(2015, 12, 29, tzinfo=UTC).timestamp() * MICRO
        high = datetime(2019, 1, 4, tzinfo=UTC).timestamp() * MICRO
        assert low < time.min()
        assert time.max() < high


@pytest.mark.parametrize("operators", [True, False])
def test_expected_number_of_posts(operators: bool) -> None:
    totals = []
    for seed in range(20):
        settings_ = {"seed": seed, "accounts": 100, "posts_per_account": 100.0}
        posts = operator_posts(calendar="CN", **settings_) if operators else organic_posts(**settings_)
        totals.append(len(posts.time))
    # Cluster sizes have variance eta / (1 - eta)^3 around 1 / (1 - eta): 20 * 10,000 posts, so well under 3%.
    assert abs(np.mean(totals) / 10_000 - 1) < 0.03


def test_account_days_against_a_slow_count() -> None:
    posts = organic_posts(seed=11, accounts=15, posts_per_account=40)
    days = account_days(posts, utc_offset_minutes=330)
    slow: dict[tuple[int, int], int] = {}
    for account, time in zip(posts.account.tolist(), posts.time.tolist(), strict=True):
        local = datetime.fromtimestamp(time // MICRO, UTC) + timedelta(minutes=330)
        key = (account, (local.date() - date(1970, 1, 1)).days)
        slow[key] = slow.get(key, 0) + 1
    fast = dict(zip(zip(days.account.tolist(), days.day.tolist(), strict=True), days.posts.tolist(), strict=True))
    assert fast == slow
    assert list(fast) == sorted(fast)


def test_operators_run_several_accounts_and_rest_together() -> None:
    habits = OfficeHabits(accounts_per_operator=1000, compliance=1.0, leave_days=40)
    posts = operator_posts(seed=5, calendar="CN", accounts=40, posts_per_account=600, habits=habits, whole_life=1)
    active = np.bincount(account_days(posts, utc_offset_minutes=480).day - day_number(FIRST), minlength=1096)[:1096]
    kinds = day_kinds("CN", FIRST, LAST)
    silent = (active[kinds == WORKDAY] < 5).mean()
    assert silent > 0.05  # one person's leave silences all forty accounts


def test_self_excitation_makes_bursts() -> None:
    def near(excitation: float) -> float:
        habits = OrganicHabits(self_excitation=excitation)
        posts = organic_posts(seed=4, habits=habits)
        gap = np.diff(posts.time)[posts.account[1:] == posts.account[:-1]]
        return float((gap < 600 * MICRO).mean())

    assert near(0.6) > 2 * near(0.0)
