"""Families as a whole: planted copies of every kind are found, whatever the order and the seed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.text_families.families import DRIFT, Families, find_families
from undertow.analyses.text_families.linking import link
from undertow.analyses.text_families.verify import NEAR_MISS, SAME, Similarity
from undertow.simulation.alterations import ALTERATIONS, Copy, alter
from undertow.simulation.randomness import stream
from undertow.simulation.texts import fill, grammar

WORDS = [
    "harbour", "lantern", "bridge", "council", "winter", "ferry", "market", "orchard", "granite", "violin", "postman",
    "teapot", "meadow", "sailor", "copper", "ribbon", "thunder", "pepper", "walnut", "saddle", "mirror", "candle",
    "basket", "window", "garden", "pencil", "button", "hammer", "kettle", "blanket", "saffron", "gravel", "anchor",
]  # fmt: skip


def sentences(count: int, seed: int, length: int = 14) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(WORDS[index] for index in rng.choice(len(WORDS), length, replace=False)) for _ in range(count)]


def pairs_of(found: Families, *, listed: bool) -> set[tuple[int, int]]:
    """Pairs of posts in one family; near misses with the family that lists them, if ``listed``."""
    posts: dict[int, list[int]] = {}
    for post, text in enumerate(found.text_of_post.tolist()):
        posts.setdefault(text, []).append(post)
    pairs: set[tuple[int, int]] = set()
    for family in found.families:
        variants = (*family.members, *family.near_misses) if listed else family.members
        pairs.update(combinations(sorted({post for variant in variants for post in posts[variant.text]}), 2))
    return pairs


def pairs_of_labels(truth: list[int]) -> set[tuple[int, int]]:
    posts: dict[int, list[int]] = {}
    for post, label in enumerate(truth):
        if label >= 0:
            posts.setdefault(label, []).append(post)
    return {pair for group in posts.values() for pair in combinations(group, 2)}


@pytest.mark.parametrize("kind", [kind for kind in ALTERATIONS if kind != "template"])
@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_copies_of_each_kind_are_found(kind: str, language: str) -> None:
    """Recall and precision of pairs of at least 0.95 (small edits: of what is joined or listed, see the guard)."""
    rules = grammar(language)
    rng = stream(3, kind, language)
    texts: list[str] = []
    truth: list[int] = []
    topics = ["everyday", "news", "campaign"]
    for label in range(min(len(rules.topics[topic]) for topic in topics)):  # clauses that no other seed has
        clauses = [rules.topics[topic][label] for topic in topics]
        template = (rules.stop + rules.space).join(clauses)
        body = fill(iter(rng.integers(0, 2**31, 60).tolist()), rules, template)
        seed = Copy(language, body, template, ("OneHarbour", "Meridian", "Lantern"), "🙂", ("https://a.example/1",))
        copies = [seed, *(alter(rng, kind, seed)[1] for _ in range(5))]
        texts += [" ".join([copy.text, *copy.links]) for copy in copies]
        truth += [label] * len(copies)
    found = find_families(texts)
    pairs, planted = pairs_of(found, listed=kind == "small_edit"), pairs_of_labels(truth)
    assert len(pairs & planted) / len(planted) >= 0.95
    assert len(pairs & planted) / len(pairs) >= 0.95


@settings(max_examples=15, deadline=None)
@given(st.permutations(list(range(36))))
def test_the_order_of_posts_does_not_matter(order: list[int]) -> None:
    base = sentences(12, 1)
    posts = [text for number, text in enumerate(base) for _ in range(number % 3 + 1)]
    posts += [text.replace("harbour", "harbours").replace("window", "windoww") for text in base]
    posts = posts[:36]
    straight, shuffled = find_families(posts), find_families([posts[i] for i in order])
    assert straight.families == shuffled.families
    assert straight.family_of_post[order].tolist() == shuffled.family_of_post.tolist()


def test_the_same_input_gives_the_same_families() -> None:
    posts = sentences(200, 2) * 2 + [text + " indeed" for text in sentences(200, 2)]
    one, two = find_families(posts, seed=5), find_families(posts, seed=5, workers=1)
    assert one.families == two.families
    assert (one.family_of_post == two.family_of_post).all()


def test_unlike_texts_are_left_alone() -> None:
    found = find_families(sentences(500, 3))
    assert (found.family_of_post == -1).all()


def test_exact_copies_alone_are_a_family() -> None:
    (text,) = sentences(1, 4)
    found = find_families([text, "something else entirely in another place", text.upper() + "!", None, ""])
    assert [family.posts for family in found.families] == [2]
    assert found.family_of_post.tolist() == [0, -1, 0, -1, -1]


def test_a_chain_of_edits_does_not_drift() -> None:
    """Each text differs from the next by one word; the ends share none. No member strays from its medoid."""
    chain = [" ".join(WORDS[start : start + 9]) for start in range(20)]
    found = find_families(chain, similarity=Similarity(edit=0.6, jaccard=0.6))
    links, _ = link(found.texts, found.weights, similarity=Similarity(edit=0.6, jaccard=0.6), seed=0)
    assert len(set(links.component.tolist())) == 1, "the chain hangs together"
    assert len(found.families) > 1
    for family in found.families:
        assert all(member.edit >= DRIFT.edit or member.jaccard >= DRIFT.jaccard for member in family.members)


def test_every_member_is_verified_against_its_medoid() -> None:
    posts = [text for text in sentences(40, 6) for _ in range(2)]
    posts += [text + " and more of it" for text in sentences(40, 6)]
    found = find_families(posts)
    for family in found.families:
        pairs = [(family.medoid, member.text) for member in family.members if member.text != family.medoid]
        left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
        assert (found.verifier.verify(left, right, DRIFT).relation == SAME).all()
        misses = np.array([miss.text for miss in family.near_misses], np.int64)
        relation = found.verifier.verify(np.full(len(misses), family.medoid), misses).relation
        assert (relation == NEAR_MISS).all()


def test_counts_add_up() -> None:
    posts = [text for number, text in enumerate(sentences(60, 7)) for _ in range(number % 4 + 1)]
    found = find_families(posts)
    sizes = Counter(found.family_of_post.tolist())
    assert {number: family.posts for number, family in enumerate(found.families) if family.posts > 1} == {
        number: count for number, count in sizes.items() if number >= 0
    }
    assert found.weights.sum() == len(posts)


def test_a_viral_template_of_thousands_of_texts_is_one_family_at_linear_cost() -> None:
    rng = np.random.default_rng(8)
    fixed = "we the people of Eastvale thank the engineers who built the lantern bridge in one year, signed"
    names = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 8)) for _ in range(4000)]
    found = find_families([f"{fixed} {name}" for name in names])
    assert [family.posts for family in found.families] == [4000]
    assert found.links.verified < 4000 * 26


def test_nothing_gives_nothing() -> None:
    assert find_families([]).families == ()
    assert find_families([None, "https://t.co/1"]).families == ()


@pytest.mark.parametrize("bad", [0.0, 1.2, -1.0])
def test_similarities_are_checked(bad: float) -> None:
    with pytest.raises(ValueError, match="edit must be"):
        Similarity(edit=bad)


def test_the_planted_clusters_of_the_golden_sets(shared_golden: Path) -> None:
    """Pairs found together, near misses as listed: recall at least .97, precision at least .99."""
    import duckdb

    for name in ("text_2k", "text_20k"):
        rows = duckdb.sql(
            f"""select p.message, t.cluster from '{shared_golden}/inputs/{name}.parquet' p
                join '{shared_golden}/inputs/{name}.truth.csv' t on p.message_id::bigint = t.message_id
                order by t.message_id"""
        ).fetchall()
        found = find_families([message for message, _ in rows])
        listed, planted = pairs_of(found, listed=True), pairs_of_labels([cluster for _, cluster in rows])
        assert len(listed & planted) / len(planted) >= 0.97
        assert len(listed & planted) / len(listed) >= 0.99
