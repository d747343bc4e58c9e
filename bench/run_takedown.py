"""How long the main job takes: from the CSV files of a takedown to the finished report.

A takedown of 350,000 posts and 24,000 accounts is simulated once; then ``undertow run`` is a process of its own,
several times, and its wall time, CPU time and peak memory are printed as medians. Beside it stands DuckDB's own
``read_csv`` of the same posts into Parquet, in the same run, so that a ratio can be compared between machines.

    python bench/run_takedown.py [--runs 5] [--only posting_hours]

Goal: under 20 s and 1.5 GB on two idle cores with posting hours (``--only posting_hours``). Measured so (medians of 3):
12.1 s, 16 s of processor time, 677 MB. With coordination alone over all traces 68.5 s and 1.3 GB (medians of 2, beside
another process at low priority); the analysis by itself (``undertow analyse``, the program's start included) 43.0 to
90.1 s, median 47.0 s, 47 s of processor time and 1.6 GB (four runs on cores that others used; its goal is 60 s). With
all analyses: 253 s of processor time and 2.6 GB in one run on a busy machine.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    wall: float
    cpu: float
    peak_mb: float


def cost(command: list[str]) -> Cost:
    """Run ``command`` and return what it cost; its children are counted too."""
    measured = (
        "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "u = resource.getrusage(resource.RUSAGE_CHILDREN); print(u.ru_utime + u.ru_stime, u.ru_maxrss); sys.exit(code)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", measured, *command], capture_output=True, text=True, check=True)
    wall = time.perf_counter() - started
    cpu, peak = done.stdout.split()
    return Cost(wall, float(cpu), float(peak) / (1024 if sys.platform != "darwin" else 1024 * 1024))


def main() -> None:
    """Simulate, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    program = [sys.executable, "-m", "undertow"]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        subprocess.run(
            [*program, "simulate", root / "data", "--scenario", "takedown", "--seed", "1", "--plain", "--quiet"],
            check=True,
        )
        files = [str(path) for path in sorted((root / "data").glob("synthetic_takedown_*.csv"))]
        only = [word for name in arguments.only for word in ("--only", name)]
        raw = (
            "import duckdb; duckdb.sql(f\"copy (from read_csv('{}', all_varchar = true)) to '{}' (format parquet)\")"
        ).format(next(f for f in files if "posts" in f), root / "raw.parquet")
        ours, theirs = [], []
        for number in range(arguments.runs + 1):  # the first of each warms the cache
            case = str(root / f"case-{number}")
            ours.append(cost([*program, "run", *files, "--case", case, "--quiet", *only]))
            theirs.append(cost([sys.executable, "-c", raw]))
        for name, costs in (("undertow run", ours[1:]), ("duckdb read_csv to parquet", theirs[1:])):
            wall, cpu, peak = (
                statistics.median(getattr(c, part) for c in costs) for part in ("wall", "cpu", "peak_mb")
            )
            print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU, {peak:,.0f} MB peak (medians of {arguments.runs})")
        ratio = statistics.median(a.wall / b.wall for a, b in zip(ours[1:], theirs[1:], strict=True))
        print(f"ratio of wall times, pair by pair: {ratio:.1f}")
    print(f"this script itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
