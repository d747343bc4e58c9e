"""The assessment in the terminal: what was judged, the ranking, the matrix, and what it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from undertow.attribution.rules import RATINGS
from undertow.reports.assessment_view import described
from undertow.reports.neutral import neutral, one_line
from undertow.wording import count

if TYPE_CHECKING:
    from undertow.attribution import Assessment

_STYLES = {"CC": "green", "C": "green", "N": "dim", "I": "red", "II": "bold red"}


def assessment(found: Assessment) -> RenderableType:
    """Everything about the assessment, for a screen."""
    parts: list[RenderableType] = [_heading("Assessment")]
    first, *others = found.sentences
    parts += [Text(neutral(first), style="bold"), *(Text(neutral(sentence)) for sentence in others)]
    parts += [_heading("Ranking, by what speaks against each"), _ranking(found), Text("")]
    parts += [Text(neutral(found.ranking_sentence)), Text(neutral(found.sensitivity_sentence))]
    parts += [_heading("Evidence matrix"), _matrix(found)]
    if found.best_support is not None and found.best_support.missing:
        parts.append(_heading("Missing for high confidence in the first of them"))
        parts += [Text(f"• {one_line(line)}") for line in found.best_support.missing]
    if found.judgements:
        parts.append(_heading("Judgements"))
        for each in found.judgements:
            said = f"line {each.seq}  {each.time[:10]}  {each.by}: {described(each)}. {each.because}"
            parts.append(Text(one_line(said)))
    if found.tags:
        parts.append(_heading("DISARM"))
        for tag in found.tags:
            signed = f"  ({tag.by}: {tag.because})" if tag.by else ""
            parts.append(Text(one_line(f"{tag.technique}  {tag.name}  {tag.finding or 'the case'}{signed}")))
    parts.append(_heading("ABCDE"))
    summary = Table.grid(padding=(0, 2, 0, 0))
    summary.add_column(no_wrap=True, style="bold")
    summary.add_column(overflow="fold")
    for letter, words in found.abcde.items():
        summary.add_row(letter, Text(neutral(words)))
    parts.append(summary)
    return Group(*parts)


def _heading(words: str) -> RenderableType:
    return Padding(Rule(Text(words, style="bold"), align="left", style="dim"), (1, 0, 0, 0))


def _ranking(found: Assessment) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("place", justify="right")
    table.add_column("hypothesis")
    table.add_column("inconsistency", justify="right")
    above = None
    for one in found.ranking:
        place = "–" if one.place is None else "=" if one.inconsistency == above else str(one.place)
        above = one.inconsistency
        note = f"  (not ranked: {count(len(one.unrated), 'row')} not rated)" if one.unrated else ""
        table.add_row(
            place, Text(one_line(f"{one.hypothesis.name} [{one.hypothesis.id}]{note}")), f"{one.inconsistency:.2f}"
        )
    return table


def _matrix(found: Assessment) -> RenderableType:
    hypotheses = found.matrix.hypotheses
    rated = [row for row in found.matrix.rows if row.rated]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for name in ("evidence", "strength", "code"):
        table.add_column(name, no_wrap=True)
    for each in hypotheses:
        table.add_column(Text(one_line(each.id, 11)), justify="center", no_wrap=True)
    table.add_column("diagn.", justify="right", no_wrap=True)
    for row in rated:
        cells = []
        for each in hypotheses:
            rating = row.ratings.get(each.id, "?")
            mark = "*" if each.id in row.judged else ""
            cells.append(Text(f"{rating}{mark}", style=_STYLES.get(rating, "")))
        code = f"{row.code}{'*' if row.code_judged else ''}"
        strength = row.strength if row.finding is not None else "outside"
        table.add_row(Text(one_line(row.key, 40)), strength, code, *cells, f"{row.diagnosticity(hypotheses):.2f}")
    legend = ", ".join(f"{rating} {words}" for rating, words in RATINGS.items())
    left = len(found.matrix.rows) - len(rated)
    note = f"{legend}; * by a person. {count(left, 'finding')} not rated (--json says why)."
    return Group(table, Text(note, style="dim"))
