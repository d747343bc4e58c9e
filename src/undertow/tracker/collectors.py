"""The interface of live collectors: something that puts whole files into the watched folder, and goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

Cursor = Mapping[str, Any]
"""Where a collector goes on: whatever JSON it likes."""


class Collector(Protocol):
    """Collects from a platform or an archive.

    ``collect`` writes what is new since ``cursor`` into ``inbox`` (files that are not finished have names that begin
    with a dot, and are renamed when they are) and returns where to go on. The cursor is remembered only after the files
    were added to the case, so a crash collects the same again, which the case recognises.
    """

    name: str

    def collect(self, cursor: Cursor | None, inbox: Path) -> Cursor:
        """Write new files into ``inbox``; returns the cursor of the next call."""
        ...
