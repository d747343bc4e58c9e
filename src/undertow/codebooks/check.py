"""Whether a codebook does what its author says: its examples run as tests, and what looks like a slip is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from undertow.codebooks.matching import Found, Matcher, has_frame, in_theme, pattern
from undertow.codebooks.model import Codebook, Theme


@dataclass(frozen=True)
class Problem:
    """Something wrong: the ``line`` of the file, and in words what and what to do.

    ``failed``: an example that does not do what it should, or one that is missing; the rest are hints.
    """

    line: int
    what: str
    failed: bool


@dataclass(frozen=True)
class Report:
    """What checking a codebook found; ``examples``: how many were run."""

    codebook: Codebook
    examples: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every example does what it should."""
        return not any(problem.failed for problem in self.problems)


def check(codebook: Codebook) -> Report:
    """Run the examples of ``codebook`` and look for slips."""
    matcher = Matcher(codebook)
    problems: list[Problem] = []
    examples = 0
    for part in codebook.parts:
        for example in part.examples:
            examples += 1
            found = matcher.find(example.text, example.language)
            is_in = in_theme(part, found) if isinstance(part, Theme) else has_frame(part, found)
            if is_in is not example.match:
                said = "does not match" if example.match else "matches, and should not"
                what = f"{part.id}: this example {said} ({_why(matcher, found)})"
                problems.append(Problem(example.line, what, failed=True))
        for kind in (True, False):
            if not any(example.match is kind for example in part.examples):
                wanted = "matches" if kind else "looks near, but must not match"
                what = f"{part.id}: there is no example that {wanted}; add one"
                problems.append(Problem(part.line, what, failed=True))
    problems += _slips(codebook)
    return Report(codebook, examples, tuple(sorted(problems, key=lambda problem: (problem.line, problem.what))))


def _why(matcher: Matcher, found: Found) -> str:
    """The terms found in an example, by group."""
    words = [
        f"{name}: {', '.join(sorted({matcher.terms[number].term for _, number in hits}))}"
        for name, hits in sorted(found.hits.items())
    ]
    return f"found {'; '.join(words)}" if words else "no term was found in it"


def _slips(codebook: Codebook) -> list[Problem]:
    problems = []
    used = {name for theme in codebook.themes for name in (*theme.rule.groups(), *theme.exclude)}
    for frame in codebook.frames:
        used |= {*frame.praised, *frame.disparaged, *frame.praise, *frame.blame, *frame.negation}
        used |= {*frame.endorses, *frame.rejects}
    for name, terms in codebook.terms.items():
        if name not in used:
            problems.append(Problem(terms[0].line, f"the group {name!r} is in no rule", failed=False))
        seen: dict[tuple[object, ...], str] = {}
        for term in terms:
            key = pattern(term.term)
            if key in seen and term.language == seen[key]:
                problems.append(
                    Problem(term.line, f"{term.term!r} is there twice in {name!r} (folded)", failed=False)
                )
            seen.setdefault(key, term.language)
    return problems


def languages(codebook: Codebook) -> Counter[str]:
    """How many terms there are of each language."""
    return Counter(term.language for term in codebook.all_terms)
