"""What commands print while they work: bars on a terminal, plain lines elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from undertow.wording import count

if TYPE_CHECKING:
    from undertow.inputs import Input
    from undertow.sources.base import Progress


class Output:
    """Where a command's messages go; results for machines go to standard output, these to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A line about the work."""
        if not self.quiet:
            click.echo(text, err=True)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Progress]:
        """A progress callback for the time that files are read."""
        from undertow.sources.base import no_progress

        if self.quiet or not self.terminal:
            yield no_progress
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    @contextlib.contextmanager
    def working(self, text: str) -> Iterator[None]:
        """A sign of life for work whose length is not known."""
        if self.quiet:
            yield
        elif self.terminal:
            from rich.console import Console

            with Console(stderr=True).status(text):
                yield
        else:
            self.say(text)
            yield


def inputs_table(inputs: Sequence[Input]) -> str:
    """What became of each file, a line each."""
    from undertow.reports.neutral import neutral

    lines = []
    for entry in inputs:
        shown = neutral(entry.name)
        if entry.known:
            lines.append(f"{shown}: in the case already (same SHA-256), nothing was read")
            continue
        lines.append(
            f"{shown} ({entry.format}): {count(entry.read, 'record')} read = {entry.kept:,} kept + "
            f"{entry.duplicate:,} duplicate + {entry.quarantined:,} quarantined"
        )
        if entry.quarantine:
            lines.append(f"  the quarantined records, with reasons: quarantine/{entry.quarantine}")
        lines.extend(f"  {neutral(note)}" for note in entry.notes)
    return "\n".join(lines)
