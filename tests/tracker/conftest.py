"""A case with a watchlist and nothing else, and how its exports are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from feeds import MAP, watchlist

from undertow.case import Case
from undertow.sources.base import ReadOptions


@pytest.fixture
def options() -> ReadOptions:
    return ReadOptions(mapping=MAP, platform="twitter")


@pytest.fixture
def empty(tmp_path: Path) -> Case:
    case, _ = Case.add_to(tmp_path / "case", watchlist(tmp_path))
    return case
