"""Shared fixtures: where the real data lie, which are never part of the repository."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# No deadline: timings are never asserted in tests. In CI one commit gives one answer; on a person's machine examples vary.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

SHARED = Path(os.environ.get("UNDERTOW_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; the test skips where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not here ({folder}); set UNDERTOW_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def shared_golden() -> Path:
    """The folder of peer tools' reference outputs; the test skips where it is absent."""
    folder = SHARED / "golden"
    if not folder.is_dir():
        pytest.skip(f"the peers' reference outputs are not here ({folder}); set UNDERTOW_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def takedown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small simulated takedown (its ``truth.csv`` says what was planted)."""
    from undertow.simulation import preset, simulate

    folder = tmp_path_factory.mktemp("simulated") / "takedown"
    simulate(folder, scenario=preset("demo").sized(accounts=150, posts=6_000), seed=3)
    return folder


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """``reports/samples.py``, the made-up report; it is also a script."""
    return importlib.import_module("samples")


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """``reports/hostile.py``: what an adversary would post."""
    return importlib.import_module("hostile")


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
