"""``undertow assess``: the evidence matrix of a case, and the judgements that people sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from undertow.cli import options
from undertow.errors import UsageError

if TYPE_CHECKING:
    from undertow.case import Case

Function = TypeVar("Function", bound=Callable[..., Any])


class _Bench(click.Group):
    """A group that takes its flags after CASE too, as every other command does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if len(args) > 1 and args[1].startswith("-"):
            args = [args[1], args[0], *args[2:]]
        return super().parse_args(ctx, args)


@click.group(
    "assess", cls=_Bench, invoke_without_command=True, short_help="The evidence matrix, and what people judge."
)
@options.CASE
@options.JSON
@click.pass_context
def command(context: click.Context, case: Path, as_json: bool) -> None:
    """Print the assessment of CASE: every finding against every hypothesis, the ranking by least inconsistency, what
    hangs on a single finding, and what people judged. Without a judgement it says "not assessed".

    The commands below record a judgement, each with a name and a reason, in the ledger.

    \b
    undertow assess CASE
    undertow assess CASE rate coordination.network fans=I --by "A. Analyst" --because "no shared interest is visible"
    undertow assess CASE judge proxy --likelihood likely --confidence low --by "A. Analyst" --because "see the memo"
    """
    from undertow.case import Case

    context.obj = Case.open(case)
    if context.invoked_subcommand is not None:
        if as_json:
            raise UsageError(
                "--json prints the assessment, and records nothing", where="--json", todo="leave it out"
            )
        return
    from undertow.attribution import assess

    found = assess(context.obj)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    from undertow.cli.printing import print_assessment

    print_assessment(found)


def signed(function: Function) -> Function:
    """The options that every judgement takes."""
    function = click.option("--because", required=True, metavar="REASON", help="Why; it stands in the ledger.")(
        function
    )
    return click.option("--by", required=True, metavar="NAME", help="Who judges; it stands in the ledger.")(
        function
    )


@command.command("judge", short_help="How likely a hypothesis is, and how confidently.")
@click.argument("hypothesis")
@click.option(
    "--likelihood",
    required=True,
    metavar="WORD",
    help="A word of ICD 203, from 'almost no chance' to 'almost certain'.",
)
@click.option("--confidence", required=True, metavar="LEVEL", help="Analytic confidence: low, moderate or high.")
@signed
@click.pass_obj
def judge(case: Case, hypothesis: str, likelihood: str, confidence: str, by: str, because: str) -> None:
    """Record how likely HYPOTHESIS is. High confidence is refused (exit code 1) unless at least three aspects, the
    behavioural or the technical one among them, carry independent strong findings that discriminate; what is missing
    is listed."""
    from undertow.attribution import decide

    _done(decide.judge(case, hypothesis, likelihood, confident=confidence, by=by, because=because))


@command.command("rate", short_help="Rate a finding against hypotheses.")
@click.argument("finding")
@click.argument("ratings", nargs=-1, required=True, metavar="HYPOTHESIS=RATING...")
@signed
@click.pass_obj
def rate(case: Case, finding: str, ratings: tuple[str, ...], by: str, because: str) -> None:
    """Rate FINDING: CC very consistent, C consistent, N neither, I inconsistent, II very inconsistent."""
    from undertow.attribution import decide

    _done(decide.rate(case, finding, options.pairs(ratings, "rate"), by=by, because=because))


@command.command("weigh", short_help="Give a finding another Admiralty code.")
@click.argument("finding")
@click.argument("code")
@signed
@click.pass_obj
def weigh(case: Case, finding: str, code: str, by: str, because: str) -> None:
    """Weigh FINDING by the Admiralty CODE: a letter A to F for the source, a digit 1 to 6 for what it says."""
    from undertow.attribution import decide

    _done(decide.weigh(case, finding, code, by=by, because=because))


@command.command("evidence", short_help="Bring evidence from outside the case.")
@click.argument("name")
@click.argument("statement")
@click.option("--aspect", required=True, metavar="ASPECT", help="The aspect of the case that it is about.")
@click.option("--code", required=True, metavar="CODE", help="Its Admiralty code, such as B2.")
@signed
@click.pass_obj
def evidence(case: Case, name: str, statement: str, aspect: str, code: str, by: str, because: str) -> None:
    """Add a row NAME with STATEMENT to the matrix, to be rated like a finding. It never counts towards high
    confidence: nothing here can check it."""
    from undertow.attribution import decide

    _done(decide.bring(case, name, statement, aspect=aspect, admiralty=code, by=by, because=because))


@command.command("hypothesis", short_help="Add, reword or remove a hypothesis.")
@click.argument("hypothesis")
@click.option("--name", metavar="WORDS", help="Its name, as a heading.")
@click.option("--that", metavar="WORDS", help='What completes "it is likely that ...".')
@click.option("--means", metavar="WORDS", help="What would have to be true.")
@click.option("--organic", is_flag=True, help="Nobody deceives anybody in it.")
@click.option("--remove", is_flag=True, help="Leave it out of this case's matrix.")
@signed
@click.pass_obj
def hypothesis(
    case: Case,
    hypothesis: str,
    name: str | None,
    that: str | None,
    means: str | None,
    organic: bool,
    remove: bool,
    by: str,
    because: str,
) -> None:
    """Add a hypothesis under the id HYPOTHESIS, give one that is there other words, or remove it. One that was added
    is ranked when people have rated every rated finding on it."""
    from undertow.attribution import decide

    if remove:
        _done(decide.rule_out(case, hypothesis, by=by, because=because))
        return
    _done(
        decide.suppose(case, hypothesis, by=by, because=because, name=name, that=that, means=means, organic=organic)
    )


@command.command("tag", short_help="Tag the case or a finding with a DISARM technique.")
@click.argument("technique")
@click.option("--finding", metavar="ID", help="The finding that shows it; the whole case by default.")
@click.option(
    "--disarm",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="DISARM's STIX file, which TECHNIQUE is looked up in.",
)
@signed
@click.pass_obj
def tag(case: Case, technique: str, finding: str | None, disarm: Path | None, by: str, because: str) -> None:
    """Tag CASE with the DISARM Red TECHNIQUE, by its id (T0049.005)."""
    from undertow.attribution import decide

    _done(decide.tag(case, technique, by=by, because=because, finding=finding, framework=disarm))


@command.command("withdraw", short_help="Withdraw a judgement.")
@click.argument("line", type=int)
@signed
@click.pass_obj
def withdraw(case: Case, line: int, by: str, because: str) -> None:
    """Withdraw the judgement of ledger LINE. The line stays, with what was withdrawn and why."""
    from undertow.attribution import decide

    _done(decide.withdraw(case, line, by=by, because=because))


def _done(case: Case) -> None:
    click.echo(f"recorded in ledger line {len(case.ledger.lines)}, head {case.head[:16]}")
