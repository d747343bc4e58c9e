"""The growth of the amplifiers' network: when they come, how long they stay, who replaces those that are lost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.amplification import charts, measures
from undertow.analyses.amplification.context import Context
from undertow.analyses.amplification.reading import DAY_US
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import percentile_interval
from undertow.wording import count

Ints = npt.NDArray[np.int64]

LEAST_ACTIONS = 3
"""Actions by which an amplifier belongs to the network."""
SILENT_DAYS = 30
"""An amplifier that is silent so long before the end of the data has left; later ones may come back."""


def network_finding(context: Context, registered: Ints) -> Finding:
    """Arrivals, departures and life spans of those that amplified at least LEAST_ACTIONS times."""
    reach = context.reach
    counts = np.bincount(reach.amplifier, minlength=len(reach.amplifiers))
    member = counts >= LEAST_ACTIONS
    if member.sum() < 2:
        return context.too_little("network", "fewer than two accounts amplified three times", "days")
    first = np.full(counts.size, np.iinfo(np.int64).max)
    last = np.full(counts.size, np.iinfo(np.int64).min)
    np.minimum.at(first, reach.amplifier, reach.day)
    np.maximum.at(last, reach.amplifier, reach.day)
    end = int(reach.day.max())
    stay = (last - first + 1)[member]
    left = member & (last < end - SILENT_DAYS)
    rng = context.rng(7)
    values, weights = measures.resampled(stay[:, None].astype(np.float64), rng)
    middle = (np.cumsum(weights, axis=1) >= stay.size / 2).argmax(axis=1)
    low, high = percentile_interval(values[middle, 0])
    burst = measures.registered_in_bursts(np.where(member, registered, -1))
    table, best = _months(first[member], last[member], left[member], registered[member])
    replaced = ""
    if left.any():
        came, lost = np.sort(first[member]), last[left]
        until = np.searchsorted(came, lost + SILENT_DAYS, side="right")
        came_after = int((until > np.searchsorted(came, lost, side="right")).sum())
        replaced = (
            f" {int(left.sum()):,} of them fell silent; after {came_after / left.sum():.0%} of these losses another "
            f"came within {SILENT_DAYS} days."
        )
    at_the_start = ", where the data begin" if best[0] == table["month"][0].as_py() else ""
    bursts = f" Of them {burst.words}." if burst and burst.bursts else ""
    return context.finding(
        "network",
        f"{count(int(member.sum()), 'account')} amplified {context.whose} at least {LEAST_ACTIONS} times; most "
        f"({best[1]:,}) first appear in {best[0]}{at_the_start}. "
        f"Half stay at least {np.median(stay):,.0f} days (95% interval "
        f"{low:,.0f} to {high:,.0f}).{bursts}{replaced}",
        estimate=Estimate(
            value=float(np.median(stay)), low=low, high=high, unit="days from an amplifier's first action to its last",
            n=int(counts[member].sum()), n_accounts=int(member.sum()),
        ),
        method=(
            f"First and last action of each amplifier; silent for {SILENT_DAYS} days before the data end counts as "
            "left. Stays are cut off by the data's ends, so they are at least so long. Interval by bootstrap. Bursts of "
            "registrations as in account_origins."
        ),
        alternatives=(
            "an account that grows gains amplifiers",
            "the collection began or ended then, or the platform suspended them",
        ),
        table=("network", table),
        chart=("network", charts.network(table.to_pylist())),
    )  # fmt: skip


def _months(
    first: Ints, last: Ints, left: npt.NDArray[np.bool_], registered: Ints
) -> tuple[pa.Table, tuple[str, int]]:
    def month(days: Ints) -> Ints:
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)

    came, went = month(first), month(last)
    low, size = int(came.min()), int(went.max() - came.min()) + 1
    arrivals = np.bincount(came - low, minlength=size)
    departures = np.bincount((went - low)[left], minlength=size)
    active = np.cumsum(arrivals) - np.concatenate([[0], np.cumsum(np.bincount(went - low, minlength=size))[:-1]])
    months = month(registered[registered >= 0] // DAY_US)
    inside = (months >= low) & (months < low + size)
    born = np.bincount(months[inside] - low, minlength=size)
    table = pa.table(
        {
            "month": [measures.month_name(low + place) for place in range(size)],
            "arrivals": arrivals, "departures": departures, "active": active, "registered": born,
        }
    )  # fmt: skip
    best = int(np.argmax(arrivals))
    return table, (measures.month_name(low + best), int(arrivals[best]))
