"""Words of a text: the same for every writing of them, and in their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.text.words import split_capitals, words_of

WRITING = st.text(st.sampled_from("aBc #@_'’.1２猫貓港한ไท🙂\u200bбе/:&;"), max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Stop the ＬＩＥＳ", "stop the lies"),
        ("臺灣 獨立", "台湾独立"),
        ("B\u0435ijing", "Beijing"),  # a Cyrillic e
        ("li\u200bes", "lies"),
        ("don’t", "don't"),
        ("see https://t.co/abc now", "see now"),
    ],
)
def test_writings_of_the_same_words_are_the_same(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@given(WRITING)
def test_tags_lie_within_the_words_and_are_made_of_them(text: str) -> None:
    found = words_of(text)
    for low, high, tag in found.tags:
        assert 0 <= low < high <= len(found.words)
        assert tag == "".join(found.words[low:high])


@given(WRITING)
def test_no_word_is_empty_and_case_does_not_matter_outside_hashtags(text: str) -> None:
    assert all(words_of(text).words)
    if "#" not in text:
        assert words_of(text) == words_of(text.upper())


def test_a_hashtag_ends_where_the_letters_end() -> None:
    assert words_of("#香港加油# 反送中").tags == ((0, 4, "香港加油"),)
    assert words_of("#香港 加油").tags == ((0, 2, "香港"),)
    assert words_of("#FreeHK香港 now").tags == ((0, 4, "freehk香港"),)


def test_capitals_take_words_apart() -> None:
    assert split_capitals("stop_the_lies") == ["stop", "the", "lies"]
    assert split_capitals("COVID19") == ["COVID", "19"]
    assert split_capitals("___") == []


def test_a_mention_is_no_word() -> None:
    assert words_of("@police help").words == ("@police", "help")


def test_capitals_of_any_alphabet_take_words_apart() -> None:
    assert words_of("#QuédateEnCasa y Educación").words == ("quédate", "en", "casa", "y", "educación")
    assert words_of("#Que\u0301dateEnCasa") == words_of("#QuédateEnCasa")
    assert words_of("#ÉtatDUrgence").words == ("état", "d", "urgence")
    assert split_capitals("СвободуНавальному") == ["Свободу", "Навальному"]
    assert split_capitals("FußballWMÖsterreich") == ["Fußball", "WM", "Österreich"]
    assert words_of("#नमस्तेIndia").words == ("नमस्ते", "india")  # vowel signs belong to their letters


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("AfD", ["AfD"]),
        ("AfDimBundestag", ["AfD", "im", "Bundestag"]),
        ("NoAfD", ["No", "AfD"]),
        ("IoT2019", ["IoT", "2019"]),
        ("WeAreHere", ["We", "Are", "Here"]),
    ],
)
def test_an_acronym_with_a_small_letter_inside_is_one_word(tag: str, parts: list[str]) -> None:
    assert split_capitals(tag) == parts


def test_entities_are_decoded() -> None:
    assert words_of("Q&amp;A don&#39;t &lt;3 caf&eacute; &amp;amp; you") == words_of("Q&A don't <3 café & you")
