"""From registration to the first post: accounts that lay for a year before they were used."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_origins.accounts import DAY_US, UNKNOWN, Accounts
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_shares import Measured, ShareWords, share_finding
from undertow.finding import Finding
from undertow.statistics.strength import ACCOUNTS_SHOWING
from undertow.wording import count

ID = "account_origins.first_post_delay"

SLEEP_DAYS = 365
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def slept(accounts: Accounts) -> tuple[Measured, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Accounts whose first post held came a year or more after they were registered, and the delays in days.

    A first post before the day of registration contradicts itself; such accounts are not examined.
    """
    known = accounts.dated & (accounts.first_us != UNKNOWN)
    first = np.where(known, accounts.first_us, 0)
    created = np.where(known, accounts.created_us, 0)
    known &= first // DAY_US >= created // DAY_US
    days = np.where(known, np.maximum(first - created, 0) / DAY_US, np.nan)
    return Measured(known & (days >= SLEEP_DAYS), known), days


def finding(context: Context) -> Finding:
    """The share of accounts that lay for a year or more before the first post held."""
    seen, days = slept(context.accounts)
    control = None if context.control is None else slept(context.control)
    rows = _rows("these accounts", days[seen.examined])
    if control is not None:
        rows += _rows("control", control[1][control[0].examined])
    more = ""
    if seen.of:
        within = int((days[seen.examined] < 1).sum())
        more = f" The median delay is {np.median(days[seen.examined]):,.0f} days; {within:,} began within a day."
    words = ShareWords(
        what="have their first post held a year or more after they were registered",
        missing=f"of {count(len(context.accounts), 'account')} none has both a date of registration and a post with a time",
        method=(
            "The first post of the account that the case holds, less its registration. Where posts were deleted or "
            "not collected, the first one held is not the first one written, and the delay is too long."
        ),
        alternatives=(
            "The case holds only some of the posts: a keyword, a period, the last 3,200",
            "People who registered early and read for years",
        ),
        more=more,
    )
    return share_finding(
        context.population,
        ID,
        words,
        seen=seen,
        control=None if control is None else control[0],
        scale=ACCOUNTS_SHOWING,
        result=pa.Table.from_pylist(rows) if rows else None,
    )


def _rows(set_: str, days: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[dict[str, object]]:
    if days.size == 0:
        return []
    values = np.quantile(days, _QUANTILES)
    return [
        {"set": set_, "accounts_below": f"{quantile:.0%}", "days": float(value)}
        for quantile, value in zip(_QUANTILES, values, strict=True)
    ]
