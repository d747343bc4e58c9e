"""What the study of second lives costs, at four sizes: up to a million posts of 100,000 accounts.

    python bench/account_histories_speed.py [--posts 1000000] [--runs 3]

One population of :mod:`second_lives_population` is written once and copied under other ids until it has the size
wanted. Each run is a process of its own, sizes in turn; printed are medians of wall time, processor time and peak
memory, and beside them what DuckDB needs to count the same posts by account and day, as a yardstick for other
machines. Goal: under 60 s and 3 GB for a million posts.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import second_lives_population as own

ACCOUNTS = 100
SHARE_OF_RARE = 0.5
POSTS_OF_RARE = 5
"""Half of the posts come from accounts with five posts each, as in takedowns: 100,000 accounts in a million posts."""


def enlarge(files: dict[str, list[Path]], folder: Path, posts: int) -> Path:
    """The population copied until it has ``posts`` posts."""
    connection = duckdb.connect()
    source = str(files["posts"][0])
    held = connection.sql(f"SELECT count(*) FROM '{source}'").fetchall()[0][0]
    full, rare = (max(1, round(posts * part / held)) for part in (1 - SHARE_OF_RARE, SHARE_OF_RARE))
    target = folder / f"posts-{posts}.parquet"
    connection.execute(
        f"""
        COPY (
            SELECT * REPLACE (account_id || '-' || c.copy AS account_id, post_id || '-' || c.copy AS post_id)
            FROM '{source}', range({full}) AS c(copy)
            UNION ALL
            SELECT * REPLACE (
                'rare-' || c.copy || '-' || (CAST(post_id AS BIGINT) // {POSTS_OF_RARE}) AS account_id,
                'rare-' || post_id || '-' || c.copy AS post_id
            )
            FROM '{source}', range({rare}) AS c(copy)
        ) TO '{target}' (FORMAT parquet)
        """
    )
    return target


def run_once(posts: Path) -> None:
    """The study in this process, its cost on one line."""
    from undertow.analyses.account_histories.changes import Rule
    from undertow.analyses.account_histories.study import study
    from undertow.engines.duckdb_engine import DuckDBEngine

    started = time.perf_counter()
    with DuckDBEngine({"posts": [posts]}) as engine:
        result = study(engine, Rule())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        time.perf_counter() - started,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        int(result.found.posts.sum()),
        result.found.n_accounts,
        len(result.accounts),
    )


def yardstick(posts: Path) -> float:
    """Seconds that DuckDB needs to count posts by account and day."""
    started = time.perf_counter()
    duckdb.sql(
        f"SELECT count(*) FROM (SELECT account_id, created_at::DATE, count(*) FROM '{posts}' GROUP BY ALL)"
    ).fetchall()
    return time.perf_counter() - started


def main() -> None:
    """Make, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        run_once(arguments.one)
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        files, _ = own.write(root / "made", own.population(7, own.shares(0.1), ACCOUNTS), 7)
        sizes = [arguments.posts // part for part in (8, 4, 2, 1)]
        sets = [enlarge(files, root, size) for size in sizes]
        found: dict[Path, list[list[float]]] = {path: [] for path in sets}
        beside: dict[Path, list[float]] = {path: [] for path in sets}
        for _ in range(arguments.runs):
            for path in sets:
                done = subprocess.run(
                    [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
                )
                found[path].append([float(part) for part in done.stdout.split()])
                beside[path].append(yardstick(path))
        for path in sets:
            wall, cpu, peak, posts, accounts, called = (
                statistics.median(column) for column in zip(*found[path], strict=True)
            )
            print(
                f"{posts:,.0f} posts, {accounts:,.0f} accounts, {called:,.0f} called: {wall:.1f} s wall, {cpu:.1f} s CPU, "
                f"{peak:,.0f} MB; DuckDB's count {statistics.median(beside[path]):.2f} s; {cpu / posts * 1e6:.1f} s "
                "CPU a million posts"
            )


if __name__ == "__main__":
    main()
