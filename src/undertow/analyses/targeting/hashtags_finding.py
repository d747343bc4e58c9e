"""Hashtags that the accounts join, and, against a control, those that they use for something else (hijacking)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import OwnPosts
from undertow.analyses.targeting import charts
from undertow.analyses.targeting.wording import QUESTION, too_little
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_share
from undertow.statistics.multiple_testing import holm, monte_carlo_p
from undertow.statistics.strength import Scale, rate
from undertow.text.words import Words
from undertow.wording import count, p_words, share, strength_words

ID = "targeting.hashtags"

Floats = npt.NDArray[np.float64]

JOINED = Scale(0.0, 0.10, 0.40)
LEAST_ACCOUNTS = 8
"""Accounts on either side that use a hashtag before its use is compared."""

TESTED = 50
"""Hashtags whose use is compared with the control's, those with most posts."""

DRAWS = 1_999

TABLE = pa.schema(
    [
        ("hashtag", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("control_posts", pa.int64()),
        ("similarity_of_use", pa.float64()),
        ("p_value", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Tagged:
    """Posts with their ``words`` and ``tags`` (folded, without #), and the posts of each hashtag."""

    posts: OwnPosts
    words: Sequence[Words]
    of_tag: dict[str, list[int]]

    @classmethod
    def of(cls, posts: OwnPosts, words: Sequence[Words]) -> Tagged:
        """The hashtags in the texts: folded, so that writings of one are one."""
        of_tag: dict[str, list[int]] = {}
        for post, said in enumerate(words):
            for tag in dict.fromkeys(tag for _, _, tag in said.tags):
                of_tag.setdefault(tag, []).append(post)
        return cls(posts, words, of_tag)

    def by_account(self, tag: str) -> list[Counter[str]]:
        """The words beside the hashtag, once a post, of each account that uses it."""
        found: dict[int, Counter[str]] = {}
        for post in self.of_tag[tag]:
            said = self.words[post]
            inside = {place for low, high, _ in said.tags for place in range(low, high)}
            words = {word for place, word in enumerate(said.words) if place not in inside and word[0] != "@"}
            found.setdefault(int(self.posts.account[post]), Counter()).update(words)
        return [found[account] for account in sorted(found)]


def compare_use(
    ours: Sequence[Counter[str]], theirs: Sequence[Counter[str]], *, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[float, float]:
    """(similarity of the words that two groups of accounts use beside a hashtag, its p-value).

    Cosine of the mean word vectors, each account's of length 1 and words weighted by rarity among the accounts.
    Chance: accounts change groups at random; the p-value is that of so small a similarity.
    """
    accounts = [*ours, *theirs]
    known = {word: place for place, word in enumerate(sorted({word for words in accounts for word in words}))}
    if not known:
        return 1.0, 1.0
    matrix = np.zeros((len(accounts), len(known)))
    for row, words in enumerate(accounts):
        for word, number in words.items():
            matrix[row, known[word]] = number
    matrix = np.log1p(matrix) * np.log((1 + len(accounts)) / (1 + (matrix > 0).sum(axis=0)))
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(length > 0, length, 1)
    gram = matrix @ matrix.T
    sides = np.zeros((draws + 1, len(accounts)))
    sides[0, : len(ours)] = 1
    keys = rng.random((draws, len(accounts)))
    sides[1:] = keys <= np.partition(keys, len(ours) - 1, axis=1)[:, [len(ours) - 1]]
    other = 1 - sides
    cross = ((sides @ gram) * other).sum(axis=1)
    norms = [np.sqrt(np.maximum(((part @ gram) * part).sum(axis=1), 1e-12)) for part in (sides, other)]
    cosine: Floats = cross / (norms[0] * norms[1])
    return float(cosine[0]), float(monte_carlo_p(int((cosine[1:] <= cosine[0] + 1e-12).sum()), draws))


def finding(
    case: Case, scope: Scope, own: Tagged, control: Tagged | None, *, shown: int, draws: int, seed: int
) -> Finding:
    """The share of own posts with a hashtag, the hashtags, and those used for something else than in the control."""
    posts = own.posts
    size = len(posts.accounts)
    if not own.of_tag:
        why = f"None of {count(len(posts), 'own post')} has a hashtag."
        return too_little(case, scope, ID, why, n=len(posts), n_accounts=size)
    ranked = sorted(own.of_tag, key=lambda tag: (-len(own.of_tag[tag]), tag))
    joined_tags = [tag for tag in ranked if control is not None and tag in control.of_tag]
    measured: dict[str, tuple[float, float]] = {}
    for tag in joined_tags[:TESTED] if control is not None else ():
        ours, theirs = own.by_account(tag), control.by_account(tag) if control is not None else []
        if min(len(ours), len(theirs)) >= LEAST_ACCOUNTS:
            measured[tag] = compare_use(ours, theirs, rng=np.random.default_rng([seed, 91, len(measured)]))
    corrected = dict(zip(measured, holm([p for _, p in measured.values()]), strict=True)) if measured else {}
    other_use = [tag for tag, p_value in corrected.items() if p_value <= 0.05]
    chosen = np.zeros(len(posts), bool)
    counted = joined_tags if control is not None else ranked
    chosen[[post for tag in counted for post in own.of_tag[tag]]] = True
    per_account = posts.per_account(chosen)
    value, low, high = bootstrap_share(per_account, draws, np.random.default_rng([seed, 92]))
    rating = rate(
        low=low,
        high=high,
        scale=JOINED,
        n_accounts=size,
        tested=False,
        guards={"joining a hashtag is what hashtags are for": False},
    )
    if control is None:
        statement = (
            f"{share(value, low, high)} of {count(len(posts), 'own post')} have a hashtag (95% interval {low:.1%} "
            f"to {high:.1%}), "
            f"{count(len(ranked), 'hashtag')} in all; most often #{ranked[0]} "
            f"({count(len(own.of_tag[ranked[0]]), 'post')}). "
            "Which of them others use too, and for what, needs a control case (--control)."
        )
    else:
        said = (
            f"{count(len(other_use), 'of them is', 'of them are')} used beside other words than there (hijacked, "
            "or another "
            f"side of it): {', '.join(f'#{tag}' for tag in other_use[:5])}"
            if other_use
            else f"of {len(measured)} that could be compared none is used beside other words than there"
        )
        statement = (
            f"{share(value, low, high)} of {count(len(posts), 'own post')} join a hashtag that the control uses "
            "too (95% "
            f"interval {low:.1%} to {high:.1%}), {count(len(joined_tags), 'hashtag')}; {said}."
        )
    evidence, which = posts.evidence(
        case, scope, list(dict.fromkeys(post for tag in (other_use or counted) for post in own.of_tag[tag]))
    )
    listed = [*other_use, *(tag for tag in ranked if tag not in set(other_use))][:shown]
    rows: list[dict[str, Any]] = [
        {
            "hashtag": f"#{tag}",
            "posts": len(own.of_tag[tag]),
            "accounts": len(np.unique(posts.account[own.of_tag[tag]])),
            "share_of_posts": len(own.of_tag[tag]) / len(posts),
            "control_posts": None if control is None else len(control.of_tag.get(tag, ())),
            "similarity_of_use": measured[tag][0] if tag in measured else None,
            "p_value": float(corrected[tag]) if tag in corrected else None,
        }
        for tag in listed
    ]
    least = min(corrected.values(), default=None)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value, low=low, high=high, unit="share of own posts", n=len(posts), n_accounts=size
        ),
        p_value=None if least is None else float(least),
        null_model=None
        if least is None
        else "accounts of the case and of the control use a hashtag beside the same words",
        method=(
            "Hashtags as they stand in the texts, case, width and Chinese script folded. "
            + (
                "Use: the words beside a hashtag, by account; similarity (cosine) between case and control "
                f"against {DRAWS:,} "
                f"random exchanges of accounts, Holm over {len(measured)} hashtags with {LEAST_ACCOUNTS} accounts "
                "on either "
                f"side{'' if least is None else f'; smallest {p_words(float(least))}'}. "
                if control is not None
                else ""
            )
            + f"Interval by bootstrap over accounts. {which} {strength_words(rating)}"
        ),
        assumptions=("The control's accounts use a hashtag as it is meant",) if control is not None else (),
        alternatives=(
            "A hashtag has several meanings, or two sides that fight over it",
            "Case and control are of other times, and what a hashtag was about has changed",
            "Hashtags of a day are joined by everybody",
        ),
        strength=rating.strength,
        aspect="targeting",
        table="targeting_hashtags.parquet",
        chart="targeting_hashtags.vl.json",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
        figure=charts.bars(rows[:20], "hashtag", "Hashtags", "Own posts with each hashtag."),
    )
