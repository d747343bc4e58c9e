"""The report as PDF: its HTML, printed by a headless browser of the Chromium family."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from undertow.errors import EngineError
from undertow.reports.files import write_whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""Programs that are looked for, in this order."""
PATIENCE_S = 180
"""Seconds after which printing is given up."""


def find_browser(given: str | None = None) -> str:
    """The browser to print with: the one ``given``, or the first of :data:`BROWSERS` that is installed.

    Raises :class:`EngineError` when there is none.
    """
    for name in (given,) if given else BROWSERS:
        if found := shutil.which(name):
            return found
    missing = f"there is no browser {given!r}" if given else f"no browser is installed ({', '.join(BROWSERS)})"
    raise EngineError(missing, where="--pdf", todo="install Chromium, or name one: --browser /path/to/chromium")


def write_pdf(html: Path, target: Path, *, browser: str | None = None) -> Path:
    """Print the report at ``html`` to ``target``; returns it.

    The page's own policy keeps it from loading or running anything; the browser starts with an empty profile and no
    network services. Raises :class:`EngineError` when there is no browser, or it does not print.
    """
    program = find_browser(browser)
    with tempfile.TemporaryDirectory(prefix="undertow-pdf-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "report.pdf"
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-sync",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}",
            html.resolve().as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to root
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"the browser has not printed within {PATIENCE_S} s", where=program, todo="print the HTML by hand"
            ) from error
        if not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise EngineError(
                f"the browser did not print (exit code {done.returncode}): {said[-1] if said else 'it said nothing'}",
                where=program,
                todo="open the HTML report in a browser and print it from there",
            )
        write_whole(target, made.read_bytes())
    return target
