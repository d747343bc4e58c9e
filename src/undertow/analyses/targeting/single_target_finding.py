"""Accounts that only ever address one other: what harassment looks like, and friendship too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import OwnPosts
from undertow.analyses.targeting.addresses import Addresses
from undertow.analyses.targeting.wording import ALTERNATIVES, QUESTION, too_little
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.multiple_testing import holm
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, p_words, share, strength_words

ID = "targeting.single_target"

SINGLE = Scale(0.0, 0.05, 0.25)

LEAST_POSTS = 10
"""Posts of an account that address somebody, from which it is looked at."""

ONLY = 0.9
"""Share of those that go to one target."""

OWN_OUTPUT = 0.5
"""Share of all its own posts that go to that target."""

SHOWN = 200

TABLE = pa.schema(
    [
        ("account", pa.string()),
        ("handle", pa.string()),
        ("posts_to_target", pa.int64()),
        ("addressing_posts", pa.int64()),
        ("own_posts", pa.int64()),
        ("p_value", pa.float64()),
        ("accounts_on_target", pa.int64()),
    ]
)


def finding(case: Case, scope: Scope, posts: OwnPosts, found: Addresses) -> Finding:
    """The accounts whose addressing posts go to one target, and are most of their output."""
    pairs = np.unique(np.stack([found.post, found.target], axis=1), axis=0)
    addressing = np.unique(found.post)
    per_account = np.bincount(posts.account[addressing], minlength=len(posts.accounts))
    own = np.bincount(posts.account, minlength=len(posts.accounts))
    looked_at = int((per_account >= LEAST_POSTS).sum())
    if not looked_at:
        why = f"Too little to tell: no account has {LEAST_POSTS} posts that address another one."
        return too_little(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    cells, amounts = np.unique(
        np.stack([posts.account[pairs[:, 0]], pairs[:, 1]], axis=1), axis=0, return_counts=True
    )
    mostly = amounts >= ONLY * per_account[cells[:, 0]]
    alone = (
        np.bincount(cells[:, 0], mostly)[cells[:, 0]] == 1
    )  # a post can address several, and then two can have it
    single = (per_account[cells[:, 0]] >= LEAST_POSTS) & mostly & alone & (amounts >= OWN_OUTPUT * own[cells[:, 0]])
    called = np.flatnonzero(single)
    p_values = _p_values(cells, amounts, called, per_account)
    corrected = holm(np.concatenate([p_values, np.ones(max(0, looked_at - len(p_values)))]))[: len(p_values)]
    number = len(np.unique(cells[called, 0]))
    low, high = wilson(number, looked_at)
    p_value = float(corrected.min()) if len(corrected) else 1.0
    rating = rate(
        low=low,
        high=high,
        scale=SINGLE,
        n_accounts=looked_at,
        p_value=p_value,
        guards={"whether it is harassment only reading can tell": False},
    )
    on_target = np.bincount(cells[called, 1], minlength=len(found.names))
    several = int((on_target >= 2).sum())
    statement = (
        f"{count(number, 'account')} of {looked_at:,} with at least {LEAST_POSTS} posts that address others aim "
        f"{ONLY:.0%} or "
        "more of them at one account, and half or more of all they write "
        f"({share(number / looked_at, low, high)}, 95% "
        f"interval {low:.1%} to {high:.1%}; {p_words(p_value)}); {count(several, 'account')} "
        f"{'is' if several == 1 else 'are'} the only target of two or more."
        if number
        else f"None of {count(looked_at, 'account')} with at least {LEAST_POSTS} posts that address others aims "
        "at one only."
    )
    order = np.lexsort((cells[called, 0], -amounts[called], -on_target[cells[called, 1]]))
    mine: list[int] = []
    rows: list[dict[str, Any]] = []
    for place in order.tolist():
        account, target = (int(part) for part in cells[called[place]])
        if len(rows) < SHOWN:
            rows.append(
                {
                    "account": posts.shown(account),
                    "handle": found.names[target],
                    "posts_to_target": int(amounts[called[place]]),
                    "addressing_posts": int(per_account[account]),
                    "own_posts": int(own[account]),
                    "p_value": float(corrected[place]),
                    "accounts_on_target": int(on_target[target]),
                }
            )
        mine += pairs[(posts.account[pairs[:, 0]] == account) & (pairs[:, 1] == target), 0].tolist()
    evidence, which = posts.evidence(case, scope, mine)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=number / looked_at,
            low=low,
            high=high,
            unit="share of accounts that address others",
            n=int(per_account.sum()),
            n_accounts=looked_at,
        ),
        p_value=p_value,
        null_model="an account addresses each target as often as the other accounts do together",
        method=(
            "For each account the chance that so many of its addressing posts go to its target, from the share "
            "that the "
            "other accounts' addresses give to that target (binomial, at least one post's weight), Holm over the "
            "accounts. "
            "An account with two such targets, which its posts address together, has no single one. "
            f"Interval: Wilson over accounts. {which} {strength_words(rating)}"
        ),
        assumptions=("Posts of an account choose their targets independently: a conversation breaks that",),
        alternatives=(*ALTERNATIVES, "A conversation of many posts with one account, kindly meant"),
        strength=rating.strength,
        aspect="targeting",
        table="targeting_single_target.parquet",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
    )


def _p_values(
    cells: np.ndarray[Any, Any],
    amounts: np.ndarray[Any, Any],
    called: np.ndarray[Any, Any],
    per_account: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    from scipy.stats import binom

    whole, of_account = amounts.sum(), np.bincount(cells[:, 0], amounts)
    of_target = np.bincount(cells[:, 1], amounts)
    others = whole - of_account[cells[called, 0]]
    to_target = of_target[cells[called, 1]] - amounts[called]
    chance = np.minimum(1.0, (to_target + 1) / (others + 1))
    result: np.ndarray[Any, Any] = binom.sf(amounts[called] - 1, per_account[cells[called, 0]], chance)
    return result
