"""``undertow run``: the main job, in one go."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from undertow.cli import options
from undertow.cli.analyse import analyse_and_record
from undertow.cli.output import Output, inputs_table
from undertow.cli.report import write_report


@click.command("run", short_help="Raw files in, a report out: add, analyse, report.")
@options.FILES
@click.option(
    "--case", required=True, type=click.Path(path_type=Path), help="The case; created when there is none."
)
@click.option("--title", help="The case's title, when it is new.")
@options.reading
@options.analysing
@options.JSON
@options.QUIET
def command(
    files: tuple[Path, ...], case: Path, title: str | None, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Read FILES into a case, ask all the questions, and write the report.

    \b
    undertow run takedown_posts.csv.gz takedown_users.csv.gz --case CASE
    undertow run tweets.parquet --case CASE --where "language = 'ru'"
    """
    from undertow.case import Case

    output = Output(quiet=quiet)
    with output.reading() as progress:
        opened, inputs = Case.add_to(
            case, *files, title=title, format=given["layout"], options=options.read_options(given, progress)
        )
    output.say(inputs_table(inputs, opened.path))
    opened, findings = analyse_and_record(opened, options.request_fields(given), output)
    path = write_report(opened, None, None, output)
    if as_json:
        document = {
            "case": str(case),
            "head": opened.head,
            "inputs": [entry.to_json() | {"known": entry.known} for entry in inputs],
            "findings": [finding.to_json() for finding in findings],
            "report": str(path),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    if not quiet:
        from undertow.cli.printing import print_findings

        print_findings(findings, brief=True)
        click.echo(f"all findings: undertow show {shlex.quote(str(case))}")
    click.echo(f"report: {path}")
