"""Letters of another script that stand for look-alikes of a text's own: folded word by word.

"Bеijing" with a Cyrillic е and "прeзидент" with a Latin e read like the plain word and are searched for in vain.
A word that mixes scripts is folded into the script of its unmistakable letters; a word that is wholly of another
script than the text is folded when each of its letters has a twin. A word in its own script is left alone, so
that Russian in an English post stays Russian.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

SCRIPTS = ("Latin", "Cyrillic", "Greek")
"""Scripts that words are folded into."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHERS = re.compile(
    "[\u0370-\u058f\u10a0-\u10ff\u13a0-\u13ff\u1d00-\u1dbf\u1f00-\u1fff\u2c80-\u2cff\ua4d0-\ua4ff]"
)
_WORD = re.compile(r"[^\W\d_]+")


@cache
def twins() -> Mapping[str, Mapping[str, str]]:
    """Letter -> script -> its twin there, from ``data/lookalikes.tsv`` (Unicode confusables, UTS #39)."""
    text = resources.files(__package__).joinpath("data/lookalikes.tsv").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            letter, _, script, twin = line.split("\t")
            table.setdefault(letter, {})[script] = twin
    return MappingProxyType({letter: MappingProxyType(found) for letter, found in table.items()})


@cache
def _script(letter: str) -> str | None:
    code = ord(letter)
    if code < 0x250:
        return "Latin"
    if 0x400 <= code < 0x530:
        return "Cyrillic"
    if 0x370 <= code < 0x400 or 0x1F00 <= code < 0x2000:
        return "Greek"
    return "other" if letter in twins() else None


def fold_lookalikes(text: str) -> str:
    """``text`` with look-alike letters in the script of their word.

    >>> fold_lookalikes("В\u0435ijing says о\u0441\u0435\u0430n"), fold_lookalikes("пр\u0065зидент США, not Trump")
    ('Beijing says ocean', 'президент США, not Trump')
    """
    if text.isascii() or not _OTHERS.search(text) or not (_LATIN.search(text) or len(_families(text)) > 1):
        return text
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    main = max(SCRIPTS, key=lambda script: (scripts[script], -SCRIPTS.index(script)))
    return _WORD.sub(lambda found: _fold_word(found.group(), main), text)


def _families(text: str) -> set[str | None]:
    return {_script(letter) for letter in set(text) if letter.isalpha()} - {None}


def _fold_word(word: str, main: str) -> str:
    scripts = {_script(letter) for letter in word}
    if scripts in ({main}, {None}):
        return word
    table = twins()
    if len(scripts - {None}) > 1:
        firm = Counter(
            _script(c) for c in word if not (c in table and set(table[c]) & (set(SCRIPTS) - {_script(c)}))
        )
        target = max(SCRIPTS, key=lambda script: (firm[script], script == main, -SCRIPTS.index(script)))
    elif all(letter in table and main in table[letter] for letter in word):
        target = main
    else:
        return word
    return "".join(
        letter if _script(letter) == target else table.get(letter, {}).get(target, letter) for letter in word
    )
