"""What each group is like: size, traces, co-acted share, density, stability, roles, and what else it could be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.coordination.benign import Cause, causes
from undertow.analyses.coordination.facts import PostFacts, inside_groups, main_trace
from undertow.analyses.coordination.groups import Density, GroupSummary, Roles, describe_groups, group_densities
from undertow.analyses.coordination.study import Study
from undertow.analyses.coordination.tables import CalledCoActions, moment

_DRAWS = 1000

GROUPS = pa.schema(
    [
        ("group", pa.int64()),
        ("accounts", pa.int64()),
        ("pairs", pa.int64()),
        ("main_trace", pa.string()),
        ("window_s", pa.float64()),
        ("objects", pa.int64()),
        ("co_actions", pa.int64()),
        ("median_gap_s", pa.float64()),
        ("co_acted_share", pa.float64()),
        ("internal_reposts", pa.float64()),
        ("density", pa.float64()),
        ("density_rewired", pa.float64()),
        ("stability", pa.float64()),
        ("core", pa.int64()),
        ("first", pa.timestamp("us", tz="UTC")),
        ("last", pa.timestamp("us", tz="UTC")),
        ("first_movers", pa.list_(pa.string())),
        ("could_be", pa.string()),
        ("platforms", pa.list_(pa.string())),
        ("account_reposted", pa.string()),
        ("members", pa.list_(pa.string())),
    ]
)
"""One row a group, largest first; shares of posts, times in seconds, ``core`` the innermost k-core."""


@dataclass(frozen=True)
class GroupFacts:
    """One group. ``co_acted`` of ``posts`` of its members take part in co-actions inside it."""

    number: int
    members: tuple[int, ...]
    n_pairs: int
    trace: str
    window_s: float
    summary: GroupSummary
    density: Density
    stability: float
    core: int
    posts: int
    co_acted: int
    internal_reposts: float | None
    first_movers: tuple[int, ...]
    causes: tuple[Cause, ...]

    @property
    def co_acted_share(self) -> float:
        """Share of the members' posts that co-act."""
        return self.co_acted / max(self.posts, 1)


def group_facts(study: Study, called: CalledCoActions, facts: PostFacts, *, seed: int) -> list[GroupFacts]:
    """The facts of every group, in the order of the groups."""
    groups = study.groups
    densities = group_densities(study.left.astype(np.int32), study.right.astype(np.int32), groups, seed=seed)
    described: dict[str, tuple[list[GroupSummary], Roles]] = {}
    found = []
    for group in range(len(groups.sizes)):
        main = main_trace(study, called, group)
        if main is None:
            continue
        trace = main[0]
        if trace.name not in described:
            described[trace.name] = describe_groups(
                trace.found.actions,
                round(trace.widest_s * 1e6),
                groups,
                moment=round(trace.found.coarsest_s * 1e6),
            )
        summaries, roles = described[trace.name]
        members = groups.members(group)
        inside = (groups.membership[study.left] == group) & (groups.membership[study.right] == group)
        of_group = facts.group == group
        first = roles.account[(roles.group == group) & roles.first_movers]
        found.append(
            GroupFacts(
                number=group + 1,
                members=tuple(members.tolist()),
                n_pairs=int(inside.sum()),
                trace=trace.name,
                window_s=trace.widest_s,
                summary=summaries[group],
                density=densities[group],
                stability=float(groups.stability[group]),
                core=int(groups.core[members].max()),
                posts=int(of_group.sum()),
                co_acted=int((of_group & facts.co_acted).sum()),
                internal_reposts=_internal(study, facts, group),
                first_movers=tuple(first.tolist()),
                causes=tuple(causes(study, called, facts, group)),
            )
        )
    return found


def _internal(study: Study, facts: PostFacts, group: int) -> float | None:
    """Share of the members' reposts whose original is by a member; None where no original's account is known."""
    keys = study.population.keys
    names = {keys[int(account)].as_py() for account in study.groups.members(group)}
    rows = np.flatnonzero(facts.group == group).tolist()
    reposted = [facts.reposted[row] for row in rows if facts.reposted[row] is not None]
    return sum(name in names for name in reposted) / len(reposted) if reposted else None


@dataclass(frozen=True)
class Share:
    """A share with its interval by bootstrap over accounts."""

    value: float
    low: float
    high: float


def co_acted_share(facts: PostFacts, *, seed: int) -> Share | None:
    """Share of the posts of all accounts in groups that co-act inside them; None without posts."""
    if not len(facts):
        return None
    _, number = np.unique(facts.account, return_inverse=True)
    posts = np.bincount(number).astype(np.float64)
    co_acted = np.bincount(number, weights=facts.co_acted)
    generator = np.random.default_rng([seed, 11])
    draws = generator.multinomial(len(posts), np.full(len(posts), 1 / len(posts)), size=_DRAWS)
    shares = (draws @ co_acted) / (draws @ posts)
    low, high = np.quantile(shares, [0.025, 0.975])
    return Share(float(co_acted.sum() / posts.sum()), float(low), float(high))


def table(study: Study, groups: list[GroupFacts]) -> pa.Table:
    """The groups as rows."""
    rows = [
        {
            "group": each.number,
            "accounts": len(each.members),
            "pairs": each.n_pairs,
            "main_trace": each.trace,
            "window_s": each.window_s,
            "objects": each.summary.n_objects,
            "co_actions": each.summary.co_actions,
            "median_gap_s": each.summary.median_gap / 1e6,
            "co_acted_share": each.co_acted_share,
            "internal_reposts": each.internal_reposts,
            "density": each.density.density,
            "density_rewired": each.density.expected,
            "stability": each.stability,
            "core": each.core,
            "first": moment(each.summary.first),
            "last": moment(each.summary.last),
            "first_movers": [study.population.ids[account] for account in each.first_movers],
            "could_be": "; ".join(cause.words for cause in each.causes),
            **study.population.listed(each.members),
            "account_reposted": next((cause.account for cause in each.causes if cause.account), None),
        }
        for each in groups
    ]
    return pa.Table.from_pylist(rows, GROUPS)


def bursts(study: Study, called: CalledCoActions) -> list[dict[str, object]]:
    """Bursts: an object on a day, on which at least two members of a group co-acted in its main trace.

    Rows: group, day (date), bursts, accounts (largest number of members in one of them).
    """
    rows_out: list[dict[str, object]] = []
    for group in range(len(study.groups.sizes)):
        main = main_trace(study, called, group)
        if main is None:
            continue
        rows = main[1]
        inside = inside_groups(study, rows) == group
        day = rows.time[inside] // 86_400_000_000
        key, burst = np.unique(np.stack((day, rows.object[inside]), axis=1), axis=0, return_inverse=True)
        pair = rows.pair[inside]
        burst = burst.ravel()
        taking = np.unique(
            np.concatenate(
                (
                    np.stack((burst, study.left[pair]), axis=1),
                    np.stack((burst, study.right[pair]), axis=1),
                )
            ),
            axis=0,
        )
        size = np.bincount(taking[:, 0], minlength=len(key))
        for each in np.unique(key[:, 0]).tolist():
            today = key[:, 0] == each
            rows_out.append(
                {
                    "group": group + 1,
                    "day": moment(each * 86_400_000_000).date(),
                    "bursts": int(today.sum()),
                    "accounts": int(size[today].max()),
                }
            )
    return rows_out
