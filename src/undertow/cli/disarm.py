"""``undertow disarm``: the techniques of a DISARM file, and whether the tags of a case are among them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options


@click.command("disarm", short_help="Look up DISARM techniques; check tags against DISARM's file.")
@click.argument("framework", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("words", nargs=-1)
@click.option("--case", type=click.Path(path_type=Path), help="Check the tags of this case, and those shipped.")
@options.JSON
def command(framework: Path, words: tuple[str, ...], case: Path | None, as_json: bool) -> int:
    """Print the techniques of FILE, DISARM's STIX bundle, whose id or name has all WORDS. With --case, hold the tags of
    a case against it instead: exit code 1 when one is unknown there or has another name.

    \b
    undertow disarm DISARM.json repurposed
    undertow disarm DISARM.json --case CASE
    """
    from undertow.attribution import disarm
    from undertow.reports.neutral import one_line

    known = disarm.read_framework(framework)
    if case is not None:
        from undertow.attribution import assess
        from undertow.case import Case

        tags = [*assess(Case.open(case)).tags]
        tags += [disarm.Tag(technique=technique, name=name) for technique, name in disarm.shipped().items()]
        wrong = disarm.problems(tags, known)
        if as_json:
            click.echo(json.dumps({"techniques": len(known), "tags": len(tags), "problems": wrong}))
        else:
            for problem in wrong:
                click.echo(f"wrong: {one_line(problem)}")
            click.echo(f"{len(tags)} tags held against {len(known)} techniques, {len(wrong)} do not fit")
        return 1 if wrong else 0
    asked = [word.lower() for word in words]
    found = [each for each in known.values() if all(word in f"{each.id} {each.name}".lower() for word in asked)]
    if as_json:
        click.echo(json.dumps([{"id": each.id, "name": each.name, "tactic": each.tactic} for each in found]))
    else:
        for each in found:
            click.echo(f"{each.id:<10} {one_line(each.name)} ({one_line(each.tactic)})")
    return 0
