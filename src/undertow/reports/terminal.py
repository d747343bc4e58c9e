"""Findings in the terminal: a list in one line each, and the whole card of one.

Everything becomes :class:`rich.text.Text`, never markup, and passes through :mod:`undertow.reports.neutral`:
a post cannot colour, move or overwrite anything on the screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from undertow.finding import STRENGTHS, Finding, Strength
from undertow.reports import figures
from undertow.reports.model import STRENGTH_WORDS, by_question, shell_word, strength_explained, strength_label
from undertow.reports.neutral import neutral, one_line
from undertow.wording import count, joined, p_words

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT_ROWS = 10
"""Rows of the result table that a card shows."""
_CELL = 60
_LABEL = len("□□□ Too little to tell")
_VALUE = 8
_BAR = 40


def findings_list(findings: Iterable[Finding], *, brief: bool = False) -> RenderableType:
    """The findings under their questions: strength, estimate, statement and the key to ask for each by.

    With ``brief``, those of no strength are only counted, by label: a dozen analyses make a hundred findings.
    """
    parts: list[RenderableType] = []
    for question, group in by_question(tuple(findings)).items():
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
        table.add_column(no_wrap=True, min_width=_LABEL)
        table.add_column(justify="right", no_wrap=True, min_width=_VALUE)
        table.add_column(ratio=1, overflow="fold")
        counted = Counter(
            strength_label(finding) for finding in group if brief and finding.strength == STRENGTHS[0]
        )
        for finding in group:
            if counted and finding.strength == STRENGTHS[0]:
                continue
            words = figures.estimate_words(finding.estimate)
            value = words.value if finding.estimate.value is not None else figures.UNKNOWN
            said = Text(one_line(finding.statement))
            said.append(f"\n{one_line(finding.key)}", style="dim")
            table.add_row(strength(finding), Text(value), said)
        if counted:
            also = "also " if table.row_count else ""
            rest = joined([f"{label.lower()} ({number})" for label, number in sorted(counted.items())])
            table.add_row(Text(""), Text(""), Text(also + rest, style="dim"))
        parts += [Text(one_line(question), style="bold"), Padding(table, (0, 0, 1, 2))]
    return Group(*parts) if parts else Text("No findings yet: undertow analyse makes them.")


def card(
    finding: Finding, *, case: str | None = None, strength_words: Mapping[Strength, str] = STRENGTH_WORDS
) -> RenderableType:
    """Everything about one finding, in the order of the report's card.

    With ``case``, the name of the case as typed, the command that prints the rows is shown too.
    """
    estimate = finding.estimate
    words = figures.estimate_words(estimate)
    parts: list[RenderableType] = [Text(one_line(finding.key), style="dim")]
    parts += [_heading("What was found"), _bold(finding.statement)]
    parts += [_heading("What else it could be"), *(_item(line, style="bold") for line in finding.alternatives)]

    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    number = Text(" ".join(part for part in (words.value, one_line(words.unit)) if part), style="bold")
    if words.interval:
        number.append(f"  {words.interval}", style="not bold")
    behind = count(estimate.n, "post")
    if estimate.n_accounts is not None:
        behind += f" by {count(estimate.n_accounts, 'account')}"
    facts.add_row("Estimate", number)
    bar = figures.interval_bar(estimate)
    if bar is not None:
        facts.add_row("", _bar(bar))
    facts.add_row("Behind it", Text(behind))
    stated = strength(finding)
    stated.append(f"  {strength_explained(finding, strength_words)}", style="not bold")
    facts.add_row("Strength", stated)
    against = p_words(finding.p_value) if finding.p_value is not None else "not tested"
    if finding.null_model:
        meaning = "chance means" if finding.p_value is not None else "compared with"
        against += f"; {meaning}: {one_line(finding.null_model)}"
    facts.add_row("Against chance", Text(against))
    facts.add_row("Aspect", Text(finding.aspect))
    parts.append(Padding(facts, (1, 0)))

    if finding.result is not None:
        parts.append(_excerpt(finding.result))
    parts += [_heading("How it was found"), Text(neutral(finding.method))]
    if finding.assumptions:
        parts += [_heading("What it takes for granted"), *(_item(line) for line in finding.assumptions)]
    parts.append(_heading(f"The {count(finding.evidence.rows, 'row')} behind it"))
    if case is not None:
        parts.append(Text(f"undertow show {shell_word(case)} {shell_word(finding.key)}"))
    parts.append(Text(neutral(finding.evidence.sql), style="dim"))
    return Group(*parts)


def strength(finding: Finding) -> Text:
    """The strength as three signs and its label: ``■■□ Moderate``."""
    level = STRENGTHS.index(finding.strength)
    signs = Text("■" * level, style="cyan")
    signs.append("□" * (3 - level), style="dim")
    signs.append(f" {strength_label(finding)}", style="bold")
    return signs


@dataclass(frozen=True)
class Fitted:
    """A table of texts where it fits the terminal, and each row as lines of ``column  value`` where it does not."""

    columns: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]
    cell: int = _CELL

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [one_line(name) for name in self.columns]
        cells = [[one_line(value, self.cell) for value in row] for row in self.rows]
        widths = [max(map(cell_len, column), default=0) for column in zip(names, *cells, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= options.max_width or len(names) < 2:
            table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
            for name, numeric in zip(names, self.numeric, strict=True):
                table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
            for row in cells:
                table.add_row(*map(Text, row))
            yield table
            return
        for number, row in enumerate(cells, start=1):
            record = Table.grid(padding=(0, 2, 0, 0))
            record.add_column(style="dim", no_wrap=True)
            record.add_column(overflow="fold")
            for name, value in zip(names, row, strict=True):
                if value not in ("", figures.UNKNOWN):
                    record.add_row(Text(name), Text(value))
            yield Text(f"row {number}", style="bold dim")
            yield Padding(record, (0, 0, 0, 2))


def _heading(words: str) -> RenderableType:
    return Padding(Rule(Text(words, style="bold"), align="left", style="dim"), (1, 0, 0, 0))


def _bold(words: str) -> Text:
    return Text(neutral(words), style="bold")


def _item(words: str, style: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text("•"), Text(neutral(words), style=style))
    return table


def _bar(bar: figures.IntervalBar) -> Text:
    low, high, value = (round(place / 100 * _BAR) for place in (bar.low, bar.high, bar.value))
    null = None if bar.null is None else round(bar.null / 100 * _BAR)
    line = Text(f"{bar.start} ", style="dim")
    for place in range(_BAR + 1):
        if place == value:
            line.append("●", style="cyan bold")
        elif place == null:
            line.append("┆", style="bold")
        elif low <= place <= high:
            line.append("━", style="cyan")
        else:
            line.append("─", style="dim")
    line.append(f" {bar.end}", style="dim")
    return line


def _excerpt(result: pa.Table) -> RenderableType:
    shown = figures.excerpt_of_table(result, EXCERPT_ROWS)
    table = Fitted(shown.columns, shown.numeric, [[part.text for part in row] for row in shown.rows])
    if shown.complete:
        return table
    return Group(table, Text(f"first {len(shown.rows)} of {count(shown.total, 'row')}", style="dim"))
