"""The made-up report that these tests look at."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """``samples.py``, which is also a script and so no package's module."""
    path = Path(__file__).with_name("samples.py")
    spec = importlib.util.spec_from_file_location("undertow_report_samples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def page(samples: ModuleType) -> str:
    """The sample report as HTML."""
    from undertow.reports import render_html

    return render_html(samples.sample_report())
