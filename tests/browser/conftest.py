"""The reports that the browser opens, and the browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without one these tests skip on a user's machine and fail in CI."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory, page: str, hostile_page: str) -> dict[str, Path]:
    """The reports as files: ``sample`` and ``hostile``."""
    folder = tmp_path_factory.mktemp("reports")
    paths = {"sample": folder / "report.html", "hostile": folder / "hostile.html"}
    paths["sample"].write_text(page, encoding="utf-8")
    paths["hostile"].write_text(hostile_page, encoding="utf-8")
    return paths


@dataclass
class Visit:
    """An open page and everything it did that a report must not do."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def draw_all(self) -> None:
        """Scroll through the page until every chart has been drawn."""
        self.page.evaluate(
            "() => document.querySelectorAll('figure[data-chart]').forEach((one) => one.scrollIntoView())"
        )
        for figure in self.page.query_selector_all("figure[data-chart]"):
            figure.scroll_into_view_if_needed()
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('figure[data-chart]')].every((one) => one.dataset.drawn)"
        )
        self.page.evaluate("() => window.scrollTo(0, 0)")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a file in a fresh context and record console errors, policy violations, dialogs and requests."""
    contexts = []

    def open_file(path: Path, **options: Any) -> Visit:
        context = browser.new_context(**options)
        contexts.append(context)
        visit = Visit(context.new_page())
        own = path.as_uri()
        visit.page.on(
            "console", lambda m: visit.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("dialog", lambda dialog: visit.complaints.append(f"dialog {dialog.message}"))
        visit.page.on(
            "request",
            lambda request: (
                visit.complaints.append(f"request {request.url[:200]}")
                if request.url != own and not request.url.startswith("data:")
                else None
            ),
        )
        visit.page.goto(own)
        return visit

    yield open_file
    for context in contexts:
        context.close()
