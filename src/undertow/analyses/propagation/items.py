"""From acts to items: one object during one spell, taken up by classes of accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.derived import derived
from undertow.analyses.propagation import steps
from undertow.analyses.propagation.classes import Classes
from undertow.case import Case
from undertow.engines.engine import Engine
from undertow.links import normal_link
from undertow.statistics.lead_lag import DAY, ItemActs, Rhythms, item_acts
from undertow.text import fold

Int64 = npt.NDArray[np.int64]

FAMILIES = "text_families.members"

_UNIT = {"ms": 1_000_000, "s": 1_000_000, "min": 60_000_000}
"""How finely two times can be put in order: to the second, for clocks and queues differ by less."""


@dataclass(frozen=True)
class Items:
    """The items of one kind of object.

    ``acts``: each account's first act on each item, times floored to the coarsest precision on the item, and ``every``:
    all acts on the same items, for the tests. ``account``: the account's number, act by act of ``acts``, and ``post``
    the post's id. ``objects``: what each item is. ``rhythms``: of
    every act on objects of this kind. ``censored``: items left out because they may have begun before the data;
    ``large``: those with more acts than the limit.
    """

    kind: str
    acts: ItemActs
    every: ItemActs
    account: Int64
    post: pa.Array
    objects: tuple[str, ...]
    rhythms: Rhythms
    accounts: tuple[tuple[str, str], ...]
    ambiguous: int
    censored: int
    large: int

    @property
    def n_classes(self) -> int:
        """How many classes there are; the actor of this number is everyone else."""
        return self.acts.n_actors - 1

    def post_of(self, act: int) -> tuple[str, str]:
        """Platform and id of the post of act number ``act`` (of ``acts``)."""
        return self.accounts[int(self.account[act])][0], str(self.post[act].as_py())


def read_items(
    engine: Engine,
    case: Case,
    parameters: base.Parameters,
    kind: str,
    classes: Classes,
    *,
    spell_days: float,
    most_acts: int,
) -> Items:
    """The items of ``kind``: an object that rested for ``spell_days`` begins anew."""
    table = _families(engine, case, parameters) if kind == "text" else None
    table = engine.run(steps.OBJECTS[kind]) if table is None else table
    table = table.sort_by([(name, "ascending") for name in ("object", "platform", "created_us", "post_id")])
    return _items(table, kind, classes, spell=round(spell_days * DAY), most_acts=most_acts)


def _families(engine: Engine, case: Case, parameters: base.Parameters) -> pa.Table | None:
    """The acts on text families; None where no families are published."""
    try:
        members = derived(case, FAMILIES, parameters)
    except KeyError:
        return None
    posts = engine.run(steps.OWN_POSTS)
    joined = members.select(["platform", "post_id", "family"]).join(
        posts, ["platform", "post_id"], join_type="inner"
    )
    named = joined.append_column("object", joined["family"].cast(pa.string()))
    return named.select(steps.ACTS.names).cast(steps.ACTS)


def _items(table: pa.Table, kind: str, classes: Classes, *, spell: int, most_acts: int) -> Items:
    n_actors = len(classes.names) + 1
    object_, objects = _objects(table, kind)
    account, accounts = _accounts(table)
    time = table["created_us"].to_numpy()
    unit = np.array([_UNIT.get(name, _UNIT["min"]) for name in table["time_precision"].to_pylist()], np.int64)
    row = np.arange(len(time))
    actor = classes.at(account, accounts, time)
    ambiguous = int((actor < 0).sum())
    keep = (object_ >= 0) & (actor >= 0)
    object_, account, time, unit, actor, row = (part[keep] for part in (object_, account, time, unit, actor, row))
    rhythms = Rhythms.of(time, actor, n_actors)
    order = np.lexsort((account, time, object_))
    object_, account, time, unit, actor, row = (part[order] for part in (object_, account, time, unit, actor, row))
    new = np.ones(len(time), np.bool_)
    new[1:] = (object_[1:] != object_[:-1]) | (time[1:] - time[:-1] > spell)
    item = np.cumsum(new) - 1
    start = time[new]
    inside = start >= (time.min() if len(time) else 0) + spell
    number = np.bincount(item, minlength=len(start))
    first = np.zeros(len(time), np.bool_)  # each account's first act on each item
    _, index = np.unique(item * max(len(accounts), 1) + account, return_index=True)
    first[index] = True
    kept = inside & (number <= most_acts)
    chosen = first & kept[item]
    coarse = np.ones(len(start), np.int64)
    np.maximum.at(coarse, item, unit)
    floored = time // coarse[item] * coarse[item]
    acts, names = item_acts(item[chosen], floored[chosen], actor[chosen], n_actors=n_actors)
    whole = kept[item]
    every, _ = item_acts(item[whole], floored[whole], actor[whole], account[whole], n_actors=n_actors)
    # the accounts in the order of the acts: item_acts sorts by item, time, actor, and so does this
    inner = np.flatnonzero(chosen)
    inner = inner[np.isin(item[inner], names)]
    inner = inner[np.lexsort((actor[inner], floored[inner], item[inner]))]
    shared = _of_two(item, actor, len(start))
    return Items(
        kind=kind,
        acts=acts,
        every=every,
        account=account[inner],
        post=table["post_id"].combine_chunks().take(pa.array(row[inner])),
        objects=tuple(objects[object_[new][name]] for name in names.tolist()),
        rhythms=rhythms,
        accounts=accounts,
        ambiguous=ambiguous,
        censored=int((shared & ~inside).sum()),
        large=int((shared & inside & (number > most_acts)).sum()),
    )


def _of_two(item: Int64, actor: Int64, items: int) -> npt.NDArray[np.bool_]:
    """Which items have two actors or more."""
    low, high = np.full(items, 2**62, np.int64), np.full(items, -1, np.int64)
    np.minimum.at(low, item, actor)
    np.maximum.at(high, item, actor)
    two: npt.NDArray[np.bool_] = low < high
    return two


def _objects(table: pa.Table, kind: str) -> tuple[Int64, list[str]]:
    """The number of each act's object (-1: none), and the objects: folded, normalised, sorted."""
    encoded = table["object"].combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    raw = encoded.dictionary.to_pylist()
    folded = [_folded(value, kind) for value in raw]
    names = sorted({name for name in folded if name})
    numbers = {name: number for number, name in enumerate(names)}
    lookup = np.array([numbers.get(name or "", -1) for name in folded], np.int64)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return lookup[codes] if len(lookup) else np.zeros(0, np.int64), names


def _folded(value: str, kind: str) -> str | None:
    if kind == "link":
        return normal_link(value)
    return fold(value) if kind == "hashtag" else value


def _accounts(table: pa.Table) -> tuple[Int64, tuple[tuple[str, str], ...]]:
    """The number of each act's account, and (platform, id) of the accounts, sorted."""
    pairs = list(zip(table["platform"].to_pylist(), table["account_id"].to_pylist(), strict=True))
    names = tuple(sorted(set(pairs)))
    numbers = {name: number for number, name in enumerate(names)}
    return np.fromiter((numbers[pair] for pair in pairs), np.int64, len(pairs)), names
