"""Shingles, signatures and candidates against slow, obvious versions of themselves."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.text_families.candidates import (
    NEIGHBOURS,
    Banding,
    agreeing_places,
    candidate_bands,
    distinct,
    signatures,
)
from undertow.analyses.text_families.shingles import shingle
from undertow.analyses.text_families.verify import Verifier

ALPHABET = "abcde fg猫狗한국"


def plain_shingles(text: str) -> set[str]:
    framed = f" {text} "
    found = set()
    for at, character in enumerate(framed):
        length = 2 if ord(character) >= 0x3041 else 4
        if at + length <= len(framed):
            found.add(framed[at : at + length])
    return found or {framed}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(ALPHABET, max_size=30), min_size=2, max_size=6))
def test_jaccard_is_that_of_the_shingles(texts: list[str]) -> None:
    found = shingle(texts)
    assert np.diff(found.starts).tolist() == [len(plain_shingles(text)) for text in texts]
    pairs = np.array(list(combinations(range(len(texts)), 2)))
    jaccard = Verifier(texts, found).jaccard(pairs[:, 0], pairs[:, 1])
    for (i, j), value in zip(pairs.tolist(), jaccard.tolist(), strict=True):
        a, b = plain_shingles(texts[i]), plain_shingles(texts[j])
        assert value == pytest.approx(len(a & b) / len(a | b))


def random_texts(count: int, length: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(row) for row in rng.choice(list("abcdefghijklmnop"), (count, length))]


def mutated(texts: list[str], share: float, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    changed = []
    for text in texts:
        letters = np.array(list(text))
        where = rng.random(len(letters)) < share
        letters[where] = rng.choice(list("qrstuvwxyz"), int(where.sum()))
        changed.append("".join(letters))
    return changed


@pytest.mark.parametrize("share", [0.02, 0.06, 0.12])
def test_signatures_estimate_jaccard_without_bias(share: float) -> None:
    texts = random_texts(400, 120, 1)
    both = texts + mutated(texts, share, 2)
    found = shingle(both)
    left, right = np.arange(400), np.arange(400, 800)
    jaccard = Verifier(both, found).jaccard(left, right)
    banding = Banding(32, 4)
    signed = signatures(found, banding, seed=3)
    estimate = (signed[left] == signed[right]).mean(axis=1)
    # 400 pairs x 128 places: the standard error of the mean difference is at most sqrt(.25 / 51200) = .0022; the
    # places of all pairs share 128 permutations, which adds sqrt(.25 / 128) / sqrt(number of shingles) at most.
    assert abs(float((estimate - jaccard).mean())) < 0.015


@pytest.mark.parametrize("share", [0.04, 0.08, 0.12])
def test_bands_find_pairs_as_the_s_curve_says(share: float) -> None:
    texts = random_texts(600, 100, 4)
    both = texts + mutated(texts, share, 5)
    found = shingle(both)
    left, right = np.arange(600), np.arange(600, 1200)
    jaccard = Verifier(both, found).jaccard(left, right)
    banding = Banding(16, 4)
    bands = candidate_bands(
        signatures(found, banding, seed=6),
        banding,
        jaccard=0.01,
        weights=np.ones(1200, np.int64),
        parent=np.arange(1200),
    )
    proposed = {tuple(pair) for pairs, _ in bands for pair in pairs.T.tolist()}
    hits = sum((i, i + 600) in proposed for i in range(600))
    expected = np.array([banding.recall(float(j)) for j in jaccard])
    error = np.sqrt((expected * (1 - expected)).sum())
    assert abs(hits - expected.sum()) < 5 * error + 6


def test_a_viral_bucket_stays_linear() -> None:
    count = 3000
    signed = np.tile(np.arange(128, dtype=np.uint32), (count, 1))
    weights = np.ones(count, np.int64)
    weights[1234] = 7
    banding = Banding(32, 4)
    pairs, counted = next(
        candidate_bands(signed, banding, jaccard=0.5, weights=weights, parent=np.arange(count, dtype=np.int64))
    )
    assert counted.possible == count * (count - 1) // 2
    assert counted.largest_bucket == count
    assert counted.looked_at <= count * (NEIGHBOURS + 1)
    hub = pairs[:, (pairs == 1234).any(axis=0)]
    assert len(distinct(hub.ravel())) == count, "everybody meets the heaviest"


def test_small_buckets_are_compared_in_full() -> None:
    count = NEIGHBOURS + 1
    signed = np.tile(np.arange(128, dtype=np.uint32), (count, 1))
    bands = candidate_bands(
        signed,
        Banding(32, 4),
        jaccard=0.5,
        weights=np.ones(count, np.int64),
        parent=np.arange(count, dtype=np.int64),
    )
    pairs, counted = next(bands)
    assert pairs.shape[1] == counted.possible == count * (count - 1) // 2


def test_united_texts_are_passed_over() -> None:
    signed = np.tile(np.arange(128, dtype=np.uint32), (5, 1))
    bands = candidate_bands(
        signed, Banding(32, 4), jaccard=0.5, weights=np.ones(5, np.int64), parent=np.array([0, 0, 0, 3, 3])
    )
    pairs, _ = next(bands)
    assert {tuple(pair) for pair in pairs.T.tolist()} == {(i, j) for i in range(3) for j in (3, 4)}


def test_signatures_do_not_depend_on_workers() -> None:
    found = shingle(random_texts(50, 40, 7))
    one, three = (signatures(found, seed=8, workers=workers) for workers in (1, 3))
    assert (one == three).all()
    assert (one != signatures(found, seed=9)).any()


def test_bandings() -> None:
    assert Banding.reaching(0.5, 0.99, 128) == Banding(42, 3)
    with pytest.raises(ValueError, match="cannot reach"):
        Banding.reaching(0.01, 0.999, 8)
    assert agreeing_places(0.5, 128) < 64
