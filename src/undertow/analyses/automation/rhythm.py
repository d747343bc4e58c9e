"""Rhythms that people do not keep: equal intervals, a period, set minutes of the hour. Three tests, account by account."""

from __future__ import annotations

import numpy as np

from undertow.analyses.account_shares import Measured, ShareWords
from undertow.analyses.automation.readings import FALSE_SHARE, Floats, Reading, called
from undertow.analyses.automation.timelines import MINUTE_US, SECOND_US, Timelines
from undertow.analyses.automation.wording import too_coarse
from undertow.statistics.regularity import (
    HARMONICS,
    LONGEST_PERIOD_S,
    rayleigh_p,
    regular_pairs,
    regularity_p,
    spectral_line,
)

PEOPLE_SHAPE = 2.0
"""Shape of the gamma that intervals may have, at most as regular as which people are taken to post."""
MIN_PAIRS = 15
MIN_POSTS = 50
BLOCK_US = 6 * 3_600 * SECOND_US
"""One post in six hours is looked at for set minutes: those of one session are not independent."""
MIN_BLOCKS = 20
SHARE_WITH_SECONDS = 0.5

_FALSE = f"the false discovery rate is held at {FALSE_SHARE:.0%} (Benjamini and Hochberg)"


def intervals(given: Timelines, rng: np.random.Generator) -> Reading:
    """Accounts whose intervals are more regular than people's."""
    n = len(given)
    account, w = regular_pairs(given.time, given.account, given.precision, rng)
    pairs = np.bincount(account, minlength=n)
    mean = np.bincount(account, w, n) / np.maximum(pairs, 1)
    examined = pairs >= MIN_PAIRS
    p_values = regularity_p(mean, pairs, shape=PEOPLE_SHAPE)
    words = ShareWords(
        what="post at intervals more regular than people do",
        missing=f"no account has {MIN_PAIRS} pairs of successive intervals long enough for the precision of their times",
        method=(
            "Successive intervals g1, g2 in pairs that do not overlap: the mean of ((g1 - g2) / (g1 + g2))² is 1/3 "
            "for posts at random under any slowly varying rate (the local variation of Shinomoto et al. 2003), "
            f"more in sessions, 0 for a clock. Null: gamma intervals of shape {PEOPLE_SHAPE:g}, more regular than "
            f"chance; {_FALSE}. Intervals shorter than ten times the precision of the times are left out. The table "
            "also has burstiness (Goh and Barabási 2008) and the entropy of the intervals."
        ),
        alternatives=("Feeds and alarms that post for people at intervals: weather, sensors, radio programmes",),
        more=too_coarse(given, examined, "their intervals"),
    )
    local = np.where(pairs > 0, 3 * mean, np.nan)
    burstiness, entropy = _described(given)
    return Reading(
        id="automation.regular_intervals",
        name="regular intervals",
        words=words,
        measured=Measured(called(p_values, examined), examined),
        values={
            "regularity": np.where(examined, 1 - local, np.nan),
            "p": np.where(examined, p_values, np.nan),
            "burstiness": burstiness,
            "entropy_bits": entropy,
        },
    )


def _described(given: Timelines) -> tuple[Floats, Floats]:
    """Burstiness (s - m) / (s + m) of each account's intervals, and the entropy of their octaves in bits."""
    n = len(given)
    same = given.account[1:] == given.account[:-1]
    gap = np.diff(given.time)[same] / SECOND_US
    account = given.account[1:][same]
    number = np.maximum(np.bincount(account, minlength=n), 1)
    mean = np.bincount(account, gap, n) / number
    spread = np.sqrt(np.maximum(np.bincount(account, gap**2, n) / number - mean**2, 0.0))
    octave = np.log2(np.maximum(gap, 1.0)).astype(np.int64)
    cells, counts = np.unique(account * 64 + octave, return_counts=True)
    of = cells // 64
    part = counts / number[of]
    entropy = np.bincount(of, -part * np.log2(part), n)
    with np.errstate(invalid="ignore"):
        return np.where(given.posts > 2, (spread - mean) / (spread + mean), np.nan), np.where(
            given.posts > 2, entropy, np.nan
        )


def periodicity(given: Timelines, rng: np.random.Generator) -> Reading:
    """Accounts whose posts keep a period, by the spectrum of their times."""
    n = len(given)
    moment = (given.time + rng.random(given.time.size) * given.precision) / SECOND_US
    p_values, period = np.ones(n), np.full(n, np.nan)
    examined = np.zeros(n, np.bool_)
    for at in np.flatnonzero(given.posts >= MIN_POSTS).tolist():
        line = spectral_line(np.sort(moment[given.start[at] : given.start[at + 1]]))
        if line is not None and line.posts >= MIN_POSTS and line.period_s >= 4 * given.coarsest[at] / SECOND_US:
            examined[at] = True
            p_values[at], period[at] = line.p_value, line.period_s
    words = ShareWords(
        what="post with a period, as a timer does",
        missing=f"no account has {MIN_POSTS} posts close enough together for a period to be looked for",
        method=(
            f"The spectrum of the fullest stretch of each account's posts ({MIN_POSTS} or more), for periods up to "
            f"four median intervals and {LONGEST_PERIOD_S / 3600:g} hours; a line is held against the spectrum "
            f"around it, which sessions and habits make smooth; {_FALSE}. Timers with longer periods show in the "
            "minutes of the hour."
        ),
        alternatives=(
            "Programmes with a fixed rhythm that a person reports as they go: matches, markets, bulletins",
        ),
        more=too_coarse(given, examined, "a period"),
    )
    return Reading(
        id="automation.periodicity",
        name="keeps a period",
        words=words,
        measured=Measured(called(p_values, examined), examined),
        values={"minus_log10_p": -np.log10(np.maximum(p_values, 1e-300)), "period_s": period},
    )


def set_minutes(given: Timelines, rng: np.random.Generator) -> Reading:
    """Accounts that post at set minutes of the hour, or seconds of the minute."""
    n = len(given)
    block = given.time // BLOCK_US
    order = np.lexsort((rng.random(given.time.size), block, given.account))
    one = (
        order[np.r_[True, (np.diff(given.account[order]) != 0) | (np.diff(block[order]) != 0)]]
        if order.size
        else order
    )
    number = np.bincount(given.account[one], minlength=n)
    examined = number >= MIN_BLOCKS
    finely = one[given.precision[one] <= SECOND_US]
    seconds = examined & (np.bincount(given.account[finely], minlength=n) >= MIN_BLOCKS)
    seconds &= np.bincount(given.account[finely], minlength=n) >= SHARE_WITH_SECONDS * number
    p_values, cycle = np.ones(n), np.full(n, np.nan)
    for chosen, unit, candidates in ((examined, MINUTE_US, one), (seconds, SECOND_US, finely)):
        if not chosen.any():
            continue
        row = np.cumsum(chosen) - 1
        posts = candidates[chosen[given.account[candidates]]]
        flat = row[given.account[posts]] * 60 + given.time[posts] // unit % 60
        table = np.bincount(flat, minlength=60 * int(chosen.sum())).astype(np.float64).reshape(-1, 60)
        p, times = rayleigh_p(table)
        better = p < p_values[chosen]
        cycle[chosen] = np.where(better, 60 * unit / SECOND_US / times, cycle[chosen])
        p_values[chosen] = np.minimum(p_values[chosen], p)
    p_values = np.where(seconds, np.minimum(2 * p_values, 1.0), p_values)
    words = ShareWords(
        what="post at set minutes of the hour or seconds of the minute",
        missing=f"no account has posts in {MIN_BLOCKS} different stretches of six hours",
        method=(
            f"One post of each stretch of six hours, at random; Rayleigh's test on {len(HARMONICS)} cycles of the "
            "hour (60 to 5 minutes), and of the minute where seconds are known, each p-value multiplied by the "
            f"number of cycles; {_FALSE}."
        ),
        alternatives=(
            "People who read, or begin work, on the hour; programmes that begin on it",
            "Times rounded by the source",
        ),
        more=too_coarse(given, seconds, "the second of the minute"),
    )
    return Reading(
        id="automation.set_minutes",
        name="set minutes",
        words=words,
        measured=Measured(called(p_values, examined), examined),
        values={"minus_log10_p": -np.log10(np.maximum(p_values, 1e-300)), "cycle_s": cycle},
    )
