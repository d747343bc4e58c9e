"""Small exports of a watched account's reposts, month by month or file by file, and the rules on them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

MAP = {
    "post_id": "id", "account_id": "who", "created_at": "at", "text": "text", "kind": "kind",
    "reposted_post_id": "of", "reposted_account_id": "whom",
}  # fmt: skip
HEADER = "id,who,at,text,kind,of,whom"
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def days(number: int, *, boosted: int | None = None) -> list[list[str]]:
    """Lines by day: five accounts with four posts a day are reposted; on the day ``boosted`` the first by 60 more."""
    rng = np.random.default_rng(1)
    made: list[list[str]] = []
    for day in range(number):
        lines: list[str] = []
        for target in range(5):
            for post in range(4):
                people = [f"a{target}-{who}" for who in np.unique(rng.integers(0, 300, rng.poisson(7)))]
                if day == boosted and target == 0:
                    people += [f"b{n}" for n in range(60) if n % 4 == post or (n + 1) % 4 == post]
                for who in people:
                    at = START + dt.timedelta(days=day, hours=8, seconds=int(rng.integers(0, 40_000)))
                    lines.append(
                        f"r{day}-{target}-{post}-{who},{who},{at:%Y-%m-%d %H:%M:%S},text {len(lines)},repost,"
                        f"p{target}-{day}-{post},t{target}"
                    )
        made.append(lines)
    return made


def write(path: Path, *parts: list[str]) -> Path:
    """An export with these lines."""
    path.write_text("\n".join([HEADER, *(line for part in parts for line in part)]) + "\n")
    return path


def watchlist(folder: Path) -> Path:
    """The watchlist of the five accounts."""
    path = folder / "watch.csv"
    path.write_text("account_id,platform,actor_class\n" + "".join(f"t{n},twitter,diplomat\n" for n in range(5)))
    return path
