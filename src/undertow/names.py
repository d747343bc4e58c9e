"""Finding the names of accounts, and ways to reach people, in any text.

Handles, display names and ids are matched as runs of words, whatever stands between the words, in any case and any
compatibility form; names in scripts that write no spaces are matched anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

_RUNNING = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Characters of scripts in which words are not set apart: a name beside them ends where they begin."""
_UNSPACED = re.compile(f"[{_RUNNING}]")
_WORD = re.compile(rf"[{_RUNNING}]+|[^\W{_RUNNING}]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MENTION = re.compile(r"(?<![\w@])[@＠](\w{1,60})")
_PHONE = re.compile(
    r"(?<![\w.,])(?:\+|00)\d(?:[\s().\-/]*\d){6,14}"
    r"|(?<!\w)\(\d{2,5}\)[\s.-]?\d{3,4}[\s.-]?\d{2,5}\b"
    r"|(?<![\w.,-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-])"
)
_LONG_NUMBER = re.compile(r"(?<!\w)\d{9,}(?!\w)")
_ODD = re.compile(r"_|\d{5}|\d[^\W\d]|[^\W\d]\d")
_SHORTEST = 3
"""Characters of the shortest name that is searched for: shorter ones are words of every text."""


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _odd(words: Sequence[str]) -> bool:
    return len(words) > 1 or any(_ODD.search(word) for word in words)


def is_odd(name: str) -> bool:
    """Whether no text holds ``name`` by accident: a word with a digit or an underscore, several words, a long number.

    >>> is_odd("news"), is_odd("2016"), is_odd("news24"), is_odd("8005550123")
    (False, False, True, True)
    """
    return _odd(_WORD.findall(name))


@dataclass(frozen=True)
class Names:
    """The names of a case's accounts, each with the account that it stands for."""

    spaced: Mapping[str, Mapping[tuple[str, ...], str]]
    unspaced: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Names:
        """From (name, account); a name of several accounts stands for the first of them."""
        spaced: dict[str, dict[tuple[str, ...], str]] = {}
        unspaced: dict[str, dict[str, str]] = {}
        for name, account in sorted(pairs):
            if name.isascii():  # most are, and need no folding of forms
                words = tuple(_WORD.findall(name.lower()))
            else:
                folded = "".join(map(_folded, name.strip()))
                if _UNSPACED.search(folded) and len(folded) > 1:
                    unspaced.setdefault(folded[0], {}).setdefault(folded, account)
                    continue
                words = tuple(map(_folded, _WORD.findall(name)))
            if sum(map(len, words)) >= _SHORTEST:
                spaced.setdefault(words[0], {}).setdefault(words, account)
        return cls(spaced, unspaced)

    def replaced(self, text: str, shown: Callable[[str], str], *, only_odd: bool = False) -> str:
        """``text`` with every name replaced by what ``shown`` makes of its account.

        With ``only_odd`` only names that no sentence holds by accident (:func:`is_odd`).
        """
        if self.unspaced and not only_odd:
            text = self._unspaced(text, shown)
        words = list(_WORD.finditer(text))
        keys = [_folded(word.group()) for word in words]
        parts: list[str] = []
        at = number = 0
        while number < len(words):
            candidates = self.spaced.get(keys[number], {})
            best = max(
                (name for name in candidates if tuple(keys[number : number + len(name)]) == name),
                key=len,
                default=None,
            )
            if best is None or (only_odd and not _odd(best)):
                number += 1
                continue
            parts += [text[at : words[number].start()], shown(candidates[best])]
            at = words[number + len(best) - 1].end()
            number += len(best)
        return "".join(parts) + text[at:]

    def _unspaced(self, text: str, shown: Callable[[str], str]) -> str:
        folded = [_folded(character) for character in text]
        whole = "".join(folded)
        at = [place for place, part in enumerate(folded) for _ in part]  # where each folded character comes from
        parts: list[str] = []
        done = start = 0
        while start < len(whole):
            candidates = self.unspaced.get(whole[start], {})
            best = max((name for name in candidates if whole.startswith(name, start)), key=len, default=None)
            if best is None:
                start += 1
                continue
            parts += [text[done : at[start]], shown(candidates[best])]
            start += len(best)
            done = at[start - 1] + 1
        return "".join(parts) + text[done:]


def without_contacts(text: str, shown: Callable[[str], str], *, numbers: bool) -> str:
    """``text`` without e-mail addresses and telephone numbers, and with ``shown`` of whoever is mentioned by ``@``.

    ``numbers`` leaves out every long number too: it may be a telephone number, or a post's id.

    >>> without_contacts("write to a@b.example or +44 20 7946 0958, @someone", str.upper, numbers=False)
    'write to [e-mail left out] or [phone left out], @SOMEONE'
    """
    if "@" in text or "＠" in text:
        text = _EMAIL.sub("[e-mail left out]", text)
        text = _MENTION.sub(lambda match: f"@{shown(match.group(1))}", text)
    text = _PHONE.sub("[phone left out]", text)
    return _LONG_NUMBER.sub("[number left out]", text) if numbers else text
