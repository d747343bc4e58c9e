"""Rules over groups of terms: ``rioters OR (police NEAR/6 violence AND NOT film)``.

``NEAR/n`` holds where the two stand with at most n words between them, ``BEFORE/n`` in that order; they bind
tightest, then NOT, then AND, then OR. What they compare are places, so their sides are names of groups, NEARs, or
ORs of those in brackets.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Span = tuple[int, int]
"""First word, and the one after the last."""

Hits = Mapping[str, Sequence[Span]]
"""Group -> where its terms stand in a text."""

MAX_DEPTH = 40
"""Brackets within each other; nobody reads a rule with more."""

_TOKEN = re.compile(r"\s*(?:(NEAR|BEFORE)/(\d+)|(AND|OR|NOT)\b|([A-Za-z][\w-]*)|([()]))")


class RuleError(ValueError):
    """A rule that cannot be read: what is wrong, and the ``column`` (from 1) where."""

    def __init__(self, what: str, column: int) -> None:
        super().__init__(what)
        self.what = what
        self.column = column


class Rule(ABC):
    """A rule, or a part of one."""

    @abstractmethod
    def holds(self, hits: Hits) -> bool:
        """Whether the text with these hits fulfils it."""

    @abstractmethod
    def groups(self) -> Iterator[str]:
        """The groups that it names."""


class Placed(Rule):
    """A rule that holds at places of the text, which NEAR can compare; AND and NOT are true of the text as a whole."""

    @abstractmethod
    def spans(self, hits: Hits) -> list[Span]:
        """Where it is fulfilled."""

    def holds(self, hits: Hits) -> bool:
        """Whether it is fulfilled anywhere."""
        return bool(self.spans(hits))


@dataclass(frozen=True)
class Group(Placed):
    """The terms of one group."""

    name: str

    def spans(self, hits: Hits) -> list[Span]:
        """Where the terms stand."""
        return list(hits.get(self.name, ()))

    def groups(self) -> Iterator[str]:
        """Its own name."""
        yield self.name


@dataclass(frozen=True)
class Near(Placed):
    """Both sides with at most ``words`` words between them, in this order where ``ordered``."""

    left: Placed
    right: Placed
    words: int
    ordered: bool

    def spans(self, hits: Hits) -> list[Span]:
        """From the first word of the one to the last of the other."""
        found = []
        for left in self.left.spans(hits):
            for right in self.right.spans(hits):
                after, before = right[0] - left[1], left[0] - right[1]
                if 0 <= after <= self.words or (not self.ordered and 0 <= before <= self.words):
                    found.append((min(left[0], right[0]), max(left[1], right[1])))
        return found

    def groups(self) -> Iterator[str]:
        """Those of both sides."""
        yield from self.left.groups()
        yield from self.right.groups()


@dataclass(frozen=True)
class _Several(Rule):
    parts: tuple[Rule, ...]

    def groups(self) -> Iterator[str]:
        """Those of all parts."""
        for part in self.parts:
            yield from part.groups()


class Either(_Several):
    """One of ``parts`` (OR)."""

    def holds(self, hits: Hits) -> bool:
        """Whether one part holds."""
        return any(part.holds(hits) for part in self.parts)


@dataclass(frozen=True)
class PlacedEither(_Several, Placed):
    """One of ``parts`` (OR), each of which has places."""

    parts: tuple[Placed, ...]

    def spans(self, hits: Hits) -> list[Span]:
        """Where any part is fulfilled."""
        return [span for part in self.parts for span in part.spans(hits)]


class Both(_Several):
    """All of ``parts`` (AND)."""

    def holds(self, hits: Hits) -> bool:
        """Whether each part holds."""
        return all(part.holds(hits) for part in self.parts)


@dataclass(frozen=True)
class Not(Rule):
    """Not ``part``."""

    part: Rule

    def holds(self, hits: Hits) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(hits)

    def groups(self) -> Iterator[str]:
        """Those of the part."""
        yield from self.part.groups()


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str) -> Rule:
    """The rule that ``text`` writes; :class:`RuleError` where it cannot be read.

    >>> parse("a AND NOT b").holds({"a": [(0, 1)]}), parse("a NEAR/2 b").holds({"a": [(0, 1)], "b": [(4, 5)]})
    (True, False)
    """
    parser = _Parser(text)
    rule = parser.either()
    if (left := parser.peek()) is not None:
        raise RuleError(f"{left.text!r} was not expected here", left.column)
    return rule


class _Parser:
    def __init__(self, text: str) -> None:
        self._end = len(text) + 1
        self._tokens: list[_Token] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            column = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            if found is None:
                raise RuleError(f"{text[column - 1 :].split(maxsplit=1)[0]!r} is no part of a rule", column)
            near, words, operator, name, bracket = found.groups()
            kind = "near" if near else "operator" if operator else "name" if name else "bracket"
            self._tokens.append(_Token(kind, f"{near}/{words}" if near else operator or name or bracket, column))
            place = found.end()
        self._place = 0
        self._depth = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _next_is(self, *texts: str) -> bool:
        token = self.peek()
        if token is None or token.text not in texts:
            return False
        self._place += 1
        return True

    def either(self) -> Rule:
        parts = [self._both()]
        while self._next_is("OR"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        placed = tuple(part for part in parts if isinstance(part, Placed))
        return PlacedEither(placed) if len(placed) == len(parts) else Either(tuple(parts))

    def _both(self) -> Rule:
        parts = [self._negated()]
        while self._next_is("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _negated(self) -> Rule:
        turned = 0
        while self._next_is("NOT"):
            turned += 1
        rule = self._near()
        for _ in range(turned):
            rule = Not(rule)
        return rule

    def _near(self) -> Rule:
        rule = self._atom()
        while (token := self.peek()) is not None and token.kind == "near":
            self._place += 1
            word, _, words = token.text.partition("/")
            right = self._atom()
            if not (isinstance(rule, Placed) and isinstance(right, Placed)):
                raise RuleError(
                    f"{token.text} compares places, and one side of it is an AND or a NOT", token.column
                )
            rule = Near(rule, right, int(words), ordered=word == "BEFORE")
        return rule

    def _atom(self) -> Rule:
        token = self.peek()
        self._depth += 1
        if self._depth > MAX_DEPTH and token is not None:
            raise RuleError("the rule is nested too deeply", token.column)
        try:
            return self._group_or_bracket(token)
        finally:
            self._depth -= 1

    def _group_or_bracket(self, token: _Token | None) -> Rule:
        if token is None:
            raise RuleError("the rule ends where a group or a bracket was expected", self._end)
        self._place += 1
        if token.kind == "name":
            return Group(token.text)
        if token.text != "(":
            raise RuleError(f"{token.text!r} was not expected here", token.column)
        rule = self.either()
        if not self._next_is(")"):
            raise RuleError("a bracket is not closed", token.column)
        return rule
