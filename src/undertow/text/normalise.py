"""Normalisation of texts for comparison: what two posts must share to say the same thing.

:func:`undertow.text.fold` decides when two posts are *equal* (links out, case and white space folded) and gives the
exact key that tables carry. What is here goes further, for posts that were altered to look different: mentions,
emoji, invisible and look-alike characters, punctuation, Chinese script and the order of hashtags no longer count.
Texts that share a ``text_key`` normalise alike (but for look-alike capitals in words of mixed script, which lose
their shape when case is folded first), so each key needs to be normalised only once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from undertow.text.entities import decode_entities
from undertow.text.lookalikes import fold_lookalikes

NO_SPACES = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana, Han
)
"""Letters of scripts that write no spaces between words, as the inside of a character class."""

DECIMAL = "·"
"""The mark between the digits of a number in a normalised text (``1.5`` and ``1,5`` become ``1·5``)."""

MIN_LETTERS = 20
"""A body with fewer letters (a Han, Kana or Hangul character counts as two and a half) is compared together with
its hashtags: what is left of "#ThingsILove sleeping" is not a text by itself."""

_LINK = re.compile(r"(?:https?://|www\.)\S+|\b(?:t\.co|bit\.ly|pic\.twitter\.com|youtu\.be)/\S+", re.IGNORECASE)
_MENTION = re.compile(
    r"(?:\brt\s+)?(?<![\w@])@(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9_]+|\w{1,24}(?=[\s:,]|$)):?", re.IGNORECASE
)
_TAG = r"#\w[\w·]*#?"
_TAG_RUN = re.compile(rf"^\s*{_TAG}(?:[\s,]*{_TAG})*|{_TAG}(?:[\s,]*{_TAG})+|{_TAG}(?:[\s,]*{_TAG})*[\s.!]*$")
_ONE_TAG = re.compile(_TAG)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_GAP = re.compile(f"(?<=[{NO_SPACES}]) (?=[{NO_SPACES}])")
_HAS_GAP = re.compile(f"[{NO_SPACES}] [{NO_SPACES}]")
_WIDE = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_WIDE_LETTERS = 2.5

_ARABIC_FORMS = {"ک": "ك", "ی": "ي", "ى": "ي", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ـ": None}
"""Persian and Urdu forms of letters that Arabic keyboards also type, and the stretching mark."""

_APOSTROPHES = "'’‘`´ʼʻ＇"


class Normalised(NamedTuple):
    """A text as compared: ``body`` without its hashtags, ``tags`` sorted and each once, ``key`` what is compared."""

    body: str
    tags: tuple[str, ...]

    @property
    def key(self) -> str:
        """The body; with the hashtags after it where the body alone is no text (see :data:`MIN_LETTERS`)."""
        if not self.tags or letters(self.body) >= MIN_LETTERS:
            return self.body
        return " ".join([self.body, *self.tags]).lstrip()


def letters(normalised: str) -> float:
    """How much a normalised text says, in letters of an alphabet; a Han, Kana or Hangul character is 2.5 of them.

    >>> letters("cats are grey"), letters("猫是灰色的")
    (13.0, 12.5)
    """
    if normalised.isascii():
        return float(len(normalised))
    return len(normalised) + (_WIDE_LETTERS - 1) * len(_WIDE.findall(normalised))


class _Fold(dict[int, str | None]):
    """Translation table filled on demand: what becomes of one character, by its Unicode category."""

    def __missing__(self, code: int) -> str | None:
        self[code] = folded = self._fold(chr(code))
        return folded

    def _fold(self, character: str) -> str | None:
        raise NotImplementedError


class _Before(_Fold):
    """Before NFKC: invisible characters out; emoji and other symbols become spaces."""

    def _fold(self, character: str) -> str | None:
        category = unicodedata.category(character)
        if category == "Cc":
            return " "
        if (
            category in ("Cf", "Cs", "Cn")
            or 0xFE00 <= ord(character) <= 0xFE0F
            or character in "\u20e3\u115f\u1160\u3164"
        ):
            return None
        # "So" holds emoji and dingbats; letters in circles and squares are text, and NFKC makes letters of them.
        if category == "Co" or 0x1F3FB <= ord(character) <= 0x1F3FF:
            return " "
        if category == "So" and not unicodedata.normalize("NFKC", character).isalnum():
            return " "
        return character


class _After(_Fold):
    """After NFKC and case folding: Traditional to Simplified, loose marks and apostrophes out, punctuation to spaces."""

    def __init__(self) -> None:
        super().__init__()
        self._simplified = simplified_characters()

    def _fold(self, character: str) -> str | None:
        if character in _ARABIC_FORMS:
            return _ARABIC_FORMS[character]
        if character in _APOSTROPHES or 0x300 <= ord(character) <= 0x36F or 0x64B <= ord(character) <= 0x65F:
            return None
        if character == DECIMAL:
            return character
        category = unicodedata.category(character)
        if category == "Me":  # marks that enclose or strike out
            return None
        if category[0] in "LM":
            return self._simplified.get(character, character)
        if category == "Nd":
            return str(unicodedata.digit(character))
        return character if category[0] == "N" else " "


@cache
def simplified_characters() -> dict[str, str]:
    """Traditional character -> Simplified, character by character, from OpenCC's ``t2s``.

    By character and not by phrase, so that the same words fold to the same text whichever script, or mixture of
    both, they come in.
    """
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    han = [
        chr(code)
        for low, high in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
        for code in range(low, high)
    ]
    table = dict(zip(han, convert("\n".join(han)).split("\n"), strict=True))
    for character in han:  # to the end of the chain, so that folding twice is folding once
        target = table[character]
        while target in table and table[target] != target:
            target = table[target]
        table[character] = target
    return {old: new for old, new in table.items() if old != new and len(new) == 1}


@cache
def _tables() -> tuple[_Before, _After]:
    return _Before(), _After()


def _number(found: re.Match[str]) -> str:
    number = found.group()
    if _THOUSANDS.fullmatch(number):
        return number.replace(",", "").replace(".", "")
    return number.replace(",", DECIMAL).replace(".", DECIMAL)


def normalise(text: str) -> Normalised:
    """``text`` as compared.

    In this order: HTML entities decoded, invisible characters and emoji out, NFKC, links and mentions out, runs of
    hashtags and those at the ends set apart (one inside a sentence stays as a word), look-alike letters and
    Traditional characters folded, case folded, numbers made uniform, apostrophes out, other punctuation to spaces,
    spaces to one, and none between letters of scripts that write none.

    >>> normalise("@a Ｃats are\u200b grey! 🙂 #Zoo #Cats https://t.co/1")
    Normalised(body='cats are grey', tags=('#cats', '#zoo'))
    >>> normalise("燈籠 大橋").key == normalise("灯笼大桥").key
    True
    """
    before, after = _tables()
    text = decode_entities(text)
    ascii_ = text.isascii()
    if not ascii_:
        text = unicodedata.normalize("NFKC", text.translate(before))
    if "/" in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _MENTION.sub(" ", text)
    tags: tuple[str, ...] = ()
    if "#" in text:
        found: list[str] = []

        def take(run: re.Match[str]) -> str:
            found.extend(_ONE_TAG.findall(run.group()))
            return " "

        text = _TAG_RUN.sub(take, text)
        tags = tuple(sorted({_plain_tag(tag, ascii_) for tag in found}))
    body = _plain(text, ascii_, after)
    if not ascii_ and _HAS_GAP.search(body):
        body = _GAP.sub("", body)
    return Normalised(body, tags)


@lru_cache(maxsize=100_000)
def _plain_tag(tag: str, ascii_: bool) -> str:
    """A hashtag as :attr:`Normalised.tags` has it; few tags make most of a set's."""
    return "#" + _plain(tag, ascii_, _tables()[1])


def _plain(text: str, ascii_: bool, after: _After) -> str:
    text = text.lower() if ascii_ else unicodedata.normalize("NFKC", fold_lookalikes(text).casefold())
    if _NUMBER.search(text):
        text = _NUMBER.sub(_number, text)
    return " ".join(text.translate(after).split())


def normalise_all(texts: Iterable[str | None]) -> list[Normalised]:
    """:func:`normalise` of each text; a missing one is empty."""
    return [normalise(text) if text else _EMPTY for text in texts]


_EMPTY = Normalised("", ())
