"""The posts behind a finding: those with which accounts of chosen classes took up chosen items."""

from __future__ import annotations

from collections.abc import Sequence

from undertow.analyses.base import Scope, evidence
from undertow.analyses.propagation.items import Items
from undertow.case import Case
from undertow.finding import Evidence
from undertow.sql import one_of

ITEMS = 50
"""Items whose posts are the evidence: a query cannot list thousands."""


def posts_behind(
    case: Case, scope: Scope, items: Items, chosen: Sequence[int], actors: Sequence[int]
) -> tuple[Evidence, str]:
    """The posts with which the accounts of ``actors`` first acted on the first :data:`ITEMS` of ``chosen``.

    Beside them, in words, which items these are.
    """
    acts = items.acts
    named = list(chosen)[:ITEMS]
    posts = {
        items.post_of(place)
        for item in named
        for place in range(int(acts.starts[item]), int(acts.starts[item + 1]))
        if int(acts.actor[place]) in actors
    }
    which = "these objects" if len(named) == len(chosen) else f"{len(named)} of these {len(chosen):,} objects"
    words = f"The rows behind it are each account's first post on {which}." if named else ""
    return evidence(case, scope.posts(one_of(posts, "post_id"))), words


def shown(case: Case, items: Items, chosen: Sequence[int]) -> dict[int, str]:
    """What to call each item: the object itself, or for texts and reposts the text of the item's first post."""
    if items.kind not in ("text", "repost"):
        return {item: items.objects[item] for item in chosen}
    first = {item: items.post_of(int(items.acts.starts[item])) for item in chosen}
    rows = case.query(
        f"SELECT platform, post_id, text FROM posts WHERE {one_of(first.values(), 'post_id')}"
    ).to_pylist()
    texts = {(row["platform"], row["post_id"]): row["text"] for row in rows}
    return {item: texts.get(post) or items.objects[item] for item, post in first.items()}
