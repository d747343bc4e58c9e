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
@options.QUIET
def command(case: Path, target: Path | None, pictures: Path | None, quiet: bool) -> None:
    """Write the report of CASE: what was analysed, every finding, and what else could explain it.

    It is one HTML file without any request to the network; each chart is exported as SVG and PNG too.
    """
    from undertow.case import Case

    written = write_report(Case.open(case), target, pictures, Output(quiet=quiet))
    if not quiet:
        click.echo(f"report: {written}")


def write_report(case: object, target: Path | None, pictures: Path | None, output: Output) -> Path:
    """Write the report of ``case`` (an opened one); returns its path."""
    from undertow.case import Case
    from undertow.reports import write
    from undertow.reports.of_case import report_of

    if not isinstance(case, Case):
        raise TypeError("write_report takes an opened Case")
    path = target or case.path / "report.html"
    with output.working("drawing the report"):
        write(report_of(case), path, pictures or path.with_name(f"{path.stem}_pictures"))
    return path
