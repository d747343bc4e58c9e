"""The explanations that the evidence is held against."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One explanation; ``data/hypotheses.toml`` says what each field means.

    ``added`` marks one that an analyst put in: no rule rates it, so it is ranked only once people have.
    """

    id: str
    name: str
    that: str
    means: str
    assumes: int
    organic: bool
    added: bool = False


def read_data(name: str) -> Mapping[str, Any]:
    """A data file of this package."""
    return tomllib.loads(resources.files("undertow.attribution").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def default_hypotheses() -> tuple[Hypothesis, ...]:
    """The seven that every case starts with, the one that assumes least first.

    >>> [each.id for each in default_hypotheses()]
    ['coincidence', 'fans', 'patriots', 'domestic', 'spam', 'proxy', 'state']
    """
    return tuple(Hypothesis(**entry) for entry in read_data("hypotheses.toml")["hypothesis"])
