"""How much of what the accounts write is copied from each other, as a finding."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.text_families import charts
from undertow.analyses.text_families.spread import coverage
from undertow.analyses.text_families.study import Study
from undertow.analyses.text_families.wording import ALTERNATIVES, NULL, QUESTION
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_share
from undertow.statistics.strength import COPIED_SHARE, rate
from undertow.wording import count, p_words, share, strength_words

ID = "text_families.coverage"

COVERAGE = pa.schema(
    [
        ("which", pa.string()),
        ("families", pa.int64()),
        ("posts", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("accounts", pa.int64()),
    ]
)


def finding(case: Case, scope: Scope, study: Study, *, draws: int, seed: int) -> Finding:
    """The share of own posts in families of two accounts or more, beyond chance and not ready-made."""
    posts = study.posts
    copied = study.in_families(study.counted)
    per_account = np.stack(
        [np.bincount(posts.account[copied], minlength=len(posts.accounts)), posts.by_account()], axis=1
    )
    rng = np.random.default_rng([seed, 11])
    value, low, high = bootstrap_share(per_account, draws, rng)
    authors = len(np.unique(posts.account[copied]))
    guards = {}
    if study.control_share is not None:
        guards = {f"more than in the control ({study.control_share:.1%} of its posts)": low > study.control_share}
    rating = rate(
        low=low,
        high=high,
        scale=COPIED_SHARE,
        n_accounts=len(posts.accounts),
        p_value=study.p_value,
        guards=guards,
    )
    p_value = study.p_value
    left_out = f" ({count(posts.reposts, 'repost')} left out)" if posts.reposts else ""
    if p_value is None:
        statement = (
            f"Too little to tell: of {count(len(posts), 'own post')}{left_out} no two accounts share a text that "
            "is long enough to be tested."
        )
    elif study.counted:
        statement = (
            f"{share(value, low, high)} of {count(len(posts), 'own post')}{left_out} repeat the words of another "
            f"account beyond chance and are not ready-made (95% interval {low:.1%} to {high:.1%}): "
            f"{count(len(study.counted), 'family', 'families')} by {count(authors, 'account')} of "
            f"{len(posts.accounts):,}, {p_words(p_value)}."
        )
    else:
        statement = (
            f"None of {count(len(posts), 'own post')}{left_out} repeats the words of another account beyond chance "
            f"without being ready-made, {p_words(p_value)}."
        )
    chosen = [post for family in study.counted for post in family.counts.tolist()]
    found, which = posts.evidence(case, scope, chosen)
    control = (
        f"A text that the control ({count(study.control_posts, 'post')}) has too must also be posted by more accounts "
        "than at the control's rate. "
        if study.control_posts is not None
        else "No control was given: common phrases are told by the set itself alone. "
    )
    rows = _by_time(study, copied)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=None if p_value is None else value,
            low=None if p_value is None else low,
            high=None if p_value is None else high,
            unit="not estimated" if p_value is None else "share of own posts",
            n=len(posts),
            n_accounts=len(posts.accounts),
        ),
        p_value=p_value,
        null_model=NULL,
        method=(
            "Families of normalised texts (MinHash candidates, exact edit and shingle similarity, gathered round a "
            "medoid). Each is tested twice: how many accounts hold its hardest passage against a model of the other "
            "posts' phrases, and how many post it within an hour to two weeks of each other against all posts of its "
            "language in the year around. Counted are families of two accounts or more with a false discovery rate "
            f"under {study.level:g} over the {study.tests:,} texts that could have been copied, without share-button "
            "texts, greetings, bare hashtags and headlines on one link; where only the times say so, the posts in the "
            f"window. {control}Interval by bootstrap over accounts "
            f"({draws:,} draws); p is the smallest p-value times the number of these texts. "
            f"{which if chosen else ''} {strength_words(rating)}"
        ),
        assumptions=(
            "Accounts that act alone use phrases as the rest of the set does, and at any time when they post",
            "Reposts are marked as reposts",
        ),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="behaviour",
        table="text_families_coverage.parquet",
        chart="text_families_coverage.vl.json" if rows and chosen else None,
        evidence=found,
        result=pa.Table.from_pylist(_rows(study), COVERAGE),
        figure=charts.over_time(
            rows, f"Share of own posts that repeat another account's words, by month; {share(value)} over all."
        )
        if rows and chosen
        else None,
    )


def _rows(study: Study) -> list[dict[str, object]]:
    posts = study.posts
    whole = coverage(study.found, [str(number) for number in posts.account.tolist()])
    rows: list[dict[str, object]] = [
        {
            "which": "own posts",
            "families": None,
            "posts": whole.posts,
            "share_of_posts": 1.0,
            "accounts": whole.accounts,
        },
        {
            "which": "near misses of a family, in none",
            "families": None,
            "posts": whole.near_misses,
            "share_of_posts": whole.near_misses / whole.posts,
            "accounts": None,
        },
    ]
    for which, families in (
        ("in families of two posts or more", study.judged),
        ("of two accounts or more", study.shared),
        ("of these, beyond chance", tuple(family for family in study.shared if family.beyond)),
        ("of these, not ready-made", study.counted),
    ):
        inside = study.in_families(families)
        rows.append(
            {
                "which": which,
                "families": len(families),
                "posts": int(inside.sum()),
                "share_of_posts": float(inside.mean()),
                "accounts": len(np.unique(posts.account[inside])),
            }
        )
    return rows


def _by_time(study: Study, copied: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[dict[str, object]]:
    """Own posts and copies by month (UTC)."""
    months: dict[str, list[int]] = {}
    for time, inside in zip(study.posts.times, copied.tolist(), strict=True):
        if time is not None:
            day = dt.datetime.fromtimestamp(time // 1_000_000, dt.UTC)
            counts = months.setdefault(f"{day.year:04d}-{day.month:02d}-01T00:00:00Z", [0, 0])
            counts[0] += inside
            counts[1] += 1
    return [
        {"month": month, "copied": counts[0], "posts": counts[1], "share": counts[0] / counts[1]}
        for month, counts in sorted(months.items())
    ]
