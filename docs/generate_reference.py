"""Write the reference pages out of the program itself: commands, tables, findings and settings, formats.

Run by ``make docs``; a test fails when the pages in the repository are not what this writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from undertow.analyses import load_all
from undertow.analyses.base import settings
from undertow.cli import commands
from undertow.schema import TABLES
from undertow.sources import READERS, reader

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- written by docs/generate_reference.py; change the program, then run: make docs -->\n"


def cli() -> Iterator[str]:
    """Every command with its options."""
    yield f"{NOTE}\n# Command line\n\n"
    yield (
        "Exit codes: 0 done; 1 a finding or check failed where asked to check; 2 usage; 3 bad input. `--json` prints "
        "results for machines on standard output; messages about the work go to standard error.\n\n"
    )
    context = click.Context(commands, info_name="undertow")
    for name in sorted(commands.commands):
        command = commands.commands[name]
        inner = click.Context(command, info_name=name, parent=context)
        yield f"## undertow {name}\n\n```text\n{command.get_help(inner).rstrip()}\n```\n\n"
        for part, own in sorted(getattr(command, "commands", {}).items()):
            deeper = click.Context(own, info_name=part, parent=inner)
            yield f"### undertow {name} {part}\n\n```text\n{own.get_help(deeper).rstrip()}\n```\n\n"


def tables() -> Iterator[str]:
    """Every canonical table with its columns."""
    yield f"{NOTE}\n# Tables\n\nTimes are UTC in microseconds, text is stored as received, unknown is null.\n\n"
    for table in TABLES.values():
        yield f"## {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}. Key: `{'`, `'.join(table.key)}`.\n\n"
        yield "| column | type | unit | meaning |\n| --- | --- | --- | --- |\n"
        for column in table.columns:
            yield f"| `{column.name}` | `{column.type}` | {column.unit or ''} | {_cell(column.meaning)} |\n"
        yield "\n"


def findings() -> Iterator[str]:
    """Every analysis with its findings and settings."""
    yield f"{NOTE}\n# Findings and settings\n\n"
    yield (
        "Settings are given with `--set ANALYSIS.NAME=VALUE`, or in the case's `case.toml` under "
        "`[parameters.ANALYSIS]`.\n\n"
    )
    for name, analysis in load_all().items():
        yield f"## {name}\n\n{analysis.QUESTION}\n\n| finding | what it says |\n| --- | --- |\n"
        for key, meaning in analysis.FINDINGS.items():
            yield f"| `{key}` | {_cell(meaning)} |\n"
        yield "\n| setting | default | meaning |\n| --- | --- | --- |\n"
        for setting, (default, help_) in settings(analysis.Parameters).items():
            yield f"| `{name}.{setting}` | {_cell(_words(default))} | {_cell(help_)} |\n"
        yield "\n"


def formats() -> Iterator[str]:
    """Every layout of raw files."""
    yield f"{NOTE}\n# Formats\n\nDetected by content; name one with `--format` where detection must be overridden.\n\n"
    yield "| format | what it reads | file kinds | columns that must be there |\n| --- | --- | --- | --- |\n"
    for name in READERS:
        found = reader(name)
        needed = ", ".join(f"`{column}`" for column in found.columns)
        yield f"| `{name}` | {_cell(found.description)} | {', '.join(sorted(found.kinds))} | {needed} |\n"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`" if value else "none"
    return "none" if value is None else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def pages() -> Mapping[str, str]:
    """File name -> the page's text."""
    made = {"cli.md": cli(), "tables.md": tables(), "findings.md": findings(), "formats.md": formats()}
    return {name: "".join(parts).rstrip() + "\n" for name, parts in made.items()}


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
