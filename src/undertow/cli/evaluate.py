"""``undertow evaluate``: what the analysis calls, held against what is known to be true."""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options
from undertow.cli.output import Output


@click.command("evaluate", short_help="Hold what coordination calls against what is known to be true.")
@options.CASE
@click.option(
    "--truth",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The simulator's truth.csv, or a CSV with subject_id and label (1 or 0) or group, or account_a and account_b.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="LABEL[=VALUE]",
    help="What counts as coordinated in the simulator's truth (repeat).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="coordination.NAME=VALUE",
    help="A setting of the analysis (repeat).",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random.")
@options.JSON
@options.QUIET
def command(
    case: Path,
    truth: Path,
    labels: tuple[str, ...],
    settings: tuple[str, ...],
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the analysis of coordination on CASE and print precision, recall, AUC and average precision, each with its
    95% interval, for accounts (and pairs, where the truth has groups or pairs): over all traces, by trace, and of the
    published baselines on the same actions. With --json also the curves.

    \b
    undertow simulate OUT --scenario coordination
    undertow add CASE OUT/*.csv.gz
    undertow evaluate CASE --truth OUT/truth.csv
    """
    from undertow.analyses import coordination
    from undertow.analyses.base import parsed_settings
    from undertow.case import Case
    from undertow.errors import UsageError
    from undertow.evaluation import evaluate_coordination, read_truth

    given = {}
    for key, value in options.pairs(settings, "--set").items():
        analysis, _, name = key.partition(".")
        if analysis != "coordination":
            raise UsageError(
                f"{key!r} is not a setting of coordination", where="--set", todo="write coordination.NAME"
            )
        given[name] = value
    parameters = coordination.Parameters(
        seed=seed,
        **parsed_settings("coordination", coordination.Parameters, given),  # type: ignore[arg-type]
    )
    known = read_truth(truth, labels)
    with Output(quiet=quiet).working("evaluating"):
        found = evaluate_coordination(Case.open(case), known, parameters, seed=seed)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    from undertow.cli.printing import print_evaluation

    print_evaluation(found)
