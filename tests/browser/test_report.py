"""The report in headless Chromium: drawn, silent, inert, readable in every mode and with every means."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}

CONTRAST = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const part = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const svg = element instanceof SVGElement;
    const colour = parse(svg ? style.fill : style.color);
    const [a, b] = [luminance(colour), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) poor.push([walker.currentNode.textContent.slice(0, 40), ratio.toFixed(2)]);
  }
  return { poor, seen };
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_charts_are_drawn_and_nothing_complains(
    visit: Callable[..., Any], files: dict[str, Path], scheme: str, size: dict[str, int]
) -> None:
    opened = visit(files["sample"], color_scheme=scheme, viewport=size)
    opened.draw_all()
    states = opened.page.eval_on_selector_all("figure[data-chart]", "all => all.map(one => one.dataset.drawn)")
    assert states == ["yes"] * 6
    marks = opened.page.eval_on_selector_all(
        ".live svg", "all => all.map(one => one.querySelectorAll('path, rect, text').length)"
    )
    assert len(marks) == 6
    assert min(marks) > 20
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"], "no sideways scrolling"
    assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_visible_word_has_the_contrast_of_wcag_aa(
    visit: Callable[..., Any], files: dict[str, Path], scheme: str
) -> None:
    opened = visit(files["sample"], color_scheme=scheme, viewport=DESK)
    opened.draw_all()
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    result = opened.page.evaluate(CONTRAST)
    assert result["seen"] > 500
    assert result["poor"] == []


def test_dark_mode_is_dark_and_follows_the_reader(visit: Callable[..., Any], files: dict[str, Path]) -> None:
    opened = visit(files["sample"], color_scheme="light", viewport=DESK)
    opened.draw_all()
    label = "document.querySelector('.live svg text').getAttribute('fill')"
    before = opened.page.evaluate(label), opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.page.emulate_media(color_scheme="dark")
    opened.page.wait_for_function(f"() => {label} !== '{before[0]}'")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") != before[1]
    assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_strings_stay_strings(visit: Callable[..., Any], files: dict[str, Path], scheme: str) -> None:
    opened = visit(files["hostile"], color_scheme=scheme, viewport=PHONE)
    opened.draw_all()
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    bars = opened.page.query_selector_all(".live .mark-rect path")
    assert len(bars) > 10
    for bar in bars[:6]:
        bar.scroll_into_view_if_needed()
        opened.page.wait_for_timeout(150)  # scrolling hides the tip; its event comes a frame later
        bar.hover(force=True)
        opened.page.wait_for_selector("#tip:not([hidden])", timeout=5000)
        assert opened.page.locator("#tip :is(img, script, a)").count() == 0
    assert opened.page.evaluate("window.pwned") is None
    assert opened.page.locator("iframe, object, embed, link[rel=stylesheet]").count() == 0
    assert opened.page.evaluate("document.scripts.length") == 3
    assert opened.page.evaluate("document.styleSheets.length") == 1
    assert opened.page.evaluate("document.querySelectorAll('a:not([href^=\"#\"])').length") == 0
    handlers = (
        "[...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on')))"
    )
    assert opened.page.evaluate(f"{handlers}.length") == 0
    assert opened.page.evaluate("getComputedStyle(document.body).display") == "block"
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "long strings wrap"
    assert opened.complaints == []


def test_the_policy_stops_what_gets_in(visit: Callable[..., Any], files: dict[str, Path], tmp_path: Path) -> None:
    """The second wall: even markup that no escaping touched does not run, load or send anything."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        bad = (
            f"<script>window.pwned=1</script><img src={there}/x.png onerror=window.pwned=2>"
            f"<script src={there}/x.js></script><iframe src={there}/frame></iframe>"
            "<style>body{display:none}</style><a id=bad href=javascript:window.pwned=3>x</a>"
        )
        broken = tmp_path / "broken.html"
        page = files["sample"].read_text(encoding="utf-8")
        broken.write_text(page.replace("<main", f"{bad}<main", 1), encoding="utf-8")
        opened = visit(broken, viewport=DESK)
        opened.page.evaluate("document.getElementById('bad').click()")
        opened.page.evaluate(f"() => fetch('{there}/fetched').catch(() => 0)")
        opened.draw_all()
        server.shutdown()
    assert opened.page.evaluate("window.pwned") is None
    assert opened.page.evaluate("getComputedStyle(document.body).display") == "block"
    assert sum("Content Security Policy" in line for line in opened.complaints) >= 6
    assert asked == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_javascript_pictures_stand_in(
    visit: Callable[..., Any], files: dict[str, Path], scheme: str
) -> None:
    opened = visit(files["sample"], color_scheme=scheme, viewport=PHONE, java_script_enabled=False)
    images = opened.page.locator("figure.chart img")
    assert images.count() == 6
    for i in range(6):
        box = images.nth(i).bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 120
        assert len(images.nth(i).get_attribute("alt") or "") > 30
    assert opened.complaints == []


def test_it_prints(visit: Callable[..., Any], files: dict[str, Path], tmp_path: Path) -> None:
    opened = visit(files["sample"], color_scheme="dark", viewport=DESK)
    opened.draw_all()
    content = opened.page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert content.startswith(b"%PDF")
    assert 6 <= content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") <= 24
    opened.page.emulate_media(media="print", color_scheme="dark")
    background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = opened.page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert background == "rgb(255, 255, 255)"
    assert ink == "rgb(27, 30, 34)", "dark ink on white paper, whatever the screen's mode"
    assert opened.page.evaluate("getComputedStyle(document.querySelector('.live')).display") == "none"
    assert opened.page.evaluate(
        "document.querySelector('figure img').currentSrc === document.querySelector('figure img').src"
    )


def test_keyboard_reaches_everything_and_shows_where_it_is(
    visit: Callable[..., Any], files: dict[str, Path]
) -> None:
    opened = visit(files["sample"], viewport=DESK)
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    assert opened.page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("document.activeElement.id") == "main"
    reached = []
    while True:
        opened.page.keyboard.press("Tab")
        name = opened.page.evaluate("document.activeElement.tagName")
        if name == "BODY":
            break
        reached.append(name)
        outline = opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", opened.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    summaries = opened.page.locator("summary").count()
    assert reached.count("SUMMARY") == summaries > 10
    assert reached.count("A") >= len(opened.page.query_selector_all("main a"))
    summary = opened.page.locator(".card details summary").first
    summary.focus()
    opened.page.keyboard.press("Enter")
    assert summary.evaluate("one => one.parentElement.open")


def test_structure_for_those_who_hear_the_page(visit: Callable[..., Any], files: dict[str, Path]) -> None:
    opened = visit(files["sample"], viewport=DESK)
    opened.draw_all()
    levels = opened.page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header.masthead", "nav[aria-labelledby]", "main", "footer"):
        assert opened.page.locator(landmark).count() == 1, landmark
    ids = opened.page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    targets = opened.page.eval_on_selector_all("a[href^='#']", "all => all.map(one => one.hash.slice(1))")
    named = opened.page.eval_on_selector_all(
        "[aria-labelledby]", "all => all.map(one => one.getAttribute('aria-labelledby'))"
    )
    assert set(targets) | set(named) <= set(ids)
    assert opened.page.locator("table:not(:has(caption))").count() == 0
    assert opened.page.locator("th:not([scope])").count() == 0
    assert opened.page.locator(".live:not([aria-label])").count() == 0
    assert opened.page.locator("img:not([alt])").count() == 0
    assert opened.page.evaluate("document.documentElement.lang") == "en"


def test_alternatives_weigh_as_much_as_the_statement(visit: Callable[..., Any], files: dict[str, Path]) -> None:
    opened = visit(files["sample"], viewport=DESK)
    look = "one => { const s = getComputedStyle(one); return [s.fontSize, s.fontWeight, s.fontFamily, s.color]; }"
    statement = opened.page.eval_on_selector(".claim h3", look)
    assert opened.page.eval_on_selector(".claim.other li", look) == statement
    widths = opened.page.eval_on_selector_all(
        ".card:first-of-type .claim", "all => all.map(one => one.clientWidth)"
    )
    assert abs(widths[0] - widths[1]) <= 2


def test_the_first_printed_page_is_the_summary(visit: Callable[..., Any], files: dict[str, Path]) -> None:
    """On A4 with the page's margins (180 by 265 mm), what stands under "In one page" ends on the first page."""
    opened = visit(files["sample"], viewport={"width": 680, "height": 1001})
    opened.page.emulate_media(media="print")
    box = opened.page.locator(".one-page").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 1001
    after = opened.page.evaluate("getComputedStyle(document.querySelector('.one-page')).breakAfter")
    assert after == "page"
    assert opened.page.locator(".letters dt").all_inner_texts()[0].startswith("Actor")


def test_what_analysts_wrote_is_text(visit: Callable[..., Any], files: dict[str, Path]) -> None:
    """Names, reasons, hypotheses and evidence of the hostile report are in the matrix, and nothing of them runs."""
    opened = visit(files["hostile"], viewport=DESK)
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    text = opened.page.locator(".assessment").inner_text()
    assert "<script>window.pwned=1</script>" in text
    assert opened.page.evaluate("window.pwned") is None
    assert opened.page.locator(".assessment script, .assessment img, .assessment iframe").count() == 0
    assert opened.complaints == []
