from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.calendars import DaySpan, zone_table
from undertow.statistics.clocks import confidence_set, offset_set, zone_set
from undertow.statistics.hours import (
    EVEN_OFFICE_SHARE,
    OFFSETS,
    QuarterCounts,
    hour_of_week,
    masked_by_offset,
    masked_by_zone,
    office_hours,
    slot_mask,
)

SPAN = DaySpan(date(2016, 1, 1), date(2016, 12, 31))
QUARTERS = st.integers(1_609_459_200 // 900 - 200_000, 1_609_459_200 // 900)
POSTS = st.lists(st.tuples(st.integers(0, 4), QUARTERS), min_size=1, max_size=40)


def made(posts: list[tuple[int, int]]) -> QuarterCounts:
    return QuarterCounts.of([a for a, _ in posts], [q for _, q in posts], n_accounts=5)


def workers(
    rng: np.random.Generator, accounts: int, *, zone: str = "UTC", leisure: float = 0.2, days: int = 364
) -> QuarterCounts:
    """Accounts that post from 8 to 17 on weekdays in ``zone``, and a share of the time whenever."""
    info = ZoneInfo(zone)
    account, quarter = [], []
    for name in range(accounts):
        posts = int(rng.geometric(0.02))
        day = rng.integers(0, days, posts)
        hour = rng.integers(8 * 4, 17 * 4, posts)
        anyhow = rng.random(posts) < leisure
        hour[anyhow] = rng.integers(0, 96, anyhow.sum())
        weekend = (day + 4) % 7 >= 5  # 2016-01-01 was a Friday
        day[weekend & ~anyhow] -= 2
        for d, h in zip(day.tolist(), hour.tolist(), strict=True):
            local = datetime(2016, 1, 1, tzinfo=info) + timedelta(days=d)
            local = local.replace(hour=h // 4, minute=h % 4 * 15)
            account.append(name)
            quarter.append(int(local.timestamp()) // 900)
    return QuarterCounts.of(account, quarter, n_accounts=accounts)


@given(POSTS, st.sampled_from(OFFSETS))
def test_local_hours_agree_with_datetime(posts: list[tuple[int, int]], offset: int) -> None:
    table = np.zeros((7, 24), dtype=int)
    for _, quarter in posts:
        local = datetime.fromtimestamp(quarter * 900, timezone(timedelta(minutes=offset)))
        table[local.weekday(), local.hour] += 1
    assert hour_of_week(made(posts), offset=offset).tolist() == table.tolist()


@settings(deadline=None)
@given(POSTS, st.sampled_from(sorted(row.zone for row in zone_table())))
def test_local_hours_follow_daylight_saving(posts: list[tuple[int, int]], zone: str) -> None:
    table = np.zeros((7, 24), dtype=int)
    office = np.zeros(5)
    for account, quarter in posts:
        local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(ZoneInfo(zone))
        table[local.weekday(), local.hour] += 1
        office[account] += local.weekday() < 5 and 8 <= local.hour < 17
    assert hour_of_week(made(posts), zone=zone).tolist() == table.tolist()
    mask = slot_mask(range(5), (8, 17))
    assert masked_by_zone(made(posts), mask, [zone])[:, 0].tolist() == office.tolist()


@given(POSTS, st.integers(-9, 9), st.randoms(use_true_random=False))
def test_nothing_changes_that_should_not(posts: list[tuple[int, int]], weeks: int, random: object) -> None:
    mask = slot_mask(range(5), (8, 17))
    expected = masked_by_offset(made(posts), mask)
    shuffled = list(posts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert np.array_equal(masked_by_offset(made(shuffled), mask), expected)
    shifted = [(account, quarter + weeks * 672) for account, quarter in posts]
    assert np.array_equal(masked_by_offset(made(shifted), mask), expected)
    names = list(range(5))
    random.shuffle(names)  # type: ignore[attr-defined]
    renamed = masked_by_offset(made([(names[account], quarter) for account, quarter in posts]), mask)
    assert np.array_equal(renamed[names], expected)


def test_even_posting_has_the_even_share() -> None:
    counts = QuarterCounts.of(np.repeat(np.arange(10), 672), np.tile(np.arange(672), 10), n_accounts=10)
    found = office_hours(counts, offset=0, rng=np.random.default_rng(1))
    assert found.share == pytest.approx(EVEN_OFFICE_SHARE)
    assert found.share_low == pytest.approx(found.share_high)
    assert found.weekend_ratio == pytest.approx(1.0)
    assert masked_by_offset(counts, slot_mask(range(5), (8, 17))).sum(axis=0) == pytest.approx(1800)


def test_office_hours_of_workers() -> None:
    found = office_hours(workers(np.random.default_rng(2), 60), offset=0, rng=np.random.default_rng(3))
    assert found.share == pytest.approx(0.8 + 0.2 * EVEN_OFFICE_SHARE, abs=0.04)
    assert found.share_low < found.share < found.share_high
    assert found.weekend_ratio is not None
    assert found.weekend_ratio < 0.3
    friday = office_hours(
        QuarterCounts.of([0, 0], [(4 + 4) * 96, 4 * 96], n_accounts=1),
        offset=0,
        rng=np.random.default_rng(3),
        weekend=(4, 5),
    )
    assert friday.weekend_ratio == pytest.approx((1 / 2) / (1 / 5))


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Shanghai", 480), ("Asia/Kolkata", 330)])
def test_the_clock_of_office_workers_is_found(zone: str, offset: int) -> None:
    counts = workers(np.random.default_rng(4), 60, zone=zone)
    found = offset_set(counts, SPAN, rng=np.random.default_rng(5), draws=300)
    inside = [clock for clock, kept in zip(found.clocks, found.inside, strict=True) if kept]
    assert offset in inside
    assert all(abs(clock - offset) <= 45 for clock in inside)
    assert {"CN" if offset == 480 else "IN"} <= {match.code for match in found.countries}
    assert set(inside) < set(found.with_slack)


def test_daylight_saving_tells_zones_apart() -> None:
    counts = workers(np.random.default_rng(6), 150, zone="Europe/Berlin", leisure=0.05)
    found = zone_set(counts, SPAN, rng=np.random.default_rng(7), draws=300)
    kept = {zone for group, inside in zip(found.groups, found.inside, strict=True) if inside for zone in group}
    assert "Europe/Berlin" in kept
    assert "Africa/Lagos" not in kept, "the same offset in winter only"
    assert "DE" in {match.code for match in found.countries}


def test_the_set_holds_the_best_clock_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    truth = np.array([0.40, 0.40, 0.395, 0.36, 0.2])
    missed = smaller = 0
    trials = 400
    for _ in range(trials):
        rows = rng.normal(truth, 0.25, (120, 5)) + rng.normal(0, 0.3, (120, 1))
        picks = rng.integers(120, size=(300, 120))
        inside = confidence_set(rows.mean(axis=0), rows[picks].mean(axis=1), level=0.95)
        missed += not inside[0]
        smaller += inside.sum() < 5
    assert missed / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
    assert smaller / trials > 0.95, "clocks that are clearly worse are left out"


def test_sets_without_posts_are_refused() -> None:
    empty = QuarterCounts.of([], [], n_accounts=3)
    with pytest.raises(ValueError, match="no post"):
        office_hours(empty, offset=0, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="no post"):
        offset_set(empty, SPAN, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="multiples of 15"):
        hour_of_week(empty, offset=7)
    with pytest.raises(ValueError, match="either an offset or a zone"):
        hour_of_week(empty)
