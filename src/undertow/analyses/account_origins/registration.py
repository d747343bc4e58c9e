"""Registration bursts: days, and hours where they are known, on which more accounts of the set began than by chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.account_origins import charts
from undertow.analyses.account_origins.accounts import DAY_US, Accounts, Bool, Int64
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_origins.wording import QUESTION
from undertow.analyses.account_shares import SELECTION
from undertow.finding import Estimate, Finding
from undertow.sql import literal
from undertow.statistics.bursts import HALF_LIFE, LEAST_BINS, LEAST_EVENTS, LEVEL, WINDOWS, Burst, BurstScan, scan
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import IN_BURSTS, rate
from undertow.wording import count, p_words, share, strength_words

DAYS_ID = "account_origins.registration_bursts"
HOURS_ID = "account_origins.registration_hours"

HOUR_US = 3_600_000_000
FIRST_US = 631_152_000_000_000
"""1990-01-01: registrations before, and after :data:`LAST_US` (2100-01-01), are errors of the source."""
LAST_US = 4_102_444_800_000_000
BURSTS_SHOWN = 4

ALTERNATIVES = (
    "News, an event or another platform's outage made many people register at once",
    "The set was collected by the date of registration, or around one event",
    "A class, a company or a campaign that registers its people together, in the open",
    SELECTION,
)


@dataclass(frozen=True)
class Unit:
    """Days or hours: the name, length, rhythm, and which registrations are known so finely."""

    word: str
    microseconds: int
    period: int
    bins_a_day: int


DAY = Unit("day", DAY_US, 7, 1)
HOUR = Unit("hour", HOUR_US, 24, 24)


@dataclass(frozen=True)
class Registrations:
    """The scan of a set: ``bin`` of each account (-1: not examined), ``first`` the first bin since 1970."""

    unit: Unit
    bin: Int64
    first: int
    counts: Int64
    scan: BurstScan

    def burst_of(self) -> Int64:
        """The number of each account's burst, -1 for none."""
        return self.scan.burst_of(self.bin)

    def fullest(self, burst: Burst) -> int:
        """The bin of a burst with most registrations."""
        return burst.first + int(np.argmax(self.counts[burst.first : burst.first + burst.length]))

    def time(self, number: int) -> dt.datetime:
        """When a bin begins."""
        seconds = (self.first + number) * self.unit.microseconds // 1_000_000
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)

    def words(self, burst: Burst) -> str:
        """When a burst was: a day, days, or hours of a day."""
        begin, last = self.time(burst.first), self.time(burst.first + burst.length - 1)
        if self.unit is HOUR:
            end = last + dt.timedelta(hours=1)
            return f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
        return f"{begin:%Y-%m-%d}" if burst.length == 1 else f"{begin:%Y-%m-%d} to {last:%Y-%m-%d}"


def registrations(accounts: Accounts, control: Accounts | None, unit: Unit) -> Registrations | None:
    """The scan of the accounts' registrations by ``unit``; None where fewer than :data:`LEAST_EVENTS` are known."""
    known = _known(accounts, unit)
    if int(known.sum()) < LEAST_EVENTS:
        return None
    times = accounts.created_us // unit.microseconds
    first, last = int(times[known].min()), int(times[known].max())
    if last - first + 1 < LEAST_BINS:
        return None
    place = np.where(known, times - first, -1)
    counts = np.bincount(place[known], minlength=last - first + 1).astype(np.int64)
    beside: npt.NDArray[np.int64] | None = None
    if control is not None:
        there = control.created_us // unit.microseconds - first
        inside = _known(control, unit) & (there >= 0) & (there < counts.size)
        if inside.any():
            beside = np.bincount(there[inside], minlength=counts.size).astype(np.int64)
    found = scan(counts, period=unit.period, bins_a_day=unit.bins_a_day, control=beside, level=LEVEL)
    return Registrations(unit, place, first, counts, found)


def _known(accounts: Accounts, unit: Unit) -> Bool:
    dated = accounts.dated if unit is DAY else accounts.timed
    return dated & (accounts.created_us >= FIRST_US) & (accounts.created_us < LAST_US)


def finding(context: Context, found: Registrations | None, unit: Unit) -> Finding:
    """The finding on bursts of days or hours."""
    name = DAYS_ID if unit is DAY else HOURS_ID
    accounts = context.accounts
    known = int(_known(accounts, unit).sum())
    if found is None:
        what = "date" if unit is DAY else "hour"
        return context.population.too_little(
            name,
            f"the {what} of registration is known of {known:,} of {count(len(accounts), 'account')}, and "
            f"{LEAST_EVENTS} that registered over more than {LEAST_BINS} {unit.word}s are "
            "needed",
        )
    burst_of = found.burst_of()
    inside = int((burst_of >= 0).sum())
    low, high = wilson(inside, known)
    p_value = found.scan.p_value
    rating = rate(low=low if inside else 0.0, high=high, scale=IN_BURSTS, n_accounts=known, p_value=p_value)
    span = f"{found.time(0):%Y-%m-%d} to {found.time(found.counts.size - 1):%Y-%m-%d}"
    return Finding(
        id=name,
        question=QUESTION,
        statement=_statement(found, inside, known, span),
        estimate=Estimate(
            value=inside / known,
            low=low if inside else 0.0,
            high=high,
            unit=f"share of accounts registered in bursts of {unit.word}s",
            n=int(accounts.posts.sum()),
            n_accounts=known,
        ),
        p_value=p_value,
        null_model=(
            f"as many register as the {unit.word}s around it let expect, with the variance and the tail of the "
            f"set's other {unit.word}s (beta negative binomial counts)"
        ),
        method=_method(context, found, known, rating_words=strength_words(rating)),
        assumptions=(
            f"What makes people register fades by no more than half in {HALF_LIFE:g} {unit.word}s, before its "
            "height and after",
            f"No natural count of a {unit.word} has a heavier tail than a power of 3",
        ),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="technical",
        table=f"{name.partition('.')[2]}.parquet",
        chart=f"{name.partition('.')[2]}.vl.json",
        evidence=base.evidence(context.case, _sql(found)),
        result=pa.Table.from_pylist(_rows(context.accounts, found, burst_of), schema=_SCHEMA),
        figure=charts.registrations(_weeks(found), _points(found), unit.word),
    )


def _statement(found: Registrations, inside: int, known: int, span: str) -> str:
    unit = found.unit.word
    if not found.scan.bursts:
        return (
            f"No {unit} stands out: {count(known, 'account')} registered from {span} without a burst beyond chance, "
            f"{p_words(found.scan.p_value)}."
        )
    parts = []
    for burst in found.scan.bursts[:BURSTS_SHOWN]:
        fullest = found.fullest(burst)
        day = (
            f"{int(found.counts[fullest]):,} of them on {found.time(fullest):%Y-%m-%d}; "
            if burst.length > 1
            else ""
        )
        parts.append(
            f"{burst.count:,} {'on' if found.unit is DAY else 'in'} {found.words(burst)} "
            f"({day if found.unit is DAY else ''}{burst.expected:.1f} expected)"
        )
    more = len(found.scan.bursts) - len(parts)
    listed = "; ".join(parts) + (f"; and {more} more bursts" if more > 1 else "; and one more" if more else "")
    return (
        f"{inside:,} of {count(known, 'account')} ({share(inside / known, *wilson(inside, known))}) registered in "
        f"{count(len(found.scan.bursts), 'burst')} beyond chance ({p_words(found.scan.p_value)}): {listed}."
    )


def _method(context: Context, found: Registrations, known: int, *, rating_words: str) -> str:
    unit = found.unit.word
    control = (
        " What happened in the control on the same days is expected here too."
        if context.control is not None
        else " No control was given, so that what all the platform did on a day is not taken out."
    )
    return (
        f"Windows of {', '.join(map(str, WINDOWS))} {unit}s are held against the level of half a year and of four "
        f"weeks about them, the rhythm, and the rise in the three {unit}s on either side; variance and tail are "
        f"learnt from the other windows. P-values are multiplied by the {found.scan.n_windows:,} windows; called at "
        f"{LEVEL:g}. Where one is expected the variance learnt is {found.scan.dispersion:.1f} times that of people "
        f"who register independently.{control} {len(context.accounts) - known:,} of "
        f"{count(len(context.accounts), 'account')} have no registration known to the {unit}. {rating_words}"
    )


_SCHEMA = pa.schema(
    [
        ("first", pa.string()),
        ("last", pa.string()),
        ("accounts", pa.int64()),
        ("expected", pa.float64()),
        ("p", pa.float64()),
        ("fullest", pa.string()),
        ("accounts_then", pa.int64()),
        ("members", pa.list_(pa.string())),
    ]
)


def _rows(accounts: Accounts, found: Registrations, burst_of: Int64) -> list[dict[str, object]]:
    """The batch list: a row a burst, most surprising first, with its fullest day (or hour) and its accounts."""
    form = "%Y-%m-%d" if found.unit is DAY else "%Y-%m-%d %H:%M"
    rows: list[dict[str, object]] = []
    for number, burst in enumerate(found.scan.bursts):
        fullest = found.fullest(burst)
        rows.append(
            {
                "first": found.time(burst.first).strftime(form),
                "last": found.time(burst.first + burst.length - 1).strftime(form),
                "accounts": burst.count,
                "expected": burst.expected,
                "p": burst.p_value,
                "fullest": found.time(fullest).strftime(form),
                "accounts_then": int(found.counts[fullest]),
                "members": [accounts.account_id[at] for at in np.flatnonzero(burst_of == number)],
            }
        )
    return rows


def _sql(found: Registrations) -> str:
    """The profiles registered in the bursts."""
    windows = []
    for burst in found.scan.bursts:
        begin, end = found.time(burst.first), found.time(burst.first + burst.length)
        moments = [literal(f"{moment:%Y-%m-%d %H:%M:%S}+00") for moment in (begin, end)]
        windows.append(f"(created_at >= TIMESTAMPTZ {moments[0]} AND created_at < TIMESTAMPTZ {moments[1]})")
    return f"SELECT * FROM accounts WHERE {' OR '.join(windows) or 'FALSE'}"


def _weeks(found: Registrations) -> list[dict[str, object]]:
    """Registrations by week: what a picture can hold."""
    length = 7 * found.unit.bins_a_day
    starts = np.arange(0, found.counts.size, length)
    totals = np.add.reduceat(found.counts, starts)
    return [
        {"week": f"{found.time(int(at)):%Y-%m-%d}", "accounts": int(total)}
        for at, total in zip(starts, totals, strict=True)
    ]


def _points(found: Registrations) -> list[dict[str, object]]:
    return [
        {
            "week": f"{found.time(burst.first):%Y-%m-%d}",
            "accounts": burst.count,
            "when": found.words(burst),
            "expected": burst.expected,
        }
        for burst in found.scan.bursts
    ]
