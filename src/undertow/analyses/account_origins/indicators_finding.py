"""Each account's indicators of having been made rather than opened by a person, and how many it has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from undertow.analyses.account_origins.accounts import Accounts
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_shares import Measured, ShareWords, share_finding
from undertow.finding import Finding
from undertow.statistics.strength import ACCOUNTS_SHOWING

ID = "account_origins.indicators"

MANY = 3
"""Indicators from which an account is counted."""


def finding(context: Context, here: Mapping[str, Measured], there: Mapping[str, Measured] | None) -> Finding:
    """The share of accounts with three or more indicators; the table has every account with any."""
    seen = combined(context.accounts, here)
    control = None if context.control is None or there is None else combined(context.control, there)
    usable = [name for name, measured in here.items() if measured.of]
    missing = [name for name in here if name not in usable]
    words = ShareWords(
        what=f"show {MANY} or more of {len(usable)} indicators of made accounts",
        missing=f"fewer than {MANY} indicators can be examined",
        method=(
            f"Indicators of an account: {', '.join(usable)}."
            + (f" Not examined for want of data: {', '.join(missing)}." if missing else "")
            + " Each counts one, whatever its strength; one more can only raise the number. The number says "
            f"where to look first, and is no verdict. An account is examined where {MANY} or more of them are known "
            "of it."
        ),
        alternatives=(
            "Newcomers who write little have several of them at once: no profile, a suggested name, few followers",
            "Indicators that come together by nature (an empty profile and a suggested name) count twice",
        ),
    )
    return share_finding(
        context.population,
        ID,
        words,
        seen=seen,
        control=control,
        scale=ACCOUNTS_SHOWING,
        result=table(context.accounts, here),
    )


def combined(accounts: Accounts, indicators: Mapping[str, Measured]) -> Measured:
    """Accounts with :data:`MANY` indicators or more, of those of which so many are known."""
    known, number = np.zeros(len(accounts), np.int64), np.zeros(len(accounts), np.int64)
    for measured in indicators.values():
        known += measured.examined
        number += measured.yes & measured.examined
    return Measured(number >= MANY, known >= MANY)


def table(accounts: Accounts, indicators: Mapping[str, Measured]) -> pa.Table:
    """A row for each account with any indicator, most first: yes, no, or null where it could not be examined."""
    number = np.zeros(len(accounts), np.int64)
    for measured in indicators.values():
        number += measured.yes & measured.examined
    order = np.lexsort((np.arange(len(accounts)), -number))
    order = order[number[order] > 0]
    columns: dict[str, object] = {
        "platform": [accounts.platform[at] for at in order],
        "account_id": [accounts.account_id[at] for at in order],
        "indicators": pa.array(number[order], pa.int64()),
    }
    for name, measured in indicators.items():
        columns[name.replace(" ", "_")] = pa.array(measured.yes[order], pa.bool_(), mask=~measured.examined[order])
    return pa.table(columns)
