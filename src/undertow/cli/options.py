"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from undertow.errors import UsageError

if TYPE_CHECKING:
    from undertow.case import Case
    from undertow.sources.base import Progress, ReadOptions

Function = TypeVar("Function", bound=Callable[..., Any])

CASE = click.argument("case", type=click.Path(path_type=Path))
FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
QUIET = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors and what was asked for.")


def identifiable(function: Function) -> Function:
    """The options of what is published with names; :func:`asked_for_names` is to be called then."""
    function = click.option("--yes", is_flag=True, help="Answer the question that --identifiable asks.")(function)
    return click.option(
        "--identifiable", is_flag=True, help="Print account ids instead of pseudonyms; asks, and is recorded."
    )(function)


def asked_for_names(case: Case, command: str, *, identifiable: bool, yes: bool) -> Case:
    """Ask whether names may be shown, where they are to be, and record it; returns the case then."""
    if not identifiable:
        return case
    if not yes:
        click.confirm(f"Account ids of private persons may be in the {command}. Print them?", abort=True, err=True)
    return case.note(command, {"identifiable": True})


def reading(function: Function) -> Function:
    """The options that say how raw files are read."""
    for option in reversed(
        (
            click.option("--format", "layout", metavar="NAME", help="The files' layout, where it is not detected."),
            click.option(
                "--map",
                "mapping",
                multiple=True,
                metavar="CANONICAL=COLUMN",
                help="Which column is what, for layouts that Undertow does not know (repeat). "
                "For example --map created_at=Date --map account_id=User --map text=Message.",
            ),
            click.option(
                "--map-file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help='A TOML file of such lines: created_at = "Date".',
            ),
            click.option(
                "--platform", help="The platform, where the files do not name it (twitter, youtube, ...)."
            ),
            click.option(
                "--escape", metavar="CHAR", help="The escape character of a CSV file, where it cannot be told."
            ),
            click.option(
                "--encoding", help="The encoding of text files that are not UTF-8 (latin-1, utf-16, ...)."
            ),
        )
    ):
        function = option(function)
    return function


def analysing(function: Function) -> Function:
    """The options that say what is analysed."""
    for option in reversed(
        (
            click.option("--only", multiple=True, metavar="ID", help="Only this analysis or finding (repeat)."),
            click.option(
                "--where",
                metavar="SQL",
                help="Only posts that fulfil this condition on the table posts: \"language = 'ru'\".",
            ),
            click.option("--by", metavar="COLUMN", help="Once for each value of this column of posts."),
            click.option(
                "--by-at-least",
                default=1000,
                type=click.IntRange(min=1),
                show_default=True,
                help="With --by: leave out values with fewer posts (they are counted and said).",
            ),
            click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only posts from this day on (UTC)."),
            click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only posts before this day (UTC)."),
            click.option(
                "--engine", default="duckdb", show_default=True, help="Where it is counted: duckdb or spark."
            ),
            click.option(
                "--seed",
                type=click.IntRange(min=0),
                default=0,
                show_default=True,
                help="Seed of everything random.",
            ),
            click.option(
                "--control",
                metavar="CASE",
                type=click.Path(path_type=Path),
                help="Another case, of ordinary accounts, that says what is usual: for the analyses that take one.",
            ),
            click.option(
                "--set",
                "settings",
                multiple=True,
                metavar="ANALYSIS.NAME=VALUE",
                help="A setting of an analysis (repeat); see the reference for what there is.",
            ),
        )
    ):
        function = option(function)
    return function


def pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    """``("a=b", ...)`` as a mapping; :class:`UsageError` for what has no ``=``."""
    found = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UsageError(f"{item!r} is not NAME=VALUE", where=option, todo=f"write {option} name=value")
        found[name.strip()] = value.strip()
    return found


def read_options(given: dict[str, Any], progress: Progress) -> ReadOptions:
    """The :class:`ReadOptions` out of what :func:`reading` collected."""
    from undertow.sources.base import ReadOptions
    from undertow.sources.mapping import read_map

    mapping: dict[str, str] = {}
    if given["map_file"] is not None:
        mapping.update(read_map(given["map_file"]))
    mapping.update(pairs(given["mapping"], "--map"))
    return ReadOptions(
        mapping=mapping,
        platform=given["platform"],
        escape=given["escape"],
        encoding=given["encoding"],
        progress=progress,
    )


def request_fields(given: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of :func:`undertow.analyse` out of what :func:`analysing` collected."""

    def day(value: dt.datetime | None) -> dt.date | None:
        return None if value is None else value.date()

    return {
        "only": given["only"],
        "where": given["where"],
        "by": given["by"],
        "by_at_least": given["by_at_least"],
        "since": day(given["since"]),
        "until": day(given["until"]),
        "engine": given["engine"],
        "seed": given["seed"],
        "control": None if given["control"] is None else str(given["control"]),
        "settings": pairs(given["settings"], "--set"),
    }
