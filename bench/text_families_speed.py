"""Text families against datasketch's MinHash LSH, in one run, on the same texts; and how they grow.

    python bench/text_families_speed.py compare 20000 200000
    python bench/text_families_speed.py grow 1000000 [--viral]

Texts: words of an invented vocabulary drawn by Zipf's law, 8 to 30 a text; one text in twenty is copied five times,
each copy with letters changed, words exchanged or its end cut off. ``--viral``: one post in five is a copy of one
template with a name in it. Recall: planted pairs that are found: for datasketch as a candidate pair (it does not
verify), for Undertow in one family (or listed as its near miss), normalised and verified. Seconds are of CPU, all
threads: the machine may be shared. Compilation (first use on a machine, kept on disk) is done before the clock.
datasketch (2.0) gets the same shingles and the same 32 bands of 4 rows.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations

import numpy as np

from undertow.analyses.text_families.families import Families, find_families
from undertow.text.normalise import normalise_all

LETTERS = np.array(list("aabcdeeefghiijklmnoopqrssttuuvwxyz"))


def vocabulary(rng: np.random.Generator, size: int = 30_000) -> list[str]:
    return ["".join(rng.choice(LETTERS, int(length))) for length in rng.integers(2, 11, size)]


def altered(rng: np.random.Generator, words: list[str], known: list[str]) -> str:
    kind = int(rng.integers(3))
    if kind == 0:
        letters = list(" ".join(words))
        for place in rng.integers(0, len(letters), max(1, len(letters) // 25)).tolist():
            letters[place] = str(rng.choice(LETTERS))
        return "".join(letters)
    if kind == 1:
        words = words.copy()
        for place in rng.integers(0, len(words), max(1, len(words) // 8)).tolist():
            words[place] = known[int(rng.integers(len(known)))]
        return " ".join(words)
    return " ".join(words[: max(6, int(len(words) * 0.8))])


def corpus(count: int, seed: int, *, viral: bool = False) -> tuple[list[str], list[int]]:
    """Texts and the cluster of each, -1 for none."""
    rng = np.random.default_rng(seed)
    known = vocabulary(rng)
    texts: list[str] = []
    clusters: list[int] = []
    while len(texts) < count:
        if viral and rng.random() < 0.2:
            name = known[int(rng.integers(len(known)))] + known[int(rng.integers(len(known)))]
            texts.append(
                f"we the people of the old harbour thank everyone who built the lantern bridge, signed {name}"
            )
            clusters.append(-1)
            continue
        ranks = np.minimum(rng.zipf(1.15, int(rng.integers(8, 31))), len(known)) - 1
        words = [known[rank] for rank in ranks.tolist()]
        planted = rng.random() < 0.05
        cluster = len(texts) if planted else -1
        for text in [" ".join(words), *((altered(rng, words, known) for _ in range(5)) if planted else ())]:
            texts.append(text)
            clusters.append(cluster)
    return texts[:count], clusters[:count]


@contextmanager
def clock(name: str) -> Iterator[Callable[[], float]]:
    started, wall = time.process_time(), time.perf_counter()
    took: list[float] = []
    yield lambda: took[0]
    took.append(time.process_time() - started)
    print(f"  {name}: {took[0]:.2f} s of CPU, {time.perf_counter() - wall:.2f} s of wall clock", flush=True)


def planted_pairs(clusters: list[int]) -> set[tuple[int, int]]:
    members: dict[int, list[int]] = defaultdict(list)
    for post, cluster in enumerate(clusters):
        if cluster >= 0:
            members[cluster].append(post)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def recall(found: Families, planted: set[tuple[int, int]]) -> float:
    together: dict[int, set[int]] = defaultdict(set)
    for number, family in enumerate(found.families):
        for variant in (*family.members, *family.near_misses):
            together[variant.text].add(number)
    text = found.text_of_post.tolist()
    return sum(text[a] == text[b] or bool(together[text[a]] & together[text[b]]) for a, b in planted) / len(planted)


def with_datasketch(texts: list[str], planted: set[tuple[int, int]]) -> tuple[int, int]:
    """Planted pairs among the candidates, and candidates in all (too many to keep: they took 16 GB)."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=128, params=(32, 4))
    signed = []
    for number, text in enumerate(texts):
        framed = f" {text} "
        signature = MinHash(num_perm=128, seed=1)
        signature.update_batch([framed[at : at + 4].encode() for at in range(len(framed) - 3)])
        signed.append(signature)
        index.insert(number, signature)
    hits = candidates = 0
    for number, signature in enumerate(signed):
        for other in index.query(signature):
            if other > number:
                candidates += 1
                hits += (number, other) in planted
    return hits, candidates


def compare(count: int) -> None:
    texts, clusters = corpus(count, count)
    planted = planted_pairs(clusters)
    print(f"{count:,} texts, {len(planted):,} planted pairs")
    find_families(texts[:500])
    with clock("Undertow: normalised, candidates, verified, gathered into families") as ours:
        found = find_families(texts)
    with clock("datasketch: normalised, candidates") as theirs:
        hits, candidates = with_datasketch([item.key for item in normalise_all(texts)], planted)
    print(f"  recall {recall(found, planted):.4f} against {hits / len(planted):.4f}")
    print(f"  pairs verified {found.links.verified:,}; datasketch's candidates {candidates:,}")
    print(f"  datasketch took {theirs() / ours():.1f} times as long", flush=True)


def grow(count: int, *, viral: bool) -> None:
    texts, clusters = corpus(count, 1, viral=viral)
    find_families(texts[:500])
    planted = planted_pairs(clusters)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    with clock(f"Undertow, {count:,} posts{', one in five viral' if viral else ''}"):
        found = find_families(texts)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    bands = found.links.bands
    print(
        f"  largest memory {after:.2f} GB ({before:.2f} GB before, with the texts); recall {recall(found, planted):.4f}"
    )
    print(
        f"  {len(found.texts):,} distinct texts, {len(found.families):,} families,"
        f" the largest of {found.families[0].posts:,} posts"
    )
    print(
        f"  largest bucket {max(band.largest_bucket for band in bands):,};"
        f" pairs of buckets {sum(b.possible for b in bands):,},"
    )
    print(f"  looked at {sum(band.looked_at for band in bands):,}, verified {found.links.verified:,}")


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[2:] if argument.isdigit()]
    for size in sizes:
        if sys.argv[1] == "compare":
            compare(size)
        else:
            grow(size, viral="--viral" in sys.argv)
