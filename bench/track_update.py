"""What a day's update costs in a case of five million posts, against counting it all.

    python bench/track_update.py FOLDER [posts] [days] [check]

The case is made of synthetic posts over 500 days (half are reposts; a tenth of these amplify 50 watched accounts), as 50
parts of ten days each. A full run is timed, then each day that is added and its update. With ``check``, the last state is
run in full once more, without what was kept, and the findings must be equal.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from undertow.case import Case
from undertow.findings_store import dumps
from undertow.ledger import Part
from undertow.schema import POSTS
from undertow.sources.base import ReadOptions
from undertow.storage import sha256_of
from undertow.tracker import update

DAYS, PARTS, WATCHED = 500, 50, 50


def rows(first: int, count: int, day: int, days: int) -> str:
    """SQL of ``count`` posts numbered from ``first``, spread over ``days`` from ``day`` on."""
    at = f"TIMESTAMPTZ '2019-01-01 00:00:00+00' + INTERVAL 1 SECOND * ({day} * 86400 + hash(n) % ({days} * 86400))"
    return f"""
        SELECT 'twitter' AS platform, 'n' || n AS post_id, 'a' || (hash(n + 1) % 200000) AS account_id,
            {at} AS created_at, {at} AS stated_at, 'stated' AS time_source, 's' AS time_precision,
            CASE WHEN n % 2 = 0 THEN 'original' ELSE 'repost' END AS kind, 'text ' || n AS text,
            md5(n::VARCHAR)[:16] AS text_key,
            CASE WHEN n % 2 = 1 THEN 'o' || ({day} * 1000 + hash(n + 2) % 900) END AS reposted_post_id,
            CASE WHEN n % 2 = 1 THEN CASE WHEN hash(n + 3) % 10 = 0 THEN 'w' || (hash(n + 4) % {WATCHED})
                ELSE 'x' || (hash(n + 5) % 100000) END END AS reposted_account_id,
            CASE WHEN n % 2 = 1 THEN {at} - INTERVAL 1 SECOND * (hash(n + 6) % 40000) END AS reposted_created_at,
            'exact' AS id_quality, 'synthetic' AS source_id, n AS source_row
        FROM range({first}, {first + count}) r(n)
    """


def build(folder: Path, posts: int) -> Case:
    """The case, its parts written directly: reading raw files is not what is timed."""
    watch = folder / "watch.csv"
    watch.write_text(
        "account_id,platform,actor_class\n" + "".join(f"w{n},twitter,diplomat\n" for n in range(WATCHED))
    )
    case, _ = Case.add_to(folder / "case", watch)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("empty", POSTS.arrow.empty_table())
    made = []
    (case.path / "tables" / "posts").mkdir(parents=True, exist_ok=True)
    for part in range(PARTS):
        each = posts // PARTS
        staged = folder / "part.parquet"
        columns = ", ".join(POSTS.names)
        sql = (
            f"SELECT * FROM empty UNION ALL BY NAME {rows(part * each, each, part * DAYS // PARTS, DAYS // PARTS)}"
        )
        connection.execute(f"COPY (SELECT {columns} FROM ({sql})) TO '{staged}' (FORMAT parquet, COMPRESSION zstd)")
        sha256 = sha256_of(staged)
        name = f"{sha256[:32]}.parquet"
        staged.rename(case.path / "tables" / "posts" / name)
        made.append(Part("posts", name, sha256, pq.read_metadata(case.path / "tables" / "posts" / name).num_rows))
    return case._commit("add", added=tuple(made))


def day_file(folder: Path, posts: int, day: int) -> Path:
    path = folder / f"day-{day}.parquet"
    wanted = ("post_id", "account_id", "created_at", "text", "kind", "reposted_post_id", "reposted_account_id",
              "reposted_created_at")  # fmt: skip
    sql = rows(posts * 2 + day * 100_000, posts // DAYS, DAYS + day, 1)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"COPY (SELECT {', '.join(wanted)} FROM ({sql})) TO '{path}' (FORMAT parquet)")
    return path


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    folder = Path(sys.argv[1])
    posts = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000
    days = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    folder.mkdir(parents=True)
    case, wall, _ = timed(lambda: build(folder, posts))
    print(f"built {case.posts.count():,} posts in {wall:.0f} s", flush=True)
    import undertow.analyses.amplification  # noqa: F401  (imported before anything is timed)

    first, full_wall, full_cpu = timed(lambda: update(case))
    case = first.case
    print(f"full run {full_wall:.1f} s ({full_cpu:.1f} of CPU)", flush=True)
    names = ("post_id", "account_id", "created_at", "text", "kind", "reposted_post_id", "reposted_account_id",
             "reposted_created_at")  # fmt: skip
    options = ReadOptions(mapping={name: name for name in names}, platform="twitter")
    walls, cpus = [], []
    for day in range(days):
        path = day_file(folder, posts, day)
        (case, _), add_wall, add_cpu = timed(lambda case=case, path=path: case.add(path, options=options))
        done, wall, cpu = timed(lambda case=case: update(case))
        case = done.case
        walls.append(wall)
        cpus.append(cpu)
        print(f"day {day}: add {add_wall:.1f} s ({add_cpu:.1f} of CPU), update {wall:.1f} s ({cpu:.1f}): "
              f"{wall / full_wall:.1%} of the wall, {cpu / full_cpu:.1%} of the CPU", flush=True)  # fmt: skip
    print(f"median {statistics.median(walls) / full_wall:.1%} of the wall, "
          f"{statistics.median(cpus) / full_cpu:.1%} of the CPU")  # fmt: skip
    if "check" in sys.argv:
        kept = dumps(case.findings())
        shutil.rmtree(case.path / "derived")
        shutil.rmtree(case.path / "tracker")
        assert dumps(update(case).case.findings()) == kept, "an update must give what a full run gives"
        print("equal to a full run")


if __name__ == "__main__":
    main()
