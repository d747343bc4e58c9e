"""Who is mentioned, replied to and quoted, and how far the posts gather on a few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import OwnPosts
from undertow.analyses.targeting import charts
from undertow.analyses.targeting.addresses import KINDS, Addresses
from undertow.analyses.targeting.wording import ALTERNATIVES, QUESTION, too_little
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_sums, share_interval
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, share, strength_words

ID = "targeting.addressed"

ADDRESSING = Scale(0.0, 0.25, 0.60)
MOST = 10
"""The most addressed accounts, whose part of all is stated."""

TABLE = pa.schema(
    [
        ("handle", pa.string()),
        ("posts", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("accounts", pa.int64()),
        *((f"{kind}_posts", pa.int64()) for kind in KINDS),
    ]
)


def finding(
    case: Case, scope: Scope, posts: OwnPosts, found: Addresses, *, shown: int, draws: int, seed: int
) -> Finding:
    """The share of own posts that address somebody, and the targets that most posts go to."""
    if not len(found):
        lost = _to_unknown(found)
        why = f"None of {count(len(posts), 'own post')} mentions, replies to or quotes another account.{lost}"
        return too_little(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    pairs = np.unique(np.stack([found.target, found.post], axis=1), axis=0)
    amounts = np.bincount(pairs[:, 0], minlength=len(found.names))
    ranked = np.lexsort((np.arange(len(amounts)), -amounts))
    addressing = np.zeros(len(posts), bool)
    addressing[found.post] = True
    top = np.zeros(len(posts), bool)
    top[pairs[np.isin(pairs[:, 0], ranked[:MOST]), 1]] = True
    size = len(posts.accounts)
    columns = [np.bincount(posts.account[chosen], minlength=size) for chosen in (addressing, top)]
    listed = ranked[:shown]
    columns += [np.bincount(posts.account[pairs[pairs[:, 0] == target, 1]], minlength=size) for target in listed]
    rows = np.stack([*columns, np.bincount(posts.account, minlength=size)], axis=1).astype(np.float64)
    sums = bootstrap_sums(rows, draws, np.random.default_rng([seed, 61]))
    whole = rows.sum(axis=0)
    value = float(whole[0] / whole[-1])
    low, high = share_interval(rows[:, 0], rows[:, -1], sums[:, 0] / sums[:, -1])
    with np.errstate(divide="ignore", invalid="ignore"):
        top_low, top_high = share_interval(rows[:, 1], rows[:, 0], sums[:, 1] / sums[:, 0])
    rating = rate(
        low=low,
        high=high,
        scale=ADDRESSING,
        n_accounts=size,
        tested=False,
        guards={"addressing others is what social media are for": False},
    )
    kinds = [len(np.unique(found.post[found.kind == number])) for number in range(len(KINDS))]
    statement = (
        f"{share(value, low, high)} of {count(len(posts), 'own post')} address another account (95% interval "
        f"{low:.1%} to "
        f"{high:.1%}): {count(kinds[0], 'mention')}, {count(kinds[1], 'reply', 'replies')}, "
        f"{count(kinds[2], 'quote')}, to "
        f"{count(len(found.names), 'account')}. The {min(MOST, len(found.names))} addressed most are in "
        f"{share(float(whole[1] / whole[0]), top_low, top_high)} of them.{_to_unknown(found)}"
    )
    order = np.lexsort((np.flatnonzero(addressing), -amounts_of(found, amounts, len(posts))[addressing]))
    evidence, which = posts.evidence(case, scope, np.flatnonzero(addressing)[order].tolist())
    result: list[dict[str, Any]] = []
    for place, target in enumerate(listed.tolist()):
        target_low, target_high = share_interval(rows[:, 2 + place], rows[:, -1], sums[:, 2 + place] / sums[:, -1])
        mine = found.target == target
        result.append(
            {
                "handle": found.names[target],
                "posts": int(amounts[target]),
                "share_of_posts": float(amounts[target] / len(posts)),
                "low": target_low,
                "high": target_high,
                "accounts": len(np.unique(posts.account[found.post[mine]])),
                **{
                    f"{kind}_posts": int((mine & (found.kind == number)).sum()) for number, kind in enumerate(KINDS)
                },
            }
        )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value, low=low, high=high, unit="share of own posts", n=len(posts), n_accounts=size
        ),
        p_value=None,
        null_model=None,
        method=(
            f"Mentions{' read out of the texts, since the source has no column of them' if found.from_text else ''}, "
            "replies to accounts that the source names or whose post is in the case, and quotes of posts in the case; a "
            "post counts once a target. Intervals by bootstrap over "
            "accounts. "
            f"The table lists {min(shown, len(found.names)):,} of the targets (setting targets_shown). {which} "
            f"{strength_words(rating)}"
        ),
        assumptions=("Handles are of one account all the time",),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="targeting",
        table="targeting_addressed.parquet",
        chart="targeting_addressed.vl.json",
        evidence=evidence,
        result=pa.Table.from_pylist(result, TABLE),
        figure=charts.bars(
            [{"handle": row["handle"], "posts": row["posts"], "accounts": row["accounts"]} for row in result[:20]],
            "handle",
            "Accounts that are addressed most",
            "Own posts that mention, reply to or quote each account.",
        ),
    )


def _to_unknown(found: Addresses) -> str:
    """The replies and quotes that are in no number, for nothing says to whom they are."""
    words = [
        count(number, *names)
        for number, names in zip(found.unknown, (("reply", "replies"), ("quote", "quotes")), strict=True)
        if number
    ]
    if not words:
        return ""
    return f" {' and '.join(words)} more answer posts that are not in the case: to whom is not known."


def amounts_of(found: Addresses, amounts: np.ndarray[Any, Any], number: int) -> np.ndarray[Any, Any]:
    """Of each post, how often its most addressed target is addressed."""
    most = np.zeros(number, dtype=np.int64)
    np.maximum.at(most, found.post, amounts[found.target])
    return most
