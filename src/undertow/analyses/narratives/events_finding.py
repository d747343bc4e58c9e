"""Pivots beside dated events of the analyst's: which lie near which, and how often chance would do it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.narratives import too_little
from undertow.analyses.narratives.periods import Pivot, Pivots
from undertow.analyses.narratives.wording import QUESTION
from undertow.analyses.own_posts import OwnPosts
from undertow.case import Case
from undertow.errors import InputError
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.multiple_testing import monte_carlo_p
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, p_words, strength_words

ID = "narratives.events"

LINKED = Scale(0.0, 0.2, 0.5)
"""Share of the moments of change that lie near an event, beyond what chance gives."""

DRAWS = 9_999

TABLE = pa.schema(
    [
        ("date", pa.date32()),
        ("theme", pa.string()),
        ("event_date", pa.date32()),
        ("event", pa.string()),
        ("days_after_event", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Event:
    """Something that happened on a day."""

    date: dt.date
    name: str


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a CSV file with the columns date (2020-01-31) and event; :class:`InputError` says what is wrong."""
    todo = "write a CSV file with the columns date and event: 2020-05-28,The law is announced"
    if not path.is_file():
        raise InputError("there is no such file", where=str(path), todo="check the path of the events")
    found = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames is None or not {"date", "event"} <= set(reader.fieldnames):
                raise InputError("the columns date and event are missing", where=str(path), todo=todo)
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                try:
                    date = dt.date.fromisoformat((row["date"] or "").strip())
                except ValueError as error:
                    raise InputError(f"{row['date']!r} is no date", where=where, todo=todo) from error
                if not (row["event"] or "").strip():
                    raise InputError("the event has no name", where=where, todo=todo)
                found.append(Event(date, row["event"].strip()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"the file cannot be read: {error}", where=str(path), todo=todo) from error
    if not found:
        raise InputError("there is no event in it", where=str(path), todo=todo)
    return tuple(sorted(found, key=lambda event: (event.date, event.name)))


def chance_of_links(
    changes: npt.ArrayLike, events: npt.ArrayLike, span: int, window: int, *, rng: np.random.Generator
) -> tuple[int, float, float]:
    """(changes at most ``window`` days after an event, how many chance gives, its p-value).

    Days count from the first of ``span`` days. Chance: all events move on together by a random number of days, and
    come in again at the start where they leave at the end, which keeps their distances but for that.
    """
    changed, happened = np.asarray(changes, dtype=np.int64), np.asarray(events, dtype=np.int64)

    def linked(shift: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        moved = (happened[None, None, :] + shift[:, None, None]) % span
        after = changed[None, :, None] - moved
        counted: npt.NDArray[np.int64] = ((after >= 0) & (after <= window)).any(axis=2).sum(axis=1)
        return counted

    seen = int(linked(np.zeros(1, np.int64))[0])
    chance = np.concatenate([linked(rng.integers(0, span, 500)) for _ in range(-(-DRAWS // 500))])[:DRAWS]
    return seen, float(chance.mean()), float(monte_carlo_p(int((chance >= seen).sum()), DRAWS))


def _posts_after(posts: OwnPosts, found: Pivots, linked: Sequence[Pivot]) -> list[int]:
    """The posts of the themes from each linked change to the theme's next one, earliest first."""
    timeline = found.timeline
    period = np.where(posts.day < 0, -1, (posts.day - timeline.first_day) // timeline.days)
    chosen = np.zeros(len(posts), bool)
    for pivot in linked:
        later = [other.change.after for other in found.pivots if other.story is pivot.story]
        next_change = min((after for after in later if after > pivot.change.after), default=period.max())
        chosen |= pivot.story.posts & (period > pivot.change.after) & (period <= next_change)
    return sorted(np.flatnonzero(chosen).tolist(), key=lambda post: (int(posts.times[post]), post))


def finding(
    case: Case,
    scope: Scope,
    posts: OwnPosts,
    found: Pivots | None,
    events: tuple[Event, ...],
    *,
    window: int,
    seed: int,
) -> Finding:
    """Which changes come at most ``window`` days (and the period that they are known to) after an event.

    Changes of one period are one moment: a theme's gain is another's loss, and an event is near both or neither.
    """
    if found is None or not found.pivots:
        why = "There is no change in the themes that could lie near an event."
        return too_little.finding(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    timeline = found.timeline
    first, number = timeline.date(0), timeline.counts.shape[1]
    span = number * timeline.days
    within = [event for event in events if 0 <= (event.date - first).days < span]
    if not within:
        why = f"None of {count(len(events), 'event')} is between the first and the last post ({first} on)."
        return too_little.finding(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    reach = window + timeline.days - 1
    ends = [timeline.date(pivot.change.after + 1) + dt.timedelta(days=timeline.days - 1) for pivot in found.pivots]
    moments = sorted(set(ends))
    seen, expected, p_value = chance_of_links(
        [(moment - first).days for moment in moments],
        [(event.date - first).days for event in within],
        span,
        reach,
        rng=np.random.default_rng([seed, 43]),
    )
    rows = []
    linked = []
    for pivot, end in zip(found.pivots, ends, strict=True):
        near = [event for event in within if 0 <= (end - event.date).days <= reach]
        if near:
            linked.append(pivot)
        rows += [
            {
                "date": timeline.date(pivot.change.after + 1),
                "theme": pivot.story.title,
                "event_date": event.date,
                "event": event.name,
                "days_after_event": (timeline.date(pivot.change.after + 1) - event.date).days,
            }
            for event in near
        ]
    total = len(moments)
    low, high = wilson(seen, total)
    by_chance = expected / total
    rating = rate(
        low=low - by_chance,
        high=high - by_chance,
        scale=LINKED,
        n_accounts=total,
        unit="moments of change",
        p_value=p_value,
    )
    evidence, which = posts.evidence(case, scope, _posts_after(posts, found, linked))
    return Finding(
        id=ID,
        question=QUESTION,
        statement=(
            f"{seen} of {count(total, 'moment')} at which themes change (95% interval {low:.0%} to {high:.0%}) lie "
            f"within {count(reach, 'day')} after one of {count(len(within), 'dated event')}; chance gives "
            f"{expected:.1f} ({p_words(p_value)})."
        ),
        estimate=Estimate(
            value=seen / total,
            low=low,
            high=high,
            unit="share of the moments of change that lie near an event",
            n=found.n_posts,
            n_accounts=found.n_accounts,
        ),
        p_value=p_value,
        null_model="all events moved on together by a random number of days, from the end in at the start",
        method=(
            f"Days from an event to the end of the period in which a change begins; at most {window} days and a "
            "period. Changes of one period are one moment; the interval is Wilson's, over moments. "
            f"{count(len(events) - len(within), 'event')} outside the time of the posts left out. Posts of the themes "
            f"after the changes near an event, until the next change. {which} {strength_words(rating)}"
        ),
        assumptions=("The events were chosen without looking at the posts",),
        alternatives=(
            "Events were picked because something changed then",
            "News and changes both crowd into some seasons",
            "That one follows the other does not show that it was caused by it",
        ),
        strength=rating.strength,
        aspect="narrative framing",
        table="narratives_events.parquet",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
    )
