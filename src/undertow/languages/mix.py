"""Languages of an account: how mixed, and how it switches."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LanguageMix:
    """One account: posts by language (commonest first), ``unknown`` posts, the ``effective`` number of languages
    (exp of the Shannon entropy of the shares), and ``switches``: pairs of its successive posts in known languages
    that differ, of ``successions`` such pairs. ``expected_switches`` is what random order would give: successions
    times one minus the chance that two of its posts drawn without replacement share the language; far fewer means
    that languages were used one after the other (an account with a second life), not side by side.
    """

    posts: tuple[tuple[str, int], ...]
    unknown: int
    effective: float
    switches: int
    successions: int
    expected_switches: float


def language_mix(
    accounts: Sequence[str], languages: Sequence[str | None], times: Sequence[int | None]
) -> dict[str, LanguageMix]:
    """The mix of each account, by account id; posts without a time come last, in the order given.

    ``times`` are any comparable numbers. Raises ValueError when the lengths differ.

    >>> language_mix(["a"] * 4, ["en", "zh", "en", "zh"], [1, 2, 3, 4])["a"].switches
    3
    """
    by_account: dict[str, list[tuple[bool, int, int, str | None]]] = defaultdict(list)
    for number, (account, language, time) in enumerate(zip(accounts, languages, times, strict=True)):
        by_account[account].append((time is None, time or 0, number, language))
    return {
        account: _mix([post[3] for post in sorted(posts, key=_order)])
        for account, posts in sorted(by_account.items())
    }


def _order(post: tuple[bool, int, int, str | None]) -> tuple[bool, int, int]:
    return post[:3]


def _mix(languages: Sequence[str | None]) -> LanguageMix:
    known = [language for language in languages if language is not None]
    counts = Counter(known)
    total = len(known)
    entropy = -sum(count / total * math.log(count / total) for count in counts.values())
    same = sum(count * (count - 1) for count in counts.values()) / (total * (total - 1)) if total > 1 else 0.0
    successions = max(0, total - 1)
    return LanguageMix(
        posts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        unknown=len(languages) - total,
        effective=math.exp(entropy) if total else 0.0,
        switches=sum(a != b for a, b in itertools.pairwise(known)),
        successions=successions,
        expected_switches=successions * (1 - same),
    )
