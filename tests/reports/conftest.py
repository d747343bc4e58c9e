"""The made-up reports that these tests look at."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"undertow_report_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """``samples.py``, which is also a script and so no package's module."""
    return _load("samples")


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """``hostile.py``: what an adversary would post."""
    return _load("hostile")


@pytest.fixture(scope="session")
def page(samples: ModuleType) -> str:
    """The sample report as HTML."""
    from undertow.reports import render_html

    return render_html(samples.sample_report())


@pytest.fixture(scope="session")
def hostile_page(samples: ModuleType, hostile: ModuleType) -> str:
    """The report in which every string is hostile, as HTML."""
    from undertow.reports import render_html

    return render_html(hostile.hostile_report(samples))
