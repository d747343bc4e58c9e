"""The posts of every account in the order of their times, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.automation import steps
from undertow.engines.engine import Engine

Ints = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
UNKNOWN = np.iinfo(np.int64).min

PRECISION_US: Mapping[str, int] = MappingProxyType({"ms": 1_000, "s": SECOND_US, "min": MINUTE_US})
LETTERS: Mapping[str, str] = MappingProxyType(
    {"original": "T", "reply": "p", "own reply": "π", "repost": "r", "own repost": "ρ", "quote": "q"}
)
"""The letter of each action: BLOC's (Nwala et al. 2023), and q for a quote, which BLOC counts as content."""
ACTIONS = tuple(LETTERS)


@dataclass(frozen=True)
class Timelines:
    """Posts with a time of day, sorted by account and time; ``start`` has one entry an account and one more.

    ``precision`` (microseconds) is how finely each time is known, ``action`` a place in :data:`ACTIONS`, ``client``
    one in ``clients`` (-1: not stated), ``original_us`` when a reposted post was posted and ``deleted_us`` when a post was
    deleted (:data:`UNKNOWN` where not known). ``n_with_client`` posts name the application.
    """

    platform: list[str]
    account_id: list[str]
    start: Ints
    account: Ints
    time: Ints
    precision: Ints
    action: Ints
    client: Ints
    clients: list[str]
    original_us: Ints
    deleted_us: Ints
    n_with_client: int

    def __len__(self) -> int:
        return len(self.account_id)

    @property
    def posts(self) -> Ints:
        """Posts of each account."""
        return np.diff(self.start)

    def per_account(self, chosen: Bool) -> Ints:
        """How many posts of each account are ``chosen``."""
        return np.bincount(self.account[chosen], minlength=len(self)).astype(np.int64)

    @property
    def coarsest(self) -> Ints:
        """The coarsest precision among each account's posts (microseconds)."""
        return np.maximum.reduceat(self.precision, self.start[:-1]) if len(self) else np.zeros(0, np.int64)


def timelines(engine: Engine) -> Timelines:
    """The timelines of the posts of ``engine``; the result does not depend on the engine or the order of its rows."""
    totals = engine.run(steps.TOTALS).to_pylist()[0]
    table = engine.run(steps.POSTS)
    keys = pc.binary_join_element_wise(table["platform"], table["account_id"], "\0")
    names = pc.unique(keys)
    names = names.take(pc.sort_indices(names))
    account = _place(keys, names)
    clients = pc.unique(table["client"].drop_null())
    clients = clients.take(pc.sort_indices(clients))
    precision = _place(table["time_precision"], pa.array(list(PRECISION_US)))
    columns = [
        _place(table["client"], clients),
        _place(table["action"], pa.array(ACTIONS)),
        np.array(list(PRECISION_US.values()), np.int64)[precision],
        _known(table["original_us"]),
        _known(table["deleted_us"]),
        table["created_us"].to_numpy(),
    ]
    order = np.lexsort((*columns, account))  # posts that are equal in all of these are the same to every measure
    client, action, precision_us, original, deleted, time = (column[order] for column in columns)
    account = account[order]
    parts = [name.partition("\0") for name in names.to_pylist()]
    return Timelines(
        platform=[platform for platform, _, _ in parts],
        account_id=[name for _, _, name in parts],
        start=np.searchsorted(account, np.arange(len(parts) + 1)).astype(np.int64),
        account=account,
        time=time,
        precision=precision_us,
        action=action,
        client=client,
        clients=clients.to_pylist(),
        original_us=original,
        deleted_us=deleted,
        n_with_client=int(totals["with_client"]),
    )


def _place(values: pa.ChunkedArray, among: pa.Array) -> Ints:
    found: Ints = pc.fill_null(pc.index_in(values, among), -1).to_numpy().astype(np.int64)
    return found


def _known(times: pa.ChunkedArray) -> Ints:
    found: Ints = pc.fill_null(times, int(UNKNOWN)).to_numpy().astype(np.int64)
    return found
