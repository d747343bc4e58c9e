"""Time and memory of co-action counting, from Parquet to the edge list, beside a bare bucketed join in DuckDB.

    python bench/coordination_counting.py FILE.parquet --window 60
    python bench/coordination_counting.py --actions 10000000 --window 60

Each measurement runs in a fresh process (imports and, on the first run of all, compilation included); the median of
the runs is printed with its ratio to the join of the same run. Without a file, power-law actions are generated.
10 million of them: 11.5 s, 17 s of processor time and 2.3 GB in one run on a machine in use (goal 12 s and 3 GB).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

JOIN = """
CREATE TABLE a AS SELECT object_id, account_id, timestamp_share AS t, timestamp_share // {width} AS b
FROM read_parquet('{path}');
SELECT COUNT(*) FROM (
  SELECT x, y, COUNT(*) AS n FROM (
    SELECT l.account_id AS x, r.account_id AS y FROM a l JOIN a r USING (object_id, b) WHERE l.account_id < r.account_id
    UNION ALL
    SELECT LEAST(l.account_id, r.account_id), GREATEST(l.account_id, r.account_id)
    FROM a l JOIN a r ON l.object_id = r.object_id AND l.b + 1 = r.b
    WHERE l.account_id <> r.account_id AND r.t - l.t <= {window}
  ) GROUP BY x, y)
"""


def generate(path: Path, actions: int, seed: int) -> None:
    """Power-law activity and popularity over 30 days; times within an object decay from its first."""
    rng = np.random.default_rng(seed)
    n_accounts, n_objects = actions // 6, actions // 9
    account = _power(rng, n_accounts, actions, 0.75)
    object_ = _power(rng, n_objects, actions, 0.80)
    born = rng.random(n_objects) * 30 * 86_400
    when = born[object_] + rng.lognormal(np.log(6 * 3600), 1.5, actions)
    table = pa.table(
        {
            "object_id": pa.DictionaryArray.from_arrays(
                pa.array(object_, pa.int32()), pa.array([f"o{i:07d}" for i in range(n_objects)])
            ).cast(pa.string()),
            "account_id": pa.DictionaryArray.from_arrays(
                pa.array(account, pa.int32()), pa.array([f"a{i:07d}" for i in range(n_accounts)])
            ).cast(pa.string()),
            "timestamp_share": pa.array((1_700_000_000 + when).astype(np.int64)),
        }
    )
    pq.write_table(table, path)


def _power(rng: np.random.Generator, n: int, size: int, exponent: float) -> np.ndarray:
    weights = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    return np.searchsorted(np.cumsum(weights), rng.random(size) * weights.sum()).clip(0, n - 1)


def count(path: Path, window: int, min_objects: int) -> dict[str, float]:
    import pyarrow.compute as pc

    from undertow.analyses.coordination.actions import encode
    from undertow.analyses.coordination.counting import count_co_actions, pair_counts

    started, used = time.perf_counter(), time.process_time()  # neither side's imports count
    ids = ["object_id", "account_id"]
    # not read_table, which first imports Arrow's machinery for folders of files
    table = pq.ParquetFile(path, read_dictionary=ids).read(columns=[*ids, "timestamp_share"])
    actions, _ = encode(table["account_id"], table["object_id"], pc.multiply(table["timestamp_share"], 1_000_000))
    n = len(actions)
    del table
    pa.default_memory_pool().release_unused()
    encoded = time.perf_counter()
    edges = count_co_actions(actions, [window * 1_000_000], min_objects=min_objects)[0]
    done = time.perf_counter()
    return {
        "seconds": done - started,
        "cpu_seconds": time.process_time() - used,
        "reading": encoded - started,
        "counting": done - encoded,
        "actions": n,
        "pairs": int(pair_counts(actions, window * 1_000_000).sum()),
        "edges": len(edges),
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def join(path: Path, window: int) -> dict[str, float]:
    import duckdb

    started, used = time.perf_counter(), time.process_time()
    connection = duckdb.connect()
    row = connection.execute(JOIN.format(path=path, window=window, width=max(window, 1))).fetchone()
    assert row is not None
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - used,
        "edges": row[0],
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--actions", type=int, default=1_000_000)
    parser.add_argument("--window", type=int, default=60)
    parser.add_argument("--min-objects", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-join", action="store_true")
    parser.add_argument("--one", choices=["count", "join"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        found = (
            count(options.file, options.window, options.min_objects)
            if options.one == "count"
            else join(options.file, options.window)
        )
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = options.file
        if path is None:
            path = Path(folder) / "actions.parquet"
            generate(path, options.actions, seed=1)
        seconds: dict[str, list[float]] = {}
        for run in range(options.runs):
            for what in ["count"] if options.no_join else ["count", "join"]:
                command = [sys.executable, __file__, str(path), "--window", str(options.window), "--one", what]
                command += ["--min-objects", str(options.min_objects)]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                seconds.setdefault(what, []).append(found["seconds"])
                print(json.dumps({"run": run, "what": what} | found), flush=True)
        medians = {what: statistics.median(each) for what, each in seconds.items()}
        ratio = {} if options.no_join else {"ratio": medians["count"] / medians["join"]}
        print(json.dumps({"median_seconds": medians} | ratio))


if __name__ == "__main__":
    main()
