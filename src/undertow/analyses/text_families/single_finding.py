"""Accounts that repeat themselves, as a finding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.text_families.commonness import testable
from undertow.analyses.text_families.study import Study
from undertow.analyses.text_families.wording import QUESTION, cut
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_share
from undertow.statistics.strength import OWN_REPEATS, rate
from undertow.wording import count, share, strength_words

ID = "text_families.single_accounts"

ACCOUNTS = pa.schema(
    [
        ("account", pa.string()),
        ("posts", pa.int64()),
        ("repeats", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("texts_repeated", pa.int64()),
        ("most_repeated", pa.string()),
        ("times_posted", pa.int64()),
    ]
)


def finding(case: Case, scope: Scope, study: Study, *, draws: int, seed: int, accounts: int) -> Finding:
    """The share of own posts that repeat an earlier post of the same account; the ``accounts`` that do it most."""
    posts, found = study.posts, study.found
    repeats = np.zeros(len(posts.accounts), np.int64)
    texts = np.zeros(len(posts.accounts), np.int64)
    most = np.zeros(len(posts.accounts), np.int64)
    of = np.full(len(posts.accounts), -1, np.int64)
    chosen: list[int] = []
    for family in study.judged:
        if not testable(found.texts[found.families[family.number].medoid]):
            continue
        who, counts = np.unique(posts.account[family.posts], return_counts=True)
        again = counts >= 2
        repeats[who[again]] += counts[again] - 1
        texts[who[again]] += 1
        more = again & (counts > most[who])
        most[who[more]], of[who[more]] = counts[more], family.number
        seen: set[int] = set()
        by_time = sorted(
            family.posts.tolist(), key=lambda post: (posts.times[post] is None, posts.times[post] or 0, post)
        )
        for post in by_time:
            author = int(posts.account[post])
            if author in seen:
                chosen.append(post)
            seen.add(author)
    by_account = posts.by_account()
    rng = np.random.default_rng([seed, 12])
    value, low, high = bootstrap_share(np.stack([repeats, by_account], axis=1), draws, rng)
    repeating = np.flatnonzero(repeats)
    rating = rate(
        low=low,
        high=high,
        scale=OWN_REPEATS,
        n_accounts=len(posts.accounts),
        tested=False,
        guards={"repeating oneself is more than a scheduler or a service would do, which texts cannot tell": False},
    )
    ordered = repeating[np.lexsort((repeating, -repeats[repeating]))]
    rows = [
        {
            "account": posts.shown(number),
            "posts": int(by_account[number]),
            "repeats": int(repeats[number]),
            "share_of_posts": float(repeats[number] / by_account[number]),
            "texts_repeated": int(texts[number]),
            "most_repeated": cut(found.texts[found.families[int(of[number])].medoid]),
            "times_posted": int(most[number]),
        }
        for number in ordered[:accounts].tolist()
    ]
    evidence, which = posts.evidence(case, scope, chosen)
    statement = (
        f"{share(value, low, high)} of {count(len(posts), 'own post')} repeat an earlier post of the same account "
        f"(95% interval {low:.1%} to {high:.1%}); {count(len(repeating), 'account')} of {len(posts.accounts):,} do so."
        if len(repeating)
        else f"No account repeats itself: {count(len(posts), 'own post')} of {count(len(posts.accounts), 'account')}."
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value, low=low, high=high, unit="share of own posts", n=len(posts), n_accounts=len(posts.accounts)
        ),
        p_value=None,
        null_model=None,
        method=(
            "Posts after an account's first in a family, whoever else is in it; texts under about 20 letters are left "
            f"out. Interval by bootstrap over accounts ({draws:,} draws). The table lists {len(rows):,} accounts, "
            f"{max(0, len(repeating) - len(rows)):,} with fewer repeats are not listed (setting accounts_shown). "
            f"{which if chosen else ''} {strength_words(rating)}"
        ),
        assumptions=(
            "Posts of one account were written by that account, not by an application that it allowed in",
        ),
        alternatives=(
            "Schedulers and declared services (schools, stations, shops, weather) repeat their posts: among teachers "
            "12% of all posts were such repeats",
            "Posts deleted and posted again, series with a fixed heading, daily greetings",
        ),
        strength=rating.strength,
        aspect="technical",
        table="text_families_single_accounts.parquet",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, ACCOUNTS),
    )
