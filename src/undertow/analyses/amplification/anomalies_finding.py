"""Days on which an account's reach was lifted beyond its own past and its peers, and what each rise is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.amplification import charts
from undertow.analyses.amplification import rises as tests
from undertow.analyses.amplification.context import Context
from undertow.analyses.amplification.rises import Anomalies, Episode
from undertow.finding import Estimate, Finding
from undertow.sql import literal
from undertow.statistics.strength import Scale
from undertow.statistics.surges import PLAN
from undertow.wording import count, p_words

Bools = npt.NDArray[np.bool_]

TIMES_EXPECTED = Scale(1.0, 1.5, 2.0)
CORE_DAYS, CORE_WITHIN = 5, 28
"""An amplifier belongs to an account's core when it amplified it on so many of the days before."""
SHARE_OF_EXCESS = 0.5
"""What brings at least this share of a rise explains it."""
_SHOWN = 5
_COUNTED = ("amplifiers", "new amplifiers")
"""What the components of a rise count, in words."""

COLUMNS = pa.schema(
    [
        *((name, pa.string()) for name in ("account", "actor_class", "first", "last", "peak")),
        ("amplifiers", pa.int64()), ("counted", pa.string()), ("tested_amplifiers", pa.int64()),
        *((name, pa.float64()) for name in ("expected", "ordinary_low", "ordinary_high", "times_expected")),
        *((name, pa.float64()) for name in ("times_low", "times_high", "peers_rise", "p_value", "q_value")),
        *((name, pa.int64()) for name in ("excess", "new", "core", "top_post", "largest_group")),
        ("made_of", pa.string()),
    ]
)  # fmt: skip


def anomalies_finding(context: Context, found: Anomalies, groups: Mapping[int, int] | None) -> Finding:
    """One finding over all watched accounts: how many rises, the largest, each in the table."""
    reach = context.reach
    tested = found.tested
    if not tested.any():
        return context.too_little(
            "anomalies",
            f"no account has {PLAN.least_history} days of history with {PLAN.least_in_window} amplifiers in "
            f"{PLAN.window} days, spread over more than one post a day",
            "times what was expected",
        )
    listed = tests.episodes(found)
    rows = [_row(context, found, episode, groups) for episode in listed]
    rows.sort(key=lambda row: (row["p_value"], row["account"], row["first"]))
    n_targets = int(tested.any(axis=1).sum())
    one_post = int((~found.testable).sum())
    years = tested.sum() / 365.25
    by_chance = tested.sum() * tests.P_LEVEL
    over_all = found.over_all
    left_out = [
        f"{count(len(reach.targets) - n_targets, 'account')} could not be tested"
        + (f" ({one_post} of them amplified one post at a time)" if one_post else "")
    ] * (n_targets < len(reach.targets))
    said = f" {left_out[0]}." if left_out else ""
    if rows:
        best = max(rows, key=lambda row: row["times_low"])
        rises = (
            f"Reach rose beyond chance {count(len(rows), 'time')} ({count(n_targets, 'account')}, {years:.1f} "
            f"account-years, in which at most {by_chance:.1f} false alarms are to be expected)"
        )
        ordinary = f"an ordinary day: {best['ordinary_low']:.0f} to {best['ordinary_high']:.0f}"
        statement = (
            f"{rises}: most on {best['peak']}, when one account had {best['tested_amplifiers']:,} {best['counted']} where "
            f"{best['expected']:.0f} were expected ({ordinary}; {p_words(best['p_value'])}), made of: "
            f"{best['made_of']}.{said}"
        )
        estimate = Estimate(
            value=best["times_expected"], low=best["times_low"], high=best["times_high"],
            unit="times the expected amplifiers, on the day that stands out most", n=len(reach),
            n_accounts=best["tested_amplifiers"],
        )  # fmt: skip
    else:
        smallest = float(np.nanmin(found.p_value))
        statement = (
            f"No rise beyond chance: {count(n_targets, 'account')}, {int(tested.sum()):,} days tested against each "
            f"account's own past and its peers; the smallest p is {smallest:.2g}.{said}"
        )
        estimate = Estimate(
            value=None, unit="times the expected amplifiers", n=len(reach), n_accounts=len(reach.amplifiers)
        )
    return context.finding(
        "anomalies",
        statement,
        estimate=estimate,
        p_value=over_all,
        null_model=(
            "the day's distinct amplifiers, beside those of its most amplified post only, follow the account's own "
            "past (trend, weekday, number of posts) and the rise of its peers on the day"
        ),
        method=(
            "Count regression on the days before (84 at most), robust to days that stood out; distinct amplifiers, and "
            "new ones among them, are tested each day and the two combined (Fisher's method). Called at p at most "
            f"{tests.P_LEVEL} and q at most {tests.Q_LEVEL} over the accounts of the day, at {tests.LEAST_RATIO} times "
            f"the expected and {tests.LEAST_COUNT} amplifiers at least; days at most {tests.GAP} apart are one rise. The "
            "finding's p is that of the smallest p among all tests (Simes): a rise can be called on its day and yet be "
            "one that so many tests bring."
        ),
        assumptions=(
            "News lifts the peers too: what lifts one account alone, through several posts, looks like boosting",
            "The way of collecting did not change from day to day",
        ),
        alternatives=(
            "news about this account alone",
            "a recommendation by the platform or by a very large account",
            "a change in what was collected",
        ),
        scale=TIMES_EXPECTED,
        tested=True,
        sql=_evidence(context, found, listed),
        table=("anomalies", pa.Table.from_pylist(rows, schema=COLUMNS)),
        chart=("anomalies", charts.rises(_drawn(context, found, listed))),
    )


def _row(context: Context, found: Anomalies, episode: Episode, groups: Mapping[int, int] | None) -> dict[str, Any]:
    series, target, peak = found.series, context.reach.targets[episode.target], episode.peak
    part = found.component(episode.target, peak)
    seen = int(getattr(series, tests.COMPONENTS[part])[episode.target, peak])
    expected, low, high = found.ordinary(episode.target, peak, part)
    made = _made_of(context, found, episode, groups)
    days = {name: _day(series.first_day + value) for name, value in
            (("first", episode.first), ("last", episode.last), ("peak", peak))}  # fmt: skip
    return {
        "account": target.name,
        "actor_class": target.actor_class,
        **days,
        "amplifiers": int(series.amplifiers[episode.target, peak]),
        "counted": _COUNTED[part],
        "tested_amplifiers": seen,
        "expected": expected,
        "ordinary_low": low,
        "ordinary_high": high,
        "times_expected": seen / expected,
        "times_low": seen / max(high, 1.0),
        "times_high": seen / max(low, 1.0),
        "peers_rise": float(np.exp(found.by_component[part].event[episode.target, peak])),
        "p_value": float(found.p_value[episode.target, peak]),
        "q_value": float(found.q_value[episode.target, peak]),
        **made,
    }


def _made_of(
    context: Context, found: Anomalies, episode: Episode, groups: Mapping[int, int] | None
) -> dict[str, Any]:
    """How many of the day's amplifiers are new, of the core, of the top post alone, of one group; what explains it."""
    reach, series = context.reach, found.series
    day = series.first_day + episode.peak
    mine = reach.target == episode.target
    today = mine & (reach.day == day)
    who = np.unique(reach.amplifier[today])
    before = mine & (reach.day < day)
    new = who[~np.isin(who, reach.amplifier[before])]
    recent = before & (reach.day >= day - CORE_WITHIN)
    pairs = np.unique(np.stack([reach.amplifier[recent], reach.day[recent]]), axis=1)[0]
    accounts, days = np.unique(pairs, return_counts=True)
    core = who[np.isin(who, accounts[days >= CORE_DAYS])]
    top = int(series.top[episode.target, episode.peak])
    elsewhere = np.unique(reach.amplifier[today & (reach.object != top)])
    alone = who[~np.isin(who, elsewhere)]
    group = 0
    if groups:
        numbers = [groups[account] for account in who.tolist() if account in groups]
        group = max(np.unique(numbers, return_counts=True)[1]) if numbers else 0
    broad, fresh = (one.expected[episode.target, episode.peak] for one in found.by_component)
    seen_broad = int(series.broad[episode.target, episode.peak])
    excess = max(1, seen_broad - round(float(np.nan_to_num(broad))))
    new_excess = int(series.new[episode.target, episode.peak]) - float(np.nan_to_num(fresh))
    reasons = []
    if group >= SHARE_OF_EXCESS * excess:
        reasons.append("one coordinated group")
    if new_excess >= SHARE_OF_EXCESS * excess:
        reasons.append("accounts that had not amplified it before")
    if core.size >= SHARE_OF_EXCESS * who.size:
        reasons.append("its loyal core")
    if alone.size >= SHARE_OF_EXCESS * who.size:
        reasons.append("one post in large part")
    return {
        "excess": excess, "new": int(new.size), "core": int(core.size), "top_post": int(alone.size),
        "largest_group": int(group), "made_of": "; ".join(reasons) or "amplifiers old and new alike",
    }  # fmt: skip


def _day(number: int | np.integer[Any]) -> str:
    return str(np.datetime64(int(number), "D"))


def _evidence(context: Context, found: Anomalies, listed: list[Episode]) -> str:
    """The posts that amplify the accounts with a rise, on its days."""
    by_target: dict[int, list[str]] = {}
    for episode in listed:
        first, last = (_day(found.series.first_day + value) for value in (episode.first, episode.last + 1))
        by_target.setdefault(episode.target, []).append(
            f"(created_at >= {literal(first)} AND created_at < {literal(last)})"
        )
    parts = [
        f"({context.amplifying([context.reach.targets[target]])} AND ({' OR '.join(days)}))"
        for target, days in sorted(by_target.items())
    ]
    return context.scope.posts(" OR ".join(parts) or "FALSE")


def _drawn(context: Context, found: Anomalies, listed: list[Episode]) -> list[dict[str, Any]]:
    """The accounts with the largest rises (or most amplifiers): each day's amplifiers, what was expected, rises."""
    series = found.series
    chosen = list(dict.fromkeys(episode.target for episode in listed))[:_SHOWN]
    busiest = np.argsort(-np.where(found.tested.any(axis=1), series.broad.sum(axis=1), -1), kind="stable")
    chosen = chosen or [int(busiest[0])]
    rows = []
    for target in chosen:
        for column in np.flatnonzero(found.tested[target]):
            expected = float(found.by_component[0].expected[target, column])
            rows.append(
                {
                    "account": context.reach.targets[target].name,
                    "day": _day(series.first_day + column),
                    "amplifiers": int(series.broad[target, column]),
                    "expected": None if np.isnan(expected) else round(expected, 2),
                    "rise": "rise beyond chance" if found.called[target, column] else "ordinary",
                }
            )
    return rows
