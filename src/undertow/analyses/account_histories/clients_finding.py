"""Accounts run with two clients side by side that differ: two hands or two habits at once, and no change of hands."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories.client_splits import LEAST_SWITCHES, LEAST_UNITS, TRAITS
from undertow.analyses.account_histories.context import Context
from undertow.analyses.account_histories.wording import QUESTION, client_name
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import SPLIT_CLIENTS, rate
from undertow.wording import count, joined, p_words, share, strength_words

ID = "account_histories.client_splits"


def finding(context: Context) -> Finding:
    """How many accounts use two clients in turn that differ in hours, links or words."""
    study = context.study
    splits, level = study.splits, study.rule.level
    rows = splits.split(level)
    rows = rows[np.argsort(splits.q[rows], kind="stable")]
    n, number = len(splits.account), len(rows)
    low, high = wilson(number, n) if n else (None, None)
    p_value = float(splits.q.min()) if n else None
    rating = rate(low=low, high=high, scale=SPLIT_CLIENTS, n_accounts=n, p_value=p_value)
    traits = [[TRAITS[t] for t in np.flatnonzero(splits.p_value[row] <= level)] for row in rows]
    if not splits.n_with_client:
        statement = "Clients side by side could not be examined: no post states its client."
    elif not n:
        known = count(splits.n_with_client, "account")
        statement = f"Of {known} none uses two clients side by side on {LEAST_UNITS} days each."
    elif not number:
        known = count(n, "account")
        statement = f"Of {known} with two clients side by side none uses them differently in hours, links or words."
    else:
        each = joined(
            [
                f"{trait} in {sum(trait in own for own in traits):,}"
                for trait in TRAITS
                if any(trait in own for own in traits)
            ]
        )
        statement = (
            f"{count(number, 'account')} of {n:,} with two clients side by side ({share(number / n, low, high)}) "
            f"{'uses' if number == 1 else 'use'} them differently ({each}; "
            f"{p_words(p_value if p_value is not None else 1.0)}): a client split, two hands or two habits at one "
            "time, and not a change of hands."
        )
    evidence, words = context.posts_of(splits.account[rows])
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=number / n if n else None,
            low=low,
            high=high,
            unit="share of accounts with two clients side by side",
            n=int(study.found.posts[splits.account].sum()),
            n_accounts=n,
        ),
        p_value=p_value,
        null_model="both clients are used alike: their days have the same hours, links and words",
        method=(
            f"Accounts that go between their two commonest clients {LEAST_SWITCHES} times or more, with {LEAST_UNITS} "
            "days of each, in the time in which "
            "both are in use. Days of the two are compared exactly, corrected for half days and words tried, for the "
            "three traits, and over accounts "
            f"(Benjamini-Hochberg, {level:g}); links and words are those of each day\u2019s first post with the "
            f"client. {words} {strength_words(rating)}"
        ),
        assumptions=("Days of a client, apart from resembling their neighbours, are alike",),
        alternatives=(
            "One person with a phone on the way and a computer at work",
            "A scheduler or an automatic service beside what the owner posts by hand",
            "A team that shares the account openly",
        ),
        strength=rating.strength,
        aspect="technical",
        table="account_client_splits.parquet",
        evidence=evidence,
        result=pa.table(
            {
                "platform": pa.array([context.platform(int(a)) for a in splits.account[rows]], pa.string()),
                "account_id": pa.array([context.account_id(int(a)) for a in splits.account[rows]], pa.string()),
                "client": pa.array([client_name(splits.first[row]) for row in rows], pa.string()),
                "days": pa.array(splits.units[rows, 0], pa.int64()),
                "other_client": pa.array([client_name(splits.second[row]) for row in rows], pa.string()),
                "other_days": pa.array(splits.units[rows, 1], pa.int64()),
                "differ": pa.array([", ".join(own) for own in traits], pa.string()),
                "word": pa.array([splits.word[row] for row in rows], pa.string()),
                "q": pa.array(splits.q[rows], pa.float64()),
            }
        ),
    )
