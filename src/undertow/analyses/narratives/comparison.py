"""Two groups of posts compared: which themes, and which words, the one uses more than the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Parameters
from undertow.analyses.narratives import charts, too_little
from undertow.analyses.narratives.features import Features
from undertow.analyses.narratives.themes import Story
from undertow.analyses.narratives.wording import ALTERNATIVES, QUESTION
from undertow.analyses.own_posts import Bool, OwnPosts
from undertow.case import Case
from undertow.engines.expressions import checked_condition
from undertow.finding import Estimate, Finding
from undertow.statistics.comparison import ShareDifference, compare_shares
from undertow.statistics.intervals import bootstrap_sums, percentile_interval
from undertow.statistics.keyness import log_odds
from undertow.statistics.multiple_testing import holm
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, joined, p_words, strength_words

ID = "narratives.comparison"

SHARE_DIFFERENCE = Scale(0.0, 0.05, 0.15)

THEMES_COMPARED = 20
WORDS_SHOWN = 15
"""Words of each group."""

LEAST_ACCOUNTS = 10
"""Accounts of each half of each group from which words are compared."""

PRIOR_SHARE = 0.1
"""Pseudo-counts of the prior, as a share of the words of the smaller group."""

TABLE = pa.schema(
    [
        ("row", pa.string()),
        ("name", pa.string()),
        ("share_a", pa.float64()),
        ("share_b", pa.float64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p_value", pa.float64()),
        ("z_score", pa.float64()),
    ]
)


@dataclass(frozen=True)
class KeyWord:
    """A word, chosen on one half of the accounts by its z-score, with its log-odds on the other half."""

    word: str
    z_score: float
    log_odds: float
    low: float
    high: float


def members(case: Case, parameters: Parameters, posts: OwnPosts, where: str) -> Bool:
    """For each of ``posts`` whether it is in the group."""
    inside = OwnPosts.of(case, replace(parameters, scope=parameters.scope.narrowed(where)))
    keys = set(zip(inside.platforms, inside.ids, strict=True))
    return np.array([key in keys for key in zip(posts.platforms, posts.ids, strict=True)], dtype=bool)


def key_words(posts: OwnPosts, found: Features, first: Bool, second: Bool, *, seed: int) -> list[KeyWord]:
    """The words that mark the first group (positive) and the second (negative); none with too few accounts."""
    rng = np.random.default_rng([seed, 51])
    half = rng.permutation(len(posts.accounts)) % 2 == 0
    counts = []
    for group in (first, second):
        for part in (True, False):
            mine = group & (half[posts.account] == part) & (found.text_of_post >= 0)
            if len(np.unique(posts.account[mine])) < LEAST_ACCOUNTS:
                return []
            counts.append(_word_counts(found, mine))
    chosen_a, _, chosen_b, _ = counts
    background = np.sum(counts, axis=0)
    prior = background / background.sum() * PRIOR_SHARE * min(chosen_a.sum(), chosen_b.sum()) + 1e-3
    _, z_scores = log_odds(chosen_a, chosen_b, prior)
    order = np.argsort(z_scores, kind="stable")
    picked = np.unique(np.concatenate([order[-WORDS_SHOWN:], order[:WORDS_SHOWN]]))
    measured = _measured(posts, found, picked, (first, second), half, prior, seed)
    rows = [
        KeyWord(found.words[word], float(z_scores[word]), *measured[n]) for n, word in enumerate(picked.tolist())
    ]
    return sorted(rows, key=lambda row: (-row.log_odds, row.word))


def _word_counts(found: Features, posts: Bool) -> npt.NDArray[np.float64]:
    weight = np.bincount(found.text_of_post[posts], minlength=found.texts.shape[0]).astype(np.float64)
    return np.asarray(found.texts.T @ weight)


def _measured(
    posts: OwnPosts,
    found: Features,
    picked: npt.NDArray[np.int64],
    groups: tuple[Bool, Bool],
    half: Bool,
    prior: npt.NDArray[np.float64],
    seed: int,
) -> list[tuple[float, float, float]]:
    """Log-odds with intervals over the accounts that the words were not chosen on."""
    columns = []
    for group in groups:
        mine = np.flatnonzero(group & ~half[posts.account] & (found.text_of_post >= 0))
        has = np.asarray(found.texts[found.text_of_post[mine]][:, picked].todense(), dtype=np.float64)
        total = np.asarray(found.texts[found.text_of_post[mine]].sum(axis=1), dtype=np.float64).ravel()
        sums = np.zeros((len(posts.accounts), len(picked) + 1))
        np.add.at(sums, posts.account[mine], np.column_stack([has, total]))
        columns.append(sums)
    rows = np.hstack(columns)
    rows = rows[rows.any(axis=1)]
    width = len(picked)
    scale = prior[picked], float(prior.sum())

    def odds(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        parts = []
        for low in (0, width + 1):
            words, total = sums[:, low : low + width] + scale[0], sums[:, [low + width]] + scale[1]
            parts.append(np.log(words / (total - words)))
        difference: npt.NDArray[np.float64] = parts[0] - parts[1]
        return difference

    value = odds(rows.sum(axis=0, keepdims=True))[0]
    drawn = odds(bootstrap_sums(rows, 999, np.random.default_rng([seed, 52])))
    return [(float(value[n]), *percentile_interval(drawn[:, n])) for n in range(width)]


def finding(
    case: Case,
    parameters: Parameters,
    posts: OwnPosts,
    stories: tuple[Story, ...],
    found: Features | None,
    *,
    group_a: str,
    group_b: str,
    by: str,
) -> Finding:
    """Themes and words of the posts of ``group_a`` against those of ``group_b``."""
    first, second = (members(case, parameters, posts, where) for where in (group_a, group_b))
    ranked = sorted(stories, key=lambda story: (-int((story.posts & (first | second)).sum()), story.name))
    if not first.any() or not second.any() or not ranked:
        why = "Too little to tell: a group has no own post, or there is no theme."
        return too_little.finding(case, parameters.scope, ID, why, n=int((first | second).sum()))
    results = _themes(posts, ranked[:THEMES_COMPARED], first, second, parameters.seed)
    corrected = holm([result.p_value for _, result in results])
    words = key_words(posts, found, first, second, seed=parameters.seed) if found is not None else []
    best = min(range(len(results)), key=lambda place: (corrected[place], -abs(results[place][1].difference)))
    story, largest = results[best]
    p_value = float(corrected[best])
    differ = p_value <= 0.05
    n_accounts = len(np.unique(posts.account[first | second]))
    more_a = [row.word for row in words if row.low > 0][:5]
    more_b = [row.word for row in reversed(words) if row.high < 0][:5]
    said = "".join(
        f" Words of {name}: {joined(listed)}." for name, listed in (("A", more_a), ("B", more_b)) if listed
    )
    statement = (
        f"The two groups {'differ' if differ else 'do not differ beyond chance'} in what they speak of ({by}): "
        f"“{story.title}” {largest.first:.1%} against {largest.second:.1%} of the posts "
        f"({largest.difference:+.1%}, "
        f"95% interval {largest.low:+.1%} to {largest.high:+.1%}; {p_words(p_value)}).{said}"
    )
    sign = 1 if largest.difference >= 0 else -1
    near, far = sorted((sign * largest.low, sign * largest.high))
    rating = rate(low=near, high=far, scale=SHARE_DIFFERENCE, n_accounts=n_accounts, p_value=p_value)
    conditions = f"({checked_condition(group_a)}) OR ({checked_condition(group_b)})"
    evidence, which = posts.evidence(
        case, parameters.scope, np.flatnonzero(story.posts & (first | second)).tolist()
    )
    rows: list[dict[str, Any]] = [
        {
            "row": "theme",
            "name": part.title,
            "share_a": result.first,
            "share_b": result.second,
            "difference": result.difference,
            "low": result.low,
            "high": result.high,
            "p_value": float(corrected[place]),
        }
        for place, (part, result) in enumerate(results)
    ]
    rows += [
        {
            "row": "word",
            "name": row.word,
            "difference": row.log_odds,
            "low": row.low,
            "high": row.high,
            "z_score": row.z_score,
        }
        for row in words
    ]
    drawn = [{"word": row.word, "log_odds": row.log_odds, "low": row.low, "high": row.high} for row in words]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=largest.difference,
            low=largest.low,
            high=largest.high,
            level=largest.level,
            unit="difference in the share of own posts in the theme (A less B)",
            n=int((first | second).sum()),
            n_accounts=n_accounts,
        ),
        p_value=p_value,
        null_model="accounts change groups at random; accounts in both exchange their two parts at random",
        method=(
            f"A: {group_a}. B: {group_b}. Own posts with {conditions}. Shares of {count(len(results), 'theme')}: "
            "studentised permutation over accounts, Holm over the themes, intervals by bootstrap over accounts. "
            "Words: "
            "chosen by log-odds with an informative Dirichlet prior (Monroe et al. 2008) on half of the accounts, "
            f"measured with intervals on the other half{'' if words else ' (too few accounts for it here)'}. "
            f"{which} "
            f"{strength_words(rating)}"
        ),
        assumptions=("Accounts are independent of each other; posts of one account are not",),
        alternatives=(*ALTERNATIVES, "The groups write in other languages or years, and themes follow those"),
        strength=rating.strength,
        aspect="narrative framing",
        table="narratives_comparison.parquet",
        chart="narratives_comparison.vl.json" if drawn else None,
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
        figure=charts.words(drawn, "Log-odds of words, group A against group B, with 95% intervals over accounts.")
        if drawn
        else None,
    )


def _themes(
    posts: OwnPosts, stories: list[Story], first: Bool, second: Bool, seed: int
) -> list[tuple[Story, ShareDifference]]:
    size = len(posts.accounts)

    def counted(chosen: Bool) -> npt.NDArray[np.float64]:
        return np.bincount(posts.account[chosen], minlength=size).astype(np.float64)

    totals = counted(first), counted(second)
    used = (totals[0] > 0) | (totals[1] > 0)
    return [
        (
            story,
            compare_shares(
                counted(first & story.posts)[used],
                totals[0][used],
                counted(second & story.posts)[used],
                totals[1][used],
                rng=np.random.default_rng([seed, 53, number]),
                draws=999,
            ),
        )
        for number, story in enumerate(stories)
    ]
