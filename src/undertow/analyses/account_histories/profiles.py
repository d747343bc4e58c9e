"""What the profiles and the platform's counters show of accounts: changes of name and profile, and deletions.

Only what was seen more than once can be seen to change; most archives have one state of each profile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.account_histories import steps
from undertow.analyses.account_histories.arrays import Floats, Ints
from undertow.analyses.account_histories.sightings import sorted_states
from undertow.engines.engine import Engine

FIELDS = ("handle", "display_name", "description", "location", "language")
WORDS = {
    "handle": "handle",
    "display_name": "display name",
    "description": "description",
    "location": "location",
    "language": "interface language",
}


@dataclass(frozen=True)
class ProfileChanges:
    """Differences between successive states of profiles: account (0..), the times of the two sights (microseconds),
    the field, and its two values (None: empty)."""

    account: Ints
    before: Ints
    after: Ints
    field: tuple[str, ...]
    old: tuple[str | None, ...]
    new: tuple[str | None, ...]


@dataclass(frozen=True)
class Profiles:
    """Profiles and counters of all accounts.

    ``states`` counts the dated states seen of each; ``created`` is the registration (microseconds, -1 unknown);
    ``location`` the first location seen, and ``located`` when (-1 unknown); ``counter`` the most posts that the
    platform ever counted (-1 unknown) and
    ``counter_seen`` in how many sights.
    """

    states: Ints
    created: Ints
    location: tuple[str | None, ...]
    located: Ints
    changes: ProfileChanges
    counter: Ints
    counter_seen: Ints

    def missing(self, held: Ints) -> Floats:
        """Share of the posts counted by the platform that are not held, NaN where there is no count."""
        share = 1 - held / np.maximum(self.counter, 1)
        return np.where(self.counter > 0, np.clip(share, 0.0, 1.0), np.nan)


def profiles(engine: Engine, n_accounts: int) -> Profiles:
    """Read the profiles and counters of the accounts in scope, whose numbers the engine keeps."""
    states = engine.run(steps.PROFILES)
    states = states.sort_by([(name, "ascending") for name in ("account", "observed_us", *FIELDS)])
    account = states["account"].to_numpy() - 1
    created = np.full(n_accounts, -1, dtype=np.int64)
    dated = states["created_us"].is_valid().to_numpy(zero_copy_only=False)
    created[account[dated]] = states["created_us"].drop_null().to_numpy()
    location: list[str | None] = [None] * n_accounts
    located = np.full(n_accounts, -1, dtype=np.int64)
    stated = states.filter(states["location"].is_valid())
    times = stated["observed_us"].fill_null(-1).to_numpy()
    for number, place, time in zip(
        (stated["account"].to_numpy() - 1).tolist(), stated["location"].to_pylist(), times.tolist(), strict=True
    ):
        if place and location[number] is None:
            location[number], located[number] = place, time
    counters = engine.run(steps.COUNTERS)
    of = counters["account"].to_numpy() - 1
    most = np.full(n_accounts, -1, dtype=np.int64)
    np.maximum.at(most, of, counters["posts"].to_numpy())
    seen = states["observed_us"].is_valid().to_numpy(zero_copy_only=False)
    return Profiles(
        states=np.bincount(account[seen], minlength=n_accounts),
        created=created,
        location=tuple(location),
        located=located,
        changes=_changes(sorted_states(states)),
        counter=most,
        counter_seen=np.bincount(of, minlength=n_accounts),
    )


def _changes(states: pa.Table) -> ProfileChanges:
    account = states["account"].to_numpy() - 1
    time = states["observed_us"].to_numpy()
    successive = np.flatnonzero(np.diff(account) == 0)
    places: list[tuple[int, int, str, str | None, str | None]] = []
    for name in FIELDS:
        values = states[name].combine_chunks().dictionary_encode()
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        texts = values.dictionary.to_pylist()
        for row in successive[codes[successive] != codes[successive + 1]].tolist():
            old, new = (None if codes[at] < 0 else texts[codes[at]] or None for at in (row, row + 1))
            if old != new:
                places.append((int(account[row]), row, name, old, new))
    places.sort(key=lambda change: change[:3])
    rows = np.array([change[1] for change in places], dtype=np.int64)
    return ProfileChanges(
        account[rows] if len(rows) else rows,
        time[rows] if len(rows) else rows,
        time[rows + 1] if len(rows) else rows,
        tuple(change[2] for change in places),
        tuple(change[3] for change in places),
        tuple(change[4] for change in places),
    )
