"""How much, how long, how fast: posts a day, time without rest, delay of reposts, posts that are deleted at once."""

from __future__ import annotations

import numpy as np

from undertow.analyses.account_shares import Measured, ShareWords
from undertow.analyses.automation.readings import Reading, medians
from undertow.analyses.automation.timelines import ACTIONS, DAY_US, MINUTE_US, SECOND_US, UNKNOWN, Timelines
from undertow.wording import count

MANY_A_DAY = 50
"""Posts a day that count as heavy automation in Howard and Kollanyi (2016)."""
MANY_DAYS = 7
"""Days with so many posts."""
REST_US = 5 * 3_600 * SECOND_US
"""A pause of five hours is a rest."""
WITHOUT_REST_US = 48 * 3_600 * SECOND_US
"""Time without a rest from which one person is out of the question."""
PROMPT_US = 10 * SECOND_US
"""A repost within ten seconds leaves no time to read."""
MIN_REPOSTS = 10
SHORT_US = 3_600 * SECOND_US
"""A post that is deleted within the hour."""
MIN_DELETED = 3


def rate(given: Timelines) -> Reading:
    """Accounts with :data:`MANY_A_DAY` posts or more on :data:`MANY_DAYS` days or more."""
    n = len(given)
    day = given.time // DAY_US
    key = given.account * (int(day.max(initial=0)) - int(day.min(initial=0)) + 1) + day - int(day.min(initial=0))
    cells, posts = np.unique(key, return_counts=True)
    account = cells // (int(day.max(initial=0)) - int(day.min(initial=0)) + 1)
    days = np.bincount(account, minlength=n)
    full = np.bincount(account[posts >= MANY_A_DAY], minlength=n)
    most = np.zeros(n, np.int64)
    np.maximum.at(most, account, posts)
    words = ShareWords(
        what=f"posted {MANY_A_DAY} times or more on {MANY_DAYS} days or more",
        missing="no post has a time of day",
        method=(
            f"Posts by account and day (UTC). {MANY_A_DAY} a day is the mark of heavy automation in Howard and "
            "Kollanyi (Bots, #StrongerIn, and #Brexit, 2016). Where the case holds only some of an account's "
            "posts, it is missed."
        ),
        alternatives=("People at events, in chats and games; newsrooms and customer services with several hands",),
    )
    return Reading(
        id="automation.rate",
        name="many posts a day",
        words=words,
        measured=Measured(full >= MANY_DAYS, given.posts > 0),
        values={
            "days_of_many": full.astype(np.float64),
            "posts_an_active_day": given.posts / np.maximum(days, 1),
            "most_in_a_day": most.astype(np.float64),
        },
    )


def rest(given: Timelines) -> Reading:
    """Accounts that went on for :data:`WITHOUT_REST_US` without a pause of :data:`REST_US`."""
    n = len(given)
    new = np.r_[True, (given.account[1:] != given.account[:-1]) | (np.diff(given.time) >= REST_US)]
    first = np.flatnonzero(new)
    last = np.r_[first[1:], given.time.size] - 1
    longest = np.zeros(n, np.int64)
    if first.size and n:
        np.maximum.at(longest, given.account[first], given.time[last] - given.time[first])
    hours = longest / (3_600 * SECOND_US)
    words = ShareWords(
        what=f"went on for {WITHOUT_REST_US // (3_600 * SECOND_US)} hours or more without a pause of five hours",
        missing="no post has a time of day",
        method=(
            "The longest time between posts of which none is five hours or more from the one before. Nobody posts "
            "for two days without sleep; software and shifts do. Where the case holds only some of the posts, "
            "pauses look longer."
        ),
        alternatives=("An account with several hands: a newsroom, an office with shifts, a family",),
    )
    return Reading(
        id="automation.rest",
        name="no rest",
        words=words,
        measured=Measured(longest >= WITHOUT_REST_US, given.posts > 0),
        values={"hours_without_rest": hours},
    )


def repost_latency(given: Timelines) -> Reading:
    """Accounts whose median repost comes within :data:`PROMPT_US` of the original."""
    n = len(given)
    late = given.time - np.where(given.original_us == UNKNOWN, given.time, given.original_us)
    known = (given.action == ACTIONS.index("repost")) & (given.original_us != UNKNOWN) & (late >= 0)
    fine = known & (given.precision <= SECOND_US)
    number = given.per_account(fine)
    middle = medians(late[fine] / SECOND_US, given.account[fine], n)
    examined = number >= MIN_REPOSTS
    coarse = int((given.per_account(known) >= MIN_REPOSTS).sum() - examined.sum())
    words = ShareWords(
        what=f"repost within {PROMPT_US // SECOND_US} seconds of the original, in the median",
        missing=f"no account has {MIN_REPOSTS} reposts whose time, and that of the original, is known to the second",
        method=(
            f"Accounts with {MIN_REPOSTS} or more reposts; the time of the original is taken from its id or from "
            "the source. Promptness of reposting: Mazza et al. (RTbust, 2019)."
        ),
        alternatives=("A person who sits and waits for one account's posts, or is notified of them",),
        more=f" {count(coarse, 'account has', 'accounts have')} times too coarse for it." if coarse else "",
    )
    return Reading(
        id="automation.repost_latency",
        name="reposts at once",
        words=words,
        measured=Measured(examined & (middle <= PROMPT_US / SECOND_US), examined),
        values={"median_s": np.where(examined, middle, np.nan), "reposts": number.astype(np.float64)},
    )


def short_lived(given: Timelines) -> Reading:
    """Accounts whose deleted posts were deleted within an hour, in the median."""
    n = len(given)
    deleted = given.deleted_us != UNKNOWN
    life = given.deleted_us[deleted] - given.time[deleted]
    number = given.per_account(deleted)
    middle = medians(np.maximum(life, 0) / (60 * SECOND_US), given.account[deleted], n)
    examined = number >= MIN_DELETED
    words = ShareWords(
        what=f"deleted {MIN_DELETED} posts or more, within an hour in the median",
        missing=f"no account has {MIN_DELETED} posts whose deletion the source states",
        method=(
            f"Accounts with {MIN_DELETED} or more posts whose time of deletion is known. Posts that are deleted "
            "soon leave their trace in trends and none in the profile (Elmas et al., Ephemeral Astroturfing "
            "Attacks, 2021)."
        ),
        alternatives=("People who mend a slip and post again; who clear their account",),
    )
    return Reading(
        id="automation.short_lived",
        name="short-lived posts",
        words=words,
        measured=Measured(examined & (middle < SHORT_US / MINUTE_US), examined),
        values={"median_minutes": np.where(examined, middle, np.nan), "deleted": number.astype(np.float64)},
    )
