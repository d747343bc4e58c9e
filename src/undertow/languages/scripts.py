"""Scripts of a text, and which Chinese script it is in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from typing import Literal

ChineseScript = Literal["Hans", "Hant", "mixed", "either"]

MIXED_SHARE = 0.1
"""Share of the rarer script's characters, among those of only one script, from which a text is mixed."""

MIXED_CHARACTERS = 2
"""Fewest characters of the rarer script for a mixed text: one is a name, a variant or a slip."""

_NAMES = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr", "CJK": "Hani",
    "HIRAGANA": "Kana", "KATAKANA": "Kana", "KATAKANA-HIRAGANA": "Kana", "HANGUL": "Hang", "THAI": "Thai", "LAO": "Laoo",
    "KHMER": "Khmr", "MYANMAR": "Mymr", "TIBETAN": "Tibt", "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru",
    "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "GEORGIAN": "Geor", "ARMENIAN": "Armn", "ETHIOPIC": "Ethi", "MONGOLIAN": "Mong", "SYRIAC": "Syrc",
    "THAANA": "Thaa", "CHEROKEE": "Cher", "FULLWIDTH": "Latn", "IDEOGRAPHIC": "Hani", "BOPOMOFO": "Bopo",
}  # fmt: skip
"""First word of a letter's Unicode name -> ISO 15924 code; Hiragana and Katakana are one, Han is ``Hani``."""


class _Scripts(dict[str, str | None]):
    """Character -> script of a letter, filled on demand; None for what is no letter."""

    def __missing__(self, character: str) -> str | None:
        self[character] = script = self._script(character)
        return script

    @staticmethod
    def _script(character: str) -> str | None:
        if unicodedata.category(character)[0] != "L":
            return None
        return _NAMES.get(unicodedata.name(character, "").split(" ", 1)[0], "Zyyy")


@cache
def _known() -> _Scripts:
    return _Scripts()


def scripts(text: str) -> dict[str, int]:
    """Letters of each script (ISO 15924), most first; ``Zyyy`` for scripts that are not told apart here.

    >>> scripts("Кошка says 喵 123")
    {'Cyrl': 5, 'Latn': 4, 'Hani': 1}
    """
    known = _known()
    if text.isascii():
        letters = sum(map(str.isalpha, text))
        return {"Latn": letters} if letters else {}
    found: dict[str, int] = {}
    for character, count in Counter(text).items():
        script = known[character]
        if script is not None:
            found[script] = found.get(script, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def script_of(letter: str) -> str | None:
    """The script of one letter (ISO 15924), None for what is no letter."""
    return _known()[letter]


def main_script(text: str) -> str | None:
    """The script of most letters (Han and Kana together are ``Jpan`` when a tenth is Kana); None without letters.

    >>> main_script("これは猫です"), main_script("猫"), main_script("?!")
    ('Jpan', 'Hani', None)
    """
    found = scripts(text)
    if not found:
        return None
    han, kana = found.get("Hani", 0), found.get("Kana", 0)
    if kana and kana >= 0.1 * (han + kana):
        found = {**found, "Jpan": han + kana, "Hani": 0, "Kana": 0}
    return max(sorted(found), key=lambda script: found[script])


@cache
def _one_script() -> tuple[frozenset[str], frozenset[str]]:
    """Characters used in Simplified only, and in Traditional only.

    A character that OpenCC changes on the way to Traditional, and that Big5 does not have, is Simplified only; one
    that it changes on the way to Simplified, and that GB 2312 does not have, is Traditional only. The code sets
    take out what both use (后, 里, 乾): OpenCC changes those according to their neighbours.
    """
    from opencc import OpenCC

    han = [chr(code) for low, high in ((0x3400, 0x4DC0), (0x4E00, 0xA000)) for code in range(low, high)]
    lines = "\n".join(han)
    traditional, simplified = (OpenCC(way).convert(lines).split("\n") for way in ("s2t", "t2s"))
    return (
        frozenset(c for c, other in zip(han, traditional, strict=True) if c != other and not _encodes(c, "big5")),
        frozenset(c for c, other in zip(han, simplified, strict=True) if c != other and not _encodes(c, "gb2312")),
    )


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def chinese_script(text: str) -> ChineseScript:
    """Simplified (``Hans``), Traditional (``Hant``), ``mixed``, or ``either`` when no character tells.

    >>> [chinese_script(text) for text in ("灯笼大桥", "燈籠大橋", "灯笼大桥与燈籠大橋", "大山")]
    ['Hans', 'Hant', 'mixed', 'either']
    """
    simplified_only, traditional_only = _one_script()
    simplified = sum(map(simplified_only.__contains__, text))
    traditional = sum(map(traditional_only.__contains__, text))
    rarer = min(simplified, traditional)
    if rarer >= MIXED_CHARACTERS and rarer >= MIXED_SHARE * (simplified + traditional):
        return "mixed"
    if simplified == traditional:
        return "either"
    return "Hans" if simplified > traditional else "Hant"
