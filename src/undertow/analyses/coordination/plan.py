"""What is looked at: which traces, at which windows, and what the data's times allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from undertow.analyses.coordination.traces import TRACES, Trace
from undertow.errors import UsageError, did_you_mean

DEFAULT_WINDOWS_S: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "repost": (60.0,),
        "fast_repost": (10.0,),
        "link": (60.0,),
        "domain": (60.0,),
        "hashtag": (60.0,),
        "hashtag_sequence_3": (300.0,),
        "hashtag_sequence_5": (300.0,),
        "reply": (60.0,),
        "mention": (60.0,),
        "text": (300.0,),
        "media": (300.0,),
        "posting": (10.0,),
    }
)
"""Seconds within which two actions count as one co-action, by trace.

A minute is the field's usual choice for acts of one click. Who copies a text, a picture or a row of hashtags needs
longer: five minutes. A fast repost is within a minute of the original by definition, so that its accounts meet
within a minute whatever they do: ten seconds. The same ten seconds for posting as such, which happens all the time.
"""

NO_SELECTION = frozenset({"posting"})
"""Traces whose objects nobody chooses: the object of a post as such is its day."""


@dataclass(frozen=True)
class Planned:
    """One trace with its windows in seconds, ascending."""

    trace: Trace
    windows_s: tuple[float, ...]


def planned(traces: Sequence[str], windows: Sequence[str]) -> list[Planned]:
    """The traces named (all by default) with their windows.

    ``windows`` holds seconds for every trace (``"60"``) or for one (``"repost=10"``); several for one trace are all
    tested, and paid for. Raises :class:`UsageError` for names and numbers that cannot be used.

    >>> [(item.trace.name, item.windows_s) for item in planned(["link", "repost"], ["30", "repost=10", "repost=60"])]
    [('repost', (10.0, 60.0)), ('link', (30.0,))]
    """
    for name in traces:
        _check_trace(name, "coordination.traces")
    general: list[float] = []
    own: dict[str, list[float]] = {}
    for item in windows:
        name, equals, seconds = item.rpartition("=")
        if equals:
            _check_trace(name, "coordination.windows")
            own.setdefault(name, []).append(_seconds(seconds, item))
        else:
            general.append(_seconds(seconds, item))
    return [
        Planned(trace, tuple(sorted(set(own.get(name) or general or DEFAULT_WINDOWS_S.get(name, ())))))
        for name, trace in TRACES.items()
        if not traces or name in traces
    ]


def _check_trace(name: str, where: str) -> None:
    if name not in TRACES:
        raise UsageError(f"there is no trace {name!r}", where=where, todo=did_you_mean(name, TRACES))


def _seconds(text: str, item: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 30 * 86_400:
        raise UsageError(
            f"{item!r} is not a window",
            where="coordination.windows",
            todo="give seconds (60), or a trace and seconds (repost=10), at most 30 days",
        )
    return value


def raised(windows_s: Sequence[float], precision_s: float) -> tuple[float, ...]:
    """``windows_s`` as the times allow: none below their precision, a window of 0 apart where times are exact.

    >>> raised((10.0, 60.0, 600.0), 60.0)
    (60.0, 600.0)
    """
    return tuple(sorted({max(window, precision_s) if precision_s >= 1 else window for window in windows_s}))


def window_words(seconds: float) -> str:
    """A window in words.

    >>> window_words(60), window_words(90), window_words(0.5), window_words(7200)
    ('1 minute', '90 s', '0.5 s', '2 hours')
    """
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return f"{seconds:g} s"
