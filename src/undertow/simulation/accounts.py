"""Accounts' outward signs: ids, handles, names, profiles, followers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from undertow.simulation.blocks import Ints, Roster, account_numbers, hashed
from undertow.simulation.texts import LANGUAGES, grammar

_MARK = "Synthetic account of a simulation, not a person."
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

HANDLE_STYLES = ("suggested", "random", "sequence", "chosen")
"""A name with eight digits as platforms suggest it, random letters, numbered, chosen by the owner."""


def _handle(rng: np.random.Generator, style: str, serial: int) -> str:
    latin = grammar("en")
    name = latin.names[int(rng.integers(len(latin.names)))]
    surname = latin.surnames[int(rng.integers(len(latin.surnames)))]
    if style == "suggested":
        return f"{name}{int(rng.integers(10**7, 10**8))}"
    if style == "random":
        return "".join(_LETTERS[index] for index in rng.integers(0, len(_LETTERS), 15))
    if style == "sequence":
        return f"{surname.lower()}_{serial:06d}"
    return f"{name.lower()}{('', '_', 'x')[int(rng.integers(3))]}{surname.lower()}{int(rng.integers(1000))}"


def make_roster(
    rng: np.random.Generator,
    *,
    seed: int,
    first_number: int,
    parity: int,
    created: Ints,
    language: NDArray[np.int8],
    style: NDArray[np.int8],
    followers: Ints,
    hash_below: int,
    empty_profiles: float,
) -> Roster:
    """The accounts with serial numbers from ``first_number``; ``parity`` keeps two populations' ids apart.

    ``language`` indexes LANGUAGES and ``style`` HANDLE_STYLES. An account with fewer than ``hash_below``
    followers appears under its hash, as id, name and handle.
    """
    count = len(created)
    serial = first_number + np.arange(count)
    numbers = account_numbers(created, serial * 2 + parity)
    shown: list[str] = []
    handles: list[str] = []
    names: list[str] = []
    empty = rng.random(count) < empty_profiles
    draws = rng.integers(0, 2**31, (count, 2))
    for index in range(count):
        if followers[index] < hash_below:
            code = hashed(int(numbers[index]), seed)
            shown.append(code)
            handles.append(code)
            names.append(code)
        else:
            shown.append(str(numbers[index]))
            handles.append(_handle(rng, HANDLE_STYLES[int(style[index])], int(serial[index])))
            rules = grammar(LANGUAGES[int(language[index])])
            name = rules.names[int(draws[index, 0]) % len(rules.names)]
            names.append(f"{name}{rules.space}{rules.surnames[int(draws[index, 1]) % len(rules.surnames)]}")
    towns = rng.integers(1, 200, count)
    return Roster(
        number=numbers,
        shown=shown,
        handle=handles,
        display=names,
        location=[f"synthetic town {town}" for town in towns],
        description=["" if none else _MARK for none in empty],
        profile_url=[
            "" if none else f"https://synthetic-{town}.example" for none, town in zip(empty, towns, strict=True)
        ],
        followers=followers,
        following=np.minimum(rng.lognormal(4.5, 1.2, count), 20_000).astype(np.int64),
        created=created,
        language=[grammar(LANGUAGES[int(code)]).account for code in language],
    )
