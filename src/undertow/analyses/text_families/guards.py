"""What two similar texts differ in, and whether the difference turns the meaning: a negation or a number.

"Cats are grey" and "cats are not grey" are nearly the same string. The rules (``data/guards/*.toml``, one file a
language) name the words that negate; every number counts. Two texts whose difference holds one are not joined: they
are *near misses*, listed with the difference.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from sys import intern
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA, Levenshtein

from undertow.text.normalise import NO_SPACES, letters, normalise

Kind = Literal["wording", "negation", "number"]

EXTENSION_LETTERS = 15.0
"""A passage at either end that only one of two texts has is a cut or an addition, and no turned meaning, when it is
at least this long: "cats are" has lost more of "cats are grey and not at all noisy" than its "not"."""

_MOST_COUNTED = 100_000
"""Passages whose negations are remembered."""

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
    words, one for what only looks so, the words of five letters or more by their first two, and a pattern of every
    token that has a part in something that negates inside words."""

    words: frozenset[str]
    inside: re.Pattern[str] | None
    exceptions: re.Pattern[str] | None
    starting: Mapping[str, tuple[str, ...]]
    part: re.Pattern[str] | None
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    _counted: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    _turning: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def negations(self, passage: str) -> int:
        """How many negations a normalised passage holds; the copies of a text ask for the same passages again and again."""
        count = self._counted.get(passage)
        if count is None:
            if len(self._counted) >= _MOST_COUNTED:
                self._counted.clear()
            count = self._counted[passage] = self._count(passage)
        return count

    def _count(self, passage: str) -> int:
        count = sum(map(self.negates, passage.split()))
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
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = word in self.words or any(
                OSA.distance(word, other, score_cutoff=1) <= 1
                for other in self.starting.get(word[:2], ())
                if len(word) > 3
            )
        return known

    def turning(self, words: Sequence[str]) -> list[int]:
        """The places of the tokens that can have a part in turning a meaning: that are, hold, or may be a piece of a
        negation or a number.

        A passage of tokens none of which can has no negation and no number, whatever it is cut from.
        """
        known = self._turning
        return [
            place
            for place, word in enumerate(words)
            if (known[word] if word in known else known.setdefault(word, self._may_turn(word)))
        ]

    def _may_turn(self, token: str) -> bool:
        return (
            _NUMBER.search(token) is not None
            or self.negates(token)
            or (self.part is not None and self.part.search(token) is not None)
        )


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
    parts: set[str] = set()
    for code in languages() if codes is None else codes:
        rules = tomllib.loads(folder.joinpath(f"{code}.toml").read_text(encoding="utf-8"))
        words.update(_folded(rules.get("words", ())))
        pieces, starts = _folded(rules.get("inside", ())), _folded(rules.get("starts", ()))
        inside.update(re.escape(piece) for piece in pieces)
        inside.update(rf"(?:(?<=\s)|^){re.escape(start)}" for start in starts)
        parts.update(re.escape(tokens(piece)[0]) for piece in (*pieces, *starts))
        exceptions.update(re.escape(part) for part in _folded(rules.get("except", ())))
    starting: dict[str, tuple[str, ...]] = {}
    for word in sorted(word for word in words if len(word) >= 5):
        starting[word[:2]] = (*starting.get(word[:2], ()), word)
    return Guard(
        frozenset(words),
        _any_of(inside),
        _any_of(exceptions),
        starting,
        _any_of(parts),
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for any of several, the longest first; None for none."""
    ordered = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
    return re.compile("|".join(ordered)) if ordered else None


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
    return tuple(
        Difference(tuple(first[a:a_end]), tuple(second[b:b_end]), a, _kind(first, second, span, rules))
        for span in _spans(first, second)
        for a, a_end, b, b_end in [span]
    )


def _spans(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Where two sequences of tokens differ: start and end in the first, start and end in the second."""
    spans: list[tuple[int, int, int, int]] = []
    for opcode in Levenshtein.opcodes(first, second):
        a, a_end, b, b_end = opcode.src_start, opcode.src_end, opcode.dest_start, opcode.dest_end
        if opcode.tag == "equal":
            continue
        if spans and spans[-1][1] == a and spans[-1][3] == b:
            spans[-1] = (spans[-1][0], a_end, spans[-1][2], b_end)
        else:
            spans.append((a, a_end, b, b_end))
    return spans


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
    if sorted(_NUMBER.findall(left)) != sorted(_NUMBER.findall(right)):
        return "number"
    return "wording"


def _text(words: Sequence[str]) -> str:
    """Tokens as the normalised text has them: spaces between words, none between single characters."""
    joined = " ".join([word for word in words if word])
    return joined if joined.isascii() else _UNSPACED.sub("", joined)


_UNSPACED = re.compile(rf"(?<=[{NO_SPACES}]) (?=[{NO_SPACES}])")


class Split(NamedTuple):
    """A normalised text as :func:`tokens`, and the places of those that can have a part in turning a meaning."""

    tokens: list[str]
    turning: list[int]


def split(text: str, rules: Guard) -> Split:
    """A normalised text for :func:`turned`."""
    words = [intern(word) for word in tokens(text)]  # one string for each word, in however many texts
    return Split(words, rules.turning(words))


def turned(left: Split, right: Split, rules: Guard) -> bool:
    """Whether two texts differ in a negation or a number; if not, they may be joined."""
    if not left.turning and not right.turning:
        return False
    return any(
        (_any_within(left.turning, a - 2, a_end + 2) or _any_within(right.turning, b, b_end))
        and _kind(left.tokens, right.tokens, (a, a_end, b, b_end), rules) != "wording"
        for a, a_end, b, b_end in _spans(left.tokens, right.tokens)
    )


def _any_within(places: Sequence[int], start: int, end: int) -> bool:
    """Whether any of the ascending ``places`` is at ``start`` or after it, and before ``end``."""
    at = bisect_left(places, start)
    return at < len(places) and places[at] < end
