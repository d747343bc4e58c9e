"""The program run as people run it: a real process, in which no traceback may ever be seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def undertow(
    *arguments: object, expect: int = 0, cwd: Path | None = None, said: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program with these arguments, ``said`` on its standard input; it must end with the code ``expect``."""
    done = subprocess.run(
        [sys.executable, "-m", "undertow", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=said,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
    return done
