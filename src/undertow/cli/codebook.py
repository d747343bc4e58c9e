"""``undertow codebook``: the codebooks that are shipped, and the check of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import click

from undertow.cli import options


@click.group("codebook", short_help="Check a codebook; list and show those that are shipped.")
def command() -> None:
    """Codebooks say which terms make a theme. A case names its own in case.toml:

    \b
    codebooks = ["hong_kong_protests", "my_themes.yaml"]
    """


@command.command("check", short_help="Run a codebook's examples as tests.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.JSON
def check_command(files: tuple[str, ...], as_json: bool) -> None:
    """Read each codebook FILE (or shipped NAME) and run its examples: exit code 1 when one fails, 3 when it cannot be
    read."""
    from undertow.codebooks import find
    from undertow.codebooks.check import check
    from undertow.reports.neutral import neutral
    from undertow.wording import count

    reports = [check(find(file)) for file in files]
    if as_json:
        documents = [
            {
                "codebook": report.codebook.name,
                "version": report.codebook.version,
                "sha256": report.codebook.sha256,
                "examples": report.examples,
                "ok": report.ok,
                "problems": [
                    {"line": problem.line, "what": problem.what, "failed": problem.failed}
                    for problem in report.problems
                ],
            }
            for report in reports
        ]
        click.echo(json.dumps(documents, ensure_ascii=False))
    for report in reports if not as_json else ():
        for problem in report.problems:
            kind = "failed" if problem.failed else "hint"
            click.echo(neutral(f"{report.codebook.source}, line {problem.line}: {kind}: {problem.what}"))
        book = report.codebook
        counts = (
            f"{count(len(book.themes), 'theme')}, {count(len(book.frames), 'frame')}, "
            f"{count(len(book.all_terms), 'term')}, {count(report.examples, 'example')}"
        )
        click.echo(neutral(f"{book.label}: {counts}: {'all as they should be' if report.ok else 'not in order'}"))
    if not all(report.ok for report in reports):
        raise SystemExit(1)


@command.command("list", short_help="The codebooks that are shipped.")
@options.JSON
def list_command(as_json: bool) -> None:
    """Print the codebooks that come with Undertow."""
    from undertow.codebooks import find, shipped
    from undertow.codebooks.check import languages

    books = [find(name) for name in shipped()]
    if as_json:
        documents = [
            {
                "codebook": book.name,
                "version": book.version,
                "title": book.title,
                "sha256": book.sha256,
                "themes": [theme.id for theme in book.themes],
                "frames": [frame.id for frame in book.frames],
                "languages": dict(languages(book)),
            }
            for book in books
        ]
        click.echo(json.dumps(documents, ensure_ascii=False))
        return
    for book in books:
        spoken = ", ".join(f"{language} {number}" for language, number in languages(book).most_common())
        click.echo(f"{book.name} {book.version}: {book.title}")
        click.echo(f"  themes: {', '.join(theme.id for theme in book.themes)}")
        if book.frames:
            click.echo(f"  frames: {', '.join(frame.id for frame in book.frames)}")
        click.echo(f"  terms: {spoken}")


@command.command("show", short_help="The text of a codebook that is shipped.")
@click.argument("name")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file, to change it, instead of printing it.",
)
def show_command(name: str, output: Path | None) -> None:
    """Print the shipped codebook NAME as it is: each term with its reason, each theme with its examples."""
    from undertow.codebooks.reader import text_of
    from undertow.errors import UsageError

    text = text_of(name)
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists():
        raise UsageError("there is a file already", where=str(output), todo="choose another name")
    output.write_text(text, encoding="utf-8")
    click.echo(f"written to {output}", err=True)
