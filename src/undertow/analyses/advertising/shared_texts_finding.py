"""Ads that say what posts of the case say: equal texts, or one nearly whole inside the other."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses import base
from undertow.analyses.advertising.ads import Ad, Ads, pages
from undertow.analyses.advertising.shares import INTERVAL, share_of_ads
from undertow.analyses.advertising.steps import OWN_POSTS
from undertow.analyses.advertising.wording import ALTERNATIVES, QUESTION, day
from undertow.analyses.derived import derived
from undertow.case import Case
from undertow.engines.engine import Engine
from undertow.finding import Estimate, Evidence, Finding
from undertow.sql import one_of
from undertow.statistics.strength import SHARED_AD_TEXTS, rate
from undertow.text.sharing import LEAST_LETTERS, SIMILAR, shared_texts
from undertow.wording import count, share, strength_words

ID = "advertising.shared_texts"

FAMILIES = "text_families.members"

EVIDENCE_POSTS = 500
"""Posts that the evidence names; a query cannot list a hundred thousand of them."""

LONGEST = 200
"""Letters of a text that the table shows."""

SHARED = pa.schema(
    [
        ("text", pa.string()),
        ("ads", pa.int64()),
        ("without_disclaimer", pa.int64()),
        ("pages", pa.int64()),
        ("first_ad", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("first_post", pa.string()),
        ("similarity", pa.float64()),
        ("family_posts", pa.int64()),
    ]
)
"""A row for each text of ads that posts share, those of most posts first; ``similarity`` of the most similar post;
``family_posts``: posts in the text families of those posts, null where no families are published."""


@dataclass(frozen=True)
class Posts:
    """The case's own posts in scope: columns of equal length, by platform and id; times in microseconds UTC."""

    platforms: list[str]
    ids: list[str]
    accounts: list[str]
    times: list[int | None]
    texts: list[str | None]

    @classmethod
    def of(cls, engine: Engine) -> Posts:
        """The posts of ``engine`` that are no reposts."""
        table = engine.run(OWN_POSTS).sort_by([("platform", "ascending"), ("post_id", "ascending")])
        columns = ("platform", "post_id", "account_id", "created_us", "text")
        return cls(*(table[name].to_pylist() for name in columns))


def finding(case: Case, parameters: base.Parameters, ads: Ads, posts: Posts, *, draws: int) -> Finding:
    """The share of ads with a text that a post of the case has too."""
    with_text = [ad for ad in ads.single if ad.bodies]
    bodies = sorted({body for ad in with_text for body in ad.bodies})
    found = shared_texts(posts.texts, bodies) if bodies else []
    by_body: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for pair in found:
        by_body[bodies[pair.right]].append((pair.left, pair.similarity))
    sharing = {ad for ad in with_text if any(body in by_body for body in ad.bodies)}
    n_pages = len(pages(with_text))
    value = low = high = None
    if posts.ids:
        rng = np.random.default_rng([parameters.seed, 23])
        counted = share_of_ads(with_text, sharing.__contains__, draws=draws, rng=rng)
        value, low, high = counted or (None, None, None)
    rating = rate(low=low, high=high, scale=SHARED_AD_TEXTS, n_accounts=n_pages, tested=False)
    shared_posts = sorted({pair.left for pair in found})
    families = _families(case, parameters, posts, shared_posts) if shared_posts else None
    rows = _rows(with_text, by_body, posts, families)
    proof, which = _evidence(case, parameters, posts, shared_posts)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=_statement(
            with_text, posts, sharing, shared_posts, None if value is None else share(value, low, high)
        ),
        estimate=Estimate(
            value=value,
            low=low,
            high=high,
            unit="not estimated" if value is None else "share of ads with a text",
            n=len(with_text),
            n_accounts=n_pages,
        ),
        p_value=None,
        null_model=None,
        method=(
            "Texts are normalised (links, mentions, emoji, look-alike letters and case do not count); two share a text "
            f"when at least {SIMILAR:.0%} of the shorter one, by edits, is in the longer. Texts under {LEAST_LETTERS} "
            "letters and reposts are left out. No chance model: whether a phrase is common is for the reader of the table "
            f"to judge. {INTERVAL} {which} {strength_words(rating)}"
        ),
        assumptions=("What is written twice in over 40 letters has a common source",),
        alternatives=(
            "Quotations, slogans, headlines and press releases that both took from elsewhere",
            "The post came after the ad, or the ad after the post: sharing says nothing of who gave it to whom",
            *ALTERNATIVES[1:],
        ),
        strength=rating.strength,
        aspect="narrative framing",
        table="ads_and_posts.parquet",
        evidence=proof,
        result=pa.Table.from_pylist(rows, SHARED),
    )


def _statement(
    with_text: Sequence[Ad],
    posts: Posts,
    sharing: Collection[Ad],
    shared_posts: Sequence[int],
    share_words: str | None,
) -> str:
    if not with_text:
        return (
            "Too little to tell: no ad in the case has its text. Reports have none; ask for the field "
            "ad_creative_bodies when you export ads."
        )
    if share_words is None:
        return f"Too little to tell: the case has {count(len(with_text), 'ad')} with a text and no own posts."
    if not sharing:
        return f"None of {count(len(with_text), 'ad')} with a text shares it with a post of the case."
    accounts = len({(posts.platforms[post], posts.accounts[post]) for post in shared_posts})
    undeclared = sum(ad.disclosure == "none" for ad in sharing)
    return (
        f"{len(sharing):,} of {count(len(with_text), 'ad')} with a text ({share_words}) share it with "
        f"{count(len(shared_posts), 'post')} of {count(accounts, 'account')}"
        f"{f'; {undeclared:,} of these ads ran without a disclaimer' if undeclared else ''}."
    )


def _families(
    case: Case, parameters: base.Parameters, posts: Posts, shared: Sequence[int]
) -> Mapping[int, int] | None:
    """Post -> how many posts its text family has; None where no families are published."""
    try:
        members = derived(case, FAMILIES, parameters)
    except KeyError:
        return None
    numbers = members["family"].to_pylist()
    sizes: dict[int, int] = defaultdict(int)
    for number in numbers:
        sizes[number] += 1
    keys = zip(members["platform"].to_pylist(), members["post_id"].to_pylist(), strict=True)
    family = dict(zip(keys, numbers, strict=True))
    return {
        post: sizes[family[key]] if (key := (posts.platforms[post], posts.ids[post])) in family else 1
        for post in shared
    }


def _rows(
    ads: Sequence[Ad],
    by_body: Mapping[str, Sequence[tuple[int, float]]],
    posts: Posts,
    families: Mapping[int, int] | None,
) -> list[dict[str, object]]:
    users: dict[str, list[Ad]] = defaultdict(list)
    for ad in ads:
        for body in set(ad.bodies):
            users[body].append(ad)
    rows: list[dict[str, object]] = []
    for body, found in sorted(by_body.items(), key=lambda item: (-len(item[1]), item[0])):
        theirs = [post for post, _ in found]
        started = [ad.started for ad in users[body] if ad.started is not None]
        times = [time for post in theirs if (time := posts.times[post]) is not None]
        rows.append(
            {
                "text": body if len(body) <= LONGEST else f"{body[: LONGEST - 1].rstrip()}…",
                "ads": len(users[body]),
                "without_disclaimer": sum(ad.disclosure == "none" for ad in users[body]),
                "pages": len(pages(users[body])),
                "first_ad": day(min(started)) if started else None,
                "posts": len(theirs),
                "accounts": len({(posts.platforms[post], posts.accounts[post]) for post in theirs}),
                "first_post": day(dt.datetime.fromtimestamp(min(times) // 1_000_000, dt.UTC)) if times else None,
                "similarity": max(similarity for _, similarity in found),
                "family_posts": None if families is None else max(families[post] for post in theirs),
            }
        )
    return rows


def _evidence(case: Case, parameters: base.Parameters, posts: Posts, shared: Sequence[int]) -> tuple[Evidence, str]:
    chosen = shared[:EVIDENCE_POSTS]
    listed = one_of(((posts.platforms[post], posts.ids[post]) for post in chosen), "post_id")
    words = "" if not shared else f"The rows behind it are {len(chosen):,} of these {count(len(shared), 'post')}."
    return base.evidence(case, parameters.scope.posts(listed)), words
