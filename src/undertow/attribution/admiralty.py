"""The Admiralty code: how reliable a source is (A-F), and how credible what it says (1-6).

The two letters of a row in the evidence matrix weigh it. ``F`` and ``6`` mean that nobody can judge, not that it
is bad: they weigh as much as the middle of the scale's lower half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from undertow.errors import UsageError
from undertow.finding import Strength

RELIABILITY: Mapping[str, str] = MappingProxyType(
    {
        "A": "completely reliable",
        "B": "usually reliable",
        "C": "fairly reliable",
        "D": "not usually reliable",
        "E": "unreliable",
        "F": "reliability cannot be judged",
    }
)
CREDIBILITY: Mapping[str, str] = MappingProxyType(
    {
        "1": "confirmed by other sources",
        "2": "probably true",
        "3": "possibly true",
        "4": "doubtful",
        "5": "improbable",
        "6": "truth cannot be judged",
    }
)
_RELIABILITY_WEIGHT = {"A": 1.0, "B": 0.8, "C": 0.6, "D": 0.4, "E": 0.2, "F": 0.4}
_CREDIBILITY_WEIGHT = {"1": 1.0, "2": 0.8, "3": 0.6, "4": 0.4, "5": 0.2, "6": 0.4}

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "twitter-archive-posts": "B",
        "twitter-archive-users": "B",
        "x-api-v2": "B",
        "x-api-v1": "B",
        "clemson": "C",
        "coortweet": "C",
    }
)
"""The default reliability by layout: what a platform published, or its interface answered, is usually reliable (its
selection is not published); what researchers passed on is fairly reliable; a file of unknown making cannot be judged."""

_BY_STRENGTH: Mapping[Strength, str] = MappingProxyType({"strong": "2", "moderate": "3", "weak": "4", "none": "4"})


@dataclass(frozen=True)
class Code:
    """One code, such as B2."""

    reliability: str
    credibility: str

    @property
    def weight(self) -> float:
        """What a row with this code weighs: 1 for A1, the product of the two steps otherwise.

        >>> Code("A", "1").weight, round(Code("B", "2").weight, 2)
        (1.0, 0.64)
        """
        return _RELIABILITY_WEIGHT[self.reliability] * _CREDIBILITY_WEIGHT[self.credibility]

    @property
    def words(self) -> str:
        """The code in words."""
        return f"{RELIABILITY[self.reliability]}, {CREDIBILITY[self.credibility]}"

    def __str__(self) -> str:
        return f"{self.reliability}{self.credibility}"


def code(text: str) -> Code:
    """The code that ``text`` writes; :class:`UsageError` for anything else.

    >>> str(code("b2"))
    'B2'
    """
    letters = text.strip().upper()
    if len(letters) != 2 or letters[0] not in RELIABILITY or letters[1] not in CREDIBILITY:
        raise UsageError(
            f"{text!r} is not an Admiralty code",
            where="--code",
            todo="give a letter A to F (the source) and a digit 1 to 6 (what it says), such as B2",
        )
    return Code(letters[0], letters[1])


def default_code(formats: Iterable[str], strength: Strength) -> Code:
    """The code of a finding: the least reliable of the case's layouts, and the credibility of its strength.

    A finding is confirmed by other sources (1) only when a person says so. One that found nothing is doubtful (4):
    absence proves little.
    """
    letters = [SOURCES.get(name, "F") for name in formats] or ["F"]
    return Code(max(letters), _BY_STRENGTH[strength])
