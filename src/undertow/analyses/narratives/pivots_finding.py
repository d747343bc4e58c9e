"""When the story changes: themes over time, and pivots, as a finding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.narratives import charts, too_little
from undertow.analyses.narratives.periods import TESTED, Pivot, Pivots, Timeline
from undertow.analyses.narratives.wording import QUESTION
from undertow.analyses.own_posts import OwnPosts
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, p_words, strength_words

ID = "narratives.pivots"

PIVOT = Scale(0.0, 0.05, 0.20)

DRAWN = 7
"""Themes that the picture tells apart; the rest are one."""

ALTERNATIVES = (
    "The news changed, and everybody spoke of it: compare with a control, or with dated events",
    "Other accounts came in or left, while none changed its subject",
    "The archive holds other accounts or kinds of posts for other times",
    "A theme's words changed, while the story stayed",
)

TABLE = pa.schema(
    [
        ("row", pa.string()),
        ("date", pa.date32()),
        ("theme", pa.string()),
        ("earliest", pa.date32()),
        ("latest", pa.date32()),
        ("share_before", pa.float64()),
        ("share_after", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("p_value", pa.float64()),
        ("takes_over_from", pa.string()),
        ("accounts", pa.int64()),
        ("posts", pa.float64()),
    ]
)


LEAST_DAYS = 28
"""In a shorter set a theme that comes to stay cannot be told from the programme of an event."""


def finding(case: Case, scope: Scope, posts: OwnPosts, found: Pivots | None, *, level: float, by: str) -> Finding:
    """The changes of the themes' shares; ``by`` says whose themes they are."""
    if found is None or found.p_value is None:
        why = (
            "Too little to tell when the story changes: there are no posts in a theme, or they are of one time or of "
            "too few accounts."
        )
        return too_little.finding(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    largest = max(found.pivots, key=lambda pivot: (_sure(pivot), -pivot.change.after), default=None)
    change = largest.change if largest is not None else None
    difference = None if change is None else change.afterwards - change.before
    sign = 1 if difference is None or difference >= 0 else -1
    near, far = (
        sorted((sign * change.difference_low, sign * change.difference_high))
        if change is not None
        else (None, None)
    )
    timeline = found.timeline
    rating = rate(
        low=near,
        high=far,
        scale=PIVOT,
        n_accounts=change.n_accounts if change is not None else found.n_accounts,
        p_value=found.p_value,
        guards={
            f"the set covers {LEAST_DAYS} days or more": timeline.counts.shape[1] * timeline.days >= LEAST_DAYS
        },
    )
    if largest is None:
        statement = (
            f"The share of none of {count(found.n_tested, 'theme')} ({by}) changes for good over "
            f"{timeline.counts.shape[1]:,} periods of {count(timeline.days, 'day')} beyond what differs between accounts "
            f"and what passes (the smallest: {p_words(found.p_value)})."
        )
    else:
        over = [pivot for pivot in found.pivots if pivot.takes_over_from is not None]
        statement = (
            f"{count(len(found.pivots), 'change')} in what is spoken of ({by}), {len(over):,} of them a theme "
            f"that takes over; the surest: {_sentence(largest, timeline)}, {p_words(found.p_value)}."
        )
    chosen = _posts_after(posts, largest, timeline)
    evidence, which = posts.evidence(case, scope, chosen)
    drawn = _drawn(timeline)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=0.0 if difference is None else difference,
            low=None if change is None else change.difference_low,
            high=None if change is None else change.difference_high,
            unit="changes of a theme's share"
            if change is None
            else "change in the theme's share of posts in any theme",
            n=found.n_posts,
            n_accounts=found.n_accounts,
        ),
        p_value=found.p_value,
        null_model=(
            "the expected share of every theme is the same in every period, but for news and seasons that move all "
            "accounts and pass; given those, accounts are independent"
        ),
        method=(
            f"Posts in a theme by periods of {count(timeline.days, 'day')}; of the {found.n_tested} largest "
            f"themes (at most {TESTED}) each share is searched for the split that stands out most in units of its "
            "standard error (over accounts, and over what moves all of them and passes), and the sides again. Chance: "
            "the deviation of every account changes its sign at random, over the whole time at once, and what moves all "
            f"is drawn anew; p-values are corrected for splits, sides and themes (level {level:g}). Dates: 95% interval "
            f"by drawing both again. {which if chosen else ''} {strength_words(rating)}"
        ),
        assumptions=(
            "Accounts are independent of each other but for what moves all; posts of one account need not be",
            "What moves all fades: it keeps 0.6 to 0.95 of itself from one period to the next",
        ),
        alternatives=(
            "An event with a programme (a conference, a match, a vote) changes its subject by the hour or day",
            *ALTERNATIVES,
        ),
        strength=rating.strength,
        aspect="narrative framing",
        table="narratives_pivots.parquet",
        chart="narratives_pivots.vl.json",
        evidence=evidence,
        result=pa.Table.from_pylist([*_changes(found), *_distribution(timeline)], TABLE),
        figure=charts.over_time(drawn, f"Posts in a theme by periods of {count(timeline.days, 'day')}; {by}."),
    )


def _sure(pivot: Pivot) -> float:
    """How far the difference's interval is from 0."""
    return max(pivot.change.difference_low, -pivot.change.difference_high)


def _sentence(pivot: Pivot, timeline: Timeline) -> str:
    change = pivot.change
    over = f", taking over from “{pivot.takes_over_from.title}”" if pivot.takes_over_from is not None else ""
    earliest, latest = timeline.date(change.low + 1), timeline.date(change.high + 1)
    return (
        f"“{pivot.story.title}” goes from {change.before:.0%} to {change.afterwards:.0%} of the posts in a theme "
        f"from {timeline.date(change.after + 1)} on (95% interval {earliest} to {latest}){over}"
    )


def _posts_after(posts: OwnPosts, pivot: Pivot | None, timeline: Timeline) -> list[int]:
    """The posts of the theme after it rose, or before it fell."""
    if pivot is None:
        return []
    edge = timeline.first_day + (pivot.change.after + 1) * timeline.days
    rises = pivot.change.afterwards >= pivot.change.before
    side = posts.day >= edge if rises else (posts.day >= 0) & (posts.day < edge)
    chosen: list[int] = np.flatnonzero(pivot.story.posts & side).tolist()
    return chosen


def _changes(found: Pivots) -> list[dict[str, Any]]:
    timeline = found.timeline
    return [
        {
            "row": "change",
            "date": timeline.date(pivot.change.after + 1),
            "theme": pivot.story.title,
            "earliest": timeline.date(pivot.change.low + 1),
            "latest": timeline.date(pivot.change.high + 1),
            "share_before": pivot.change.before,
            "share_after": pivot.change.afterwards,
            "difference_low": pivot.change.difference_low,
            "difference_high": pivot.change.difference_high,
            "p_value": pivot.change.p_value,
            "takes_over_from": None if pivot.takes_over_from is None else pivot.takes_over_from.title,
            "accounts": pivot.change.n_accounts,
        }
        for pivot in found.pivots
    ]


def _distribution(timeline: Timeline) -> list[dict[str, Any]]:
    totals = timeline.counts.sum(axis=0)
    return [
        {
            "row": "period",
            "date": timeline.date(period),
            "theme": story.title,
            "posts": float(timeline.counts[number, period]),
            "share_after": float(timeline.counts[number, period] / totals[period]),
        }
        for period in np.flatnonzero(totals > 0).tolist()
        for number, story in enumerate(timeline.stories)
        if timeline.counts[number, period] > 0
    ]


def _drawn(timeline: Timeline) -> list[dict[str, Any]]:
    named = min(DRAWN, len(timeline.stories))
    rows = [(story.title, timeline.counts[number]) for number, story in enumerate(timeline.stories[:named])]
    if len(timeline.stories) > named:
        rows.append(("other themes", timeline.counts[named:].sum(axis=0)))
    totals = timeline.counts.sum(axis=0)
    return [
        {
            "period": str(timeline.date(period)),
            "theme": title,
            "rank": rank,
            "posts": float(counts[period]),
            "share": float(counts[period] / totals[period]),
        }
        for rank, (title, counts) in enumerate(rows)
        for period in np.flatnonzero(totals > 0).tolist()
    ]
