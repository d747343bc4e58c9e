"""Texts, their grammars, and each kind of alteration."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.simulation.alterations import ALTERATIONS, Copy, alter
from undertow.simulation.copying import assign_families, make_copy
from undertow.simulation.randomness import stream
from undertow.simulation.texts import (
    LANGUAGES,
    TOPICS,
    compose,
    draws,
    fill,
    grammar,
    to_traditional,
    translate,
    variants,
)

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def undo(kind: str, text: str) -> str:
    """The inverse of a reversible alteration of the body."""
    if kind == "full_width":
        return unicodedata.normalize("NFKC", text)
    if kind == "zero_width":
        return text.translate(ZERO_WIDTH)
    return text


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32), st.sampled_from(LANGUAGES), st.sampled_from(sorted(ALTERATIONS)))
def test_alterations_change_what_they_say(seed: int, language: str, kind: str) -> None:
    rng = np.random.default_rng(seed)
    base = make_copy(rng, language)
    done, altered = alter(rng, kind, base)
    assert done in (kind, "exact")
    assert (altered == base) == (done == "exact")
    if done == "exact":
        return
    if kind in ("zero_width", "lookalike", "full_width", "other_script", "small_edit", "template"):
        assert altered.body != base.body
    if kind == "zero_width":
        assert undo(kind, altered.body) == base.body
    if kind == "shuffled_tags":
        assert sorted(altered.tags) == sorted(base.tags)
        assert altered.body == base.body
    if kind == "swapped_emoji":
        assert (altered.body, altered.tags, altered.links) == (base.body, base.tags, base.links)
    if kind == "changed_link":
        assert altered.links != base.links
        assert altered.text == base.text
    if kind == "lookalike":
        twins = variants()["lookalike"]
        assert len(altered.body) == len(base.body)
        changed = [(old, new) for old, new in zip(base.body, altered.body, strict=True) if old != new]
        assert all(twins[old] == new for old, new in changed)
    if kind == "other_script":
        back = "traditional" if language == "zh-Hant" else "simplified"
        assert translate(altered.body, back) == base.body
    if kind == "small_edit":
        assert abs(len(altered.body) - len(base.body)) <= 2


def test_full_width_ascii_folds_back() -> None:
    base = Copy("en", "The new bridge is open", "{good} is open")
    altered = alter(np.random.default_rng(3), "full_width", base)[1]
    assert unicodedata.normalize("NFKC", altered.body) == base.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_grammars_are_complete(language: str) -> None:
    rules = grammar(language)
    numbers = draws(stream(1, "test"), 20_000)
    for topic in TOPICS:
        for clause in rules.topics[topic]:
            for _ in range(5):
                text = fill(numbers, rules, clause)
                assert "{" not in text
                assert "}" not in text
    assert all(len(set(rules.topics[topic])) == len(rules.topics[topic]) >= 9 for topic in TOPICS)


def test_traditional_chinese_has_no_simplified_character_left() -> None:
    simple = set(variants()["traditional"])
    rules = grammar("zh-Hant")
    everything = "".join([*rules.tags, *rules.short, *(c for topic in rules.topics.values() for c in topic)])
    everything += "".join(filler for fillers in rules.slots.values() for filler in fillers)
    assert not simple & set(everything)
    assert translate(to_traditional("灯笼大桥"), "simplified") == "灯笼大桥"


def test_texts_are_various_and_in_their_script() -> None:
    rng = stream(5, "texts")
    count = 20_000
    language = rng.integers(0, len(LANGUAGES), count).astype(np.int8)
    topic = rng.integers(0, len(TOPICS), count).astype(np.int8)
    texts = compose(rng, 5, language, topic, 0.0).to_pylist()
    assert len(texts) == count
    assert len(set(texts)) > 0.93 * count
    names = {"ru": "CYRILLIC", "ar": "ARABIC", "zh": "CJK", "zh-Hant": "CJK", "en": "LATIN", "es": "LATIN"}
    for code, text in zip(language[:2000].tolist(), texts[:2000], strict=True):
        script = names.get(LANGUAGES[code])
        letters = [letter for letter in text if letter.isalpha()]
        if script is not None:
            assert sum(script in unicodedata.name(letter) for letter in letters) > 0.9 * len(letters)


def test_families_have_about_the_size_asked() -> None:
    rng = stream(6, "families")
    times = np.sort(rng.integers(0, 10**15, 6000))
    language = rng.integers(0, 3, 6000).astype(np.int8)
    copies, family = assign_families(rng, times, language, 12.0)
    assert len(copies) == pytest.approx(500, abs=3)
    assert (family >= -1).all()
    assert (family >= 0).mean() > 0.98
    for number in np.unique(family[family >= 0])[:50]:
        spoken = np.unique(language[family == number])
        assert [LANGUAGES[int(code)] for code in spoken] == [copies[int(number)].language]
