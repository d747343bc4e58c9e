"""Handles: patterns, families and sequences."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from undertow.analyses.account_origins.names import (
    NUMBERED,
    OTHER,
    RANDOM,
    SUGGESTED,
    TWO_WORDS,
    families,
    pattern,
    readable,
)


def test_patterns_of_handles() -> None:
    of = {
        SUGGESTED: ["Maria48201957", "иван12345678", "jo_12345678"],
        NUMBERED: ["anna20394", "news123456789012"],
        RANDOM: ["sV8jxdXfJwDNZns", "08RI7yBfs3XkWjF", "1z23z2", "hGvsgsa"],
        TWO_WORDS: ["AnnaLund", "Anna_Lund12"],
        OTHER: ["lund", "anna1987", "MIT", "grey_harbour", "x"],
    }
    assert {name: pattern(name) for names in of.values() for name in names} == {
        name: wanted for wanted, names in of.items() for name in names
    }


def test_hashes_are_no_handles() -> None:
    assert readable("vMm2zemFOF7kmXoDyX24Bo+TorqhNutpZlATYyxsE=") is None
    assert readable(None) is None
    assert readable("lund") == "lund"


def test_families_share_a_stem_or_differ_by_one_character() -> None:
    handles = [
        "harbour_01", "harbour_02", "harbour3", "greylantern", "greylanternx", "greylanter", "alone", None,
        "anna1", "anna2", "anna3",
    ]  # fmt: skip
    found = families(handles)
    assert found.family.tolist() == [0, 0, 0, 1, 1, 1, -1, -1, -1, -1, -1]
    assert found.number == 2
    assert found.in_sequence.tolist() == [False] * 8 + [True] * 3


def near(one: str, other: str) -> bool:
    """Whether the two become equal when at most one character of each is taken out."""

    def shortened(text: str) -> set[str]:
        return {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}

    return one != other and bool(shortened(one) & shortened(other))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("12", min_size=8, max_size=10), min_size=3, max_size=8, unique=True))  # digits: no stems
def test_families_hold_every_chain_of_near_handles(handles: list[str]) -> None:
    found = families(handles)
    for at, one in enumerate(handles):
        alike = [number for number, other in enumerate(handles) if near(one, other)]
        if len(alike) >= 2:
            assert found.family[at] >= 0
            assert {int(found.family[number]) for number in alike} == {int(found.family[at])}
        if not alike:
            assert found.family[at] == -1
