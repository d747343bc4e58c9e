"""``undertow add``: raw files into a case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from undertow.cli import options
from undertow.cli.output import Output, inputs_table


@click.command("add", short_help="Read raw files into a case.")
@options.CASE
@options.FILES
@options.reading
@click.option("--title", help="The case's title, when it is new.")
@options.JSON
@options.QUIET
def command(
    case: Path, files: tuple[Path, ...], title: str | None, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Read raw files into CASE, which is created when there is none: all of them, or none.

    The layout of each file is detected by its content. Records that cannot be read go to quarantine with the
    reason; a file that cannot be read at all is an error, and the case stays as it was.

    \b
    undertow add CASE takedown_posts.csv.gz takedown_users.csv.gz
    undertow add CASE export.csv --map created_at=Date --map account_id=User --map text=Message
    """
    from undertow.case import Case

    output = Output(quiet=quiet)
    with output.reading() as progress:
        _, inputs = Case.add_to(
            case, *files, title=title, format=given["layout"], options=options.read_options(given, progress)
        )
    if as_json:
        click.echo(json.dumps([entry.to_json() | {"known": entry.known} for entry in inputs], ensure_ascii=False))
    elif not quiet:
        click.echo(inputs_table(inputs, case))
