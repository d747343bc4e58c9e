"""Whose reach is inflated, by whom, since when?

Actions on the watched accounts are read in :mod:`.reading` from what is kept part by part; measures over amplifiers are
in :mod:`.measures`, daily series and their test in :mod:`.series`, :mod:`.rises` and
:mod:`undertow.statistics.surges`. Without a watchlist the most amplified accounts of the set are looked at. Methods and
error rates: ``docs/explanation/amplification.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses import base, derived
from undertow.analyses.amplification import amplifiers_findings as amplifiers
from undertow.analyses.amplification import steps
from undertow.analyses.amplification.anomalies_finding import anomalies_finding
from undertow.analyses.amplification.context import QUESTION as QUESTION  # part of the analysis's interface
from undertow.analyses.amplification.context import Context
from undertow.analyses.amplification.memory import remembered
from undertow.analyses.amplification.network_finding import network_finding
from undertow.analyses.amplification.outlets_finding import outlets_finding
from undertow.analyses.amplification.reading import Reach, Store, most_amplified, read_reach, watched_targets
from undertow.analyses.amplification.rises import Anomalies, anomalies
from undertow.analyses.amplification.series import Series, daily_series
from undertow.analyses.reads import Reads
from undertow.case import Case
from undertow.engines.partials import ByPart
from undertow.finding import Finding
from undertow.watchlists import Watchlist, resolve
from undertow.watchlists import steps as watchlist_steps

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "amplification.reach": "who amplifies the watched accounts, how often, month by month",
        "amplification.concentration": "how much of it few amplifiers bring: the top 1%, the Gini coefficient",
        "amplification.loyalty": "how much comes from accounts that amplify little else",
        "amplification.newness": "how much comes from young accounts, and from accounts registered in bursts",
        "amplification.speed": "how fast reposts follow the post and each other",
        "amplification.gone": "how much comes from accounts that were later taken down or are gone",
        "amplification.organic_reach": "the reach that is left without accounts in coordinated groups",
        "amplification.anomalies": "days on which reach rose beyond the account's own past and its peers",
        "amplification.network": "how the network of amplifiers grew: arrivals, life spans, replacement",
        "amplification.outlets": "which outlets the posts link to",
    }
)

GROUPS = "coordination.groups"

READS = Reads(tables=frozenset({"accounts", "labels", "posts"}), derived=("coordination.groups",))


@dataclass(frozen=True, kw_only=True)
class Parameters(base.Parameters):
    """The settings of this analysis."""

    coordinated: bool = field(
        default=True, metadata={"help": "leave out accounts in coordinated groups for the organic reach"}
    )


def analyse(case: Case, parameters: Parameters) -> list[Finding]:
    """The findings on the reach of the watched accounts, or else of the most amplified."""
    with ByPart(case, engine=parameters.engine, where=parameters.scope.tree()) as parts:
        watched = resolve(parts)
        reach = _reach(parts, watched)
        registered = _registered(reach, parts.run(steps.PROFILES))
        gone = _named(reach, parts.run(steps.GONE))
        links = parts.run(steps.LINKS).sort_by(
            [(name, "ascending") for name in ("platform", "account_id", "domain")]
        )
        context = Context(case, parameters.scope, reach, parameters.seed, parts)
        groups = _groups(case, parameters, reach) if parameters.coordinated else None
        in_group = None if groups is None else np.isin(np.arange(len(reach.amplifiers)), list(groups))
        return [
            amplifiers.reach_finding(context),
            amplifiers.concentration_finding(context),
            amplifiers.loyalty_finding(context),
            amplifiers.newness_finding(context, registered),
            amplifiers.speed_finding(context),
            amplifiers.gone_finding(context, gone),
            amplifiers.organic_finding(context, in_group),
            anomalies_finding(context, _tested(case, parameters, reach), groups),
            network_finding(context, registered),
            outlets_finding(context, links, watched),
        ]


def _reach(parts: ByPart, watched: Watchlist) -> Reach:
    targets = watched_targets(watched)
    store = Store(parts)
    try:
        if targets:
            return read_reach(store, targets, watched=True)
        return read_reach(store, most_amplified(store, parts.run(watchlist_steps.HANDLES)), watched=False)
    finally:
        store.close()


def _registered(reach: Reach, profiles: pa.Table) -> npt.NDArray[np.int64]:
    """When each amplifier was registered, in microseconds; -1 where it is not known."""
    since = dict(zip(_accounts(profiles), profiles["created_us"].to_pylist(), strict=True))
    return np.array([since.get(name, -1) for name in reach.amplifiers], dtype=np.int64)


def _accounts(table: pa.Table) -> list[tuple[str, str]]:
    """Platform and id in each row: an id alone may name others elsewhere."""
    return list(zip(table["platform"].to_pylist(), table["account_id"].to_pylist(), strict=True))


def _named(reach: Reach, accounts: pa.Table) -> npt.NDArray[np.bool_]:
    """Which amplifiers are in a table of accounts."""
    names = set(_accounts(accounts))
    return np.array([name in names for name in reach.amplifiers], dtype=bool)


def _groups(case: Case, parameters: Parameters, reach: Reach) -> Mapping[int, int] | None:
    """Amplifier -> its coordinated group; None where no analysis publishes groups."""
    try:
        table = derived.derived(case, GROUPS, parameters)
    except KeyError:
        return None
    place = {name: number for number, name in enumerate(reach.amplifiers)}
    pairs = zip(_accounts(table), table["group"].to_pylist(), strict=True)
    return {place[account]: int(group) for account, group in pairs if account in place}


def _series(reach: Reach) -> Series:
    first = int(reach.day.min()) if len(reach) else 0
    n_days = int(reach.day.max()) - first + 1 if len(reach) else 0
    return daily_series(
        reach.target, reach.amplifier, reach.object, reach.day,
        n_targets=len(reach.targets), first_day=first, n_days=n_days,
    )  # fmt: skip


def _tested(case: Case, parameters: Parameters, reach: Reach) -> Anomalies:
    """The tested days; what was tested before, on the same counts, is taken from what the case remembers."""
    series = _series(reach)
    if parameters.scope.words is not None:
        return anomalies(series)
    return remembered(case, series, reach)
