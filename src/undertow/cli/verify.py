"""``undertow verify``: is the case what its ledger says?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options


@click.command("verify", short_help="Check the ledger, every hash and every count.")
@options.CASE
@click.option(
    "--head", metavar="HASH", help="The head's hash as a report prints it: finds a tail that was cut off."
)
@options.JSON
@options.QUIET
def command(case: Path, head: str | None, as_json: bool, quiet: bool) -> int:
    """Check CASE: the ledger's chain, every file's hash, every count. Exit code 1 when something is wrong.

    \b
    undertow verify CASE
    undertow verify CASE --head 3f9a1c…
    """
    from undertow.case import Case
    from undertow.verify import verify

    result = verify(Case.open(case), head=head)
    if as_json:
        document = {
            "ok": result.ok,
            "head": result.head,
            "lines": result.lines,
            "checks": len(result.checks),
            "problems": [{"what": check.what, "problem": check.problem} for check in result.problems],
            "changed": list(result.changed),
        }
        click.echo(json.dumps(document))
    else:
        for check in result.problems:
            click.echo(f"wrong: {check.what}: {check.problem}")
        if not quiet:
            for change in result.changed:
                click.echo(f"note: {change}")
            verdict = "all hold" if result.ok else f"{len(result.problems)} failed"
            click.echo(f"{len(result.checks)} checks, {verdict}; {result.lines} ledger lines, head {result.head}")
    return 0 if result.ok else 1
