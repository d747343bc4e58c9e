"""``undertow compact``: delete what the case no longer names."""

from __future__ import annotations

from pathlib import Path

import click

from undertow.cli import options


@click.command("compact", short_help="Delete files that the case has not named for 24 hours.")
@options.CASE
@options.QUIET
def command(case: Path, quiet: bool) -> None:
    """Delete parts of tables that no ledger line of the last 24 hours names as current, and what was derived of them.

    The only command that deletes. Findings, quarantine and the ledger stay; what is derived is made again when needed.
    """
    from undertow.case import Case
    from undertow.compact import compact

    done = compact(Case.open(case))
    if not quiet:
        click.echo(f"{len(done.deleted)} files deleted, {done.bytes:,} bytes freed")
