"""The posts behind a finding: those with which accounts of chosen classes took up chosen items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from undertow.analyses.base import Scope, evidence
from undertow.analyses.propagation.items import Items
from undertow.case import Case
from undertow.finding import Evidence
from undertow.sql import literal

ITEMS = 50
"""Items whose posts are the evidence: a query cannot list thousands."""

EVIDENCE = f"The rows behind it are each account's first post on up to {ITEMS} of the objects."


def posts_behind(case: Case, scope: Scope, items: Items, chosen: Sequence[int], actors: Sequence[int]) -> Evidence:
    """The posts with which the accounts of ``actors`` first acted on the first :data:`ITEMS` of ``chosen``."""
    acts = items.acts
    posts: dict[str, set[str]] = defaultdict(set)
    for item in list(chosen)[:ITEMS]:
        for place in range(int(acts.starts[item]), int(acts.starts[item + 1])):
            if int(acts.actor[place]) in actors:
                platform, _ = items.accounts[int(items.account[place])]
                posts[platform].add(items.post[place].as_py())
    conditions = [
        f"(platform = {literal(platform)} AND post_id IN ({', '.join(map(literal, sorted(names)))}))"
        for platform, names in sorted(posts.items())
    ]
    return evidence(case, scope.posts(" OR ".join(conditions) or "FALSE"))


def shown(case: Case, items: Items, chosen: Sequence[int]) -> dict[int, str]:
    """What to call each item: the object itself, or for texts and reposts the text of the item's first post."""
    if items.kind not in ("text", "repost"):
        return {item: items.objects[item] for item in chosen}
    first = {item: items.post[int(items.acts.starts[item])].as_py() for item in chosen}
    listed = ", ".join(map(literal, sorted(set(first.values())))) or "NULL"
    rows = case.query(f"SELECT post_id, min(text) AS text FROM posts WHERE post_id IN ({listed}) GROUP BY post_id")
    texts = dict(zip(rows["post_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    return {item: texts.get(post) or items.objects[item] for item, post in first.items()}
