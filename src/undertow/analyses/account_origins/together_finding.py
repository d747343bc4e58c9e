"""Do accounts that were registered together also act together? Registration against the groups of coordination."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.account_origins.accounts import DAY_US, Accounts, Bool, Int64
from undertow.analyses.account_origins.context import Context
from undertow.analyses.account_origins.wording import QUESTION
from undertow.analyses.account_shares import SELECTION
from undertow.analyses.derived import derived
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.multiple_testing import monte_carlo_p
from undertow.statistics.strength import SHARE_BEYOND_CONTROL, rate
from undertow.wording import count, p_words, share, strength_words

ID = "account_origins.registered_together"
GROUPS = "coordination.groups"

DRAWS = 499


def finding(context: Context) -> Finding:
    """The share of grouped accounts that were registered within a day of another one of their group."""
    accounts = context.accounts
    if not accounts.posts.any():
        return context.population.too_little(
            ID, "there are no posts, so that nobody is seen to act", aspect="behaviour"
        )
    groups = _groups(context)
    if groups is None:
        return context.population.too_little(
            ID, "the groups of accounts that act together are not available to this analysis", aspect="behaviour"
        )
    group = _group_of(accounts, groups)
    pool = accounts.dated & (accounts.posts > 0)
    grouped = pool & (group >= 0)
    if int(grouped.sum()) < 2:
        return context.population.too_little(
            ID,
            f"of the {count(int((group >= 0).sum()), 'account')} in groups that act together {int(grouped.sum()):,} "
            "have a known date of registration",
            aspect="behaviour",
        )
    rng = np.random.default_rng([context.parameters.seed, 51])
    together = np.zeros(len(accounts), np.bool_)
    together[grouped] = partnered(accounts.created_us[grouped], group[grouped])
    seen, number = int(together.sum()), int(grouped.sum())
    times = accounts.created_us[pool]
    drawn = np.array([partnered(rng.permutation(times)[:number], group[grouped]).sum() for _ in range(DRAWS)])
    p_value = float(monte_carlo_p(int((drawn >= seen).sum()), DRAWS))
    by_chance = float(drawn.mean()) / number
    low, high = wilson(seen, number)
    rating = rate(
        low=low - by_chance, high=high - by_chance, scale=SHARE_BEYOND_CONTROL, n_accounts=number, p_value=p_value
    )
    evidence, which = context.population.evidence(together)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=(
            f"{seen:,} of {count(number, 'account')} in groups that act together "
            f"({share(seen / number, low, high)}; 95% interval {low:.1%} to {high:.1%}) were registered within a "
            f"day of another account of their group; {share(by_chance)} would be by chance ({p_words(p_value)})."
        ),
        estimate=Estimate(
            value=seen / number,
            low=low,
            high=high,
            unit="share of accounts in groups",
            n=int(accounts.posts.sum()),
            n_accounts=number,
        ),
        p_value=p_value,
        null_model="dates of registration are exchangeable between the accounts of the set that post",
        method=(
            f"Groups are those of coordination ({GROUPS}). Dates are exchanged at random between all accounts of "
            f"the set that post ({int(pool.sum()):,}), {DRAWS} times; the groups stay. {which} "
            f"{strength_words(rating)}"
        ),
        assumptions=("Without a common origin, who acts together says nothing of when they registered",),
        alternatives=(
            "One owner who opened several accounts one after another, or a service that opens them for its users",
            "Friends or colleagues who joined together, after the same event, and share the same interests",
            "Groups that are one community of an age: its members joined in the same months",
            SELECTION,
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="registered_together.parquet",
        evidence=evidence,
        result=_table(accounts, group, grouped, together),
    )


def _groups(context: Context) -> pa.Table | None:
    given: base.Parameters = context.parameters
    if context.control is not None and not context.control.posts.any():  # a control of profiles only
        given = base.Parameters(scope=given.scope, engine=given.engine, seed=given.seed, asked=given.asked)
    try:
        return derived(context.case, GROUPS, given)
    except KeyError:  # no analysis publishes them
        return None


def _group_of(accounts: Accounts, groups: pa.Table) -> Int64:
    """Each account's group, -1 for none."""
    of = {
        (platform, account): number
        for platform, account, number in zip(
            groups["platform"].to_pylist(),
            groups["account_id"].to_pylist(),
            groups["group"].to_pylist(),
            strict=True,
        )
    }
    pairs = zip(accounts.platform, accounts.account_id, strict=True)
    return np.array([-1 if (found := of.get(pair)) is None else found for pair in pairs], np.int64)


def partnered(times: Int64, group: Int64) -> Bool:
    """Whether another account of the same group was registered within a day (microseconds), for each account.

    >>> partnered(np.array([0, 5, 9 * DAY_US, 0]), np.array([1, 1, 1, 2])).tolist()
    [True, True, False, False]
    """
    order = np.lexsort((times, group))
    near = (group[order][1:] == group[order][:-1]) & (np.diff(times[order]) <= DAY_US)
    found = np.zeros(times.size, np.bool_)
    found[order[1:]] |= near
    found[order[:-1]] |= near
    return found


def _table(accounts: Accounts, group: Int64, grouped: Bool, together: Bool) -> pa.Table:
    rows = [
        {
            "group": int(number),
            "accounts": int((grouped & (group == number)).sum()),
            "registered_together": int((together & (group == number)).sum()),
            "members": [accounts.account_id[at] for at in np.flatnonzero(together & (group == number))],
        }
        for number in np.unique(group[grouped])
    ]
    rows.sort(key=lambda row: (-int(str(row["registered_together"])), int(str(row["group"]))))
    return pa.Table.from_pylist(rows)
