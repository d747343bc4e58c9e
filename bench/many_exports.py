"""What it costs that a case was fed by many small exports, against the same posts in one file.

    python bench/many_exports.py POSTS.csv FOLDER [exports]

POSTS is in Twitter's archive layout (``undertow simulate FOLDER --scenario takedown --seed 1 --plain``). It is cut into
exports by time; each is added by itself, the last one while commands are measured. Prints what adding costs, how many
parts there are, and seconds of CPU of the commands.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from undertow.case import Case


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    exports = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000
    folder.mkdir(parents=True)
    files = cut(source, folder, exports)
    one = folder / "whole.csv"
    duckdb.sql(f"COPY (SELECT * FROM read_csv({[str(f) for f in files[:-1]]}, all_varchar = true)) TO '{one}'")
    many = None
    costs = []
    for path in files[:-1]:
        before = time.process_time()
        many, _ = Case.add_to(folder / "many", path)
        costs.append(time.process_time() - before)
    assert many is not None
    tenth = max(len(costs) // 10, 1)
    at_first, at_last = sum(costs[:tenth]) / tenth, sum(costs[-tenth:]) / tenth
    print(f"{len(costs)} exports of about {many.posts.count() // len(costs)} posts: {len(many.parts('posts'))} parts, "
          f"{size(many):.0f} MB; to add one {at_first:.2f} s at first, {at_last:.2f} s at last", flush=True)  # fmt: skip
    whole, _ = Case.add_to(folder / "one", one)
    assert whole.posts.count() == many.posts.count()
    print(f"in one file: {len(whole.parts('posts'))} part, {size(whole):.0f} MB")
    extra = str(files[-1])
    for command in (
        ("analyse", "CASE", "--only", "amplification", "--set", "amplification.coordinated=false"),
        ("track", "update", "CASE"),
        ("track", "add", "CASE", extra),
        ("show", "CASE", "amplification.concentration", "--rows", "5"),
        ("verify", "CASE"),
        ("analyse", "CASE", "--only", "posting_hours"),
    ):
        spent = [run(*(str(case.path) if word == "CASE" else word for word in command)) for case in (many, whole)]
        shown = " ".join(command[:4]).replace(extra, "EXPORT")
        print(f"{shown}: {spent[0]:.1f} s, in one file {spent[1]:.1f} s", flush=True)


def size(case: Case) -> float:
    """What the tables take, in MB, with parts that were joined and are not deleted yet."""
    return sum(path.stat().st_size for path in (case.path / "tables").glob("*/*")) / 1e6


def cut(source: Path, folder: Path, exports: int) -> list[Path]:
    """Files of about equal numbers of posts, by time."""
    (folder / "exports").mkdir()
    connection = duckdb.connect()
    connection.execute(
        f"CREATE TABLE posts AS SELECT * FROM read_csv('{source}', all_varchar = true) ORDER BY tweet_time, tweetid"
    )
    ((rows,),) = connection.execute("SELECT count(*) FROM posts").fetchall()
    made = []
    for n in range(exports):
        made.append(folder / "exports" / f"{n:05}.csv")
        first, last = rows * n // exports, rows * (n + 1) // exports
        connection.execute(
            f"COPY (SELECT * FROM posts WHERE rowid >= {first} AND rowid < {last}) TO '{made[-1]}' (HEADER)"
        )
    return made


def run(*words: str) -> float:
    """Seconds of CPU of a command, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "undertow", *words], check=True, stdout=subprocess.DEVNULL, env=os.environ
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
