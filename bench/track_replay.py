"""The Internet Research Agency's posts, month by month through the tracker, against one run over all.

    python bench/track_replay.py tweets.parquet FOLDER [analysis ...] [--every MONTHS] [--set ANALYSIS.SETTING=VALUE ...]

Each month of the set is an export of its own; ``--every 3`` adds three months at a time. Prints what each update costs,
and whether findings, tables and charts equal those of one run over the same posts in a case of its own: exit status 1
and the names of what differs where they do not.

Measured with decisions 41 and 42, ``account_origins coordination propagation text_families narratives targeting
--set propagation.classes=account_category --every 6``: equal, 48 findings; 12 updates 466 s of CPU, one run 89 s.
The other five, ``--every 3``: equal, 37 findings; updates 120 s, one run 10.6 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

import undertow
from undertow.analyses import ANALYSES
from undertow.case import Case
from undertow.finding import Finding
from undertow.findings_store import dumps
from undertow.tracker import Rules, update


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("only", nargs="*", default=["amplification"], help="analyses; amplification by default")
    parser.add_argument("--every", type=int, default=1, help="months that are added together")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    only = tuple(name for name in ANALYSES if name in given.only)
    if len(only) != len(set(given.only)):
        parser.error(f"analyses are {', '.join(ANALYSES)}")
    settings = {"amplification.coordinated": False} if "amplification" in only else {}
    settings |= dict(item.split("=", 1) for item in given.settings)
    rules = Rules(only=only, settings=settings, rules=())
    case, costs, adds = None, [], 0.0
    months = exports(given.source, given.folder)
    for start in range(0, len(months), given.every):
        before = time.process_time()
        case, _ = Case.add_to(given.folder / "case", *months[start : start + given.every])
        added = time.process_time()
        case = update(case, rules=rules).case
        costs.append(time.process_time() - added)
        adds += added - before
        print(f"{months[start].stem}: {case.posts.count():,} posts, {costs[-1]:.1f} s of CPU", flush=True)
    whole, _ = Case.add_to(given.folder / "whole", given.source)
    before = time.process_time()
    full = undertow.analyse(whole, only=only, settings=settings)
    print(
        f"{', '.join(only)}: one run {time.process_time() - before:.1f} s of CPU; {len(costs)} updates {sum(costs):.1f} s, "
        f"and {adds:.1f} s to add their files"
    )
    assert case is not None
    differing = unlike(full, case.findings())
    print("NOT EQUAL: " + ", ".join(differing) if differing else f"equal: {len(full)} findings")
    sys.exit(1 if differing else 0)


def exports(source: Path, folder: Path) -> list[Path]:
    """One file a month of the posts in ``source``, in their order there."""
    connection = duckdb.connect()
    month = "strftime(publish_date::TIMESTAMP, '%Y-%m')"
    made = []
    for (name,) in connection.execute(f"SELECT DISTINCT {month} FROM '{source}' ORDER BY 1").fetchall():
        made.append(folder / f"{name}.parquet")
        connection.execute(
            f"COPY (SELECT * FROM '{source}' WHERE {month} = '{name}') TO '{made[-1]}' (FORMAT parquet)"
        )
    return made


def unlike(full: Sequence[Finding], kept: Sequence[Finding]) -> list[str]:
    """What differs between two lists of findings: "order", or ids with what of them."""
    if [finding.key for finding in full] != [finding.key for finding in kept]:
        return ["which findings there are, or their order"]
    found = []
    for one, other in zip(full, kept, strict=True):
        if dumps([one]) != dumps([other]):
            found.append(one.key)
        if (one.result is None) != (other.result is None) or not (
            one.result is None or one.result.equals(other.result)
        ):
            found.append(f"the table of {one.key}")
        if one.figure != other.figure:
            found.append(f"the chart of {one.key}")
    return found


if __name__ == "__main__":
    main()
