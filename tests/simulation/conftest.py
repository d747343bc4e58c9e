"""One demo simulation for the tests of its files, read back by Python's own csv module."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from undertow.simulation import Manifest, preset, simulate

csv.field_size_limit(1 << 20)


def read_rows(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@dataclass(frozen=True)
class Simulated:
    """A folder written by `simulate`, read back."""

    manifest: Manifest
    takedown: list[dict[str, str]]
    takedown_users: list[dict[str, str]]
    control: list[dict[str, str]]
    control_users: list[dict[str, str]]
    truth: list[dict[str, str]]

    def labelled(self, subject: str, label: str) -> dict[str, dict[str, str]]:
        """Truth rows with ``label``, by subject."""
        return {
            row["subject_id"]: row for row in self.truth if row["subject_type"] == subject and row["label"] == label
        }


def read_folder(manifest: Manifest) -> Simulated:
    folder = manifest.folder
    return Simulated(
        manifest,
        *(
            read_rows(folder / f"synthetic_{name}.csv.gz")
            for name in ("takedown_posts", "takedown_users", "control_posts", "control_users")
        ),
        read_rows(folder / "truth.csv"),
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """The preset `demo`, seed 1."""
    folder = tmp_path_factory.mktemp("simulated") / "demo"
    return read_folder(simulate(folder, scenario=preset("demo"), seed=1))
