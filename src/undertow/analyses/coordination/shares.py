"""Who acted on which object: the two-mode network behind the actions, and what it says about each account.

A *share* is one account's part in one object: its first action there, how many actions, and where the first stands
in the order of the object's accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64

HOURS = 24
_HOUR = 3_600_000_000
_PROFILE_PRIOR = 12.0
"""Actions' worth of the common daily rhythm in each account's profile; a profile of few actions says little."""


@dataclass(frozen=True)
class Shares:
    """Shares sorted by (account, object).

    ``key`` is account * n_objects + object; ``start`` and ``size`` say where the share's times lie in ``times``
    (ascending within a share). ``prompt`` is the probit of the share's mid-rank among the object's accounts
    (negative: early), ``hour`` the hour of the first action (UTC).
    """

    account: Int32
    object: Int32
    key: Int64
    start: Int64
    size: Int32
    times: Int64
    prompt: Float
    hour: Int32
    n_accounts: int
    n_objects: int
    object_size: Int64
    degree: Int64
    account_start: Int64

    @classmethod
    def of(cls, actions: Actions) -> Shares:
        """The shares of ``actions``."""
        from scipy.special import ndtri

        from undertow.analyses.coordination.kernel import grouped

        order = grouped(
            actions.account, starts_of(actions.account, actions.n_accounts)
        )  # they are by object already
        key = actions.account[order].astype(np.int64) * max(actions.n_objects, 1) + actions.object[order]
        is_new = np.ones(len(key), bool)
        is_new[1:] = key[1:] != key[:-1]
        start = np.flatnonzero(is_new)
        size = np.diff(np.append(start, len(key))).astype(np.int32)
        account = actions.account[order][start]
        object_ = actions.object[order][start]
        times = actions.time[order]
        first = times[start]
        object_size = np.bincount(object_, minlength=actions.n_objects)
        degree = np.bincount(account, minlength=actions.n_accounts)
        rank = _mid_rank(object_, first, order[start], len(actions))
        return cls(
            account=account,
            object=object_,
            key=key[start],
            start=start.astype(np.int64),
            size=size,
            times=times,
            prompt=np.asarray(ndtri(rank / object_size[object_]), dtype=np.float64),
            hour=((first // _HOUR) % HOURS).astype(np.int32),
            n_accounts=actions.n_accounts,
            n_objects=max(actions.n_objects, 1),
            object_size=object_size.astype(np.int64),
            degree=degree.astype(np.int64),
            account_start=np.concatenate((np.zeros(1, np.int64), np.cumsum(degree, dtype=np.int64))),
        )

    def __len__(self) -> int:
        return len(self.key)


def starts_of(group: Int32, n_groups: int) -> Int64:
    """Where the rows of each group begin when they lie group by group; one more than groups."""
    sizes = np.bincount(group, minlength=n_groups)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def _mid_rank(object_: Int32, first: Int64, action: Int64, n_actions: int) -> Float:
    """Rank of each share within its object, ties averaged, minus a half: in (0, size).

    ``action`` is each share's first action: actions are in the order of (object, time), and so are the shares by it.
    """
    share = np.full(n_actions, -1, np.int64)
    share[action] = np.arange(len(action))
    order = share[share >= 0]
    objects, times = object_[order], first[order]
    place = np.arange(len(order), dtype=np.float64)
    new_object = np.ones(len(order), bool)
    new_object[1:] = objects[1:] != objects[:-1]
    new_time = new_object.copy()
    new_time[1:] |= times[1:] != times[:-1]
    object_first = place[np.flatnonzero(new_object)][np.cumsum(new_object) - 1]
    tie = np.cumsum(new_time) - 1
    tie_start = np.flatnonzero(new_time)
    tie_end = np.append(tie_start[1:], len(order))
    middle = ((tie_start + tie_end) / 2)[tie] - object_first
    rank = np.empty(len(order))
    rank[order] = middle
    return rank


@dataclass(frozen=True)
class Rows:
    """One row for each object that each of a list of pairs shares.

    ``pair`` numbers the pair (ascending), ``left_share`` and ``right_share`` are rows of :class:`Shares`;
    ``co_acted`` whether the two acted within the window, ``occurred`` when they first did (the later of the two
    actions; 0 where they did not).
    """

    pair: Int64
    left_share: Int64
    right_share: Int64
    co_acted: Bool
    occurred: Int64

    def __len__(self) -> int:
        return len(self.pair)


def shared_rows(shares: Shares, left: Int32, right: Int32, window: int) -> Rows:
    """The objects that each pair shares, and whether the two co-acted there within ``window`` (inclusive)."""
    from undertow.analyses.coordination.kernel import places_of

    # walk the objects of the side with fewer, look the other side up
    swap = shares.degree[left] > shares.degree[right]
    few = np.where(swap, right, left)
    many = np.where(swap, left, right)
    counts = shares.degree[few]
    pair = np.repeat(np.arange(len(left), dtype=np.int64), counts)
    before = np.cumsum(counts) - counts
    few_share = np.arange(len(pair), dtype=np.int64) - before[pair] + shares.account_start[few][pair]
    other, wanted = many[pair].astype(np.int64), shares.object[few_share].astype(np.int64)
    many_share = places_of(shares.account_start, shares.object, other, wanted)
    found = many_share >= 0
    pair, few_share, many_share = pair[found], few_share[found], many_share[found]
    swapped = swap[pair]
    left_share = np.where(swapped, many_share, few_share)
    right_share = np.where(swapped, few_share, many_share)
    return _with_co_action(shares, pair, left_share, right_share, window)


def _with_co_action(shares: Shares, pair: Int64, left_share: Int64, right_share: Int64, window: int) -> Rows:
    one = shares.times[shares.start[left_share]]
    other = shares.times[shares.start[right_share]]
    co_acted = np.abs(one - other) <= window
    occurred = np.where(co_acted, np.maximum(one, other), 0)
    several = np.flatnonzero((shares.size[left_share] > 1) | (shares.size[right_share] > 1))
    if len(several):
        # each action of the left against the nearest of the right at or after (time - window)
        sizes = shares.size[left_share[several]].astype(np.int64)
        row = np.repeat(several, sizes)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        time = shares.times[shares.start[left_share[row]] + offset]
        nearest = _first_at_least(shares, right_share[row], time - window)
        valid = nearest >= 0
        near = np.where(valid, shares.times[np.maximum(nearest, 0)], 0)
        within = valid & (near - time <= window)
        co_acted[several] = False
        occurred[several] = np.iinfo(np.int64).max
        co_acted[row[within]] = True
        np.minimum.at(occurred, row[within], np.maximum(time, near)[within])
        occurred[~co_acted] = 0
    return Rows(pair=pair, left_share=left_share, right_share=right_share, co_acted=co_acted, occurred=occurred)


def _first_at_least(shares: Shares, share: Int64, time: Int64) -> Int64:
    """Place in ``times`` of the share's first action at or after ``time``, or -1; bisection, all rows at once."""
    low = shares.start[share].copy()
    end = low + shares.size[share]
    high = end.copy()
    while True:
        open_ = low < high
        if not open_.any():
            break
        middle = (low + high) // 2
        smaller = np.zeros(len(low), bool)
        smaller[open_] = shares.times[middle[open_]] < time[open_]
        low = np.where(open_ & smaller, middle + 1, low)
        high = np.where(open_ & ~smaller, middle, high)
    return np.where(low < end, low, -1)


def occasions(rows: Rows, n_pairs: int, gap: int) -> Int64:
    """How many separate occasions each pair's co-acted objects make: those within ``gap`` of each other are one.

    A post with five hashtags, or five posts reposted in one sitting, are one occasion.
    """
    co_acted = np.flatnonzero(rows.co_acted)
    pair, time = rows.pair[co_acted], rows.occurred[co_acted]
    order = np.lexsort((time, pair))
    pair, time = pair[order], time[order]
    is_new = np.ones(len(pair), bool)
    is_new[1:] = (pair[1:] != pair[:-1]) | (time[1:] - time[:-1] > gap)
    return np.bincount(pair[is_new], minlength=n_pairs).astype(np.int64)


PROMPTNESS_LIMITS = np.array([-1.2, -0.8, -0.5, -0.25, 0.0, 0.25, 0.6])
"""Limits of the classes of promptness, finer where accounts are early: that is where they meet."""
N_CLASSES = len(PROMPTNESS_LIMITS) + 1
N_CELLS = N_CLASSES * N_CLASSES
FEATURES = ("rhythm", "repeats")


@dataclass(frozen=True)
class Habits:
    """What each account is like across its objects: promptness and daily rhythm, both shrunk towards the common.

    ``prompt_class`` is the class of an account's shrunken mean promptness; ``profile`` counts shares by hour plus
    the prior (accounts, 24); ``common_overlap`` the sum of squares of the common profile.
    """

    prompt_class: Int32
    profile: Float
    common_overlap: float

    @classmethod
    def of(cls, shares: Shares) -> Habits:
        """Habits from all of an account's shares in objects of at least two accounts."""
        shared = shares.object_size[shares.object] > 1
        account, prompt = shares.account[shared], shares.prompt[shared]
        n = np.bincount(account, minlength=shares.n_accounts)
        total = np.bincount(account, weights=prompt, minlength=shares.n_accounts)
        squares = np.bincount(account, weights=prompt**2, minlength=shares.n_accounts)
        several = n > 1
        prior = 20.0
        if several.sum() > 10:
            # one-way analysis of variance: within over between is the shrinkage in shares
            within = float((squares[several] - total[several] ** 2 / n[several]).sum() / (n[several] - 1).sum())
            means = total[several] / n[several]
            between = float(np.average(means**2 - within / n[several], weights=n[several]))
            prior = float(np.clip(within / max(between, 1e-6), 0.5, 1e4))
        counts = np.bincount(
            shares.account.astype(np.int64) * HOURS + shares.hour, minlength=shares.n_accounts * HOURS
        ).reshape(shares.n_accounts, HOURS)
        common = counts.sum(axis=0) + 1.0
        common /= common.sum()
        return cls(
            prompt_class=np.digitize(total / (n + prior), PROMPTNESS_LIMITS).astype(np.int32),
            profile=counts + _PROFILE_PRIOR * common,
            common_overlap=float((common**2).sum()),
        )

    def cells(self, one: Int32, other: Int32) -> Int64:
        """The cell of each pair of accounts in the table of promptness classes, whichever way round."""
        a, b = self.prompt_class[one].astype(np.int64), self.prompt_class[other].astype(np.int64)
        return np.minimum(a, b) * N_CLASSES + np.maximum(a, b)


def features(shares: Shares, habits: Habits, left_share: Int64, right_share: Int64) -> Float:
    """Features of pairs in objects, (rows, 2).

    The log overlap of the two accounts' daily rhythms over the common one, each rhythm without the object in
    question (two who co-act there do so at the same hour), and the log of the product of their numbers of actions.
    """
    one, other = shares.account[left_share], shares.account[right_share]
    hour_one, hour_other = shares.hour[left_share], shares.hour[right_share]
    profile = habits.profile
    overlap = np.empty(len(one))
    for first in range(0, len(one), 1 << 18):
        part = slice(first, first + (1 << 18))
        overlap[part] = np.einsum("ij,ij->i", profile[one[part]], profile[other[part]])
    overlap += -profile[one, hour_other] - profile[other, hour_one] + (hour_one == hour_other)
    overlap /= (shares.degree[one] - 1 + _PROFILE_PRIOR) * (shares.degree[other] - 1 + _PROFILE_PRIOR)
    rhythm = np.log(np.maximum(overlap, 1e-12) / habits.common_overlap)
    repeats = np.log(shares.size[left_share].astype(np.float64) * shares.size[right_share])
    return np.stack((rhythm, repeats), axis=1)
