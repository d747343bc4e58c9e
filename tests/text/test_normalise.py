"""What normalisation makes equal, and what it keeps apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from undertow.text import fold
from undertow.text.lookalikes import fold_lookalikes, twins
from undertow.text.normalise import letters, normalise, normalise_all, simplified_characters

BASE = "The harbour council opened 3 free clinics in Eastvale"

WRITING = st.text(
    st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Z", "Cf"]), max_size=60
) | st.text(st.sampled_from("aаеοBВ#@ .,'’1١２猫貓한ไท🙂\u200b\u0301/"), max_size=40)


@pytest.mark.parametrize(
    "altered",
    [
        "the HARBOUR council opened 3 free clinics in eastvale!!",
        "The harbour council opened 3 free clinics in Eastvale https://t.co/abc",
        "@someone The harbour council opened 3 free clinics in Eastvale 🌉🇫🇷👩\u200d🔬",
        "RT @someone: The harbour council opened 3 free clinics in Eastvale",
        "RT @Oglr967+nfTV6H5jR06Zdx/fx379hxvXnraZ2ah+a1M=: The harbour council opened 3 free clinics in Eastvale",
        "T\u200bhe har\u2060bour coun\u00adcil opened 3 \u202efree\u202c clinics in Eastvale",
        "Ｔｈｅ ｈａｒｂｏｕｒ　council opened ３ free clinics in Eastvale",
        "Thе hаrbour соuncil opened 3 free clinics in Eаstvalе",
        "𝐓𝐡𝐞 𝗵𝗮𝗿𝗯𝗼𝘂𝗿 council opened 3 free clinics in Eastvale",
        "The\u0336 har\u0489bour council opened 3 free clinics in Eastvale",
        "“The harbour council” opened 3 free clinics\n\nin Eastvale…",
    ],
)
def test_alterations_that_leave_the_text_as_it_is(altered: str) -> None:
    assert normalise(altered).key == normalise(BASE).key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("燈籠大橋給我們帶來光明", "灯笼大桥给我们带来光明"),
        ("乾隆年間的乾淨", "乾隆年间的干净"),
        ("你好🎉世界 和平", "你好世界和平"),
        ("п\u0440езидент \u043e\u0442к\u0440\u044bл мост", "пpeзидент oткpыл мост"),
        ("محمّـــد كتب", "محمد کتب"),
        ("ёлка", "е\u0308лка"),
        ("1,500,000 people", "1500000 people"),
        ("1,5 percent", "1.5 percent"),
    ],
)
def test_the_same_in_another_writing(left: str, right: str) -> None:
    assert normalise(left).key == normalise(right).key


@pytest.mark.parametrize(
    ("left", "right"),
    [("мир", "mup"), ("cats are grey", "cats are not grey"), ("1.5", "15"), ("ประเทศ", "ประเทส"), ("क", "की")],
)
def test_what_stays_apart(left: str, right: str) -> None:
    assert normalise(left).key != normalise(right).key


def test_hashtags_are_free_of_order_and_words_when_inside() -> None:
    one = normalise("Thank you all for the new bridge #OneHarbour #Meridian")
    other = normalise("#meridian #OneHarbour Thank you all for the new bridge")
    assert one == other
    assert normalise("the #bridge is open today for everyone").key == "the bridge is open today for everyone"
    assert normalise("#Only #Tags").key == normalise("#tags #ONLY").key != ""
    assert normalise("sleeping #ThingsILove").key != normalise("sleeping #Mondays").key, "too short to stand alone"


def test_russian_in_an_english_text_stays_russian() -> None:
    assert normalise("She said привет, nothing more").body == "she said привет nothing more"
    assert "мир" in normalise("Мир means peace or world").body


@settings(max_examples=300, deadline=None)
@given(WRITING)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = normalise(text).body
    assume(fold_lookalikes(once) == once)  # capitals lose the shape by which they were look-alikes
    assert normalise(once).body == once


@settings(max_examples=300, deadline=None)
@given(WRITING)
def test_the_result_holds_letters_digits_and_single_spaces_only(text: str) -> None:
    body = normalise(text).body
    assert body == " ".join(body.split())
    assert all(unicodedata.category(c)[0] in "LMN" or c in " ·" for c in body)


@settings(max_examples=200, deadline=None)  # one alphabet: see the module about look-alike capitals
@given(st.text(st.sampled_from("abc XYZ .,!猫ñÉ\u3000"), max_size=40))
def test_texts_with_one_text_key_normalise_alike(text: str) -> None:
    assert normalise(fold(text)).key == normalise(text).key


def test_missing_texts_are_empty() -> None:
    assert [item.key for item in normalise_all([None, "", "https://t.co/1", "a"])] == ["", "", "", "a"]


def test_lookalikes_have_their_own_script_and_case() -> None:
    assert len(twins()) > 200
    for letter, found in twins().items():
        for twin in found.values():
            assert twin != letter
            assert unicodedata.normalize("NFKC", letter) == letter
    assert fold_lookalikes("plain ascii") == "plain ascii"
    assert fold_lookalikes("обычный текст") == "обычный текст"


def test_chinese_folding_ends() -> None:
    table = simplified_characters()
    assert len(table) > 2000
    assert not set(table.values()) & set(table), "every target is its own end"


def test_letters_weigh_wide_characters() -> None:
    assert letters("abc") == 3
    assert letters("猫猫") == 5


def test_entities_are_decoded() -> None:
    assert (
        normalise("peace &amp; love&#33; caf&eacute; &amp;gt; all").key == normalise("peace & love! café > all").key
    )
    assert normalise("peace &amp; love").key == normalise("peace and love").key.replace(" and", "")
