"""Ready-made texts: share buttons, applications, greetings, bare hashtags, headlines on one link.

Sharing one is evidence of nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from undertow.text.normalise import normalise

ONLY_TAGS = "hashtags only"
"""The kind of text that has no words beside hashtags: sharing those is taking part in a topic."""


@cache
def _conventions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = resources.files(__package__).joinpath("data/conventions.toml").read_text(encoding="utf-8")
    return tuple((rule["kind"], re.compile(rule["pattern"], re.IGNORECASE)) for rule in tomllib.loads(text)["rule"])


def conventional(raw_texts: Iterable[str], *, share: float = 0.5) -> tuple[str, ...]:
    """What kinds of ready-made text (``data/conventions.toml``: share buttons, applications, greetings, ...) at
    least ``share`` of a family's raw texts are; a name for each, commonest first. None is evidence of anything.

    >>> conventional(["I added a video to a @YouTube playlist https://t.co/1", "good morning"])
    ('share button', 'greeting')
    """
    texts = list(raw_texts)
    found: Counter[str] = Counter()
    for text in texts:
        found.update({kind for kind, pattern in _conventions() if pattern.search(text)})
        if not normalise(text).body:
            found[ONLY_TAGS] += 1
    kinds = [*(kind for kind, _ in _conventions()), ONLY_TAGS]
    order = {kind: number for number, kind in reversed(list(enumerate(kinds)))}
    return tuple(
        kind
        for kind, count in sorted(found.items(), key=lambda item: (-item[1], order[item[0]]))
        if count >= share * len(texts)
    )


@dataclass(frozen=True)
class Circulation:
    """Signs of a headline passed on: the share of posts with a link, the share of the commonest link, and how many
    different domains. A headline on one link, posted by many, needs no agreement between them."""

    with_link: float
    commonest_link: str | None
    commonest_share: float
    domains: int

    @property
    def headline(self) -> bool:
        """Most posts carry a link, and most of those the same one."""
        return self.with_link >= 0.8 and self.commonest_share >= 0.5


def circulation(links: Sequence[Sequence[str]]) -> Circulation:
    """How the posts of a family are tied to links: ``links`` gives each post's, unwound as far as known."""
    linked = [set(found) for found in links if found]
    counts = Counter(link for found in linked for link in found)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    domains = {link.split("://")[-1].split("/")[0].lower() for link in counts}
    return Circulation(
        with_link=len(linked) / len(links) if links else 0.0,
        commonest_link=ranked[0][0] if ranked else None,
        commonest_share=ranked[0][1] / len(linked) if ranked else 0.0,
        domains=len(domains),
    )
