"""Silences that are longer than an account\u2019s own rhythm lets expect."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories.context import Context
from undertow.analyses.account_histories.wording import QUESTION
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.multiple_testing import benjamini_hochberg
from undertow.statistics.strength import PAUSED, rate
from undertow.wording import count, share, strength_words

ID = "account_histories.pauses"


def finding(context: Context) -> Finding:
    """How many accounts were silent for longer than their rhythm lets expect."""
    study, rule = context.study, context.study.rule
    known = np.flatnonzero(~np.isnan(study.pause_p))
    q = benjamini_hochberg(study.pause_p[known])
    paused = (q <= rule.level) & (study.longest[known] >= rule.pause_days)
    n, number = len(known), int(paused.sum())
    low, high = wilson(number, n) if n else (None, None)
    p_value = float(q.min()) if n else None
    rating = rate(low=low, high=high, scale=PAUSED, n_accounts=n, p_value=p_value)
    accounts = known[paused]
    accounts = accounts[np.argsort(study.pause_p[accounts], kind="stable")]
    if not n:
        statement = "Too little to tell: no account has enough active days for a rhythm of its own."
    elif not number:
        statement = (
            f"Of {count(n, 'account')} with a rhythm of their own none was silent for longer than it lets expect."
        )
    else:
        statement = (
            f"{count(number, 'account')} of {n:,} with a rhythm of their own ({share(number / n, low, high)}) "
            f"{'was' if number == 1 else 'were'} silent for {rule.pause_days:g} days or more and longer than it lets "
            "expect "
            f"({np.median(study.longest[accounts]):,.0f} days in the middle))."
        )
    moved = study.accounts[~np.isnan(study.pause_p[study.accounts])]
    if len(moved):
        alone = int((study.pause_p[moved] <= rule.level).sum())
        statement += (
            f" Of {count(len(moved), 'account')} consistent with a change of hands {alone:,} would stand out if each were "
            f"tested alone (p at most {rule.level:g}): whoever posts seldom falls silent for long."
        )
    evidence, words = context.posts_of(accounts)
    q_of = dict(zip(known.tolist(), q.tolist(), strict=True))
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=number / n if n else None,
            low=low,
            high=high,
            unit="share of accounts",
            n=int(study.found.posts[known].sum()),
            n_accounts=n,
        ),
        p_value=p_value,
        null_model="the longest silence belongs to the same power law, or lighter tail, as the next longest ones",
        method=(
            "The spacing between the logarithms of the longest and the next silence against the spacings below it "
            "(Renyi 1953, Hill 1975): exact "
            "for power-law tails and conservative for lighter ones; Benjamini-Hochberg over accounts at "
            f"{rule.level:g}. {words} {strength_words(rating)}"
        ),
        assumptions=(
            "Silences of one account are alike: someone whose habits slowly fade has longer ones at the end",
        ),
        alternatives=("Illness, work, a lost password, a suspension, or a source that does not hold that time",),
        strength=rating.strength,
        aspect="behaviour",
        table="account_pauses.parquet",
        evidence=evidence,
        result=pa.table(
            {
                "platform": pa.array([context.platform(int(a)) for a in accounts], pa.string()),
                "account_id": pa.array([context.account_id(int(a)) for a in accounts], pa.string()),
                "longest_days": pa.array(study.longest[accounts], pa.float64()),
                "p": pa.array(study.pause_p[accounts], pa.float64()),
                "q": pa.array([q_of[int(a)] for a in accounts], pa.float64()),
            }
        ),
    )
