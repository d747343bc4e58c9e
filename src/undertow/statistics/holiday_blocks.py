"""One calendar's holiday blocks against the same blocks moved by whole weeks.

Works on residuals of day scores; who is compared with whom, and what is concluded, is
:mod:`undertow.statistics.working_calendar`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from undertow.calendars.model import Block, Calendar, plain_name
from undertow.statistics.multiple_testing import monte_carlo_p

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def residuals(score: Floats, excluded: Mask, not_reference: Mask, *, weeks: int, clip: float) -> Floats:
    """Each day's score less the median score of the same weekday up to ``weeks`` weeks away, clipped.

    Shape (days,). Days of ``not_reference`` (the holidays in question) are compared but never compared with:
    else days near a holiday would look busier than they are. NaN for excluded days and days without a score,
    or with fewer than two days to compare with.
    """
    usable = np.where(excluded, np.nan, score)
    ordinary = np.where(not_reference, np.nan, usable)
    days = usable.size
    near = np.full((2 * weeks, days), np.nan)
    for row, week in enumerate([*range(-weeks, 0), *range(1, weeks + 1)]):
        shift = 7 * week
        low, high = max(0, -shift), min(days, days - shift)
        if low < high:
            near[row, low:high] = ordinary[low + shift : high + shift]
    found = (~np.isnan(near)).sum(axis=0) >= 2
    result = np.full(days, np.nan)
    ordered = np.sort(near[:, found], axis=0)  # NaN sorts to the end
    number = (~np.isnan(ordered)).sum(axis=0)
    columns = np.arange(ordered.shape[1])
    middle = (ordered[(number - 1) // 2, columns] + ordered[number // 2, columns]) / 2
    result[found] = np.clip(usable[found] - middle, -clip, clip)
    return result


@dataclass(frozen=True)
class BlockDays:
    """The free weekdays of holiday blocks as indices into the day grid.

    ``block`` and ``day`` have one entry a day; blocks are numbered 0..n-1 in order of time, ``labels`` and
    ``starts`` name them, ``holidays`` are the names of all holidays in each.
    """

    block: Ints
    day: Ints
    labels: tuple[str, ...]
    starts: tuple[date, ...]
    holidays: tuple[frozenset[str], ...]

    @property
    def n_blocks(self) -> int:
        """How many blocks there are."""
        return len(self.labels)

    @classmethod
    def of(cls, calendar: Calendar, free: Mask | None = None) -> BlockDays:
        """The blocks of ``calendar``; days are counted from the start of its span. ``free`` narrows the days."""
        days = [[(day - calendar.span.first).days for day in block.free_weekdays] for block in calendar.blocks]
        every = cls(
            np.repeat(np.arange(len(days), dtype=np.int64), [len(part) for part in days]),
            np.array([day for part in days for day in part], dtype=np.int64),
            tuple(block.label for block in calendar.blocks),
            tuple(block.first for block in calendar.blocks),
            tuple(frozenset(_holidays(block)) for block in calendar.blocks),
        )
        return every if free is None else every.without(~free)

    @classmethod
    def single(cls, days: Ints, dates: Sequence[date], label: str) -> BlockDays:
        """Each day a block of its own (make-up days)."""
        numbers = np.arange(days.size, dtype=np.int64)
        return cls(
            numbers, days.astype(np.int64), (label,) * days.size, tuple(dates), (frozenset((label,)),) * days.size
        )

    def without(self, days: Mask) -> BlockDays:
        """The blocks without the marked days; blocks that lose all their days are gone."""
        keep = ~days[self.day]
        kept, renumbered = np.unique(self.block[keep], return_inverse=True)
        return BlockDays(
            renumbered.astype(np.int64),
            self.day[keep],
            tuple(self.labels[index] for index in kept),
            tuple(self.starts[index] for index in kept),
            tuple(self.holidays[index] for index in kept),
        )


def _holidays(block: Block) -> Iterator[str]:
    """The holidays of a block by their plain names, and the block's own label; days in lieu have none."""
    yield block.label
    for name in block.names:
        for part in name.split(";"):
            if "substituted" not in part:
                yield plain_name(part)


@dataclass(frozen=True)
class Placements:
    """Sums over each usable block where it lies, and everywhere it could have been moved to.

    ``total`` and ``weight`` have shape (blocks, 2 max_weeks + 1): sums of weight times residual and of weights,
    the middle column being the block's own place; ``allowed`` marks the places. ``used`` numbers the blocks
    kept; the others had too few places.
    """

    total: Floats
    weight: Floats
    allowed: Mask
    used: Ints

    @property
    def own(self) -> int:
        """The column of the blocks' own place."""
        return int(self.total.shape[1]) // 2


def placements(
    blocks: BlockDays,
    residual: Floats,
    information: Floats,
    forbidden: Mask,
    *,
    max_weeks: int,
    min_placements: int,
    day_variance: float,
) -> Placements:
    """Every place of every block: whole weeks away, on days that are not ``forbidden`` and have a residual.

    A day weighs ``1 / (1 / information + day_variance)``: what is uncertain of its score because few accounts
    speak, and because days differ for reasons of their own, which keeps the richest days from deciding alone.
    Days of a block without a residual of their own are left out of it.
    """
    days = residual.size
    known = ~np.isnan(residual) & (information > 0)
    kept = known[blocks.day]
    block, day = blocks.block[kept], blocks.day[kept]
    weight = np.where(known, information / (1 + day_variance * np.maximum(information, 0)), 0.0)
    product = np.where(known, weight * np.nan_to_num(residual), 0.0)

    shifts = 7 * np.arange(-max_weeks, max_weeks + 1)
    target = day[:, None] + shifts[None, :]
    inside = (target >= 0) & (target < days)
    target = np.clip(target, 0, days - 1)
    free = inside & known[target] & ~forbidden[target]
    own = max_weeks
    free[:, own] = True
    shape = (blocks.n_blocks, shifts.size)
    bad, total, mass = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(bad, block, ~free)
    np.add.at(total, block, product[target])
    np.add.at(mass, block, weight[target])
    allowed = (bad == 0) & (mass > 0)
    elsewhere = allowed.sum(axis=1) - allowed[:, own]
    used = np.flatnonzero(allowed[:, own] & (elsewhere >= min_placements))
    return Placements(total[used], mass[used], allowed[used], used)


@dataclass(frozen=True)
class BlockTest:
    """The effect of a set of blocks (1: like a weekend day, 0: like a weekday) and its chance distribution.

    ``null`` holds the effect of each draw; ``z`` is the effect in standard deviations from the draws' mean.
    ``parts`` and ``masses`` have shape (draws, blocks) for leave-one-out.
    """

    effect: float
    p_value: float
    z: float
    null: Floats
    parts: Floats
    masses: Floats


def block_test(places: Placements, draws: int, rng: np.random.Generator) -> BlockTest:
    """Move each block on its own to a random allowed place, its own included, ``draws`` times; one-sided."""
    number = places.used.size
    if number == 0:
        raise ValueError("no block to test")
    allowed = places.allowed.sum(axis=1)
    columns = np.argsort(~places.allowed, axis=1, kind="stable")
    pick = (rng.random((draws, number)) * allowed).astype(np.int64)
    rows = np.arange(number)
    chosen = columns[rows, pick]
    parts, masses = places.total[rows, chosen], places.weight[rows, chosen]
    null = parts.sum(axis=1) / masses.sum(axis=1)
    effect = float(places.total[:, places.own].sum() / places.weight[:, places.own].sum())
    spread = float(null.std())
    return BlockTest(
        effect=effect,
        p_value=float(monte_carlo_p(int((null >= effect - 1e-12).sum()), draws)),
        z=(effect - float(null.mean())) / spread if spread > 0 else 0.0,
        null=null,
        parts=parts,
        masses=masses,
    )


def p_without(places: Placements, test: BlockTest, groups: Sequence[Ints]) -> Floats:
    """The p-value without each of ``groups`` (numbers of blocks among the used ones), from the same draws."""
    total, mass = places.total[:, places.own], places.weight[:, places.own]
    all_parts, all_masses = test.parts.sum(axis=1), test.masses.sum(axis=1)
    found = np.ones(len(groups))
    for index, group in enumerate(groups):
        left = mass.sum() - mass[group].sum()
        if left <= 0:
            continue
        effect = (total.sum() - total[group].sum()) / left
        null = (all_parts - test.parts[:, group].sum(axis=1)) / np.maximum(
            all_masses - test.masses[:, group].sum(axis=1), 1e-12
        )
        found[index] = monte_carlo_p(int((null >= effect - 1e-12).sum()), null.size)
    return found


def bootstrap_effect(places: Placements, draws: int, rng: np.random.Generator) -> Floats:
    """The effect in ``draws`` resamples of the blocks with replacement (shape: draws)."""
    number = places.used.size
    counts = rng.multinomial(number, np.full(number, 1 / number), size=draws).astype(np.float64)
    total: Floats = counts @ places.total[:, places.own]
    mass: Floats = counts @ places.weight[:, places.own]
    return total / mass
