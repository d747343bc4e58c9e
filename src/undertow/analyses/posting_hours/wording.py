"""Words that the findings on posting hours share."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.wording import clock, joined

QUESTION = "When do they post; whose working day, whose holidays?"


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def days(numbers: Sequence[int]) -> str:
    """Days of the week as ranges.

    >>> days((0, 1, 2, 3, 4)), days((5, 6)), days((0, 1, 2, 3, 6))
    ('Mon-Fri', 'Sat and Sun', 'Mon-Thu and Sun')
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts: list[str] = []
    for run in runs:
        names = [WEEKDAYS[day] for day in run]
        parts.extend([f"{names[0]}-{names[-1]}"] if len(run) > 2 else names)
    return joined(parts)


def ranges(offsets: Sequence[int]) -> str:
    """Offsets (minutes, ascending, 15-minute steps) as ranges.

    >>> ranges((465, 480, 495, 540))
    'UTC+7:45 to UTC+8:15, UTC+9'
    """
    runs: list[list[int]] = []
    for offset in offsets:
        if runs and offset - runs[-1][-1] == 15:
            runs[-1].append(offset)
        else:
            runs.append([offset])
    return ", ".join(clock(run[0]) if len(run) == 1 else f"{clock(run[0])} to {clock(run[-1])}" for run in runs)


def sentence(reasons: Sequence[str]) -> str:
    """Reasons as a sentence with a space after it; empty for none.

    >>> sentence(("one thing", "another"))
    'One thing; another. '
    """
    text = "; ".join(reasons)
    return f"{text[0].upper()}{text[1:]}. " if text else ""
