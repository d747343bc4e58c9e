"""The families themselves: templates, variants, near misses, who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.text_families import charts
from undertow.analyses.text_families.families import Variant
from undertow.analyses.text_families.guards import Difference
from undertow.analyses.text_families.spread import MICROSECONDS_AN_HOUR, Spread, spread
from undertow.analyses.text_families.study import Judged, Study
from undertow.analyses.text_families.template import Template, template
from undertow.analyses.text_families.wording import ALTERNATIVES, NULL, QUESTION, cut, hours
from undertow.analyses.text_families.wording import shown as shown_words
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import wilson
from undertow.statistics.strength import COPIED_SHARE, COPYING_ACCOUNTS, rate
from undertow.wording import count, p_words, share, strength_words

ID = "text_families.families"

DRAWN = 15
"""Families in the chart."""

FAMILIES = pa.schema(
    [
        ("family", pa.int64()),
        ("row", pa.string()),
        ("text", pa.string()),
        ("difference", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("variants", pa.int64()),
        ("near_misses", pa.int64()),
        ("slots", pa.int64()),
        ("edit", pa.float64()),
        ("jaccard", pa.float64()),
        ("languages", pa.string()),
        ("first_post", pa.string()),
        ("first_movers", pa.string()),
        ("tied_first", pa.int64()),
        ("span_hours", pa.float64()),
        ("half_hours", pa.float64()),
        ("most_hours", pa.float64()),
        ("busiest_hour", pa.int64()),
        ("own_repeats", pa.float64()),
        ("p_wording", pa.float64()),
        ("p_times", pa.float64()),
        ("together", pa.string()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("control_accounts", pa.int64()),
        ("judged", pa.string()),
    ]
)
"""A row for each family (``row`` = template), then its variants and near misses."""


def finding(
    case: Case, scope: Scope, study: Study, languages: Sequence[str | None], *, families: int, variants: int
) -> Finding:
    """The largest ``families`` of two accounts or more, each with up to ``variants`` variants and near misses."""
    posts = study.posts
    authors = [posts.shown(number) for number in posts.account.tolist()]
    shown = sorted(study.shared, key=lambda family: (not family.counted, -len(family.counts), family.number))[
        :families
    ]
    rows: list[dict[str, object]] = []
    drawn: list[dict[str, object]] = []
    first: tuple[Spread, Template] | None = None
    for place, family in enumerate(shown, start=1):
        course = spread(family.counts, posts.times, authors, languages)
        shape = _template(study, family)
        first = first or ((course, shape) if family.counted else None)
        rows += _rows(study, place, family, course, shape, variants)
        if len(drawn) < DRAWN and family.counted and course.first_at is not None:
            drawn.append(_drawn(place, course, shape))
    copied = study.in_families(study.counted)
    members = len(np.unique(posts.account[copied]))
    low, high = wilson(members, len(posts.accounts))
    rating = rate(
        low=low,
        high=high,
        scale=COPYING_ACCOUNTS,
        n_accounts=len(posts.accounts),
        p_value=study.p_value,
        guards={  # in a long archive nearly every account shares some headline with somebody
            f"more than {COPIED_SHARE.noticeable:.0%} of the own posts are such copies": bool(
                copied.mean() > COPIED_SHARE.noticeable
            )
        },
    )
    p_value = study.p_value
    if p_value is None:
        statement = "Too little to tell: no two accounts share a text that is long enough to be tested."
    elif first is None:
        statement = (
            f"No family of two accounts or more is beyond chance and not ready-made, {p_words(p_value)} "
            f"({len(study.shared):,} looked at)."
        )
    else:
        statement = _statement(study, members, low, high, *first)
    chosen = [post for family in study.counted for post in family.counts.tolist()]
    found, which = posts.evidence(case, scope, chosen)
    more = len(study.shared) - len(shown)
    return Finding(
        id=ID,
        question=QUESTION,
        statement=statement,
        estimate=Estimate(
            value=None if p_value is None else members / len(posts.accounts),
            low=None if p_value is None else low,
            high=None if p_value is None else high,
            unit="not estimated" if p_value is None else "share of accounts",
            n=len(posts),
            n_accounts=len(posts.accounts),
        ),
        p_value=p_value,
        null_model=NULL,
        method=(
            f"The table lists {count(len(shown), 'family', 'families')} of two accounts or more, those that count "
            f"first ({more:,} smaller ones are not listed; setting families_shown), each with its template (slots in "
            f"brackets), up to {variants} variants and {variants} near misses (setting variants_shown; texts cut to "
            "300 letters). Near misses differ by a negation or a number and are not joined. Interval: Wilson, over "
            f"accounts. {which if chosen else ''} {strength_words(rating)}"
        ),
        assumptions=(
            "Accounts that act alone use phrases as the rest of the set does, and at any time when they post",
        ),
        alternatives=(*ALTERNATIVES, "The first post in the set need not be the first there was"),
        strength=rating.strength,
        aspect="narrative framing",
        table="text_families.parquet",
        chart="text_families.vl.json" if drawn else None,
        evidence=found,
        result=pa.Table.from_pylist(rows, FAMILIES),
        figure=charts.families(
            drawn,
            f"The {len(drawn)} largest families beyond chance: from the first to the last post, and when half of the "
            "posts were out. The numbers are those of the table.",
        )
        if drawn
        else None,
    )


def _statement(study: Study, members: int, low: float, high: float, course: Spread, shape: Template) -> str:
    two = sum(len(np.unique(study.posts.account[family.counts])) == 2 for family in study.counted)
    speed = "" if course.half_hours is None else f", half of them {_within(course.half_hours)} of the first"
    return (
        f"{count(members, 'account')} of {len(study.posts.accounts):,} "
        f"({share(members / len(study.posts.accounts), low, high)}) write in "
        f"{count(len(study.counted), 'family', 'families')} beyond chance, {two:,} of them of two accounts. The largest: "
        f"{count(course.posts, 'post')} by {count(course.accounts, 'account')}{speed}: "
        f"“{cut(shown_words(shape), 120)}”"
    )


def _within(value: float) -> str:
    words = hours(value)
    return words if words.startswith("within") else f"within {words}"


def _template(study: Study, family: Judged) -> Template:
    found = study.found
    weights = np.bincount(found.text_of_post[family.counts], minlength=len(found.texts))
    members = found.families[family.number].members
    texts = [variant.text for variant in members if weights[variant.text] or variant is members[0]]
    return template([found.texts[text] for text in texts], [int(weights[text]) for text in texts])


def _rows(
    study: Study, place: int, family: Judged, course: Spread, shape: Template, most: int
) -> list[dict[str, object]]:
    found = study.found
    whole = found.families[family.number]
    variants = [variant for variant in whole.members if found.weights[variant.text]]
    near = [variant for variant in whole.near_misses if found.weights[variant.text]]
    rows: list[dict[str, object]] = [
        {
            "family": place,
            "row": "template",
            "text": cut(shown_words(shape)),
            "posts": course.posts,
            "accounts": course.accounts,
            "variants": len(variants),
            "near_misses": len(near),
            "slots": shape.slots,
            "languages": ", ".join(f"{name} {number}" for name, number in course.languages),
            "first_post": None if course.first_at is None else _time(course.first_at),
            "first_movers": course.first_account,
            "tied_first": course.tied_first,
            "span_hours": course.span_hours,
            "half_hours": course.half_hours,
            "most_hours": course.most_hours,
            "busiest_hour": course.busiest_hour,
            "own_repeats": course.own_repeats,
            "p_wording": family.p_wording,
            "p_times": family.p_times,
            "together": _together(family),
            "p_value": family.p_value,
            "q_value": family.q_value,
            "control_accounts": family.control_accounts,
            "judged": _judgement(family),
        }
    ]
    for row, listed in (("variant", variants), ("near miss", near)):
        rows += [_variant(study, place, row, family, variant) for variant in listed[:most]]
    return rows


def _variant(study: Study, place: int, row: str, family: Judged, variant: Variant) -> dict[str, object]:
    found = study.found
    differences = found.differences(found.families[family.number], variant)
    return {
        "family": place,
        "row": row,
        "text": cut(found.texts[variant.text]),
        "difference": cut("; ".join(_difference(difference) for difference in differences)),
        "posts": int(found.weights[variant.text]),
        "edit": variant.edit,
        "jaccard": variant.jaccard,
    }


def _difference(difference: Difference) -> str:
    left, right = (" ".join(words) or "nothing" for words in (difference.left, difference.right))
    kind = "" if difference.kind == "wording" else f" ({difference.kind})"
    return f"{left} → {right}{kind}"


def _judgement(family: Judged) -> str:
    if family.ready_made:
        return f"ready-made: {', '.join(family.ready_made)}"
    if family.p_value is None:
        return "too short to test"
    return "beyond chance" if family.beyond else "within chance"


def _together(family: Judged) -> str | None:
    """The window of the test of times in words."""
    if not family.together_seconds:
        return None
    return f"{count(family.together_accounts, 'account')} in {hours(family.together_seconds / 3600)}"


def _time(microseconds: int) -> str:
    return dt.datetime.fromtimestamp(microseconds // 1_000_000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _drawn(place: int, course: Spread, shape: Template) -> dict[str, object]:
    start = course.first_at or 0
    return {
        "family": str(place),
        "first": _time(start),
        "half": _time(start + round((course.half_hours or 0.0) * MICROSECONDS_AN_HOUR)),
        "last": _time(course.last_at or start),
        "posts": course.posts,
        "accounts": course.accounts,
        "template": cut(shown_words(shape), 80),
    }
