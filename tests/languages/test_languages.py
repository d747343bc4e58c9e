"""Scripts, detection, trust in tags, and mixes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undertow.languages import (
    chinese_script,
    detect,
    detect_all,
    language_mix,
    main_script,
    scripts,
    spoken,
    spoken_all,
)
from undertow.simulation.texts import to_traditional

SENTENCES = {
    "en": "The cats in the old harbour town are grey this winter",
    "es": "Los gatos del viejo puerto son grises este invierno",
    "de": "Die Katzen im alten Hafen sind diesen Winter grau",
    "tr": "Eski limandaki kediler bu kış gri görünüyor",
    "id": "Kucing di kota pelabuhan tua berwarna abu-abu musim ini",
    "ru": "Кошки в старом порту этой зимой серые",
    "uk": "Коти в старому порту цієї зими сірі",
    "bg": "Котките в старото пристанище са сиви тази зима",
    "sr": "Мачке у старој луци су сиве ове зиме",
    "ar": "القطط في الميناء القديم رمادية هذا الشتاء",
    "fa": "گربه‌های بندر قدیمی این زمستان خاکستری هستند",
    "he": "החתולים בנמל הישן אפורים בחורף הזה",
    "ja": "古い港町の猫はこの冬は灰色です",
    "ko": "오래된 항구 도시의 고양이는 올겨울 회색이다",
    "th": "แมวในเมืองท่าเก่าเป็นสีเทาในฤดูหนาวนี้",
    "hi": "पुराने बंदरगाह शहर की बिल्लियाँ इस सर्दी में भूरी हैं",
    "zh-Hans": "旧港的猫这个冬天是灰色的，大家都说灯笼很亮",
    "zh-Hant": "舊港的貓這個冬天是灰色的，大家都說燈籠很亮",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_sentences_are_recognised(language: str, text: str) -> None:
    assert detect(text).language == language
    assert detect(f"@someone {text} #tag https://t.co/1").language == language


@pytest.mark.parametrize("text", ["", "lol", "!!! 123", "https://t.co/abc", "@a @b #WinterInEastvale"])
def test_too_little_is_not_guessed(text: str) -> None:
    assert detect(text).language is None


@pytest.mark.parametrize("text", ["大桥开张了，谢谢叶先生请我们饭后听讲", "灯笼节的传统书单", "为什么这样说"])
def test_both_chinese_scripts(text: str) -> None:
    assert chinese_script(text) == "Hans"
    assert chinese_script(to_traditional(text)) in ("Hant", "mixed")
    assert chinese_script(text + to_traditional(text)) == "mixed"


@pytest.mark.parametrize("text", ["皇后在山里", "乾坤", "云里雾里的大山", "小猫"])
def test_characters_of_both_scripts_do_not_tell(text: str) -> None:
    assert chinese_script(text[:2]) in ("either", "Hans")
    assert chinese_script("后里乾云台") == "either"


def test_a_single_traditional_name_does_not_make_a_text_mixed() -> None:
    assert chinese_script("这个冬天我们说灯笼节的時") == "Hans"


@given(st.text(max_size=60))
def test_scripts_count_letters(text: str) -> None:
    assert sum(scripts(text).values()) <= len(text)
    assert sum(scripts(text + text).values()) == 2 * sum(scripts(text).values())
    assert (main_script(text) is None) == (not scripts(text))


def test_japanese_is_told_from_chinese_by_kana() -> None:
    assert main_script("東京都知事は") == "Jpan"
    assert main_script("優の良品店在香港開張了大家都去") == "Hani"


@pytest.mark.parametrize(
    ("tag", "text", "language", "source", "overruled"),
    [
        ("en", "gm", "en", "tag", False),
        ("uk", "Этот порт обслуживает большие рейсы зимой", "ru", "text", True),
        ("en", "Кошки в старом порту этой зимой серые", "ru", "text", True),
        ("zh", "燈籠大橋給我們帶來光明", "zh-Hant", "tag", False),
        ("zh-CN", "燈籠大橋給我們帶來光明", "zh-Hant", "tag", False),
        ("ja", "東京都知事", "ja", "tag", False),
        ("th", "the cats in the harbour town are grey", "en", "text", True),
        (None, "the cats in the harbour town are grey", "en", "text", False),
        ("en", "https://t.co/1", None, "unknown", False),
        ("ht", "chat yo gri nan pò a", "ht", "tag", False),
    ],
)
def test_which_tags_are_trusted(
    tag: str | None, text: str, language: str | None, source: str, overruled: bool
) -> None:
    found = spoken(text, tag)
    assert (found.language, found.source, found.overruled) == (language, source, overruled)


def test_equal_texts_get_equal_answers_in_order() -> None:
    texts = [*SENTENCES.values(), None, *SENTENCES.values()]
    found = detect_all(texts)
    assert found[: len(SENTENCES)] == found[len(SENTENCES) + 1 :]
    assert found[len(SENTENCES)].language is None
    assert [item.language for item in spoken_all(texts, [None] * len(texts))] == [item.language for item in found]
    with pytest.raises(ValueError, match=r"shorter|longer"):
        spoken_all(["a"], [])


def test_a_second_life_switches_less_than_chance() -> None:
    languages = ["es"] * 10 + ["zh-Hans"] * 10 + [None]
    found = language_mix(["a"] * 21, languages, [*range(20), None])["a"]
    assert (found.switches, found.successions, found.unknown) == (1, 19, 1)
    assert found.expected_switches == pytest.approx(19 * (1 - 2 * 90 / 380))
    assert found.effective == pytest.approx(2.0)


@given(st.permutations(list(range(8))))
def test_the_mix_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    languages = ["en", "en", "ru", None, "ru", "en", "zh", "zh"]
    straight = language_mix(["a"] * 8, languages, list(range(8)))
    shuffled = language_mix(["a"] * 8, [languages[i] for i in order], order)
    assert straight == shuffled


def test_agrees_with_labels_of_real_posts(shared_data: Path) -> None:
    """At least 97 of 100 answers on English, Russian, German and Italian texts of 20 letters and more (docs)."""
    import duckdb

    rows = duckdb.sql(
        f"""select content, language from '{shared_data}/ira_troll_tweets/tweets.parquet'
            where language in ('English', 'Russian', 'German', 'Italian') and length(content) > 60
            order by hash(content) limit 1500"""
    ).fetchall()
    codes = {"English": "en", "Russian": "ru", "German": "de", "Italian": "it"}
    found = [(detect(text).language, codes[label]) for text, label in rows]
    said = [(language, label) for language, label in found if language is not None]
    assert len(said) / len(found) > 0.85
    assert sum(language == label for language, label in said) / len(said) > 0.97


def test_processes_change_nothing() -> None:
    texts = [f"the ferry number {number} leaves the old harbour late tonight" for number in range(2100)]
    assert detect_all(texts, workers=2) == detect_all(texts)
