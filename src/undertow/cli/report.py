"""``undertow report``: one HTML file that opens offline."""

from __future__ import annotations

from pathlib import Path

import click

from undertow.cli import options
from undertow.cli.output import Output


@click.command("report", short_help="Write the report of a case.")
@options.CASE
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    help="Where to write it. [default: CASE/report.html]",
)
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for each chart as SVG and PNG. [default: beside the report]",
)
@click.option(
    "--identifiable", is_flag=True, help="Print account ids instead of pseudonyms; asks, and is recorded."
)
@click.option("--yes", is_flag=True, help="Answer the question that --identifiable asks.")
@options.QUIET
def command(
    case: Path, target: Path | None, pictures: Path | None, identifiable: bool, yes: bool, quiet: bool
) -> None:
    """Write the report of CASE: what was analysed, every finding, and what else could explain it.

    It is one HTML file without any request to the network; each chart is exported as SVG and PNG too. Accounts carry
    pseudonyms whose key stays in the case (pseudonyms.key).
    """
    from undertow.case import Case

    opened = Case.open(case)
    if identifiable:
        if not yes:
            click.confirm("Account ids of private persons may be in the report. Print them?", abort=True, err=True)
        opened = opened.note("report", {"identifiable": True})
    written = write_report(opened, target, pictures, Output(quiet=quiet), identifiable=identifiable)
    if not quiet:
        click.echo(f"report: {written}")


def write_report(
    case: object, target: Path | None, pictures: Path | None, output: Output, *, identifiable: bool = False
) -> Path:
    """Write the report of ``case`` (an opened one); returns its path."""
    from undertow.case import Case
    from undertow.reports import write
    from undertow.reports.of_case import report_of

    if not isinstance(case, Case):
        raise TypeError("write_report takes an opened Case")
    path = target or case.path / "report.html"
    with output.working("drawing the report"):
        write(report_of(case, identifiable=identifiable), path, pictures or path.with_name(f"{path.stem}_pictures"))
    return path
