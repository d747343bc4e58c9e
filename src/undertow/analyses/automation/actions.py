"""Action strings: what each account did, in order, as letters; how predictable they are, and which accounts share them."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.account_shares import Measured, ShareWords
from undertow.analyses.automation import charts
from undertow.analyses.automation.readings import Floats, Reading
from undertow.analyses.automation.timelines import ACTIONS, LETTERS, MINUTE_US, SECOND_US, Bool, Ints, Timelines
from undertow.statistics.common_strings import CommonStrings, Strings

ONE_KIND = 0.95
"""Accounts of which so many actions are of one kind have no order to speak of."""
MIN_ACTIONS = 100
"""Actions from which a string is long enough to be compressed."""
SHUFFLES = 9
PREDICTABLE = 0.5
"""A string that compresses to less than this part of itself shuffled has an order that a program has."""
SHARED_BY = 0.05
"""The longest substring is looked for that this share of the accounts have (two at least)."""
BLOC_SHOWN = 60

LENGTHS = (6, 9, 12)
"""Successive intervals of a posting sequence; the shortest is taken at which shuffling gives few of those seen."""
FALSE_PART = 0.01
"""At most this part of the accounts that share a sequence may do so once intervals are shuffled."""
UNIT_US = 10 * SECOND_US
LONG_UNITS = 10
LONG_PART = 2 / 3
"""Part of a sequence's intervals that must last ten units or more: short ones are equal by chance."""
DECOYS = 4
"""Times that each account's intervals are shuffled, to count what is shared by chance."""

_PAUSES = (
    (365 * 86_400, "⚄"), (30 * 86_400, "⚃"), (7 * 86_400, "⚂"), (86_400, "⚁"), (3_600, "⚀"), (60, "□"),
)  # fmt: skip
"""Seconds from which a pause gets a symbol: BLOC's, for more than a year, month, week, day, hour and minute."""


def bloc(given: Timelines, at: int, limit: int) -> str:
    """The first ``limit`` characters of an account's BLOC action string: letters, and pauses by their length."""
    begin, end = int(given.start[at]), int(given.start[at + 1])
    letters = list(LETTERS.values())
    found = [letters[int(given.action[begin])]] if end > begin else []
    for place in range(begin + 1, min(end, begin + limit)):
        pause = int(given.time[place] - given.time[place - 1]) // SECOND_US
        found.append(
            next((symbol for least, symbol in _PAUSES if pause >= least), "") + letters[int(given.action[place])]
        )
    return "".join(found)[:limit]


def strings(given: Timelines, rng: np.random.Generator) -> Reading:
    """Accounts whose action string is predictable, and the substrings that accounts share (digital DNA)."""
    n = len(given)
    kinds = np.bincount(given.account * len(ACTIONS) + given.action, minlength=n * len(ACTIONS))
    mixed = kinds.reshape(n, len(ACTIONS)).max(axis=1, initial=0) < ONE_KIND * given.posts
    examined = (given.posts >= MIN_ACTIONS) & mixed
    ratio = np.full(n, np.nan)
    letters = given.action.astype(np.uint8)
    for at in np.flatnonzero(examined).tolist():
        part = letters[given.start[at] : given.start[at + 1]]
        shuffled = np.mean([_size(rng.permutation(part)) for _ in range(SHUFFLES)])
        ratio[at] = _size(part) / shuffled
    kept = examined[given.account]
    shared, chance, longest, k = _common(given.action[kept], given.account[kept], rng)
    more = ""
    if longest:
        more = (
            f" The longest run of actions that {k:,} of these accounts share has {longest[0]:,} actions "
            f"({longest[1]:,} once each account's actions are shuffled)."
        )
    words = ShareWords(
        what=(
            "do things in an order that a program could have: their action string compresses to half of itself "
            "shuffled, or less"
        ),
        missing=f"no account has {MIN_ACTIONS} posts with a time, of several kinds",
        method=(
            "Digital DNA (Cresci et al. 2016): "
            f"{', '.join(f'{letter} {action}' for action, letter in LETTERS.items())}, one letter a post. "
            f"Compressed by DEFLATE, over the mean of {SHUFFLES} shuffles of the same letters. Substrings common to "
            f"many accounts by naming (Karp, Miller and Rosenberg 1972); accounts with {ONE_KIND:.0%} of their "
            "posts of one kind share long ones trivially and are left out. BLOC strings (Nwala et al. 2023), with "
            "pauses, are in the table."
        ),
        alternatives=("Habits: threads, chats and live reports make long runs of one kind of action",),
        more=more,
    )
    return Reading(
        id="automation.action_strings",
        name="predictable actions",
        words=words,
        measured=Measured(examined & (ratio <= PREDICTABLE), examined),
        values={"compressed": ratio},
        result=_strings_table(given, ratio, examined),
        figure=charts.common_strings(shared, chance) if shared.lengths else None,
    )


def _size(part: npt.NDArray[np.uint8]) -> int:
    return len(zlib.compress(part.tobytes(), 6)) - len(zlib.compress(b"", 6))


def _common(
    action: Ints, account: Ints, rng: np.random.Generator
) -> tuple[CommonStrings, CommonStrings, tuple[int, int] | None, int]:
    """How many accounts share a substring of each length, the same for shuffled strings, and the longest for the share
    :data:`SHARED_BY` of the accounts, real and shuffled."""
    empty = CommonStrings((), ())
    accounts, owner = np.unique(account, return_inverse=True)
    if accounts.size < 2:
        return empty, empty, None, 0
    k = max(2, round(SHARED_BY * accounts.size))
    owner = owner.astype(np.int64)
    order = np.lexsort((rng.random(action.size), owner))
    real, shuffled = Strings(action, owner), Strings(action[order], owner)
    return real.curve(), shuffled.curve(), (real.longest(k), shuffled.longest(k)), k


def _strings_table(given: Timelines, ratio: Floats, examined: Bool) -> pa.Table:
    order = np.flatnonzero(examined)
    order = order[np.argsort(ratio[order], kind="stable")]
    return pa.table(
        {
            "platform": [given.platform[at] for at in order],
            "account_id": [given.account_id[at] for at in order],
            "posts": given.posts[order],
            "compressed": ratio[order],
            "bloc": [bloc(given, int(at), BLOC_SHOWN) for at in order],
        }
    )


def same_sequences(given: Timelines, rng: np.random.Generator) -> Reading:
    """Accounts that share a posting sequence with another: the same actions at the same intervals."""
    n = len(given)
    unit = max(UNIT_US, int(given.precision.max(initial=0)))
    gaps = np.diff(given.time) // unit
    same = given.account[1:] == given.account[:-1]
    account, long = given.account[1:][same], (gaps >= LONG_UNITS)[same]
    symbol = (gaps * len(ACTIONS) + given.action[1:])[same]
    orders = [np.lexsort((rng.random(account.size), account)) for _ in range(DECOYS)]
    yes = shared = np.zeros(n, np.int64)
    length, by_chance = LENGTHS[0], 0.0
    for length in LENGTHS:
        shared, examined = _sharing(account, symbol, long, n, length)
        seen = int((shared > 0).sum())
        if not seen:
            break
        decoys = [int((_sharing(account, symbol[o], long[o], n, length)[0] > 0).sum()) for o in orders]
        by_chance = sum(decoys) / DECOYS
        if by_chance <= FALSE_PART * seen:
            yes = shared
            break
    more = f" {by_chance:,.1f} accounts would do so with their intervals shuffled." if yes.any() else ""
    if unit >= MINUTE_US:
        more += " Times to the minute are coarse for this: only long sequences can be told from chance."
    words = ShareWords(
        what=(
            f"share a posting sequence with another account: {length} or more successive posts of the same kinds at "
            "the same intervals"
        ),
        missing=f"no account has {length} successive intervals, most of them long enough to tell anything",
        method=(
            f"Intervals in units of {unit // SECOND_US} s; two thirds of a sequence's last {LONG_UNITS} units or "
            f"more. Chance: the intervals of each account in another order, {DECOYS} times. Of "
            f"{', '.join(map(str, LENGTHS))} intervals the fewest are taken at which that gives at most "
            f"{FALSE_PART:.0%} of the accounts seen; here {by_chance:,.1f} of {int((shared > 0).sum()):,} at "
            f"{length}."
        ),
        alternatives=(
            "One person's posts sent to several accounts by a cross-posting tool",
            "Accounts that one feed or one schedule drives, in the open",
        ),
        more=more,
    )
    return Reading(
        id="automation.same_sequences",
        name="shared posting sequence",
        words=words,
        measured=Measured(yes > 0, examined),
        values={"shared_sequences": yes.astype(np.float64)},
    )


def _sharing(account: Ints, symbol: Ints, long: Bool, n_accounts: int, length: int) -> tuple[Ints, Bool]:
    """How many of each account's sequences another account has, and which accounts have any sequence."""
    size = account.size - length + 1
    if size < 1:
        return np.zeros(n_accounts, np.int64), np.zeros(n_accounts, np.bool_)
    starts = np.arange(size)
    total = np.r_[0, np.cumsum(long)]
    enough = total[starts + length] - total[starts] >= LONG_PART * length
    starts = starts[(account[:size] == account[length - 1 :]) & enough]
    code = np.zeros(starts.size, np.uint64)
    for step in range(length):  # a 64-bit polynomial; two different sequences among 10^7 meet with a chance of 3e-6
        code = code * np.uint64(0x9E3779B97F4A7C15) + symbol[starts + step].astype(np.uint64) + np.uint64(1)
        code ^= code >> np.uint64(29)
    owner = account[starts]
    examined = np.bincount(owner, minlength=n_accounts) > 0
    order = np.lexsort((owner, code))
    code, owner = code[order], owner[order]
    new = np.r_[True, (code[1:] != code[:-1]) | (owner[1:] != owner[:-1])][: code.size]
    _, place, number = np.unique(code[new], return_inverse=True, return_counts=True)
    found = number[place] > 1
    return np.bincount(owner[new][found], minlength=n_accounts).astype(np.int64), examined
