"""``undertow explain``: the posts with which accounts met, side by side; or one account's history."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from undertow.cli import options


@click.command("explain", short_help="The posts with which accounts met, side by side; or an account's history.")
@options.CASE
@click.option("--pair", nargs=2, metavar="A B", help="Two accounts, by id or handle.")
@click.option("--group", type=int, metavar="N", help="A group, numbered as in the finding coordination.groups.")
@click.option("--account", metavar="A", help="An account with the partners that the analysis found.")
@click.option("--history", metavar="A", help="An account's lives, and the chain of events between them.")
@click.option("--trace", "traces", multiple=True, metavar="NAME", help="Only this trace (repeat).")
@click.option(
    "--window",
    "windows",
    multiple=True,
    metavar="S",
    help="Seconds for every trace (60) or one (repost=10) (repeat).",
)
@click.option(
    "--where", metavar="SQL", help="The analysis of posts that fulfil this condition, as it was given then."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The analysis of posts from this day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The analysis of posts before this day.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many meetings to print; 0 for all.",
)
@options.JSON
def command(
    case: Path,
    pair: tuple[str, str] | None,
    group: int | None,
    account: str | None,
    history: str | None,
    traces: tuple[str, ...],
    windows: tuple[str, ...],
    where: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Print the posts of CASE with which two accounts, a group, or an account and its partners acted on the same
    object within the window, in the order of time, with the seconds between them.

    With --history: the lives of an account, what changed between them, and the events in order, whether or not the
    analysis calls it.

    A pair is looked up whether or not the analysis calls it; groups and partners are those of the stored analysis.
    Which posts it is of is said first: those that --where, --since and --until name as the analysis was told; without
    them all posts, or the part that was analysed last where no analysis is of all.

    \b
    undertow explain CASE --pair 1091 2544
    undertow explain CASE --group 1 --limit 5
    undertow explain CASE --group 1 --since 2016-09-01 --until 2016-12-01
    undertow explain CASE --account somebody --json
    undertow explain CASE --history somebody
    """
    from undertow.analyses.base import Scope
    from undertow.analyses.coordination import explain
    from undertow.case import Case
    from undertow.errors import UsageError

    if sum(given is not None for given in (pair or None, group, account, history)) != 1:
        todo = "give one of --pair A B, --group N, --account A, --history A"
        raise UsageError("explain what?", where="explain", todo=todo)
    if history is not None:
        _history(case, history, as_json)
        return
    days = (None if day is None else day.date() for day in (since, until))
    scope = Scope(where=where, since=next(days), until=next(days)) if where or since or until else None
    choice = explain.Choice(traces=traces, windows=windows, limit=limit or None, scope=scope)
    opened = Case.open(case)
    if pair:
        found = explain.explain_pair(opened, *pair, choice)
    elif group is not None:
        found = explain.explain_group(opened, group, choice)
    else:
        found = explain.explain_account(opened, str(account), choice)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    from undertow.cli.printing import print_explanation

    print_explanation(found)


def _history(case: Path, account: str, as_json: bool) -> None:
    """Print one account's history."""
    from undertow.analyses.account_histories.history import history
    from undertow.case import Case

    found = history(Case.open(case), account)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    from undertow.cli.printing import print_history

    print_history(found)
