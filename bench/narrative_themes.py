"""Do themes found without a codebook agree with themes that people set by hand? And what do baselines do?

Run from the repository's root: ``python bench/narrative_themes.py [SEEDS]``. The data (three CSV files with text,
cluster_label, theme) lie in the folder that UNDERTOW_SHARED names. Their authors set themes cluster by cluster, so
agreement with their own cluster_label is no independent result: it is printed as the ceiling. Hashtags had lost
their # in these files; for the method and for one of the two baselines words with inner capitals get it back.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, v_measure_score

from undertow.analyses.narratives.features import features
from undertow.statistics.word_themes import co_occurrence, find_themes, text_vectors, word_vectors
from undertow.text.words import words_of

SHARED = Path(os.environ.get("UNDERTOW_SHARED", Path(__file__).parents[2] / "shared"))
INNER = re.compile(r"\b[A-Za-z]*(?:[a-z][A-Z]|[A-Z]{2}[a-z])[A-Za-z]*\b")


def read(number: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    with (SHARED / "data" / "narrative_themes" / f"hundred_{number}.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["theme"].strip()]
    themes = np.array([int(float(row["theme"])) for row in rows])
    clusters = np.array([int(row["cluster_label"]) for row in rows])
    return [row["tweet_text"] or "" for row in rows], themes, clusters


def scores(truth: np.ndarray, found: np.ndarray) -> list[float]:
    """AMI and V-measure on the posts with a theme, then on all posts."""
    on = truth > 0
    return [
        adjusted_mutual_info_score(truth[on], found[on]),
        v_measure_score(truth[on], found[on]),
        adjusted_mutual_info_score(truth, found),
        v_measure_score(truth, found),
    ]


def line(name: str, runs: list[list[float]], groups: list[int]) -> None:
    values = np.array(runs)
    half = 1.96 * values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(4)
    shown = "  ".join(f"{mean:.3f} ±{error:.3f}" for mean, error in zip(values.mean(axis=0), half, strict=True))
    print(f"  {name:34s} {shown}  ({np.mean(groups):.0f} groups)", flush=True)


def main(seeds: int) -> None:
    for number in (1, 2, 3):
        texts, truth, clusters = read(number)
        print(
            f"hundred_{number}: {len(texts):,} posts, {(truth > 0).sum():,} with a theme; mean over {seeds} seeds"
        )
        print(f"  {'':34s} AMI themed     V themed       AMI all        V all")
        line("their own cluster_label (ceiling)", [scores(truth, clusters)], [len(set(clusters))])
        words = [words_of(INNER.sub(lambda found: f"#{found.group()}", text)) for text in texts]
        split = [" ".join([*found.words, *(tag for _, _, tag in found.tags)]) for found in words]
        for name, prepared in (
            ("TF-IDF + k-means, texts as given", texts),
            ("TF-IDF + k-means, hashtags split", split),
        ):
            matrix = TfidfVectorizer(min_df=3, stop_words="english", sublinear_tf=True).fit_transform(prepared)
            for k in (33, 100):
                runs = [
                    KMeans(k, n_init=1, random_state=seed, max_iter=50).fit_predict(matrix) for seed in range(seeds)
                ]
                line(f"{name}, k={k}", [scores(truth, run) for run in runs], [k] * seeds)
        found = features(words, [None] * len(words))
        edges = co_occurrence(found.texts)
        places, lengths = text_vectors(found.texts, word_vectors(edges, len(found.words)))
        for resolution in (1.0, 2.0, 4.0):
            runs = []
            for seed in range(seeds):
                theme = find_themes(
                    found.texts, places, edges, seed=seed, lengths=lengths, resolution=resolution
                ).theme
                runs.append(np.where(found.text_of_post >= 0, theme[found.text_of_post], -1))
            mark = " (default)" if resolution == 2.0 else ""
            line(
                f"Undertow, resolution {resolution:g}{mark}",
                [scores(truth, run) for run in runs],
                [len(set(run)) for run in runs],
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
