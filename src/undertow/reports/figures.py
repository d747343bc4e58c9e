"""Numbers, cells and intervals of a finding as a report shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from undertow.finding import Estimate
from undertow.reports.neutral import neutral, one_line
from undertow.wording import OFFSET_UNIT, clock_of_hours, decimals_for

if TYPE_CHECKING:
    import pyarrow as pa

CELL_LIMIT = 400
"""Characters of one cell that a table excerpt shows; the rest is in the rows themselves."""

UNKNOWN = "–"


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text and whether it is a number."""

    text: str
    numeric: bool = False


@dataclass(frozen=True)
class Excerpt:
    """The first rows of a table, ready to be shown, and how many rows the table has in all."""

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int

    @property
    def complete(self) -> bool:
        """Whether every row is shown."""
        return len(self.rows) == self.total


def excerpt_of_table(table: pa.Table, limit: int) -> Excerpt:
    """The first ``limit`` rows of an Arrow table."""
    rows: list[Mapping[str, object]] = table.slice(0, limit).to_pylist()
    return excerpt(list(table.column_names), rows, total=int(table.num_rows))


def excerpt_of_rows(rows: Iterable[Mapping[str, object]], limit: int) -> Excerpt:
    """The first ``limit`` of ``rows``, with every column that occurs in any of them."""
    listed = list(rows)
    columns = list(dict.fromkeys(str(name) for row in listed for name in row))
    return excerpt(columns, listed[:limit], total=len(listed))


def excerpt(columns: Sequence[str], rows: Sequence[Mapping[str, object]], *, total: int) -> Excerpt:
    """``rows`` as cells, in the order of ``columns``."""
    cells = tuple(zip(*(_column([row.get(name) for row in rows]) for name in columns), strict=True))
    numeric = tuple(
        any(line[i].numeric for line in cells) and all(line[i].numeric or line[i].text == UNKNOWN for line in cells)
        for i in range(len(columns))
    )
    return Excerpt(tuple(neutral(name) for name in columns), numeric, cells, total)


def _column(values: Sequence[object]) -> list[Cell]:
    """The cells of one column; fractions all with as many decimals as the one that needs most of them."""
    cells = [cell(value) for value in values]
    fractions = [value for value in values if isinstance(value, float) and math.isfinite(value)]
    shown = [made.text for value, made in zip(values, cells, strict=True) if isinstance(value, float)]
    if not fractions or any("e" in text for text in shown):
        return cells
    decimals = max(len(text.partition(".")[2]) for text in shown)
    return [
        Cell(f"{value:,.{decimals}f}", numeric=True) if isinstance(value, float) and math.isfinite(value) else made
        for value, made in zip(values, cells, strict=True)
    ]


def cell(value: object) -> Cell:
    """One value as a cell.

    >>> cell(1234567), cell(0.123456), cell(None)
    (Cell(text='1,234,567', numeric=True), Cell(text='0.1235', numeric=True), Cell(text='–', numeric=False))
    """
    if value is None:
        return Cell(UNKNOWN)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, int):
        return Cell(f"{value:,}", numeric=True)
    if isinstance(value, (float, Decimal)):
        return Cell(number(float(value)), numeric=True)
    if isinstance(value, datetime):
        return Cell(moment(value))
    if isinstance(value, date):
        return Cell(value.isoformat())
    if isinstance(value, bytes):
        return Cell(value.hex())
    if isinstance(value, (list, tuple)):
        return Cell(one_line(", ".join(cell(part).text for part in value), CELL_LIMIT))
    if isinstance(value, Mapping):
        return Cell(one_line(", ".join(f"{key}: {cell(part).text}" for key, part in value.items()), CELL_LIMIT))
    text = neutral(str(value))
    return Cell(text if len(text) <= CELL_LIMIT else one_line(text, CELL_LIMIT))


def number(value: float) -> str:
    """A number with four significant digits, thousands separated.

    >>> number(12345.678), number(0.000012345), number(float("nan"))
    ('12,346', '1.234e-05', 'not a number')
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == 0:
        return "0"
    digits = 3 - math.floor(math.log10(abs(value)))
    if digits > 7:
        return f"{value:.4g}"
    text = f"{value:,.{max(0, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(value: datetime) -> str:
    """A time to the second, with its offset where it is known.

    >>> from datetime import UTC
    >>> moment(datetime(2020, 5, 1, 8, 30, tzinfo=UTC))
    '2020-05-01 08:30:00 UTC'
    """
    shown = value.isoformat(sep=" ", timespec="seconds")
    return shown.removesuffix("+00:00") + " UTC" if shown.endswith("+00:00") else shown


def size_words(size: int) -> str:
    """A file's size in the unit that suits it.

    >>> size_words(999), size_words(172_400_000)
    ('999 bytes', '172.4 MB')
    """
    if size < 1000:
        return f"{size} byte" if size == 1 else f"{size} bytes"
    for unit, factor in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if size < factor * 1000 or unit == "GB":
            return f"{size / factor:,.1f} {unit}"
    raise AssertionError("unreachable")  # pragma: no cover


def is_share(estimate: Estimate) -> bool:
    """Whether the estimate is a share of something, to be shown in percent."""
    return estimate.unit == "share" or estimate.unit.startswith("share of ")


@dataclass(frozen=True)
class EstimateWords:
    """An estimate in the pieces that a card shows: number, unit, interval's ends, and those with the level."""

    value: str
    unit: str
    range: str | None = None
    interval: str | None = None


def estimate_words(estimate: Estimate) -> EstimateWords:
    """The estimate with the digits that its interval supports; shares in percent.

    >>> estimate_words(Estimate(value=0.7123, low=0.69, high=0.73, unit="share of posts", n=10))
    EstimateWords(value='71%', unit='of posts', range='69% to 73%', interval='95% interval 69% to 73%')
    """
    unit = estimate.unit.removeprefix("share").strip() if is_share(estimate) else estimate.unit
    if estimate.unit.startswith(OFFSET_UNIT):
        unit = estimate.unit.removeprefix(OFFSET_UNIT).strip()
    if estimate.value is None:
        return EstimateWords("not estimated", "")
    if estimate.low is None or estimate.high is None:
        bare = f"{number(estimate.value * 100)}%" if is_share(estimate) else show(estimate, estimate.value)
        return EstimateWords(bare, unit)
    value, low, high = (show(estimate, part) for part in (estimate.value, estimate.low, estimate.high))
    ends = f"{low} to {high}"
    return EstimateWords(value, unit, ends, f"{estimate.level * 100:g}% interval {ends}")


def show(estimate: Estimate, value: float) -> str:
    """``value`` in the estimate's unit, with the digits that the estimate's interval supports; offsets as clocks."""
    if estimate.unit.startswith(OFFSET_UNIT):
        return clock_of_hours(value)
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    if low is None or high is None or estimate.low is None:
        return number(value)
    if is_share(estimate):
        return f"{value * 100:.{max(0, decimals_for(low * 100, high * 100) - 1)}f}%"
    whole = all(part is None or part == int(part) for part in (estimate.value, low, high))
    return _minus(f"{value:,.{0 if whole else decimals_for(low, high)}f}")


def _minus(text: str) -> str:
    return text.replace("-", "\u2212", 1)


@dataclass(frozen=True)
class IntervalBar:
    """Where to draw an estimate on a line from 0 to 100: its interval, its value, and what nothing to find would give,
    with its label (zero where it is not stated and lies within)."""

    low: float
    high: float
    value: float
    null: float | None
    null_label: str
    start: str
    end: str


def interval_bar(estimate: Estimate) -> IntervalBar | None:
    """The estimate's interval on a line; None where there is no interval to draw.

    The line is 0 to 100% for a share; otherwise it goes from zero past the interval and the null value, or around them
    when they are far from zero, and ends on round numbers.
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        return None
    if is_share(estimate) and 0 <= low <= high <= 1:
        start, end = 0.0, 1.0
        labels = ("0%", "100%")
    else:
        stated = [] if estimate.null_value is None else [estimate.null_value]
        smallest, largest = min(value, low, *stated), max(value, high, *stated)
        width = (largest - smallest) or abs(value) or 1.0
        far = smallest > 8 * width or largest < -8 * width
        start = smallest - width if far else min(0.0, smallest - 0.2 * width) if smallest < 0 else 0.0
        end = largest + width if far else max(0.0, largest + 0.2 * width)
        step = _round_step((end - start) / 4)
        start, end = step * math.floor(start / step), step * math.ceil(end / step)
        labels = (_end(estimate, start), _end(estimate, end))

    def place(at: float) -> float:
        return round(100 * (at - start) / (end - start), 2)

    null = 0.0 if estimate.null_value is None else estimate.null_value
    drawn = place(null) if start < null < end else None
    shown = f"{number(null * 100)}%" if is_share(estimate) else _end(estimate, null)
    if is_share(estimate) and null:
        shown = f"{round(null * 100)}%"
    return IntervalBar(place(low), place(high), place(value), drawn, shown, *labels)


def _end(estimate: Estimate, value: float) -> str:
    offset = estimate.unit.startswith(OFFSET_UNIT)
    return clock_of_hours(value) if offset else _minus(number(value))


def _round_step(about: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is at least ``about``."""
    power: float = 10.0 ** math.floor(math.log10(about))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= about)
