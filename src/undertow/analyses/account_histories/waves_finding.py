"""When accounts changed hands: waves of conversions beyond what single changes at random times would give."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories import charts
from undertow.analyses.account_histories.activity import DAY_US
from undertow.analyses.account_histories.arrays import Bools, Floats
from undertow.analyses.account_histories.context import Context, day
from undertow.analyses.account_histories.wording import QUESTION
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import IN_WAVES, rate
from undertow.statistics.waves import Wave, waves
from undertow.vega import Spec
from undertow.wording import count, joined, p_words, share, strength_words

ID = "account_histories.waves"

PERIOD = 12
"""Windows in a period within which a change could have happened as well at another time: longer courses are no waves."""

LEAST_CHANGES = 5
"""Fewest changes for waves to be looked for."""

LEVEL = 0.05


def finding(context: Context, *, wave_days: int, draws: int) -> Finding:
    """Whether the changes of hands crowd into some weeks."""
    study = context.study
    at = study.moments_us / DAY_US
    account = study.called.moments.account
    days = study.found.days
    period = PERIOD * wave_days
    cell = at // period * period
    low = np.maximum(days.first[days.start[account]] / DAY_US, cell)
    high = np.minimum(days.last[days.start[account + 1] - 1] / DAY_US, cell + period)
    enough = len(at) >= LEAST_CHANGES
    rng = np.random.default_rng([context.seed, 5])
    tested = waves(at, low, high, width=wave_days, draws=draws, rng=rng, level=LEVEL) if enough else []
    found = [each for each in tested if each.p_value <= LEVEL]
    inside = np.zeros(len(at), dtype=np.bool_)
    for each in found:
        inside |= (at >= each.start) & (at <= each.start + wave_days)
    number = int(inside.sum())
    interval = wilson(number, len(at)) if enough else (None, None)
    p_value = tested[0].p_value if tested else None
    rating = rate(
        low=interval[0] if found else None,
        high=interval[1],
        scale=IN_WAVES,
        n_accounts=len(np.unique(account)),
        p_value=p_value,
    )
    evidence, words = context.posts_of(np.unique(account[inside]))
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(len(at), number, found, tested, wave_days),
        estimate=Estimate(
            value=number / len(at) if enough else None,
            low=interval[0],
            high=interval[1],
            unit="share of changes in waves",
            n=context.n_posts,
            n_accounts=len(np.unique(account)),
        ),
        p_value=p_value,
        null_model=(
            f"each account changes hands at a time of its own, drawn evenly within the same {period} days and between its "
            "first and last post"
        ),
        method=(
            f"Scan statistic: the most changes in any {wave_days} days, against {draws:,} draws from the null; when it "
            "is beyond chance, its "
            f"changes, and those of the {wave_days} days on either side, are set aside and the rest is tested again. "
            f"{words} {strength_words(rating)}"
        ),
        assumptions=("Changes of different accounts are independent of each other under the null",),
        alternatives=(
            "The source begins, or its accounts were taken up, at that time: a set chosen by its later activity has "
            "its changes before it",
            "An event that brings many owners back at once: an election, a lockdown, a platform\u2019s campaign",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="account_waves.parquet",
        chart="account_waves.vl.json" if enough else None,
        evidence=evidence,
        result=_table(found or tested, wave_days),
        figure=_figure(at, inside) if enough else None,
    )


def _statement(changes: int, inside: int, found: list[Wave], tested: list[Wave], wave_days: int) -> str:
    if changes < LEAST_CHANGES:
        return (
            f"Too little to tell whether accounts changed hands in waves: {count(changes, 'change')}; "
            f"{LEAST_CHANGES} are needed."
        )
    if not found:
        first = tested[0]
        return (
            f"The {changes:,} changes of hands do not crowd: at most {first.count:,} fall in any {wave_days} days, "
            "where single changes at "
            f"random times give {first.expected:.1f} on average, {p_words(first.p_value)}."
        )
    parts = [
        f"{each.count:,} in the {wave_days} days from {day(round(each.start * DAY_US))} (chance: {each.expected:.1f} "
        "at most, on average; "
        f"{p_words(each.p_value)})"
        for each in found
    ]
    return (
        f"The changes of hands came in {count(len(found), 'wave')}: {joined(parts)}; together {inside:,} of {changes:,} "
        f"({share(inside / changes)})."
    )


def _table(listed: list[Wave], wave_days: int) -> pa.Table:
    return pa.table(
        {
            "from": pa.array([day(round(each.start * DAY_US)) for each in listed], pa.string()),
            "days": pa.array([wave_days for _ in listed], pa.int64()),
            "changes": pa.array([each.count for each in listed], pa.int64()),
            "expected": pa.array([each.expected for each in listed], pa.float64()),
            "p": pa.array([each.p_value for each in listed], pa.float64()),
        }
    )


def _figure(at: Floats, inside: Bools) -> Spec:
    whole = float(at.max() - at.min())
    width, unit = (7, "week") if whole <= 500 else (30, "30 days")
    bins = (at // width).astype(np.int64)
    rows = []
    for place in np.unique(bins).tolist():
        for words, part in (("in a wave", inside), ("alone", ~inside)):
            number = int(((bins == place) & part).sum())
            if number:
                rows.append({"period": day(place * width * DAY_US), "changes": number, "part": words})
    return charts.over_time(
        rows,
        unit,
        f"Changes of hands by {unit}: {len(at):,} in all, {int(inside.sum()):,} of them in waves beyond chance.",
    )
