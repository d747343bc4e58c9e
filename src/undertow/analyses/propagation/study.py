"""Everything that the findings on propagation draw on, worked out once."""

from __future__ import annotations

from dataclasses import dataclass

from undertow.analyses.base import Scope
from undertow.analyses.propagation.chains import Chain, all_chains
from undertow.analyses.propagation.items import Items
from undertow.analyses.propagation.pairs import Pair, all_pairs, views
from undertow.wording import count, joined


@dataclass(frozen=True)
class Study:
    """The items of each kind, and what all pairs and triples of classes do with them.

    ``names``: the classes by number; ``window``: microseconds; ``level``: of the corrected p-values; ``untimed``:
    posts that cannot be put in order.
    """

    scope: Scope
    names: tuple[str, ...]
    items: tuple[Items, ...]
    pairs: tuple[Pair, ...]
    chains: tuple[Chain, ...]
    window: int
    level: float
    untimed: int

    @classmethod
    def of(
        cls,
        scope: Scope,
        names: tuple[str, ...],
        items: tuple[Items, ...],
        *,
        window: int,
        level: float,
        untimed: int,
        draws: int,
        seed: int,
    ) -> Study:
        """The study of ``items``."""
        following = [views(one, window=window) for one in items]
        return cls(
            scope=scope,
            names=names,
            items=items,
            pairs=tuple(all_pairs(items, following, window=window, draws=draws, seed=seed)),
            chains=tuple(all_chains(items, following)),
            window=window,
            level=level,
            untimed=untimed,
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of objects that were looked at."""
        return tuple(one.kind for one in self.items)

    def items_of(self, kind: str) -> Items:
        """The items of ``kind``."""
        return next(one for one in self.items if one.kind == kind)

    @property
    def left_out(self) -> str:
        """What was left out, in words."""
        parts = []
        if self.untimed:
            parts.append(f"{count(self.untimed, 'post')} without a time of day")
        for name, thing, words in (
            ("censored", "object", "that may have begun before the data"),
            ("large", "object", "with more posts than the setting most_acts"),
            ("ambiguous", "post", "of accounts in two classes at once"),
        ):
            number = sum(getattr(one, name) for one in self.items)
            if number:
                parts.append(f"{count(number, thing)} {words}")
        return f"Left out: {joined(parts)}." if parts else ""
