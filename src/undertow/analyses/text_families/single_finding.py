"""Accounts that repeat themselves, as a finding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import Int64
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
        ("doubles", pa.int64()),
        ("texts_repeated", pa.int64()),
        ("most_repeated", pa.string()),
        ("times_posted", pa.int64()),
    ]
)


def finding(case: Case, scope: Scope, study: Study, *, draws: int, seed: int, accounts: int) -> Finding:
    """The share of own posts that repeat an earlier post of the same account; the ``accounts`` that do it most.

    The same text in the same minute is a double (of the file, or of a click) and no repeat.
    """
    posts, found = study.posts, study.found
    repeats = np.zeros(len(posts.accounts), np.int64)
    texts = np.zeros(len(posts.accounts), np.int64)
    most = np.zeros(len(posts.accounts), np.int64)
    of = np.full(len(posts.accounts), -1, np.int64)
    doubles = np.zeros(len(posts.accounts), np.int64)
    chosen: list[int] = []
    for family in study.judged:
        if not testable(found.texts[found.families[family.number].medoid]):
            continue
        once = _doubles_out(study, family.posts)
        doubles += np.bincount(posts.account[family.posts], minlength=len(doubles))
        doubles -= np.bincount(posts.account[once], minlength=len(doubles))
        who, counts = np.unique(posts.account[once], return_counts=True)
        again = counts >= 2
        repeats[who[again]] += counts[again] - 1
        texts[who[again]] += 1
        more = again & (counts > most[who])
        most[who[more]], of[who[more]] = counts[more], family.number
        seen: set[int] = set()
        by_time = sorted(once.tolist(), key=lambda post: (posts.times[post] is None, posts.times[post] or 0, post))
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
            "doubles": int(doubles[number]),
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
    if total := int(doubles.sum()):
        statement += (
            f" Not counted: {count(total, 'post')} with the text that the same account posted in the same minute, "
            "doubles of the file or sent twice."
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
            "Posts after an account's first in a family, whoever else is in it, without those that equal another of the "
            "account in the same minute; texts under about 20 letters are left "
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


_MINUTE_US = 60_000_000


def _doubles_out(study: Study, posts: Int64) -> Int64:
    """``posts`` without those whose text their account has posted in the same minute already; untimed ones all stay."""
    seen: set[tuple[int, int, int]] = set()
    kept: list[int] = []
    for post in posts.tolist():
        time = study.posts.times[post]
        if time is not None:
            key = int(study.posts.account[post]), int(study.found.text_of_post[post]), time // _MINUTE_US
            if key in seen:
                continue
            seen.add(key)
        kept.append(post)
    return np.array(kept, dtype=np.int64)
