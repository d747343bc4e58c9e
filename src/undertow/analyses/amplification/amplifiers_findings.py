"""Who amplifies: how concentrated, loyal, new, fast, and how many are gone or coordinated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.amplification import measures
from undertow.analyses.amplification.context import Context, share_estimate, share_words
from undertow.analyses.amplification.measures import Share
from undertow.finding import Estimate, Finding
from undertow.statistics.bursts import LEVEL
from undertow.statistics.strength import Scale
from undertow.wording import count, share

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# They start where the organic control of docs/explanation/amplification.md ends.
GINI = Scale(0.7, 0.8, 0.9)
LOYAL = Scale(0.02, 0.15, 0.4)
YOUNG = Scale(0.02, 0.2, 0.5)
FAST = Scale(0.03, 0.1, 0.3)
COORDINATED = Scale(0.02, 0.1, 0.4)

_FANS = "fans, staff and partners of an account amplify it more than others do"
_NEWS = "a platform that grows, or an event that brings many newcomers"


def reach_finding(context: Context) -> Finding:
    """How often, by how many, month by month."""
    reach = context.reach
    month, months = measures.monthly(reach)
    rows = []
    for number, target in enumerate(reach.targets):
        mine = reach.target == number
        for value in months:
            here = mine & (month == value)
            if not here.any():
                continue
            kinds = np.bincount(reach.kind[here], minlength=3)
            rows.append(
                {
                    "account": target.name,
                    "actor_class": target.actor_class,
                    "month": measures.month_name(value),
                    "reposts": int(kinds[0]),
                    "replies": int(kinds[1]),
                    "quotes": int(kinds[2]),
                    "amplifiers": int(np.unique(reach.amplifier[here]).size),
                }
            )
    kinds = np.bincount(reach.kind, minlength=3)
    unseen = sum(1 for number in range(len(reach.targets)) if not (reach.target == number).any())
    not_seen = f" {count(unseen, 'of them is', 'of them are')} not amplified here." if unseen else ""
    likes = int(reach.likes.sum())
    liked = (
        f" Their own {count(int(reach.own_posts.sum()), 'post')} here had {likes:,} likes when seen."
        if likes
        else ""
    )
    reposts = ("repost that names one of them", "reposts that name one of them") if context.by_name else ("repost",)
    return context.finding(
        "reach",
        f"{count(len(reach.amplifiers), 'account')} amplified {context.whose}: {count(int(kinds[0]), *reposts)}, "
        f"{count(int(kinds[1]), 'reply', 'replies')}, {count(int(kinds[2]), 'quote')}.{liked}{not_seen}",
        estimate=Estimate(
            value=float(len(reach.amplifiers)), unit="distinct amplifiers", n=len(reach),
            n_accounts=len(reach.amplifiers),
        ),
        method="Reposts, replies and quotes by other accounts, by month; the account's own are left out.",
        assumptions=("What was collected holds the amplification of these accounts, not a part chosen by it",),
        alternatives=("what is popular is amplified", "the collection was made around these accounts"),
        table=("reach", pa.Table.from_pylist(rows) if rows else pa.table({"account": pa.array([], pa.string())})),
    )  # fmt: skip


def concentration_finding(context: Context) -> Finding:
    """How much of the amplification few amplifiers bring."""
    reach = context.reach
    found = measures.concentration(reach.amplifier, context.rng(1))
    if found is None:
        return context.too_little("concentration", "there are fewer than two amplifiers", "Gini coefficient")
    rows = []
    for number, target in enumerate(reach.targets):
        own = measures.concentration(reach.amplifier[reach.target == number], context.rng(1))
        if own is not None:
            rows.append(
                {
                    "account": target.name, "actions": own.n, "amplifiers": own.n_accounts,
                    "top_share": own.top[0], "top_low": own.top[1], "top_high": own.top[2],
                    "gini": own.gini[0], "gini_low": own.gini[1], "gini_high": own.gini[2],
                }
            )  # fmt: skip
    top = found.top
    low, high = share(top[1], top[1], top[2]), share(top[2], top[1], top[2])
    return context.finding(
        "concentration",
        f"The most active 1% of the amplifiers brought {share(*top)} of {found.n:,} reposts, replies and quotes of "
        f"{context.whose} (95% interval {low} to {high}); the Gini coefficient is {found.gini[0]:.2f} "
        f"({found.gini[1]:.2f} to {found.gini[2]:.2f}).",
        estimate=Estimate(
            value=found.gini[0], low=found.gini[1], high=found.gini[2], unit="Gini coefficient over amplifiers",
            n=found.n, n_accounts=found.n_accounts,
        ),
        method="Actions an amplifier; intervals by bootstrap over amplifiers.",
        assumptions=("Amplifiers are independent of each other",),
        alternatives=(_FANS, "activity on platforms is unequal everywhere: compare with accounts of the same kind"),
        scale=GINI,
        table=("concentration", pa.Table.from_pylist(rows)),
    )  # fmt: skip


def loyalty_finding(context: Context) -> Finding:
    """How much comes from accounts that amplify little else."""
    hit = measures.loyal(context.reach)
    found = measures.share_of(hit, context.reach.amplifier, context.rng(2))
    if found is None:
        return context.too_little("loyalty", "nobody amplifies them", "share of actions")
    accounts = int(np.unique(context.reach.amplifier[hit]).size)
    return context.finding(
        "loyalty",
        f"{share_words(found)} of the amplification of {context.whose} comes from {count(accounts, 'account')} that "
        f"amplify little else (at least {measures.LOYAL_SHARE:.0%} of all their reposts, replies and quotes, and at "
        f"least {measures.LOYAL_ACTIONS}).",
        estimate=share_estimate(found, "share of actions by loyal amplifiers"),
        method="An amplifier's actions on the account over all its reposts, replies and quotes in the case.",
        assumptions=(
            "The case holds what amplifiers do elsewhere; a collection around one account makes all loyal",
        ),
        alternatives=(_FANS, "the collection holds only what names these accounts"),
        scale=LOYAL,
        table=("loyalty", _by_target(context, hit)),
    )


def newness_finding(context: Context, registered: Ints) -> Finding:
    """How young the amplifiers were, and how many were registered in bursts."""
    reach = context.reach
    age = measures.age_days(reach, registered)
    known = ~np.isnan(age)
    if not known.any():
        return context.too_little(
            "newness", "it is not known when the amplifiers were registered", "share of actions"
        )
    young = age[known] < measures.YOUNG_DAYS
    found = measures.share_of(young, reach.amplifier[known], context.rng(3))
    assert found is not None  # noqa: S101  (known.any() holds)
    bursts = measures.registered_in_bursts(registered)
    among = (
        f"; of the amplifiers, {bursts.words}" if bursts else "; too few are dated to tell bursts of registrations"
    )
    return context.finding(
        "newness",
        f"{share_words(found)} of the amplification of {context.whose} comes from accounts that were less than "
        f"{measures.YOUNG_DAYS} days old{among}.",
        estimate=share_estimate(found, f"share of actions by accounts younger than {measures.YOUNG_DAYS} days"),
        method=(
            "Age at the time of each action. Bursts of registrations as in account_origins: a scan over days, held "
            f"against the unrest of the amplifiers' own other days, at {LEVEL:.0%} for all of them."
        ),
        assumptions=("Registration times are the platform's",),
        alternatives=(_NEWS, "accounts are collected because they are new"),
        scale=YOUNG,
        table=("newness", _by_target(context, np.nan_to_num(age, nan=np.inf) < measures.YOUNG_DAYS, known)),
    )


def speed_finding(context: Context) -> Finding:
    """How fast reposts come: after the post, and after each other."""
    found = measures.speed(context.reach)
    timed = ~np.isnan(found.after_post)
    if found.amplifier.size == 0:
        return context.too_little(
            "speed", "there is no repost of a known post or text with a time of day", "share of reposts within 10 s"
        )
    fast = np.where(timed, np.nan_to_num(found.after_post, nan=np.inf), np.inf)
    near = np.minimum(fast, found.after_other)
    first, second = measures.FAST_S
    core = measures.share_of(near <= first if found.to_second else near < first, found.amplifier, context.rng(4))
    wide = measures.share_of(near <= second, found.amplifier, context.rng(4))
    assert core is not None and wide is not None  # noqa: S101, PT018  (there are reposts)
    delays = found.after_post[timed]
    middle = (
        f" How long after the post is known of {delays.size:,}: half come within {_duration(float(np.median(delays)))}."
        if delays.size
        else " How long after the post they come is not known, only their distance from each other."
    )
    edges = np.array([0, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400, np.inf])
    counts = np.histogram(delays, edges)[0]
    rows = [
        {"from_s": float(low), "to_s": None if np.isinf(high) else float(high), "reposts": int(n)}
        for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    if found.to_second:
        within = f"within {first} seconds of the post or of another amplifier's repost"
        wider = f"{share_words(wide)} within {second}"
    else:
        within = "in the same minute as the post or another amplifier's repost"
        wider = f"{share_words(wide)} in the same or the next"
    return context.finding(
        "speed",
        f"{share_words(core)} of {core.n:,} reposts of {context.whose} come {within}, {wider}.{middle}",
        estimate=share_estimate(
            core, f"share of reposts within {first} s" if found.to_second else "share of reposts in the same minute"
        ),
        method=(
            "The delay after the post is known where the post's time is, after another's repost where both repost one "
            f"post (or one text). {'' if found.to_second else 'Times are known to the minute only. '}"
        ),
        assumptions=("Clocks of posts and reposts are the platform's",),
        alternatives=(
            "large accounts have followers who are always there: much is reposted within a minute by chance",
            "a sample of a stream, or one evening of an event, holds reposts that are close together by its making",
            "applications that repost for their owners, openly",
        ),
        scale=FAST,
        guards={"the delay after the post is known of half of the reposts": bool(2 * timed.sum() >= timed.size)},
        table=("speed", pa.Table.from_pylist(rows)) if delays.size else None,
    )


def _duration(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return count(round(seconds / size), name)
    return count(round(seconds), "second")


def gone_finding(context: Context, gone: Bools) -> Finding:
    """How much comes from accounts that were later taken down or are gone."""
    reach = context.reach
    found = measures.share_of(gone[reach.amplifier], reach.amplifier, context.rng(5))
    if found is None or not gone.any():
        return context.too_little(
            "gone",
            "the case has no label that says which amplifiers were taken down or are gone",
            "share of actions",
        )
    return context.finding(
        "gone",
        f"{share_words(found)} of the amplification of {context.whose} comes from accounts that were later labelled "
        f"as taken down or are gone ({int(gone.sum()):,} of {gone.size:,} amplifiers).",
        estimate=share_estimate(found, "share of actions by accounts later taken down or gone"),
        method="Labels of takedowns, of look-ups that found nothing, and of compliance notices.",
        assumptions=("Labels are complete for the accounts of the case",),
        alternatives=("people delete their accounts", "a set made of taken-down accounts holds nothing else"),
        scale=COORDINATED,
        table=("gone", _by_target(context, gone[reach.amplifier])),
    )


def organic_finding(context: Context, in_group: Bools | None) -> Finding:
    """The reach that is left without what cannot be told from coordination."""
    reach = context.reach
    if in_group is None:
        return context.too_little(
            "organic_reach",
            "coordinated groups were not looked for (amplification.coordinated)",
            "share of actions",
        )
    found = measures.share_of(~in_group[reach.amplifier], reach.amplifier, context.rng(6))
    if found is None:
        return context.too_little("organic_reach", "nobody amplifies them", "share of actions")
    inside = Share(1 - found.value, 1 - found.high, 1 - found.low, found.n, found.n_accounts)
    return context.finding(
        "organic_reach",
        f"{share_words(inside)} of {found.n:,} reposts, replies and quotes of {context.whose} come from "
        f"{count(int(in_group.sum()), 'amplifier')} in coordinated groups; without these, "
        f"{count(int((~in_group).sum()), 'amplifier')} of {in_group.size:,} and {share(found.value)} of the reach are left."
        if in_group.any()
        else f"None of {count(in_group.size, 'amplifier')} of {context.whose} is in a coordinated group.",
        estimate=share_estimate(inside, "share of actions by accounts in coordinated groups"),
        method="Accounts in a group of the finding on coordination are left out; a bootstrap over amplifiers.",
        assumptions=("Coordination that leaves no trace within the set is not seen: this bounds reach from above",),
        alternatives=("groups can be fans or colleagues who act together openly",),
        scale=COORDINATED,
        table=("organic_reach", _by_target(context, ~in_group[reach.amplifier])),
    )


def _by_target(context: Context, hit: Bools, known: Bools | None = None) -> pa.Table:
    """For each account: actions, those for which ``hit`` holds, their share, and the amplifiers behind them."""
    reach = context.reach
    use = np.ones(len(reach), bool) if known is None else known
    rows = []
    for number, target in enumerate(reach.targets):
        mine = use & (reach.target == number)
        if mine.any():
            rows.append(
                {
                    "account": target.name,
                    "actions": int(mine.sum()),
                    "of_these": int(hit[mine].sum()),
                    "share": float(hit[mine].mean()),
                    "amplifiers_of_these": int(np.unique(reach.amplifier[mine & hit]).size),
                }
            )
    return pa.Table.from_pylist(rows)
