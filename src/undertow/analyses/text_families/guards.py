"""What two similar texts differ in, and whether the difference turns the meaning: a negation or a number.

"Cats are grey" and "cats are not grey" are nearly the same string. The rules (``data/guards/*.toml``, one file a
language) name the words that negate; every number counts. Two texts whose difference holds one are not joined: they
are *near misses*, listed with the difference.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from rapidfuzz.distance import OSA, Levenshtein

from undertow.text.normalise import NO_SPACES, letters, normalise

Kind = Literal["wording", "negation", "number"]

EXTENSION_LETTERS = 15.0
"""A passage at either end that only one of two texts has is a cut or an addition, and no turned meaning, when it is
at least this long: "cats are" has lost more of "cats are grey and not at all noisy" than its "not"."""

_TOKEN = re.compile(rf"[{NO_SPACES}]|[^\s{NO_SPACES}]+")
_NUMBER = re.compile(r"\d+(?:·\d+)*")


@dataclass(frozen=True)
class Difference:
    """One place where two texts differ: the tokens of the first, those of the second, where, and what it is.

    ``start`` is the first token's index in the first text; either side may be empty (an insertion, a deletion).
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    start: int
    kind: Kind


@dataclass(frozen=True)
class Guard:
    """The negations of one or more languages, normalised: whole words, a pattern for what negates inside
    words, one for what only looks so, and the words of five letters or more by their first two."""

    words: frozenset[str]
    inside: re.Pattern[str] | None
    exceptions: re.Pattern[str] | None
    starting: Mapping[str, tuple[str, ...]]

    def negations(self, passage: str) -> int:
        """How many negations a normalised passage holds."""
        count = sum(self.negates(word) for word in passage.split())
        if self.inside is not None:
            if self.exceptions is not None:
                passage = self.exceptions.sub(" ", passage)
            count += len(self.inside.findall(passage))
        return count

    def negates(self, word: str) -> bool:
        """Whether a word is one of the negations, or one of five letters or more with one slip of the keyboard.

        A slip is one letter more, less, other or swapped, after the first two: "withou" is "without", "ever" is not
        "never".
        """
        if word in self.words:
            return True
        return any(
            OSA.distance(word, known, score_cutoff=1) <= 1
            for known in self.starting.get(word[:2], ())
            if len(word) > 3
        )

    def turns(self, text: str) -> bool:
        """Whether a normalised text holds any negation or number at all."""
        return bool(_NUMBER.search(text)) or self.negations(text) > 0


@cache
def languages() -> tuple[str, ...]:
    """The languages that have rules."""
    folder = resources.files(__package__).joinpath("data/guards")
    return tuple(
        sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    )


@cache
def guard(codes: tuple[str, ...] | None = None) -> Guard:
    """The guard for these languages; for all that have rules when none are named.

    Taken together, languages lend each other their words ("sin", "personne"): a pair may be listed as a near miss
    that its own language would have joined, never the other way round.
    """
    folder = resources.files(__package__).joinpath("data/guards")
    words: set[str] = set()
    inside: set[str] = set()
    exceptions: set[str] = set()
    for code in languages() if codes is None else codes:
        rules = tomllib.loads(folder.joinpath(f"{code}.toml").read_text(encoding="utf-8"))
        words.update(_folded(rules.get("words", ())))
        inside.update(re.escape(part) for part in _folded(rules.get("inside", ())))
        inside.update(rf"(?:(?<=\s)|^){re.escape(part)}" for part in _folded(rules.get("starts", ())))
        exceptions.update(re.escape(part) for part in _folded(rules.get("except", ())))
    starting: dict[str, tuple[str, ...]] = {}
    for word in sorted(word for word in words if len(word) >= 5):
        starting[word[:2]] = (*starting.get(word[:2], ()), word)
    return Guard(
        frozenset(words),
        re.compile("|".join(sorted(inside, key=lambda part: (-len(part), part)))) if inside else None,
        re.compile("|".join(sorted(exceptions, key=lambda part: (-len(part), part)))) if exceptions else None,
        starting,
    )


def _folded(words: Iterable[str]) -> list[str]:
    return [normalise(word).body for word in words]


def tokens(text: str) -> list[str]:
    """The words of a normalised text; single characters where no spaces are written.

    >>> tokens("猫是灰色 cats 1·5")
    ['猫', '是', '灰', '色', 'cats', '1·5']
    """
    return _TOKEN.findall(text)


def differences(left: str, right: str, rules: Guard) -> tuple[Difference, ...]:
    """Where two normalised texts differ, word by word, and which differences turn the meaning.

    >>> differences("cats are grey", "cats are not grey", guard(("en",)))
    (Difference(left=(), right=('not',), start=2, kind='negation'),)
    """
    first, second = tokens(left), tokens(right)
    spans: list[tuple[int, int, int, int]] = []
    for opcode in Levenshtein.opcodes(first, second):
        a, a_end, b, b_end = opcode.src_start, opcode.src_end, opcode.dest_start, opcode.dest_end
        if opcode.tag == "equal":
            continue
        if spans and spans[-1][1] == a and spans[-1][3] == b:
            spans[-1] = (spans[-1][0], a_end, spans[-1][2], b_end)
        else:
            spans.append((a, a_end, b, b_end))
    return tuple(
        Difference(
            tuple(first[a:a_end]), tuple(second[b:b_end]), a, _kind(first, second, (a, a_end, b, b_end), rules)
        )
        for a, a_end, b, b_end in spans
    )


def _kind(first: Sequence[str], second: Sequence[str], span: tuple[int, int, int, int], rules: Guard) -> Kind:
    a, a_end, b, b_end = span
    left, right = _text(first[a:a_end]), _text(second[b:b_end])
    at_end = (a == 0 and b == 0) or (a_end == len(first) and b_end == len(second))
    if at_end and abs(letters(left) - letters(right)) >= EXTENSION_LETTERS:
        return "wording"
    # A negation may straddle the edge of the passage (不 before 过): count with the neighbours on both sides.
    before, after = _text(first[max(0, a - 2) : a]), _text(first[a_end : a_end + 2])
    with_left = _text([before, *first[a:a_end], after])
    with_right = _text([before, *second[b:b_end], after])
    if rules.negations(with_left) != rules.negations(with_right):
        return "negation"
    if Counter(_NUMBER.findall(left)) != Counter(_NUMBER.findall(right)):
        return "number"
    return "wording"


def _text(words: Sequence[str]) -> str:
    """Tokens as the normalised text has them: spaces between words, none between single characters."""
    joined = " ".join(word for word in words if word)
    return _UNSPACED.sub("", joined)


_UNSPACED = re.compile(rf"(?<=[{NO_SPACES}]) (?=[{NO_SPACES}])")


def turned(left: str, right: str, rules: Guard) -> tuple[Difference, ...]:
    """The differences of two normalised texts that turn the meaning; none means that they may be joined."""
    return tuple(found for found in differences(left, right, rules) if found.kind != "wording")
