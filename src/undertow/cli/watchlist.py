"""``undertow watchlist``: check lists before they are added, and turn published lists into ones to edit."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import click

from undertow.cli import options
from undertow.errors import UsageError


@click.command("watchlist", short_help="Check watchlists; turn published lists into watchlists.")
@options.FILES
@click.option("--platform", help="The platform of accounts, where the files do not name it (twitter, ...).")
@click.option("--country", help="Write this country into entries that have none.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write all entries into this CSV watchlist.")
@options.JSON
def command(
    files: tuple[Path, ...], platform: str | None, country: str | None, output: Path | None, as_json: bool
) -> None:
    """Read FILES as watchlists (CSV, YAML) or as published reference lists, and say what is in them.

    Every line with a mistake is named. With -o, what was read becomes one CSV watchlist to edit. Lists are added
    to a case like any other file: undertow add CASE watchlist.csv

    \b
    undertow watchlist embassies.yaml
    undertow watchlist handles.csv --country FR -o embassies.csv
    """
    from dataclasses import replace

    from undertow.sources.watchlist import list_entries
    from undertow.watchlists.entries import COLUMNS

    entries = []
    left_out: Counter[str] = Counter()
    for file in files:
        found, reasons = list_entries(file, platform=platform)
        entries += found if country is None else [replace(e, country=e.country or country) for e in found]
        left_out.update(reasons)
    if output is not None:
        if output.exists():
            raise UsageError("this file exists", where=str(output), todo="choose another name, or remove it first")
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(entry.fields() for entry in entries)
        output.write_text(text.getvalue(), encoding="utf-8")
    counts = Counter((e.actor_class or "no class", e.subject_type, e.platform) for e in entries)
    if as_json:
        listed = [
            {"actor_class": c, "subject_type": s, "platform": p, "entries": n}
            for (c, s, p), n in sorted(counts.items())
        ]
        click.echo(json.dumps({"entries": listed, "left_out": dict(sorted(left_out.items()))}))
        return
    for (actor_class, subject_type, on), number in sorted(counts.items()):
        click.echo(f"{number:,} {actor_class}: {subject_type}s on {on}")
    for reason, number in sorted(left_out.items()):
        click.echo(f"{number:,} records left out: {reason}")
    if output is not None:
        click.echo(f"written: {output}")
