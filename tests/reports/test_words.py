"""Neutral text, cells, intervals, and the terminal: what is shown is what is there, and steers nothing."""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import replace
from datetime import UTC, date, datetime
from types import ModuleType

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from undertow.finding import Estimate
from undertow.reports import figures, terminal
from undertow.reports.model import by_question, found_too_little, shell_word, strength_explained, strength_label
from undertow.reports.neutral import neutral, one_line
from undertow.wording import interval_words

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff\ufffe\uffff]")
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_neutral_text_steers_nothing_and_can_be_written(text: str) -> None:
    shown = neutral(text)
    shown.encode("utf-8")
    assert not STEERING.search(shown)
    assert neutral(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@given(st.lists(st.sampled_from("ab\n\u2066\u2067\u2068\u2069")).map("".join))
def test_isolates_stay_only_where_balanced(text: str) -> None:
    shown = neutral(text)
    depth = 0
    for character in shown:
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        assert depth >= 0
    assert depth == 0


@given(ANY_TEXT, st.integers(2, 40))
def test_one_line_is_one_line_of_at_most_the_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line.replace("\u2069", "")) <= limit
    assert neutral(line) == line


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_four_digits(value: float) -> None:
    shown = float(figures.number(value).replace(",", ""))
    assert abs(shown - value) <= 0.0006 * abs(value) + 1e-300


@given(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 6)), min_size=3, max_size=3),
    st.sampled_from(["share of posts", "hours", "accounts"]),
)
def test_interval_bar_is_in_order_and_on_the_line(numbers: list[float], unit: str) -> None:
    low, value, high = sorted(numbers)
    bar = figures.interval_bar(Estimate(value=value, low=low, high=high, unit=unit, n=1))
    assert bar is not None
    assert 0 <= bar.low <= bar.value <= bar.high <= 100
    assert bar.null is None or 0 < bar.null < 100


def test_the_bar_marks_what_nothing_to_find_would_give() -> None:
    def bar(unit: str, *numbers: float, null: float | None = None) -> figures.IntervalBar:
        value, low, high = numbers
        made = figures.interval_bar(Estimate(value=value, low=low, high=high, unit=unit, n=1, null_value=null))
        assert made is not None
        return made

    ratio = bar("posts a weekend day over posts a weekday", 0.36, 0.29, 0.44, null=1.0)
    assert (ratio.null_label, ratio.start) == ("1", "0")
    assert ratio.null is not None
    assert ratio.high < ratio.null
    even = bar("share of posts", 0.6, 0.5, 0.7, null=45 / 168)
    assert (even.null, even.null_label) == (26.79, "27%")
    assert bar("share of posts", 0.6, 0.5, 0.7).null is None
    assert bar("x", 0.1, -0.2, 0.4).null_label == "0"
    offsets = bar("hours east of UTC (all of them)", -4.5, -5.75, -1.25)
    assert (offsets.start, offsets.end) == ("UTC-8", "UTC")


def test_a_table_too_wide_for_the_terminal_is_printed_row_by_row() -> None:
    columns = [f"column_{n}" for n in range(12)]
    rows = [[f"value {n} of {row}" for n in range(12)] for row in range(3)]

    def printed(width: int) -> list[str]:
        console = Console(width=width, file=io.StringIO(), color_system=None)
        console.print(terminal.Fitted(columns, [False] * 12, rows))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().splitlines()

    wide, narrow = printed(400), printed(60)
    assert len(wide) == 4
    assert all(len(line.rstrip()) <= 60 for line in narrow)
    assert [line.split() for line in narrow[:2]] == [["row", "1"], ["column_0", "value", "0", "of", "0"]]
    for row in rows:
        assert all(any(value in line for line in narrow) for value in row), "no value is broken or lost"


def test_offsets_are_clocks() -> None:
    estimate = Estimate(value=-4.5, low=-5.75, high=-1.25, unit="hours east of UTC (a set)", n=1)
    words = figures.estimate_words(estimate)
    assert (words.value, words.interval, words.unit) == ("UTC-4:30", "95% interval UTC-5:45 to UTC-1:15", "(a set)")
    assert interval_words(estimate) == "UTC-4:30 (UTC-5:45 to UTC-1:15)"


def test_a_stored_estimate_without_a_null_value_is_read_and_written_as_it_was() -> None:
    from undertow.finding import Finding

    document = {
        "id": "a.b",
        "question": "?",
        "statement": "x",
        "estimate": {
            "value": 1.0,
            "low": None,
            "high": None,
            "level": 0.95,
            "unit": "x",
            "n": 1,
            "n_accounts": None,
        },
        "p_value": None,
        "null_model": None,
        "method": "",
        "assumptions": [],
        "alternatives": ["y"],
        "strength": "none",
        "aspect": "behaviour",
        "disarm": [],
        "table": None,
        "chart": None,
        "evidence": {"sql": "", "rows": 0},
    }
    assert Finding.from_json(document).to_json() == document
    document["estimate"] = {**document["estimate"], "null_value": 1.0}  # type: ignore[dict-item]
    assert Finding.from_json(document).to_json() == document


def test_estimates_in_words() -> None:
    def words(value: float | None, low: float | None, high: float | None, unit: str) -> tuple[str, str | None]:
        made = figures.estimate_words(Estimate(value=value, low=low, high=high, unit=unit, n=1))
        return made.value, made.interval

    assert words(0.7123, 0.691, 0.7312, "share of posts") == ("71%", "95% interval 69% to 73%")
    assert words(74, 69, 81, "accounts") == ("74", "95% interval 69 to 81")
    assert words(-0.031, -0.142, 0.08, "x") == ("−0.03", "95% interval −0.14 to 0.08")
    assert words(1234.5, None, None, "posts") == ("1,234", None)
    assert words(None, None, None, "posts") == ("not estimated", None)


def test_cells_of_every_kind() -> None:
    table = pa.table(
        {
            "n": [1234, None],
            "x": [0.5, 0.125],
            "t": [datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), None],
            "d": [date(2020, 1, 2), None],
            "s": ["<b>", "y" * 900],
            "l": [["a", None], []],
            "b": [True, False],
        }
    )
    shown = figures.excerpt_of_table(table, 10)
    texts = [[cell.text for cell in row] for row in shown.rows]
    assert texts[0] == ["1,234", "0.500", "2020-01-02 03:04:05 UTC", "2020-01-02", "<b>", "a, –", "yes"]
    assert texts[1][:4] == ["–", "0.125", "–", "–"]
    assert len(texts[1][4]) == figures.CELL_LIMIT
    assert shown.numeric == (True, True, False, False, False, False, False)
    assert shown.complete
    assert not figures.excerpt_of_table(table, 1).complete
    assert figures.excerpt_of_table(table.slice(0, 0), 5).rows == ()


def test_findings_are_grouped_and_filters_come_after_the_whole(samples: ModuleType) -> None:
    findings = samples.sample_findings()
    groups = by_question(findings)
    assert [finding for group in groups.values() for finding in group if finding not in findings] == []
    assert sum(len(group) for group in groups.values()) == len(findings)
    filters = [finding.filter for finding in groups[samples.QUESTION]]
    assert filters == [None] * 5 + ["language = 'ar'", "language IN ('zh', 'en')"]


def test_nothing_found_and_too_little_are_different(samples: ModuleType) -> None:
    nothing, too_little = samples.nothing_found(), samples.too_little()
    assert strength_label(nothing) == "Nothing found"
    assert strength_label(too_little) == "Too little to tell"
    assert found_too_little(too_little)
    assert not found_too_little(nothing)
    assert strength_explained(nothing) != strength_explained(too_little)
    counted = replace(nothing, estimate=replace(nothing.estimate, value=11.0), p_value=None, null_model=None)
    assert strength_label(counted) == "Not rated"
    assert strength_label(replace(counted, estimate=replace(counted.estimate, value=0.0))) == "Nothing found"
    assert strength_label(replace(counted, null_model="as many as chance gives")) == "Nothing found"


def printed(renderable: object, *, colour: bool = False, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None).print(
        renderable
    )
    return out.getvalue()


@given(ANY_TEXT)
def test_a_word_of_a_command_is_one_word(text: str) -> None:
    assert shlex.split(shell_word(text)) == [one_line(text)]


def test_the_list_names_every_finding(samples: ModuleType) -> None:
    text = printed(terminal.findings_list(samples.sample_findings()), width=240)
    for finding in samples.sample_findings():
        assert finding.statement in text
        assert finding.key in text
    assert "No findings yet" in printed(terminal.findings_list(()))


def test_a_brief_list_counts_what_has_no_strength(samples: ModuleType) -> None:
    findings = samples.sample_findings()
    text = printed(terminal.findings_list(findings, brief=True), width=240)
    lines = {line.strip() for line in text.splitlines()}
    for finding in findings:
        assert (one_line(finding.key) in lines) == (finding.strength != "none")
    assert sum(map(int, re.findall(r"(?:nothing found|too little to tell|not rated) \((\d+)\)", text))) == sum(
        finding.strength == "none" for finding in findings
    )


def test_the_card_says_everything(samples: ModuleType) -> None:
    finding = samples.working_calendar()
    text = printed(terminal.card(finding, case="my case"), width=240)
    for words in (
        finding.statement,
        finding.method,
        *finding.alternatives,
        *finding.assumptions,
        finding.evidence.sql,
    ):
        assert words in text
    assert "0.94 of a weekend’s rest" in text
    assert "95% interval 0.71 to 1.14" in text
    assert "p = 0.0012" in text
    assert "first 10 of 12 rows" in text
    assert "undertow show 'my case' posting_hours.working_calendar" in text


@pytest.mark.parametrize("number", range(17))
def test_posts_cannot_steer_the_terminal(hostile: ModuleType, number: int) -> None:
    finding = hostile.hostile_finding(hostile.PAYLOADS[number], number)
    plain = printed(terminal.card(finding, case=hostile.PAYLOADS[10]) if number else terminal.card(finding))
    plain += printed(terminal.findings_list([finding]))
    assert not STEERING.search(plain)
    coloured = printed(terminal.card(finding, case=hostile.PAYLOADS[10]), colour=True)
    assert not STEERING.search(re.sub(r"\x1b\[[0-9;]*m", "", coloured)), "no sequence but the program's own colours"
    assert "\x1b]8" not in coloured


def test_markup_of_the_terminal_is_text(samples: ModuleType) -> None:
    finding = replace(samples.nothing_found(), statement="[red]not red[/red] [link=https://example.com]x[/link]")
    assert "[red]not red[/red] [link=https://example.com]x[/link]" in printed(terminal.card(finding), colour=False)
