"""Two groups of posts compared by their hours, as a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.base import evidence, open_engine
from undertow.analyses.posting_hours import charts, too_little
from undertow.analyses.posting_hours.counts import PostingTimes, posting_times
from undertow.analyses.posting_hours.wording import QUESTION
from undertow.case import Case
from undertow.engines.expressions import checked_condition
from undertow.finding import Estimate, Finding
from undertow.statistics.comparison import compare_shares
from undertow.statistics.hours import hour_of_week, masked_by_offset, slot_mask, working_weekdays
from undertow.statistics.strength import Scale, rate
from undertow.wording import clock, p_words, strength_words

if TYPE_CHECKING:
    from undertow.analyses.posting_hours import Parameters

ID = "posting_hours.comparison"

SHARE_DIFFERENCE = Scale(0.0, 0.05, 0.15)
"""What counts as much for a difference of two shares of posts."""

Floats = npt.NDArray[np.float64]


def finding(case: Case, parameters: Parameters, group_a: str, group_b: str) -> Finding:
    """Office hours and weekend of the posts of ``group_a`` against those of ``group_b``, within the scope."""
    groups = [_times(case, parameters, where) for where in (group_a, group_b)]
    for times in groups:
        if times.n_timed == 0:
            return too_little.finding(case, parameters.scope, times, ID)
    offset = parameters.offset or 0
    accounts = pc.unique(pa.chunked_array([times.accounts for times in groups]))
    hours = (parameters.hours_from, parameters.hours_to)
    masks = {
        "office hours": slot_mask(working_weekdays(parameters.weekend), hours),
        "the weekend": slot_mask(parameters.weekend),
    }
    rng = np.random.default_rng([parameters.seed, 4])
    results = {
        name: compare_shares(*_columns(groups, accounts, mask, offset), rng=rng) for name, mask in masks.items()
    }
    office, weekend = results["office hours"], results["the weekend"]
    p_value = min(1.0, 2 * min(office.p_value, weekend.p_value))
    name, chosen = min(results.items(), key=lambda item: item[1].p_value)
    differ = p_value <= 0.05
    statement = (
        f"The two groups {'differ' if differ else 'do not differ beyond chance'} in their hours at {clock(offset)}: in "
        f"office hours {office.first:.0%} against {office.second:.0%} of the posts, at the weekend {weekend.first:.0%} "
        f"against {weekend.second:.0%}; the larger contrast is {name} ({chosen.difference:+.1%}, 95% interval "
        f"{chosen.low:+.1%} to {chosen.high:+.1%}; {p_words(p_value)})."
    )
    rows = [
        {"group": label, "hour": hour, "posts": int(posts), "share": float(posts) / times.n_timed}
        for label, times in zip((f"A: {group_a}", f"B: {group_b}"), groups, strict=True)
        for hour, posts in enumerate(hour_of_week(times.quarters, offset=offset).sum(axis=0))
    ]
    sql = parameters.scope.posts(f"{checked_condition(group_a)} OR {checked_condition(group_b)}")
    sign = 1 if chosen.difference >= 0 else -1
    near, far = sorted((sign * chosen.low, sign * chosen.high))
    rating = rate(low=near, high=far, scale=SHARE_DIFFERENCE, n_accounts=len(accounts), p_value=p_value)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=chosen.difference,
            low=chosen.low,
            high=chosen.high,
            level=chosen.level,
            unit=f"difference in the share of posts in {name} (A less B)",
            n=sum(times.n_timed for times in groups),
            n_accounts=len(accounts),
        ),
        p_value=p_value,
        null_model="accounts change groups at random; accounts in both exchange their two parts at random",
        method=(
            f"A: {group_a}. B: {group_b}. Shares of posts in office hours and at the weekend at {clock(offset)}; interval "
            "by bootstrap over accounts, studentised permutation over accounts, p times the two shares looked at. "
            f"{office.n_accounts_both} accounts have posts in both groups. {strength_words(rating)}"
        ),
        assumptions=("Accounts are independent of each other; posts of one account are not",),
        alternatives=(
            "The groups have other audiences, subjects or years, and hours follow those",
            "One group holds a few very active accounts",
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="comparison.parquet",
        chart="comparison.vl.json",
        evidence=evidence(case, sql),
        result=pa.Table.from_pylist(rows),
        figure=charts.comparison(rows, f"Share of posts by local hour at {clock(offset)}, groups A and B."),
    )


def _times(case: Case, parameters: Parameters, where: str) -> PostingTimes:
    with open_engine(case, replace(parameters, scope=parameters.scope.narrowed(where))) as engine:
        return posting_times(engine)


def _columns(
    groups: list[PostingTimes], accounts: pa.Array, mask: npt.NDArray[np.bool_], offset: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Posts within ``mask`` and in all, by account, of the first and of the second group."""
    columns = []
    for times in groups:
        place = pc.index_in(times.accounts, accounts).to_numpy(zero_copy_only=False).astype(np.int64)
        inside, total = np.zeros(len(accounts)), np.zeros(len(accounts))
        inside[place] = masked_by_offset(times.quarters, mask, [offset])[:, 0]
        total[place] = times.quarters.totals
        columns += [inside, total]
    return columns[0], columns[1], columns[2], columns[3]
