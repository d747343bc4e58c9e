"""The second generator of populations, which lives with the benchmarks."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def populations() -> ModuleType:
    """The module ``bench/coordination_populations.py``."""
    path = Path(__file__).parents[3] / "bench" / "coordination_populations.py"
    spec = importlib.util.spec_from_file_location("coordination_populations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
