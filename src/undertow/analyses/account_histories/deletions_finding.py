"""Deleted posts: counters that fell by half or more, when, and how many of the counted posts the case holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories.activity import DAY_US
from undertow.analyses.account_histories.context import Context, day, moment
from undertow.analyses.account_histories.sightings import EMPTIED, LEAST_COUNTED
from undertow.analyses.account_histories.wording import QUESTION
from undertow.finding import Estimate, Finding
from undertow.schema import TIMESTAMP
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import EMPTIED_ACCOUNTS, rate
from undertow.statistics.waves import Wave, wave
from undertow.wording import count, p_words, share, strength_words

ID = "account_histories.deletions"
WINDOW_DAYS = 30
PERIOD = 12
"""Windows in a period within which a deletion could have happened as well at another time."""

LEAST_EMPTIED = 5
"""Fewest emptied accounts for a crowd to be looked for."""


def _crowd(context: Context, draws: int) -> Wave | None:
    """Whether the accounts' first falls crowd, each drawn evenly within its twelve windows; None for too few."""
    falls = context.study.found.falls
    first = np.unique(falls.account, return_index=True)[1]
    if len(first) < LEAST_EMPTIED:
        return None
    at = falls.after[first] / DAY_US
    cell = at // (PERIOD * WINDOW_DAYS) * (PERIOD * WINDOW_DAYS)
    rng = np.random.default_rng([context.seed, 6])
    return wave(at, cell, cell + PERIOD * WINDOW_DAYS, width=WINDOW_DAYS, draws=draws, rng=rng)


def _crowd_words(crowd: Wave) -> str:
    return (
        f" In the {WINDOW_DAYS} days from {day(round(crowd.start * DAY_US))} {crowd.count:,} accounts are first seen "
        f"emptied, where single deletions give {crowd.expected:.1f} at most on average ({p_words(crowd.p_value)})."
    )


def finding(context: Context, *, draws: int) -> Finding:
    """How many accounts were emptied, and what share of the counted posts is not held."""
    study = context.study
    falls, sights = study.found.falls, study.found.counters
    seen = np.unique(sights.account)
    emptied = np.unique(falls.account)
    n, number = len(seen), len(emptied)
    low, high = wilson(number, n) if n else (None, None)
    crowd = _crowd(context, draws) if number else None
    p_value = None if crowd is None else crowd.p_value
    rating = rate(low=low, high=high, scale=EMPTIED_ACCOUNTS, n_accounts=n, tested=False)
    missing = study.profiles.missing(study.found.posts)
    known = missing[~np.isnan(missing)]
    held = (
        f" Of the posts that the platform counted, the case lacks {np.median(known):.0%} in the middle of "
        f"{count(len(known), 'account')}: deleted, "
        "or never part of the source."
        if len(known)
        else ""
    )
    changes = study.found.profiles
    renamed = np.unique(changes.account[changes.event])
    profiles = (
        f" Handle, display name or description changed in {len(renamed):,} of "
        f"{count(len(np.unique(changes.account)), 'account')} whose profile was "
        "seen on several days."
        if len(changes.account)
        else " No profile was seen on two days, so that changes of name cannot be told."
    )
    if not n:
        statement = (
            "Deletions cannot be told: no account\u2019s counter of posts was seen more than once."
            + held
            + profiles
        )
    elif not number:
        statement = (
            f"None of {count(n, 'account')} whose counter of posts was seen more than once was emptied."
            + held
            + profiles
        )
    else:
        statement = (
            (
                f"{count(number, 'account')} of {n:,} whose counter of posts was seen more than once "
                f"({share(number / n, low, high)}) "
                f"{'was' if number == 1 else 'were'} emptied: the counter fell by half or more, "
                f"{count(len(falls.account), 'time')} in all.{'' if crowd is None else _crowd_words(crowd)}"
            )
            + held
            + profiles
        )
    evidence, words = context.posts_of(emptied)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=number / n if n else None,
            low=low,
            high=high,
            unit="share of accounts",
            n=int(study.found.posts[seen].sum()),
            n_accounts=n,
        ),
        p_value=p_value,
        null_model=None
        if crowd is None
        else f"each account was emptied at a time of its own, drawn evenly within the same {PERIOD * WINDOW_DAYS} days",
        method=(
            f"Successive sights of the platform\u2019s counter, where at least {LEAST_COUNTED} posts were counted "
            f"before and {1 - EMPTIED:.0%} of them or fewer "
            f"after. A fall is dated between two sights. {words} {strength_words(rating)}"
        ),
        assumptions=("The counter is the platform\u2019s and right at the time of the sight",),
        alternatives=(
            "People empty their own accounts, by hand or with services that delete old posts",
            "The platform removes posts, or a counter was read wrongly once",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="account_deletions.parquet",
        evidence=evidence,
        result=pa.table(
            {
                "platform": pa.array([context.platform(int(a)) for a in falls.account], pa.string()),
                "account_id": pa.array([context.account_id(int(a)) for a in falls.account], pa.string()),
                "seen_before": pa.array([moment(int(at)) for at in falls.before], TIMESTAMP),
                "seen_after": pa.array([moment(int(at)) for at in falls.after], TIMESTAMP),
                "counted_before": pa.array(falls.most, pa.int64()),
                "counted_after": pa.array(falls.left, pa.int64()),
            }
        ),
    )
