"""``undertow simulate``: a synthetic takedown with its truth."""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options
from undertow.cli.output import Output


@click.command("simulate", short_help="Write a synthetic takedown with its planted truth.")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--scenario", default="demo", show_default=True, metavar="NAME", help="Which features it has.")
@click.option("--accounts", type=click.IntRange(min=1), help="Accounts of the operation, where not the scenario's.")
@click.option("--posts", type=click.IntRange(min=1), help="Posts of the operation, where not the scenario's.")
@click.option("--calendar", metavar="CC", help="The operators' national calendar: a country's code, or none.")
@click.option("--plain", is_flag=True, help="Write .csv instead of .csv.gz.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed gives the same bytes."
)
@options.JSON
@options.QUIET
def command(
    out: Path,
    scenario: str,
    accounts: int | None,
    posts: int | None,
    calendar: str | None,
    plain: bool,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write into the folder OUT a takedown in the layout of Twitter's archive, an organic control population, and
    the truth about both. Everything in it is synthetic and says so.

    \b
    undertow simulate takedown --scenario takedown --seed 1
    undertow simulate study --scenario calendar --calendar RU --accounts 400
    """
    from undertow.simulation import simulate
    from undertow.simulation.scenario import preset

    chosen = preset(scenario).sized(accounts=accounts, posts=posts)
    if calendar is not None:
        chosen = chosen.on_calendar(None if calendar.lower() == "none" else calendar.upper())
    output = Output(quiet=quiet)
    with output.working(f"simulating {scenario}"):
        manifest = simulate(out, scenario=chosen, seed=seed, compress=not plain)
    if as_json:
        click.echo(json.dumps(manifest.to_json(), ensure_ascii=False))
    elif not quiet:
        click.echo(f"{manifest.posts:,} synthetic posts of {manifest.accounts:,} accounts in {out}:")
        for name, rows in manifest.files.items():
            click.echo(f"  {name}: {rows:,} rows")
        click.echo(f"what was planted is in {out / 'truth.csv'}")
