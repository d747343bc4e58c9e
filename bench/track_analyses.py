"""What an update with one day's posts costs for each analysis, against counting it for the first time.

    python bench/track_analyses.py FOLDER [analysis ...]

FOLDER holds a simulated takedown (``undertow simulate FOLDER --scenario takedown --seed 1 --plain``); the case is made in
FOLDER/tracked: accounts, all posts but those of the last day, and a watchlist of 300 accounts in three classes by
chance. Each analysis is then brought up to date by itself, those first whose tables others read; so of what several
read, the first pays. Prints seconds of CPU before and after the last day is added.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import duckdb

from undertow.analyses import ANALYSES, load_all
from undertow.case import Case
from undertow.tracker import Rules, update

FIRST = ("text_families", "coordination")
OFF = {"amplification.coordinated": False}  # as without a file of rules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("only", nargs="*", default=[*FIRST, *(name for name in ANALYSES if name not in FIRST)])
    given = parser.parse_args()
    base, day, watchlist = cut(given.folder)
    case, _ = Case.add_to(given.folder / "tracked", given.folder / "synthetic_takedown_users.csv", base)
    case, _ = case.add(watchlist)
    load_all()
    whole = costs(case, given.only)
    print(f"{case.posts.count():,} posts", flush=True)
    before = time.process_time()
    case, _ = case.refreshed().add(day)
    print(f"a day: {case.posts.count():,} posts in all, {time.process_time() - before:.1f} s to add it", flush=True)
    again = costs(case, given.only)
    for name in given.only:
        print(f"{name}: {whole[name]:.1f} s at first, {again[name]:.1f} s with a day's posts")
    print(f"in all: {sum(whole.values()):.0f} s, {sum(again.values()):.0f} s")


def costs(case: Case, names: list[str]) -> dict[str, float]:
    """Seconds of CPU of bringing each analysis up to date."""
    made = {}
    for name in names:
        before = time.process_time()
        case = update(
            case, rules=Rules(only=(name,), settings=OFF if name == "amplification" else {}, rules=())
        ).case
        made[name] = time.process_time() - before
        print(f"  {name} {made[name]:.1f}", flush=True)
    return made


def cut(folder: Path) -> tuple[Path, Path, Path]:
    """(the posts but those of the last day, the last day's, a watchlist of 300 accounts)."""
    posts = f"read_csv('{folder / 'synthetic_takedown_posts.csv'}', all_varchar = true)"
    base, day, watchlist = (folder / name for name in ("base.csv", "day.csv", "watchlist.csv"))
    last = f"tweet_time[:10] = (SELECT max(tweet_time)[:10] FROM {posts})"
    for path, condition in ((base, f"NOT ({last})"), (day, last)):
        duckdb.sql(f"COPY (SELECT * FROM {posts} WHERE {condition}) TO '{path}' (HEADER)")
    ids = f"SELECT userid FROM {posts} GROUP BY userid ORDER BY md5(userid) LIMIT 300"
    accounts = [row[0] for row in duckdb.sql(ids).fetchall()]
    lines = [
        f"{account},twitter,{('diplomat', 'state_media', 'politician')[n % 3]}"
        for n, account in enumerate(accounts)
    ]
    watchlist.write_text("\n".join(["account_id,platform,actor_class", *lines]) + "\n", encoding="utf-8")
    return base, day, watchlist


if __name__ == "__main__":
    main()
