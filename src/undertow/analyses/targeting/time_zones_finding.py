"""Do posts in one language keep other hours than those in another: whose evening are they written for?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import OwnPosts
from undertow.analyses.targeting import charts
from undertow.analyses.targeting.wording import QUESTION, too_little
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_sums, percentile_interval
from undertow.statistics.strength import Scale, rate
from undertow.wording import joined, strength_words

ID = "targeting.time_zones"

Floats = npt.NDArray[np.float64]

SHIFT = Scale(0.0, 2.0, 5.0)
"""Hours by which the quiet hours of two languages differ."""

LEAST_POSTS = 300
LEAST_ACCOUNTS = 10
"""Posts and accounts of a language from which its hours are looked at."""

LANGUAGES = 6
"""Languages looked at, those with most posts."""

QUIET = 7
"""Hours of a night."""

TABLE = pa.schema(
    [
        ("language", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("quiet_from_utc", pa.int64()),
        ("shift_hours", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


def shift(one: Floats, two: Floats) -> Floats:
    """By how many hours (-12 to 11) each row of ``two`` (k, 24) runs later than that of ``one``.

    The shift of best circular correlation: a day that begins three hours later gives 3.
    """
    centred = [part - part.mean(axis=1, keepdims=True) for part in (one, two)]
    found = np.stack([(np.roll(centred[0], step, axis=1) * centred[1]).sum(axis=1) for step in range(24)], axis=1)
    best = found.argmax(axis=1).astype(np.float64)
    later: Floats = np.where(best >= 12, best - 24, best)
    return later


def quiet_from(hours: Floats) -> int:
    """The first of the :data:`QUIET` hours in a row with the fewest posts; ``hours`` has shape (24,)."""
    sums = [np.roll(hours, -start)[:QUIET].sum() for start in range(24)]
    return int(np.argmin(sums))


def finding(
    case: Case, scope: Scope, posts: OwnPosts, languages: Sequence[str | None], *, draws: int, seed: int
) -> Finding:
    """The hours of the commonest language's posts against those of the others."""
    hour = np.where(posts.times >= 0, posts.times // 3_600_000_000 % 24, -1)
    groups: dict[str, list[int]] = {}
    for post, language in enumerate(languages):
        if language is not None and hour[post] >= 0:
            groups.setdefault(language.split("-")[0], []).append(post)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    enough = [
        (name, np.array(chosen))
        for name, chosen in ranked
        if len(chosen) >= LEAST_POSTS and len(np.unique(posts.account[chosen])) >= LEAST_ACCOUNTS
    ][:LANGUAGES]
    size = len(posts.accounts)
    if len(enough) < 2:
        why = (
            f"Too little to tell: hours are compared between languages with {LEAST_POSTS} posts by "
            f"{LEAST_ACCOUNTS} accounts, "
            f"and there {'is one' if enough else 'are none'}."
        )
        return too_little(case, scope, ID, why, n=len(posts), n_accounts=size)
    cells = []
    for _, chosen in enough:
        table = np.zeros((size, 24))
        np.add.at(table, (posts.account[chosen], hour[chosen]), 1)
        cells.append(table)
    rows = np.hstack(cells)
    rows = rows[rows.any(axis=1)]
    sums = bootstrap_sums(rows, draws, np.random.default_rng([seed, 81]))
    whole = rows.sum(axis=0, keepdims=True)
    result: list[dict[str, Any]] = []
    for number, (name, chosen) in enumerate(enough):
        part = slice(24 * number, 24 * number + 24)
        value = float(shift(_shares(whole[:, :24]), _shares(whole[:, part]))[0])
        drawn = shift(_shares(sums[:, :24]), _shares(sums[:, part]))
        around = value + (drawn - value + 12) % 24 - 12
        low, high = percentile_interval(around) if number else (None, None)
        result.append(
            {
                "language": name,
                "posts": len(chosen),
                "accounts": len(np.unique(posts.account[chosen])),
                "quiet_from_utc": quiet_from(whole[0, part]),
                "shift_hours": value if number else None,
                "low": low,
                "high": high,
            }
        )
    main, *others = result
    apart = [row for row in others if row["low"] > 0 or row["high"] < 0]
    chosen_row = max(
        others, key=lambda row: (min(abs(row["low"]), abs(row["high"])) if row in apart else -1, row["posts"])
    )
    sign = 1 if chosen_row["shift_hours"] >= 0 else -1
    near, far = sorted((sign * chosen_row["low"], sign * chosen_row["high"]))
    rating = rate(
        low=near,
        high=far,
        scale=SHIFT,
        n_accounts=min(main["accounts"], chosen_row["accounts"]),
        tested=False,
        guards={"hours belong to those who write as much as to those who read": False},
    )
    words = joined(
        [
            f"{row['language']} runs {abs(row['shift_hours']):.0f} hours "
            f"{'later' if row['shift_hours'] > 0 else 'earlier'} "
            f"(95% interval {row['low']:+.0f} to {row['high']:+.0f})"
            for row in apart
        ]
    )
    quiet = f"{main['quiet_from_utc']:02d}:00 to {(main['quiet_from_utc'] + QUIET) % 24:02d}:00 UTC"
    statement = (
        f"Posts in {main['language']} are fewest from {quiet}; against them {words}."
        if apart
        else f"Posts in {main['language']} are fewest from {quiet}, and those in "
        f"{joined([row['language'] for row in others])} keep the same hours within the error."
    )
    evidence, which = posts.evidence(case, scope, groups[chosen_row["language"]])
    figure = [
        {"language": name, "hour": at, "share": float(portion)}
        for number, (name, _) in enumerate(enough)
        for at, portion in enumerate(_shares(whole[:, 24 * number : 24 * number + 24])[0])
    ]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=chosen_row["shift_hours"],
            low=chosen_row["low"],
            high=chosen_row["high"],
            unit=f"hours that {chosen_row['language']} runs later than {main['language']}",
            n=int(sum(len(chosen) for _, chosen in enough)),
            n_accounts=len(rows),
        ),
        p_value=None,
        null_model="posts in every language keep the same hours (a shift of 0)",
        method=(
            f"Posts by hour (UTC) in the {len(enough)} commonest languages with enough posts; the shift of best "
            "circular "
            f"correlation with the commonest. Intervals by bootstrap over accounts. {which} "
            f"{strength_words(rating)}"
        ),
        assumptions=(
            "Times are to the hour or finer",
            "A team does not change its hours with the years of a language",
        ),
        alternatives=(
            "Other people write in the other language, and live elsewhere",
            "Posts are planned ahead for the evening of those who read",
            "Languages were used in different years, with other time of the year and daylight saving",
        ),
        strength=rating.strength,
        aspect="targeting",
        table="targeting_time_zones.parquet",
        chart="targeting_time_zones.vl.json",
        evidence=evidence,
        result=pa.Table.from_pylist(result, TABLE),
        figure=charts.hours(figure, "Share of the posts of each language by hour, UTC."),
    )


def _shares(hours: Floats) -> Floats:
    totals = hours.sum(axis=1, keepdims=True)
    found: Floats = hours / np.where(totals > 0, totals, 1.0)
    return found
