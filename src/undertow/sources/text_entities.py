"""Hashtags, links and mentions that stand in a text, for sources that have no columns of them.

The rules are those that people know from Twitter: a hashtag has a letter and stands after no letter or ``&``; a mention
stands after no letter, so that an address of e-mail is none. What an ellipsis cuts off is left out, for it is another
word or link; and so are links of ``t.co``, which are different in every post and hide where they lead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from undertow.sources.links import domain
from undertow.sources.row_types import Url
from undertow.text.entities import decode_entities

READABLE = ("hashtags", "urls", "mentioned_handles")
"""The columns of ``posts`` that can be read from its text."""

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u200c"
_LINK = re.compile(r"https?://[^\s<>\"'“”«»…]++(?!…)", re.IGNORECASE)
_CUT_LINK = re.compile(r"https?://\S*", re.IGNORECASE)
_HASHTAG = re.compile(rf"(?<![\w{_MARKS}&/#＃@])[#＃]((?=[\d_]*[^\W\d_])[\w{_MARKS}]++)(?![…#＃]|://)")
_MENTION = re.compile(r"(?<![\w!#$%&*@＠/])[@＠]([A-Za-z0-9_]{1,30}+)(?![\w…@＠\u00c0-\u024f]|://)")
_HIDDEN = frozenset({"t.co"})


def hashtags(text: str) -> list[str]:
    """The hashtags of ``text`` in order, without #, as written.

    >>> hashtags("#QuédateEnCasa, not #1 or x#y; #नमस्ते #cut…")
    ['QuédateEnCasa', 'नमस्ते']
    """
    return _HASHTAG.findall(_CUT_LINK.sub(" ", text)) if "#" in text or "＃" in text else []


def mentioned_handles(text: str) -> list[str]:
    """The handles that ``text`` mentions in order, without @, as written.

    >>> mentioned_handles("RT @Ann: .@bob_1 and a@example.org, @cut…")
    ['Ann', 'bob_1']
    """
    return _MENTION.findall(_CUT_LINK.sub(" ", text)) if "@" in text or "＠" in text else []


def urls(text: str) -> list[Url]:
    """The links of ``text`` in order.

    >>> [link["raw"] for link in urls("(see https://example.org/a_(b)?c=1), https://t.co/x https://exam…")]
    ['https://example.org/a_(b)?c=1']
    """
    if "://" not in text:
        return []
    found: list[Url] = []
    for raw in _LINK.findall(text):
        link = raw.rstrip(".,;:!?…")
        while link.endswith(")") and link.count(")") > link.count("("):
            link = link[:-1].rstrip(".,;:!?")
        host = domain(link)
        if host is not None and host not in _HIDDEN:
            found.append({"raw": link, "expanded": None, "unwound": None, "domain": host})
    return found


_READ: Mapping[str, Callable[[str], object]] = {
    "hashtags": hashtags,
    "mentioned_handles": mentioned_handles,
    "urls": urls,
}


def read_from(texts: Sequence[str | None], column: str) -> list[object]:
    """The values of ``column`` (of :data:`READABLE`) for each of ``texts``; null without a text."""
    read = _READ[column]
    return [None if text is None else read(decode_entities(text)) for text in texts]
