"""The language of a post: the platform's tag where it can be trusted, otherwise the text's own.

A tag is *kept* when the text is in a script that the language is written in and has no letters that the language
lacks ("этот" is not Ukrainian, whatever the tag). A kept ``zh`` is made ``zh-Hans`` or ``zh-Hant`` where the
characters tell. A tag that does not fit is *overruled* by what :func:`undertow.languages.detect.detect` finds. What
has no letters keeps no language. Tags of languages without rules here are kept when the script is not that of a
single other language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from undertow.languages.detect import Detected, detect, only_language, possible, scripts_of, words_of
from undertow.languages.scripts import chinese_script, main_script

Source = Literal["tag", "text", "unknown"]

_WRITTEN_IN = {
    "ar": ("Arab",), "az": ("Latn", "Cyrl", "Arab"), "be": ("Cyrl",), "bg": ("Cyrl",), "bn": ("Beng",),
    "ckb": ("Arab",), "fa": ("Arab",), "he": ("Hebr",), "hi": ("Deva", "Latn"), "ja": ("Jpan", "Hani"),
    "kk": ("Cyrl", "Latn"), "ko": ("Hang", "Hani"), "ku": ("Latn", "Arab"), "ky": ("Cyrl",), "mk": ("Cyrl",),
    "mn": ("Cyrl", "Mong"), "mr": ("Deva",), "ne": ("Deva",), "pa": ("Guru", "Arab"), "ps": ("Arab",),
    "ru": ("Cyrl",), "sd": ("Arab", "Deva"), "sr": ("Cyrl", "Latn"), "tg": ("Cyrl",), "tt": ("Cyrl", "Latn"),
    "uk": ("Cyrl",), "ur": ("Arab", "Latn"), "uz": ("Latn", "Cyrl"), "yi": ("Hebr",), "zh": ("Hani", "Bopo"),
}  # fmt: skip
"""Scripts of languages that are not written in Latin, or not only."""


@dataclass(frozen=True)
class Spoken:
    """The ``language`` of a post (BCP 47, None when unknown), where it is from (``tag``, ``text`` or ``unknown``),
    whether a tag was ``overruled``, and the ``script`` of most letters (as in :class:`Detected`)."""

    language: str | None
    source: Source
    overruled: bool
    script: str | None


def fits(tag: str, text: str) -> bool:
    """Whether ``text`` (without links, mentions and hashtags) can be in the language of a BCP 47 ``tag``.

    >>> fits("uk", "Этот порт зимой"), fits("ru", "Этот порт зимой"), fits("en", "Этот порт зимой")
    (False, True, False)
    """
    script = main_script(text)
    return script is not None and _fits(tag, text, script)


def _fits(tag: str, text: str, script: str) -> bool:
    """:func:`fits` for a text of known main script."""
    code = tag.split("-", maxsplit=1)[0]
    single = only_language(script)
    expected = _WRITTEN_IN.get(code)
    if expected is None:
        if single is not None:
            return single == code
        expected = scripts_of(code) or ("Latn",)
    if script not in expected:
        return False
    left = possible(text, script)
    return code in left or code not in possible("", script)


def spoken(text: str | None, tag: str | None) -> Spoken:
    """The language of a post with this text and platform tag (BCP 47 or None).

    >>> spoken("Этот порт обслуживает рейсы", "uk").overruled
    True
    >>> spoken("gm", "en")
    Spoken(language='en', source='tag', overruled=False, script='Latn')
    """
    words = words_of(text) if text else ""
    script = main_script(words)
    if script is None:
        return Spoken(None, "unknown", overruled=False, script=None)
    if tag is not None and _fits(tag, words, script):
        code = tag.split("-")[0]
        if code != "zh":
            return Spoken(tag, "tag", overruled=False, script=script)
        chinese = chinese_script(words)
        told = chinese in ("Hans", "Hant")
        shown = chinese if chinese != "either" else "Hani"
        return Spoken(f"zh-{chinese}" if told else "zh", "tag", overruled=False, script=shown)
    found: Detected = detect(words)
    if found.language is None:
        return Spoken(None, "unknown", overruled=tag is not None, script=found.script)
    return Spoken(found.language, "text", overruled=tag is not None, script=found.script)


def spoken_all(texts: Sequence[str | None], tags: Sequence[str | None]) -> list[Spoken]:
    """:func:`spoken` of each post, once for equal texts with equal tags.

    Raises ValueError when there are not as many tags as texts.
    """
    known: dict[tuple[str | None, str | None], Spoken] = {}
    found = []
    for pair in zip(texts, tags, strict=True):
        if pair not in known:
            known[pair] = spoken(*pair)
        found.append(known[pair])
    return found
