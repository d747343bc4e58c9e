"""Which clocks fit: the set of UTC offsets, or zones, that cannot be told from the best.

A clock is as good as the office-hours share that it gives. A clock is in the set unless some other is better
beyond chance: its largest studentised shortfall to any other is held against the distribution of the same
maximum under a paired bootstrap over accounts, centred (the set then holds the truly best clock with the stated
confidence; see Mogstad, Romano, Shaikh and Wilhelm 2024 on confidence sets for ranks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from undertow.calendars.model import DaySpan
from undertow.calendars.places import PlaceMatch, countries_at_offsets, countries_of_zones, representative_zones
from undertow.statistics.hours import (
    OFFICE_HOURS,
    OFFSETS,
    WEEKEND,
    QuarterCounts,
    masked_by_offset,
    masked_by_zone,
    slot_mask,
    working_weekdays,
)
from undertow.statistics.intervals import bootstrap_sums

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


WORK_BEGINS = (60, 180)
"""Minutes by which work may begin earlier or later than 08:00: between 07:00 and 11:00."""


@dataclass(frozen=True, kw_only=True)
class ClockSet:
    """The clocks tried, their shares with intervals, and which cannot be told from the best.

    ``share``, ``low``, ``high``, ``inside`` have one entry a clock. ``inside`` is the confidence set.
    """

    clocks: tuple[int, ...] | tuple[str, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    inside: tuple[bool, ...]
    level: float
    n_posts: int
    n_accounts: int

    @property
    def best(self) -> int:
        """Index of the clock with the largest share; of several, the middle one."""
        top = np.flatnonzero(np.array(self.share) == max(self.share))
        return int(top[len(top) // 2])


@dataclass(frozen=True, kw_only=True)
class OffsetSet(ClockSet):
    """A set of UTC offsets (minutes east), and the countries that keep one of them.

    Hours alone fix only the offset less the start of work: whoever begins an hour later looks as if he lived an
    hour further west. ``with_slack`` are the offsets that fit if work begins up to ``slack[0]`` minutes earlier
    or ``slack[1]`` minutes later than supposed.
    """

    clocks: tuple[int, ...]
    slack: tuple[int, int]
    with_slack: tuple[int, ...]
    countries: tuple[PlaceMatch, ...]
    countries_with_slack: tuple[PlaceMatch, ...]


@dataclass(frozen=True, kw_only=True)
class ZoneSet(ClockSet):
    """A set of zones; each stands for the ``groups`` entry of zones that showed the same time."""

    clocks: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    countries: tuple[PlaceMatch, ...]


def confidence_set(shares: Floats, drawn: Floats, *, level: float) -> Mask:
    """Which columns may be the best: ``shares`` (columns,), ``drawn`` (draws, columns) by a paired bootstrap."""
    number = shares.size
    inside = np.ones(number, dtype=np.bool_)
    centred = drawn - shares
    for column in range(number):
        gap = shares - shares[column]
        noise = centred - centred[:, [column]]
        spread = noise.std(axis=0)
        other = spread > 1e-12
        if (gap[~other] > 1e-12).any():
            inside[column] = False
        elif other.any():
            chance = (noise[:, other] / spread[other]).max(axis=1)
            seen = (gap[other] / spread[other]).max()
            inside[column] = seen <= np.quantile(chance, level)
    return inside


def _compare(
    office: Floats, totals: Floats, rng: np.random.Generator, draws: int, level: float
) -> tuple[Floats, Floats, Floats, Mask]:
    posting = totals > 0
    rows = np.column_stack([office[posting], totals[posting]])
    if rows.shape[0] == 0:
        raise ValueError("no post to count")
    whole = rows.sum(axis=0)
    sums = bootstrap_sums(rows, draws, rng)
    shares, drawn = whole[:-1] / whole[-1], sums[:, :-1] / sums[:, -1:]
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return shares, low, high, confidence_set(shares, drawn, level=level)


def offset_set(
    counts: QuarterCounts,
    span: DaySpan,
    *,
    rng: np.random.Generator,
    offsets: Sequence[int] = OFFSETS,
    hours: tuple[int, int] = OFFICE_HOURS,
    weekend: Sequence[int] = WEEKEND,
    slack: tuple[int, int] = WORK_BEGINS,
    draws: int = 1000,
    level: float = 0.95,
) -> OffsetSet:
    """The UTC offsets at which the posts look most like office work, and the countries that keep them.

    ``hours`` begin when the working day is taken to begin; ``slack`` says how much earlier and later (minutes)
    it may really begin. Clocks are followed through ``span``. Raises ValueError without a post.
    """
    mask = slot_mask(working_weekdays(weekend), hours)
    office = masked_by_offset(counts, mask, offsets)
    shares, low, high, inside = _compare(office, counts.totals.astype(np.float64), rng, draws, level)
    chosen = [offset for offset, kept in zip(offsets, inside, strict=True) if kept]
    near = tuple(o for o in offsets if any(kept - slack[0] <= o <= kept + slack[1] for kept in chosen))
    return OffsetSet(
        clocks=tuple(offsets),
        share=tuple(shares.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        inside=tuple(inside.tolist()),
        level=level,
        n_posts=counts.n_posts,
        n_accounts=int((counts.totals > 0).sum()),
        slack=slack,
        with_slack=near,
        countries=countries_at_offsets(chosen, span),
        countries_with_slack=countries_at_offsets(near, span),
    )


def zone_set(
    counts: QuarterCounts,
    span: DaySpan,
    *,
    rng: np.random.Generator,
    hours: tuple[int, int] = OFFICE_HOURS,
    weekend: Sequence[int] = WEEKEND,
    draws: int = 1000,
    level: float = 0.95,
) -> ZoneSet:
    """The same for every IANA zone with its daylight saving; zones that agreed all through ``span`` are one."""
    groups = representative_zones(span)
    zones = tuple(group[0] for group in groups)
    office = masked_by_zone(counts, slot_mask(working_weekdays(weekend), hours), zones)
    shares, low, high, inside = _compare(office, counts.totals.astype(np.float64), rng, draws, level)
    chosen = [zone for group, kept in zip(groups, inside, strict=True) if kept for zone in group]
    return ZoneSet(
        clocks=zones,
        share=tuple(shares.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        inside=tuple(inside.tolist()),
        level=level,
        n_posts=counts.n_posts,
        n_accounts=int((counts.totals > 0).sum()),
        groups=groups,
        countries=countries_of_zones(chosen),
    )
