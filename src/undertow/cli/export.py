"""``undertow export``: findings, tables and networks for other programs and other readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from undertow.cli import options
from undertow.cli.output import Output
from undertow.exports import FORMATS

if TYPE_CHECKING:
    from undertow.case import Case

_ENDINGS = {
    "gexf": ".gexf",
    "graphml": ".graphml",
    "stix": ".stix.json",
    "json": ".json",
    "bundle": ".undertow.zip",
}


@click.command("export", short_help="Write findings, tables and networks for other programs.")
@options.CASE
@click.option("--to", "layout", required=True, type=click.Choice(list(FORMATS)), help="What to write.")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    help="Where to write it. [default: under CASE/exports]",
)
@click.option(
    "--network", metavar="ID", help="The finding whose network is written. [default: coordination.network]"
)
@click.option("--tlp", default="amber", show_default=True, metavar="NAME", help="Marking of a STIX bundle.")
@click.option("--author", metavar="NAME", help="The organisation that publishes a STIX bundle.")
@click.option(
    "--disarm",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="DISARM's STIX file, whose ids a STIX bundle then refers to.",
)
@options.identifiable
@options.QUIET
def command(
    case: Path,
    layout: str,
    target: Path | None,
    network: str | None,
    tlp: str,
    author: str | None,
    disarm: Path | None,
    identifiable: bool,
    yes: bool,
    quiet: bool,
) -> None:
    """Write the findings of CASE for other programs. Accounts carry pseudonyms whose key stays in the case, and texts
    are searched for names and contacts; --identifiable asks, and is recorded.

    \b
    undertow export CASE --to csv -o tables
    undertow export CASE --to gexf -o network.gexf
    undertow export CASE --to stix --tlp green --author "The Newsroom" -o case.stix.json
    undertow export CASE --to bundle -o case.undertow.zip
    """
    from undertow.case import Case

    opened = options.asked_for_names(Case.open(case), "export", identifiable=identifiable, yes=yes)
    default = opened.path / "exports" / f"{opened.path.resolve().name}{_ENDINGS.get(layout, f'-{layout}')}"
    path = target or default
    with Output(quiet=quiet).working(f"exporting {layout}"):
        _write(
            opened, layout, path, identifiable=identifiable, network=network, tlp=tlp, author=author, disarm=disarm
        )
    if not quiet:
        click.echo(f"{layout}: {path}")


def _write(
    case: Case,
    layout: str,
    path: Path,
    *,
    identifiable: bool,
    network: str | None,
    tlp: str,
    author: str | None,
    disarm: Path | None,
) -> None:
    from undertow.published import published
    from undertow.reports.files import write_whole

    shown = published(case, identifiable=identifiable)
    if layout in ("csv", "parquet", "jsonl"):
        from undertow.exports.tables import write_tables

        write_tables(shown, path, layout)
    elif layout == "json":
        from undertow.exports.document import document

        write_whole(path, document(shown))
    elif layout in ("gexf", "graphml"):
        from undertow.exports import graph_files
        from undertow.exports.networks import network as network_of

        made = network_of(shown.findings, network)
        write_whole(path, graph_files.gexf(made, shown) if layout == "gexf" else graph_files.graphml(made, shown))
    elif layout == "stix":
        from undertow.attribution.disarm import read_framework
        from undertow.exports.stix import bundle

        known = None if disarm is None else read_framework(disarm)
        write_whole(path, bundle(shown, tlp=tlp, author=author, techniques=known))
    else:
        from undertow.exports.bundle import write_bundle

        write_bundle(shown, path)
