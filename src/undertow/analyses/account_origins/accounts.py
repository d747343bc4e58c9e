"""The accounts of a case as arrays: one entry an account, from its latest profile and counters and its posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.account_origins import steps
from undertow.engines.engine import Engine
from undertow.languages import written_in

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

DAY_US = 86_400_000_000
UNKNOWN = np.iinfo(np.int64).min
"""A time or counter that is not known."""
MIDNIGHT_SHARE = 0.9
"""From this share of registrations at midnight sharp on, a source is taken to state days only."""
LANGUAGE_SHARE = 0.1
"""Share of an account's own posts from which a language counts as one of its languages."""


@dataclass(frozen=True)
class Accounts:
    """The accounts of a case, sorted by platform and id; arrays have one entry each.

    Times are microseconds UTC, :data:`UNKNOWN` where not known; texts are None where empty or not known.
    ``has_profile``: a profile was seen; ``posts`` held in scope, with ``first_us`` and ``last_us``; ``seen_us`` is
    when the counters were seen, or the last post where that is not known.
    """

    platform: list[str]
    account_id: list[str]
    has_profile: Bool
    source: list[str | None]
    """The file that each account's profile is from."""
    created_us: Int64
    handle: list[str | None]
    display_name: list[str | None]
    description: list[str | None]
    location: list[str | None]
    profile_url: list[str | None]
    followers: Int64
    following: Int64
    seen_us: Int64
    posts: Int64
    first_us: Int64
    last_us: Int64
    scripts: list[frozenset[str]]
    """Scripts that the languages of the account's own posts are written in; empty where no language is stated."""

    def __len__(self) -> int:
        return len(self.account_id)

    @property
    def dated(self) -> Bool:
        """Whether the account's registration is known."""
        known: Bool = self.created_us != UNKNOWN
        return known

    @cached_property
    def timed(self) -> Bool:
        """Whether the hour of registration is known: not where the source states days only."""
        midnight = self.created_us % DAY_US == 0
        if self.dated.any() and midnight[self.dated].mean() >= MIDNIGHT_SHARE:
            return np.zeros(len(self), np.bool_)
        timed: Bool = self.dated & ~midnight
        return timed

    def texts(self, name: str) -> list[str | None]:
        """A column of the profile."""
        found: list[str | None] = getattr(self, name)
        return found


def accounts_of(engine: Engine, *, scoped: bool) -> Accounts:
    """The accounts of ``engine``: all that have a profile or a post; with ``scoped`` only those with a post in scope.

    The result does not depend on the engine or the order of its rows.
    """
    profiles = _latest(engine.run(steps.PROFILES))
    counters = _latest(engine.run(steps.COUNTERS))
    posting = engine.run(steps.POSTING)
    keyed = {name: _keys(table) for name, table in (("p", profiles), ("c", counters), ("a", posting))}
    known = keyed["a"] if scoped else pa.chunked_array([keyed["p"], keyed["a"]]).combine_chunks()
    names = pc.unique(known)
    names = names.take(pc.sort_indices(names))
    at = {name: pc.index_in(names, keys) for name, keys in keyed.items()}
    parts = [name.partition("\0") for name in names.to_pylist()]

    def numbers(table: pa.Table, column: str, place: pa.Array) -> Int64:
        values = table[column].combine_chunks().take(place)
        found: Int64 = pc.fill_null(values, int(UNKNOWN)).to_numpy(zero_copy_only=False).astype(np.int64)
        return found

    def texts(column: str) -> list[str | None]:
        found = profiles[column].combine_chunks().take(at["p"]).to_pylist()
        return [text if text and text.strip() else None for text in found]

    posts = numbers(posting, "posts", at["a"])
    last = numbers(posting, "last_us", at["a"])
    seen = numbers(counters, "observed_us", at["c"])
    return Accounts(
        platform=[platform for platform, _, _ in parts],
        account_id=[account for _, _, account in parts],
        has_profile=pc.is_valid(at["p"]).to_numpy(zero_copy_only=False),
        source=texts("source_id"),
        created_us=numbers(profiles, "created_us", at["p"]),
        handle=texts("handle"),
        display_name=texts("display_name"),
        description=texts("description"),
        location=texts("location"),
        profile_url=texts("profile_url"),
        followers=numbers(counters, "followers", at["c"]),
        following=numbers(counters, "following", at["c"]),
        seen_us=np.where(seen == UNKNOWN, last, seen),
        posts=np.where(posts == UNKNOWN, 0, posts),
        first_us=numbers(posting, "first_us", at["a"]),
        last_us=last,
        scripts=_scripts(engine.run(steps.LANGUAGES), names),
    )


def _keys(table: pa.Table) -> pa.Array:
    joined = pc.binary_join_element_wise(table["platform"], table["account_id"], "\0")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _latest(states: pa.Table) -> pa.Table:
    """One row an account: the state seen last (of several at once the first in order), the earliest registration."""
    if states.num_rows == 0:
        return states
    columns = [name for name in states.column_names if name not in ("platform", "account_id", "observed_us")]
    order: list[tuple[str, str]] = [
        ("platform", "ascending"),
        ("account_id", "ascending"),
        ("observed_us", "descending"),
    ]
    states = states.sort_by([*order, *((name, "ascending") for name in columns)])
    keys = _keys(states)
    new = np.ones(len(keys), np.bool_)
    new[1:] = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1)).to_numpy(zero_copy_only=False)
    first = np.flatnonzero(new)
    latest = states.take(pa.array(first))
    if "created_us" in columns:
        created = pc.fill_null(states["created_us"], np.iinfo(np.int64).max).to_numpy()
        earliest = np.minimum.reduceat(created, first)
        place = latest.schema.get_field_index("created_us")
        latest = latest.set_column(
            place, "created_us", pa.array(earliest, pa.int64(), mask=earliest == np.iinfo(np.int64).max)
        )
    return latest


def _scripts(languages: pa.Table, names: pa.Array) -> list[frozenset[str]]:
    found: list[dict[frozenset[str], int]] = [{} for _ in range(len(names))]
    number = pc.index_in(_keys(languages), names).to_pylist()
    by_language: Mapping[str, frozenset[str]] = {
        code: written_in(code) for code in pc.unique(languages["language"]).to_pylist()
    }
    for at, language, posts in zip(
        number, languages["language"].to_pylist(), languages["posts"].to_pylist(), strict=True
    ):
        scripts = by_language[language]
        if at is not None and scripts:
            found[at][scripts] = found[at].get(scripts, 0) + posts
    return [
        frozenset().union(*(s for s, n in counts.items() if n >= LANGUAGE_SHARE * sum(counts.values())))
        for counts in found
    ]
