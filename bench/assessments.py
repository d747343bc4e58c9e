"""What the default rules alone say of cases, in the rows of docs/explanation/attribution.md.

``python bench/assessments.py NAME=CASE ...`` prints one row a case, most of them made by ``undertow simulate`` and
``undertow run``.
"""

from __future__ import annotations

import sys

from undertow.attribution import assess
from undertow.case import Case


def row(name: str, folder: str) -> str:
    """One case as a row of the table; judgements would stand in it, so there must be none."""
    found = assess(Case.open(folder))
    if found.judgements:
        raise SystemExit(f"{folder}: people have judged this case")
    first = found.matrix.first
    if first is None:
        return f"| {name} | none: told nothing apart | |"
    tied = ", ".join(each.name.lower() for each in found.matrix.tied_with_first())
    return f"| {name} | {first.name.lower()} | {tied or 'none'} |"


def main() -> None:
    """Print the rows."""
    for argument in sys.argv[1:]:
        name, _, folder = argument.partition("=")
        print(row(name, folder))


if __name__ == "__main__":
    main()
