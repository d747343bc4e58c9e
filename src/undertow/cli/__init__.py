"""The command line: a thin shell over the library, one module a command.

Exit codes: 0 done; 1 a finding or check failed where asked to check; 2 usage; 3 bad input.
"""

from __future__ import annotations

import json
import logging
import os
import sys

import click

import undertow
from undertow.cli.add import command as add
from undertow.cli.analyse import command as analyse
from undertow.cli.assess import command as assess
from undertow.cli.codebook import command as codebook
from undertow.cli.compact import command as compact
from undertow.cli.disarm import command as disarm
from undertow.cli.evaluate import command as evaluate
from undertow.cli.explain import command as explain
from undertow.cli.export import command as export
from undertow.cli.report import command as report
from undertow.cli.reproduce import command as reproduce
from undertow.cli.run import command as run
from undertow.cli.show import command as show
from undertow.cli.simulate import command as simulate
from undertow.cli.track import command as track
from undertow.cli.verify import command as verify
from undertow.cli.watchlist import command as watchlist
from undertow.errors import UndertowError, of_system

HELP = """Find and document covert influence operations in social-media data.

Raw files go in, findings come out, each with its number, its error bar, its innocent explanation and the posts
behind it. The main job is one command:

\b
    undertow run takedown_posts.csv.gz takedown_users.csv.gz --case CASE

Undertow marshals evidence; people judge. It never names a person and attributes nothing by itself.
"""

EPILOG = """Shell completion: eval "$(_UNDERTOW_COMPLETE=bash_source undertow)" (or zsh_source, fish_source)."""


@click.group(help=HELP, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(undertow.__version__, prog_name="undertow")
def commands() -> None:
    """The group of all commands."""


for command in (
    run,
    add,
    analyse,
    report,
    show,
    explain,
    assess,
    disarm,
    export,
    reproduce,
    simulate,
    evaluate,
    codebook,
    watchlist,
    track,
    verify,
    compact,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line: errors that people can mend are printed, not raised."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        status = commands.main(standalone_mode=False)
    except UndertowError as error:
        sys.exit(_failed(error))
    except click.exceptions.Abort:
        click.echo("stopped; the case is as it was before", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a folder that may not be written, a full disk: the machine's, not a bug
        sys.exit(_failed(of_system(error)))
    sys.exit(status if isinstance(status, int) else 0)


def _failed(error: UndertowError) -> int:
    from undertow.reports.neutral import neutral

    if "--json" in sys.argv:
        click.echo(json.dumps(error.to_json(), ensure_ascii=False))
    else:
        click.echo(f"error: {neutral(str(error))}", err=True)
    return error.exit_code
