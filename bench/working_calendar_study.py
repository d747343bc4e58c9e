"""Error rates and power of the working-calendar test, on populations from a generator of its own.

The generator shares no code with ``undertow.simulation``: two independent generators are harder to satisfy than
one. Each scenario prints one line for docs/explanation/posting_hours.md. Run, for example:

    python bench/working_calendar_study.py organic --draws 200 --seed 1
    python bench/working_calendar_study.py fake --draws 200 --seed 1 --posts shared/data/ira.parquet
    python bench/working_calendar_study.py power --country CN --draws 100 --seed 1
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from undertow.calendars import DEFAULT_COUNTRIES, Calendar, DaySpan, national_calendar, national_calendars
from undertow.statistics.day_scores import ActiveDays
from undertow.statistics.working_calendar import WorkingCalendarResult, span_of, working_calendar

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """What a population lives through. Rates are multiplied; all numbers are per scenario, not per account."""

    years: float = 4.0
    accounts: int = 400
    start: date = date(2014, 9, 1)
    weekend_rate: float = 0.7
    season: float = 0.3
    shock: float = 0.25
    shock_memory: float = 0.6
    bursts_a_year: float = 12.0
    outages_a_year: float = 2.0
    new_year: float = 1.0
    holiday_rate: float = 0.0
    """Rate on free weekdays over the rate on weekends; only with a country."""
    obedient: float = 1.0
    """Share of the accounts that keep the country's calendar."""
    life_days: float = 500.0


def population(world: World, calendar: Calendar | None, rng: np.random.Generator) -> ActiveDays:
    """Accounts that come and go, with heavy-tailed activity, seasons, weeks, news, outages and, maybe, holidays."""
    days = DaySpan(world.start, world.start + timedelta(days=round(world.years * 365.25)))
    n, grid = len(days), days.days
    weekday = (grid.astype(np.int64) + 3) % 7
    year_part = 2 * np.pi * np.arange(n) / 365.25
    log_rate = world.season * np.sin(year_part + rng.uniform(0, 2 * np.pi))
    log_rate += world.season / 2 * np.sin(2 * year_part + rng.uniform(0, 2 * np.pi))
    shock = np.empty(n)
    state = 0.0
    noise = rng.standard_t(4, n) * world.shock * math.sqrt(1 - world.shock_memory**2)
    for index in range(n):
        state = world.shock_memory * state + noise[index]
        shock[index] = state
    log_rate += shock
    for _ in range(rng.poisson(world.bursts_a_year * world.years)):
        first = int(rng.integers(n))
        length = int(rng.geometric(0.3))
        log_rate[first : first + length] += rng.exponential(0.6)
    for _ in range(rng.poisson(world.outages_a_year * world.years)):
        first = int(rng.integers(n))
        log_rate[first : first + int(rng.geometric(0.5))] -= rng.exponential(1.0)
    months = grid.astype("datetime64[M]").astype(np.int64) % 12 + 1
    of_month = (grid - grid.astype("datetime64[M]")).astype(np.int64) + 1
    turn = ((months == 12) & (of_month == 31)) | ((months == 1) & (of_month == 1))
    log_rate[turn] += math.log(world.new_year)

    rest = weekday >= 5
    keepers = rest.copy()
    if calendar is not None:
        full = national_calendar(calendar.code, days)
        rest, keepers = full.weekend, ~full.working
    accounts = world.accounts
    activity = np.minimum(np.exp(rng.normal(-1.0, 1.2, accounts)), 3.0)
    weekend = world.weekend_rate * np.exp(rng.normal(0, 0.25, accounts))
    life = np.minimum(rng.exponential(world.life_days, accounts) + 20, n)
    born = rng.uniform(-0.2, 1.0, accounts) * n
    found_account, found_day = [], []
    for account in range(accounts):
        low, high = max(0, int(born[account])), min(n, int(born[account] + life[account]))
        if low >= high:
            continue
        here = slice(low, high)
        off, mine = rest[here], keepers[here]
        rate = np.where(off, np.log(weekend[account]), 0.0)
        if calendar is not None and rng.random() < world.obedient:
            on_holiday = mine & ~off
            rate = np.where(on_holiday, np.log(weekend[account] * max(world.holiday_rate, 1e-3)), rate)
            rate = np.where(off & ~mine, 0.0, rate)
        chance = 1 - np.exp(-activity[account] * np.exp(log_rate[here] + rate))
        active = np.flatnonzero(rng.random(high - low) < chance) + low
        found_account.append(np.full(active.size, account))
        found_day.append(active)
    return ActiveDays.of(
        np.concatenate(found_account), np.concatenate(found_day), n_accounts=accounts, first=grid[0], n_days=n
    )


def fake_calendar(number: int, span: DaySpan, avoid: Mask, rng: np.random.Generator) -> Calendar:
    """A made-up country: some holidays on the same date each year, some that move by up to two weeks."""
    n = len(span)
    holiday, names = np.zeros(n, dtype=np.bool_), {}
    weekday = (span.days.astype(np.int64) + 3) % 7
    for index in range(int(rng.integers(7, 14))):
        of_year, length = int(rng.integers(1, 366)), int(min(rng.geometric(0.5), 7))
        moves = int(rng.integers(0, 15)) if rng.random() < 0.4 else 0
        for year in range(span.first.year, span.last.year + 1):
            shift = int(rng.integers(-moves, moves + 1)) if moves else 0
            day = date(year, 1, 1) + timedelta(days=of_year - 1 + shift)
            for step in range(length):
                place = (day - span.first).days + step
                if 0 <= place < n and not avoid[place]:
                    holiday[place] = True
                    names[day + timedelta(days=step)] = f"holiday {index}"
    nothing = np.zeros(n, dtype=np.bool_)
    return Calendar(
        code=f"F{number}",
        name=f"fake {number}",
        span=span,
        weekend=weekday >= 5,
        holiday=holiday,
        make_up=nothing.copy(),
        estimated=nothing.copy(),
        names=names,
    )


def share(successes: int, number: int) -> str:
    """A share with its Wilson interval, as the documentation prints it."""
    from undertow.statistics.intervals import wilson

    low, high = wilson(successes, number)
    return f"{successes}/{number} = {successes / number:.3f} ({low:.3f} to {high:.3f})"


@dataclass
class Tally:
    """What a scenario counts."""

    verdicts: Counter[str]
    any_significant: int = 0
    tests: int = 0
    below: int = 0
    answers: Counter[str] | None = None

    def add(self, result: WorkingCalendarResult) -> None:
        """Count one result."""
        self.verdicts[result.verdict] += 1
        tested = [test for test in result.calendars if test.tested]
        self.tests += len(tested)
        self.below += sum(test.p_value is not None and test.p_value <= 0.05 for test in tested)
        self.any_significant += any(test.p_holm is not None and test.p_holm <= 0.05 for test in tested)
        if self.answers is None:
            self.answers = Counter()
        if result.answer:
            self.answers["+".join(sorted(result.answer))] += 1


def report(name: str, tally: Tally, started: float) -> None:
    """Print a scenario's line."""
    number = sum(tally.verdicts.values())
    winners = tally.verdicts["one calendar"] + tally.verdicts["several calendars"]
    print(f"{name}")
    print(f"  raw p <= .05            {share(tally.below, max(tally.tests, 1))}")
    print(f"  any, corrected          {share(tally.any_significant, number)}")
    print(f"  winner after the guards {share(winners, number)}")
    print(f"  verdicts {dict(tally.verdicts)}  answers {dict((tally.answers or Counter()).most_common(6))}")
    print(f"  {time.time() - started:.0f} s", flush=True)


def seeds(seed: int, draws: int) -> Iterator[tuple[int, np.random.Generator]]:
    """One generator a draw."""
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(draws)):
        yield number, np.random.default_rng(child)


def organic(draws: int, seed: int, only: str | None) -> None:
    """Populations that keep no calendar, against the real ones."""
    worlds = {
        "organic, quiet": World(),
        "organic, strong seasons and news": World(season=0.6, shock=0.5, bursts_a_year=25, shock_memory=0.8),
        "organic, no weekly rhythm": World(weekend_rate=1.0),
        "organic, everybody rests at New Year": World(new_year=0.4),
    }
    for name, world in worlds.items():
        if only is not None and only not in name:
            continue
        tally, started = Tally(Counter()), time.time()
        for number, rng in seeds(seed, draws):
            pairs = population(world, None, rng)
            calendars = national_calendars(DEFAULT_COUNTRIES, span_of(pairs))
            tally.add(working_calendar(pairs, calendars, seed=number))
        report(name, tally, started)


def fake(draws: int, seed: int, pairs: ActiveDays, home: str | None, name: str) -> None:
    """Made-up calendars, in families of 20, on given accounts; days of ``home`` are none of theirs."""
    span = span_of(pairs)
    avoid = np.zeros(pairs.n_days, dtype=np.bool_)
    if home is not None:
        avoid = national_calendar(home, span).holiday
    tally, started = Tally(Counter()), time.time()
    for number, rng in seeds(seed, draws):
        family = [fake_calendar(index, span, avoid, rng) for index in range(20)]
        tally.add(working_calendar(pairs, family, seed=number))
    report(name, tally, started)


def power(country: str, draws: int, seed: int, world: World) -> None:
    """Populations that keep the calendar of ``country``, against the real ones."""
    tally, started = Tally(Counter()), time.time()
    right = covering = covered = 0
    effects = []
    for number, rng in seeds(seed, draws):
        span = DaySpan(world.start, world.start + timedelta(days=round(world.years * 365.25)))
        pairs = population(world, national_calendar(country, span), rng)
        calendars = national_calendars(DEFAULT_COUNTRIES, span_of(pairs))
        result = working_calendar(pairs, calendars, seed=number)
        tally.add(result)
        right += result.answer == (country,)
        covering += country in result.answer
        own = next(test for test in result.calendars if test.code == country)
        if own.effect is not None and own.low is not None and own.high is not None:
            effects.append(own.effect)
            covered += own.low <= world.obedient <= own.high
    setting = f"{world.accounts} accounts, {world.years:g} years, {world.obedient:.0%} keep it"
    report(f"{country} ({setting}, weekend rate {world.weekend_rate:g})", tally, started)
    print(f"  exactly it {share(right, draws)}, it among the answer {share(covering, draws)}")
    print(
        f"  mean effect {np.mean(effects):.2f}; the interval holds the planted one {share(covered, draws)}",
        flush=True,
    )


def read_posts(path: Path, language: str, offset_hours: int) -> ActiveDays:
    """Accounts and local days of a Clemson-layout Parquet file."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["author", "language", "publish_date"])
    table = table.filter(pc.equal(table["language"], language))
    local = table["publish_date"].cast("int64").to_numpy() // 1_000_000 + offset_hours * 3600
    authors = np.array(table["author"].to_pylist(), dtype=np.str_)
    return ActiveDays.from_dates(authors, (local // 86_400).astype("datetime64[D]"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=["organic", "fake", "power"])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--country", default="RU")
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--years", type=float, default=4.0)
    parser.add_argument("--weekend-rate", type=float, default=0.5)
    parser.add_argument("--obedient", type=float, default=1.0)
    parser.add_argument("--holiday-rate", type=float, default=1.0)
    parser.add_argument("--only", help="a part of a world's name")
    parser.add_argument("--posts", type=Path)
    parser.add_argument("--language", default="Russian")
    given = parser.parse_args()
    world = replace(
        World(),
        accounts=given.accounts,
        years=given.years,
        weekend_rate=given.weekend_rate,
        obedient=given.obedient,
        holiday_rate=given.holiday_rate,
    )
    if given.study == "organic":
        organic(given.draws, given.seed, given.only)
    elif given.study == "power":
        power(given.country, given.draws, given.seed, world)
    elif given.posts is not None:
        pairs = read_posts(given.posts, given.language, 3)
        fake(given.draws, given.seed, pairs, "RU", f"fake calendars on {given.language}-language posts")
    else:
        pairs = population(world, None, np.random.default_rng(given.seed))
        fake(given.draws, given.seed, pairs, None, "fake calendars on a simulated population")


if __name__ == "__main__":
    main()
