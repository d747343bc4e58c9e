"""The language of a text by its letters: script first, then alphabet, then a detector among what is left.

The detector is py3langid (BSD licence, its model of 5 MB inside the package; nothing is downloaded). It never sees
languages that the text's script or letters rule out, which is what makes it reliable on Cyrillic. It says nothing
of texts under :data:`MIN_LETTERS` letters, or when its best guess has a probability under :data:`MIN_CONFIDENCE`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from undertow.languages.scripts import chinese_script, main_script, script_of

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_LETTERS = 15
"""Fewest letters of an alphabet for the detector to be asked."""

MIN_CONFIDENCE = 0.6
"""Smallest probability of the best guess that is taken for an answer."""

IMPOSSIBLE_SHARE = 0.02
"""Share of letters outside a language's alphabet up to which a text may still be in it (names, quotations)."""

_NOISE = re.compile(r"https?://\S+|(?<!\w)[@#]\w+|\brt\b", re.IGNORECASE)


@dataclass(frozen=True)
class Detected:
    """``language`` (BCP 47; ``zh-Hans`` and ``zh-Hant`` where the characters tell; None when it cannot be said),
    the ``script`` of most letters (ISO 15924; ``Hans``, ``Hant``, ``mixed`` or ``Hani`` for Chinese) and the
    ``confidence``: 1 where the script or the alphabet decides, else the detector's probability."""

    language: str | None
    script: str | None
    confidence: float


@cache
def _alphabets() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Script -> language -> its letters; an empty set where the letters do not rule languages out."""
    found: dict[str, Mapping[str, frozenset[str]]] = {}
    for script, rules in _rules().items():
        if script == "only":
            continue
        if "languages" in rules:
            found[script] = dict.fromkeys(rules["languages"], frozenset())
        else:
            common = set(rules["common"])
            found[script] = {code: frozenset(common | set(own)) for code, own in rules.items() if code != "common"}
    return found


@cache
def _rules() -> dict[str, dict[str, str]]:
    text = resources.files("undertow.languages").joinpath("data/alphabets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def only_language(script: str) -> str | None:
    """The language that a script is (nearly) only used for, None where there are several."""
    return _rules()["only"].get(script)


@cache
def scripts_of(language: str) -> tuple[str, ...]:
    """The scripts that are (nearly) only used for ``language``."""
    return tuple(script for script, code in _rules()["only"].items() if code == language)


@cache
def written_in(language: str) -> frozenset[str]:
    """The scripts that ``language`` (BCP 47) is usually written in; empty for a language that is not known here.

    >>> sorted(written_in("sr")), sorted(written_in("ja")), written_in("und")
    (['Cyrl'], ['Hani', 'Jpan'], frozenset())
    """
    code = language.partition("-")[0]
    found = {script for script, alphabet in _alphabets().items() if code in alphabet} | set(scripts_of(code))
    return frozenset(found | ({"Hani"} if "Jpan" in found else set()))


def possible(text: str, script: str) -> tuple[str, ...]:
    """The known languages of ``script`` whose alphabet has the letters of ``text``; none when no alphabet fits.

    >>> possible("Этот порт зимой", "Cyrl"), possible("Київ", "Cyrl")
    (('ru', 'be', 'kk', 'ky', 'mn'), ('uk',))
    """
    known = _alphabets().get(script, {})
    if not any(known.values()):
        return tuple(known)
    counts = {letter: n for letter, n in Counter(text.casefold()).items() if script_of(letter) == script}
    allowed = IMPOSSIBLE_SHARE * sum(counts.values())
    return tuple(
        code
        for code, alphabet in known.items()
        if not alphabet or sum(count for letter, count in counts.items() if letter not in alphabet) <= allowed
    )


@cache
def _model() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=64)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = copy(_model())  # the tables are shared; restricting replaces the copy's views of them
    known = set(identifier.labels)
    identifier.set_languages([code for code in languages if code in known])
    return identifier


def words_of(text: str) -> str:
    """``text`` without its links, mentions and hashtags."""
    return " ".join(_NOISE.sub(" ", text).split())


def detect(text: str) -> Detected:
    """The language of ``text``, links, mentions and hashtags aside.

    >>> detect("Les chats du vieux port sont gris cet hiver").language
    'fr'
    >>> detect("燈籠大橋給我們帶來光明"), detect("lol").language
    (Detected(language='zh-Hant', script='Hant', confidence=1.0), None)
    """
    words = words_of(text)
    script = main_script(words)
    if script is None:
        return Detected(None, None, 0.0)
    if script in ("Hani", "Bopo"):
        chinese = chinese_script(words)
        if chinese in ("Hans", "Hant"):
            return Detected(f"zh-{chinese}", chinese, 1.0)
        return Detected("zh", "mixed" if chinese == "mixed" else "Hani", 1.0)
    only = only_language(script)
    if only is not None:
        return Detected(only, script, 1.0)
    left = possible(words, script) or tuple(_alphabets().get(script, ()))
    if len(left) == 1:
        return Detected(left[0], script, 1.0)
    if not left or sum(map(str.isalpha, words)) < MIN_LETTERS:
        return Detected(None, script, 0.0)
    language, confidence = _identifier(left).classify(words)
    if confidence < MIN_CONFIDENCE:
        return Detected(None, script, float(confidence))
    return Detected("no" if language == "nb" else str(language), script, float(confidence))


def detect_all(texts: Sequence[str | None], *, workers: int = 1) -> list[Detected]:
    """:func:`detect` of each text, once for equal texts; ``workers`` processes share the distinct ones."""
    distinct = list(dict.fromkeys(text for text in texts if text))
    known = dict(zip(distinct, _each(distinct, workers), strict=True))
    return [known[text] if text else Detected(None, None, 0.0) for text in texts]


def _each(texts: Sequence[str], workers: int) -> Iterable[Detected]:
    if workers <= 1 or len(texts) < 2000:
        return [detect(text) for text in texts]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(detect, texts, chunksize=max(500, len(texts) // (workers * 16))))
