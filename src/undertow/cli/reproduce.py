"""``undertow reproduce``: a bundle's numbers again, from another copy of the raw files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options
from undertow.cli.output import Output

SHORT, CONTEXT, LONGEST = 60, 20, 300
"""Characters of words that are printed whole, around the place where longer ones differ, and at most."""


@click.command("reproduce", short_help="Run a reproduction bundle again; say what differs.")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.FILES
@click.option(
    "--case", required=True, type=click.Path(path_type=Path), help="The new case that is made from FILES."
)
@options.JSON
@options.QUIET
def command(bundle: Path, files: tuple[Path, ...], case: Path, as_json: bool, quiet: bool) -> int:
    """Read FILES into a new case as BUNDLE says, run the same analyses with the same parameters, and compare every
    figure and table. Exit code 1 when anything differs; each difference is printed.

    \b
    undertow reproduce case.undertow.zip takedown_posts.csv.gz takedown_users.csv.gz --case MINE
    """
    from undertow.exports.reproduce import reproduce
    from undertow.reports.neutral import one_line

    output = Output(quiet=quiet)
    with output.working("reproducing"):
        result = reproduce(bundle, files, case, said=output.say)
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=True))
        return 0 if result.same else 1
    before = ""
    for each in result.differences:
        if each.what != before:
            click.echo(one_line(each.what))
            before = each.what
        arrow = "" if each.there == each.here == "" else f": {_change(each.there, each.here)}"
        click.echo(f"  {one_line(each.part)}{arrow}")
    if not quiet:
        for note in result.notes:
            click.echo(f"note: {one_line(note)}")
    verdict = "the same, bit by bit" if result.same else f"{len(result.differences)} differences"
    click.echo(f"{result.findings} findings and {result.tables} tables: {verdict}")
    return 0 if result.same else 1


def _change(there: object, here: object) -> str:
    """What differs, where it differs: of long words the part, of lists the elements."""
    if isinstance(there, list) and isinstance(here, list):
        gone = [each for each in there if each not in here]
        new = [each for each in here if each not in there]
        return "; ".join(
            [*(f"not here: {_shown(each)}" for each in gone), *(f"only here: {_shown(each)}" for each in new)]
        )
    if isinstance(there, str) and isinstance(here, str) and max(len(there), len(here)) > SHORT:
        start = _shared(there, here)
        end = _shared(there[start:][::-1], here[start:][::-1])
        start, end = max(0, start - CONTEXT), max(0, end - CONTEXT)
        there, here = (f"…{each[start : len(each) - end]}…" for each in (there, here))
    return f"{_shown(there)} → {_shown(here)}"


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _shown(value: object) -> str:
    from undertow.reports.neutral import one_line

    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), LONGEST)
