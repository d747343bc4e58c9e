"""Cases with planted co-reposting, built from a table: who reposted what, when."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from undertow.case import Case
from undertow.sources.base import ReadOptions

START = dt.datetime(2021, 3, 1, tzinfo=dt.UTC)
Act = tuple[str, str, float]
"""Account, reposted post, seconds after START."""

MAP = {
    "post_id": "id",
    "created_at": "at",
    "account_id": "who",
    "handle": "handle",
    "text": "text",
    "client": "client",
    "is_repost": "repost",
    "reposted_post_id": "of",
    "reposted_account_id": "by",
}


def organic(seed: int, *, accounts: int = 120, objects: int = 90, each: int = 25) -> list[Act]:
    """Accounts that choose among the same objects and act within about a day of them."""
    generator = np.random.default_rng(seed)
    return [
        (f"o{account}", f"x{number}", number * 86_400 + float(generator.gamma(1.0, 20_000)))
        for account in range(accounts)
        for number in generator.choice(objects, each, replace=False).tolist()
    ]


def planted(seed: int, *, members: int = 6, events: int = 12, within: float = 20.0, name: str = "g") -> list[Act]:
    """Members that repost the same objects within seconds, once a day at any hour."""
    generator = np.random.default_rng(seed + 1000)
    at = generator.uniform(2_000, 60_000, events)
    return [
        (f"{name}{member}", f"x{event}", event * 86_400 + float(at[event] + generator.uniform(0, within)))
        for event in range(events)
        for member in range(members)
    ]


def make_case(
    folder: Path,
    acts: Iterable[Act],
    *,
    minutes: bool = False,
    text: str = "a repost",
    platforms: Sequence[str] = ("somewhere",),
) -> Case:
    """A case of these reposts, the same on each of ``platforms``; ``minutes`` writes times without seconds."""
    form = "%Y-%m-%d %H:%M" if minutes else "%Y-%m-%dT%H:%M:%S.%fZ"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "posts.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(MAP.values())
        for number, (who, of, seconds) in enumerate(acts):
            at = (START + dt.timedelta(seconds=seconds)).strftime(form)
            writer.writerow([f"p{number}", at, who, f"handle_{who}", text, "a client", "true", of, f"author_{of}"])
    case = Case.create(folder / "case")
    for platform in platforms:
        copy = folder / f"{platform}.csv"
        copy.write_bytes(file.read_bytes() + b"\n" * platforms.index(platform))  # a file is added once
        case, _ = case.add(copy, options=ReadOptions(mapping=MAP, platform=platform))
    return case
