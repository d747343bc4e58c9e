"""A working calendar over a span of days, and the holiday blocks in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]

_MONDAY_OFFSET = 3  # 1970-01-01 was a Thursday


def weekdays_of(days: Days) -> npt.NDArray[np.int64]:
    """Day of the week of each day: 0 Monday to 6 Sunday.

    >>> weekdays_of(np.array(["2016-02-08", "2016-02-14"], dtype="datetime64[D]")).tolist()
    [0, 6]
    """
    numbers: npt.NDArray[np.int64] = (days.astype("datetime64[D]").astype(np.int64) + _MONDAY_OFFSET) % 7
    return numbers


@dataclass(frozen=True)
class DaySpan:
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a span of days ends before it starts: {self.first} to {self.last}")

    @cached_property
    def days(self) -> Days:
        """Every day of the span, ``datetime64[D]``."""
        return np.arange(np.datetime64(self.first), np.datetime64(self.last) + 1)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Block:
    """A run of public holidays with the weekend days inside it.

    ``first`` and ``last`` are its first and last holiday; ``free_weekdays`` are the days of it that would have
    been ordinary working days, which is what can be seen in posting. ``label`` is the named break it is part
    of, or its first holiday's name; ``names`` are all holiday names in it.
    """

    first: date
    last: date
    label: str
    names: tuple[str, ...]
    free_weekdays: tuple[date, ...]

    @property
    def length(self) -> int:
        """Days from first to last."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Calendar:
    """Who works when: one country's days over a span.

    All arrays have one entry a day of ``span``. ``weekend`` is the ordinary weekend, ``holiday`` the public
    holidays, ``make_up`` the weekend days that are worked in exchange for a day off. ``names`` gives holiday
    names by day; ``estimated`` marks holidays whose date is calculated, not announced (moon sightings).
    ``limits`` says in words what is not known.
    """

    code: str
    name: str
    span: DaySpan
    weekend: Mask
    holiday: Mask
    make_up: Mask
    estimated: Mask
    names: dict[date, str]
    breaks: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    _blocks: list[tuple[Block, ...]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("weekend", "holiday", "make_up", "estimated"):
            values = getattr(self, name)
            if values.shape != (len(self.span),):
                raise ValueError(f"{self.code}: {name} has {values.shape[0]} days, the span has {len(self.span)}")
            values.flags.writeable = False

    @property
    def days(self) -> Days:
        """Every day of the span."""
        return self.span.days

    @property
    def working(self) -> Mask:
        """Days on which offices work: ordinary weekdays that are no holiday, and make-up days."""
        worked: Mask = (~self.weekend & ~self.holiday) | self.make_up
        return worked

    @property
    def free_weekday(self) -> Mask:
        """Holidays that fall on what would have been a working weekday."""
        free: Mask = self.holiday & ~self.weekend
        return free

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The holiday blocks in order, each with at least one free weekday.

        A block is a maximal run of days on which nobody works (weekends, holidays) that holds at least one
        free weekday, cut to its first and last public holiday.
        """
        if not self._blocks:
            self._blocks.append(tuple(self._find_blocks()))
        return self._blocks[0]

    def _find_blocks(self) -> list[Block]:
        blocks = []
        off = ~self.working
        edges = np.flatnonzero(np.diff(np.concatenate(([0], off.astype(np.int8), [0]))))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            free = np.flatnonzero(self.free_weekday[start:stop]) + start
            if free.size == 0:
                continue
            held = np.flatnonzero(self.holiday[start:stop]) + start
            days: list[date] = [self.days[index].astype(object) for index in held]
            names = tuple(dict.fromkeys(self.names[day] for day in days if day in self.names))
            blocks.append(
                Block(
                    first=days[0],
                    last=days[-1],
                    label=self._label(names),
                    names=names,
                    free_weekdays=tuple(self.days[index].astype(object) for index in free),
                )
            )
        return blocks

    def _label(self, names: tuple[str, ...]) -> str:
        for label, holiday in self.breaks:
            if any(holiday in name for name in names):
                return label
        proper = [name for name in names if "substituted" not in name and "transferred" not in name]
        return plain_name((proper or list(names) or [self.name])[0])

    def make_up_days(self) -> tuple[date, ...]:
        """The weekend days that are worked."""
        return tuple(self.days[index].astype(object) for index in np.flatnonzero(self.make_up))


def plain_name(name: str) -> str:
    """A holiday's name without what differs from year to year.

    >>> plain_name("National Day (observed); Mid-Autumn Festival (estimated)")
    'National Day'
    """
    return name.split(";", maxsplit=1)[0].split(" (", maxsplit=1)[0].strip()
