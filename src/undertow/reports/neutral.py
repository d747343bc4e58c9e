"""Text from posts made safe to show: nothing in it may steer a terminal, a browser or the reading direction.

Escaping for HTML is the template engine's work; this is about characters that no escaping touches.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb\ufffe\uffff]"
)
_ISOLATES = "\u2066\u2067\u2068"
_POP_ISOLATE = "\u2069"
_REPLACEMENT = "\ufffd"


def neutral(text: str) -> str:
    r"""``text`` without characters that act instead of showing.

    C0 controls become their Unicode pictures (line feed and tab stay), C1 controls, lone surrogates and
    noncharacters U+FFFD, line and paragraph separators a line feed. Embeddings and overrides of the writing
    direction are named in brackets; isolates stay where they are balanced, for they cannot reach beyond
    themselves.

    >>> neutral("a\x1b[31mb\u202ec")
    'a␛[31mb[U+202E]c'
    """
    if text.isascii() and text.isprintable():
        return text
    keep_isolates = _balanced(text)

    def replace(match: re.Match[str]) -> str:
        character = match.group()
        code = ord(character)
        if character in "\r\u2028\u2029":
            return "\n"
        if code < 0x20:
            return chr(0x2400 + code)
        if code == 0x7F:
            return "\u2421"
        if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
            return character if keep_isolates and code >= 0x2066 else f"[U+{code:04X}]"
        return _REPLACEMENT

    return _STEERING.sub(replace, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int | None = None) -> str:
    """``text`` neutralised, on one line, cut to ``limit`` characters with an ellipsis.

    >>> one_line("two\\n  lines of text", 10)
    'two lines…'
    """
    line = " ".join(neutral(text).split())
    if limit is None or len(line) <= limit:
        return line
    cut = line[: limit - 1]
    open_isolates = sum(cut.count(mark) for mark in _ISOLATES) - cut.count(_POP_ISOLATE)
    return cut.rstrip() + "…" + _POP_ISOLATE * max(0, open_isolates)


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _POP_ISOLATE:
            depth -= 1
            if depth < 0:
                return False
        elif character in "\n\u2029" and depth:
            return False
    return depth == 0
