"""Run every command of the tutorial again, in an empty folder, and paste what it prints.

    .venv/bin/python docs/renew_tutorial.py

In a ``console`` block, lines that begin with ``$ `` are commands (continued with a backslash); what follows is output.
Only the output is replaced: read the sentences around it afterwards, they mention numbers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

TUTORIAL = Path(__file__).parent / "tutorial.md"
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


def commands(block: str) -> Iterator[str]:
    """The commands of a block as they are written, each with its continued lines."""
    lines = iter(block.splitlines())
    for line in lines:
        if line.startswith("$ "):
            written = [line]
            while written[-1].endswith("\\"):
                written.append(next(lines))
            yield "\n".join(written)


def run(command: str, folder: Path) -> str:
    """What the command prints, to both streams, without spaces at the ends of lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8", "TERM": "dumb"}
    done = subprocess.run(  # noqa: S603  (the tutorial's own commands)
        ["/bin/bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return "\n".join(line.rstrip() for line in done.stdout.decode("utf-8").splitlines()).strip("\n")


def renewed(text: str, folder: Path) -> str:
    """The tutorial with the outputs of this run."""

    def replace(match: re.Match[str]) -> str:
        printed: list[str] = []
        for command in commands(match.group()):
            printed += [command, run(command.removeprefix("$ "), folder)]
        return "\n".join(part for part in printed if part) + "\n"

    return BLOCK.sub(replace, text)


def main() -> None:
    """Renew the tutorial in its place."""
    with tempfile.TemporaryDirectory() as folder:
        text = renewed(TUTORIAL.read_text(encoding="utf-8"), Path(folder))
    TUTORIAL.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
