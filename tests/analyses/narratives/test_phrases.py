"""Pairs of letters shown as the phrases they stand in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from undertow.analyses.narratives.phrases import LONGEST, phrases
from undertow.text.words import words_of

LETTERS = st.text(alphabet="港口同一个建设之夜保卫", min_size=2, max_size=20)


def test_a_slogan_is_shown_whole_though_it_is_counted_by_pairs() -> None:
    texts = [words_of(text).words for text in ("今天 同一个港口!", "保卫同一个港口", "我们 #同一个港口", "港口")]
    assert phrases(["个港", "一个", "港口"], texts, 10) == ("同一个港口",)


def test_a_pair_that_goes_on_in_many_ways_stays_a_pair() -> None:
    texts = [words_of(text).words for text in ("港口开", "港口关", "港口美", "大港口", "小港口")]
    assert phrases(["港口"], texts, 10) == ("港口",)


@given(st.lists(LETTERS, min_size=1, max_size=12))
def test_a_phrase_holds_its_pair_and_stands_in_a_text(texts: list[str]) -> None:
    pair = texts[0][:2]
    (shown,) = phrases([pair], [tuple(text) for text in texts], 1)
    assert pair in shown
    assert 2 <= len(shown) <= LONGEST
    assert any(shown in text for text in texts)


@given(
    st.lists(LETTERS, min_size=1, max_size=8),
    st.lists(st.sampled_from(["harbour", "ports", "港口", "建设", "个港"])),
)
def test_no_phrase_is_part_of_another_and_words_with_spaces_stay(texts: list[str], candidates: list[str]) -> None:
    shown = phrases(candidates, [tuple(text) for text in texts], 10)
    pairs = [one for one in shown if not one.isascii()]
    assert not any(one in other for one in pairs for other in pairs if one != other)
    assert [one for one in shown if one.isascii()] == [
        word for place, word in enumerate(candidates) if word.isascii() and word not in candidates[:place]
    ]
