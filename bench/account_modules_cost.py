"""What account origins and automation cost, and how it grows: four sizes up to a million posts and 100,000 accounts.

Cases are simulated once a size (accounts a tenth of the posts); each analysis then runs as a process of its own, and
its wall time, processor time and peak memory are printed, with the time over that of counting accounts in DuckDB in the
same run, so that ratios can be compared between machines.

    python bench/account_modules_cost.py [--posts 125000 250000 500000 1000000] [--runs 3]

Goal: both analyses of a million posts and 100,000 accounts under 60 s and 3 GB on two cores.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from run_takedown import cost
from undertow.case import Case
from undertow.sources.base import ReadOptions

ACCOUNTS_A_POST = 0.1


def write(folder: Path, posts: int, rng: np.random.Generator) -> tuple[Path, Path]:
    """Posts with heavy-tailed activity (a few percent on timers), and profiles, as CSV."""
    accounts = max(int(posts * ACCOUNTS_A_POST), 2)
    weight = rng.pareto(1.2, accounts) + 0.2
    author = np.sort(rng.choice(accounts, posts, p=weight / weight.sum()))
    seconds = rng.integers(0, 2 * 365 * 86_400, posts)
    timer = author % 50 == 0
    seconds[timer] = seconds[timer] // 1_800 * 1_800
    kind = rng.choice(["original", "repost", "reply", "quote"], posts, p=[0.35, 0.4, 0.2, 0.05])
    client = rng.choice(
        ["Twitter for Android", "Twitter Web App", "IFTTT", "LanternPost"], posts, p=[0.5, 0.4, 0.08, 0.02]
    )
    start = np.datetime64("2019-01-01T00:00:00")
    stamps = np.datetime_as_string(start + seconds.astype("timedelta64[s]"))
    born = np.datetime_as_string(start - rng.integers(0, 3_000 * 86_400, accounts).astype("timedelta64[s]"))
    paths = folder / f"posts-{posts}.csv", folder / f"users-{posts}.csv"
    with paths[0].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "who", "when", "kind", "client", "lang"])
        writer.writerows(
            zip(
                range(posts),
                author.tolist(),
                stamps.tolist(),
                kind.tolist(),
                client.tolist(),
                ["en"] * posts,
                strict=True,
            )
        )
    with paths[1].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["who", "handle", "name", "about", "born", "fans", "follows"])
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        names = ["".join(row) for row in rng.choice(letters, (accounts, 9))]
        writer.writerows(
            (k, f"{names[k]}{k % 97}", names[k], f"I like {names[k][:4]} and rain", born[k], k % 1_000, k % 700)
            for k in range(accounts)
        )
    return paths


def main() -> None:
    """Write, add, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[125_000, 250_000, 500_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    post_map = {
        "post_id": "id",
        "account_id": "who",
        "created_at": "when",
        "kind": "kind",
        "client": "client",
        "language": "lang",
    }
    user_map = {
        "account_id": "who", "handle": "handle", "display_name": "name", "description": "about",
        "account_created_at": "born", "followers": "fans", "following": "follows",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for posts in arguments.posts:
            files = write(root, posts, np.random.default_rng(posts))
            case = Case.create(root / f"case-{posts}")
            for path, mapping in zip(files, (post_map, user_map), strict=True):
                case, _ = case.add(path, options=ReadOptions(mapping=mapping, platform="forum"))
                path.unlink()
            baseline = []
            for _ in range(arguments.runs):
                started = time.perf_counter()
                case.query("SELECT account_id, count(*), min(created_at), max(created_at) FROM posts GROUP BY 1")
                baseline.append(time.perf_counter() - started)
            for name in ("account_origins", "automation"):
                command = [sys.executable, "-m", "undertow", "analyse", str(case.path), "--only", name, "--quiet"]
                runs = [cost(command) for _ in range(arguments.runs)]
                wall, cpu = (statistics.median(getattr(run, part) for run in runs) for part in ("wall", "cpu"))
                print(
                    f"{posts:9,} posts  {name:16s} {wall:6.1f} s  {cpu:6.1f} s of processor  "
                    f"{max(run.peak_mb for run in runs):6.0f} MB  {wall / statistics.median(baseline):5.0f} "
                    "times the count",
                    flush=True,
                )


if __name__ == "__main__":
    main()
