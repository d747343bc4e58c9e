"""Finding what a codebook names in texts: in time that grows with the texts, not with the number of terms.

Each term is a sequence of words (:func:`undertow.text.words.words_of`), each whole or, with ``*``, the beginning or
the end of one; terms are looked up by their first word. A term also matches a hashtag that runs its words together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from undertow.codebooks.model import Codebook, Frame, Term, Theme
from undertow.codebooks.rules import Span
from undertow.text.words import Words, words_of

NEGATION_REACH = 3
"""Words before an evaluating word in which a negation takes it away."""


AFTER = 2
"""Words by which an actor that comes after an evaluating word counts as farther away: in "America is generous, China
..." the praise is America's. Subjects mostly come first."""


class TermError(ValueError):
    """A term that cannot be looked for."""


@dataclass(frozen=True)
class _Word:
    """A word of a term: whole, or the beginning (``open_end``) or end (``open_start``) of one."""

    text: str
    open_start: bool = False
    open_end: bool = False

    def fits(self, word: str) -> bool:
        if self.open_end:
            return word.startswith(self.text)
        return word.endswith(self.text) if self.open_start else word == self.text


@dataclass(frozen=True)
class _Pattern:
    term: int
    words: tuple[_Word, ...]


@dataclass(frozen=True)
class Found:
    """Where the terms of a codebook stand in one text: group -> (place, term) in the order of the text."""

    words: Words
    hits: dict[str, list[tuple[Span, int]]]

    def spans(self, without: Iterable[str] = ()) -> dict[str, list[Span]]:
        """Group -> places, but those inside a phrase of a group in ``without``."""
        covering = [span for name in without for span, _ in self.hits.get(name, ())]
        if not covering:
            return {name: [span for span, _ in found] for name, found in self.hits.items()}
        return {
            name: [
                span for span, _ in found if not any(low <= span[0] and span[1] <= high for low, high in covering)
            ]
            for name, found in self.hits.items()
        }


def pattern(term: str) -> tuple[_Word, ...]:
    """The words of ``term``; :class:`TermError` when there are none or a ``*`` stands where it cannot.

    >>> [word.text for word in pattern("black lives matter*")]
    ['black', 'lives', 'matter']
    """
    found: list[_Word] = []
    for piece in term.split():
        bare = piece.strip("*")
        start, end = piece.startswith("*"), piece.endswith("*")
        if "*" in bare or len(piece) - len(bare) > 1 or not bare:
            raise TermError("a * stands at the beginning or at the end of a word")
        words = words_of(bare).words if bare[0] != "#" else (f"#{''.join(words_of(bare).words)}",)
        if words == ("#",):
            raise TermError("there is no letter or digit in it")
        if not words:
            continue  # a sign that stands by itself, as in "this & that"
        if bare[0] == "#" and len(term.split()) > 1:
            raise TermError("a hashtag is a term by itself")
        if (start or end) and len(words[0 if start else -1]) < 2 and len(words) == 1 and words[0].isascii():
            raise TermError("a * needs at least two letters beside it")
        for place, word in enumerate(words):
            found.append(_Word(word, open_start=start and place == 0, open_end=end and place == len(words) - 1))
    if not found:
        raise TermError("there is no letter or digit in it")
    return tuple(found)


class Matcher:
    """A codebook made ready to be looked for in many texts."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.terms: tuple[Term, ...] = codebook.all_terms
        self._by_word: dict[str, list[_Pattern]] = defaultdict(list)
        self._by_start: dict[str, list[_Pattern]] = defaultdict(list)
        self._by_end: dict[str, list[_Pattern]] = defaultdict(list)
        self._by_tag: dict[str, list[int]] = defaultdict(list)
        self._by_tag_start: dict[str, list[int]] = defaultdict(list)
        for number, term in enumerate(self.terms):
            words = pattern(term.term)
            joined = "".join(word.text for word in words).removeprefix("#")
            if words[0].text.startswith("#") or (len(words) > 1 and not words[0].open_start):
                (self._by_tag_start if words[-1].open_end else self._by_tag)[joined].append(number)
            if words[0].text.startswith("#"):
                continue
            first = words[0]
            index = self._by_start if first.open_end else self._by_end if first.open_start else self._by_word
            index[first.text].append(_Pattern(number, words))
        self._beginning: dict[str, tuple[_Pattern, ...]] = {}  # what each word that was seen may begin
        self._start_lengths = sorted({len(text) for text in self._by_start})
        self._end_lengths = sorted({len(text) for text in self._by_end})
        self._tag_lengths = sorted({len(text) for text in self._by_tag_start})

    def find(self, text: str, language: str | None = None) -> Found:
        """Where the terms stand in ``text``, a post in ``language`` (BCP 47; None: unknown)."""
        return self.find_in(words_of(text), language)

    def find_in(self, found: Words, language: str | None = None) -> Found:
        """:meth:`find` in a text whose words are known."""
        words = found.words
        hits: dict[str, list[tuple[Span, int]]] = {}
        for place, word in enumerate(words):
            candidates = self._beginning.get(word)
            if candidates is None:
                candidates = self._beginning[word] = self._begin_with(word)
            if candidates:
                self._keep(hits, words, place, candidates, language)
        for low, high, tag in found.tags:
            numbers = list(self._by_tag.get(tag, ()))
            for length in self._tag_lengths:
                numbers += self._by_tag_start.get(tag[:length], ()) if length <= len(tag) else ()
            for number in numbers:
                self._add(hits, (low, max(high, low + 1)), number, language)
        return Found(found, hits)

    def _begin_with(self, word: str) -> tuple[_Pattern, ...]:
        """The terms whose first word ``word`` fits."""
        return (
            *self._by_word.get(word, ()),
            *(each for n in self._start_lengths if n <= len(word) for each in self._by_start.get(word[:n], ())),
            *(each for n in self._end_lengths if n <= len(word) for each in self._by_end.get(word[-n:], ())),
        )

    def _keep(
        self,
        hits: dict[str, list[tuple[Span, int]]],
        words: Sequence[str],
        place: int,
        candidates: Sequence[_Pattern],
        language: str | None,
    ) -> None:
        for candidate in candidates:
            end = place + len(candidate.words)
            if end <= len(words) and all(
                part.fits(word) for part, word in zip(candidate.words, words[place:end], strict=True)
            ):
                self._add(hits, (place, end), candidate.term, language)

    def _add(self, hits: dict[str, list[tuple[Span, int]]], span: Span, number: int, language: str | None) -> None:
        term = self.terms[number]
        if term.only and (language is None or language.split("-")[0] != term.language.split("-")[0]):
            return
        listed = hits.setdefault(term.group, [])
        if (span, number) not in listed:
            listed.append((span, number))

    def themes(self, found: Found) -> tuple[int, ...]:
        """The numbers of the themes that a text is in."""
        if not found.hits:
            return ()
        return tuple(number for number, theme in enumerate(self.codebook.themes) if in_theme(theme, found))

    def frames(self, found: Found) -> tuple[int, ...]:
        """The numbers of the frames that a text has."""
        if not found.hits:
            return ()
        return tuple(number for number, frame in enumerate(self.codebook.frames) if has_frame(frame, found))


def in_theme(theme: Theme, found: Found) -> bool:
    """Whether the rule of ``theme`` holds."""
    return theme.rule.holds(found.spans(theme.exclude))


def has_frame(frame: Frame, found: Found) -> bool:
    """Whether one actor is praised and another disparaged, by the rule of :class:`Frame`."""
    hits = found.spans()

    def of(names: Sequence[str]) -> list[Span]:
        return [span for name in names for span in hits.get(name, ())]

    endorsed, rejected = bool(of(frame.endorses)), bool(of(frame.rejects))
    if endorsed and rejected:
        return True
    actors = [(span, True) for span in of(frame.praised)] + [(span, False) for span in of(frame.disparaged)]
    negations = of(frame.negation)

    def negated(word: Span) -> bool:
        return any(0 <= word[0] - negation[1] < NEGATION_REACH for negation in negations)

    def belongs(word: Span, to_praised: bool) -> bool:
        gaps = [
            (word[0] - span[1] if span[0] < word[0] else span[0] - word[1] + AFTER, is_praised)
            for span, is_praised in actors
        ]
        near = [gap for gap in gaps if gap[0] <= frame.within]
        return bool(near) and min(near, key=lambda gap: gap[0])[1] is to_praised

    praise, blame = of(frame.praise), of(frame.blame)
    praising = [word for word in praise if not negated(word)]
    blaming = [word for word in blame if not negated(word)] + [word for word in praise if negated(word)]
    return (endorsed or any(belongs(word, True) for word in praising)) and (
        rejected or any(belongs(word, False) for word in blaming)
    )
