"""Findings and rows printed to the terminal, neutralised: what comes from a post steers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from undertow.analyses.account_histories.history import History
    from undertow.analyses.coordination.explain import Explanation
    from undertow.attribution import Assessment
    from undertow.evaluation import Evaluation
    from undertow.finding import Finding

PLAIN_WIDTH = 120
"""Columns of output that goes to a file or a pipe."""
CELL = 100
"""Characters of one value of an evidence row."""


def _print(*renderables: object) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    for renderable in renderables:
        console.print(renderable)


def print_findings(findings: Sequence[Finding], *, brief: bool = False) -> None:
    """The list of findings; with ``brief``, those of no strength only counted."""
    from undertow.reports.terminal import findings_list

    _print(findings_list(findings, brief=brief))


def print_assessment(found: Assessment) -> None:
    """The assessment, with its matrix."""
    from undertow.reports.assessment_terminal import assessment

    _print(assessment(found))


def print_card(finding: Finding, case: Path) -> None:
    """Everything about one finding."""
    from undertow.reports.terminal import card

    _print(card(finding, case=str(case)))


def print_scopes(found: Finding, findings: Sequence[Finding], case: Path) -> None:
    """Which posts the finding is about, and how to see those of the same id about others."""
    from rich.text import Text

    from undertow.reports.model import shell_word
    from undertow.reports.neutral import one_line
    from undertow.wording import scope_words

    others = [each for each in findings if each.id == found.id and each.key != found.key]
    if found.filter is None and not others:
        return
    _print(
        Text(f"About {'all posts' if found.filter is None else f'posts {one_line(scope_words(found.filter))}'}.")
    )
    for each in others:
        about = "all posts" if each.filter is None else f"posts {one_line(scope_words(each.filter))}"
        _print(Text(f"About {about}: undertow show {shell_word(str(case))} {shell_word(each.key)}"))


def print_rows(rows: pa.Table, total: int) -> None:
    """Evidence rows: the columns that hold anything, each value cut to one line."""
    from rich.text import Text

    from undertow.reports.terminal import Fitted

    if rows.num_rows == 0:
        _print("no rows behind this finding")
        return
    wanted = ("created_at", "account_id", "kind", "text", "post_id", "language", "client")
    names = [name for name in wanted if name in rows.column_names] or rows.column_names
    said = [
        ["" if row[name] is None else str(row[name]) for name in names] for row in rows.select(names).to_pylist()
    ]
    _print(
        Fitted(names, [False] * len(names), said, CELL),
        Text(f"{rows.num_rows:,} of {total:,} rows; --rows 0 --json prints all of them, whole"),
    )


def print_explanation(found: Explanation) -> None:
    """Who met whom: the tests' numbers where there are any, then each meeting's posts under each other."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from undertow.reports.figures import moment, number
    from undertow.reports.neutral import one_line
    from undertow.wording import count, scope_words

    _print(Text(one_line(found.subject), style="bold"))
    if found.filter is not None:
        _print(Text(f"About posts {one_line(scope_words(found.filter))}."))
    if found.edges:
        several = len({edge[f"platform_{end}"] for edge in found.edges for end in ("a", "b")}) > 1
        ends = ("platform_a", "account_a", "platform_b", "account_b") if several else ("account_a", "account_b")
        names = (*ends, "trace", "window_s", "occasions", "expected", "p_value", "pair_q_value")
        table = Table(*names, box=None, pad_edge=False, header_style="bold")
        for edge in found.edges[:CELL]:
            cells = [edge[name] for name in names]
            table.add_row(*(Text(number(c) if isinstance(c, float) else one_line(str(c), 30)) for c in cells))
        _print(
            table, Text(f"{count(len(found.edges), 'row')} of the stored analysis: pairs beyond chance, by trace")
        )
    else:
        _print(Text("The stored analysis calls no pair among them beyond chance."))
    for meeting in found.meetings:
        _print(
            Text(f"\n{one_line(meeting.trace)}: {one_line(meeting.object, CELL)}", style="bold"),
            Text(f"{moment(meeting.sides[0].at)}, {number(meeting.apart_s)} s from first to last"),
        )
        rows = Table(box=None, show_header=False, pad_edge=False)
        for side in meeting.sides:
            said = one_line(side.text or "", CELL)
            rows.add_row(
                Text(f"+{side.after_s:,.1f} s"), Text(one_line(side.account, 30)), Text(side.kind or ""), Text(said)
            )
        _print(Padding(rows, (0, 0, 0, 2)))
    if not found.meetings:
        _print(Text("They never acted on the same object within the window."))
    elif len(found.meetings) < found.n_meetings:
        _print(Text(f"\n{len(found.meetings):,} of {found.n_meetings:,} meetings; --limit 0 prints all of them"))


def print_history(found: History) -> None:
    """One account's lives, the aspects at its strongest moment, and the events in order."""
    from rich.table import Table
    from rich.text import Text

    from undertow.analyses.account_histories.context import day, moment
    from undertow.reports.figures import number
    from undertow.reports.neutral import one_line
    from undertow.wording import count

    verdict = "consistent with a change of hands" if found.called else "not called"
    _print(
        Text(
            f"{one_line(found.account_id, 60)}: {count(len(found.lives), 'life', 'lives')}, {verdict}", style="bold"
        )
    )
    names = ("life", "from", "to", "posts", "language", "client", "posted then", "topics")
    lives = Table(*names, box=None, pad_edge=False, header_style="bold")
    for life in found.lives:
        cells = (
            str(life.number), day(life.first), day(life.last), f"{life.posts:,}", life.language or "", life.client or "",
            life.content, ", ".join(life.topics),
        )  # fmt: skip
        lives.add_row(*(Text(one_line(cell, 40)) for cell in cells))
    _print(lives)
    if found.strongest is None:
        _print(Text("Too few active days to look for a change."))
    else:
        _print(
            Text(
                f"\nWhere most changed, {day(found.strongest)}, after {found.pause_days or 0:,.0f} days of silence:"
            )
        )
        aspects = Table("aspect", "replaced", "p", box=None, pad_edge=False, header_style="bold")
        for each in found.aspects:
            known = each.p_value is not None and each.effect is not None
            aspects.add_row(
                each.aspect,
                f"{each.effect:.0%}" if known and each.effect is not None else "not examined",
                number(each.p_value) if each.p_value is not None else "",
            )
        _print(aspects)
    if found.events:
        events = Table("at (UTC)", "event", "", box=None, pad_edge=False, header_style="bold")
        for at, kind, words in found.events:
            events.add_row(f"{moment(at):%Y-%m-%d %H:%M}", kind, Text(one_line(words, CELL)))
        _print(Text(""), events)


def print_evaluation(found: Evaluation) -> None:
    """The measures, a line each."""
    from rich.table import Table
    from rich.text import Text

    from undertow.evaluation.measures import Interval
    from undertow.wording import count

    def cell(part: Interval) -> Text:
        if part.value is None:
            return Text("–")
        if part.low is None or part.high is None:
            return Text(f"{part.value:.3f}")
        return Text(f"{part.value:.3f} {part.low:.2f}-{part.high:.2f}")

    _print(
        Text(
            f"{count(found.n_accounts, 'account')} of known kind, {found.n_true:,} of them coordinated; without posts "
            f"{found.n_without_posts:,}, of unknown kind {found.n_unknown:,} (left out)"
        )
    )
    for level in dict.fromkeys(row.level for row in found.rows):
        table = Table(title=Text(level), title_justify="left", box=None, pad_edge=False, header_style="bold")
        for name in ("method", "trace", "called", "precision", "recall", "AUC", "AP"):
            table.add_column(name, no_wrap=True)
        for row in found.rows:
            if row.level == level and (row.measures.n_called or row.method == "test"):
                m = row.measures
                table.add_row(
                    Text(row.method),
                    Text(row.trace),
                    Text(f"{m.n_called:,}"),
                    *(cell(part) for part in (m.precision, m.recall, m.auc, m.average_precision)),
                )
        _print(table)
    _print(
        Text("baselines that call nothing are not printed; --json has all of them, with their curves", style="dim")
    )
    for name, reason in found.refused.items():
        _print(Text(f"not tested: {name}, {reason}", style="dim"))
