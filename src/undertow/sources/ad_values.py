"""Values of ad libraries in every writing that occurs: ranges, lists of texts, regions with their shares.

A range has a lower and an upper bound. Its writings: an object ``{"lower_bound": "100", "upper_bound": "199"}``, the
same as text, ``lower_bound: 100, upper_bound: 199``, ``100-199``, ``1K-5K``, ``>1M``, and in reports ``≤100`` or an
exact amount. A missing upper bound means that there is none; a missing lower bound is 0, for nothing less is possible.
"""

from __future__ import annotations

import ast
import json
import math
import re
from functools import cache
from importlib import resources
from typing import NamedTuple

from undertow.sources.jsonl_records import JsonValue
from undertow.sources.row_types import Region

_LARGEST = 2**63 - 1
_NUMBER = r"(\d{1,3}(?:[, \u00a0\u202f]\d{3})+|\d+)(?:\.0+)?\s*([KkMm])?"
_ONE = re.compile(_NUMBER)
_PAIR = re.compile(rf"{_NUMBER}\s*(?:-|–|—|\.\.|to)\s*{_NUMBER}")
_AT_MOST = re.compile(rf"(?:≤|<=|<|â‰¤)\s*{_NUMBER}")  # the last is "≤" after a wrong decoding, as reports come
_AT_LEAST = re.compile(rf"(?:(?:≥|>=|>)\s*{_NUMBER}|{_NUMBER}\s*\+)")
_LABELLED = re.compile(r"['\"]?(lower_bound|upper_bound)['\"]?\s*:\s*['\"]?([^,'\"}]*)['\"]?")
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}


class Bounds(NamedTuple):
    """A range; ``high`` is None where it has no upper bound."""

    low: int
    high: int | None


def bounds(value: JsonValue) -> Bounds | None:
    """The range that ``value`` writes; ValueError when it is no range, None when there is none.

    >>> bounds({"lower_bound": "100", "upper_bound": "199"}), bounds("1K-5K"), bounds("≤100"), bounds("lower_bound: 9")
    (Bounds(low=100, high=199), Bounds(low=1000, high=5000), Bounds(low=0, high=100), Bounds(low=9, high=None))
    """
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        return _checked(_whole(value.get("lower_bound")), _whole(value.get("upper_bound")))
    if isinstance(value, str):
        return _of_text(value.strip())
    exact = _whole(value)
    return _checked(exact, exact)


def _of_text(text: str) -> Bounds | None:
    if not text or text in ("{}", "null", "None"):
        return None
    if "_bound" in text:
        found = dict(_LABELLED.findall(text))
        return _checked(_whole(found.get("lower_bound")), _whole(found.get("upper_bound")))
    if match := _PAIR.fullmatch(text):
        return _checked(_scaled(match[1], match[2] or match[4]), _scaled(match[3], match[4]))
    if match := _AT_MOST.fullmatch(text):
        return _checked(0, _scaled(match[1], match[2]))
    if match := _AT_LEAST.fullmatch(text):
        return _checked(_scaled(match[1] or match[3], match[2] or match[4]), None)
    exact = _whole(text)
    return _checked(exact, exact)


def _whole(value: JsonValue) -> int | None:
    """A whole number, or None where there is none; ValueError for anything else."""
    if value is None or (isinstance(value, str) and value.strip() in ("", "null", "None")):
        return None
    if isinstance(value, str) and (match := _ONE.fullmatch(value.strip())):
        return _scaled(match[1], match[2])
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"{value!r} is no whole number")


def _scaled(digits: str, unit: str | None) -> int:
    return int(re.sub(r"\D", "", digits)) * _FACTORS[(unit or "").lower()]


def _checked(low: int | None, high: int | None) -> Bounds | None:
    if low is None and high is None:
        return None
    low = low or 0
    if low < 0 or (high is not None and high < low) or max(low, high or 0) > _LARGEST:
        raise ValueError(f"from {low} to {high} is no range")
    return Bounds(low, high)


def texts(text: str) -> list[str]:
    """The texts of a field that holds a list as JSON or as Python prints it; any other text is one.

    >>> texts('["a", "b"]'), texts("['a, b']"), texts("a, b"), texts("[sic] a")
    (['a', 'b'], ['a, b'], ['a, b'], ['[sic] a'])
    """
    if text.startswith("[") and text.endswith("]"):
        value = _literal(text)
        if isinstance(value, list):
            return [str(element) for element in value if element not in (None, "")]
    return [text] if text.strip() else []


def regions(value: JsonValue) -> list[Region]:
    """Regions with their shares of the impressions; the objects of a text may stand without the list's brackets.

    Raises ValueError when it is something else, or a share is not within 0 and 1.

    >>> regions('{"region":"Berlin","percentage":0.25},{"region":"Bayern","percentage":0.75}')[0]
    {'region': 'Berlin', 'share': 0.25}
    """
    if isinstance(value, str):
        text = value.strip()
        value = None if not text else _literal(text if text.startswith("[") else f"[{text}]")
        if value is None and text:
            raise ValueError("regions that cannot be read")
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("regions that are no list")
    return [_region(element) for element in value]


def _region(element: JsonValue) -> Region:
    if not isinstance(element, dict) or not isinstance(element.get("region"), str):
        raise ValueError("a region without its name")
    stated = element.get("percentage")
    if stated is None:
        return {"region": str(element["region"]), "share": None}
    if isinstance(stated, bool) or not isinstance(stated, (int, float, str)):
        raise ValueError(f"{stated!r} is no share")
    share = float(stated)
    if not 0 <= share <= 1.0001:  # shares are rounded to six digits
        raise ValueError(f"{share:g} is no share of the impressions")
    return {"region": str(element["region"]), "share": min(share, 1.0)}


def _literal(text: str) -> JsonValue:
    """A value as JSON, or as Python prints it; None when it is neither."""
    try:
        parsed: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        try:
            parsed = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    return parsed


@cache
def no_disclaimer() -> frozenset[str]:
    """What stands in the place of a disclaimer where an ad ran without one, case folded."""
    text = resources.files("undertow.sources").joinpath("data/no_disclaimer.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip() and line[0] != "#")


def declared(text: str | None) -> str | None:
    """The disclaimer, or None where ``text`` says that there was none."""
    return None if text is None or not text.strip() or text.strip().casefold() in no_disclaimer() else text


def disclosure(disclaimer: str | None, *, asked: bool, political: bool, classed: bool) -> str | None:
    """Whether the ad says who paid (``undertow.schema.DISCLOSURES``).

    ``asked``: the export has the field for it; ``political``: the ad has a range of spend or impressions, which the
    library gives for political ads only; ``classed``: the export has those fields, so that their absence says something.
    """
    if disclaimer is not None:
        return "declared"
    if not asked:
        return None
    if political:
        return "none"
    return "not required" if classed else None
