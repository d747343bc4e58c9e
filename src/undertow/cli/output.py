"""What commands print while they work: bars on a terminal, plain lines elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
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


REASONS = 3
"""The commonest reasons for quarantine that are printed."""


def reasons_of(quarantine: Path) -> list[str]:
    """The commonest reasons in a file of quarantined records, each with its number and its first record."""
    import json
    from collections import Counter

    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    with quarantine.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            place = f"record {record['record']:,}"
            if record["line"] is not None:
                place += f", line {record['line']:,}"
            for reason in record["reasons"]:
                found[reason] += 1
                first.setdefault(reason, place)
    lines = [f"{times:,} x {reason} (first: {first[reason]})" for reason, times in found.most_common(REASONS)]
    if len(found) > REASONS:
        lines.append(f"and {count(len(found) - REASONS, 'more reason')}")
    return lines


def inputs_table(inputs: Sequence[Input], case: Path) -> str:
    """What became of each file of the case in the folder ``case``, a line each, with why records were put aside."""
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
            lines.extend(f"  {neutral(line)}" for line in reasons_of(case / "quarantine" / entry.quarantine))
            lines.append(f"  the quarantined records, with reasons: quarantine/{entry.quarantine}")
        lines.extend(f"  {neutral(note)}" for note in entry.notes)
    return "\n".join(lines)
