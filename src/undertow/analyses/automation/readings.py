"""One indicator of automation, read off every account: yes, no, or not examined, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.account_shares import Bool, Measured, Population, ShareWords, share_finding
from undertow.analyses.automation.timelines import Ints, Timelines
from undertow.finding import Finding
from undertow.statistics.multiple_testing import benjamini_hochberg
from undertow.statistics.strength import ACCOUNTS_SHOWING

Floats = npt.NDArray[np.float64]

FALSE_SHARE = 0.01
"""Expected share of false ones among the accounts that a test calls (Benjamini and Hochberg)."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An indicator: its finding's id, its name in the table of indicators, and what it says of each account.

    ``values`` are the numbers behind it, one entry an account, NaN where not examined; ``result`` replaces the table of the
    accounts with a yes where there is something better to show.
    """

    id: str
    name: str
    words: ShareWords
    measured: Measured
    values: Mapping[str, Floats] = field(default_factory=dict)
    result: pa.Table | None = None
    figure: Mapping[str, object] | None = None


def finding(population: Population, given: Timelines, here: Reading, control: Reading | None) -> Finding:
    """The finding of one indicator: the share of accounts that show it, and the accounts."""
    return share_finding(
        population,
        here.id,
        here.words,
        seen=here.measured,
        control=None if control is None else control.measured,
        scale=ACCOUNTS_SHOWING,
        result=_accounts(given, here) if here.result is None else here.result,
        figure=here.figure,
    )


def _accounts(given: Timelines, reading: Reading) -> pa.Table:
    """The accounts with a yes, those with the largest first value first, and the numbers behind it."""
    yes = np.flatnonzero(reading.measured.yes & reading.measured.examined)
    if reading.values:
        first = next(iter(reading.values.values()))
        yes = yes[np.argsort(-first[yes], kind="stable")]
    columns: dict[str, object] = {
        "platform": [given.platform[at] for at in yes],
        "account_id": [given.account_id[at] for at in yes],
        "posts": given.posts[yes],
    }
    for name, values in reading.values.items():
        columns[name] = pa.array(values[yes], pa.float64(), from_pandas=True)
    return pa.table(columns)


def called(p_values: Floats, examined: Bool) -> Bool:
    """Which of the examined accounts a test calls, at a false discovery rate of :data:`FALSE_SHARE`."""
    found = np.zeros(examined.size, np.bool_)
    found[examined] = benjamini_hochberg(p_values[examined]) <= FALSE_SHARE
    return found


def medians(values: Floats, account: Ints, n_accounts: int) -> Floats:
    """The median of each account's values (NaN for none)."""
    order = np.lexsort((values, account))
    values, account = values[order], account[order]
    number = np.bincount(account, minlength=n_accounts)
    start = np.r_[0, np.cumsum(number)[:-1]]
    found = np.full(n_accounts, np.nan)
    some = number > 0
    low, high = start + (number - 1) // 2, start + number // 2
    found[some] = (values[low[some]] + values[high[some]]) / 2
    return found
