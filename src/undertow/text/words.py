"""The words of a text, in the order in which they stand: what codebooks match and discovery counts.

A word is a run of letters and digits; in scripts that write no spaces (Chinese, Japanese, Thai) each letter is one,
so that a phrase of any language is a sequence of words. Width, case, invisible and look-alike letters and the two
Chinese scripts are folded; links are left out; ``@name`` stays one word that no other matches. A hashtag is taken
apart at its capitals (``#StandWithUs`` is stand, with, us) and remembered as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from sys import intern
from typing import NamedTuple

from undertow.text.entities import decode_entities
from undertow.text.lookalikes import fold_lookalikes
from undertow.text.normalise import NO_SPACES, simplified_characters

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff"
"""Vowel signs and accents that are no letters by themselves, but belong to the word that they stand in."""

_LINK = re.compile(r"(?:https?://|www\.|\bpic\.twitter\.com/|\bt\.co/)\S+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
_ASCII_WORD = re.compile(r"[@#]?\w+")
_WORD = re.compile(rf"[@#]?(?:(?![{NO_SPACES}])[\w{_MARKS}])+|[{NO_SPACES}]|#|[\u2600-\u27bf\U0001f000-\U0001faff]")
_ACRONYM = "AfD|BfV|GmbH|MdB|MdL|PhD"
"""Acronyms with small letters inside that begin or end many hashtags, and are no two words in any."""
_CAPITALS = re.compile(rf"{_ACRONYM}|[A-Z][a-z][A-Z](?![A-Za-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|ª+")
"""The parts of a word that :func:`_shape` has put into these letters."""
_APOSTROPHES = str.maketrans("", "", "'’‘`´ʼ")
_INVISIBLE = re.compile(
    r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_TWO_SCRIPTS = re.compile("[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")


class Words(NamedTuple):
    """The words of a text; ``tags``: (place of its first word, place after its last, the hashtag in one word)."""

    words: tuple[str, ...]
    tags: tuple[tuple[int, int, str], ...]


@cache
def _simplified() -> dict[int, str]:
    return {ord(old): new for old, new in simplified_characters().items()}


def words_of(text: str) -> Words:
    """The words of ``text``.

    >>> words_of("@b Don't　ＳＴＯＰ: #BlackLivesMatter in 臺灣 https://t.co/1").words
    ('@b', 'dont', 'stop', 'black', 'lives', 'matter', 'in', '台', '湾')
    >>> words_of("see #BlackLivesMatter").tags
    ((1, 4, 'blacklivesmatter'),)
    """
    text = decode_entities(text)
    ascii_ = text.isascii()
    if not ascii_:
        text = _folded(text)
    if "/" in text or "www" in text:
        text = _LINK.sub(" ", text)
    if "'" in text or "’" in text:
        text = _POSSESSIVE.sub("", text)
    if "#" not in text:
        text = text.casefold().translate(_APOSTROPHES)
        return Words(tuple(map(intern, (_ASCII_WORD if ascii_ else _WORD).findall(text))), ())
    words: list[str] = []
    tags: list[tuple[int, int, str]] = []
    open_tag: tuple[int, int] | None = None  # place of its first word, and where its last letter so far ended
    for found in (_ASCII_WORD if ascii_ else _WORD).finditer(text.translate(_APOSTROPHES)):
        word = found.group()
        if open_tag is not None and (found.start() > open_tag[1] or word[0] in "#@"):
            tags.append((open_tag[0], len(words), "".join(words[open_tag[0] :])))
            open_tag = None
        parts = split_capitals(word[1:]) if word[0] == "#" else [word]
        if word[0] == "#":
            open_tag = (len(words), found.end())
        elif open_tag is not None:  # a hashtag runs on through letters of scripts without spaces
            open_tag = (open_tag[0], found.end())
        words.extend(intern(part.casefold()) for part in parts)
    if open_tag is not None:
        tags.append((open_tag[0], len(words), "".join(words[open_tag[0] :])))
    return Words(tuple(words), tuple(tag for tag in tags if tag[2]))


def _folded(text: str) -> str:
    """``text`` without invisible letters, in one width and one Chinese script, and each word in one alphabet."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if _HAN.search(text):
        text = text.translate(_simplified())
    return fold_lookalikes(text) if _TWO_SCRIPTS.search(text) else text


def split_capitals(word: str) -> list[str]:
    """A word made of several, taken apart at capitals of any alphabet, digits and underscores.

    A capital, a small letter and a capital are one word (an acronym) where no letter follows.

    >>> split_capitals("StandWithUs2020"), split_capitals("NATO"), split_capitals("covid"), split_capitals("AfD")
    (['Stand', 'With', 'Us', '2020'], ['NATO'], ['covid'], ['AfD'])
    >>> split_capitals("QuédateEnCasa"), split_capitals("СвободуНавальному")
    (['Quédate', 'En', 'Casa'], ['Свободу', 'Навальному'])
    """
    if word.islower() and "_" not in word and word.isalpha():
        return [word]
    parts = [word[part.start() : part.end()] for part in _CAPITALS.finditer(_shape(word))]
    return parts or ([word.replace("_", "")] if word.strip("_") else [])


def _shape(word: str) -> str:
    """``word`` with every letter outside of ASCII as A (capital), a (small) or ª (of neither case).

    Marks are what the letter before them is, so that both strings are equally long.
    """
    if word.isascii():
        return word
    shape: list[str] = []
    for letter in word:
        if letter.isascii():
            shape.append(letter)
        elif letter.isupper() or letter.istitle():
            shape.append("A")
        elif letter.islower():
            shape.append("a")
        elif letter.isdigit():
            shape.append("0")
        elif letter.isalpha() or not shape:
            shape.append("ª")
        else:
            shape.append(shape[-1])
    return "".join(shape)
