"""How well filled-in templates are found: real sentences in which a stated share of the words is filled anew.

    python bench/text_templates_accuracy.py FILE [COLUMN] [--where CONDITION] [--slots 3] [--texts 16000] [--seed 5]

``FILE``: Parquet or CSV with the texts in ``COLUMN`` (default ``message``), or a text file with one a line. Each seed is a
sentence that resembles no other of the file (in no family, no near miss). A share of its words stands in slots, cut at
random; every copy, the first too, has words of another sentence in each slot, from a quarter fewer to a third more. Where
no spaces are written a word is a character. The copies stand among the file's other sentences.

Pairs of posts. *Joined*: in one family. *Listed*: in one family or as its near miss. *With templates*: listed so, or as
fillings of one template. Precision: over the pairs that include a planted post. Last column: other posts in templates.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

import duckdb
import numpy as np

from undertow.analyses.text_families.families import Families, find_families
from undertow.analyses.text_families.fillings import find_fillings
from undertow.analyses.text_families.guards import tokens
from undertow.text.normalise import NO_SPACES, normalise_all

SIZES = {3: 60, 6: 40, 20: 15}
"""Families of so many copies."""

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
KINDS = ("joined", "listed", "with templates")

SHORTEST = 8
"""Words of a seed and of every other sentence."""

_UNSPACED = re.compile(rf"(?<=[{NO_SPACES}]) (?=[{NO_SPACES}])")


def sentences(path: Path, column: str, where: str, count: int, rng: np.random.Generator) -> list[str]:
    """Distinct normalised texts of the file that have words enough, ``count`` of them at random."""
    if path.suffix == ".txt":
        raw = path.read_text(encoding="utf-8").splitlines()
    else:
        rows = (
            duckdb.connect().execute(f"select distinct {column} from '{path}' where {where} order by 1").fetchall()
        )
        raw = [str(row[0]) for row in rows if row[0]]
    keys = sorted({text.key for text in normalise_all(raw)})
    keys = [key for key in keys if "#" not in key and SHORTEST <= len(tokens(key)) <= 120]
    return [keys[place] for place in rng.permutation(len(keys))[:count].tolist()]


def parted(rng: np.random.Generator, total: int, parts: int) -> list[int]:
    """``total`` in so many parts at random; any may be 0."""
    cuts = np.sort(rng.integers(0, total + 1, parts - 1))
    return [int(length) for length in np.diff(np.concatenate([[0], cuts, [total]]))]


def fillings(
    rng: np.random.Generator, seed: str, share: float, slots: int, copies: int, others: list[str]
) -> list[str]:
    """``copies`` of ``seed`` with a ``share`` of its words in up to so many ``slots``, filled from ``others``."""
    words = tokens(seed)
    anew = min(max(1, round(share * len(words))), len(words) - 1)
    slots = min(slots, anew, len(words) - anew + 1)
    gaps = [1 + more for more in parted(rng, anew - slots, slots)]
    kept = parted(rng, len(words) - anew - (slots - 1), slots + 1)
    kept = [kept[0], *(length + 1 for length in kept[1:-1]), kept[-1]]  # a word at least between two slots
    made = []
    for _ in range(copies):
        text: list[str] = []
        at = 0
        for place, length in enumerate(kept):
            text += words[at : at + length]
            at += length
            if place < slots:
                text += passage(rng, max(1, round(gaps[place] * rng.uniform(0.75, 1.33))), others)
                at += gaps[place]
        made.append(written(text))
    return made


def passage(rng: np.random.Generator, length: int, others: list[str]) -> list[str]:
    """So many words in a row of one of ``others``."""
    while True:
        words = tokens(others[int(rng.integers(len(others)))])
        if len(words) >= length:
            start = int(rng.integers(len(words) - length + 1))
            return words[start : start + length]


def written(words: list[str]) -> str:
    """The words as a normalised text has them."""
    return _UNSPACED.sub("", " ".join(words))


def groups(found: Families) -> dict[str, list[set[int]]]:
    """The posts of each family; with its near misses; those and the templates; and of each template."""
    posts: dict[int, list[int]] = defaultdict(list)
    for post, text in enumerate(found.text_of_post.tolist()):
        posts[text].append(post)
    joined = [{post for v in family.members for post in posts[v.text]} for family in found.families]
    listed = [{post for v in (*f.members, *f.near_misses) for post in posts[v.text]} for f in found.families]
    filled = [
        {post for head in group.heads for text in texts_of(found, head) for post in posts[text]}
        for group in find_fillings(found).groups
    ]
    return {"joined": joined, "listed": listed, "with templates": listed + filled, "templates": filled}


def texts_of(found: Families, head: int) -> list[int]:
    """The texts that a head of a template stands for."""
    family = int(found.family_of_text[head])
    return [head] if family < 0 else [variant.text for variant in found.families[family].members]


def scores(together: list[set[int]], planted: dict[int, list[int]], copies: int) -> tuple[float, float]:
    """Recall and precision of pairs, those of families of so many ``copies``."""
    family_of = {post: label for label, posts in planted.items() for post in posts}
    found = {
        pair
        for group in together
        for post in group
        if len(planted.get(family_of.get(post, -1), ())) == copies
        for pair in (((min(post, other), max(post, other))) for other in group if other != post)
    }
    right = sum(family_of.get(a) == family_of.get(b) for a, b in found)
    pairs = sum(len(posts) * (len(posts) - 1) // 2 for posts in planted.values() if len(posts) == copies)
    return right / pairs, right / max(1, len(found))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("column", nargs="?", default="message")
    parser.add_argument("--where", default="true")
    parser.add_argument("--slots", type=int, default=3)
    parser.add_argument("--texts", type=int, default=16_000)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    found = find_families(sentences(given.file, given.column, given.where, given.texts, rng))
    near = {v.text for family in found.families for v in (*family.members, *family.near_misses)}
    alone = [text for place, text in enumerate(found.texts) if place not in near]
    alone = [alone[place] for place in rng.permutation(len(alone)).tolist()]
    sizes = [copies for copies, families in SIZES.items() for _ in range(families)]
    others = alone[len(sizes) :]
    words = np.median([len(tokens(text)) for text in alone])
    print(
        f"{len(others):,} other sentences of {words:.0f} words (median), up to {given.slots} slots, seed {given.seed}"
    )
    print(
        "| share refilled | copies | " + " | ".join(f"{kind}: recall | precision" for kind in KINDS) + " | others |"
    )
    print("| --- | --- |" + " --- | --- |" * len(KINDS) + " --- |")
    for share in SHARES:
        texts: list[str] = []
        planted: dict[int, list[int]] = {}
        for label, copies in enumerate(sizes):
            planted[label] = list(range(len(texts), len(texts) + copies))
            texts += fillings(rng, alone[label], share, given.slots, copies, others)
        together = groups(find_families(texts + others))
        false = sum(post >= len(texts) for group in together["templates"] for post in group)
        for copies in SIZES:
            row = [scores(together[kind], planted, copies) for kind in KINDS]
            cells = " | ".join(f"{recall:.3f} | {precision:.3f}" for recall, precision in row)
            print(f"| {share:.0%} | {copies} | {cells} | {false} |", flush=True)


if __name__ == "__main__":
    main()
