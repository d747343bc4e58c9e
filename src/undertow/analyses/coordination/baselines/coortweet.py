"""CooRTweet's rules (Righetti & Balluff 2025, "CooRTweet: A Generalized R Software ...").

Reimplemented from the behaviour of version 2.1.3; its order-dependent details (ties, the single pass of the
participation filter, posts counted by row) are kept, because equal edge lists are the point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from undertow.analyses.coordination.actions import Actions, Bool, Float, Int32, Int64
from undertow.analyses.coordination.counting import enumerate_pairs, pair_counts


@dataclass(frozen=True)
class SharedPairs:
    """Pairs of rows that co-act, the earlier first; arrays of equal length, accounts and contents as given.

    ``apart`` is the time between the two, in the unit of the input.
    """

    object: Int32
    content: Int64
    later_content: Int64
    apart: Int64
    account: Int32
    later_account: Int32

    def __len__(self) -> int:
        return len(self.object)

    def take(self, keep: Bool) -> SharedPairs:
        """The pairs where ``keep`` holds."""
        return SharedPairs(
            self.object[keep],
            self.content[keep],
            self.later_content[keep],
            self.apart[keep],
            self.account[keep],
            self.later_account[keep],
        )


@dataclass(frozen=True)
class Network:
    """Undirected edges, ``left < right``, sorted; ``weight`` counts pairs of rows.

    ``n_content`` and ``n_later_content`` count the distinct earlier and later contents of an edge, ``symmetry`` is
    the smaller over the larger of the two; ``above`` says whether the weight exceeds the quantile asked for.
    """

    left: Int32
    right: Int32
    weight: Int64
    mean_apart: Float
    n_content: Int64
    n_later_content: Int64
    symmetry: Float
    above: Bool


def detect_groups(
    account: NDArray[np.integer],
    object_: NDArray[np.integer],
    content: NDArray[np.integer],
    time: NDArray[np.integer],
    *,
    window: int,
    min_participation: int = 2,
) -> SharedPairs:
    """``detect_groups``: pairs of rows of one object within ``window`` (inclusive, the unit of ``time``).

    ``content`` and ``object_`` are numbered together: a content that is itself an object has one number. Rows are
    taken in the order given, which decides ties. Accounts need ``min_participation`` rows, before and after.
    """
    rows = np.bincount(account, minlength=int(account.max(initial=-1)) + 1)
    order = _regrouped(account)
    order = order[rows[account[order]] >= min_participation]
    accounts, contents = account[order], content[order]
    # the row's place is its post, so that equal times stay in this order
    sorted_ = _in_row_order(accounts, object_[order], time[order])
    earlier, later = enumerate_pairs(pair_counts(sorted_, window))
    content_of = contents[sorted_.post].astype(np.int64)
    pairs = SharedPairs(
        object=sorted_.object[earlier],
        content=content_of[earlier],
        later_content=content_of[later],
        apart=sorted_.time[later] - sorted_.time[earlier],
        account=sorted_.account[earlier],
        later_account=sorted_.account[later],
    )
    pairs = pairs.take(
        (pairs.object != pairs.content)
        & (pairs.object != pairs.later_content)
        & (pairs.content != pairs.later_content)
        & (pairs.account != pairs.later_account)
    )
    # participation is counted in rows of the input whose content survived, not in pairs; one pass
    taking_part = np.isin(contents, np.concatenate((pairs.content, pairs.later_content)))
    enough = np.bincount(accounts[taking_part], minlength=len(rows)) >= min_participation
    return pairs.take(enough[pairs.account] | enough[pairs.later_account])


def coordinated_network(pairs: SharedPairs, *, quantile: float = 0.5) -> Network:
    """``generate_coordinated_network``: one edge a pair of accounts; ``above`` is weight > type-7 quantile."""
    low = np.minimum(pairs.account, pairs.later_account).astype(np.int64)
    high = np.maximum(pairs.account, pairs.later_account).astype(np.int64)
    size = int(high.max(initial=0)) + 1
    keys, edge, weight = np.unique(low * size + high, return_inverse=True, return_counts=True)
    n_content = _distinct(edge, pairs.content, len(keys))
    n_later = _distinct(edge, pairs.later_content, len(keys))
    threshold = float(np.quantile(weight, quantile)) if len(weight) else 0.0
    return Network(
        left=(keys // size).astype(np.int32),
        right=(keys % size).astype(np.int32),
        weight=weight.astype(np.int64),
        mean_apart=np.bincount(edge, weights=pairs.apart, minlength=len(keys)) / np.maximum(weight, 1),
        n_content=n_content,
        n_later_content=n_later,
        symmetry=np.minimum(n_content, n_later) / np.maximum(np.maximum(n_content, n_later), 1),
        above=weight > threshold,
    )


@dataclass(frozen=True)
class AccountStatistics:
    """One entry an account, sorted by number; means over its edges, NaN where it has no fast one."""

    account: Int64
    mean_apart: Float
    fast_mean_apart: Float
    mean_symmetry: Float
    fast_mean_symmetry: Float
    n_contents: Int64


def account_statistics(full: SharedPairs, fast: SharedPairs) -> AccountStatistics:
    """``account_stats``: means over an account's edges, *different* edges only, and its distinct contents.

    As in the tool, edges of one account with the same four numbers (mean time apart and symmetry, full and fast)
    count once.
    """
    networks = coordinated_network(full), coordinated_network(fast)
    size = 1 + max(int(each.right.max(initial=0)) for each in networks)
    keys = [each.left.astype(np.int64) * size + each.right for each in networks]
    edges = np.union1d(*keys)
    numbers = np.full((len(edges), 4), -1.0)  # no number is negative; NaN would differ from itself
    for which, (each, key) in enumerate(zip(networks, keys, strict=True)):
        rows = np.searchsorted(edges, key)
        numbers[rows, which] = each.mean_apart
        numbers[rows, 2 + which] = each.symmetry
    account = np.concatenate((edges // size, edges % size))
    both = np.unique(np.column_stack((account, np.concatenate((numbers, numbers)))), axis=0)
    accounts, of_row = np.unique(both[:, 0].astype(np.int64), return_inverse=True)

    def mean(column: int) -> Float:
        present = both[:, column] >= 0
        total = np.bincount(of_row[present], weights=both[present, column], minlength=len(accounts))
        count = np.bincount(of_row[present], minlength=len(accounts))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    part = np.stack(
        (
            np.concatenate((full.account, full.later_account)).astype(np.int64),
            np.concatenate((full.content, full.later_content)),
        )
    )
    distinct = np.unique(part, axis=1)
    return AccountStatistics(
        account=accounts,
        mean_apart=mean(1),
        fast_mean_apart=mean(2),
        mean_symmetry=mean(3),
        fast_mean_symmetry=mean(4),
        n_contents=np.bincount(np.searchsorted(accounts, distinct[0]), minlength=len(accounts)).astype(np.int64),
    )


def _regrouped(account: NDArray[np.integer]) -> Int64:
    """Rows gathered by account, accounts in the order of their first row."""
    _, first, inverse = np.unique(account, return_index=True, return_inverse=True)
    return np.argsort(first[inverse], kind="stable").astype(np.int64)


def _in_row_order(account: NDArray[np.integer], object_: NDArray[np.integer], time: NDArray[np.integer]) -> Actions:
    """Actions sorted by (object, time, row): unlike :meth:`Actions.of`, ties keep the order of the rows."""
    order = np.lexsort((time, object_))
    return Actions(
        account=account[order].astype(np.int32),
        object=object_[order].astype(np.int32),
        time=time[order].astype(np.int64),
        post=order.astype(np.int64),
        n_accounts=int(account.max(initial=-1)) + 1,
        n_objects=int(object_.max(initial=-1)) + 1,
    )


def _distinct(edge: Int64, value: Int64, n_edges: int) -> Int64:
    order = np.lexsort((value, edge))
    edges, values = edge[order], value[order]
    is_new = np.ones(len(edges), bool)
    is_new[1:] = (edges[1:] != edges[:-1]) | (values[1:] != values[:-1])
    return np.bincount(edges[is_new], minlength=n_edges).astype(np.int64)
