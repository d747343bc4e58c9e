"""Words that the findings on text families share."""

from __future__ import annotations

import re

from undertow.analyses.text_families.template import Template
from undertow.text.normalise import NO_SPACES

QUESTION = "Who says the same words, and in which languages?"

LONGEST = 300
"""Letters of a text or template that a table shows; the posts behind it have the whole."""

NULL = (
    "accounts choose their words by themselves, out of the phrases that the posts outside the family use, and whenever "
    "they post"
)
"""The null of both tests of a family, and of the findings that rest on them."""

ORGANIC = (
    "Ordinary communities copy too: measured in the same way, 0.2% to 1.7% of the posts of two conferences, of "
    "politicians and of a random stream, and 12.9% among teachers who passed on each other's announcements"
)
"""False-positive rates, from docs/explanation/text_families.md."""

ALTERNATIVES = (
    ORGANIC,
    "Quotations, slogans, headlines, press releases and petitions that circulate without anyone arranging it",
    "Open campaigns: unions, parties and fan communities whose members post a text that was handed out",
    "Reposts that the source does not mark as such count as copies",
)


def cut(text: str, longest: int = LONGEST) -> str:
    """``text``, cut to ``longest`` letters with a mark where something is left out.

    >>> cut("the harbour lights", 12), cut("short")
    ('the harbour…', 'short')
    """
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


_GAP = re.compile(rf"(?<=[{NO_SPACES}]) (?=[{NO_SPACES}])")


def shown(template: Template) -> str:
    """A template as people read it: no spaces between letters of scripts that write none."""
    return _GAP.sub("", str(template))


def hours(value: float) -> str:
    """A duration in the unit that suits it.

    >>> hours(0.0), hours(0.5), hours(30.2), hours(2400)
    ('within a minute', '30 minutes', '30 hours', '100 days')
    """
    if value < 1 / 60:
        return "within a minute"
    for limit, unit, size in ((2, "minutes", 1 / 60), (72, "hours", 1)):
        if value < limit:
            return f"{value / size:.0f} {unit}"
    return f"{value / 24:.0f} days"
