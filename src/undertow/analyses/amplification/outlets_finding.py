"""Which outlets the posts amplify, by the domains that they link to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from undertow.analyses.amplification import measures
from undertow.analyses.amplification.context import Context
from undertow.finding import Estimate, Finding
from undertow.sql import literal
from undertow.watchlists import Watchlist, listed_domain
from undertow.wording import count, share

MOST = 50
"""Outlets that the table lists where none is watched."""
_SHOWN = 3


def outlets_finding(context: Context, links: pa.Table, watched: Watchlist) -> Finding:
    """The watched outlets, or the most linked ones: posts, accounts, concentration."""
    classes: dict[str, str] = {}
    for row in watched.domains.to_pylist():
        if row["actor_class"] is not None:
            classes[row["domain"]] = row["actor_class"]
    names = links["domain"].to_pylist()
    known = {name: listed_domain(name, classes) or name for name in set(names)}
    outlet = np.array([known[name] for name in names], dtype=object)
    posts = links["posts"].to_numpy()
    reposts = links["reposts"].to_numpy()
    if posts.size == 0:
        return context.too_little("outlets", "no post links to a domain", "share of posts with links")
    distinct, number = np.unique(outlet.astype(str), return_inverse=True)
    total = np.bincount(number, posts, len(distinct)).astype(np.int64)
    people = np.bincount(number, minlength=len(distinct))
    order = np.lexsort((distinct, -people, -total))
    in_list = [place for place in order if distinct[place] in classes]
    chosen = in_list or order[:MOST].tolist()
    rows: list[dict[str, Any]] = []
    for place in chosen:
        mine = number == place
        counts = np.repeat(np.arange(int(mine.sum())), posts[mine])
        spread = measures.concentration(counts, context.rng(8))
        rows.append(
            {
                "domain": str(distinct[place]),
                "outlet_class": classes.get(str(distinct[place])),
                "posts": int(total[place]),
                "reposts": int(reposts[mine].sum()),
                "accounts": int(people[place]),
                "top_share": None if spread is None else spread.top[0],
                "gini": None if spread is None else spread.gini[0],
            }
        )
    hit = np.isin(number, in_list or chosen[:_SHOWN])
    accounts = pc.binary_join_element_wise(links["platform"], links["account_id"], "\0")
    _, account = np.unique(np.array(accounts.to_pylist(), dtype=str), return_inverse=True)
    found = measures.share_of(np.repeat(hit, posts), np.repeat(account, posts), context.rng(9))
    assert found is not None  # noqa: S101  (there are posts)
    first = ", ".join(f"{row['domain']} ({count(row['posts'], 'post')})" for row in rows[:_SHOWN])
    what = (
        f"{count(len(in_list), 'watched outlet')} are linked to: {share(found.value, found.low, found.high)} of the "
        f"links in posts, most to {first}"
        if in_list
        else f"Most linked to are {first}: {share(found.value, found.low, found.high)} of the links in posts (there "
        "is no watchlist of outlets)"
    )
    listed = ", ".join(literal(row["domain"]) for row in rows)
    return context.finding(
        "outlets",
        f"{what}.",
        estimate=Estimate(
            value=found.value, low=found.low, high=found.high, unit="share of the domains in posts",
            n=int(posts.sum()), n_accounts=int(account.max()) + 1,
        ),
        method="Each post counts once for each domain; subdomains count for the listed domain. Interval by account.",
        assumptions=("Shortened links were expanded by the source; a shortener counts as itself",),
        alternatives=("popular outlets are linked to by everybody", "share buttons and feeds post links by themselves"),
        sql=context.scope.posts(f"list_has_any(list_transform(urls, lambda u: u.domain), [{listed}])"),
        table=("outlets", pa.Table.from_pylist(rows)),
    )  # fmt: skip
