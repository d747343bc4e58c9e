"""Substrings that several strings share, by naming: the longest common to any k of them, in n log n.

Substrings of length 2^j get numbers by pairing those of their halves (Karp, Miller and Rosenberg 1972), all positions
at once; any other length is two overlapping halves. That gives what a suffix automaton would, in a few array operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CommonStrings:
    """How many strings share a substring of each length: ``lengths`` rise, ``strings`` fall."""

    lengths: tuple[int, ...]
    strings: tuple[int, ...]


@dataclass(frozen=True)
class _Names:
    """The numbers of all substrings of one length; -1 where one would reach into the next string."""

    length: int
    name: Ints


class Strings:
    """Several strings, one after the other: ``letter`` (0 and more) and ``owner`` (sorted) of each position."""

    def __init__(self, letter: Ints, owner: Ints) -> None:
        if letter.shape != owner.shape or (np.diff(owner) < 0).any() or (letter < 0).any():
            raise ValueError("letters from 0 and their sorted owners, as many of both")
        self.owner = owner
        size = letter.size
        end = np.searchsorted(owner, owner, side="right")
        self._left = end - np.arange(size)
        self._shared: dict[int, int] = {}
        self._doubled = [_Names(1, np.unique(letter, return_inverse=True)[1].astype(np.int64))]

    def shared(self, length: int) -> int:
        """The most strings that any substring of ``length`` occurs in."""
        if length < 1:
            raise ValueError("a substring has one letter or more")
        if length in self._shared:
            return self._shared[length]
        name = self._named(length)
        known = name >= 0
        if not known.any():
            return 0
        owners = int(self.owner.max()) + 1
        pairs = np.sort(name[known] * owners + self.owner[known])
        new = np.r_[True, pairs[1:] != pairs[:-1]]
        self._shared[length] = int(np.bincount(pairs[new] // owners).max())
        return self._shared[length]

    def curve(self) -> CommonStrings:
        """How many strings share a substring of length 1, 2, 4, ... until none is shared."""
        lengths, strings = [], []
        length, number = 1, self.shared(1)
        while number >= 2:
            lengths.append(length)
            strings.append(number)
            length *= 2
            number = self.shared(length)
        return CommonStrings(tuple(lengths), tuple(strings))

    def longest(self, k: int) -> int:
        """The length of the longest substring that ``k`` strings or more share; 0 for none (k is 2 or more)."""
        low, high = 0, 1
        while self.shared(high) >= k:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            if self.shared(middle) >= k:
                low = middle
            else:
                high = middle
        return low

    def _named(self, length: int) -> Ints:
        while self._doubled[-1].length * 2 <= length:
            half = self._doubled[-1]
            self._doubled.append(_Names(2 * half.length, self._pair(half, half.length, 2 * half.length)))
        base = self._doubled[int(length).bit_length() - 1]
        return base.name if base.length == length else self._pair(base, length - base.length, length)

    def _pair(self, half: _Names, shift: int, length: int) -> Ints:
        """Names of the substrings of ``length`` made of a half and the half ``shift`` later."""
        name = np.full(self.owner.size, -1, np.int64)
        fits = np.flatnonzero(self._left >= length)
        if fits.size:
            key = half.name[fits] * (int(half.name.max()) + 1) + half.name[fits + shift]
            name[fits] = np.unique(key, return_inverse=True)[1]
        return name
