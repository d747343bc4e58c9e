"""How often the three tests of automation call accounts that are not regular, and how many timers they find.

The null of each test is drawn directly, and for the spectrum from people that are made without its model: sessions of
log-normal intervals in a daily rhythm, of five kinds. Timers lose half of their posts and are jittered.

    python bench/automation_calibration.py [--draws 1]

The results stand in docs/explanation/automation.md.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt

from undertow.statistics.regularity import rayleigh_p, regularity_p, spectral_line

Floats = npt.NDArray[np.float64]

KINDS = ((90.0, 1.0, 0.3), (400.0, 0.8, 0.1), (33.0, 0.6, 0.2), (33.0, 0.6, 0.05), (1_100.0, 0.5, 0.1))
"""Median interval in seconds, its log spread, and the chance that a session ends after each post."""


def person(number: int, kind: tuple[float, float, float], rng: np.random.Generator) -> Floats:
    """Times of ``number`` posts in seconds."""
    median, spread, ending = kind
    times: list[float] = []
    now = 0.0
    while len(times) < number:
        now += rng.exponential(8 * 3_600)
        hour = now / 3_600 % 24
        if hour < 7:
            now += (7 - hour) * 3_600 * rng.random()
        for _ in range(rng.geometric(ending)):
            times.append(now)
            now += float(np.exp(rng.normal(np.log(median), spread)))
    return np.array(times[:number])


def shares(p_values: Floats) -> str:
    """The shares of p-values at most .05, .01 and .001."""
    levels = "  ".join(f"p<={level}: {(p_values <= level).mean():.4f}" for level in (0.05, 0.01, 0.001))
    return f"{p_values.size:6d} accounts  {levels}  smallest {p_values.min():.2g}"


def main() -> None:
    """Draw, test, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1, help="multiples of the usual number of draws")
    many = parser.parse_args().draws
    rng = np.random.default_rng(1)
    for pairs in (15, 50, 200):
        mean = rng.beta(0.5, 2.0, (many * 20_000, pairs)).mean(axis=1)
        print(
            f"regular intervals, {pairs:3d} pairs  {shares(regularity_p(mean, np.full(mean.size, pairs), shape=2.0))}"
        )
    for posts in (20, 50, 300):
        table = np.stack([np.bincount(rng.integers(0, 60, posts), minlength=60) for _ in range(many * 20_000)])
        print(f"set minutes, {posts:3d} posts  {shares(rayleigh_p(table.astype(np.float64))[0])}")
    found: list[float] = []
    for kind in KINDS:
        lines = [spectral_line(person(int(rng.integers(50, 800)), kind, rng)) for _ in range(many * 600)]
        found += [line.p_value for line in lines if line is not None]
    print(f"a period, of {len(KINDS) * many * 600} people  {shares(np.array(found))}")
    for jitter in (0.0, 0.1, 0.2):
        row = []
        for posts in (50, 100, 300):
            hits = 0
            for _ in range(many * 100):
                ticks = np.flatnonzero(rng.random(2 * posts) < 0.5)
                line = spectral_line(np.sort(ticks * 900.0 + rng.normal(0, 900 * jitter, ticks.size)))
                hits += line is not None and line.p_value < 1e-4
            row.append(f"{posts} posts: {hits / (many * 100):.2f}")
        print(f"timers found at p < .0001, jitter {jitter:.1f} of the period  {'  '.join(row)}")


if __name__ == "__main__":
    main()
