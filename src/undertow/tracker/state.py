"""What a tracker remembers between runs: one JSON file, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from undertow.errors import CaseError
from undertow.storage import locked

FOLDER = "tracker"
FILE = "state.json"
LOCK = ".lock"


@contextlib.contextmanager
def tracking(case: Path) -> Iterator[None]:
    """Hold the lock of the case's tracker, from before its state is loaded until after it is saved.

    Raises :class:`undertow.errors.BusyError` while another command holds it.
    """
    (case / FOLDER).mkdir(exist_ok=True)
    with locked(case / FOLDER / LOCK):
        yield


@dataclass
class State:
    """The tracker's memory.

    ``fingerprints``: analysis -> hash of what its findings rest on; ``seen``: rule -> keys that were alerted (for a
    threshold: how often it was crossed); ``crossed``: thresholds that hold now; ``alerts``: every alert in order;
    ``delivered``: channel -> ids of alerts; ``files``: watched file -> [size, mtime_ns, outcome]; ``cursors``:
    collector -> where it goes on.
    """

    fingerprints: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)
    crossed: list[str] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    delivered: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[Any]] = field(default_factory=dict)
    cursors: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, case: Path) -> State:
        """The state of the case's tracker; empty when there is none yet. Raises CaseError for one that is damaged."""
        path = case / FOLDER / FILE
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise CaseError(
                f"the tracker's memory cannot be read: {error}",
                where=str(path),
                todo="remove the file: alerts that were shown are shown once more",
            ) from error

    def save(self, case: Path) -> None:
        """Write the state durably, in the place of what was there."""
        folder = case / FOLDER
        folder.mkdir(exist_ok=True)
        staged = folder / f".{FILE}"
        with staged.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(folder / FILE)

    def pending(self, channel: str) -> list[dict[str, Any]]:
        """The alerts that ``channel`` has not got."""
        done = set(self.delivered.get(channel, ()))
        return [alert for alert in self.alerts if alert["id"] not in done]
