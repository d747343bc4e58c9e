"""Folding of texts: what counts as the same text, decided once and in Python.

Engines disagree about case folding and Unicode, so texts are folded here, before they reach a table.
:mod:`undertow.text.normalise` goes further, for texts that were altered to look different.
"""

from __future__ import annotations

import re
import unicodedata

import xxhash

_LINK = re.compile(r"https?://\S+")


def fold(text: str) -> str:
    """``text`` as compared: links out, NFKC, case folded, white space runs to one space, ends trimmed.

    >>> fold("  Ｈello   WORLD https://t.co/abc ")
    'hello world'
    """
    if "http" in text:
        text = _LINK.sub(" ", text)
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    if (
        folded.isprintable() and "  " not in folded
    ):  # the only white space is single spaces: most texts, and cheaper
        return folded.strip(" ")
    return " ".join(folded.split())


def text_key(text: str | None) -> str | None:
    """16 hex digits that two posts share when their folded texts are equal; null when nothing is left.

    >>> text_key("Hello") == text_key("hello https://t.co/x")
    True
    """
    if text is None:
        return None
    folded = fold(text)
    return xxhash.xxh3_64_hexdigest(folded.encode("utf-8", "surrogatepass")) if folded else None
