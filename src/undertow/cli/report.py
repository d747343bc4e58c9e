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
    help="Where to write it; with --pdf a name that ends in .pdf is the PDF's. [default: CASE/report.html]",
)
@click.option(
    "--pictures",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for each chart as SVG and PNG. [default: beside the report]",
)
@click.option("--pdf", is_flag=True, help="Print it to PDF too, beside the HTML, with an installed Chromium.")
@click.option("--browser", metavar="PROGRAM", help="The browser that prints. [default: the Chromium that is found]")
@options.identifiable
@options.QUIET
def command(
    case: Path,
    target: Path | None,
    pictures: Path | None,
    pdf: bool,
    browser: str | None,
    identifiable: bool,
    yes: bool,
    quiet: bool,
) -> None:
    """Write the report of CASE: a page for readers without time, every finding and what else could explain it, the
    assessment with its evidence matrix, and the methods.

    It is one HTML file without any request to the network; each chart is exported as SVG and PNG too. Accounts carry
    pseudonyms whose key stays in the case (pseudonyms.key).
    """
    from undertow.case import Case
    from undertow.errors import UsageError

    opened = options.asked_for_names(Case.open(case), "report", identifiable=identifiable, yes=yes)
    output = Output(quiet=quiet)
    printed = None
    if target is not None and target.suffix.lower() == ".pdf" and not pdf:
        raise UsageError("the report is HTML", where=str(target), todo="add --pdf, or name it .html")
    if pdf:
        if target is not None and target.suffix.lower() == ".pdf":
            printed, target = target, target.with_suffix(".html")
        from undertow.reports.pdf import find_browser

        browser = find_browser(browser)  # missing: said before the work begins
    written = write_report(opened, target, pictures, output, identifiable=identifiable)
    if not quiet:
        click.echo(f"report: {written}")
    if pdf:
        from undertow.reports.pdf import write_pdf

        with output.working("printing"):
            printed = write_pdf(written, printed or written.with_suffix(".pdf"), browser=browser)
        if not quiet:
            click.echo(f"pdf: {printed}")


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
