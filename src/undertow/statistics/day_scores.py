"""How much each day looks like a day of rest: 0 an ordinary weekday, 1 an ordinary weekend day.

For account a and day d, x is 1 if the account was active; p is its rate on the other weekdays within 28 days,
shrunk towards its rate over its life; rho is its weekend rate over its weekday rate, shrunk towards everybody's.
The log-likelihood ratio of "rests as on weekends" against "ordinary weekday" is, summed over accounts,

    Lambda_d = sum_a [x log rho + (1 - x) log((1 - p rho) / (1 - p))],

and the score is Lambda_d moved and scaled by its expectations under p and under p rho. With
s = log(rho (1 - p) / (1 - p rho)) that is

    u_d = sum_a s (x - p) / sum_a s p (rho - 1),

whose denominator, the information of the day, is never negative: accounts that are *more* active on weekends
count too, with the sign turned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CELLS_AT_ONCE = 250_000
"""Account-days laid out at once: what the processor's cache holds."""
_CELLS_KEPT = 12_000_000
"""Account-days kept between the two passes (13 bytes each); beyond that they are made twice."""
_MAX_RATE = 0.98
_RHYTHM_BOUNDS = (0.05, 4.0)


@dataclass(frozen=True)
class ActiveDays:
    """Which account was active on which day: unique pairs, sorted by account, then day.

    ``account`` runs over 0..n_accounts-1, ``day`` over 0..n_days-1, day 0 being ``first`` in local time.
    """

    account: Ints
    day: Ints
    n_accounts: int
    n_days: int
    first: np.datetime64

    @classmethod
    def of(
        cls, account: npt.ArrayLike, day: npt.ArrayLike, *, n_accounts: int, first: np.datetime64, n_days: int
    ) -> ActiveDays:
        """From pairs in any order, repeated or not (one pair a post will do).

        Raises ValueError for an account or day out of range.
        """
        accounts, days = np.asarray(account, dtype=np.int64), np.asarray(day, dtype=np.int64)
        if accounts.shape != days.shape or accounts.ndim != 1:
            raise ValueError("account and day must be one-dimensional and of the same length")
        if accounts.size and (accounts.min() < 0 or accounts.max() >= n_accounts):
            raise ValueError(f"accounts must lie in 0..{n_accounts - 1}")
        if days.size and (days.min() < 0 or days.max() >= n_days):
            raise ValueError(f"days must lie in 0..{n_days - 1}")
        key = np.unique(accounts * n_days + days)
        return cls(key // n_days, key % n_days, n_accounts, n_days, first.astype("datetime64[D]"))

    @classmethod
    def from_dates(cls, account: npt.ArrayLike, dates: npt.NDArray[np.datetime64]) -> ActiveDays:
        """From account names (or numbers) and local dates; the span runs from the first date to the last."""
        if dates.size == 0:
            raise ValueError("no active day given")
        names, codes = np.unique(np.asarray(account), return_inverse=True)
        numbers = dates.astype("datetime64[D]").astype(np.int64)
        first = int(numbers.min())
        return cls.of(
            codes,
            numbers - first,
            n_accounts=len(names),
            first=np.datetime64(first, "D"),
            n_days=int(numbers.max()) - first + 1,
        )

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """Every day of the span."""
        return self.first + np.arange(self.n_days)


@dataclass(frozen=True)
class DayScores:
    """The score of each day, all arrays of shape (days,).

    ``score`` (u) is NaN where no account says anything; ``information`` is its denominator, in nats; ``active``
    and ``expected`` count active accounts, seen and expected of an ordinary weekday. ``rhythm`` is
    everybody's weekend rate over weekday rate.
    """

    score: Floats
    information: Floats
    active: Floats
    expected: Floats
    rhythm: float


@dataclass
class _Cells:
    """The account-days of some accounts on which they may have been active."""

    account: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    active: Mask
    rate: npt.NDArray[np.float32]


def day_scores(
    pairs: ActiveDays,
    weekend: Mask,
    *,
    window: int = 28,
    rate_prior: float = 2.0,
    rhythm_prior: float = 5.0,
) -> DayScores:
    """Score every day of ``pairs``, where ``weekend`` (shape: days) marks the ordinary days of rest.

    ``window`` is in days to either side; ``rate_prior`` and ``rhythm_prior`` are the weights of the shrinkage,
    in days. The work grows with the days that accounts live; memory is bounded.
    """
    if weekend.shape != (pairs.n_days,):
        raise ValueError(f"weekend has {weekend.shape} entries, the span {pairs.n_days} days")
    kept: list[_Cells] = []
    room = _CELLS_KEPT
    rests = np.zeros(pairs.n_accounts)
    expected_rests = np.zeros(pairs.n_accounts)
    parts = _parts(pairs, window)
    for part in parts:
        cells = _cells(pairs, part, weekend, window, rate_prior)
        room -= cells.day.size
        if room >= 0:
            kept.append(cells)
        on_weekend = np.flatnonzero(weekend[cells.day])
        rested = cells.account[on_weekend]
        rests += np.bincount(rested, cells.active[on_weekend], minlength=pairs.n_accounts)
        expected_rests += np.bincount(rested, cells.rate[on_weekend], minlength=pairs.n_accounts)
    total = float(expected_rests.sum())
    common = float(np.clip(rests.sum() / total if total > 0 else 1.0, *_RHYTHM_BOUNDS))
    rhythm = np.clip((rests + rhythm_prior * common) / (expected_rests + rhythm_prior), *_RHYTHM_BOUNDS)

    days = pairs.n_days
    rhythm32 = rhythm.astype(np.float32)
    numerator, information, active, expected = (np.zeros(days) for _ in range(4))
    for index, part in enumerate(parts):
        cells = kept[index] if index < len(kept) else _cells(pairs, part, weekend, window, rate_prior)
        rate = cells.rate
        ratio = np.minimum(rhythm32[cells.account], _MAX_RATE / np.maximum(rate, 1e-9))
        weight = np.log(ratio * (1 - rate) / (1 - rate * ratio))
        numerator += np.bincount(cells.day, weight * (cells.active - rate), minlength=days)
        information += np.bincount(cells.day, weight * rate * (ratio - 1), minlength=days)
        active += np.bincount(cells.day, cells.active, minlength=days)
        expected += np.bincount(cells.day, rate, minlength=days)
    known = information > 1e-6
    score = np.full(days, np.nan)
    score[known] = numerator[known] / information[known]
    return DayScores(score, information, active, expected, common)


def _parts(pairs: ActiveDays, window: int) -> list[tuple[int, int]]:
    """Ranges of pairs, cut between accounts, whose account-days fit in memory at once."""
    if pairs.account.size == 0:
        return []
    starts = np.flatnonzero(np.diff(pairs.account, prepend=-1))
    stops = np.append(starts[1:], pairs.account.size)
    lives = pairs.day[stops - 1] - pairs.day[starts] + 1 + 2 * window
    group = np.cumsum(lives) // _CELLS_AT_ONCE
    cuts = np.flatnonzero(np.diff(group, prepend=-1))
    ends = np.append(cuts[1:], len(starts))
    return [(int(starts[low]), int(stops[high - 1])) for low, high in zip(cuts, ends, strict=True)]


def _cells(pairs: ActiveDays, part: tuple[int, int], weekend: Mask, window: int, prior: float) -> _Cells:
    """Lay the lives of some accounts end to end and count each day's active weekdays round it."""
    account, day = pairs.account[slice(*part)], pairs.day[slice(*part)]
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    stops = np.append(starts[1:], account.size)
    born, died = day[starts], day[stops - 1]
    low = np.maximum(born - window, 0)
    length = np.minimum(died + window, pairs.n_days - 1) - low + 1
    offset = np.concatenate(([0], np.cumsum(length)))
    life = np.repeat(np.arange(len(starts), dtype=np.int32), length)
    position = np.arange(offset[-1], dtype=np.int32)
    days = position - np.repeat((offset[:-1] - low).astype(np.int32), length)

    active = np.zeros(offset[-1], dtype=np.bool_)
    active[day + np.repeat(offset[:-1] - low, stops - starts)] = True
    on_weekday = active & ~weekend[days]
    running = np.zeros(offset[-1] + 1, dtype=np.int32)
    np.cumsum(on_weekday, out=running[1:])
    reach_low = np.maximum(position - window, np.repeat(offset[:-1].astype(np.int32), length))
    reach_high = np.minimum(position + (window + 1), np.repeat(offset[1:].astype(np.int32), length))
    near = running[reach_high] - running[reach_low] - on_weekday

    weekdays = np.concatenate(([0], np.cumsum(~weekend, dtype=np.int64)))
    every = np.arange(pairs.n_days)
    spread = weekdays[np.minimum(every + window + 1, pairs.n_days)] - weekdays[np.maximum(every - window, 0)]
    spread = spread - ~weekend

    seen = np.flatnonzero((near > 0) | active)
    life, days, near = life[seen], days[seen], near[seen].astype(np.float32)
    active, on_weekday = active[seen], on_weekday[seen]
    total = (running[offset[1:]] - running[offset[:-1]]).astype(np.float32)
    lived = (weekdays[died + 1] - weekdays[born]).astype(np.float32)
    rate_of_life = (total[life] - on_weekday) / np.maximum(lived[life] - on_weekday, 1)
    rate = (near + prior * rate_of_life) / (spread.astype(np.float32)[days] + prior)
    return _Cells(account[starts].astype(np.int32)[life], days, active, np.minimum(rate, _MAX_RATE))
