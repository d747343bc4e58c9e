"""When two handles, or two domains, are the same, and when they only look the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from undertow.text.lookalikes import twins
from undertow.watchlists.classes import data_lines


def fold_handle(handle: str) -> str:
    """A handle as compared: without @, case and width folded.

    >>> fold_handle("@Example_News")
    'example_news'
    """
    plain = handle.strip().removeprefix("@")
    return plain.lower() if plain.isascii() else unicodedata.normalize("NFKC", plain).casefold()


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    return tuple((written, compared) for written, compared in data_lines("handle_lookalikes.tsv"))


@cache
def _latin() -> Mapping[int, str]:
    """Letters of other scripts -> the Latin letter that they look like."""
    return {ord(letter): found["Latin"] for letter, found in twins().items() if "Latin" in found}


def skeleton(name: str) -> str:
    """What is left of a handle or domain when everything that looks alike is written alike.

    Unequal names with one skeleton may be taken for each other; equal names always share it.

    >>> skeleton("Xinhua_News") == skeleton("XlNHUA_NEWS_"), skeleton("rnodern") == skeleton("modern")
    (True, True)
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).translate(_latin())
    folded = name.casefold()
    for written, compared in _pairs():
        folded = folded.replace(written, compared)
    return folded.replace("_", "").replace("-", "")


def decoded_domain(domain: str) -> str:
    """A domain with its Punycode labels decoded, as a reader sees it.

    >>> decoded_domain("xn--mnchen-3ya.de")
    'münchen.de'
    """
    labels = []
    for label in domain.split("."):
        try:
            labels.append(label.encode("ascii").decode("idna") if label.startswith("xn--") else label)
        except (UnicodeError, ValueError):
            labels.append(label)  # not Punycode after all: compared as it is written
    return ".".join(labels)
