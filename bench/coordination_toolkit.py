"""The same co-repost network by coordination-network-toolkit and by Undertow, from the same CSV file, side by side.

    python -m venv /tmp/toolkit && /tmp/toolkit/bin/pip install coordination-network-toolkit
    python bench/coordination_toolkit.py /tmp/toolkit/bin/python ../shared/golden/inputs/synth_1m.parquet

Each contestant loads the file and computes, for every two accounts that acted on one object within the window, how many
different messages of each took part (two processes or threads). Every pair and both weights are compared; the release
on the package index also joins a message with itself, so that its self-loops are left out.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

TOOLKIT = """
import sys
from coordination_network_toolkit.preprocess import preprocess_csv_files
from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
if __name__ == "__main__":
    preprocess_csv_files(sys.argv[2], [sys.argv[1]])
    compute_co_retweet_parallel(sys.argv[2], int(sys.argv[3]), n_threads=2)
"""


def write_csv(source: Path, target: Path) -> None:
    """The toolkit's columns; each row is a message of its own."""
    table = pq.read_table(source, columns=["object_id", "account_id", "timestamp_share"])
    empty = pa.array([""] * len(table))
    columns = {
        "message_id": pa.array([f"m{number}" for number in range(len(table))]),
        "user_id": table["account_id"],
        "username": empty,
        "repost_id": table["object_id"],
        "reply_id": empty,
        "message": empty,
        "timestamp": table["timestamp_share"],
        "urls": empty,
    }
    pc_csv.write_csv(pa.table(columns), target)


def by_undertow(path: Path, window: int) -> tuple[float, dict[tuple[str, str], int]]:
    """Seconds, and the directed weights."""
    import pyarrow.compute as pc

    from undertow.analyses.coordination.actions import encode
    from undertow.analyses.coordination.counting import count_co_actions

    started = time.perf_counter()
    types = {"user_id": pa.dictionary(pa.int32(), pa.string()), "repost_id": pa.dictionary(pa.int32(), pa.string())}
    options = pc_csv.ConvertOptions(column_types=types, include_columns=["user_id", "repost_id", "timestamp"])
    table = pc_csv.read_csv(path, convert_options=options)
    actions, names = encode(table["user_id"], table["repost_id"], pc.multiply(table["timestamp"], 1_000_000))
    edges = count_co_actions(actions, [window * 1_000_000])[0]
    seconds = time.perf_counter() - started
    left, right = names.accounts.take(edges.left).to_pylist(), names.accounts.take(edges.right).to_pylist()
    weights = dict(zip(zip(left, right, strict=True), edges.left_actions.tolist(), strict=True))
    return seconds, weights | dict(zip(zip(right, left, strict=True), edges.right_actions.tolist(), strict=True))


def by_toolkit(python: Path, path: Path, window: int, folder: Path) -> tuple[float, dict[tuple[str, str], int]]:
    """Seconds, and the directed weights."""
    script, database = folder / "toolkit.py", folder / "toolkit.db"
    script.write_text(TOOLKIT, encoding="utf-8")
    database.unlink(missing_ok=True)
    started = time.perf_counter()
    subprocess.run([python, script, path, database, str(window)], check=True, capture_output=True)
    seconds = time.perf_counter() - started
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT user_1, user_2, weight FROM co_retweet_network WHERE user_1 <> user_2")
        return seconds, {(one, other): weight for one, other, weight in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="the Python that has the toolkit")
    parser.add_argument("file", type=Path)
    parser.add_argument("--window", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_csv(options.file, folder / "messages.csv")
        seconds: dict[str, list[float]] = {"undertow": [], "toolkit": []}
        for _ in range(options.runs):
            own, weights = by_undertow(folder / "messages.csv", options.window)
            other, expected = by_toolkit(options.python, folder / "messages.csv", options.window, folder)
            seconds["undertow"].append(own)
            seconds["toolkit"].append(other)
            print(
                json.dumps({"undertow": own, "toolkit": other, "edges": len(weights), "equal": weights == expected})
            )
        medians = {name: statistics.median(each) for name, each in seconds.items()}
        print(json.dumps({"median_seconds": medians, "ratio": medians["toolkit"] / medians["undertow"]}))


if __name__ == "__main__":
    main()
