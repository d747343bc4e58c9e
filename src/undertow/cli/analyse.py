"""``undertow analyse``: the questions, asked of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from undertow.cli import options
from undertow.cli.output import Output


@click.command("analyse", short_help="Ask a case the questions; store the findings.")
@options.CASE
@options.analysing
@options.JSON
@options.QUIET
def command(case: Path, as_json: bool, quiet: bool, **given: Any) -> None:
    """Run the analyses on CASE and store their findings in it, beside earlier ones.

    \b
    undertow analyse CASE
    undertow analyse CASE --only posting_hours --where "language = 'ru'"
    undertow analyse CASE --by language --since 2019-01-01
    undertow analyse CASE --set posting_hours.calendars=RU,UA,BY,KZ
    """
    from undertow.case import Case
    from undertow.findings_store import dumps

    output = Output(quiet=quiet)
    opened = Case.open(case)
    findings = analyse_and_record(opened, options.request_fields(given), output)[1]
    if as_json:
        click.echo(dumps(findings), nl=False)
    elif not quiet:
        from undertow.cli.printing import print_findings

        print_findings(findings)


def analyse_and_record(case: Any, request: dict[str, Any], output: Output) -> tuple[Any, list[Any]]:
    """Run the analyses with signs of life, store their findings; returns the case then, and the findings."""
    from undertow.analyses.run import Request, run

    asked = Request(**request)
    findings = []
    with output.working("analysing"):
        findings = list(
            run(case, asked, started=lambda name, part: output.say(f"{name}: {part}") if part else None)
        )
    return case.record(findings, asked.to_json()), findings
