"""HTML entities in texts: where a platform's interface escapes its texts, ``&amp;`` stands for the ``&`` that was written.

Tables keep texts as received; what compares texts or takes their words decodes them first.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import name2codepoint

_ENTITY = re.compile(rf"&(?:#\d{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}}|apos|{'|'.join(name2codepoint)});")


def decode_entities(text: str) -> str:
    """``text`` with the entities of HTML 4 as the characters that they stand for, also those that were escaped twice.

    Only with their semicolon, so that ``?a=1&copy=2`` in a link stays what it is.

    >>> decode_entities("Q&amp;A &lt;3 caf&eacute; &amp;amp; R&D &unknown;")
    'Q&A <3 café & R&D &unknown;'
    """
    for _ in range(2):
        if "&" not in text or ";" not in text:
            break
        text = _ENTITY.sub(lambda found: unescape(found.group()), text)
    return text
