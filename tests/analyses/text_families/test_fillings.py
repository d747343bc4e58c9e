"""Templates filled with other words: found where they are planted, and nowhere else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.text_families.families import find_families
from undertow.analyses.text_families.fillings import AT_MOST, FEWEST, find_fillings

LETTERS = list("abdegiklmnoprstu")


def words(rng: np.random.Generator, count: int) -> list[str]:
    return ["".join(rng.choice(LETTERS, int(n))) for n in rng.integers(2, 9, count)]


def sentences(rng: np.random.Generator, vocabulary: list[str], count: int) -> list[str]:
    """Sentences of 12 to 20 words, some words common and most rare."""
    share = 1 / np.arange(1, len(vocabulary) + 1)
    return [
        " ".join(rng.choice(vocabulary, int(length), p=share / share.sum()))
        for length in rng.integers(12, 21, count)
    ]


def planted(rng: np.random.Generator, vocabulary: list[str], copies: int, slots: int = 2) -> list[str]:
    fixed = [words(rng, 4) for _ in range(slots + 1)]
    made = []
    for _ in range(copies):
        text = list(fixed[0])
        for passage in fixed[1:]:
            text += [*rng.choice(vocabulary, 4).tolist(), *passage]
        made.append(" ".join(text))
    return made


def test_texts_of_one_grammar_cost_a_bounded_number_of_comparisons_and_are_counted() -> None:
    """Any two of these sentences share clauses, and hardly any two make a template: all are connected."""
    rng = np.random.default_rng(9)
    clauses = [" ".join(words(rng, 4)) for _ in range(40)]
    texts = [" ".join(clauses[clause] for clause in rng.choice(40, 5, replace=False)) for _ in range(1500)]
    found = find_fillings(find_families(texts))
    assert found.left > 100
    assert found.compared < 3 * AT_MOST * found.texts
    few = find_fillings(find_families(sentences(rng, words(rng, 2000), 300) + planted(rng, words(rng, 500), 6)))
    assert few.left == 0


def test_three_fillings_are_found_and_two_are_not() -> None:
    rng = np.random.default_rng(3)
    vocabulary = words(rng, 2000)
    others = sentences(rng, vocabulary, 1500)
    three, two = planted(rng, vocabulary, FEWEST), planted(rng, vocabulary, FEWEST - 1)
    found = find_families([*others, *three, *two])
    assert not any(family.posts > 1 for family in found.families)
    (group,) = find_fillings(found).groups
    assert {found.texts[head] for head in group.heads} == set(three)
    fixed = [word for word, kept in zip(found.texts[group.heads[0]].split(), group.fixed, strict=True) if kept]
    assert set(fixed) <= set.intersection(*(set(text.split()) for text in three))
    assert len(fixed) >= 10


def test_one_shared_passage_is_a_quotation_and_no_template() -> None:
    rng = np.random.default_rng(4)
    vocabulary = words(rng, 2000)
    title = " ".join(words(rng, 6))
    around = [" ".join(rng.choice(vocabulary, 5)) for _ in range(12)]
    quoting = [f"{a} {title} {b}" for a, b in zip(around[::2], around[1::2], strict=True)]
    found = find_families([*sentences(rng, vocabulary, 1500), *quoting])
    assert find_fillings(found).groups == ()


def test_sentences_drawn_at_random_fill_no_template() -> None:
    for seed in range(5):
        rng = np.random.default_rng([6, seed])
        found = find_families(sentences(rng, words(rng, 2000), 2000))
        assert find_fillings(found).groups == ()


def test_scripts_without_spaces() -> None:
    rng = np.random.default_rng(7)
    letters = [chr(0x4E00 + k) for k in range(1500)]
    others = ["".join(rng.choice(letters, 25)) for _ in range(800)]
    fixed = ["".join(rng.choice(letters, 6)) for _ in range(3)]
    three = [
        fixed[0] + "".join(rng.choice(letters, 6)) + fixed[1] + "".join(rng.choice(letters, 6)) + fixed[2]
        for _ in range(4)
    ]
    found = find_families([*others, *three])
    (group,) = find_fillings(found).groups
    assert len(group.heads) == 4


@settings(deadline=None, max_examples=5)
@given(st.permutations(range(203)))
def test_the_order_of_the_posts_decides_nothing(order: list[int]) -> None:
    rng = np.random.default_rng(8)
    vocabulary = words(rng, 500)
    texts = [*sentences(rng, vocabulary, 200), *planted(rng, vocabulary, 3)]
    one, other = find_families(texts), find_families([texts[place] for place in order])
    assert find_fillings(one) == find_fillings(other)


def test_too_few_texts() -> None:
    assert find_fillings(find_families([])).groups == ()
    assert find_fillings(find_families(["a text that is long enough to be looked at"] * 2)).groups == ()
