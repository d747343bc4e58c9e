"""How many pairs of accounts share at least two objects: the number of tests behind the significance.

Exact, without making a list of the pairs. Viral objects make that number large and the plain walk over each
object's accounts quadratic; so the largest objects (up to 62) become bits of a mask: pairs with two masked objects
in common are counted over the *different* masks, which are few, and only the rest walks the smaller objects.
"""

from __future__ import annotations

import numpy as np

from undertow.analyses.coordination.actions import Int32
from undertow.analyses.coordination.shares import Shares, starts_of

_BITS = (0, 4, 8, 16, 24, 32, 48, 62)
_LIST_LIMIT = 20_000_000


def count_sharing_pairs(shares: Shares) -> int:
    """The number of pairs of accounts that share at least two objects."""
    from undertow.analyses.coordination.kernel import grouped
    from undertow.analyses.coordination.kernel_tails import mask_pairs, sharing_pairs

    rows = np.flatnonzero(shares.degree[shares.account] > 1)
    account, object_ = shares.account[rows], shares.object[rows]
    if not len(rows):
        return 0
    size = np.bincount(object_, minlength=shares.n_objects)
    by_size = np.argsort(-size, kind="stable")[: max(_BITS)]
    bit_of = np.full(shares.n_objects, -1, np.int64)
    bit_of[by_size] = np.arange(len(by_size))
    bits = bit_of[object_]
    all_masks = np.zeros(shares.n_accounts, np.int64)
    heavy = bits >= 0
    np.bitwise_or.at(all_masks, account[heavy], np.int64(1) << bits[heavy])
    walk_all = float((size.astype(np.float64) ** 2).sum() / 2)
    best = (np.inf, 0, np.zeros(0, np.int64), np.zeros(0, np.int64))
    for n_bits in _BITS:
        masks, counts = np.unique(all_masks & ((1 << n_bits) - 1), return_counts=True)
        walk = walk_all - float((size[by_size[:n_bits]].astype(np.float64) ** 2).sum() / 2)
        cost = walk + len(masks) ** 2 / 4
        if cost < best[0]:
            best = (cost, n_bits, masks, counts.astype(np.int64))
    _, n_bits, masks, counts = best
    light = (bits < 0) | (bits >= n_bits)
    account, object_ = account[light], object_[light]
    starts_a, starts_o = starts_of(account, shares.n_accounts), starts_of(object_, shares.n_objects)
    accounts = account[grouped(object_, starts_o)]
    kept = all_masks & ((1 << n_bits) - 1)
    walked = sharing_pairs(starts_a, object_, starts_o, accounts, kept, 0, shares.n_accounts)
    return int(walked) + int(mask_pairs(masks, counts))


def list_sharing_pairs(shares: Shares, min_shared: int = 2) -> tuple[Int32, Int32]:
    """The pairs themselves, for small populations (calibration studies); ValueError where the walk is too long."""
    from scipy import sparse

    if float((shares.object_size.astype(np.float64) ** 2).sum()) > 2 * _LIST_LIMIT:
        raise ValueError("too many pairs to list; count_sharing_pairs counts them without a list")
    ones = np.ones(len(shares), np.int32)
    matrix = sparse.csr_array((ones, (shares.account, shares.object)), shape=(shares.n_accounts, shares.n_objects))
    common = sparse.triu(matrix @ matrix.T, k=1).tocoo()
    keep = common.data >= min_shared
    order = np.lexsort((common.col[keep], common.row[keep]))
    return common.row[keep][order].astype(np.int32), common.col[keep][order].astype(np.int32)
