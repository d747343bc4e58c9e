"""Words that the findings on second lives share."""

from __future__ import annotations

import re

QUESTION = "Did accounts change hands: repurposed, bought or stolen?"

ALTERNATIVES = (
    "An owner who comes back after a long time in another country, with another language, phone and circle",
    "The same owner who puts the account to another use: what is seen is the use, not the hand",
    "An account handed over openly: of an office, a club or a brand, or one that was renamed",
    "Bilingual people and people who move: what they keep (part of the language, partners, hours) is what the rule "
    "asks for",
    "A new client or phone, or deleting old posts: each of them alone is common, and counts for one kind of evidence",
)

NULL = (
    "one hand: the days' languages, clients and hours are spread over the two sides of a moment as over all days (which "
    "resemble their neighbours), partners and topics of before come back as often as at other times, and what was seen to "
    "happen to "
    "the account happened at any time"
)

_TAG = re.compile(r"<[^<>]*>")


def client_name(client: str | None) -> str:
    """A client's name as people read it: some exports give it as a link.

    >>> client_name('<a href="https://example.org" rel="nofollow">Some Client</a>'), client_name(None)
    ('Some Client', 'unknown')
    """
    return (_TAG.sub("", client).strip() or client) if client else "unknown"


def language_name(code: str | None) -> str:
    """A language as it stands in a sentence: its code.

    >>> language_name("ru"), language_name(None)
    ('ru', 'unknown')
    """
    return code or "unknown"


def clock_hour(hour: int | None) -> str:
    """An hour of the day (UTC).

    >>> clock_hour(7), clock_hour(None)
    ('07:00 UTC', 'unknown hours')
    """
    return "unknown hours" if hour is None else f"{hour:02d}:00 UTC"
