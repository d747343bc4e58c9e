"""Handles: which pattern each follows, and which handles are alike."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

SUGGESTED = "name and eight digits"
RANDOM = "letters without a pattern"
NUMBERED = "name and four or more digits"
TWO_WORDS = "two capitalised words"
OTHER = "other"
PATTERNS = (SUGGESTED, NUMBERED, RANDOM, TWO_WORDS, OTHER)
"""The patterns; a handle has the first that fits."""

HASHED = 30
"""Handles of this length and more are hashes that the source put in their place."""
SWITCHES = 4
"""Changes between letters and digits, or back to capitals within a word, from which letters have no pattern."""
CONSONANTS = 6
"""Latin consonants in a row from which letters have no pattern."""
STEM = 6
"""Fewest letters of a stem, without digits and underscores, by which handles are alike."""
NEAR = 8
"""Fewest characters of handles that count as alike but for a character."""
FAMILY = 3
"""Fewest accounts of a family."""
SEQUENCE = 3
"""Fewest successive numbers after the same stem that are a sequence."""

_SUGGESTED = re.compile(r"\D*[^\W\d_]{2,}_?\d{8}")
_NUMBERED = re.compile(r".*\D(\d{4,})")
_YEAR = re.compile(r"19[3-9]\d|20[0-3]\d")
_TWO_WORDS = re.compile(r"[A-Z][a-z]+_?[A-Z][a-z]+\d{0,3}")
_CONSONANTS = re.compile(rf"[b-df-hj-np-tv-xz]{{{CONSONANTS},}}", re.IGNORECASE)
_NUMBER = re.compile(r"(.*?)(\d{1,15})")


def readable(handle: str | None) -> str | None:
    """``handle`` where it is one, None for a hash or nothing."""
    return handle if handle is not None and len(handle) < HASHED else None


def pattern(handle: str) -> str:
    """The pattern of a handle (one of :data:`PATTERNS`).

    >>> [pattern(name) for name in ("Maria48201957", "jo_lund1977", "anna20394", "xK9qT2vL8w", "AnnaLund3", "lund")]
    ['name and eight digits', 'other', 'name and four or more digits', 'letters without a pattern', \
'two capitalised words', 'other']
    """
    if _SUGGESTED.fullmatch(handle):
        return SUGGESTED
    if (found := _NUMBERED.fullmatch(handle)) and not _YEAR.fullmatch(found.group(1)):
        return NUMBERED
    if _without_pattern(handle):
        return RANDOM
    return TWO_WORDS if _TWO_WORDS.fullmatch(handle) else OTHER


def _without_pattern(handle: str) -> bool:
    kinds = ["d" if c.isdigit() else "U" if c.isupper() else "l" if c.isalpha() else "_" for c in handle]
    digits = sum((a == "d") != (b == "d") for a, b in pairwise(kinds))
    capitals = sum((a == "U" and b == "l") or (a == "l" and b == "U") for a, b in pairwise(kinds))
    words = sum(a != "U" and b == "U" for a, b in pairwise(kinds))
    short_words = words >= SWITCHES and len(handle) < 4 * words
    return digits >= SWITCHES or (capitals >= 2 * SWITCHES - 2 and short_words) or bool(_CONSONANTS.search(handle))


@dataclass(frozen=True)
class Families:
    """Handles that are alike.

    ``family`` numbers each account's family from 0, largest first, -1 for none; ``in_sequence`` says whether it is
    one of successive numbers after one stem.
    """

    family: Int64
    in_sequence: npt.NDArray[np.bool_]

    @property
    def number(self) -> int:
        """How many families there are."""
        return int(self.family.max(initial=-1)) + 1


def families(handles: Sequence[str | None]) -> Families:
    """Families of at least :data:`FAMILY` handles that share a stem, or differ by one character from another.

    Alike are handles with the same letters once digits and underscores are out (:data:`STEM` or more), and handles
    of :data:`NEAR` characters or more that become equal when at most one character of each is taken out. Linear in
    the number of handles.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    buckets: dict[str, list[int]] = defaultdict(list)
    numbered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for account, name in enumerate(handles):
        if name is None:
            continue
        handle = name.casefold()
        stem = "".join(c for c in handle if not c.isdigit() and c != "_")
        if len(stem) >= STEM:
            buckets[f"stem {stem}"].append(account)
        if len(handle) >= NEAR:
            shortened = {handle[:position] + handle[position + 1 :] for position in range(len(handle))}
            for near in (handle, *sorted(shortened)):
                buckets[f"near {near}"].append(account)
        if found := _NUMBER.fullmatch(handle):
            numbered[found.group(1)].append((int(found.group(2)), account))
    pairs = [(accounts[0], account) for accounts in buckets.values() for account in accounts[1:]]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(pairs), np.int8), (left, right)), shape=(len(handles), len(handles)))
    labels = connected_components(graph, directed=False)[1] if handles else np.zeros(0, np.int64)
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(sizes.size, np.int64)
    rank[order] = np.arange(sizes.size)
    family = np.where(sizes[labels] >= FAMILY, rank[labels], -1).astype(np.int64)
    in_sequence = np.zeros(len(handles), np.bool_)
    for found_numbers in numbered.values():
        in_sequence[_successive(sorted(found_numbers))] = True
    return Families(family, in_sequence)


def _successive(numbers: list[tuple[int, int]]) -> list[int]:
    """Accounts in runs of successive numbers of at least :data:`SEQUENCE`."""
    found: list[int] = []
    run: list[tuple[int, int]] = []
    for item in [*numbers, (-10, -1)]:
        if run and item[0] - run[-1][0] not in (0, 1):
            if len({number for number, _ in run}) >= SEQUENCE:
                found += [account for _, account in run]
            run = []
        run.append(item)
    return found
