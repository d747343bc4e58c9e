"""How fast `simulate` writes, and in how much memory: posts a second (wall and CPU) at several sizes.

Each size runs in its own process, so that the peak memory is its own. Usage:

    python bench/simulate.py [POSTS ...]        (default 100000 1000000; 10000000 takes minutes and 1.5 GB of disk)
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from undertow.simulation import preset, simulate


def measure(posts: int) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(Path(folder) / "out", scenario=preset("takedown"), seed=1, posts=posts * 7 // 10)
        size = sum(path.stat().st_size for path in made.folder.iterdir())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{made.posts:>12,} posts  {wall:7.1f} s  {cpu:7.1f} s CPU  {made.posts / wall:9,.0f} posts/s"
        f"  {made.posts / cpu:9,.0f} posts/CPU-s  peak {peak:5.0f} MB  files {size / 1e6:,.0f} MB"
    )


def main() -> None:
    context = multiprocessing.get_context("spawn")
    for posts in [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]:
        process = context.Process(target=measure, args=(posts,))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
