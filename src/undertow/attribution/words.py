"""Words of estimative probability and of analytic confidence, as ICD 203 (2015) defines them.

How likely something is and how well founded that judgement is are two things, and never stand in one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from undertow.errors import UsageError, did_you_mean

Confidence = Literal["low", "moderate", "high"]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)

CONFIDENCE_WORDS: Mapping[Confidence, str] = MappingProxyType(
    {
        "low": "scant, questionable or fragmentary evidence, or much that could not be checked",
        "moderate": "evidence that is credible and plausible, but not enough or not independent enough for more",
        "high": "strong evidence of several independent kinds, without serious conflict between them",
    }
)


@dataclass(frozen=True)
class Likelihood:
    """One step of the scale: its two equal wordings, and the range of probability in percent."""

    word: str
    other: str
    low: int
    high: int

    @property
    def range(self) -> str:
        """The range as printed."""
        return f"{self.low} to {self.high}%"


LIKELIHOODS: tuple[Likelihood, ...] = (
    Likelihood("almost no chance", "remote", 1, 5),
    Likelihood("very unlikely", "highly improbable", 5, 20),
    Likelihood("unlikely", "improbable", 20, 45),
    Likelihood("roughly even chance", "roughly even odds", 45, 55),
    Likelihood("likely", "probable", 55, 80),
    Likelihood("very likely", "highly probable", 80, 95),
    Likelihood("almost certain", "nearly certain", 95, 99),
)


def likelihood(word: str) -> Likelihood:
    """The step that ``word`` names; :class:`UsageError` for a word that is not on the scale.

    >>> likelihood("Probable").word
    'likely'
    """
    asked = " ".join(word.lower().split())
    for step in LIKELIHOODS:
        if asked in (step.word, step.other):
            return step
    known = [name for step in LIKELIHOODS for name in (step.word, step.other)]
    raise UsageError(f"{word!r} is no word of likelihood", where="--likelihood", todo=did_you_mean(asked, known))


def confidence(word: str) -> Confidence:
    """The confidence that ``word`` names; :class:`UsageError` for another word."""
    for known in CONFIDENCES:
        if word.strip().lower() == known:
            return known
    raise UsageError(f"{word!r} is no confidence", where="--confidence", todo=did_you_mean(word, CONFIDENCES))


def likelihood_sentence(step: Likelihood, that: str, by: str) -> str:
    """The first of the two sentences: how likely, and who says so.

    >>> likelihood_sentence(likelihood("likely"), "it rains", "A. Analyst")
    'A. Analyst judges it likely (55 to 80%) that it rains.'
    """
    if step.word in ("almost no chance", "roughly even chance"):
        article = "" if step.word.startswith("almost") else "a "
        return f"{by} judges that there is {article}{step.word} ({step.range}) that {that}."
    return f"{by} judges it {step.word} ({step.range}) that {that}."


def confidence_sentence(level: Confidence) -> str:
    """The second of the two sentences: how well founded the first is."""
    return f"Analytic confidence in this judgement is {level}: it rests on {CONFIDENCE_WORDS[level]}."
