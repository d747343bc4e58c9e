"""Minutes (or seconds) that accounts share: the trace of a scheduler, as a finding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope, evidence
from undertow.analyses.posting_hours import charts
from undertow.analyses.posting_hours.counts import Ints, PostingTimes
from undertow.analyses.posting_hours.wording import QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.scheduler import SpikeTest, spike_test
from undertow.statistics.strength import SPIKE_EXCESS, rate
from undertow.wording import count, joined, p_words, share, strength_words

ID = "posting_hours.scheduler"

MINUTE_SHARE_FOR_SECONDS = 0.5
"""Seconds are looked at where at least this share of the posts has them."""


def _test(table: Ints, rng: np.random.Generator) -> SpikeTest:
    account, slot = np.nonzero(table)
    return spike_test(account, slot, table[account, slot], rng=rng)


def finding(case: Case, scope: Scope, times: PostingTimes, *, seed: int) -> Finding:
    """Whether posts crowd at minutes of the hour (and seconds, where they are known) that accounts share."""
    rng = np.random.default_rng([seed, 3])
    minutes = _test(times.minutes, rng)
    n_with_seconds = int(times.seconds.sum())
    seconds = _test(times.seconds, rng) if n_with_seconds >= MINUTE_SHARE_FOR_SECONDS * times.n_timed else None
    tests = [("minute of the hour", minutes)] + ([("second of the minute", seconds)] if seconds else [])
    unit, test = min(tests, key=lambda pair: pair[1].p_value)
    p_value = min(1.0, test.p_value * len(tests))
    found = bool(test.spikes) and p_value <= 0.05
    rating = rate(
        low=test.low if found else None,
        high=test.high if found else None,
        scale=SPIKE_EXCESS,
        n_accounts=test.n_accounts,
        p_value=p_value,
    )
    where = joined([f":{slot:02d}" for slot in test.spikes])
    looked = "minutes of the hour" + (" and seconds of the minute" if seconds else "")
    if found:
        interval = (
            f" (95% interval {test.low:.1%} to {test.high:.1%})" if test.low is not None and test.high else ""
        )
        statement = (
            f"Posts crowd at the {unit.split(' of ')[0]}s {where}: {share(test.excess_share, test.low, test.high)} of "
            f"{count(test.n_posts, 'post')} more than a smooth course would have{interval}, {p_words(p_value)}."
        )
    else:
        statement = (
            f"No minute is shared beyond chance: {count(test.n_posts, 'post')} of {count(test.n_accounts, 'account')}, "
            f"{looked} examined, {p_words(p_value)}."
        )
    slot_sql = (
        "(epoch_us(created_at) // 60000000) % 60"
        if unit.startswith("minute")
        else "(epoch_us(created_at) // 1000000) % 60"
    )
    condition = f"{slot_sql} IN ({', '.join(map(str, test.spikes))})" if found else "FALSE"
    precision = "time_precision <> 'day'" if unit.startswith("minute") else "time_precision IN ('s', 'ms')"
    total = sum(test.counts)
    rows = [
        {
            "slot": slot,
            "posts": posts,
            "share": posts / total,
            "expected": smooth / total,
            "spike": "beyond chance" if found and slot in test.spikes else "within chance",
        }
        for slot, (posts, smooth) in enumerate(zip(test.counts, test.smooth, strict=True))
    ]
    coarse = (
        ""
        if seconds
        else (f" Seconds were not examined: only {n_with_seconds:,} of {times.n_timed:,} posts have them.")
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=test.excess_share if found else 0.0,
            low=test.low if found else None,
            high=test.high if found else None,
            level=test.level,
            unit="share of posts beyond a smooth course",
            n=test.n_posts,
            n_accounts=test.n_accounts,
        ),
        p_value=p_value,
        null_model="each account's minutes turned round the clock by a random amount of its own",
        method=(
            f"The pooled {unit} against its running median; the largest excess is held against its distribution "
            "when every account's own minutes are turned at random, which keeps how an account clusters and breaks "
            f"what accounts share. The p-value is multiplied by the number of such tests ({len(tests)}).{coarse} "
            f"{strength_words(rating)}"
        ),
        assumptions=("Accounts that share nothing post at phases of the hour that are independent of each other",),
        alternatives=(
            "People read the news, or see a post of a popular account, on the hour",
            "Apps that post for their users at set minutes (horoscopes, weather, games, news feeds)",
            "Times rounded by the source: round minutes then stand out in every set",
        ),
        strength=rating.strength,
        aspect="technical",
        table="minutes.parquet",
        chart="minutes.vl.json",
        evidence=evidence(case, scope.posts("created_at IS NOT NULL", precision, condition)),
        result=pa.Table.from_pylist(rows),
        figure=charts.minutes(
            rows,
            unit,
            f"Share of posts at each {unit}, with the smooth course expected; "
            + (f"beyond chance: {where}." if found else "none is beyond chance."),
        ),
    )
