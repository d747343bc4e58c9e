"""Numbers as people read them: with the digits that their error supports, and no more.

Raw values are in the exports; what is shown in findings, reports and the terminal goes through here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from undertow.finding import Estimate
    from undertow.statistics.strength import Rating


def decimals_for(low: float, high: float) -> int:
    """How many decimals the interval ``low..high`` supports: two significant digits of its half-width.

    >>> decimals_for(0.691, 0.722)
    3
    """
    half = abs(high - low) / 2
    if half == 0 or not math.isfinite(half):
        return 2
    return max(0, min(6, 1 - math.floor(math.log10(half))))


def share(value: float, low: float | None = None, high: float | None = None) -> str:
    """A share as a percentage, rounded as its interval allows.

    >>> share(0.71234, 0.69, 0.73)
    '71%'
    """
    if low is None or high is None:
        decimals = 0 if 0.1 <= value <= 0.9 else 1
    else:
        decimals = max(0, decimals_for(low * 100, high * 100) - 1)
    return f"{value * 100:.{decimals}f}%"


OFFSET_UNIT = "hours east of UTC"
"""Unit of estimates that are UTC offsets; they are shown as people write them, not as fractions of hours."""


def clock(offset_minutes: int) -> str:
    """A UTC offset in words.

    >>> clock(480), clock(-210), clock(0)
    ('UTC+8', 'UTC-3:30', 'UTC')
    """
    if offset_minutes == 0:
        return "UTC"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"UTC{'+' if offset_minutes > 0 else '-'}{hours}" + (f":{minutes:02d}" if minutes else "")


def clock_of_hours(hours: float) -> str:
    """The same from hours, to the minute.

    >>> clock_of_hours(-4.5)
    'UTC-4:30'
    """
    return clock(round(60 * hours))


def interval_words(estimate: Estimate) -> str:
    """An estimate with its interval in words: ``0.71 share of posts (95% interval 0.69 to 0.73)``."""
    if estimate.value is None:
        return "not estimated"
    if estimate.unit.startswith(OFFSET_UNIT):
        if estimate.low is None or estimate.high is None:
            return clock_of_hours(estimate.value)
        return " ".join(
            (clock_of_hours(estimate.value), f"({clock_of_hours(estimate.low)} to {clock_of_hours(estimate.high)})")
        )
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:,.4g} {estimate.unit}"
    decimals = decimals_for(estimate.low, estimate.high)
    return (
        f"{estimate.value:,.{decimals}f} {estimate.unit} "
        f"({estimate.level:.0%} interval {estimate.low:,.{decimals}f} to {estimate.high:,.{decimals}f})"
    )


def p_words(p_value: float) -> str:
    """A p-value as printed: two significant digits, never smaller than can be said.

    >>> p_words(0.0312), p_words(0.00001)
    ('p = 0.031', 'p < 0.0001')
    """
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 post``, ``1,204 posts``.

    >>> count(1204, "post")
    '1,204 posts'
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def joined(words: Sequence[str], most: int | None = None) -> str:
    """Words as a phrase; beyond ``most`` of them only their number.

    >>> joined(["a", "b", "c"]), joined(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    listed = list(words)
    if most is not None and len(listed) > most:
        listed = [*listed[:most], f"{len(listed) - most} more"]
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def scope_parts(filter_: str) -> tuple[str | None, str | None, str | None]:
    """The condition, first day and day of the end of a finding's filter, each None where it has none.

    >>> scope_parts("language = 'en'; since 2016-09-01; until 2016-12-01")
    ("language = 'en'", '2016-09-01', '2016-12-01')
    >>> scope_parts("since 2016-09-01")
    (None, '2016-09-01', None)
    """
    rest, until = _cut(filter_, "until")
    where, since = _cut(rest, "since")
    return where or None, since, until


def _cut(words: str, name: str) -> tuple[str, str | None]:
    """``words`` without the day at its end that ``name`` gives, and that day."""
    found = re.fullmatch(rf"(?:(.*); )?{name} (\d{{4}}-\d{{2}}-\d{{2}})", words, re.DOTALL)
    return (words, None) if found is None else (found[1] or "", found[2])


def scope_words(filter_: str) -> str:
    """A finding's filter as words that follow "posts".

    >>> scope_words("language = 'en'; since 2016-09-01; until 2016-12-01")
    "where language = 'en', since 2016-09-01 and before 2016-12-01"
    """
    where, since, until = scope_parts(filter_)
    parts = [f"where {where}"] if where else []
    parts += [f"since {since}"] if since else []
    parts += [f"before {until}"] if until else []
    return joined(parts)


def strength_words(rating: Rating) -> str:
    """Why a finding is as strong as it is."""
    why = f" because {'; '.join(rating.reasons)}" if rating.reasons else ": no reservation by the rule"
    return f"Strength {rating.strength}{why}."
