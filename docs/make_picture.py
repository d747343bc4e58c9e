"""Renew the README's picture: one finding of a report on a simulated takedown, as a browser shows it.

    make demo
    .venv/bin/python docs/make_picture.py demo/case/report.html

Only reports on simulated data belong in the repository: the script refuses one that does not say "synthetic".
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).parent / "images" / "report.png"
WIDTH, HEIGHT = 1200, 1060
ANCHOR = "finding-posting-hours-office-hours"
MOST_BYTES = 300_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def picture(report: Path, target: Path, *, anchor: str | None = None) -> int:
    """Write the picture of ``report``, from the element ``anchor`` (its id) on; returns its size in bytes."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        sys.exit("no Chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        page.route(
            "**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort()
        )
        page.goto(report.resolve().as_uri(), wait_until="load")
        if anchor is not None:
            page.evaluate("id => document.getElementById(id).scrollIntoView()", anchor)
        page.wait_for_timeout(500)
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        browser.close()
    return target.stat().st_size


def main() -> None:
    """Make the picture of the report that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", type=Path, help="a report on simulated data")
    parser.add_argument("--target", type=Path, default=TARGET)
    parser.add_argument("--anchor", default=ANCHOR, help="the id of the element at the top of the picture")
    given = parser.parse_args()
    if "synthetic" not in given.report.read_text(encoding="utf-8"):
        sys.exit(f"{given.report} does not say that its data are synthetic; a picture of it may not be published")
    size = picture(given.report, given.target, anchor=given.anchor)
    if size > MOST_BYTES:
        sys.exit(f"{given.target} has {size:,} bytes, more than {MOST_BYTES:,}; choose another anchor")
    sys.stdout.write(f"{given.target}: {size:,} bytes\n")


if __name__ == "__main__":
    main()
