"""``undertow show``: findings in the terminal; with an id, the evidence behind one."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from undertow.cli import options


@click.command("show", short_help="Findings in the terminal; with an id, the posts behind one.")
@options.CASE
@click.argument("finding", required=False)
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many evidence rows to print; 0 for all.",
)
@click.option("--tables", is_flag=True, help="Print the case's tables, their columns and row counts instead.")
@options.JSON
def command(case: Path, finding: str | None, rows: int, tables: bool, as_json: bool) -> None:
    """Print the findings of CASE; with FINDING (an id), that finding and the rows behind it.

    A finding about a part of the posts is named with its part: "ID [PART]". An id alone is the finding about all
    posts; where there is none, the last one made about a part. The others of the same id are listed after it.

    With --json: all findings as an array; with an id, its evidence rows as an array.

    \b
    undertow show CASE
    undertow show CASE posting_hours.office_hours
    undertow show CASE posting_hours.office_hours --rows 0 --json
    undertow show CASE "coordination.network [since 2016-09-01; until 2016-12-01]"
    """
    from undertow.case import Case
    from undertow.cli import printing

    opened = Case.open(case)
    if tables:
        from undertow.schema import TABLES

        counts = [(table.name, opened.table(table.name).count(), table.meaning) for table in TABLES.values()]
        if as_json:
            click.echo(
                json.dumps([{"table": t, "rows": n, "columns": opened.table(t).columns} for t, n, _ in counts])
            )
            return
        for name, number, meaning in counts:
            click.echo(f"{name} ({number:,} rows): {meaning}")
            for column in TABLES[name].columns:
                unit = f" [{column.unit}]" if column.unit else ""
                click.echo(f"  {column.name}{unit}: {column.meaning}")
        return
    if finding is None:
        from undertow.findings_store import dumps

        findings = opened.findings()
        if as_json:
            click.echo(dumps(findings), nl=False)
        elif not findings:
            click.echo(f"no findings yet; run: undertow analyse {case}")
        else:
            printing.print_findings(findings)
        return
    found = opened.finding(finding)
    evidence = opened.evidence(found, limit=rows or None)
    if as_json:
        click.echo(json.dumps(evidence.to_pylist(), ensure_ascii=False, default=_text))
        return
    printing.print_card(found, case)
    printing.print_scopes(found, opened.findings(), case)
    printing.print_rows(evidence, found.evidence.rows)


def _text(value: object) -> str:
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
