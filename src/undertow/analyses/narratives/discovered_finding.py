"""The themes that were found without a codebook, as a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.narratives import charts, too_little
from undertow.analyses.narratives.discovery import LEAST_TEXTS, SEEDS, Discovered
from undertow.analyses.narratives.features import MOST_WORDS
from undertow.analyses.narratives.shares import theme_shares
from undertow.analyses.narratives.themes import Story
from undertow.analyses.narratives.wording import ALTERNATIVES, QUESTION, excerpt
from undertow.analyses.own_posts import OwnPosts
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, joined, share, strength_words

ID = "narratives.discovered"

IN_THEMES = Scale(0.0, 0.25, 0.75)

STABLE = 0.5
"""Adjusted Rand index between seeds from which themes count as stable."""

DRAWN = 12

TABLE = pa.schema(
    [
        ("theme", pa.int64()),
        ("words", pa.string()),
        ("posts", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("accounts", pa.int64()),
        ("stability", pa.float64()),
        ("log_odds_control", pa.float64()),
        ("central_posts", pa.string()),
    ]
)


def stories(found: Discovered) -> tuple[Story, ...]:
    """The discovered themes, named by their words."""
    return tuple(
        Story(f"theme {number + 1}", f"{number + 1}: {', '.join(words[:3])}", found.posts(number), "discovered")
        for number, words in enumerate(found.phrases)
    )


def finding(
    case: Case,
    scope: Scope,
    posts: OwnPosts,
    found: Discovered | None,
    *,
    control: Sequence[float] | None,
    codebooks: bool,
    draws: int,
    seed: int,
) -> Finding:
    """The discovered themes; ``control``: of each theme, the mean log-odds of its words against a control case."""
    if found is None:
        why = (
            f"Too little to tell: themes need {LEAST_TEXTS} different texts with words that some but not all share, and "
            f"{count(len(posts), 'own post')} have fewer."
        )
        return too_little.finding(case, scope, ID, why, n=len(posts), n_accounts=len(posts.accounts))
    listed = stories(found)
    inside = found.theme >= 0
    whole = theme_shares(posts, [Story("any", "any", inside, "")], draws=draws, seed=seed)[0]
    shares = {part.story.name: part for part in theme_shares(posts, listed, draws=draws, seed=seed)}
    rating = rate(
        low=whole.low,
        high=whole.high,
        scale=IN_THEMES,
        n_accounts=len(posts.accounts),
        tested=False,
        guards={
            "a grouping of words describes, it does not test": False,
            f"themes are the same over seeds (adjusted Rand index of {STABLE} or more)": found.overall >= STABLE,
        },
    )
    largest = joined(
        [
            f"“{', '.join(words[:4])}” {share(shares[f'theme {number + 1}'].value)}"
            for number, words in enumerate(found.phrases[:4])
        ]
    )
    statement = (
        f"{count(found.number, 'theme')} found without a codebook hold "
        f"{share(whole.value, whole.low, whole.high)} of "
        f"{count(len(posts), 'own post')} (95% interval {whole.low:.1%} to {whole.high:.1%}); the largest: "
        f"{largest}. "
        f"Agreement over seeds {found.overall:.2f} (1: the same, 0: chance)."
        + ("" if codebooks else " No codebook was given.")
    )
    central = list(dict.fromkeys(post for posts_of_theme in found.central for post in posts_of_theme))
    evidence, which = posts.evidence(case, scope, central or np.flatnonzero(inside).tolist())
    if central:
        which = f"The rows behind it are the {count(evidence.rows, 'post')} in the middle of the themes."
    rows = [
        {
            "theme": number + 1,
            "words": ", ".join(words),
            "posts": shares[f"theme {number + 1}"].posts,
            "share": shares[f"theme {number + 1}"].value,
            "low": shares[f"theme {number + 1}"].low,
            "high": shares[f"theme {number + 1}"].high,
            "accounts": shares[f"theme {number + 1}"].accounts,
            "stability": found.stability[number],
            "log_odds_control": None if control is None else control[number],
            "central_posts": " ¦ ".join(excerpt(posts.texts[post]) for post in found.central[number]),
        }
        for number, words in enumerate(found.phrases)
    ]
    left_out = (
        f"{count(found.features.left_out, 'rarer word')} beyond the {MOST_WORDS:,} commonest were not looked at. "
        if found.features.left_out
        else ""
    )
    drawn = [
        {"theme": part.story.title, "share": part.value, "low": part.low, "high": part.high, "posts": part.posts}
        for part in list(shares.values())[:DRAWN]
    ]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=whole.value,
            low=whole.low,
            high=whole.high,
            unit="share of own posts in a theme",
            n=len(posts),
            n_accounts=len(posts.accounts),
        ),
        p_value=None,
        null_model=None,
        method=(
            f"Words and hashtags of {found.features.texts.shape[0]:,} different texts "
            f"({len(found.features.words):,} words; in scripts without spaces pairs of letters) are joined where they "
            "stand together beyond chance, grouped (Leiden), placed by the network's eigenvectors, and each text goes "
            "to the nearest theme. Words are those with the largest class-based TF-IDF, pairs of letters grown to the "
            f"phrases they stand in; frequent words that stand with everything come last. "
            f"{left_out}Stability: {SEEDS} seeds; of a theme, the share of posts that its best "
            f"match with another seed has too. Intervals by bootstrap over accounts. {which} {strength_words(rating)}"
        ),
        assumptions=("Posts that share words share a subject",),
        alternatives=(
            *ALTERNATIVES,
            "How many themes there are is a choice (setting resolution), not a fact of the posts",
        ),
        strength=rating.strength,
        aspect="narrative framing",
        table="narratives_discovered.parquet",
        chart="narratives_discovered.vl.json",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
        figure=charts.shares(
            drawn,
            "The largest themes found without a codebook",
            "Share of own posts, with 95% intervals over accounts; themes are named by the words that mark them.",
        ),
    )
