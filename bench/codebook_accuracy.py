"""How often codebooks err, on posts that were labelled by reading: precision and recall with intervals.

    python bench/codebook_accuracy.py

Labels (ids only) are in ``tests/codebooks/data``, texts in the folder that UNDERTOW_SHARED names. Posts were drawn from
strata, so each counts with its stratum's posts over those drawn. Intervals: 95%, posts drawn again within strata
(percentile bootstrap, 9,999 draws, seed 1); of plain counts those of Wilson.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from undertow.codebooks import Matcher, find, read
from undertow.statistics.intervals import percentile_interval, wilson

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("UNDERTOW_SHARED", ROOT.parent / "shared"))
LABELS = ROOT / "tests" / "codebooks" / "data"
DRAWS = 9_999

Cells = npt.NDArray[np.float64]
"""Rows: strata; columns: called and true, called and false, missed, neither."""


def cells(called: list[bool], true: list[bool], stratum: list[str], posts: dict[str, int]) -> tuple[Cells, Cells]:
    """(labelled posts in each cell, weight of one labelled post) by stratum."""
    counts, weights = [], []
    for name, number in posts.items():
        inside = [(c, t) for c, t, s in zip(called, true, stratum, strict=True) if s == name]
        kinds = [(True, True), (True, False), (False, True), (False, False)]
        counts.append([float(inside.count(kind)) for kind in kinds])
        weights.append(number / len(inside))
    return np.array(counts), np.array(weights)


def stated(name: str, counts: Cells, weights: Cells) -> None:
    """Print precision and recall with their intervals."""
    rng = np.random.default_rng(1)
    drawn = np.stack([rng.multinomial(int(row.sum()), row / row.sum(), DRAWS) for row in counts], axis=1)
    sums = np.einsum("dsk,s->dk", drawn, weights)
    whole = np.einsum("sk,s->k", counts, weights)
    shown = []
    for label, other in (("precision", 1), ("recall", 2)):
        if not whole[0] + whole[other]:
            shown.append(f"{label} -")
            continue
        with np.errstate(invalid="ignore"):
            low, high = percentile_interval(sums[:, 0] / (sums[:, 0] + sums[:, other]))
        shown.append(f"{label} {whole[0] / (whole[0] + whole[other]):.2f} ({low:.2f} to {high:.2f})")
    right, wrong = int(counts[:, 0].sum()), int(counts[:, 1].sum())
    low, high = wilson(right, right + wrong)
    print(
        f"{name:40s} {'; '.join(shown)}; unweighted {right} of {right + wrong} ({low:.2f} to {high:.2f})",
        flush=True,
    )


def main() -> None:
    """Read, match, print."""
    texts = pq.read_table(SHARED / "data" / "ira_troll_tweets" / "tweets.parquet", columns=["content"])["content"]
    for file, book in (("us_protests", find("us_protests")), ("contrast", read(LABELS / "contrast.yaml"))):
        with (LABELS / f"{file}_labels.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        if file == "contrast":  # version 1.1 was mended on the one half of the posts
            for row in rows:
                row["sample"] = "looked at" if int(row["post_id"][0], 16) % 2 == 0 else "not looked at"
        matcher = Matcher(book)
        parts = [(part.id, matcher.themes) for part in book.themes] + [
            (part.id, matcher.frames) for part in book.frames
        ]
        for sample in sorted({row.get("sample", "") for row in rows}):
            mine = [row for row in rows if row.get("sample", "") == sample]
            posts = {row["stratum"]: int(row["stratum_posts"]) for row in mine}
            found = [matcher.find(texts[int(row["source_row"]) - 1].as_py() or "", "en") for row in mine]
            for number, (name, called_by) in enumerate(parts):
                if name not in mine[0]:
                    continue
                place = number - (len(book.themes) if called_by == matcher.frames else 0)
                called = [place in called_by(each) for each in found]
                made = cells(called, [row[name] == "1" for row in mine], [row["stratum"] for row in mine], posts)
                stated(f"{name} ({len(mine)} posts{sample and f', {sample}'})", *made)


if __name__ == "__main__":
    main()
