"""``undertow track``: keep a case up to date, and be told."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from undertow.cli import options
from undertow.cli.output import Output, inputs_table
from undertow.wording import count

if TYPE_CHECKING:
    from undertow.tracker import Sweep, Update


@click.group("track", short_help="Keep a case up to date as data come in, with alerts.")
def command() -> None:
    """Watch accounts over time: new exports are added, what they touch is counted again, rules alert.

    The rules are in CASE/track.toml (see the how-to on monitoring); without the file, rises of reach alert.
    """


@command.command("add")
@options.CASE
@options.FILES
@options.reading
@options.JSON
@options.QUIET
def add(case: Path, files: tuple[Path, ...], as_json: bool, quiet: bool, **given: Any) -> None:
    """Add FILES (exports, watchlists) to CASE, which is created when there is none, and update it."""
    from undertow.case import Case
    from undertow.tracker import update as bring_up_to_date

    output = Output(quiet=quiet)
    with output.reading() as progress:
        opened, inputs = Case.add_to(
            case, *files, format=given["layout"], options=options.read_options(given, progress)
        )
    output.say(inputs_table(inputs, opened.path))
    with output.working("updating"):
        done = bring_up_to_date(opened)
    _told(done, as_json=as_json, quiet=quiet)


@command.command("update")
@options.CASE
@options.JSON
@options.QUIET
def update(case: Path, as_json: bool, quiet: bool) -> None:
    """Count what is new in CASE, hold the rules against the findings, deliver what is due."""
    from undertow.case import Case
    from undertow.tracker import update as bring_up_to_date

    with Output(quiet=quiet).working("updating"):
        done = bring_up_to_date(Case.open(case))
    _told(done, as_json=as_json, quiet=quiet)


@command.command("status")
@options.CASE
@options.JSON
def status(case: Path, as_json: bool) -> None:
    """What is tracked in CASE, what came of the watched files, and which alerts there were."""
    from undertow.case import Case
    from undertow.reports.neutral import neutral
    from undertow.tracker import read_rules
    from undertow.tracker.state import State
    from undertow.tracker.updating import rules_file

    opened = Case.open(case)
    rules, state = read_rules(rules_file(opened.path)), State.load(opened.path)
    refused = {name: entry[2] for name, entry in state.files.items() if str(entry[2]).startswith("refused")}
    waiting = {channel.name: len(state.pending(channel.name)) for channel in rules.channels}
    tracked = {item.partition(".")[0] for item in rules.only}
    if as_json:
        document = {
            "tracked": list(rules.only), "settings": dict(rules.settings), "alerts": state.alerts,
            "rules": [rule.name for rule in rules.rules],
            "waiting": waiting, "files": len(state.files), "refused": refused,
        }  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    click.echo(f"kept up to date: {', '.join(rules.only)}; rules: {', '.join(rule.name for rule in rules.rules)}")
    if "amplification" in tracked and rules.settings.get("amplification.coordinated") is False:
        click.echo(
            "the reach without coordinated groups is off (amplification.coordinated = false in the settings)"
        )
    click.echo(f"{count(len(state.files), 'file')} taken from the watched folder, {len(refused)} of them refused")
    for name, reason in sorted(refused.items()):
        click.echo(f"  {neutral(name)}: {neutral(reason)}")
    for name, number in waiting.items():
        click.echo(f"{name}: {count(number, 'alert waits', 'alerts wait')}")
    click.echo(count(len(state.alerts), "alert"))
    for alert in state.alerts[-20:]:
        click.echo(f"  {alert['time']} {alert['rule']}: {neutral(alert['finding']['statement'])}")


@command.command("watch")
@options.CASE
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--every", default=10.0, type=click.FloatRange(min=0.1), show_default=True, help="Seconds between looks."
)
@click.option("--once", is_flag=True, help="Look once, take every file as finished, and end.")
@options.reading
@options.QUIET
def watch(case: Path, folder: Path, every: float, once: bool, quiet: bool, **given: Any) -> None:
    """Add what is dropped in FOLDER to CASE, and update it, until it is stopped; a restart goes on.

    A file is taken when it has not changed between two looks. Files whose names begin with a dot or end in .part or
    .tmp are left alone.
    """
    from undertow.sources.base import no_progress
    from undertow.tracker import Watcher

    output = Output(quiet=quiet)
    watcher = Watcher(
        case, folder, options.read_options(given, no_progress), layout=given["layout"], settle=not once
    )

    def wait() -> bool:
        if not once:
            time.sleep(every)
        return not once

    def told(sweep: Sweep) -> None:
        for name, reason in sweep.refused:
            output.say(f"{name} was refused: {reason}")
        if sweep.added:
            output.say(f"{count(len(sweep.added), 'file')} added")
        if sweep.update is not None and (sweep.update.analysed or sweep.update.alerts):
            _told(sweep.update, as_json=False, quiet=quiet)

    watcher.run(wait, told)


def _told(done: Update, *, as_json: bool, quiet: bool) -> None:
    from undertow.reports.neutral import neutral

    if as_json:
        document = {"head": done.case.head, "analysed": list(done.analysed), "alerts": list(done.alerts),
                    "waiting": dict(done.waiting)}  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    if quiet:
        return
    click.echo(f"counted again: {', '.join(done.analysed)}" if done.analysed else "nothing has changed")
    click.echo(count(len(done.alerts), "new alert"))
    for alert in done.alerts:
        click.echo(f"  {alert['rule']}: {neutral(alert['finding']['statement'])}")
    for name, number in done.waiting.items():
        if number:
            click.echo(f"{name}: {count(number, 'alert waits', 'alerts wait')} for the next update")
