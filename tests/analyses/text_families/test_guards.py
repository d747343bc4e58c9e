"""Negations and numbers are never joined silently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.text_families.families import find_families
from undertow.analyses.text_families.guards import Guard, differences, guard, languages, split, tokens, turned
from undertow.text.normalise import normalise


def turns(left: str, right: str, rules: Guard) -> bool:
    """Whether two normalised texts turn each other's meaning."""
    return turned(split(left, rules), split(right, rules), rules)


PAIRS = [
    (
        "The cats in the old harbour town are grey this winter",
        "The cats in the old harbour town are not grey this winter",
    ),
    ("The council can confirm the bridge is safe", "The council can't confirm the bridge is safe"),
    ("Los gatos del puerto son grises este invierno", "Los gatos del puerto no son grises este invierno"),
    ("Кошки в старом порту серые этой зимой", "Кошки в старом порту не серые этой зимой"),
    ("港口的猫今年冬天是灰色的大家都知道", "港口的猫今年冬天不是灰色的大家都知道"),
    ("القطط في الميناء القديم رمادية هذا الشتاء", "القطط في الميناء القديم ليست رمادية هذا الشتاء"),
    ("Die Katzen im Hafen sind grau in diesem Winter", "Die Katzen im Hafen sind nicht grau in diesem Winter"),
    ("Liman kedileri bu kış gridir ve mutlu", "Liman kedileri bu kış gri değildir ve mutlu"),
    ("แมวในเมืองท่าเป็นสีเทาในฤดูหนาวนี้", "แมวในเมืองท่าไม่เป็นสีเทาในฤดูหนาวนี้"),
    ("12 people were hurt when the ferry left Eastvale", "14 people were hurt when the ferry left Eastvale"),
    ("The new price is 1.5 for each of us in Eastvale", "The new price is 15 for each of us in Eastvale"),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_turned_pairs_are_near_misses_with_the_difference_shown(left: str, right: str) -> None:
    found = find_families([left, left, right])
    assert [family.posts for family in found.families] == [2]
    (family,) = found.families
    (miss,) = family.near_misses
    kinds = {difference.kind for difference in found.differences(family, miss)}
    assert kinds & {"negation", "number"}
    assert found.family_of_post.tolist() == [0, 0, -1]


def test_a_short_negated_text_is_not_joined() -> None:
    assert find_families(["cats are grey", "cats are not grey"]).family_of_post.tolist() == [-1, -1]


def test_two_single_posts_that_differ_by_a_number_are_listed_once() -> None:
    texts = [f"breaking: {number} people were hurt when the ferry left Eastvale" for number in (3, 5, 8)]
    found = find_families(texts)
    assert [(family.posts, family.near_miss_posts) for family in found.families] == [(1, 2)]
    assert (found.family_of_post == -1).all(), "near misses alone are no copies"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("the bridge was opened without any trouble", "the bridge was opened withou any trouble"),
        ("it did not rain and everyone enjoyed the day", "it did not rain and evryone enjoyed the day"),
        ("the bridge is open and nobody has to wait for the old ferry", "the bridge is open"),
        ("大桥非常漂亮我们都喜欢", "大桥特别漂亮我们都喜欢"),
        ("opened 1,500 homes", "opened 1500 homes"),
    ],
)
def test_what_is_no_turn(left: str, right: str) -> None:
    assert not turns(normalise(left).key, normalise(right).key, guard())


@pytest.mark.parametrize(
    ("left", "right"), [("we ever met", "we never met"), ("either is good", "neither is good")]
)
def test_a_slip_is_not_another_word(left: str, right: str) -> None:
    assert turns(left, right, guard(("en",)))


def test_moving_a_negation_turns() -> None:
    assert turns("not today but tomorrow", "today but not tomorrow", guard(("en",)))


SPACED = [
    "cats",
    "are",
    "not",
    "grey",
    "12",
    "14",
    "1·5",
    "can",
    "cant",
    "a",
    "지",
    "마",
    "하지",
    "없이",
    "نمی",
    "نمیشود",
    "#не",
]
UNSPACED = ["不", "猫", "没有", "少", "な", "い", "ない", "ずっと", "未来", "ไม", "่", "มิตร", "x不x"]
WORDS = st.sampled_from(SPACED + UNSPACED)


@given(st.lists(WORDS, max_size=9).map(" ".join), st.lists(WORDS, max_size=9).map(" ".join))
def test_the_quick_look_overlooks_no_turn(left: str, right: str) -> None:
    rules = guard()
    found = any(difference.kind != "wording" for difference in differences(left, right, rules))
    assert turns(left, right, rules) == found


def test_differences_rebuild_the_other_text() -> None:
    left, right = "grey cats sleep in the harbour", "brown cats often sleep near harbour walls"
    words = tokens(left)
    for found in reversed(differences(left, right, guard(("en",)))):
        words[found.start : found.start + len(found.left)] = found.right
    assert words == tokens(right)


def test_every_language_file_has_rules() -> None:
    assert len(languages()) >= 20
    for code in languages():
        rules = guard((code,))
        assert rules.words or rules.inside


def test_jokes_on_one_hashtag_are_no_copies() -> None:
    jokes = ["sleeping", "going to the dentist", "watching paint dry", "a nap", "counting sheep"]
    found = find_families([f"{joke} #OneMoreReasonToStayAtHomeInEastvale" for joke in jokes])
    assert found.families == ()
