"""Words, and small parts of findings, that the findings on narratives share."""

from __future__ import annotations

import re

QUESTION = "Which stories are told, and when do they change?"

LONGEST = 200
"""Letters of a post that a table shows; the posts behind it have the whole."""

ALTERNATIVES = (
    "News makes everybody speak of the same: a theme is a subject, not an order to speak of it",
    "Words are counted, not meanings: irony, quotation and denial use the words of what they deny",
)

_MENTION = re.compile(r"@\w+")
_LINK = re.compile(r"https?://\S+")


def excerpt(text: str) -> str:
    """The beginning of a post without links and names of accounts.

    >>> excerpt("@someone the harbour https://t.co/1")
    '@… the harbour'
    """
    shown = " ".join(_MENTION.sub("@…", _LINK.sub("", text)).split())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1].rstrip()}…"
