"""Shared fixtures: where the real data lie, which are never part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True)  # one commit, one answer; on a person's machine examples vary
if os.environ.get("CI"):
    settings.load_profile("ci")

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
