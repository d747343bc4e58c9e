"""The Internet Research Agency's posts, month by month through the tracker, against one run over all.

    python bench/track_replay.py tweets.parquet FOLDER [first month, 2016-01] [analysis ...]

Months before the first are added together. Prints whether the findings are equal, and what the updates cost.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb

import undertow
from undertow.case import Case
from undertow.findings_store import dumps
from undertow.tracker import Rules, update


def main() -> None:
    source, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "2016-01"
    only = tuple(sys.argv[4:]) or ("amplification",)
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    stated = "strftime(publish_date::TIMESTAMP, '%Y-%m')"
    months = [m for (m,) in connection.execute(
        f"SELECT DISTINCT greatest({stated}, '{first}') FROM '{source}' ORDER BY 1").fetchall()]  # fmt: skip
    rules = Rules(only=only)
    case, costs = None, []
    for month in months:
        path = folder / f"{month}.parquet"
        connection.execute(
            f"COPY (SELECT * FROM '{source}' WHERE greatest({stated}, '{first}') = '{month}') TO '{path}' (FORMAT parquet)"
        )
        case, _ = Case.add_to(folder / "case", path)
        start = time.process_time()
        case = update(case, rules=rules).case
        costs.append(time.process_time() - start)
        print(f"{month}: {case.posts.count():,} posts, {costs[-1]:.1f} s of CPU", flush=True)
    whole, _ = Case.add_to(folder / "whole", source)
    settings = {key: value for key, value in rules.settings.items() if key.partition(".")[0] in only}
    start = time.process_time()
    full = undertow.analyse(whole, only=only, settings=settings)
    print(f"one run: {time.process_time() - start:.1f} s of CPU; {len(months)} updates: {sum(costs):.1f} s")
    print("equal" if dumps(full) == dumps(case.findings()) else "NOT EQUAL")


if __name__ == "__main__":
    main()
