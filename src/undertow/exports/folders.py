"""Folders that an export fills: whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from undertow.errors import UsageError

MANIFEST = ".undertow-export.json"
"""Beside the files of an exported folder: which they are. A folder with these files and no others may be replaced."""


@contextlib.contextmanager
def filled(target: Path) -> Iterator[Path]:
    """An empty folder to fill; it takes the place of ``target`` when all went well.

    Raises :class:`UsageError` when there is something at ``target`` that no export has made.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(
            "this is a file; the export is a folder", where=str(target), todo="choose another --output"
        )
    if target.is_dir() and (others := sorted({path.name for path in target.iterdir()} - _made(target))):
        raise UsageError(
            f"the folder holds what no export has made: {', '.join(others[:3])}{', ...' if len(others) > 3 else ''}",
            where=str(target),
            todo="choose another --output",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        staged.chmod(0o755)
        yield staged
        names = sorted(path.name for path in staged.iterdir())
        (staged / MANIFEST).write_text(json.dumps({"files": names}) + "\n", encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        staged.replace(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _made(folder: Path) -> set[str]:
    """The names of what an export has put into ``folder``."""
    try:
        return {MANIFEST, *json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
