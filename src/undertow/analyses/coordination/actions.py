"""Actions as arrays: who acted on what, when, and with which post."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

_MAX_ACTIONS = 2**31 - 1
_COMPILED = 2_000_000
"""Actions from which importing numba (0.4 s) costs less than it saves in sorting."""


@dataclass(frozen=True)
class Actions:
    """Actions of one trace, sorted by (object, time, account, post).

    ``account`` and ``object`` are dense numbers (int32, from 0), ``time`` is in microseconds UTC (int64, may be
    negative), ``post`` numbers the post (int64). Build one with :meth:`of`, which sorts.
    """

    account: Int32
    object: Int32
    time: Int64
    post: Int64
    n_accounts: int
    n_objects: int

    @classmethod
    def of(
        cls,
        account: NDArray[np.integer],
        object_: NDArray[np.integer],
        time: NDArray[np.integer],
        post: NDArray[np.integer] | None = None,
        *,
        n_accounts: int | None = None,
        n_objects: int | None = None,
    ) -> Actions:
        """Sorted actions from arrays of equal length in any order.

        Without ``post`` each row is its own post. Raises ValueError on unequal lengths, negative numbers of
        accounts or objects, or more than 2^31 - 1 actions.

        >>> Actions.of(np.array([1, 0]), np.array([0, 0]), np.array([7, 5])).time
        array([5, 7])
        """
        n = len(account)
        if len(object_) != n or len(time) != n or (post is not None and len(post) != n):
            raise ValueError("account, object, time and post must be of equal length")
        if n > _MAX_ACTIONS:
            raise ValueError(f"at most {_MAX_ACTIONS} actions, not {n}")
        if n and (account.min() < 0 or object_.min() < 0):
            raise ValueError("accounts and objects are numbered from 0")
        posts = np.arange(n, dtype=np.int64) if post is None else post.astype(np.int64, copy=False)
        times = time.astype(np.int64, copy=False)
        accounts, objects = account.astype(np.int32, copy=False), object_.astype(np.int32, copy=False)
        order = _sort_order(accounts, objects, times, posts)
        least_accounts = int(account.max()) + 1 if n else 0
        least_objects = int(object_.max()) + 1 if n else 0
        if (n_accounts is not None and n_accounts < least_accounts) or (
            n_objects is not None and n_objects < least_objects
        ):
            raise ValueError("n_accounts and n_objects must be above the largest number used")
        with ThreadPoolExecutor(2) as pool:  # NumPy gathers without the interpreter's lock
            account_of, time_of = pool.map(lambda column: column[order], (accounts, times))
        return cls(
            account=account_of,
            object=np.repeat(np.arange(least_objects, dtype=np.int32), np.bincount(objects)),
            time=time_of,
            post=order if post is None else posts[order],
            n_accounts=least_accounts if n_accounts is None else n_accounts,
            n_objects=least_objects if n_objects is None else n_objects,
        )

    def __len__(self) -> int:
        return len(self.account)

    def take(self, keep: Bool) -> Actions:
        """The actions where ``keep`` holds, with the same numbering."""
        return Actions(
            self.account[keep], self.object[keep], self.time[keep], self.post[keep], self.n_accounts, self.n_objects
        )

    def distinct(self) -> Actions:
        """Each action once: those equal in account, object, time and post are one."""
        columns = (self.account, self.object, self.time, self.post)
        new = np.ones(len(self), bool)
        new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
        return self if new.all() else self.take(new)

    def object_starts(self) -> Int64:
        """Where each object's actions start; one more entry than objects."""
        counts = np.bincount(self.object, minlength=self.n_objects)
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)))


def _sort_order(account: Int32, object_: Int32, time: Int64, post: Int64) -> Int64:
    """The order by (object, time, account, post); one integer sort where object and time fit 63 bits together."""
    if not len(time):
        return np.zeros(0, np.int64)
    if len(time) > _COMPILED:
        from undertow.analyses.coordination.kernel import order_of

        return order_of(object_, time, account, post, int(object_.max()) + 1)
    low = int(time.min())
    span = int(time.max()) - low
    # where object and time do not fit 63 bits together, the time's lowest bits are left to the ties below
    shift = max(((int(object_.max()) + 1) * (span + 1)).bit_length() - 62, 0)
    if shift > span.bit_length():
        return np.lexsort((post, account, time, object_))
    key = object_.astype(np.int64) * ((span >> shift) + 1) + ((time - low) >> shift)
    order = np.argsort(key)
    ordered = key[order]
    tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(tied):
        in_tie = np.zeros(len(order), bool)
        in_tie[tied] = True
        in_tie[tied + 1] = True
        rows = order[in_tie]
        order[in_tie] = rows[np.lexsort((post[rows], account[rows], time[rows], key[rows]))]
    return order


@dataclass(frozen=True)
class Names:
    """What the numbers in :class:`Actions` stand for: Arrow arrays of ids, looked up by number."""

    accounts: pa.Array
    objects: pa.Array


def encode(
    account: pa.ChunkedArray,
    object_: pa.ChunkedArray,
    time: pa.ChunkedArray,
    post: pa.ChunkedArray | None = None,
) -> tuple[Actions, Names]:
    """Actions from Arrow columns: ids as strings, ``time`` BIGINT microseconds UTC, ``post`` BIGINT numbers.

    Ids may come as dictionaries (a Parquet file read so is numbered in half the time). Accounts and objects are
    numbered in the order of their first row. Rows with a null are refused (ValueError):
    a trace's query leaves them out.
    """
    for name, column in (("account", account), ("object", object_)):
        if column.null_count:
            raise ValueError(f"{name}: {column.null_count} nulls; a trace's query leaves rows without {name} out")
    with ThreadPoolExecutor(2) as pool:  # Arrow and NumPy work without the interpreter's lock
        codes, values = zip(*pool.map(_numbered, (account, object_)), strict=True)
    actions = Actions.of(
        codes[0],
        codes[1],
        time.to_numpy(),
        None if post is None else post.to_numpy(),
        n_accounts=len(values[0]),
        n_objects=len(values[1]),
    )
    return actions, Names(accounts=values[0], objects=values[1])


def _numbered(column: pa.ChunkedArray) -> tuple[Int32, pa.Array]:
    """The number of each row's value, and the values, in the order of their first row."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        encoded = column.dictionary_encode().combine_chunks()
        return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary
    # chunks read from one row group of a Parquet file carry the same dictionary: each is numbered once
    different: list[pa.Array] = []
    which = []
    for chunk in column.chunks:
        if not different or not different[-1].equals(chunk.dictionary):
            different.append(chunk.dictionary)
        which.append(len(different) - 1)
    if not different:
        return np.zeros(0, np.int32), pa.array([], column.type.value_type)
    joined = pa.chunked_array(different).dictionary_encode()
    numbers = [part.indices.to_numpy(zero_copy_only=False) for part in joined.chunks]
    rows = [
        numbers[place][chunk.indices.to_numpy(zero_copy_only=False)]
        for place, chunk in zip(which, column.chunks, strict=True)
    ]
    return np.concatenate(rows), joined.chunk(joined.num_chunks - 1).dictionary
