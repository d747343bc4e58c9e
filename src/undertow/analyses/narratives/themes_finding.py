"""How much of what the accounts write is in the themes, and the frames, of the codebooks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.narratives import charts, too_little
from undertow.analyses.narratives.shares import Share, theme_shares
from undertow.analyses.narratives.themes import Coded, Story
from undertow.analyses.narratives.wording import ALTERNATIVES, QUESTION
from undertow.analyses.own_posts import OwnPosts
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.strength import Scale, rate
from undertow.wording import count, joined, share, strength_words

THEMES = "narratives.themes"
FRAMING = "narratives.framing"

THEME_SHARE = Scale(0.0, 0.05, 0.25)
FRAME_SHARE = Scale(0.0, 0.005, 0.05)

LISTED_FROM = 0.0005
"""Share from which a theme is named in the sentence (below it would read 0.0%)."""

NO_CODEBOOK = (
    "No codebook was given, so this was not looked at. Name codebooks in case.toml (codebooks = [...]); "
    "undertow codebook list prints those that are shipped."
)

ACCURACY = (
    "On 330 posts that were labelled by reading, two themes of us_protests had precision .80 (95% interval .50 to .95) and "
    ".81 (.66 to .91) and recall .68 (.35 to .87) and .79 (.54 to .98); other themes and codebooks have not been measured"
)

FRAME_ACCURACY = (
    "On posts that were labelled by reading, a frame that the accounts did draw was called rightly 40 of 43 times by words "
    "alone and 27 of 28 with slogans, of the posts that drew it .10 and .44 were found, and calls of one that they did not "
    "draw were all wrong: read the posts"
)

TABLE = pa.schema(
    [
        ("row", pa.string()),
        ("name", pa.string()),
        ("title", pa.string()),
        ("language", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("reason", pa.string()),
        ("sha256", pa.string()),
    ]
)


def themes(case: Case, scope: Scope, posts: OwnPosts, coded: Coded, *, draws: int, seed: int) -> Finding:
    """The share of own posts in the themes."""
    if not coded.books:
        return too_little.finding(case, scope, THEMES, NO_CODEBOOK, n=len(posts), n_accounts=len(posts.accounts))
    return _finding(case, scope, posts, coded, coded.themes, THEMES, draws=draws, seed=seed)


def framing(case: Case, scope: Scope, posts: OwnPosts, coded: Coded, *, draws: int, seed: int) -> Finding:
    """The share of own posts that praise one actor and disparage another."""
    why = NO_CODEBOOK if not coded.books else "None of the codebooks has a rule for praise and contrast (frames)."
    if not coded.frames:
        return too_little.finding(case, scope, FRAMING, why, n=len(posts), n_accounts=len(posts.accounts))
    return _finding(case, scope, posts, coded, coded.frames, FRAMING, draws=draws, seed=seed)


def _finding(
    case: Case,
    scope: Scope,
    posts: OwnPosts,
    coded: Coded,
    stories: tuple[Story, ...],
    name: str,
    *,
    draws: int,
    seed: int,
) -> Finding:
    framed = name == FRAMING
    inside = np.any([story.posts for story in stories], axis=0) if stories else np.zeros(len(posts), bool)
    whole = theme_shares(posts, [Story("any", "any", inside, "")], draws=draws, seed=seed)[0]
    shares = theme_shares(posts, stories, draws=draws, seed=seed) if stories else []
    rating = rate(
        low=whole.low,
        high=whole.high,
        scale=FRAME_SHARE if framed else THEME_SHARE,
        n_accounts=len(posts.accounts),
        tested=False,
        guards={"rules over words, whose accuracy is measured for two themes only": False},
    )
    named = joined(
        [f"“{part.story.title}” {share(part.value)}" for part in shares[:4] if part.value >= LISTED_FROM]
    )
    what = "praise one actor and disparage another by" if framed else "are in a theme of"
    label = joined([book.label for book in coded.books])
    statement = (
        f"{share(whole.value, whole.low, whole.high)} of {count(len(posts), 'own post')} {what} the codebooks "
        f"{label} "
        f"(95% interval {whole.low:.1%} to {whole.high:.1%}){f': {named}' if named else ''}."
        if whole.posts
        else f"None of {count(len(posts), 'own post')} matches a {'frame' if framed else 'theme'} of the "
        f"codebooks {label}."
    )
    evidence, which = posts.evidence(case, scope, np.flatnonzero(inside).tolist())
    rows = [_row(part, "frame" if framed else "theme") for part in shares]
    rows += _books(coded) if framed else _terms(coded, len(posts)) + _books(coded)
    drawn = [
        {"theme": part.story.title, "share": part.value, "low": part.low, "high": part.high, "posts": part.posts}
        for part in shares[:15]
        if part.posts
    ]
    file = name.replace(".", "_")
    return Finding(
        id=name,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=whole.value,
            low=whole.low,
            high=whole.high,
            unit="share of own posts",
            n=len(posts),
            n_accounts=len(posts.accounts),
        ),
        p_value=None,
        null_model=None,
        method=(
            "Terms and rules of the codebooks, case, width and Chinese script folded; a post may be in several "
            "themes. "
            f"{ACCURACY if not framed else FRAME_ACCURACY}. Intervals by bootstrap over accounts. "
            f"{which} {strength_words(rating)}"
        ),
        assumptions=("The codebook's words mean in these posts what its author meant",),
        alternatives=ALTERNATIVES,
        strength=rating.strength,
        aspect="narrative framing",
        table=f"{file}.parquet",
        chart=f"{file}.vl.json" if drawn else None,
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TABLE),
        figure=charts.shares(
            drawn,
            "Posts that praise one and disparage another" if framed else "Own posts by theme",
            f"Share of own posts, with 95% intervals over accounts; codebooks {label}.",
        )
        if drawn
        else None,
    )


def _row(part: Share, kind: str) -> dict[str, Any]:
    return {
        "row": kind,
        "name": part.story.name,
        "title": part.story.title,
        "posts": part.posts,
        "accounts": part.accounts,
        "share": part.value,
        "low": part.low,
        "high": part.high,
    }


def _terms(coded: Coded, total: int) -> list[dict[str, Any]]:
    rows = []
    for book, counts in zip(coded.books, coded.term_posts, strict=True):
        terms = book.all_terms
        for number, posts in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            term = terms[number]
            rows.append(
                {
                    "row": "term",
                    "name": f"{book.name}.{term.group}",
                    "title": term.term,
                    "language": term.language,
                    "posts": posts,
                    "share": posts / total,
                    "reason": term.why,
                }
            )
    return rows


def _books(coded: Coded) -> list[dict[str, Any]]:
    return [
        {
            "row": "codebook",
            "name": book.name,
            "title": f"{book.title}, version {book.version}",
            "sha256": book.sha256,
        }
        for book in coded.books
    ]
