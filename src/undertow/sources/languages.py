"""Language codes and names, as platforms write them, to BCP 47."""

from __future__ import annotations

import re

OLD_CODES = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
"""Codes that ISO 639 has withdrawn and platforms still write."""

NO_LANGUAGE = frozenset({"und", "zxx", "art", "mul", "mis", "msa-und"})
"""Codes that say that no one language is known."""

_SCRIPT, _REGION = 4, 2
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")

NAMES = {
    "albanian": "sq", "arabic": "ar", "bulgarian": "bg", "catalan": "ca", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "farsi (persian)": "fa", "finnish": "fi",
    "french": "fr", "german": "de", "greek": "el", "gujarati": "gu", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "icelandic": "is", "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko",
    "kurdish": "ku", "latvian": "lv", "lithuanian": "lt", "macedonian": "mk", "malay": "ms", "norwegian": "no",
    "polish": "pl", "portuguese": "pt", "pushto": "ps", "romanian": "ro", "russian": "ru", "serbian": "sr",
    "simplified chinese": "zh-Hans", "slovak": "sk", "slovenian": "sl", "somali": "so", "spanish": "es",
    "swedish": "sv", "tagalog (filipino)": "tl", "thai": "th", "traditional chinese": "zh-Hant", "turkish": "tr",
    "ukrainian": "uk", "urdu": "ur", "uzbek": "uz", "vietnamese": "vi", "afrikaans": "af", "bengali": "bn",
    "armenian": "hy", "azerbaijani": "az", "belarusian": "be", "georgian": "ka", "kazakh": "kk", "chinese": "zh",
    "persian": "fa", "pashto": "ps", "tagalog": "tl", "bosnian": "bs", "swahili": "sw", "tamil": "ta",
}  # fmt: skip
"""English names of languages, folded, as the Clemson data write them -> BCP 47."""


def bcp47(code: str | None) -> str | None:
    """A platform's language code in BCP 47; null when it names no language.

    Twitter's ``q..`` codes (only tags, only media) and ``und`` name none.

    >>> [bcp47(code) for code in ("zh-cn", "IN", "iw", "und", "qme", "en-gb", "zh_Hant_tw", "")]
    ['zh-CN', 'id', 'he', None, None, 'en-GB', 'zh-Hant-TW', None]
    """
    if code is None:
        return None
    tag = code.strip().lower().replace("_", "-")
    if tag in NO_LANGUAGE or not _TAG.fullmatch(tag):
        return None
    language, *rest = tag.split("-")
    if language.startswith("q") and len(language) == 3:
        return None
    shaped = [_subtag(part) for part in rest]
    return "-".join([OLD_CODES.get(language, language), *shaped])


def _subtag(part: str) -> str:
    if len(part) == _SCRIPT and part.isalpha():
        return part.title()
    return part.upper() if len(part) == _REGION and part.isalpha() else part


def by_name(name: str | None) -> str | None:
    """The BCP 47 code of a language's English name; null when it is unknown.

    >>> by_name("Farsi (Persian)"), by_name("LANGUAGE UNDEFINED")
    ('fa', None)
    """
    return None if name is None else NAMES.get(name.strip().lower())
