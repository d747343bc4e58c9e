"""Posts that fill one template with other words, as a finding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from undertow.analyses.base import Scope
from undertow.analyses.text_families.arrays import Int64
from undertow.analyses.text_families.fillings import FEWEST, Group, find_fillings
from undertow.analyses.text_families.study import Study, ready_made
from undertow.analyses.text_families.template import Template, template
from undertow.analyses.text_families.wording import ALTERNATIVES, QUESTION, cut, shown
from undertow.case import Case
from undertow.finding import Estimate, Finding
from undertow.statistics.intervals import bootstrap_share
from undertow.statistics.strength import TEMPLATE_SHARE, rate
from undertow.wording import count, share, strength_words

ID = "text_families.templates"

TEMPLATES = pa.schema(
    [
        ("template", pa.int64()),
        ("row", pa.string()),
        ("text", pa.string()),
        ("posts", pa.int64()),
        ("accounts", pa.int64()),
        ("fillings", pa.int64()),
        ("slots", pa.int64()),
        ("evidence", pa.float64()),
        ("copies", pa.int64()),
        ("judged", pa.string()),
    ]
)
"""A row for each template, then some of its fillings. ``evidence``: natural logarithm against chance of the fixed words;
``copies``: posts that count as copy-paste already."""


@dataclass(frozen=True)
class Filled:
    """A template that two accounts or more filled: its ``group``, its ``texts`` that the set has, and their ``posts``."""

    group: Group
    texts: tuple[int, ...]
    posts: Int64
    accounts: int
    ready_made: tuple[str, ...]


def filled(study: Study) -> tuple[list[Filled], int]:
    """The templates that two accounts or more of the set filled, the most posts first; and how many connected texts were
    not looked at to the end."""
    found, posts = study.found, study.posts
    of_text = np.argsort(found.text_of_post, kind="stable")
    edges = np.searchsorted(found.text_of_post[of_text], np.arange(len(found.texts) + 1))
    templates: list[Filled] = []
    fillings = find_fillings(found)
    for group in fillings.groups:
        heads = [[text for text in _texts(study, head) if found.weights[text]] for head in group.heads]
        texts = [text for head in heads for text in head]
        if len(texts) < FEWEST or sum(map(bool, heads)) < 2:
            continue
        mine = np.sort(np.concatenate([of_text[edges[text] : edges[text + 1]] for text in texts]))
        accounts = len(np.unique(posts.account[mine]))
        if accounts >= 2:
            templates.append(Filled(group, tuple(texts), mine, accounts, ready_made(posts, mine)))
    return sorted(templates, key=lambda item: (-len(item.posts), item.group.heads)), fillings.left


def _texts(study: Study, head: int) -> list[int]:
    """The texts that a head stands for, itself first."""
    family = int(study.found.family_of_text[head])
    return [head] if family < 0 else [variant.text for variant in study.found.families[family].members]


def finding(
    case: Case, scope: Scope, study: Study, *, templates: int, variants: int, draws: int, seed: int
) -> Finding:
    """The share of own posts that fill a template which another account fills too and do not count as copies; the largest
    ``templates``, each with up to ``variants`` fillings."""
    posts = study.posts
    sought, left = filled(study)
    copied = study.in_families(study.counted)
    inside = np.zeros(len(posts), bool)
    for item in sought:
        if not item.ready_made:
            inside[item.posts] = True
    beside = inside & ~copied
    by_account = np.stack(
        [np.bincount(posts.account[beside], minlength=len(posts.accounts)), posts.by_account()], axis=1
    )
    rng = np.random.default_rng([seed, 13])
    value, low, high = bootstrap_share(by_account, draws, rng)
    rating = rate(
        low=low,
        high=high,
        scale=TEMPLATE_SHARE,
        n_accounts=len(posts.accounts),
        tested=False,
        guards={"a template is more than a form of words in common use, which texts cannot tell": False},
    )
    counted = [item for item in sought if not item.ready_made]
    if counted:
        shape = _shape(study, counted[0])
        statement = (
            f"{share(value, low, high)} of {count(len(posts), 'own post')} fill a template that another account fills "
            f"too, with other words, and are no copies (95% interval {low:.1%} to {high:.1%}): "
            f"{count(len(counted), 'template')}. The largest: {count(len(counted[0].posts), 'post')} by "
            f"{count(counted[0].accounts, 'account')}: “{cut(shown(shape), 120)}”"
        )
    else:
        statement = f"No template is filled by two accounts or more ({count(len(posts), 'own post')})."
    if left:
        statement += (
            f" {count(left, 'more text')} are made of so few forms of words that all are connected; among them templates "
            "were not looked for to the end."
        )
    chosen = [post for item in counted for post in item.posts[~copied[item.posts]].tolist()]
    evidence, which = posts.evidence(case, scope, chosen)
    listed = sorted(sought, key=lambda item: bool(item.ready_made))[:templates]
    rows: list[dict[str, object]] = []
    for place, item in enumerate(listed, start=1):
        rows += _rows(study, place, item, variants, int(copied[item.posts].sum()))
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
            "Texts too far apart for a family that share several passages in the same order; a family counts as one text. "
            "What all fillings keep is held against a model of the other posts' phrases: fewer than 0.01 other texts are "
            "expected to hold it, without its strongest passage it still says something, and it is three tenths of the "
            f"words at least. {FEWEST} different fillings make a template; what stands in its slots may turn the meaning. "
            f"Interval by bootstrap over accounts ({draws:,} draws). The table lists {len(listed):,} templates, "
            f"{len(sought) - len(listed):,} smaller ones are not listed (setting families_shown). "
            f"{which if chosen else ''} {strength_words(rating)}"
        ),
        assumptions=("Accounts that act alone put phrases together as the rest of the set does",),
        alternatives=(
            "Forms that are in common use: headlines of one newsroom's style, jokes with a fixed beginning, proverbs "
            "turned, weather and traffic notices",
            "Several headlines on one event, which share its names in the same order",
            *ALTERNATIVES[1:],
        ),
        strength=rating.strength,
        aspect="behaviour",
        table="text_families_templates.parquet",
        evidence=evidence,
        result=pa.Table.from_pylist(rows, TEMPLATES),
    )


def _shape(study: Study, item: Filled) -> Template:
    texts = sorted(item.texts, key=lambda text: text != item.group.heads[0])
    found = study.found
    return template([found.texts[text] for text in texts], [int(found.weights[text]) for text in texts])


def _rows(study: Study, place: int, item: Filled, most: int, copies: int) -> list[dict[str, object]]:
    found = study.found
    shape = _shape(study, item)
    first: dict[str, object] = {
        "template": place,
        "row": "template",
        "text": cut(shown(shape)),
        "posts": len(item.posts),
        "accounts": item.accounts,
        "fillings": len(item.texts),
        "slots": shape.slots,
        "evidence": round(item.group.evidence, 1),
        "copies": copies,
        "judged": f"ready-made: {', '.join(item.ready_made)}" if item.ready_made else "a template",
    }
    fillings: list[dict[str, object]] = [
        {"template": place, "row": "filling", "text": cut(found.texts[text]), "posts": int(found.weights[text])}
        for text in item.texts[:most]
    ]
    return [first, *fillings]
