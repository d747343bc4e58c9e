"""Texts from small grammars in several languages and scripts; every sentence in them is invented for the project.

A grammar (``data/texts/*.toml``) holds clauses with slots. For each language and topic a pool of clauses is drawn
from it once; a text joins one to four clauses of the pool, so that millions of texts are made by array operations
and rarely coincide.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from undertow.simulation.randomness import stream

Ints = NDArray[np.int64]

TOPICS = ("everyday", "news", "campaign")
EVERYDAY, NEWS, CAMPAIGN = range(3)
LANGUAGES = ("en", "zh", "zh-Hant", "ru", "ar", "es", "in")
"""The grammars: the archive's language codes, with Traditional Chinese apart."""

_SLOT = re.compile(r"\{(\w+)\}")
_POOL = 5000


@dataclass(frozen=True)
class Grammar:
    """One language's grammar as read from its file."""

    code: str
    account: str
    space: str
    stop: str
    names: tuple[str, ...]
    surnames: tuple[str, ...]
    tags: tuple[str, ...]
    campaign_tags: tuple[str, ...]
    short: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]
    topics: Mapping[str, tuple[str, ...]]


def _read(name: str) -> str:
    return resources.files("undertow.simulation").joinpath(f"data/{name}").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def variants() -> Mapping[str, Mapping[str, str]]:
    """Character tables: ``traditional``, ``simplified``, ``lookalike`` (character -> character)."""
    table = tomllib.loads(_read("variants.toml"))
    simple, full = table["chinese"]["simplified"], table["chinese"]["traditional"]
    return MappingProxyType(
        {
            "traditional": dict(zip(simple, full, strict=True)),
            "simplified": dict(zip(full, simple, strict=True)),
            "lookalike": dict(zip(table["lookalikes"]["from"], table["lookalikes"]["to"], strict=True)),
        }
    )


@lru_cache(maxsize=1)
def emoji() -> tuple[str, ...]:
    """The emoji that texts end with."""
    return tuple(tomllib.loads(_read("variants.toml"))["emoji"]["list"])


def translate(text: str, table: str) -> str:
    """``text`` with each character that the named table of :func:`variants` has replaced by its counterpart."""
    return text.translate({ord(old): new for old, new in variants()[table].items()})


def to_traditional(text: str) -> str:
    """Simplified characters of the grammar in their Traditional form.

    >>> to_traditional("灯笼大桥")
    '燈籠大橋'
    """
    return translate(text, "traditional")


@lru_cache(maxsize=16)
def grammar(language: str) -> Grammar:
    """The grammar of one of :data:`LANGUAGES`."""
    text = _read(f"texts/{language.removesuffix('-Hant')}.toml")
    if language == "zh-Hant":
        text = to_traditional(text)
    raw = tomllib.loads(text)
    return Grammar(
        code=raw["code"],
        account="zh-tw" if language == "zh-Hant" else raw["account"],
        space=raw["space"],
        stop=raw["stop"],
        names=tuple(raw["names"]),
        surnames=tuple(raw["surnames"]),
        tags=tuple(raw["tags"]),
        campaign_tags=tuple(raw["campaign_tags"]),
        short=tuple(raw["short"]),
        slots={name: tuple(values) for name, values in raw["slots"].items()},
        topics={name: tuple(values) for name, values in raw["topics"].items()},
    )


def fill(draws: Iterator[int], rules: Grammar, clause: str) -> str:
    """``clause`` with every slot filled from ``draws`` (any non-negative integers), slots inside fillers too."""

    def choose(slot: re.Match[str]) -> str:
        fillers = rules.slots[slot.group(1)]
        return fillers[next(draws) % len(fillers)]

    while "{" in clause:
        clause = _SLOT.sub(choose, clause)
    return clause


def draws(rng: np.random.Generator, count: int) -> Iterator[int]:
    """``count`` integers for :func:`fill`, drawn at once."""
    return iter(rng.integers(0, 2**31, count).tolist())


@lru_cache(maxsize=64)
def _pool(seed: int, language: str, topic: int) -> pa.StringArray:
    rng = stream(seed, "clauses", language, topic)
    rules = grammar(language)
    clauses = rules.topics[TOPICS[topic]]
    numbers = draws(rng, 12 * _POOL)
    drawn = [fill(numbers, rules, clauses[index]) for index in rng.integers(0, len(clauses), _POOL)]
    return pa.array([clause[0].upper() + clause[1:] for clause in drawn], pa.string())


def sentences(rng: np.random.Generator, seed: int, language: str, topic: int, clauses: Ints) -> pa.StringArray:
    """One text for each entry of ``clauses``, joining that many (one to four) clauses of the pool."""
    pool = _pool(seed, language, topic)
    rules = grammar(language)
    joined = pool.take(pa.array(rng.integers(0, len(pool), len(clauses))))
    for extra in range(2, 5):
        more = pool.take(pa.array(rng.integers(0, len(pool), len(clauses))))
        longer = pc.binary_join_element_wise(joined, more, rules.stop + rules.space)
        joined = pc.if_else(pa.array(clauses >= extra), longer, joined)
    return joined


def compose(
    rng: np.random.Generator, seed: int, language: NDArray[np.int8], topic: NDArray[np.int8], short: float
) -> pa.StringArray:
    """Texts for arrays of language and topic indices; a share ``short`` are common phrases of a few words."""
    count = len(language)
    pieces: list[pa.StringArray] = []
    places: list[Ints] = []
    clauses = rng.choice([1, 2, 3, 4], count, p=[0.08, 0.42, 0.35, 0.15])
    phrase = rng.random(count) < short
    for number, name in enumerate(LANGUAGES):
        for kind in range(len(TOPICS)):
            rows = np.flatnonzero((language == number) & (topic == kind) & ~phrase)
            if len(rows):
                pieces.append(sentences(rng, seed, name, kind, clauses[rows]))
                places.append(rows)
        rows = np.flatnonzero((language == number) & phrase)
        if len(rows):
            common = pa.array(grammar(name).short, pa.string())
            pieces.append(common.take(pa.array(rng.integers(0, len(common), len(rows)))))
            places.append(rows)
    if not pieces:
        return pa.array([], pa.string())
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.chunked_array(pieces).combine_chunks().take(pa.array(order))


def decorate(texts: pa.StringArray, suffixes: Sequence[pa.Array]) -> pa.StringArray:
    """``texts`` with each of ``suffixes`` appended after a space where it is not null."""
    return pc.binary_join_element_wise(texts, *suffixes, " ", null_handling="skip")
