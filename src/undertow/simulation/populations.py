"""Posting times of whole populations, as arrays: operators who keep an office's calendar, and organic accounts.

Both are inhomogeneous branching processes (a Hawkes process drawn by its clusters): the expected posts of an
account are spread over days by a day weight and over the day by a daily rhythm; a share ``self_excitation`` of
the posts are follow-ups of another post. The formulas are in ``docs/explanation/simulation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from undertow.simulation.randomness import heavy_tailed, stream
from undertow.simulation.workdays import HOLIDAY, MAKE_UP, WEEKEND, day_kinds, day_number, office_zone, utc_offsets

DAY = 86_400
MICRO = 1_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_BEFORE_NOON = (0.01, 0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.2, 1.0, 1.3, 1.3, 1.1)
_AFTER_NOON = (0.45, 0.6, 1.1, 1.2, 1.1, 0.8, 0.25, 0.15, 0.1, 0.08, 0.05, 0.02)
DAY_SHIFT: Floats = np.repeat(np.array([*_BEFORE_NOON, *_AFTER_NOON]), 2)
"""Relative rate in each half-hour of an office day: full from eight to five with a lunch break."""

ORGANIC_PEAKS = ((8.0, 1.3, 0.25), (12.8, 1.6, 0.3), (20.5, 2.2, 0.45))
"""Morning, midday and evening: mean local hour, standard deviation in hours, share."""


@dataclass(frozen=True)
class PostTimes:
    """Posts as two arrays of equal length, ordered by account, then time.

    ``account``: int32, from 0; ``time``: int64, microseconds since 1970-01-01 UTC.
    """

    account: NDArray[np.int32]
    time: Ints


@dataclass(frozen=True)
class AccountDays:
    """Active days: ``account`` int32, ``day`` int32 (days since 1970-01-01), ``posts`` int32, ordered."""

    account: NDArray[np.int32]
    day: NDArray[np.int32]
    posts: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class OfficeHabits:
    """How operators work. Shares and probabilities are in [0, 1]."""

    compliance: float = 0.92
    """Probability that an operator rests on a rest day, and works on a make-up day."""
    duty_rate: float = 0.5
    """Rate of an operator who works on a rest day, relative to a working day."""
    absence: float = 0.03
    """Probability of a single day off."""
    leave_days: float = 10.0
    """Expected days of annual leave, taken in stretches of five to nine days."""
    night_share: float = 0.05
    """Share of operators on the night shift, twelve hours later."""
    accounts_per_operator: float = 8.0
    """Accounts that one person runs; they rest together."""
    overdispersion: float = 0.7
    """Variance of the daily gamma factor."""
    self_excitation: float = 0.3
    """Share of posts that follow up another post of the account."""


@dataclass(frozen=True, kw_only=True)
class OrganicHabits:
    """How organic accounts live. Shares are in [0, 1]."""

    weekend_ratio: float = 0.9
    """Median of the accounts' weekend rate over their weekday rate."""
    weekend_spread: float = 0.35
    """Standard deviation of the log weekend ratio over accounts."""
    seasonality: float = 0.25
    """Amplitude of the population's yearly rhythm of the log rate."""
    holiday_response: float = 0.0
    """Mean change of the log rate on the public holidays of the account's country (0: holidays mean nothing)."""
    news_events: float = 10.0
    """Shared news events a year, each raising the rates for some days."""
    vacation_days: float = 12.0
    """Expected days a year without any post."""
    persistence: float = 0.9
    """Autocorrelation from day to day of the accounts' log activity."""
    activity_spread: float = 1.0
    """Standard deviation of the accounts' log activity over days."""
    self_excitation: float = 0.5
    """Share of posts that follow up another post of the account."""


def _scatter(
    rng: np.random.Generator, weights: NDArray[np.floating], expected: Floats, excitation: float
) -> tuple[Ints, Ints]:
    """Rows and day indices of cluster starts, independently Poisson(expected * (1 - excitation) * weight / sum).

    Drawn as a Poisson number for each row, split over its days: the cost is the number of posts, not of cells.
    """
    cumulative = np.cumsum(weights, axis=1, dtype=np.float64)
    sums = cumulative[:, -1].copy()
    counts = rng.poisson(np.where(sums > 0, expected * (1 - excitation), 0.0))
    cumulative /= np.where(sums > 0, sums, 1.0)[:, None]
    cumulative += np.arange(len(weights))[:, None]
    rows = np.repeat(np.arange(len(weights)), counts)
    cells = np.searchsorted(cumulative.ravel(), rows + rng.random(len(rows)), side="right")
    last = weights.shape[1] - 1
    return rows, np.clip(cells - rows * weights.shape[1], 0, last)


def _follow_ups(rng: np.random.Generator, rows: Ints, times: Ints, excitation: float) -> tuple[Ints, Ints]:
    """Starts and all their descendants: each post has Poisson(excitation) children, log-normal delays (4 min)."""
    all_rows, all_times = [rows], [times]
    while len(rows):
        children = rng.poisson(excitation, len(rows))
        rows = np.repeat(rows, children)
        delay = np.minimum(rng.lognormal(np.log(240.0), 1.1, len(rows)), 6 * 3600.0)
        times = np.repeat(times, children) + (delay * MICRO).astype(np.int64)
        all_rows.append(rows)
        all_times.append(times)
    return np.concatenate(all_rows), np.concatenate(all_times)


def _ordered(rows: Ints, times: Ints) -> PostTimes:
    order = np.lexsort((times, rows))
    return PostTimes(rows[order].astype(np.int32), times[order])


def _stretches(
    rng: np.random.Generator, rows: int, days: int, *, per_year: float, low: int, high: int
) -> NDArray[np.bool_]:
    """A rows x days mask of absences: Poisson many stretches of ``low`` to ``high`` days at uniform starts."""
    mean = (low + high) / 2
    owners = np.repeat(np.arange(rows), rng.poisson(per_year * days / 365.25 / mean, rows))
    starts = rng.integers(0, days, len(owners))
    ends = np.minimum(starts + rng.integers(low, high + 1, len(owners)), days)
    edges = np.zeros((rows, days + 1), dtype=np.int16)
    np.add.at(edges, (owners, starts), 1)
    np.add.at(edges, (owners, ends), -1)
    return np.asarray(np.cumsum(edges, axis=1)[:, :days] > 0)


def _alive(begin: Ints, end: Ints, days: int) -> NDArray[np.bool_]:
    number = np.arange(days)
    return np.asarray((number >= begin[:, None]) & (number <= end[:, None]))


def office_times(
    rng: np.random.Generator,
    *,
    calendar: str | None,
    zone: str,
    first: date,
    last: date,
    expected: Floats,
    begin: Ints,
    end: Ints,
    operator: Ints,
    night: NDArray[np.bool_],
    habits: OfficeHabits,
) -> PostTimes:
    """Posts of accounts run from an office.

    Row i posts ``expected[i]`` times between day ``begin[i]`` and ``end[i]`` (inclusive, counted from
    ``first``), in the hours and on the days of operator ``operator[i]``; ``night`` is by operator.
    """
    days = (last - first).days + 1
    kinds = day_kinds(calendar, first, last)
    operators = len(night)
    works = np.where((kinds == WEEKEND) | (kinds == HOLIDAY), 1 - habits.compliance, 1 - habits.absence)
    works[kinds == MAKE_UP] = habits.compliance
    rate = np.where((kinds == WEEKEND) | (kinds == HOLIDAY), habits.duty_rate, 1.0)
    duty = np.where(rng.random((operators, days)) < works, rate, 0.0).astype(np.float32)
    duty[_stretches(rng, operators, days, per_year=habits.leave_days, low=5, high=9)] = 0
    weights = duty[operator]
    weights[~_alive(begin, end, days)] = 0
    weights *= rng.standard_gamma(1 / habits.overdispersion, weights.shape, dtype=np.float32)

    rows, day = _scatter(rng, weights, expected, habits.self_excitation)
    cumulative = np.cumsum(DAY_SHIFT / DAY_SHIFT.sum())
    slot = np.minimum(np.searchsorted(cumulative, rng.random(len(rows))), len(DAY_SHIFT) - 1)
    second = (slot + rng.random(len(rows))) * 1800
    second += (rng.standard_normal(len(expected)) * 900)[rows] + night[operator[rows]] * (DAY / 2)
    local = (day_number(first) + day) * DAY + second
    times = ((local - utc_offsets(zone, first, last)[day]) * MICRO).astype(np.int64)
    return _ordered(*_follow_ups(rng, rows, times, habits.self_excitation))


def organic_times(
    rng: np.random.Generator,
    *,
    zones: Sequence[str],
    countries: Sequence[str | None],
    first: date,
    last: date,
    expected: Floats,
    begin: Ints,
    end: Ints,
    place: Ints,
    habits: OrganicHabits,
    away: NDArray[np.bool_] | None = None,
    shared: np.random.Generator | None = None,
) -> PostTimes:
    """Posts of organic accounts.

    Row i lives in ``zones[place[i]]`` and ``countries[place[i]]`` and posts ``expected[i]`` times between day
    ``begin[i]`` and ``end[i]``; ``away`` (rows x days) adds days without posts. ``shared`` draws what the whole
    population has in common (news, the year's phase); it defaults to ``rng``.
    """
    days = (last - first).days + 1
    rows_n = len(expected)
    common = rng if shared is None else shared
    number = np.arange(days)
    log_rate = habits.seasonality * np.sin(2 * np.pi * (number / 365.25 + common.random()))
    for start in np.sort(common.integers(0, days, common.poisson(habits.news_events * days / 365.25))):
        size, fade = common.gamma(2.0, 0.25), common.uniform(1, 6)
        log_rate = log_rate + np.where(number >= start, size * np.exp(-np.maximum(number - start, 0) / fade), 0)

    weekday = (day_number(first) + number + 3) % 7
    ratio = np.log(habits.weekend_ratio) + habits.weekend_spread * rng.standard_normal(rows_n)
    levels = log_rate[None, :] + np.where(weekday >= 5, ratio[:, None], 0)
    for index, country in enumerate(countries):
        if country is not None and habits.holiday_response:
            on_holiday = (day_kinds(country, first, last) == HOLIDAY)[None, :]
            here = np.flatnonzero(place == index)
            response = habits.holiday_response * (1 + 0.5 * rng.standard_normal((len(here), 1)))
            levels[here] += np.where(on_holiday, response, 0)

    step = np.sqrt(1 - habits.persistence**2)
    state = rng.standard_normal(rows_n).astype(np.float32)
    noise = rng.standard_normal((days, rows_n), dtype=np.float32)
    for date_index in range(days):
        state = habits.persistence * state + step * noise[date_index]
        levels[:, date_index] += habits.activity_spread * state
    weights = np.exp(np.clip(levels, -12, 12)) * _alive(begin, end, days)
    weights *= ~_stretches(rng, rows_n, days, per_year=habits.vacation_days, low=5, high=16)
    if away is not None:
        weights *= ~away

    rows, day = _scatter(rng, weights, expected, habits.self_excitation)
    shares = rng.dirichlet([8 * share for _, _, share in ORGANIC_PEAKS], rows_n)
    peak = (rng.random(len(rows))[:, None] > np.cumsum(shares, axis=1)[rows][:, :-1]).sum(axis=1)
    means = np.array([mean for mean, _, _ in ORGANIC_PEAKS])
    spreads = np.array([spread for _, spread, _ in ORGANIC_PEAKS])
    phase = rng.normal(0, 1.2, rows_n)
    hour = (means[peak] + phase[rows] + spreads[peak] * rng.standard_normal(len(rows))) % 24
    offsets = np.array([utc_offsets(zone, first, last) for zone in zones])
    local = (day_number(first) + day) * DAY + hour * 3600
    times = ((local - offsets[place[rows], day]) * MICRO).astype(np.int64)
    return _ordered(*_follow_ups(rng, rows, times, habits.self_excitation))


def _lives(rng: np.random.Generator, rows: int, days: int, whole_life: float) -> tuple[Ints, Ints]:
    """First and last day of each account: a share ``whole_life`` is there all the time, the others for a part."""
    begin = np.where(rng.random(rows) < whole_life, 0, rng.integers(0, max(1, days // 2), rows))
    length = np.where(rng.random(rows) < whole_life, days, rng.integers(max(1, days // 4), days + 1, rows))
    return begin.astype(np.int64), np.minimum(begin + length - 1, days - 1).astype(np.int64)


def operator_posts(
    *,
    seed: int,
    calendar: str | None,
    accounts: int = 300,
    first: date = date(2016, 1, 1),
    last: date = date(2018, 12, 31),
    posts_per_account: float = 400.0,
    zone: str | None = None,
    spread: float = 1.0,
    whole_life: float = 0.6,
    habits: OfficeHabits = OfficeHabits(),
) -> PostTimes:
    """Posting times of accounts run from offices of ``calendar`` (``None``: they know weekends only).

    ``zone`` defaults to the country's office zone (UTC without a calendar), ``spread`` is the log standard
    deviation of the accounts' posts, ``whole_life`` the share of accounts that exist from ``first`` to ``last``.
    Raises UsageError for a calendar without an office zone.

    >>> posts = operator_posts(seed=1, calendar="TW", accounts=20, posts_per_account=50)
    >>> len(posts.account) == len(posts.time) > 500
    True
    """
    rng = stream(seed, "operators")
    days = (last - first).days + 1
    begin, end = _lives(rng, accounts, days, whole_life)
    operators = max(1, round(accounts / habits.accounts_per_operator))
    return office_times(
        rng,
        calendar=calendar,
        zone=zone or ("UTC" if calendar is None else office_zone(calendar)),
        first=first,
        last=last,
        expected=heavy_tailed(rng, accounts, accounts * posts_per_account, spread),
        begin=begin,
        end=end,
        operator=rng.integers(0, operators, accounts),
        night=rng.random(operators) < habits.night_share,
        habits=habits,
    )


ORGANIC_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "US": "America/New_York",
        "MX": "America/Mexico_City",
        "GB": "Europe/London",
        "DE": "Europe/Berlin",
        "RU": "Europe/Moscow",
        "IN": "Asia/Kolkata",
        "ID": "Asia/Jakarta",
        "TW": "Asia/Taipei",
    }
)
"""Where organic accounts live unless said otherwise: country -> zone."""


def organic_posts(
    *,
    seed: int,
    accounts: int = 300,
    first: date = date(2016, 1, 1),
    last: date = date(2018, 12, 31),
    posts_per_account: float = 400.0,
    places: Mapping[str, str] = ORGANIC_PLACES,
    spread: float = 1.5,
    whole_life: float = 0.6,
    habits: OrganicHabits = OrganicHabits(),
) -> PostTimes:
    """Posting times of organic accounts in the countries and zones of ``places`` (country -> IANA zone).

    With the default habits holidays mean nothing to them, so that every calendar found in them is false;
    ``OrganicHabits(holiday_response=...)`` makes them react to their own country's.

    >>> posts = organic_posts(seed=1, accounts=20, posts_per_account=50)
    >>> bool((posts.time[1:] >= posts.time[:-1])[posts.account[1:] == posts.account[:-1]].all())
    True
    """
    rng = stream(seed, "organic")
    days = (last - first).days + 1
    begin, end = _lives(rng, accounts, days, whole_life)
    return organic_times(
        rng,
        zones=list(places.values()),
        countries=list(places),
        first=first,
        last=last,
        expected=heavy_tailed(rng, accounts, accounts * posts_per_account, spread),
        begin=begin,
        end=end,
        place=rng.integers(0, len(places), accounts),
        habits=habits,
    )


def account_days(posts: PostTimes, *, utc_offset_minutes: int = 0) -> AccountDays:
    """The active days of each account, and its posts on them, at a fixed offset from UTC."""
    day = (posts.time + utc_offset_minutes * 60 * MICRO) // (DAY * MICRO)
    key = posts.account.astype(np.int64) * 1_000_000 + day
    unique, counts = np.unique(key, return_counts=True)
    return AccountDays(
        (unique // 1_000_000).astype(np.int32), (unique % 1_000_000).astype(np.int32), counts.astype(np.int32)
    )
