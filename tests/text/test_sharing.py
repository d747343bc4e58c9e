"""Texts that two sets share, against the slow comparison of every pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from undertow.text import sharing
from undertow.text.normalise import normalise
from undertow.text.sharing import LEAST_LETTERS, SIMILAR, Shared, shared_texts

WORDS = [
    f"{stem}{end}" for stem in ("harbour", "river", "market", "signal", "winter") for end in ("", "s", "ing", "ed")
]


def sentence(rng: np.random.Generator, words: int) -> list[str]:
    return [str(word) for word in rng.choice(WORDS, words)]


def test_copies_inside_longer_texts_are_found_and_nothing_else() -> None:
    rng = np.random.default_rng(5)
    ads = [" ".join(sentence(rng, 40)) for _ in range(30)]
    posts = [" ".join(sentence(rng, 14)) for _ in range(200)]
    for number in range(20):
        words = ads[number].split()[5:19]
        words[7] = "altered"
        posts[number] = "Look @friend: " + " ".join(words).upper() + " https://t.co/x #tag"
    found = shared_texts(posts, ads)
    slow = [
        (one, other)
        for one, post in enumerate(posts)
        for other, ad in enumerate(ads)
        if fuzz.partial_ratio(normalise(post).key, normalise(ad).key) / 100 >= SIMILAR
    ]
    assert [(pair.left, pair.right) for pair in found] == slow
    assert {(number, number) for number in range(20)} <= set(slow)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=60), max_size=6), st.lists(st.text(max_size=60), max_size=3))
def test_any_texts_can_be_compared(left: list[str], right: list[str]) -> None:
    for pair in shared_texts(left, right):
        assert pair.similarity >= SIMILAR
        assert left[pair.left]
        assert right[pair.right]


def test_short_texts_and_blocks(monkeypatch) -> None:
    long = "the winter market at the old harbour opens on friday morning"
    assert len(long) > LEAST_LETTERS
    assert shared_texts(["short", None, long], ["short", long]) == [Shared(2, 1, 1.0)]
    monkeypatch.setattr(sharing, "_POSITIONS_AT_ONCE", 10)  # a block for each text
    assert shared_texts([long, "x", long], [long]) == [Shared(0, 0, 1.0), Shared(2, 0, 1.0)]
    assert shared_texts([], []) == shared_texts([long], []) == []
