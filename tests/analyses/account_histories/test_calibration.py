"""The p-values of the aspects where one hand made all days, also where neighbouring days resemble each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_lives import ONE, Stretch, called, studied

from undertow.analyses.account_histories.activity import Days, Uses
from undertow.analyses.account_histories.aspects import (
    hour_marks,
    item_marks,
    likelihood_ratio,
    marks_change,
    returns_change,
)
from undertow.analyses.account_histories.moments import boundaries, moments

ACCOUNTS, DAYS, LEVEL = 1_500, 60, 0.05
TOLERANCE = 3.3 * (LEVEL * (1 - LEVEL) / ACCOUNTS) ** 0.5


def _days(rng: np.random.Generator) -> Days:
    """Accounts with 60 active days and bursty gaps."""
    account = np.repeat(np.arange(ACCOUNTS), DAYS)
    gaps = 1 + np.floor(rng.lognormal(0, 1.2, (ACCOUNTS, DAYS))).astype(np.int64)
    day = np.cumsum(gaps, axis=1).ravel()
    one = np.ones(len(day), np.int64)
    return Days.of(
        account, day, posts=one, first=day * 86_400_000_000, last=day * 86_400_000_000, n_accounts=ACCOUNTS
    )


def _chain(rng: np.random.Generator, persistence: float, items: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    drawn = rng.integers(0, items, (ACCOUNTS, DAYS))
    keep = rng.random((ACCOUNTS, DAYS)) < persistence
    for day in range(1, DAYS):
        drawn[:, day] = np.where(keep[:, day], drawn[:, day - 1], drawn[:, day])
    return drawn.ravel()


@pytest.mark.parametrize("persistence", [0.0, 0.5])
@pytest.mark.parametrize("aspect", ["items", "hours"])
def test_marks(aspect: str, persistence: float) -> None:
    """The smallest p-value over all moments of an account, chosen with a look at the data, keeps its size."""
    rng = np.random.default_rng(21)
    days = _days(rng)
    every = np.arange(len(days.day))
    item = _chain(rng, persistence, 3 if aspect == "items" else 24)
    names = tuple(f"{number:02d}" for number in range(24))
    uses = Uses(every, item, np.ones(len(item), np.int64), names)
    marks = item_marks(uses, days) if aspect == "items" else hour_marks(uses, days)
    rows = boundaries(days, 5)
    tried = moments(days, rows, likelihood_ratio(marks, days, rows))
    change = marks_change(marks, days, tried, least_effect=0.0)
    smallest = np.ones(ACCOUNTS)
    np.minimum.at(smallest, tried.account, np.where(np.isnan(change.p_value), 1.0, change.p_value))
    assert np.mean(smallest <= LEVEL) <= LEVEL + TOLERANCE


@pytest.mark.parametrize("lasting", [3, 30])
def test_returns(lasting: int) -> None:
    """Topics that come and go, for days or for weeks, come back after the moments as at any other time."""
    rng = np.random.default_rng(22)
    days = _days(rng)
    place = np.tile(np.arange(DAYS), ACCOUNTS)
    born = rng.integers(-lasting, DAYS, (ACCOUNTS, 40))
    rows, items = [], []
    for item in range(40):
        begin = born[days.account, item]
        alive = (place >= begin) & (place < begin + lasting) & (rng.random(len(place)) < 0.5)
        rows.append(np.flatnonzero(alive))
        items.append(np.full(alive.sum(), item))
    row, item = np.concatenate(rows), np.concatenate(items)
    order = np.lexsort((item, row))
    uses = Uses(row[order], item[order], np.ones(len(row), np.int64), tuple(f"{n:02d}" for n in range(40)))
    boundary = boundaries(days, 5)
    tried = moments(days, boundary, rng.random(len(boundary)))
    change = returns_change(uses, days, tried, least_effect=0.0)
    smallest = np.ones(ACCOUNTS)
    np.minimum.at(smallest, tried.account, np.where(np.isnan(change.p_value), 1.0, change.p_value))
    assert np.mean(smallest <= LEVEL) <= LEVEL + TOLERANCE


def test_shares_of_the_error_rate_add_up_to_one() -> None:
    days = _days(np.random.default_rng(23))
    rows = boundaries(days, 5)
    pauses = np.argsort(-days.pauses()[rows], kind="stable")
    tried = moments(days, rows, np.zeros(len(rows)))
    assert pauses.size == len(rows)
    spent = np.bincount(tried.account, tried.weight)
    tried_of_each = np.bincount(tried.account)
    left = (DAYS - 9 - tried_of_each) * 0.25 / (DAYS - 9)
    assert np.allclose(spent + left, 1.0)


def test_two_clients_used_alike_are_no_split_and_no_change(tmp_path: Path) -> None:
    number = 250
    other = replace(ONE, client="Desk")
    accounts = {f"a{place:03d}": (Stretch(ONE, 0, 30), Stretch(other, 0, 30)) for place in range(number)}
    result = studied(tmp_path, accounts)
    p = result.splits.p_value
    assert len(p) > 0.8 * number
    smallest = np.minimum(1.0, np.nanmin(p, axis=1) * (~np.isnan(p)).sum(axis=1))
    assert np.mean(smallest <= LEVEL) <= LEVEL + 3.3 * (LEVEL * (1 - LEVEL) / len(p)) ** 0.5
    assert called(result) == set()
