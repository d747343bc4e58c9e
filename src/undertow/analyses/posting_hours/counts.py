"""The counted posting times of a case as arrays: what the steps give, with accounts as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.posting_hours import steps
from undertow.engines.engine import Engine
from undertow.statistics.day_scores import ActiveDays
from undertow.statistics.hours import QuarterCounts

Ints = npt.NDArray[np.int64]

QUARTERS_A_DAY = 96


@dataclass(frozen=True)
class PostingTimes:
    """The posting times of the posts in scope.

    ``accounts`` are their sorted names; ``quarters`` counts posts by account and quarter hour (UTC), ``minutes``
    by minute of the hour (shape: accounts, 60), ``seconds`` by second of the minute (only posts whose seconds
    are known). ``without_time`` and ``day_only`` posts are in none of them.
    """

    accounts: pa.StringArray
    quarters: QuarterCounts
    minutes: Ints
    seconds: Ints
    n_posts: int
    without_time: int
    day_only: int

    @property
    def n_accounts(self) -> int:
        """Accounts with at least one post that has a time."""
        return len(self.accounts)

    @property
    def n_timed(self) -> int:
        """Posts with a time of day."""
        return self.quarters.n_posts

    def active_days(self, offset_minutes: int) -> ActiveDays:
        """Which account was active on which local day at a UTC offset (a multiple of 15 minutes).

        Raises ValueError when there is no post with a time.
        """
        days = (self.quarters.quarter + offset_minutes // 15) // QUARTERS_A_DAY
        if days.size == 0:
            raise ValueError("no post has a time")
        first = int(days.min())
        return ActiveDays.of(
            self.quarters.account,
            days - first,
            n_accounts=self.n_accounts,
            first=np.datetime64(first, "D"),
            n_days=int(days.max()) - first + 1,
        )


def posting_times(engine: Engine) -> PostingTimes:
    """Count the posts of ``engine``; the result does not depend on the engine or the order of its rows."""
    totals = engine.run(steps.TOTALS).to_pylist()[0]
    tables = [engine.run(step) for step in (steps.QUARTER_HOURS, steps.MINUTES, steps.SECONDS)]
    names = [pc.binary_join_element_wise(t["platform"], t["account_id"], "\0").combine_chunks() for t in tables]
    accounts = pc.unique(names[0])
    accounts = accounts.take(pc.sort_indices(accounts))
    account = [pc.index_in(name, accounts).to_numpy(zero_copy_only=False).astype(np.int64) for name in names]
    n_accounts = len(accounts)
    return PostingTimes(
        accounts=accounts,
        quarters=QuarterCounts.of(
            account[0], tables[0]["quarter_hour"].to_numpy(), tables[0]["posts"].to_numpy(), n_accounts=n_accounts
        ),
        minutes=_dense(account[1], tables[1]["minute"], tables[1]["posts"], n_accounts),
        seconds=_dense(account[2], tables[2]["second"], tables[2]["posts"], n_accounts),
        n_posts=int(totals["posts"]),
        without_time=int(totals["without_time"] or 0),
        day_only=int(totals["day_only"] or 0),
    )


def _dense(account: Ints, slot: pa.ChunkedArray, posts: pa.ChunkedArray, n_accounts: int) -> Ints:
    table = np.zeros((n_accounts, 60), dtype=np.int64)
    np.add.at(table, (account, slot.to_numpy()), posts.to_numpy())
    return table
