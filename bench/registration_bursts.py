"""How often the scan for registration bursts alarms where nothing is planted, and how large a batch it finds.

Populations come from generators that are not the scan's own model: independent accounts, gamma, log-normal and
log-Laplace effects of days (the log-normal ones alike on neighbouring days), growth of a platform with weekdays, and
news that makes people register for some days. For each, accounts are drawn many times; the share of draws with
any burst is the false-alarm rate, at 5% (the level of the analysis) and at 1%. For power, a batch of a given size is
put on one day.

    python bench/registration_bursts.py [--draws 60] [--power-draws 10]
    python bench/registration_bursts.py --hours --draws 30

The results stand in docs/explanation/account_origins.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from undertow.statistics.bursts import scan
from undertow.statistics.intervals import wilson

Floats = npt.NDArray[np.float64]
Generator = Callable[[np.random.Generator, int], Floats]

DAYS = 3_000
SIZES = (800, 5_000, 20_000)


def _autoregressive(rng: np.random.Generator, days: int, sigma: float, rho: float) -> Floats:
    noise = rng.normal(0, sigma * np.sqrt(1 - rho**2), days)
    noise[0] = rng.normal(0, sigma)
    for day in range(1, days):
        noise[day] += rho * noise[day - 1]
    return noise


def even(rng: np.random.Generator, days: int) -> Floats:
    """Accounts that register independently of each other at one rate."""
    del rng
    return np.ones(days)


def gamma_days(rng: np.random.Generator, days: int) -> Floats:
    """Negative binomial days: effects of variance 0.3."""
    return rng.gamma(1 / 0.3, 0.3, days)


def log_normal_days(rng: np.random.Generator, days: int) -> Floats:
    """Log-normal effects (standard deviation 0.5) with a correlation of 0.5 from day to day."""
    return np.exp(_autoregressive(rng, days, 0.5, 0.5))


def independent_log_normal_days(rng: np.random.Generator, days: int) -> Floats:
    """Log-normal effects (standard deviation 0.5), each day its own."""
    return np.exp(rng.normal(0, 0.5, days))


def log_laplace_days(rng: np.random.Generator, days: int) -> Floats:
    """Effects with power-law tails (index 4)."""
    return np.exp(rng.laplace(0, 0.25, days))


def growth(rng: np.random.Generator, days: int) -> Floats:
    """A platform that grows twentyfold, with weekends at 0.7 and log-normal days (0.3)."""
    day = np.arange(days)
    return np.exp(3 * day / days + np.where(day % 7 >= 5, np.log(0.7), 0) + rng.normal(0, 0.3, days))


def trend(rng: np.random.Generator, days: int) -> Floats:
    """Years that rise and fall by a factor of ten, with a start from nothing and a sudden end."""
    level = np.exp(1.15 * np.sin(2 * np.pi * (np.arange(days) / 900 + rng.random())))
    level[: days // 5] = 0.02
    return level * np.exp(_autoregressive(rng, days, 0.25, 0.7))


def news(rng: np.random.Generator, days: int) -> Floats:
    """Four times a year news makes people register for days: threefold in the median, half gone in two to five days."""
    level = growth(rng, days)
    extra = np.ones(days)
    for _ in range(rng.poisson(4 * days / 365)):
        start, height, half = rng.integers(days), np.exp(rng.normal(np.log(3), 0.6)), rng.uniform(2, 5)
        after = np.arange(days - start)
        extra[start:] = np.maximum(extra[start:], 1 + (height - 1) * 0.5 ** (after / half))
        if start:
            extra[start - 1] = max(extra[start - 1], 1 + 0.3 * (height - 1))
    return level * extra


def one_wave(rng: np.random.Generator, days: int) -> Floats:
    """One wave of news in all the time: ten times the usual on its first day, half gone in three days."""
    level = np.exp(rng.normal(0, 0.2, days))
    start = int(rng.integers(50, days - 50))
    level[start:] *= 1 + 9 * 0.5 ** (np.arange(days - start) / 3)
    level[start - 1] *= 3
    return level


ORGANIC: tuple[Generator, ...] = (
    even, gamma_days, independent_log_normal_days, log_normal_days, log_laplace_days, growth, trend, news, one_wave,
)  # fmt: skip


def hours_of_day(rng: np.random.Generator, hours: int) -> Floats:
    """Hours of a day at .2 to 1.8 of the mean, with log-normal effects (0.3)."""
    return (1 + 0.8 * np.sin(2 * np.pi * np.arange(hours) / 24)) * np.exp(rng.normal(0, 0.3, hours))


def hours_with_news(rng: np.random.Generator, hours: int) -> Floats:
    """The same, and six times a year news: fourfold in the median, half gone in two to six hours."""
    level = hours_of_day(rng, hours)
    for _ in range(rng.poisson(6 * hours / 8_766)):
        start, height, half = int(rng.integers(1, hours)), np.exp(rng.normal(np.log(4), 0.6)), rng.uniform(2, 6)
        level[start:] *= 1 + (height - 1) * 0.5 ** (np.arange(hours - start) / half)
        level[start - 1] *= 1 + 0.3 * (height - 1)
    return level


def by_hours(draws: int) -> None:
    """The scan by hours: populations over 600 days, with and without news, and batches within one hour."""
    hours = 600 * 24
    for place, generator in enumerate((hours_of_day, hours_with_news)):
        for size in (800, 5_000):
            alarms, found = 0, {10: 0, 20: 0, 40: 0}
            rng = np.random.default_rng([9, place, size])
            for _ in range(draws):
                level = generator(rng, hours)
                counts = rng.poisson(level / level.sum() * size).astype(np.int64)
                alarms += scan(counts, period=24, bins_a_day=24).p_value <= 0.05
                for batch in found:
                    planted = counts.copy()
                    planted[5_000] += batch
                    bursts = scan(planted, period=24, bins_a_day=24).bursts
                    found[batch] += any(burst.first <= 5_000 < burst.first + burst.length for burst in bursts)
            power = "  ".join(f"{batch}: {hits / draws:.2f}" for batch, hits in found.items())
            print(
                f"  {generator.__name__:16s} {size:6,} accounts  {rate_words(alarms, draws)}  found {power}",
                flush=True,
            )


def drawn(generator: Generator, accounts: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Registrations a day of about ``accounts`` accounts."""
    level = generator(rng, DAYS)
    return rng.poisson(level / level.sum() * accounts).astype(np.int64)


def rate_words(hits: int, draws: int) -> str:
    """A rate with its 95% interval."""
    low, high = wilson(hits, draws)
    return f"{hits}/{draws} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Draw, scan, print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--hours", action="store_true", help="only the scan by hours")
    parser.add_argument("--power-draws", type=int, default=10)
    arguments = parser.parse_args()
    if arguments.hours:
        print("by hours: draws with a burst at 5% where nothing is planted, and the share of batches found")
        by_hours(arguments.draws)
        return
    print("draws with a burst where nothing is planted, at 5% (95% interval) and at 1%")
    for place, generator in enumerate(ORGANIC):
        row = []
        for size in SIZES:
            rng = np.random.default_rng([7, place, size])
            p_values = [scan(drawn(generator, size, rng)).p_value for _ in range(arguments.draws)]
            at = {level: sum(p <= level for p in p_values) for level in (0.05, 0.01)}
            row.append(f"{size:,}: {rate_words(at[0.05], arguments.draws)}, {at[0.01]}")
        print(f"  {generator.__name__:30s} {' | '.join(row)}", flush=True)
    print("share of batches found, one batch on one day")
    for generator in (even, independent_log_normal_days, news):
        for size in SIZES:
            row = []
            for batch in (5, 10, 20, 40, 80, 160):
                rng = np.random.default_rng([8, size, batch])
                hits = 0
                for _ in range(arguments.power_draws):
                    counts = drawn(generator, size, rng)
                    day = int(rng.integers(30, DAYS - 30))
                    counts[day] += batch
                    bursts = scan(counts).bursts
                    hits += any(burst.first <= day < burst.first + burst.length for burst in bursts)
                row.append(f"{batch}: {hits / arguments.power_draws:.2f}")
            print(f"  {generator.__name__:30s} {size:6,} accounts  {'  '.join(row)}", flush=True)


if __name__ == "__main__":
    main()
