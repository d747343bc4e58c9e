"""Common substrings against looking at every one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.statistics.common_strings import Strings


def made(strings: list[str]) -> Strings:
    letter = np.array([ord(c) for text in strings for c in text], np.int64)
    owner = np.repeat(np.arange(len(strings)), [len(text) for text in strings])
    return Strings(letter, owner.astype(np.int64))


def sharing(strings: list[str], length: int) -> int:
    """The slow, obvious way."""
    found: dict[str, set[int]] = {}
    for number, text in enumerate(strings):
        for at in range(len(text) - length + 1):
            found.setdefault(text[at : at + length], set()).add(number)
    return max(map(len, found.values()), default=0)


texts = st.lists(st.text("ab", min_size=0, max_size=14), min_size=2, max_size=5).filter(any)


@settings(max_examples=120, deadline=None)
@given(texts)
def test_shared_curve_and_longest_are_those_of_every_substring(strings: list[str]) -> None:
    given_strings = made(strings)
    wanted = {length: sharing(strings, length) for length in range(1, 20)}
    assert {length: given_strings.shared(length) for length in wanted} == wanted
    for k in range(2, len(strings) + 1):
        assert given_strings.longest(k) == max((n for n, by in wanted.items() if by >= k), default=0)
    curve = given_strings.curve()
    assert all(by == wanted[length] >= 2 for length, by in zip(curve.lengths, curve.strings, strict=True))


def test_a_substring_does_not_reach_into_the_next_string() -> None:
    assert made(["ab", "c", "bc"]).longest(2) == 1


def test_unsorted_owners_are_refused() -> None:
    with pytest.raises(ValueError, match="sorted owners"):
        Strings(np.zeros(2, np.int64), np.array([1, 0]))
    with pytest.raises(ValueError, match="one letter"):
        made(["a", "b"]).shared(0)
