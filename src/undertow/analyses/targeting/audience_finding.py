"""In which languages the posts are written, and which places they name: what audience they may be aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.own_posts import OwnPosts
from undertow.analyses.targeting import charts
from undertow.analyses.targeting.wording import QUESTION, too_little
from undertow.case import Case
from undertow.codebooks import Matcher
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_sums, share_interval
from undertow.statistics.strength import Scale, rate
from undertow.text.words import Words
from undertow.wording import count, joined, share, strength_words

ID = "targeting.audience"

TOLD_FROM = 0.0005
"""Share from which a language or place is named in the sentence (below it would read 0.0%)."""

NAMES_A_PLACE = Scale(0.0, 0.10, 0.40)
SHOWN = 60

TABLE = pa.schema(
    [
        ("row", pa.string()),
        ("name", pa.string()),
        ("posts", pa.int64()),
        ("share_of_posts", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("accounts", pa.int64()),
    ]
)

Bool = npt.NDArray[np.bool_]


def named_places(words: Sequence[Words], matcher: Matcher) -> dict[str, list[int]]:
    """Place -> the posts that name it."""
    found: dict[str, list[int]] = {}
    for post, said in enumerate(words):
        for place in matcher.find_in(said).hits:
            found.setdefault(place, []).append(post)
    return found


def finding(
    case: Case,
    scope: Scope,
    posts: OwnPosts,
    languages: Sequence[str | None],
    places: dict[str, list[int]],
    *,
    draws: int,
    seed: int,
) -> Finding:
    """The share of own posts that name a place, by place, beside the shares of languages."""
    size = len(posts.accounts)
    by_language: dict[str, list[int]] = {}
    for post, language in enumerate(languages):
        if language is not None:
            by_language.setdefault(language.split("-")[0], []).append(post)
    if not by_language and not places:
        why = (
            f"Too little to tell: of {count(len(posts), 'own post')} none is of a known language or names a place."
        )
        return too_little(case, scope, ID, why, n=len(posts), n_accounts=size)
    listed = [
        *(("language", name, chosen) for name, chosen in _largest(by_language)),
        *(("place", name, chosen) for name, chosen in _largest(places)),
    ]
    named = np.zeros(len(posts), bool)
    named[[post for chosen in places.values() for post in chosen]] = True
    columns = [np.bincount(posts.account[chosen], minlength=size) for _, _, chosen in listed]
    columns += [np.bincount(posts.account[named], minlength=size), np.bincount(posts.account, minlength=size)]
    rows = np.stack(columns, axis=1).astype(np.float64)
    sums = bootstrap_sums(rows, draws, np.random.default_rng([seed, 71]))
    value = float(named.mean())
    low, high = share_interval(rows[:, -2], rows[:, -1], sums[:, -2] / sums[:, -1])
    result: list[dict[str, Any]] = []
    for place, (kind, name, chosen) in enumerate(listed):
        part_low, part_high = share_interval(rows[:, place], rows[:, -1], sums[:, place] / sums[:, -1])
        result.append(
            {
                "row": kind,
                "name": name,
                "posts": len(chosen),
                "share_of_posts": len(chosen) / len(posts),
                "low": part_low,
                "high": part_high,
                "accounts": int((rows[:, place] > 0).sum()),
            }
        )
    rating = rate(
        low=low,
        high=high,
        scale=NAMES_A_PLACE,
        n_accounts=size,
        tested=False,
        guards={"a language or a place is a subject or an audience, which texts alone cannot tell": False},
    )
    shares = {
        kind: joined([f"{row['name']} {share(row['share_of_posts'])}" for row in result if _told(row, kind)][:4])
        for kind in ("language", "place")
    }
    statement = (
        f"{share(value, low, high)} of {count(len(posts), 'own post')} name a country or territory (95% interval "
        f"{low:.1%} to "
        f"{high:.1%}): {shares['place'] or 'none'}. Languages: {shares['language'] or 'not known'}."
    )
    evidence, which = posts.evidence(case, scope, np.flatnonzero(named).tolist())
    drawn = [
        {"place": row["name"], "posts": row["posts"], "accounts": row["accounts"]}
        for row in result
        if row["row"] == "place"
    ][:20]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=value, low=low, high=high, unit="share of own posts", n=len(posts), n_accounts=size
        ),
        p_value=None,
        null_model=None,
        method=(
            "Names of countries and territories in 14 languages (data/places.csv; another list with the setting "
            "places), as ISO "
            "codes; a post may name several. Names that are ordinary words are left out, and so are cities. "
            "Languages as "
            f"text_families.languages says. Intervals by bootstrap over accounts. {which} {strength_words(rating)}"
        ),
        assumptions=("A named place is spoken of, in favour or against",),
        alternatives=(
            "A place is a subject, not an audience: everybody names the United States",
            "A language is no audience and an audience no nationality: English reaches everybody",
        ),
        strength=rating.strength,
        aspect="targeting",
        table="targeting_audience.parquet",
        chart="targeting_audience.vl.json" if drawn else None,
        evidence=evidence,
        result=pa.Table.from_pylist(result, TABLE),
        figure=charts.bars(drawn, "place", "Places that posts name", "Own posts that name each place (ISO code).")
        if drawn
        else None,
    )


def _largest(groups: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:SHOWN]


def _told(row: dict[str, Any], kind: str) -> bool:
    return bool(row["row"] == kind and row["share_of_posts"] >= TOLD_FROM)
