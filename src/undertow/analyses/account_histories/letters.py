"""Whether a change of language that the tags state shows in the letters too: tags of short texts are often wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.account_histories.arrays import Bools, Ints
from undertow.languages import spoken

NEAREST = 8
"""Texts on each side of the moment, nearest to it, whose letters are read."""


@dataclass(frozen=True)
class Texts:
    """The texts of some accounts, by account and time: the account's number, microseconds, and what was written."""

    account: Ints
    time: Ints
    post_id: pa.StringArray
    kind: pa.StringArray
    text: pa.StringArray
    language: pa.StringArray
    client: pa.StringArray

    @classmethod
    def of(cls, table: pa.Table, accounts: Ints) -> Texts:
        """The rows of ``table`` (:data:`undertow.analyses.account_histories.steps.TEXTS`) of these accounts (0..)."""
        kept = table.filter(pc.is_in(table["account"], value_set=pa.array(accounts + 1, pa.int64())))
        kept = kept.sort_by([("account", "ascending"), ("created_us", "ascending"), ("post_id", "ascending")])
        strings = {name: kept[name].combine_chunks() for name in ("post_id", "kind", "text", "language", "client")}
        return cls(account=kept["account"].to_numpy() - 1, time=kept["created_us"].to_numpy(), **strings)

    def around(self, account: int, moment: int, number: int) -> tuple[Ints, Ints]:
        """The places of the ``number`` texts before and of those from ``moment`` (microseconds) on."""
        low, high = np.searchsorted(self.account, [account, account + 1])
        cut = low + np.searchsorted(self.time[low:high], moment)
        return np.arange(max(low, cut - number), cut), np.arange(cut, min(high, cut + number))


def confirmed(texts: Texts, accounts: Ints, moments: Ints) -> Bools:
    """Whether the commonest language by the letters differs on the two sides of each account's moment.

    True as well where the letters of one side tell nothing: then the tags stand.
    """
    answers = np.ones(len(accounts), dtype=np.bool_)
    for place, (account, moment) in enumerate(zip(accounts.tolist(), moments.tolist(), strict=True)):
        sides = [_commonest(texts, rows) for rows in texts.around(account, moment, NEAREST)]
        answers[place] = None in sides or sides[0] != sides[1]
    return answers


def _commonest(texts: Texts, rows: Ints) -> str | None:
    found: Counter[str] = Counter()
    for row in rows.tolist():
        language = spoken(texts.text[row].as_py(), texts.language[row].as_py()).language
        if language is not None:
            found[language] += 1
    return min(found, key=lambda name: (-found[name], name)) if found else None
