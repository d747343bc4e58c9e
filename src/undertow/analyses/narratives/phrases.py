"""Words for reading: pairs of letters, which scripts without spaces are counted by, grown to the phrases they stand in.

A pair such as 个港 says nothing to a reader. Where nearly all its occurrences in a theme go on with the same letter,
it is a piece of something longer, and that is shown. No dictionary is needed, and a name that no dictionary has is
found as well: a word ends where what follows it varies (Harris 1955, Language 31:190).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from undertow.text.normalise import NO_SPACES

GOES_ON = 0.6
"""Share of its occurrences with the same next letter from which a phrase goes on."""

LONGEST = 12
"""Letters of a phrase."""

_PAIR = re.compile(f"[{NO_SPACES}]{{2}}")
_RUN = re.compile(f"[{NO_SPACES}]+")


def phrases(candidates: Sequence[str], texts: Sequence[Sequence[str]], number: int) -> tuple[str, ...]:
    """The first ``number`` of ``candidates`` that are not part of each other, pairs of letters grown to phrases.

    ``candidates``: words, best first; ``texts``: the words of the theme's texts.

    >>> texts = [tuple("保卫同一个港口"), tuple("同一个港口之夜"), ("同", "一", "个", "港", "口", "harbour")]
    >>> phrases(["个港", "同一", "harbour", "港口"], texts, 3)
    ('同一个港口', 'harbour')
    """
    runs = (
        [run for text in texts for run in _RUN.findall(_joined(text))] if any(map(_PAIR.match, candidates)) else []
    )
    shown: list[str] = []
    for word in candidates:
        if len(shown) == number:
            break
        if any(word in longer for longer in shown):
            continue
        phrase = _grown(word, runs) if _PAIR.fullmatch(word) else word
        if phrase not in shown:
            shown = [shorter for shorter in shown if not (_PAIR.match(shorter) and shorter in phrase)]
            shown.append(phrase)
    return tuple(shown)


def _joined(words: Sequence[str]) -> str:
    """Letters of scripts without spaces side by side, a space in the place of anything else."""
    return "".join(word if _RUN.fullmatch(word) else " " for word in words)


def _grown(pair: str, runs: Sequence[str]) -> str:
    begins = re.compile(f"(?={pair})")  # also where it overlaps itself
    places = [(run, found.start()) for run in runs for found in begins.finditer(run)]
    phrase = pair
    while len(phrase) < LONGEST and places:
        after = Counter(run[at + len(phrase)] for run, at in places if at + len(phrase) < len(run))
        before = Counter(run[at - 1] for run, at in places if at > 0)
        (letter, times), ahead = max(
            (*((each, True) for each in after.most_common(1)), *((each, False) for each in before.most_common(1))),
            key=lambda best: best[0][1],
            default=(("", 0), True),
        )
        if times < GOES_ON * len(places):
            break
        if ahead:
            places = [(run, at) for run, at in places if run[at + len(phrase) : at + len(phrase) + 1] == letter]
            phrase += letter
        else:
            places = [(run, at - 1) for run, at in places if at > 0 and run[at - 1] == letter]
            phrase = letter + phrase
    return phrase
