"""The vocabulary of actor classes, from a data file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType


def data_lines(name: str) -> list[tuple[str, ...]]:
    """The fields of each line of the tab-separated file ``data/name``, comments left out."""
    text = resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return [tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#")]


@cache
def actor_classes() -> Mapping[str, str]:
    """Actor class -> what it means.

    >>> "diplomat" in actor_classes()
    True
    """
    return MappingProxyType({line[0]: line[1] for line in data_lines("actor_classes.tsv")})
