"""Character shingles of normalised texts, hashed, as flat arrays.

A shingle starting at a Han, Kana or Hangul character is 2 characters long, any other 4: at a Chinese character
the alphabet is so large that two name a word's part; alphabets need more, or every text resembles every other. The
rule looks at one character, so it needs no language, works where no spaces are written, and treats mixed text alike
in every copy. Each text is framed by a space on either side; a text too short for any shingle is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from undertow.analyses.text_families.arrays import Int64, UInt32

ALPHABETIC_LENGTH = 4
WIDE_LENGTH = 2

_BATCH = 50_000


@dataclass(frozen=True)
class Shingles:
    """The distinct shingles of ``len(starts) - 1`` texts: those of text i are ``hashes[starts[i]:starts[i + 1]]``.

    ``hashes``: 32-bit hashes, ascending within a text (two different shingles of a pair of texts of 100 characters
    collide once in 400,000 pairs). ``starts``: offsets, from 0 to the number of hashes.
    """

    hashes: UInt32
    starts: Int64

    def __len__(self) -> int:
        return len(self.starts) - 1


def shingle(texts: Sequence[str]) -> Shingles:
    """The shingles of normalised ``texts`` (see the module).

    >>> found = shingle(["grey cats", "grey cats", "x"])
    >>> found.starts.tolist(), bool((found.hashes[:8] == found.hashes[8:16]).all())
    ([0, 8, 16, 17], True)
    """
    parts = [_batch(texts[low : low + _BATCH]) for low in range(0, len(texts), _BATCH)]
    if not parts:
        return Shingles(np.zeros(0, np.uint32), np.zeros(1, np.int64))
    counts = np.concatenate([counts for _, counts in parts])
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return Shingles(np.concatenate([hashes for hashes, _ in parts]), starts)


def _batch(texts: Sequence[str]) -> tuple[UInt32, Int64]:
    """Distinct hashes of a batch, text after text, and how many each text has."""
    from undertow.analyses.text_families.kernel import shingle_codes

    joined = "".join(f" {text} \0" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
    hashes = np.empty(len(codes), np.uint32)
    counts = np.empty(len(texts), np.int64)
    kept = shingle_codes(codes, ALPHABETIC_LENGTH, WIDE_LENGTH, hashes, counts)
    return hashes[:kept].copy(), counts
