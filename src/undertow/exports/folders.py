"""Folders that an export fills: whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from undertow.errors import UsageError

MARK = "dictionary"
"""The stem of a file that every exported folder has: a folder with it may be replaced."""


@contextlib.contextmanager
def filled(target: Path) -> Iterator[Path]:
    """An empty folder to fill; it takes the place of ``target`` when all went well.

    Raises :class:`UsageError` when there is something at ``target`` that no export has made.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(
            "this is a file; the export is a folder", where=str(target), todo="choose another --output"
        )
    if target.is_dir() and any(target.iterdir()) and not any(target.glob(f"{MARK}.*")):
        raise UsageError(
            "the folder holds files that no export has made", where=str(target), todo="choose another --output"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        staged.chmod(0o755)
        yield staged
        if target.exists():
            shutil.rmtree(target)
        staged.replace(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
